"""Many small shapes in one item: bars of one colour, signs such as stars, and texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyqtgraph
from numpy.typing import ArrayLike
from pyqtgraph.graphicsItems.ScatterPlotItem import renderSymbol
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterPath, QStaticText, QTransform
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsSceneMouseEvent

from mnist_viz.views import zoom
from mnist_viz.views.painting import text_font
from mnist_viz.views.theme import BODY

NOWHERE = QPainterPath()
"""The shape of items that ignore the mouse, which pyqtgraph hit-tests at every move."""

Place = tuple[float, float]
"""x and y in data coordinates."""


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
    """Signs at places in data coordinates; clicks go through them."""

    def mouseClickEvent(self, ev: QGraphicsSceneMouseEvent) -> None:
        ev.ignore()

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


class ViewItem(pyqtgraph.UIGraphicsItem):
    """An item as large as the visible part of its view."""

    def viewRangeChanged(self) -> None:  # noqa: N802
        self.viewTransformChanged()  # pyqtgraph forgets what was visible only after it has taken the bounds from it
        super().viewRangeChanged()


class Texts(ViewItem):
    """Texts at places in data coordinates, of the same size at any zoom.

    Args:
        size, weight: of the letters.
        anchor: the point of a text that is at its place: (0, 0) its upper left corner, (0.5, 0.5) its middle.
        offset: units by which all of them are moved to the right and down.

    Attributes:
        places, texts: what is written where.
    """

    def __init__(
        self,
        size: int = BODY,
        weight: QFont.Weight = QFont.Weight.Normal,
        anchor: tuple[float, float] = (0.5, 0.5),
        offset: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        super().__init__()
        self._size, self._weight, self._anchor, self._offset = size, weight, anchor, offset
        self._tint, self._ground = QColor(), QColor(Qt.GlobalColor.transparent)
        self._least = 0.0
        self.places: Sequence[Place] = ()
        self.texts: Sequence[str] = ()

    def set_colors(self, tint: QColor, ground: QColor | None = None) -> None:
        """Those of the letters, and of what is behind them."""
        self._tint, self._ground = tint, ground or QColor(Qt.GlobalColor.transparent)
        self.update()

    def set_texts(self, places: Sequence[Place], texts: Sequence[str], least: float = 0.0) -> None:
        """Write `texts` at `places`, as many, where a unit of x has `least` pixels."""
        self.places, self.texts, self._least = places, texts, least
        self.update()

    def shape(self) -> QPainterPath:
        return NOWHERE

    def paint(self, painter: QPainter, *_: object) -> None:
        to_pixels, pixels = painter.worldTransform(), zoom.px(self._size)
        if abs(to_pixels.m11()) < self._least * zoom.scale():
            return
        offset = QPointF(*self._offset) * zoom.scale()
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.setFont(text_font(pixels, self._weight))
        painter.setPen(self._tint)
        for place, text in zip(self.places, self.texts, strict=True):
            layout = static_text(text, pixels, self._weight)
            wide, high = layout.size().width(), layout.size().height()
            at = to_pixels.map(QPointF(*place)) + offset - QPointF(self._anchor[0] * wide, self._anchor[1] * high)
            if self._ground.alpha():
                painter.fillRect(QRectF(at.x() - 2, at.y() - 1, wide + 4, high + 2), self._ground)
            painter.drawStaticText(at, layout)
        painter.restore()


@lru_cache(2048)
def static_text(text: str, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QStaticText:
    """A text of that size, laid out."""
    layout = QStaticText(text)
    layout.setTextFormat(Qt.TextFormat.PlainText)
    layout.prepare(QTransform(), text_font(pixels, weight))
    return layout
