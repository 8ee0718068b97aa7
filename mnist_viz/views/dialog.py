"""A dialog that has the interface's size, stays on the screen, and scrolls where the screen is too small for it."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from mnist_viz.views import layout, what_is_this, zoom


class Dialog(QDialog):
    """The base of the program's dialogs.

    Args:
        name, title: of the window.
        once: whether it is deleted when it is closed.
    """

    def __init__(self, name: str, title: str, parent: QWidget | None, *, once: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, once)
        self._scrolls = False

    def showEvent(self, event: QShowEvent) -> None:
        zoom.fit(self)
        what_is_this.explain(self)
        super().showEvent(event)
        self._fit_screen()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange and self.isVisible():
            self._fit_screen()
        return done

    def _fit_screen(self) -> None:
        room = self.screen().availableSize() - (self.frameGeometry().size() - self.size())
        least = self.minimumSizeHint().expandedTo(self.minimumSize())
        if not self._scrolls and (least.width() > room.width() or least.height() > room.height()):
            self._scroll(least)
        layout.keep_on_screen(self)

    def _scroll(self, least: QSize) -> None:
        """Put what the dialog holds into an area that scrolls."""
        held = self.layout()
        if held is None:
            return
        self._scrolls = True
        content, area = QWidget(), QScrollArea()
        content.setLayout(held)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidgetResizable(True)
        area.setWidget(content)
        content.setMinimumSize(least)
        self.setMinimumSize(0, 0)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        area.show()  # a layout shows what it is given only later
