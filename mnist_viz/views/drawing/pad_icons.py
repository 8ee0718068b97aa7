"""The icons of the pad's tools, drawn as lines on a 16 x 16 grid."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from mnist_viz.views.theme import Theme, color


def pad_icon(kind: str, theme: Theme, ratio: float) -> QIcon:
    """A 16-pixel icon: "pen", "eraser", "undo", "redo" or "clear"."""
    icon = QIcon()
    for mode, alpha in ((QIcon.Mode.Normal, 1.0), (QIcon.Mode.Disabled, 0.4)):
        pixmap = _blank(ratio)
        with QPainter(pixmap) as painter:
            paint(kind, painter, QRectF(0, 0, 16, 16), color(theme.text, alpha))
        icon.addPixmap(pixmap, mode)
    return icon


def width_icon(share: float, theme: Theme, ratio: float) -> QIcon:
    """A dot for a pen width; `share` is of the widest, 0 to 1."""
    pixmap = _blank(ratio)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(theme.text))
        radius = 1.25 + 5.75 * share
        painter.drawEllipse(QPointF(8, 8), radius, radius)
    return QIcon(pixmap)


def paint(kind: str, painter: QPainter, at: QRectF, tint: QColor) -> None:
    """Paint an icon, one of the tools' or "knew" or "erred", into the square `at`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(at.topLeft())
    painter.scale(at.width() / 16, at.height() / 16)
    pen = QPen(tint, 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _DRAWINGS[kind](painter)
    painter.restore()


def _blank(ratio: float) -> QPixmap:
    pixmap = QPixmap(round(16 * ratio), round(16 * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    return pixmap


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _pen(painter: QPainter) -> None:
    _lines(painter, (2.5, 13.5), (3.5, 9.5), (10.75, 2.25), (13.75, 5.25), (6.5, 12.5), (2.5, 13.5))
    _lines(painter, (8.75, 4.25), (11.75, 7.25))


def _eraser(painter: QPainter) -> None:
    _lines(painter, (6, 13.5), (2.25, 9.75), (9, 3), (13.5, 7.5), (7.5, 13.5))
    _lines(painter, (5.5, 6.5), (10, 11))
    _lines(painter, (6, 13.5), (13.5, 13.5))


def _undo(painter: QPainter) -> None:
    _lines(painter, (6, 3), (3, 6), (6, 9))
    path = QPainterPath(QPointF(3, 6))
    path.lineTo(9.5, 6)
    path.cubicTo(14, 6, 14, 13, 9.5, 13)
    path.lineTo(6, 13)
    painter.drawPath(path)


def _redo(painter: QPainter) -> None:
    painter.translate(16, 0)
    painter.scale(-1, 1)
    _undo(painter)


def _clear(painter: QPainter) -> None:
    _lines(painter, (4, 4), (12, 12))
    _lines(painter, (12, 4), (4, 12))


def _knew(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(8, 8), 6.75, 6.75)
    _lines(painter, (5, 8.25), (7.1, 10.4), (11, 6))


def _erred(painter: QPainter) -> None:
    """A square, so that it differs from the tick in its outline too, not only in colour."""
    painter.drawRoundedRect(QRectF(1.75, 1.75, 12.5, 12.5), 1.5, 1.5)
    _lines(painter, (5.5, 5.5), (10.5, 10.5))
    _lines(painter, (10.5, 5.5), (5.5, 10.5))


_DRAWINGS: dict[str, Callable[[QPainter], None]] = {
    "pen": _pen,
    "eraser": _eraser,
    "undo": _undo,
    "redo": _redo,
    "clear": _clear,
    "knew": _knew,
    "erred": _erred,
}
