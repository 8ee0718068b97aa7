"""A layer's numbers over the recorded moments: a heat strip of histograms, and lines of one number a layer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.layer_report import LayersOverTime, shares
from mnist_viz.views.number_text import format_number, format_value
from mnist_viz.views.plots.cells import RowBars
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.plot import Plot, Strokes, line
from mnist_viz.views.theme import Theme, color

Floats = NDArray[np.floating]

_BINS = 41  # odd, so that zero is in the middle of one
_NAMED = 5  # bins with their values at the left
_BARS = 64  # pixels of the histogram of the shown moment
_TAIL = 1  # quantiles at each end that the range leaves out
_LEAST = 1e-9  # what is less is drawn there, on a logarithmic axis


class StripFigure(HeatmapFigure):
    """A column a recorded moment: the stronger the colour, the more values are there; beside it the histogram now."""

    moment_clicked = Signal(int)  # its number

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("health-strip", "Histograms over time", "sequential", square=False, bar=False, parent=parent)
        self._edges: Floats = np.linspace(0.0, 1.0, _BINS + 1)
        self.now = RowBars(self.view)
        self.now.top.set_title("Shown")
        self.now.set_texts_shown(False)
        self.top.set_title("Epoch")
        self.addItem(self.now, 0, 1)
        self.ci.layout.setColumnFixedWidth(1, _BARS)
        self.clicked.connect(self._on_clicked_value)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.now.set_theme(theme)

    def set_history(self, then: Floats, epochs: Floats, *, centred: bool, powers: bool) -> None:
        """Show `then` (m, points), of `layer_report.spread`, at `epochs` (m,).

        Args:
            centred: whether the range is as wide below zero as above.
            powers: whether the values are logarithms to the base 10.
        """
        known = then[:, _TAIL:-_TAIL]
        finite = known[np.isfinite(known)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        if centred:
            low, high = -max(-low, high), max(-low, high)
        if high <= low:
            low, high = low - 0.5, high + 0.5
        edges = self._edges = np.linspace(low, high, _BINS + 1)
        roots = np.ascontiguousarray(np.sqrt(shares(then, edges).T[::-1]), np.float32)
        most = float(np.nan_to_num(roots).max()) or 1.0
        self.set_values(roots, 0.0, most, cell=(_BINS, 1))
        middles = (edges[::-1][:-1] + edges[::-1][1:]) / 2
        middles[np.abs(middles) < 1e-9 * (high - low)] = 0.0  # which is not met exactly
        step = _BINS // _NAMED
        self.left.set_names(
            [f"1e{value:.0f}" if powers else format_value(value) for value in middles[step // 2 :: step].tolist()],
            (np.arange(_BINS)[step // 2 :: step] + 0.5).tolist(),
        )
        self.left.show()
        self.top.set_names([f"{epoch:.2g}" for epoch in epochs.tolist()], (np.arange(len(epochs)) + 0.5).tolist())
        self.top.show()

    def set_now(self, now: Floats) -> None:
        """Show `now` (points,), how the values of the shown moment are spread, over the bins of the history."""
        lengths = np.nan_to_num(shares(now[None], self._edges)[0, ::-1])
        self.now.set_rows(np.sqrt(lengths / max(float(lengths.max()), 1e-9)), (), [color(self.theme.text, 0.7)])

    @Slot(int, int)
    def _on_clicked_value(self, _row: int, column: int) -> None:
        self.moment_clicked.emit(column)


class LinesFigure(Figure):
    """A line a layer over the batches, on a logarithmic axis; that of the chosen layer stands out."""

    step_clicked = Signal(float, float)  # and the value there

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("health-lines", "A number a layer over the batches", parent)
        self.plot = Plot(value_text=format_number)
        self.plot.bottom.set_title("Batches")
        self.plot.left.setLogMode(False, True)
        self.plot.left.setWidth(52)
        self.strokes = Strokes()
        self.plot.add(self.strokes)
        self._steps: Floats = np.zeros(0)
        self._values: Sequence[Floats] = ()
        self._chosen = 0
        self.addItem(self.plot, 0, 0)
        self.watch(self.plot.view)
        self.plot.view.clicked.connect(self.step_clicked)
        self.plot.view.double_clicked.connect(self.see_all)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.plot.set_theme(theme)
        self._draw()

    def set_lines(self, found: LayersOverTime, values: Floats, chosen: int) -> None:
        """Show `values` (layers, m); the line of layer `chosen` stands out."""
        self._steps, self._chosen = found.steps.astype(float), chosen
        with np.errstate(invalid="ignore"):
            self._values = list(np.log10(np.maximum(values, _LEAST)))
        self._draw()
        self.fit_unless_zoomed()

    def fit(self) -> None:
        known = np.concatenate([np.zeros(0), *self._values])
        known = known[np.isfinite(known)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (-3.0, 0.0)
        end = float(self._steps[-1]) if len(self._steps) else 1.0
        self.plot.view.setRange(xRange=(0, max(end, 1.0)), yRange=(low - 0.2, high + 0.2), padding=0.02)

    def _draw(self) -> None:
        order = sorted(range(len(self._values)), key=lambda k: k == self._chosen)
        strokes = []
        for number in order:
            values = self._values[number]
            known = np.isfinite(values)
            ink = color(self.theme.text) if number == self._chosen else color(self.theme.muted, 0.55)
            strokes.append(line(self._steps[known], values[known], ink, marks=number == self._chosen))
        self.strokes.set_strokes(strokes)
