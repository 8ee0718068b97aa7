"""Pictures of a data set: the small block of samples in a row, and one example as an image."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.data.entry import Pictures
from mnist_viz.views.painting import digit_picture
from mnist_viz.views.theme import DARK, Theme, color

SIDE = 28
GAP = 2
_COLUMNS, _ROWS = 4, 2


def example_image(picture: Pictures, theme: Theme) -> QImage:
    """One example, (height, width) in the colours of the pad or (height, width, 3) in its own, as an image."""
    if picture.ndim == 2:
        return digit_picture(picture, theme).image.copy()
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def draw_example(painter: QPainter, at: QRectF, image: QImage) -> None:
    """Paint an example into a square, smoothly where its pixels do not fall on the screen's."""
    ratio = at.width() * painter.device().devicePixelRatioF() / max(image.width(), 1)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, ratio != int(ratio))
    size = max(image.width(), image.height(), 1)
    width, height = at.width() * image.width() / size, at.height() * image.height() / size
    painter.drawImage(
        QRectF(at.x() + (at.width() - width) / 2, at.y() + (at.height() - height) / 2, width, height), image
    )


class SampleBlock(QWidget):
    """Up to eight examples in two rows; quiet empty places until there are some."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data-samples")
        self.setAccessibleName("examples")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._theme = DARK
        self._pictures: list[Pictures] = []
        self._images: list[QImage] = []

    @property
    def count(self) -> int:
        """How many examples are shown."""
        return len(self._pictures)

    def set_pictures(self, pictures: Pictures | None) -> None:
        self._pictures = [] if pictures is None else list(pictures[: _COLUMNS * _ROWS])
        self._images = []
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._images = []
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_COLUMNS * (SIDE + GAP) - GAP, _ROWS * (SIDE + GAP) - GAP)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        if len(self._images) != len(self._pictures):
            self._images = [example_image(picture, self._theme) for picture in self._pictures]
        for place in range(_COLUMNS * _ROWS):
            at = QRectF((place % _COLUMNS) * (SIDE + GAP), (place // _COLUMNS) * (SIDE + GAP), SIDE, SIDE)
            if place < len(self._images):
                draw_example(painter, at, self._images[place])
            else:
                painter.setPen(QPen(color(self._theme.border), 1.0, Qt.PenStyle.DotLine))
                painter.drawRect(at.adjusted(0.5, 0.5, -0.5, -0.5))
