"""Many small shapes in one item: bars of one colour, and signs such as stars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph
from numpy.typing import ArrayLike
from pyqtgraph.graphicsItems.ScatterPlotItem import renderSymbol
from PySide6.QtGui import QColor, QImage, QPainterPath


class Bars(pyqtgraph.BarGraphItem):
    """Filled rectangles of one colour."""

    def __init__(self) -> None:
        super().__init__(x0=[], x1=[], y0=0, y1=0, pen=None, brush=None)

    def set_values(self, left: ArrayLike, right: ArrayLike, low: ArrayLike, high: ArrayLike) -> None:
        """Cover these ranges, (n,) each or the same value for all."""
        x0, x1, y0, y1 = np.broadcast_arrays(*map(np.atleast_1d, (left, right, low, high)))
        self.setOpts(x0=x0, x1=x1, y0=y0, y1=y1)

    def set_color(self, fill: QColor) -> None:
        self.setOpts(brush=fill)


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
            size=[sign.size for sign in signs],
            pen=[pyqtgraph.mkPen(tint, width=sign.line) for sign, tint in zip(signs, tints, strict=True)],
            brush=[pyqtgraph.mkBrush(tint if sign.filled else None) for sign, tint in zip(signs, tints, strict=True)],
        )
