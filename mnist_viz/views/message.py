"""What a panel says while it has nothing to show."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mnist_viz.views.theme import GRID


class EmptyMessage(QWidget):
    """A title and what to do, quiet, in the middle."""

    def __init__(self, title: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels = QLabel(), QLabel()
        column = QVBoxLayout(self)
        column.setSpacing(GRID // 2)
        column.addStretch()
        for label, role in zip(self._labels, ("title", "muted"), strict=True):
            label.setProperty("role", role)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addStretch()
        self.set_message(title, text)

    def set_message(self, title: str, text: str = "") -> None:
        for label, words in zip(self._labels, (title, text), strict=True):
            label.setText(words)
            label.setVisible(bool(words))

    def text(self) -> str:
        """All that it says."""
        return " ".join(label.text() for label in self._labels if label.text())
