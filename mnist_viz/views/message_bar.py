"""The line of messages, with buttons for what can be done about them.

It keeps its height when it is empty, so that nothing below moves.
"""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QToolButton, QWidget

from mnist_viz.views import icons, zoom
from mnist_viz.views.elided_label import TwoLineLabel
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import ProgressBar, row, set_look, tool_button

Kind = Literal["info", "error", "progress"]

HEIGHT = 4 * GRID
_BAR_WIDTH = 15 * GRID


class MessageBar(QFrame):
    """Shows one message at a time: the newest."""

    action_triggered = Signal(str)  # the label of the button pressed
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-bar")
        self.setFixedHeight(HEIGHT)
        self.kind: Kind = "info"
        self._theme = DARK
        self._text = TwoLineLabel()
        self._text.setObjectName("message")
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._mark = QLabel()
        self._progress = ProgressBar()
        self._progress.setFixedWidth(_BAR_WIDTH)
        tip = "Dismiss the message"
        self._dismiss = tool_button("dismiss-message", tip=tip, kind="small", title=tip, size=(24, 24))
        self._dismiss.clicked.connect(self._on_dismiss_clicked)
        self._buttons: list[QToolButton] = []
        parts = (self._text, 1), self._progress, self._mark, self._dismiss
        self._row = row(*parts, margins=(GRID, 0, 4, 0), parent=self)
        self.clear()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_message(self, text: str, kind: Kind = "info", labels: Sequence[str] = ()) -> None:
        """Show `text` with a button for each label."""
        self._show(text, kind, None)
        self._set_actions(labels)
        self._dismiss.setVisible(True)

    def set_progress(self, text: str, fraction: float | None, labels: Sequence[str]) -> None:
        """Show progress, 0 to 1 or unknown (None), with a button for each label."""
        self._set_actions(labels)
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
            set_look(self._text, role="muted" if kind == "progress" else "title")
        self._progress.show_progress(fraction)
        self._show_mark()

    def _show_mark(self) -> None:
        shown = bool(self.text) and self.kind != "progress"
        self._mark.setVisible(shown)
        if shown:
            tint = self._theme.bad if self.kind == "error" else self._theme.muted
            self._mark.setPixmap(icons.icon(self.kind, tint).pixmap(zoom.px(16)))

    def _set_actions(self, labels: Sequence[str]) -> None:
        if [button.text() for button in self._buttons] == list(labels):
            return
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for label in labels:
            button = tool_button(label, label, label, kind="message")
            button.clicked.connect(self._on_action_clicked)
            self._row.insertWidget(self._row.count() - 1, button)
            self._buttons.append(button)

    @Slot()
    def _on_action_clicked(self) -> None:
        self.action_triggered.emit(self.sender().objectName())

    @Slot()
    def _on_dismiss_clicked(self) -> None:
        self.clear()
        self.dismissed.emit()
