"""The pad's cursor: a ring as wide as the pen or the eraser, with a sign of which of them it is."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

_LEAST, _MOST = 4.0, 160.0  # pixels: the systems' cursors have their limits
_SIGN = 9.0


def pad_cursor(rubs: bool, width: float, ratio: float) -> QCursor:
    """A cursor for a tool of `width` pixels on a screen of `ratio` device pixels a pixel."""
    ring = min(max(width, _LEAST), _MOST)
    # Odd, so that one pixel is the middle; with room for the sign at the lower right.
    side = int(ring + 2 * _SIGN + 6) | 1
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    middle = side / 2
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A dark line around a light one shows on every ground.
        for tint, thickness in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255), 1.25)):
            painter.setPen(QPen(tint, thickness))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(middle, middle), ring / 2, ring / 2)
            if not rubs and ring > 10:
                painter.drawPoint(QPointF(middle, middle))
            if rubs:
                _draw_minus(painter, middle + ring / 2 * 0.7071 + 6)
    return QCursor(pixmap, side // 2, side // 2)


def _draw_minus(painter: QPainter, at: float) -> None:
    painter.drawLine(QPointF(at - 3, at), QPointF(at + 3, at))
