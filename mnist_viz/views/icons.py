"""Small icons drawn as paths on a 16 x 16 grid, in whatever colours the theme has.

The style sheet's few icons (arrows, the check mark) are files under ``resources/icons``, since a style sheet
can only name files: ``url(icons:check-dark.svg)``.
"""

from collections.abc import Callable

from PySide6.QtCore import QDir, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from mnist_viz.paths import resource

SIZE = 16
"""The grid, and the size in pixels at which the icons are meant to be seen."""

_STROKE = 1.5

QDir.setSearchPaths("icons", [str(resource("icons"))])


def icon(name: str, color: str, disabled: str | None = None) -> QIcon:
    """Return the icon `name` in `color` (``#rrggbb``), and in `disabled` where it cannot be pressed.

    Raises:
        KeyError: there is no such icon.
    """
    draw = _DRAWINGS[name]
    result = QIcon()
    for pixels in _pixel_sizes():
        result.addPixmap(_pixmap(draw, pixels, QColor(color)), QIcon.Mode.Normal)
        if disabled is not None:
            result.addPixmap(_pixmap(draw, pixels, QColor(disabled)), QIcon.Mode.Disabled)
    return result


def paint(name: str, painter: QPainter, at: QRectF, color: QColor) -> None:
    """Paint the icon `name` into the square `at`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(at.topLeft())
    painter.scale(at.width() / SIZE, at.height() / SIZE)
    _set_color(painter, color)
    _DRAWINGS[name](painter)
    painter.restore()


def names() -> list[str]:
    return list(_DRAWINGS)


def _pixel_sizes() -> list[int]:
    """One size a screen, since Qt would blur an icon that it has to scale; and one for sharper screens to come."""
    ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    return sorted({round(SIZE * ratio) for ratio in ratios} | {SIZE, 2 * SIZE})


def _pixmap(draw: Callable[[QPainter], None], pixels: int, color: QColor) -> QPixmap:
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(pixels / SIZE, pixels / SIZE)
    _set_color(painter, color)
    draw(painter)
    painter.end()
    return pixmap


def _set_color(painter: QPainter, color: QColor) -> None:
    painter.setBrush(color)
    painter.setPen(QPen(color, _STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))


def _solid(painter: QPainter, *points: tuple[float, float]) -> None:
    """A filled polygon, its corners softened by a thin outline of the same colour."""
    pen = painter.pen()
    painter.setPen(QPen(pen.color(), 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    painter.setPen(pen)


def _lines(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _outline(painter: QPainter, path: QPainterPath) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)


def _play(painter: QPainter) -> None:
    _solid(painter, (4.5, 3), (13, 8), (4.5, 13))


def _pause(painter: QPainter) -> None:
    _solid(painter, (4, 3), (6, 3), (6, 13), (4, 13))
    _solid(painter, (10, 3), (12, 3), (12, 13), (10, 13))


def _batch_forward(painter: QPainter) -> None:
    _solid(painter, (4, 4), (10, 8), (4, 12))
    _lines(painter, (12.5, 4), (12.5, 12))


def _epoch_forward(painter: QPainter) -> None:
    _solid(painter, (1.5, 4.5), (6.5, 8), (1.5, 11.5))
    _solid(painter, (7, 4.5), (12, 8), (7, 11.5))
    _lines(painter, (14.25, 4), (14.25, 12))


def _mirrored(draw: Callable[[QPainter], None]) -> Callable[[QPainter], None]:
    def mirrored(painter: QPainter) -> None:
        painter.translate(SIZE, 0)
        painter.scale(-1, 1)
        draw(painter)

    return mirrored


def _reset(painter: QPainter) -> None:
    path = QPainterPath()
    circle = QRectF(3, 4, 10, 10)
    path.arcMoveTo(circle, 90)
    path.arcTo(circle, 90, -270)
    _outline(painter, path)
    painter.setBrush(painter.pen().color())
    _solid(painter, (8, 1.5), (8, 6.5), (4.5, 4))


def _close(painter: QPainter) -> None:
    _lines(painter, (4.5, 4.5), (11.5, 11.5))
    _lines(painter, (11.5, 4.5), (4.5, 11.5))


def _float(painter: QPainter) -> None:
    _lines(painter, (6.5, 4), (4, 4), (4, 12), (12, 12), (12, 9.5))
    _lines(painter, (8.5, 7.5), (12.5, 3.5))
    _lines(painter, (9.25, 3.25), (12.75, 3.25), (12.75, 6.75))


def _dock(painter: QPainter) -> None:
    path = QPainterPath()
    path.addRoundedRect(QRectF(3, 3.5, 10, 9), 1, 1)
    _outline(painter, path)
    _lines(painter, (8, 3.5), (8, 12.5))


def _info(painter: QPainter) -> None:
    path = QPainterPath()
    path.addEllipse(QRectF(2, 2, 12, 12))
    _outline(painter, path)
    _lines(painter, (8, 7.5), (8, 11))
    painter.drawPoint(QPointF(8, 5))


def _error(painter: QPainter) -> None:
    path = QPainterPath(QPointF(8, 2.25))
    path.lineTo(14.25, 13.25)
    path.lineTo(1.75, 13.25)
    path.closeSubpath()
    _outline(painter, path)
    _lines(painter, (8, 6.5), (8, 9))
    painter.drawPoint(QPointF(8, 11.25))


def _film(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF([QPointF(5, 3.5), QPointF(12.5, 8), QPointF(5, 12.5)]))


def _loop(painter: QPainter) -> None:
    _lines(painter, (2.5, 8), (2.5, 7), (4.5, 4.5), (12.5, 4.5))
    _lines(painter, (13.5, 8), (13.5, 9), (11.5, 11.5), (3.5, 11.5))
    _lines(painter, (10.5, 2.25), (12.75, 4.5), (10.5, 6.75))
    _lines(painter, (5.5, 9.25), (3.25, 11.5), (5.5, 13.75))


def _live(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(8, 8), 2.5, 2.5)


def _swap(painter: QPainter) -> None:
    _lines(painter, (2.5, 5.5), (13, 5.5))
    _lines(painter, (10, 2.5), (13, 5.5), (10, 8.5))
    _lines(painter, (13.5, 11), (3, 11))
    _lines(painter, (6, 8), (3, 11), (6, 14))


_DRAWINGS: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "batch-forward": _batch_forward,
    "batch-back": _mirrored(_batch_forward),
    "epoch-forward": _epoch_forward,
    "epoch-back": _mirrored(_epoch_forward),
    "film": _film,
    "film-back": _mirrored(_film),
    "loop": _loop,
    "reset": _reset,
    "close": _close,
    "float": _float,
    "dock": _dock,
    "info": _info,
    "error": _error,
    "live": _live,
    "swap": _swap,
}
