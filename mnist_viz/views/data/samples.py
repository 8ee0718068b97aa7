"""Some examples of a data set, side by side in one picture."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from mnist_viz.views.data.entry import Pictures
from mnist_viz.views.painting import digit_image
from mnist_viz.views.theme import Theme, color

SIDE, GAP = 28, 2
"""Pixels of an example, and between two."""


def contact_sheet(pictures: Pictures | None, columns: int, rows: int, theme: Theme, ratio: float) -> QPixmap:
    """The first examples in a grid, with quiet empty places where there are fewer.

    Args:
        pictures: uint8 (k, height, width), or (k, height, width, 3) for colour; None for none.
        ratio: device pixels a pixel.
    """
    pixmap = QPixmap(round((columns * (SIDE + GAP) - GAP) * ratio), round((rows * (SIDE + GAP) - GAP) * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    shown = [] if pictures is None else list(pictures[: columns * rows])
    with QPainter(pixmap) as painter:
        for place in range(columns * rows):
            row, column = divmod(place, columns)
            at = QRectF(column * (SIDE + GAP), row * (SIDE + GAP), SIDE, SIDE)
            if place < len(shown):
                _draw_example(painter, at, shown[place], theme, ratio)
            else:
                painter.setPen(QPen(color(theme.border), 1.0, Qt.PenStyle.DotLine))
                painter.drawRect(at.adjusted(0.5, 0.5, -0.5, -0.5))
    return pixmap


def _draw_example(painter: QPainter, at: QRectF, picture: Pictures, theme: Theme, ratio: float) -> None:
    """Fill a square, smoothly where the picture's pixels do not fall on the screen's."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width, 1)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale * ratio != int(scale * ratio))
    place = QRectF(0, 0, width * scale, height * scale)
    place.moveCenter(at.center())
    painter.drawImage(place, digit_image(picture, theme))
