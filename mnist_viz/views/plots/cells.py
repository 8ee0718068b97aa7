"""Items over and beside the cells of a heatmap: lines and texts in the cells, bars at the end of the rows."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QStaticText, QTransform

from mnist_viz.views import zoom
from mnist_viz.views.painting import text_font
from mnist_viz.views.plots.axes import NameAxis, PlotLayout, show_axis
from mnist_viz.views.plots.figure import View
from mnist_viz.views.plots.items import Bars, static_text
from mnist_viz.views.theme import BODY, DARK, SMALL, Theme, color

_LEAST_LINED = 6.0  # pixels of a cell: smaller cells have no lines between them
_TEXT_SIZES = ((30.0, BODY), (18.0, SMALL), (11.0, 9))  # units of a cell's height and of the text in it

Strings = Sequence[str]


class CellTexts(pyqtgraph.GraphicsObject):
    """Lines between the values of a heatmap, and a text in each that has room. Add it to the heatmap's view."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._cells: NDArray[np.intp] = np.zeros((0, 2), np.intp)
        self._texts: Strings = ()
        self._tints: Sequence[QColor] = ()
        self._theme = DARK

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_texts(
        self, shape: tuple[int, int], cells: NDArray[np.intp], texts: Strings, tints: Sequence[QColor]
    ) -> None:
        """Write `texts` in `tints` into the (n, 2) `cells`, rows and columns, of a heatmap of `shape`."""
        if shape != self._shape:
            self.prepareGeometryChange()
            self._shape = shape
        self._cells, self._texts, self._tints = cells, texts, tints
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        return QRectF(0, 0, self._shape[1], self._shape[0])

    def paint(self, painter: QPainter, *_: object) -> None:
        to_pixels = painter.worldTransform()
        size = abs(to_pixels.m11()), abs(to_pixels.m22())
        painter.save()
        painter.setWorldTransform(QTransform())  # text has the same size at any zoom
        if min(size) >= _LEAST_LINED:
            self._draw_lines(painter, to_pixels)
        largest = next((pixels for least, pixels in _TEXT_SIZES if size[1] >= zoom.px(least)), 0)
        if largest:
            self._draw_texts(painter, to_pixels, size, largest)
        painter.restore()

    def _draw_lines(self, painter: QPainter, to_pixels: QTransform) -> None:
        rows, columns = self._shape
        lines = [QLineF(0, y, columns, y) for y in range(1, rows)] + [QLineF(x, 0, x, rows) for x in range(1, columns)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(color(self._theme.panel), 1))
        painter.drawLines([to_pixels.map(line) for line in lines])

    def _draw_texts(self, painter: QPainter, to_pixels: QTransform, size: tuple[float, float], largest: int) -> None:
        seen = self.getViewBox().viewRect().adjusted(-1, -1, 1, 1)
        fitted: dict[str, tuple[QStaticText, int, QPointF] | None] = {}
        set_size = 0
        for (row, column), text, tint in zip(self._cells.tolist(), self._texts, self._tints, strict=True):
            if text not in fitted:
                fitted[text] = _fitted(text, largest, size[0] - 1)
            found = fitted[text]
            if found is None or not seen.contains(column, row):
                continue
            layout, pixels, half = found
            if pixels != set_size:
                painter.setFont(text_font(pixels))
                set_size = pixels
            painter.setPen(tint)
            painter.drawStaticText(to_pixels.map(QPointF(column + 0.5, row + 0.5)) - half, layout)


def _fitted(text: str, largest: int, room: float) -> tuple[QStaticText, int, QPointF] | None:
    """The text in the largest size that fits `room` pixels, that size, and where its middle is; None if none fits."""
    for pixels in (zoom.px(largest), zoom.px(_TEXT_SIZES[-1][1])):
        layout = static_text(text, pixels)
        if layout.size().width() <= room:
            return layout, pixels, QPointF(layout.size().width(), layout.size().height()) / 2
    return None


class RowBars(PlotLayout):
    """A bar with a text for each row of the heatmap beside it, whose zoom it follows."""

    def __init__(self, heatmap: View) -> None:
        self.right, self.top = NameAxis("right", "100.0%"), NameAxis("top")
        super().__init__(View(downwards=True), self.right, self.top)
        self.view.setMouseEnabled(False, False)
        self.view.setXRange(0, 1, padding=0.02)
        self.view.setYLink(heatmap)
        self._ground, self._bars = Bars(), Bars()
        self._count = 0  # of rows
        self.add(self._ground, self._bars)

    def set_theme(self, theme: Theme) -> None:
        for axis in (self.right, self.top):
            axis.set_theme(theme)
            axis.setPen(pyqtgraph.mkPen(None))
            axis.setTextPen(color(theme.muted))  # lost with the pen
        self._ground.set_colors(color(theme.muted, 0.14))

    def set_texts_shown(self, shown: bool) -> None:
        """Show or hide the texts beside the bars and the title above."""
        show_axis(self.right, shown)
        self.top.showLabel(shown)

    def set_rows(self, shares: NDArray[np.floating], texts: Strings, tints: Sequence[QColor]) -> None:
        """Show `shares`, (rows,) from 0 to 1, as bars in `tints`, one for all or one each, with `texts` beside them."""
        rows = np.arange(len(shares)) + 0.5
        if len(shares) != self._count:
            self._count = len(shares)
            self._ground.set_values(0.0, 1.0, rows - 0.25, rows + 0.25)
        self._bars.set_values(0.0, shares, rows - 0.25, rows + 0.25)
        self._bars.set_colors(*tints)
        self.right.set_names(texts, rows.tolist() if texts else ())
