"""A heatmap of losses with contour lines, and the path of a training on it."""

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal, Slot

from mnist_viz.views.number_text import format_number, format_value, round_up
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.items import Sign, Signs
from mnist_viz.views.theme import Theme, color

Floats = NDArray[np.floating]

_NEAR = 12.0  # pixels from a moment that is meant
_CONTOURS = 9
_TAIL = 90  # percentile of the losses from which on the colour is the same
_LEAST = 1e-6  # a loss that is less is shown as this
_TICKS = 4
_LEAST_RANGE = 0.01  # of the logarithms
_NAMED = 3  # places with their numbers at each side
_MOMENT, _END, _BEHIND, _SHOWN = Sign("o", 5), Sign("o", 8), Sign("o", 15), Sign("o", 11)


class PathFigure(HeatmapFigure):
    """The logarithm of the loss as colours and contour lines, and moments as points on a line; a click chooses one."""

    moment_clicked = Signal(int)  # its number

    def __init__(self) -> None:
        super().__init__("landscape", "Loss on the plane of the path", "sequential", square=False)
        self._places: Floats = np.zeros((0, 2))  # of the moments, in columns and rows
        self.shown_moment = -1
        self.contours = [pyqtgraph.IsocurveItem(axisOrder="row-major") for _ in range(_CONTOURS)]
        self._line, self._signs = pyqtgraph.PlotCurveItem(), Signs()
        for item in (*self.contours, self._line, self._signs):
            self.view.addItem(item, ignoreBounds=True)
        self.view.clicked.connect(self._on_place_clicked)
        self.bar.set_title("loss", 58)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for curve in self.contours:
            curve.setPen(pyqtgraph.mkPen(color(theme.text, 0.35), width=1))
        self._line.setPen(pyqtgraph.mkPen(color(theme.text), width=1.5))
        self._draw_signs()

    def set_losses(self, losses: Floats | None, x: Floats, y: Floats, points: Floats) -> None:
        """Show losses with a path.

        Args:
            losses: (rows, columns), NaN where there is none; None for nothing at all.
            x, y: (columns,) and (rows,) their coordinates, evenly spaced.
            points: (m, 2) the coordinates of the moments.
        """
        self._show_losses(None if losses is None else np.log10(np.maximum(losses, _LEAST)).astype(np.float32))
        self._places = np.zeros((0, 2))
        if losses is not None:
            self._places = np.stack([_between(x, points[:, 0]), _between(y, points[:, 1])], axis=1)
            for axis, places in ((self.top, x), (self.left, y)):
                step = round_up(float(np.ptp(places)) / _NAMED)
                named = step * np.arange(np.ceil(places[0] / step), places[-1] / step)
                axis.set_names([format_number(value) for value in named.tolist()], _between(places, named).tolist())
                axis.show()
        self._draw_signs()

    def _show_losses(self, powers: Floats | None) -> None:
        """Show their logarithms to the base 10."""
        if powers is None:
            self.set_values(None)
            for curve in self.contours:
                curve.setData(None)
            return
        finite = powers[np.isfinite(powers)]
        low, high = (float(finite.min()), float(np.percentile(finite, _TAIL))) if finite.size else (-1.0, 0.0)
        high = max(high, low + _LEAST_RANGE)
        self.set_values(powers, low, high)
        self.bar.set_ticks([(value, format_value(10**value)) for value in np.linspace(low, high, _TICKS).tolist()])
        drawn = np.nan_to_num(powers, nan=high + 1.0)
        for curve, level in zip(self.contours, np.linspace(low, high, _CONTOURS + 2)[1:-1].tolist(), strict=True):
            curve.setData(drawn, level)

    def set_shown(self, number: int) -> None:
        """Mark the moment of that number; -1 for none."""
        if number != self.shown_moment:
            self.shown_moment = number
            self._draw_signs()

    def place_of(self, number: int) -> QPointF:
        """Where a moment is, in columns and rows of the losses."""
        return QPointF(*self._places[number].tolist())

    def _draw_signs(self) -> None:
        places, theme = self._places, self.theme
        self._line.setData(places[:, 0], places[:, 1])
        last = len(places) - 1
        signs = [(k, _END if k in (0, last) else _MOMENT, theme.text) for k in range(len(places))]
        if 0 <= self.shown_moment <= last:
            signs += [(self.shown_moment, _BEHIND, theme.panel), (self.shown_moment, _SHOWN, theme.accent)]
        numbers = [number for number, _, _ in signs]
        self._signs.set_signs(
            places[numbers, 0], places[numbers, 1],
            [sign for _, sign, _ in signs], [color(tint) for _, _, tint in signs],
        )  # fmt: skip

    @Slot(float, float)
    def _on_place_clicked(self, x: float, y: float) -> None:
        found = self.view.nearest(self._places, x, y, _NEAR)
        if found >= 0:
            self.moment_clicked.emit(found)


def _between(places: Floats, values: Floats) -> Floats:
    """Where `values` lie among evenly spaced `places`, which are in the middle of a cell of width 1 each."""
    inside: Floats = (values - places[0]) / (places[1] - places[0])
    return inside + 0.5
