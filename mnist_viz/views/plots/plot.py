"""A plot of lines: axes and grid in the theme, a cursor that can be dragged, a crosshair, bands."""

from collections.abc import Callable

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor

from mnist_viz.views.number_text import format_number
from mnist_viz.views.plots.axes import ValueAxis
from mnist_viz.views.plots.figure import View
from mnist_viz.views.theme import Theme, color

_GRID_ALPHA = 40


class Plot(pyqtgraph.PlotItem):
    """One plot, to be put into the layout of a figure, which watches its `view`.

    Args:
        value_text: writes the values at the left axis.
        place_text: writes the places at the bottom axis.
    """

    cursor_dragged = Signal(float)  # the place, while the user drags the cursor

    def __init__(
        self, value_text: Callable[[float], str] = format_number, place_text: Callable[[float], str] = format_number
    ) -> None:
        self.view = View()
        self.left, self.bottom = ValueAxis("left", value_text), ValueAxis("bottom", place_text)
        super().__init__(viewBox=self.view, axisItems={"left": self.left, "bottom": self.bottom}, enableMenu=False)
        self.hideButtons()
        self.view.setDefaultPadding(0)
        self.view.disableAutoRange()
        self._crosshair = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._cursor = pyqtgraph.InfiniteLine(angle=90, movable=True)
        self._cursor.setZValue(10)
        self._cursor.setCursor(Qt.CursorShape.SizeHorCursor)
        for line in (self._crosshair, self._cursor):
            line.setVisible(False)
            self.addItem(line, ignoreBounds=True)
        self._cursor.sigDragged.connect(self._on_dragged)

    def set_theme(self, theme: Theme) -> None:
        self.view.setBackgroundColor(color(theme.sunken))
        for axis in (self.left, self.bottom):
            axis.set_theme(theme)
            axis.setGrid(_GRID_ALPHA)
        self._crosshair.setPen(pyqtgraph.mkPen(color(theme.muted), width=1))
        self._cursor.setPen(pyqtgraph.mkPen(color(theme.accent), width=1))
        self._cursor.setHoverPen(pyqtgraph.mkPen(color(theme.accent), width=3))

    def set_cursor(self, place: float | None) -> None:
        """Show the cursor at `place` on the bottom axis; None hides it."""
        _move(self._cursor, place)

    def add_handle(self, share: float, size: float) -> None:
        """Put a knob on the cursor, `size` pixels wide, so much of the plot's height above its lower edge."""
        self._cursor.addMarker("o", share, size)

    def set_crosshair(self, place: float | None) -> None:
        """Show the line under the mouse at `place`; None hides it."""
        _move(self._crosshair, place)

    @Slot(object)
    def _on_dragged(self, line: pyqtgraph.InfiniteLine) -> None:
        self.cursor_dragged.emit(float(line.value()))


class Band(pyqtgraph.FillBetweenItem):
    """The area between two lines over the same places. Give it a corner every other pixel and no more: more is slow."""

    def __init__(self) -> None:
        # Neither is clipped nor thinned out: the area follows the lines' data, not what is drawn of them.
        self._low, self._high = (pyqtgraph.PlotDataItem(connect="finite") for _ in range(2))
        super().__init__(self._low, self._high)

    def set_values(self, x: NDArray[np.floating], low: NDArray[np.floating], high: NDArray[np.floating]) -> None:
        """Cover from `low` to `high` at the places `x`, (n,) each, finite."""
        self._low.setData(x, low)
        self._high.setData(x, high)

    def set_color(self, fill: QColor) -> None:
        self.setBrush(fill)

    def set_log(self, logarithmic: bool) -> None:
        """Whether the values are drawn by their logarithm; they are above zero then."""
        for line in (self._low, self._high):
            line.setLogMode(False, logarithmic)


def _move(line: pyqtgraph.InfiniteLine, place: float | None) -> None:
    line.setVisible(place is not None)
    if place is not None and place != line.value():
        line.setValue(place)
