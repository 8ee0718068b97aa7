"""The icons of the pad's three tools."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPainter, QPainterPath, QPen, QPixmap

from mnist_viz.views.theme import Theme, color


def pad_icon(kind: str, theme: Theme, ratio: float) -> QIcon:
    """A 16-pixel icon: an arrow turning back, one turning forwards, or a cross."""
    icon = QIcon()
    for mode, alpha in ((QIcon.Mode.Normal, 1.0), (QIcon.Mode.Disabled, 0.4)):
        pixmap = QPixmap(round(16 * ratio), round(16 * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(color(theme.text, alpha), 1.5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        path = QPainterPath()
        if kind == "clear":
            path.moveTo(4, 4)
            path.lineTo(12, 12)
            path.moveTo(12, 4)
            path.lineTo(4, 12)
        else:
            if kind == "redo":
                painter.translate(16, 0)
                painter.scale(-1, 1)
            path.moveTo(6, 3)
            path.lineTo(3, 6)
            path.lineTo(6, 9)
            path.moveTo(3, 6)
            path.lineTo(9.5, 6)
            path.cubicTo(14, 6, 14, 13, 9.5, 13)
            path.lineTo(6, 13)
        painter.drawPath(path)
        painter.end()
        icon.addPixmap(pixmap, mode)
    return icon
