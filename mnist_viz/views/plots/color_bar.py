"""The colour bar of a heatmap: the colours of its scale as a strip, and the values they stand for."""

import numpy as np
import pyqtgraph
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPen

from mnist_viz.views.plots.axes import ValueAxis
from mnist_viz.views.theme import GRID, LookupTable, Theme, color

_STRIP_WIDTH, _AXIS_WIDTH = 8, 44
BAR_WIDTH = 2 * GRID + _STRIP_WIDTH + _AXIS_WIDTH
"""Pixels that a colour bar takes of a figure's width."""


class ColorBar(pyqtgraph.GraphicsLayout):
    """The largest value is at the top. pyqtgraph's own bar is a whole plot, which takes ten times as long to make.

    Attributes:
        strip: the colours.
        axis: the values.
        levels: the values of the lowest and of the highest colour.
    """

    def __init__(self, levels: tuple[float, float]) -> None:
        super().__init__()
        self.strip, self.axis = _Strip(), ValueAxis("right")
        self.strip.setFixedWidth(_STRIP_WIDTH)
        self.axis.setStyle(tickLength=-3)
        self.axis.setWidth(_AXIS_WIDTH)
        self.layout.setContentsMargins(GRID, GRID, 0, GRID)  # room for the numbers at both ends
        self.layout.setSpacing(0)
        self.addItem(self.strip, 0, 0)
        self.addItem(self.axis, 0, 1)
        self.set_levels(*levels)

    def set_theme(self, theme: Theme, colors: LookupTable) -> None:
        self.strip.set_theme(theme, colors)
        self.axis.set_theme(theme)

    def set_levels(self, low: float, high: float) -> None:
        self.levels = (low, high)
        self.axis.setRange(low, high)


class _Strip(pyqtgraph.GraphicsWidget):
    """The colours one above the other, in a thin frame."""

    def __init__(self) -> None:
        super().__init__()
        self._image, self._pen = QImage(), QPen()

    def set_theme(self, theme: Theme, colors: LookupTable) -> None:
        pixels = np.ascontiguousarray(colors[::-1]).reshape(-1, 1, 4)
        self._image = pyqtgraph.functions.ndarray_to_qimage(pixels, QImage.Format.Format_RGB32)
        self._pen = pyqtgraph.mkPen(color(theme.border), width=1, cosmetic=True)
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.drawImage(QRectF(self.rect()), self._image)
        painter.setPen(self._pen)
        painter.drawRect(self.rect())
