"""What widgets that paint themselves share: the theme, a name for screen readers, and a painter that is closed."""

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views import zoom
from mnist_viz.views.theme import DARK, Theme


class Canvas(QWidget):
    """A widget that a subclass paints in `paint`, in the colours of `theme` and in units (see zoom.py)."""

    def __init__(self, name: str, accessible_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.theme = DARK

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.redraw()

    def redraw(self) -> None:
        """Paint all anew; called when the theme, the size or the screen's scale changes what a subclass has kept."""
        self.update()

    @property
    def area(self) -> QRectF:
        """The whole of it, in units."""
        return QRectF(0, 0, zoom.units(self.width()), zoom.units(self.height()))

    def paint(self, painter: QPainter, within: QRectF) -> None:
        """Paint what lies `within` a rectangle; the rest is as it was."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            scale, part = zoom.scale(), event.rect()
            painter.scale(scale, scale)
            self.paint(painter, QRectF(part.x() / scale, part.y() / scale, part.width() / scale, part.height() / scale))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.redraw()
        return super().event(event)
