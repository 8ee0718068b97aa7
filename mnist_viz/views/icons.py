"""The icons: SVG files under ``resources/icons`` on a grid of 16 x 16, in whatever colours the theme has.

They are drawn in ``currentColor``. The style sheet's few (arrows, the check mark) are files with their colours in
them, since a style sheet can only name files: ``url(icons:check-dark.svg)``.
"""

from functools import cache

from PySide6.QtCore import QByteArray, QDir, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from mnist_viz.system.paths import resource
from mnist_viz.views import zoom

SIZE = 16
"""The grid, and the size in pixels at which the icons are meant to be seen."""

QDir.setSearchPaths("icons", [str(resource("icons"))])


def icon(name: str, color: QColor | str, disabled: QColor | str | None = None) -> QIcon:
    """Return the icon `name` in `color`, and in `disabled` where it cannot be pressed.

    Raises:
        FileNotFoundError: there is no such icon.
    """
    result = QIcon()
    for pixels in _pixel_sizes():
        pixmap = _pixmap(name, pixels, QColor(color))
        result.addPixmap(pixmap, QIcon.Mode.Normal)
        result.addPixmap(pixmap, QIcon.Mode.Selected)  # or Qt would tint it
        if disabled is not None:
            result.addPixmap(_pixmap(name, pixels, QColor(disabled)), QIcon.Mode.Disabled)
    return result


def paint(name: str, painter: QPainter, at: QRectF, color: QColor) -> None:
    """Paint the icon `name` into the square `at`."""
    tinted = _svg(name).replace(b"currentColor", color.name().encode())
    painter.save()
    painter.setOpacity(painter.opacity() * color.alphaF())
    QSvgRenderer(QByteArray(tinted)).render(painter, at)
    painter.restore()


def _pixel_sizes() -> list[int]:
    """One size a screen, since Qt would blur an icon that it has to scale; and one for sharper screens to come."""
    ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    return sorted({round(zoom.px(SIZE) * ratio) for ratio in ratios} | {SIZE, 2 * SIZE})


def _pixmap(name: str, pixels: int, color: QColor) -> QPixmap:
    key = f"{name} {pixels} {color.name(QColor.NameFormat.HexArgb)}"
    pixmap = QPixmap()
    if QPixmapCache.find(key, pixmap):
        return pixmap
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        paint(name, painter, QRectF(0, 0, pixels, pixels), color)
    QPixmapCache.insert(key, pixmap)
    return pixmap


@cache
def _svg(name: str) -> bytes:
    return resource(f"icons/{name}.svg").read_bytes()
