"""A small button that says what is chosen and opens the list of what can be."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from mnist_viz.views.painting import text_font, text_width
from mnist_viz.views.theme import GRID, SMALL


class Choice(QToolButton):
    """One of a few.

    Args:
        name: the object's.
        title: what is chosen, for screen readers and the tooltip.
        choices: the texts, by their keys.
        key: the shortcut that goes to the next one, for the tooltip.
        prefix: before the text of what is chosen.
    """

    chosen = Signal(str)  # a key; by the user's hand alone

    def __init__(
        self,
        name: str,
        title: str,
        choices: Mapping[str, str],
        key: str,
        prefix: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title, self._prefix = title, prefix
        self._choices = dict(choices)
        self.value = next(iter(self._choices))
        self.setProperty("kind", "small")
        self.setFont(text_font(SMALL))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"{title} ({key})")
        menu, group = QMenu(self), QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        for each, text in self._choices.items():
            action = QAction(text, group)
            action.setCheckable(True)
            action.setData(each)
            self._actions[each] = action
        menu.addActions(group.actions())
        group.triggered.connect(self._on_triggered)
        self.setMenu(menu)
        self.set_prefix(prefix)

    def set_prefix(self, prefix: str) -> None:
        """Write this before what is chosen; it is as wide as the longest choice needs."""
        self._prefix = prefix
        width = round(max(text_width(self._text_of(each), SMALL) for each in self._choices)) + 2 * GRID
        self.setFixedSize(width, 2 * GRID + 4)
        self.set_value(self.value)

    def set_value(self, value: str) -> None:
        """Choose without saying so."""
        self.value = value
        self._actions[value].setChecked(True)
        self.setText(self._text_of(value))
        self.setAccessibleName(f"{self._title}: {self._choices[value]}")

    @Slot()
    def choose_next(self) -> None:
        """The next one, as if the user had chosen it; after the last comes the first."""
        keys = list(self._choices)
        self.choose(keys[(keys.index(self.value) + 1) % len(keys)])

    def choose(self, value: str) -> None:
        """Choose as if the user had."""
        if value != self.value:
            self.set_value(value)
            self.chosen.emit(value)

    def _text_of(self, value: str) -> str:
        return f"{self._prefix}{self._choices[value]} ▾"

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.choose(action.data())
