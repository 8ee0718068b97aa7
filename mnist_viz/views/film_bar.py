"""The film's buttons: the recorded moments backwards and forwards, how fast, and whether again and again."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from mnist_viz.views.actions import Actions
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import row, tool_button

SPEEDS: tuple[float | None, ...] = (2.0, 5.0, 10.0, 20.0, 30.0, None)
"""Frames a second; None is as fast as they can be painted."""

USUAL_SPEED = 10.0

_SIDE = 28


class FilmBar(QWidget):
    """Four buttons. It plays nothing itself."""

    speed_changed = Signal(object)  # float, frames a second, or None

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("film")
        self._actions = actions
        self.speed: float | None = USUAL_SPEED
        self.back_button = _button(actions.film_back)
        self.forward_button = _button(actions.film)
        self.loop_button = _button(actions.film_loop)
        self.speed_button = tool_button(
            "film-speed", tip="How fast the film plays (< and >)", kind="pill", title="Speed of the film",
            size=(8 * GRID, 3 * GRID),
        )  # fmt: skip
        self.speed_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._speeds = self._make_speeds()
        row(self.back_button, self.forward_button, self.speed_button, self.loop_button, spacing=2, parent=self)
        actions.film_slower.triggered.connect(self._on_slower_triggered)
        actions.film_faster.triggered.connect(self._on_faster_triggered)
        self._show_speed()

    def _make_speeds(self) -> list[QAction]:
        menu, group = QMenu(self.speed_button), QActionGroup(self)
        made = []
        for speed in SPEEDS:
            action = QAction(f"{speed:g} frames a second" if speed else "As fast as they are painted", group)
            action.setCheckable(True)
            action.setData(speed)
            made.append(action)
        group.triggered.connect(self._on_speed_chosen)
        menu.addActions(made)
        self.speed_button.setMenu(menu)
        return made

    @property
    def loops(self) -> bool:
        """Whether the film begins again at its end."""
        return self._actions.film_loop.isChecked()

    def set_available(self, available: bool) -> None:
        self._actions.set_film_available(available)
        self.speed_button.setEnabled(available)

    def set_playing(self, direction: int) -> None:
        """Show that it plays forwards (1) or backwards (-1), or that it does not (0)."""
        self._actions.set_film_direction(direction)

    def set_speed(self, speed: float | None) -> None:
        """Choose one of `SPEEDS`; another one leaves the choice as it is."""
        if speed in SPEEDS and speed != self.speed:
            self.speed = speed
            self._show_speed()
            self.speed_changed.emit(speed)

    def _show_speed(self) -> None:
        self.speed_button.setText(f"{self.speed:g}/s" if self.speed else "max")
        self._speeds[SPEEDS.index(self.speed)].setChecked(True)

    def _change_speed(self, by: int) -> None:
        self.set_speed(SPEEDS[min(max(SPEEDS.index(self.speed) + by, 0), len(SPEEDS) - 1)])

    @Slot(QAction)
    def _on_speed_chosen(self, action: QAction) -> None:
        self.set_speed(action.data())

    @Slot()
    def _on_slower_triggered(self) -> None:
        self._change_speed(-1)

    @Slot()
    def _on_faster_triggered(self) -> None:
        self._change_speed(1)


def _button(action: QAction) -> QToolButton:
    return tool_button(f"{action.objectName()}-button", kind="quiet", size=(_SIDE, _SIDE), action=action)
