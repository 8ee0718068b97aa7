"""The plot of one metric: the lines of the runs, with the active one and its band on top."""

from functools import cached_property

import numpy as np
from PySide6.QtGui import QColor

from mnist_viz.recording.smoothing import Series
from mnist_viz.views.curves import axes
from mnist_viz.views.curves.axes import Range
from mnist_viz.views.plots.axes import TextOf
from mnist_viz.views.plots.plot import Floats, Plot, Stroke, Strokes, band, line
from mnist_viz.views.theme import GRID

TICKS = 0.7
"""Density of the vertical ticks, as pyqtgraph counts it."""

_AXIS_WIDTH = 58
_FAR = 1e9  # the painter takes no coordinate of any size
_BAND_STEP = 2.0  # pixels from one corner to the next


class RunLines:
    """The lines of a run in one plot.

    Args:
        key: all that they follow from; they are made again when it changes.
        inks: the colours of both curves.
        log: whether the axis is logarithmic.
    """

    def __init__(
        self, key: object, training: Series, validation: Series, inks: tuple[QColor, QColor], *, log: bool
    ) -> None:
        self.key = key
        self.training, self.validation = training.finite(), validation.finite()
        self._log, self._ink = log, inks[0]
        self.lines = (
            line(self.training.x, self._scaled(self.training.y), inks[0]),
            line(self.validation.x, self._scaled(self.validation.y), inks[1], marks=True),
        )

    def band(self, plot: Plot) -> list[Stroke]:
        """The band in the visible range, with a corner every other pixel; empty where there is none."""
        curve = self.training
        low, high = plot.view.viewRange()[0]
        start, end = np.searchsorted(curve.x, (low, high))
        seen = slice(max(int(start) - 1, 0), int(end) + 1)
        x = curve.x[seen]
        if curve.low is None or curve.high is None or not len(x):
            return []
        corners = max(float(plot.view.width()) / _BAND_STEP, 1.0)
        firsts = np.flatnonzero(np.diff(np.floor(x * (corners / max(high - low, 1e-12))), prepend=-np.inf))
        lows, highs = np.minimum.reduceat(curve.low[seen], firsts), np.maximum.reduceat(curve.high[seen], firsts)
        x = np.append(x[firsts], x[-1])  # to the very end
        lows, highs = np.append(lows, lows[-1]), np.append(highs, highs[-1])
        fill = QColor(self._ink)
        fill.setAlphaF(0.2)
        return [band(x, self._scaled(lows), self._scaled(highs), fill)]

    @cached_property
    def ceiling(self) -> float:
        """See `axes.ceiling`."""
        return max(axes.ceiling(self.training.y), axes.ceiling(self.validation.y))

    @cached_property
    def peak(self) -> float:
        """See `axes.loss_peak`."""
        return max(axes.loss_peak(axes.settled(self.training, self.validation)), axes.loss_peak(self.validation.y))

    @cached_property
    def floor(self) -> float:
        """See `axes.percent_floor`."""
        training = axes.settled(self.training, self.validation)
        return min(axes.percent_floor(training), axes.percent_floor(self.validation.y))

    @property
    def ends(self) -> list[float]:
        """The newest value of each curve."""
        return [float(curve.y[-1]) for curve in (self.training, self.validation) if len(curve)]

    def values_between(self, low: float, high: float) -> Floats:
        """The values of both curves at these places, and the one before and after them."""
        values = []
        for curve in (self.training, self.validation):
            start, end = np.searchsorted(curve.x, (low, high))
            values.append(curve.y[max(int(start) - 1, 0) : int(end) + 1])
        return np.concatenate(values)

    def _scaled(self, values: Floats) -> Floats:
        """The coordinates at which they are drawn."""
        if self._log:
            return np.log10(np.maximum(values, axes.LOG_FLOOR))
        if not len(values) or np.abs(values).max() <= _FAR:
            return values
        far = max(_FAR, 100 * self.peak)
        return np.clip(values, -far, far)


class MetricPlot(Plot):
    """The plot of one metric, with the active run on top of the others."""

    def __init__(self, title: str, value_text: TextOf) -> None:
        super().__init__(value_text)
        self.lines: dict[int, RunLines] = {}
        self._active: int | None = None
        self._others: list[RunLines] = []  # those that are drawn below the active one
        self._fitted: Range | None = None  # the vertical range that was set here, not by the user
        self.below, self.above = Strokes(), Strokes()
        self.add(self.below, self.above)
        self.layout.setContentsMargins(0, 6, 2 * GRID, 0)
        self.left.setWidth(_AXIS_WIDTH)
        self.left.set_title(title)
        self.left.setTickDensity(TICKS)
        self.view.selects_ranges = self.view.horizontal = True

    def set_lines(self, lines: dict[int, RunLines], active: int | None) -> None:
        """Draw the runs; what is the same object as before is not drawn again."""
        self.lines, self._active = lines, active
        others = [each for number, each in lines.items() if number != active]
        if others != self._others:
            self._others = others
            # No faint training line covers another run's validation line.
            self.below.set_strokes([each.lines[which] for which in (0, 1) for each in others])
        self.draw_active()

    def draw_active(self) -> None:
        """Draw the active run, whose band depends on the visible range."""
        self.above.set_strokes([stroke for each in self.active for stroke in (*each.band(self), *each.lines)])

    @property
    def active(self) -> list[RunLines]:
        return [each for number, each in self.lines.items() if number == self._active]

    @property
    def is_set_by_user(self) -> bool:
        """Whether the user has zoomed the vertical axis."""
        return self._fitted is not None and not np.allclose(self.view.viewRange()[1], self._fitted, rtol=1e-9)

    def fit_values(self, wanted: Range) -> None:
        """Set the vertical range unless the user has set it."""
        if not self.is_set_by_user:
            self.view.setYRange(*wanted, padding=0.02)
            self._fitted = tuple(self.view.viewRange()[1])
        self.view.horizontal = not self.is_set_by_user

    def release(self) -> None:
        """Let `fit_values` set the range, even if the user has set it."""
        self._fitted = None
