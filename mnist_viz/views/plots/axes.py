"""Axes in the theme's colours and type, with the program's format of numbers."""

import math
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import numpy as np
import pyqtgraph
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QGraphicsItem

from mnist_viz.views.number_text import format_number, round_up
from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import DARK, SMALL, Theme, color, font

TextOf = Callable[[float, float], str]

_LINE = 13  # pixels: the height of a name
_GAP = 4  # pixels between names, and between a name and its axis
_MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
_WIDEST = 72.0  # pixels; longer names are cut

_INWARDS = {"left": (2, 0), "right": (-2, 0), "top": (0, 2), "bottom": (0, -2)}  # pixels
_OVER = 12  # pixels by which a number may extend beyond the end of its axis
_PLACES = {"left": (1, 0), "top": (0, 1), "right": (1, 2), "bottom": (2, 1)}  # row and column
_LOG_ROOM = 22  # pixels from one tick of a logarithmic axis to the next


class ValueAxis(pyqtgraph.AxisItem):
    """An axis whose tick labels come from a function.

    Args:
        orientation: "left", "right", "top" or "bottom".
        text_of: the label of a value, given the distance to the next one, or 0.
    """

    def __init__(self, orientation: str, text_of: TextOf = format_number) -> None:
        super().__init__(orientation)
        self._text_of = text_of
        self.enableAutoSIPrefix(False)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)
        self.setStyle(tickFont=font(SMALL), tickLength=-4, tickTextOffset=4, maxTickLevel=1)

    def set_title(self, title: str) -> None:
        """Set the quantity on the axis, with its unit."""
        if title != self.labelText:  # costly
            # pyqtgraph replaces the whole style, including the colour of the theme.
            self.setLabel(title, **{"font-size": f"{SMALL}px", "color": self.textPen().color().name()})

    def _updateLabel(self) -> None:  # noqa: N802
        if self.labelText:  # pyqtgraph sets the HTML of an empty, hidden label some twenty times
            super()._updateLabel()

    def set_theme(self, theme: Theme) -> None:
        self.setPen(color(theme.border))
        self.setTextPen(color(theme.muted))

    def set_ticks(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Label only these places, with these texts."""
        self.setTicks([list(ticks)])

    def boundingRect(self) -> QRectF:  # noqa: N802
        """Includes the numbers at both ends, for which pyqtgraph leaves no room."""
        upright = self.orientation in ("left", "right")
        rect: QRectF = super().boundingRect()
        return rect.adjusted(0, -_OVER, 0, _OVER) if upright else rect.adjusted(-_OVER, 0, _OVER, 0)

    def resizeEvent(self, event: object = None) -> None:
        """Drop the cached pixels: of an item that has grown Qt paints only the new part, also after `update`."""
        super().resizeEvent(event)
        if self.label.isVisible():  # pyqtgraph has the title reach a pixel beyond the axis, where frames are
            self.label.moveBy(*_INWARDS[self.orientation])
        self.setCacheMode(self.CacheMode.NoCache)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def paint(self, painter: QPainter, *_: object) -> None:
        """Paint directly: pyqtgraph plays back a recorded QPicture each time, which takes 3 ms for the texts."""
        painter.setFont(self.style["tickFont"])
        specs = self.generateDrawSpecs(painter)
        if specs is not None:
            self.drawPicture(painter, *specs)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:  # noqa: N802
        """The levels of pyqtgraph whose numbers have room above each other, or one coarser level."""
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        if self.orientation not in ("left", "right") or not levels or size <= 0:
            return levels
        least = _LINE * abs(high - low) / size
        coarsest = levels[0][0]
        while coarsest < least:
            coarsest *= 2.5 if f"{coarsest:e}"[0] == "2" else 2  # 1, 2, 5, 10
        return [level for level in levels if level[0] >= least] or [(coarsest, 0.0)]

    def logTickValues(  # noqa: N802
        self, low: float, high: float, size: float, _usual: object
    ) -> list[tuple[float | None, list[float]]]:
        """Powers of ten, with 2 and 5 times each where there is room, or only every n-th power."""
        room = size / max(high - low, 1e-9)  # pixels of a power of ten
        step = max(1, math.ceil(_LOG_ROOM / room))
        tens = [float(k) for k in range(math.ceil(low), math.floor(high) + 1) if k % step == 0]
        if 0.3 * room < _LOG_ROOM:
            return [(1.0, tens)]
        between = [k + math.log10(m) for k in range(math.floor(low), math.ceil(high)) for m in (2, 5)]
        return [(1.0, tens), (None, [value for value in between if low <= value <= high])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        if self.logMode:
            return self.logTickStrings(values, scale, spacing)
        return [self._text_of(0.0 if abs(v) < 1e-9 * spacing else v * scale, spacing * scale) for v in values]

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        return [self._text_of(10.0**value * scale, 0.0) if value < 300 else "" for value in values]


class PlotLayout(pyqtgraph.GraphicsLayout):
    """A view with axes at its sides.

    PlotItem, which pyqtgraph has for this, takes ten times as long to make: it brings a menu of forty widgets.
    """

    def __init__(self, view: pyqtgraph.ViewBox, *axes: pyqtgraph.AxisItem) -> None:
        super().__init__()
        self.layout.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
        self.view = view
        for axis in axes:
            axis.linkToView(view)
            axis.setZValue(0.5)  # its grid is above the view's background
            self.addItem(axis, *_PLACES[axis.orientation])
        self.addItem(view, 1, 1)
        self.layout.setRowStretchFactor(1, 100)
        self.layout.setColumnStretchFactor(1, 100)

    def add(self, *items: QGraphicsItem) -> None:
        """Put items into the view, which does not fit its range to them."""
        for item in items:
            self.view.addItem(item, ignoreBounds=True)


def show_axis(axis: pyqtgraph.AxisItem, shown: bool) -> None:
    """Show or hide an axis, which is costly, unless it is so already."""
    if axis.isVisibleTo(axis.parentItem()) != shown:  # also in a plot that is hidden itself, whose room it would take
        axis.show() if shown else axis.hide()  # which give and take its room, other than `setVisible`


class NameAxis(ValueAxis):
    """An axis with names, of which only every second, fifth, tenth, ... is written where there is no room for all.

    Args:
        orientation: "left", "right" or "top".
        sample: a name for which room is reserved, so that changing names do not change the layout.
    """

    def __init__(self, orientation: str, sample: str = "") -> None:
        super().__init__(orientation)
        self._sample = sample
        self.places: Sequence[float] = ()
        self.names: Sequence[str] = ()  # all of them, also those that have no room
        self._marked: frozenset[int] = frozenset()
        self._turned = False
        self._title = 0
        self._theme = DARK
        self.setStyle(tickLength=0)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._theme = theme
        self._redraw()

    def set_names(self, names: Sequence[str], places: Sequence[float]) -> None:
        """Write `names` at `places`, evenly spaced and ascending."""
        if (tuple(names), tuple(places)) != (self.names, self.places):
            self.names, self.places = tuple(names), tuple(places)
            self._marked = frozenset()
            self._reserve_room()

    def set_title(self, title: str) -> None:
        """Set what the names stand for."""
        super().set_title(title)
        self._title = _LINE
        self._reserve_room()

    def set_marked(self, numbers: Collection[int]) -> None:
        """Always write the names with these indices, in bold."""
        if frozenset(numbers) != self._marked:
            self._marked = frozenset(numbers)
            self._redraw()

    def set_room(self, pixels: float) -> None:
        """Turn the names at the top upright if they are wider than `pixels`, the distance between two of them."""
        turned = self.orientation == "top" and self.widest > max(pixels - _GAP, _LINE)
        if turned != self._turned:
            self._turned = turned
            self._reserve_room()

    @property
    def widest(self) -> float:
        """Pixels of the longest name, after cutting."""
        return max(_fitted(name, True)[1] for name in (*self.names, self._sample))

    def _reserve_room(self) -> None:
        if self.orientation in ("left", "right"):
            self.setWidth(np.ceil(self.widest) + 2 * _GAP + self._title)
        else:
            self.setHeight((np.ceil(self.widest) if self._turned else _LINE) + _GAP + self._title)
        self._redraw()

    def _redraw(self) -> None:
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        return []

    def drawPicture(self, p: QPainter, axisSpec: object, tickSpecs: object, textSpecs: object) -> None:  # noqa: N802, N803
        super().drawPicture(p, axisSpec, tickSpecs, textSpecs)
        if not self.places:
            return
        room = self.mapRectFromParent(self.geometry())
        start, end = self.range
        upright = self.orientation in ("left", "right")
        length = room.height() if upright else room.width()
        step = abs(self.places[1] - self.places[0]) if len(self.places) > 1 else 1.0
        pixels = max(length * step / max(abs(end - start), 1e-9), 1e-3)
        needed = _LINE if upright or self._turned else self.widest + _GAP
        stride = int(round_up(max(needed / pixels - 1e-6, 1.0)))
        crowded = stride > 1
        written = [k for k in range(len(self.places)) if k % stride == 0 and k not in self._marked]
        for marked, numbers in ((False, written), (True, list(self._marked))):
            p.setFont(text_font(SMALL, _weight(marked)))
            p.setPen(color(self._theme.text if marked else self._theme.muted))
            for k in numbers:
                share = (self.places[k] - start) / (end - start)
                if 0 <= share <= 1:
                    at = (1 - share if upright else share) * length
                    # A marked name is drawn over its neighbours.
                    self._draw_name(p, room, at, *_fitted(self.names[k], marked), covers=marked and crowded)

    def _draw_name(self, p: QPainter, room: QRectF, at: float, name: str, wide: float, *, covers: bool) -> None:
        if self.orientation == "left":
            place = QRectF(room.right() - _GAP - wide, room.top() + at - _LINE / 2, wide, _LINE)
        elif self.orientation == "right":
            place = QRectF(room.left() + _GAP, room.top() + at - _LINE / 2, wide, _LINE)
        elif self._turned:
            place = QRectF(0, -_LINE / 2, wide, _LINE)
            p.save()
            p.translate(room.left() + at, room.bottom() - _GAP)
            p.rotate(-90)
        else:
            place = QRectF(room.left() + at - wide / 2, room.bottom() - _GAP / 2 - _LINE, wide, _LINE)
        if covers:
            p.fillRect(place.adjusted(-1, 0, 1, 0), color(self._theme.panel))
        p.drawText(place, _MIDDLE, name)
        if self._turned:
            p.restore()


def _weight(marked: bool) -> QFont.Weight:
    return QFont.Weight.DemiBold if marked else QFont.Weight.Normal


@lru_cache(1024)
def _fitted(name: str, marked: bool) -> tuple[str, float]:
    """The name, cut if it is too long, and its pixels."""
    text = text_metrics(SMALL, _weight(marked)).elidedText(name, Qt.TextElideMode.ElideMiddle, _WIDEST + 1)
    return text, float(np.ceil(text_width(text, SMALL, _weight(marked))))
