"""Many small shapes in one item: bars of one colour, and signs such as stars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph
from numpy.typing import ArrayLike
from pyqtgraph.graphicsItems.ScatterPlotItem import renderSymbol
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsRectItem

from mnist_viz.views import zoom


class Bars(QGraphicsRectItem):
    """Filled rectangles. Their bounds are Qt's: pyqtgraph computes those of its bars at every paint."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[QRectF] = []
        self._colors: tuple[QColor, ...] = ()

    def set_values(self, left: ArrayLike, right: ArrayLike, low: ArrayLike, high: ArrayLike) -> None:
        """Cover these ranges, (n,) each or the same value for all."""
        x0, x1, y0, y1 = np.broadcast_arrays(*map(np.atleast_1d, (left, right, low, high)))
        self._bars = [QRectF(*bar) for bar in np.stack([x0, y0, x1 - x0, y1 - y0], axis=1).tolist()]
        self.setRect(QRectF(x0.min(), y0.min(), np.ptp([x0, x1]), np.ptp([y0, y1])) if x0.size else QRectF())
        self.update()

    def set_colors(self, *fills: QColor) -> None:
        """One colour for all, or one each."""
        self._colors = fills
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        if len(self._colors) == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colors[0])
            painter.drawRects(self._bars)
            return
        for bar, fill in zip(self._bars, self._colors, strict=False):
            painter.fillRect(bar, fill)


@dataclass(frozen=True, eq=False)
class Sign:
    """The shape of a mark.

    Attributes:
        shape: one of pyqtgraph's symbols, such as "o" or "star", or a path of width 1 around the origin.
        size: in pixels.
        filled: whether it is filled or only outlined.
        line: the width of its outline in pixels.
    """

    shape: str | QPainterPath
    size: float
    filled: bool = True
    line: float = 1.2

    def image(self, tint: QColor, ratio: float) -> QImage:
        """The sign as a picture, at `ratio` device pixels a pixel."""
        brush = pyqtgraph.mkBrush(tint if self.filled else None)
        return renderSymbol(self.shape, self.size, pyqtgraph.mkPen(tint, width=self.line), brush, dpr=ratio)


class Signs(pyqtgraph.ScatterPlotItem):
    """Signs at places in data coordinates."""

    def set_signs(self, x: ArrayLike, y: ArrayLike, signs: Sequence[Sign], tints: Sequence[QColor]) -> None:
        """Show a sign at each of the places, (n,) each."""
        self.setData(
            x=x,
            y=y,
            symbol=[sign.shape for sign in signs],
            size=[zoom.px(sign.size) for sign in signs],
            pen=[pyqtgraph.mkPen(tint, width=sign.line) for sign, tint in zip(signs, tints, strict=True)],
            brush=[pyqtgraph.mkBrush(tint if sign.filled else None) for sign, tint in zip(signs, tints, strict=True)],
        )
