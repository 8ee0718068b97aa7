"""The message that a panel shows while it has nothing else to show."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from mnist_viz.views.theme import GRID


class MessageStack(QStackedWidget):
    """A widget, or in its place a title and a text in the middle.

    Args:
        content: shown while there is no message.
        title, text: of the message.
    """

    def __init__(self, content: QWidget, title: str = "", text: str = "") -> None:
        super().__init__()
        self._labels = QLabel(), QLabel()
        message = QWidget()
        column = QVBoxLayout(message)
        column.setSpacing(GRID // 2)
        column.addStretch()
        for label, role in zip(self._labels, ("title", "muted"), strict=True):
            label.setProperty("role", role)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addStretch()
        self.addWidget(content)
        self.addWidget(message)
        self.set_message(title, text)

    def set_message(self, title: str = "", text: str = "") -> None:
        """Show this message, or the content if it is empty."""
        for label, words in zip(self._labels, (title, text), strict=True):
            label.setText(words)
            label.setVisible(bool(words))
        self.setCurrentIndex(int(bool(title or text)))

    @property
    def message(self) -> str:
        """The message in one line; empty while the content is shown."""
        return " ".join(label.text() for label in self._labels if label.text())
