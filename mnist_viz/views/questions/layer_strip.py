"""A layer's numbers over the recorded moments, as a heat strip of histograms."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.layer_report import shares
from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.cells import RowBars
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.theme import Theme, color

Floats = NDArray[np.floating]

_BINS = 41  # odd, so that zero is in the middle of one
_NAMED = 5  # bins with their values at the left
_BARS = 64  # pixels of the histogram of the shown moment
_TAIL = 1  # quantiles at each end that the range leaves out


class StripFigure(HeatmapFigure):
    """A column a recorded moment: the stronger the colour, the more values are there; beside it the histogram now."""

    chosen = Signal(int)  # the number of a moment

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
        self.chosen.emit(column)
