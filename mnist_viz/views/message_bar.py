"""One quiet line for what the program has to say, with what can be done about it.

It keeps its height when it is empty, so that nothing below moves when a message comes or goes.
"""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from mnist_viz.views import icons
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.progress import progress_bar, show_progress
from mnist_viz.views.theme import DARK, GRID, Theme, restyle

Kind = Literal["info", "error", "progress"]

HEIGHT = 4 * GRID
_BAR_WIDTH = 15 * GRID


class MessageBar(QFrame):
    """Shows one message at a time: the newest."""

    action_triggered = Signal(str)  # the id of the button pressed
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-bar")
        self.setFixedHeight(HEIGHT)
        self.kind: Kind = "info"
        self._theme = DARK
        self._text = ElidedLabel()
        self._text.setObjectName("message")
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._mark = QLabel()
        self._progress = progress_bar()
        self._progress.setFixedWidth(_BAR_WIDTH)
        self._dismiss = QToolButton()
        self._dismiss.setObjectName("dismiss-message")
        self._dismiss.setAccessibleName("Dismiss the message")
        self._dismiss.setToolTip("Dismiss the message")
        self._dismiss.setProperty("kind", "small")
        self._dismiss.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._dismiss.setFixedSize(24, 24)
        self._dismiss.clicked.connect(self._on_dismiss_clicked)
        self._buttons: list[QToolButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 0, 4, 0)
        row.setSpacing(GRID)
        row.addWidget(self._text, 1)
        row.addWidget(self._progress)
        row.addWidget(self._mark)
        row.addWidget(self._dismiss)
        self.clear()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_message(self, text: str, kind: Kind = "info", actions: Sequence[tuple[str, str]] = ()) -> None:
        """Show `text`; `actions` are the id and the label of each button."""
        self._show(text, kind, None)
        self._set_actions(actions)
        self._dismiss.setVisible(True)

    def set_progress(self, text: str, fraction: float | None, actions: Sequence[tuple[str, str]] | None = None) -> None:
        """Show how far something is, 0 to 1, or that it goes on (None). Without `actions` the buttons stay."""
        if self.kind != "progress":
            self._set_actions(actions or ())
        elif actions is not None:
            self._set_actions(actions)
        self._show(text, "progress", fraction)
        self._dismiss.setVisible(False)

    def clear(self) -> None:
        self._show("", "info", None)
        self._set_actions(())
        self._dismiss.setVisible(False)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show_mark()
        self._dismiss.setIcon(icons.icon("close", theme.muted))

    def _show(self, text: str, kind: Kind, fraction: float | None) -> None:
        text = " ".join(text.split())  # one line
        if text != self.text:
            self._text.setText(text)
            self._text.setToolTip(text)
            self._text.setAccessibleName(text)
        if kind != self.kind:
            self.kind = kind
            self._text.setProperty("role", "muted" if kind == "progress" else "title")
            restyle(self._text)
        show_progress(self._progress, fraction)
        self._show_mark()

    def _show_mark(self) -> None:
        shown = bool(self.text) and self.kind != "progress"
        self._mark.setVisible(shown)
        if shown:
            tint = self._theme.bad if self.kind == "error" else self._theme.muted
            self._mark.setPixmap(icons.icon(self.kind, tint).pixmap(16))

    def _set_actions(self, actions: Sequence[tuple[str, str]]) -> None:
        if [(button.objectName(), button.text()) for button in self._buttons] == list(actions):
            return
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        for button in self._buttons:
            row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for name, label in actions:
            button = QToolButton()
            button.setObjectName(name)
            button.setText(label)
            button.setToolTip(label)
            button.setAccessibleName(label)
            button.setProperty("kind", "message")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._on_action_clicked)
            row.insertWidget(row.count() - 1, button)
            self._buttons.append(button)

    @Slot()
    def _on_action_clicked(self) -> None:
        self.action_triggered.emit(self.sender().objectName())

    @Slot()
    def _on_dismiss_clicked(self) -> None:
        self.clear()
        self.dismissed.emit()
