"""A row for each class or neuron: signed bars from zero with their numbers, or boxes of quantiles on a value axis."""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QWidget

from mnist_viz.views.number_text import FINE, format_value, round_up
from mnist_viz.views.plots.axes import NameAxis, PlotLayout, ValueAxis, show_axis
from mnist_viz.views.plots.figure import Figure, View
from mnist_viz.views.plots.items import Bars
from mnist_viz.views.plots.plot import Stroke, Strokes
from mnist_viz.views.theme import Theme, color

Floats = NDArray[np.floating]


class RowFigure(Figure):
    """Rows with names at the left."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, accessible_name, parent)
        self.view = View(downwards=True)
        self.left, self.right, self.bottom = NameAxis("left"), NameAxis("right", "+0.00"), ValueAxis("bottom")
        self._zero = pyqtgraph.InfiniteLine(0.0, angle=90, movable=False)
        self._bars, self._lines = Bars(), Strokes()
        plot = PlotLayout(self.view, self.left, self.right, self.bottom)
        plot.add(self._zero, self._bars, self._lines)
        self.addItem(plot, 0, 0)
        self.watch(self.view)
        self.view.double_clicked.connect(self.see_all)
        self.view.sigResized.connect(self.fit_unless_zoomed)
        self.values: Floats = np.zeros((0, 1))  # (rows, 1) of bars, (rows, 5) of boxes
        self._tints: Sequence[str] = ()
        self._range = (-1.0, 1.0)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.view.setBackgroundColor(color(theme.sunken))
        for axis in (self.left, self.right, self.bottom):
            axis.set_theme(theme)
        self._zero.setPen(pyqtgraph.mkPen(color(theme.muted), width=1))
        self._draw()

    def set_title(self, title: str) -> None:
        """Set the quantity on the value axis, which boxes have."""
        self.bottom.set_title(title)

    def set_bars(
        self, values: Floats | None, names: Sequence[str], marked: int = -1, texts: Sequence[str] = ()
    ) -> None:
        """Show a bar from zero for each of `values`, (rows,); None for none.

        Args:
            names: of the rows.
            marked: the row whose name is bold; -1 for none.
            texts: the numbers at the right, where they are not the values.
        """
        self.values = np.zeros((0, 1)) if values is None else np.asarray(values, float)[:, None]
        shown = self.values[:, 0].tolist()
        self._name(names if shown else (), texts or [format_value(value, signed=True) for value in shown], marked)
        most = np.abs(self.values[np.isfinite(self.values)]).max(initial=0.0)
        self._show((-_reach(most), _reach(most)))

    def set_boxes(self, quantiles: Floats | None, names: Sequence[str], tints: Sequence[str]) -> None:
        """Show a box for each row of `quantiles`, (rows, 5): whisker, box, median, box, whisker; None for none.

        Args:
            names, tints: of the rows; NaN leaves a row empty.
        """
        self.values = np.zeros((0, 5)) if quantiles is None else np.asarray(quantiles, float)
        self._tints = tints
        self._name(names if len(self.values) else (), (), -1)
        finite = self.values[np.isfinite(self.values)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        self._show((-_reach(-low) if low < 0 else 0.0, _reach(high)))

    def _name(self, names: Sequence[str], texts: Sequence[str], marked: int) -> None:
        rows = (np.arange(len(names)) + 0.5).tolist()
        self.left.set_names(names, rows)
        self.left.set_marked([marked] if marked >= 0 else [])
        self.right.set_names(texts, rows if texts else [])
        show_axis(self.right, bool(texts))
        show_axis(self.bottom, not texts)

    def _show(self, full: tuple[float, float]) -> None:
        self._range = full
        self._draw()
        self.fit_unless_zoomed()

    def _draw(self) -> None:
        values, theme = self.values, self.theme
        rows = np.arange(len(values)) + 0.5
        if values.shape[1] == 1:
            known = np.nan_to_num(values[:, 0], posinf=0.0, neginf=0.0)
            self._bars.set_values(np.minimum(known, 0.0), np.maximum(known, 0.0), rows - 0.3, rows + 0.3)
            ends = color(theme.against[1]), color(theme.support[-2])
            self._bars.set_colors(*[ends[value > 0] for value in known.tolist()])
            self._lines.set_strokes(())
            return
        whole = np.isfinite(values).all(axis=1)
        low, start, middle, end, high = values[whole].T
        at, tints = rows[whole], [tint for tint, shown in zip(self._tints, np.atleast_1d(whole), strict=False) if shown]
        self._bars.set_values(start, end, at - 0.3, at + 0.3)
        self._bars.set_colors(*[color(tint, 0.75) for tint in tints])
        whiskers = _segments(np.concatenate([low, end]), np.concatenate([start, high]), np.tile(at, 2))
        medians = _segments(middle, middle, at, 0.3)
        self._lines.set_strokes([Stroke(whiskers, color(theme.muted)), Stroke(medians, color(theme.text), 2.0)])

    def fit(self) -> None:
        self.view.setRange(xRange=self._range, yRange=(0, max(len(self.values), 1)), padding=0.03)


def _segments(x0: Floats, x1: Floats, y: Floats, half: float = 0.0) -> QPainterPath:
    """Lines from (x0, y - half) to (x1, y + half), as one path."""
    x, y = np.stack([x0, x1], axis=1).ravel(), np.stack([y - half, y + half], axis=1).ravel()
    path: QPainterPath = pyqtgraph.arrayToQPath(x, y, connect="pairs")
    return path


def _reach(value: float) -> float:
    """A range that does not change with every value."""
    return round_up(value, FINE) if 1e-12 < value < math.inf else 1.0
