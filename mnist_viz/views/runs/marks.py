"""The small pictures of a run: its colour, and the eye that says whether its curves are shown."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

SWATCH = 12
EYE = 16


def paint_swatch(painter: QPainter, middle: QPointF, tint: QColor, *, filled: bool = True) -> None:
    """A rounded square; of a run whose curves are hidden the edge alone."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inset = 0.0 if filled else 0.75
    side = SWATCH - 2 * inset
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(tint, 1.5))
    painter.setBrush(tint if filled else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side), 3, 3)
    painter.restore()


def paint_eye(painter: QPainter, middle: QPointF, tint: QColor, *, crossed: bool) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(middle.x() - EYE / 2, middle.y() - EYE / 2)
    pen = QPen(tint, 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    lids = QPainterPath(QPointF(1.5, 8))
    lids.cubicTo(4.5, 3, 11.5, 3, 14.5, 8)
    lids.cubicTo(11.5, 13, 4.5, 13, 1.5, 8)
    painter.drawPath(lids)
    if crossed:
        painter.drawLine(QPointF(3, 13), QPointF(13, 3))
    else:
        painter.setBrush(tint)
        painter.drawEllipse(QPointF(8, 8), 1.5, 1.5)
    painter.restore()


def swatch_icon(tint: QColor, ratio: float, *, chosen: bool) -> QIcon:
    """The colour, for a menu; with a ring around it if it is the chosen one."""
    pixmap = QPixmap(round(16 * ratio), round(16 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        if chosen:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(tint, 1.5))
            painter.drawRoundedRect(QRectF(0.75, 0.75, 14.5, 14.5), 4, 4)
            painter.translate(8, 8)
            painter.scale(0.75, 0.75)
            painter.translate(-8, -8)
        paint_swatch(painter, QPointF(8, 8), tint)
    return QIcon(pixmap)
