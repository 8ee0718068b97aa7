"""A plot of lines: axes and grid in the theme, lines and bands, a cursor to drag, a crosshair, a selected range."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_number
from mnist_viz.views.plots.axes import PlotLayout, TextOf, ValueAxis
from mnist_viz.views.plots.figure import View
from mnist_viz.views.plots.items import NOWHERE, ViewItem
from mnist_viz.views.theme import SMALL, Theme, color, font

Floats = NDArray[np.floating]

_GRID_ALPHA = 110
_MARK = 5  # pixels
_MOST_MARKS = 60
_CAPTION_HEIGHT = 18


class Plot(PlotLayout):
    """One plot. Add it to the layout of a figure, and its `view` to those that the figure watches."""

    view: View

    cursor_dragged = Signal(float)  # the place, while the user drags the cursor
    range_dragged = Signal(float, float)  # from, to, while the user drags an end of the selected range

    def __init__(self, value_text: TextOf = format_number, place_text: TextOf = format_number) -> None:
        self.left, self.bottom = ValueAxis("left", value_text), ValueAxis("bottom", place_text)
        super().__init__(View(), self.left, self.bottom)
        self._crosshair = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._cursor = pyqtgraph.InfiniteLine(angle=90, movable=True)
        self._cursor.setZValue(10)
        self._cursor.setCursor(Qt.CursorShape.SizeHorCursor)
        for line in (self._crosshair, self._cursor):
            line.setVisible(False)
        self._cursor.sigDragged.connect(self._on_dragged)
        self._range = pyqtgraph.LinearRegionItem()
        self._range.movable = False  # only its ends are, or a drag inside could not pan
        self._range.setZValue(-5)
        self._range.setVisible(False)
        self.add(self._crosshair, self._cursor, self._range)
        for end in self._range.lines:
            end.setCursor(Qt.CursorShape.SizeHorCursor)
            end.sigDragged.connect(self._on_range_dragged)

    def set_theme(self, theme: Theme) -> None:
        self.view.setBackgroundColor(color(theme.sunken))
        for axis in (self.left, self.bottom):
            axis.set_theme(theme)
            axis.setGrid(_GRID_ALPHA)
        self._crosshair.setPen(pyqtgraph.mkPen(color(theme.muted), width=1))
        self._cursor.setPen(pyqtgraph.mkPen(color(theme.accent), width=1))
        self._cursor.setHoverPen(pyqtgraph.mkPen(color(theme.accent), width=3))
        self._range.setBrush(color(theme.accent, 0.12))
        for end in self._range.lines:
            end.setPen(pyqtgraph.mkPen(color(theme.accent, 0.6), width=1))
            end.setHoverPen(pyqtgraph.mkPen(color(theme.accent), width=3))

    def set_cursor(self, place: float | None) -> None:
        """Show the cursor at `place` on the bottom axis; None hides it."""
        _move(self._cursor, place)

    def add_handle(self, share: float, size: float) -> None:
        """Put a knob of `size` pixels on the cursor, at a share of the plot's height above its lower edge."""
        self._cursor.addMarker("o", share, size)

    def set_crosshair(self, place: float | None) -> None:
        """Show the line under the mouse at `place`; None hides it."""
        _move(self._crosshair, place)

    def set_range(self, ends: tuple[float, float] | None) -> None:
        """Mark the places between `ends` as selected; None marks none."""
        self._range.setVisible(ends is not None)
        if ends is not None:
            self._range.setRegion(ends)

    @Slot(object)
    def _on_range_dragged(self, _line: pyqtgraph.InfiniteLine) -> None:
        self.range_dragged.emit(*map(float, self._range.getRegion()))

    @Slot(object)
    def _on_dragged(self, line: pyqtgraph.InfiniteLine) -> None:
        self.cursor_dragged.emit(float(line.value()))


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line with its marks, or an area, as paths."""

    path: QPainterPath
    color: QColor
    width: float = 1.0  # pixels; a wider line of many points is slow
    filled: bool = False
    marks: QPolygonF | None = None


def line(x: Floats, y: Floats, ink: QColor, *, marks: bool = False) -> Stroke:
    """A line through the points `x`, ascending, and `y`, (n,) each, finite; n is at most some 2,000.

    Args:
        marks: whether each point is marked if they are few, and the line is wider. A single one is marked in any case.
    """
    path = pyqtgraph.arrayToQPath(x, y)
    if not 0 < len(x) <= (_MOST_MARKS if marks else 1):
        return Stroke(path, ink)
    return Stroke(path, ink, 1.5, marks=QPolygonF([QPointF(*point) for point in zip(x, y, strict=True)]))


def band(x: Floats, low: Floats, high: Floats, fill: QColor) -> Stroke:
    """The area between two lines over the places `x`, (n,) each, finite.

    More than one corner every other pixel is slow.
    """
    around = np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])
    return Stroke(pyqtgraph.arrayToQPath(*around), fill, filled=True)


class Strokes(ViewItem):
    """Lines, marks and areas in a plot, cached as pixels until they or the range change.

    pyqtgraph's own curves are painted again whenever the cursor moves over them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._strokes: Sequence[Stroke] = ()
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def set_strokes(self, strokes: Sequence[Stroke]) -> None:
        """Show these, the last one on top."""
        self._strokes = strokes
        self.update()

    def shape(self) -> QPainterPath:
        return NOWHERE

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setClipRect(self.boundingRect())
        for stroke in self._strokes:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, not stroke.filled)
            if stroke.filled:
                painter.fillPath(stroke.path, stroke.color)
                continue
            pen = QPen(stroke.color, stroke.width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(stroke.path)
            if stroke.marks is not None:
                marks = painter.transform().map(stroke.marks)
                painter.save()
                painter.resetTransform()  # or they would be stretched with the axes
                painter.setPen(QPen(stroke.color, zoom.px(_MARK), c=Qt.PenCapStyle.RoundCap))
                painter.drawPoints(marks)
                painter.restore()


class Caption(pyqtgraph.LabelItem):
    """A line of text above a plot, left-aligned and cut at the edge of the figure."""

    def __init__(self) -> None:
        super().__init__(justify="left")
        self.item.setFont(font(SMALL))

    def updateMin(self) -> None:  # noqa: N802
        self.setMinimumWidth(0)
        self.setFixedHeight(_CAPTION_HEIGHT)


def _move(line: pyqtgraph.InfiniteLine, place: float | None) -> None:
    line.setVisible(place is not None)
    if place is not None and place != line.value():
        line.setValue(place)
