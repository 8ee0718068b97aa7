"""The message that a panel shows while it has nothing else to show."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QWidget

from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, label


class _Message(QWidget):
    """Asks for no room: its texts wrap and change, and what is around it would move."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def hasHeightForWidth(self) -> bool:
        return False


class MessageStack(QStackedWidget):
    """A widget, or in its place a title and a text in the middle, which have the widget's room."""

    def __init__(self, content: QWidget, title: str = "", text: str = "") -> None:
        super().__init__()
        self._labels = label(role="title", wrap=True), label(role="muted", wrap=True)
        for one in self._labels:
            one.setTextFormat(Qt.TextFormat.PlainText)
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        message = _Message()
        column(None, *self._labels, None, spacing=GRID // 2, margins=GRID, parent=message)
        self.addWidget(content)
        self.addWidget(message)
        self.set_message(title, text)

    def set_message(self, title: str = "", text: str = "") -> None:
        """Show this message, or the content if it is empty."""
        for one, words in zip(self._labels, (title, text), strict=True):
            one.setText(words)
            one.setVisible(bool(words))
        self.setCurrentIndex(int(bool(title or text)))

    @property
    def message(self) -> str:
        """The message in one line; empty while the content is shown."""
        return " ".join(one.text() for one in self._labels if one.text())
