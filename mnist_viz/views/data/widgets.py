"""Small widgets that the pages of the data dialog share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea

from mnist_viz.views.theme import GRID


class KeylessScroll(QScrollArea):
    """Leaves the keys to the page: they move the selection, and what is selected is brought into sight."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class PathLabel(QLabel):
    """A path that can be selected; in a narrow place its middle is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data-place")
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumWidth(8 * GRID)
        self.path = ""

    def set_path(self, path: str) -> None:
        self.path = path
        self.setToolTip(f"Data sets are looked for in {path}, and fetched into it")
        self.setAccessibleName(path)
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        self.setText(QFontMetrics(self.font()).elidedText(self.path, Qt.TextElideMode.ElideMiddle, self.width()))


def push_button(name: str, text: str, tip: str) -> QPushButton:
    """A button that Enter presses only when it has the focus."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setAutoDefault(False)
    return button


def text_label(role: str = "") -> QLabel:
    label = QLabel()
    if role:
        label.setProperty("role", role)
    return label


def set_role(label: QLabel, role: str) -> None:
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)


def set_kind(button: QPushButton, kind: str) -> None:
    if button.property("kind") != kind:
        button.setProperty("kind", kind)
        button.style().unpolish(button)
        button.style().polish(button)
