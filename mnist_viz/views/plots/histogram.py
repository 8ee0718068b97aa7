"""A histogram of the values of a heatmap, beside its colour bar."""

import numpy as np
import pyqtgraph
from numpy.typing import NDArray

from mnist_viz.views.plots.heatmap import ColorBar
from mnist_viz.views.plots.items import Bars
from mnist_viz.views.theme import Theme, color
from mnist_viz.views.throttle import Throttle

WIDTH = 36
"""Pixels."""

_BINS = 48
_MOST_COUNTED = 20_000  # of more values, an evenly spaced sample is counted


class ValueHistogram(pyqtgraph.ViewBox):
    """Horizontal bars to the left of the colour bar, aligned with the values on it.

    The length is the square root of the frequency, so that rare values are visible beside the many near zero.
    """

    def __init__(self, bar: ColorBar) -> None:
        super().__init__(enableMenu=False, enableMouse=False, invertX=True, defaultPadding=0)
        self._bar = bar
        self._values: NDArray[np.floating] | None = None
        self.lengths: NDArray[np.floating] = np.zeros(_BINS)
        self._bars = Bars()
        self.addItem(self._bars)
        self.disableAutoRange()
        self.setMouseEnabled(False, False)
        self.setXRange(0, 1, padding=0)
        self._throttle = Throttle(self._count, self)
        self.setYLink(bar.view)

    def set_theme(self, theme: Theme) -> None:
        self._bars.set_colors(color(theme.muted, 0.7))

    def set_values(self, values: NDArray[np.floating] | None) -> None:
        """Count `values`, of any shape, over the range of the bar; None for none."""
        self._values = values
        self._throttle.request()

    def _count(self) -> None:
        low, high = self._bar.levels
        counts, edges = np.zeros(_BINS), np.linspace(low, high, _BINS + 1)
        if self._values is not None and self._values.size and high > low:
            each = self._values.ravel()[:: max(1, self._values.size // _MOST_COUNTED)]
            counts = np.histogram(each[np.isfinite(each)], _BINS, (low, high))[0].astype(float)
        self.lengths = np.sqrt(counts / max(counts.max(), 1.0))
        self._bars.set_values(0.0, self.lengths, edges[:-1], edges[1:])
