"""A neuron over the recorded moments, as three plots against the steps."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_percent
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Strokes, line
from mnist_viz.views.theme import GRID, Theme, color

Floats = NDArray[np.floating]

_TITLES = "Mean activation, or logit of an output", "Norm of its weights", "Silent on"
_AXIS_WIDTH = 48
_LEAST_HEIGHT = 72  # of a plot with its caption; where there is no room for all of them the last are left out


class NeuronLifeFigure(Figure):
    """Three plots below each other, with a cursor at the moment shown; a click chooses a moment."""

    moment_chosen = Signal(int)  # a step

    def __init__(self) -> None:
        super().__init__("neuron-life", "The neuron over the recorded moments")
        self._steps: NDArray[np.int64] = np.zeros(0, np.int64)
        self._series: list[Floats] = []
        self._plots = Plot(), Plot(), Plot(value_text=format_percent)
        self._captions = [Caption() for _ in _TITLES]
        self._lines = [Strokes() for _ in _TITLES]
        for k, (plot, caption, lines) in enumerate(zip(self._plots, self._captions, self._lines, strict=True)):
            plot.addItem(lines, ignoreBounds=True)
            plot.left.setWidth(_AXIS_WIDTH)
            plot.layout.setContentsMargins(0, 0, GRID, 0)
            plot.view.horizontal = True
            plot.bottom.set_title("batches trained")
            if k:
                plot.view.setXLink(self._plots[0].view)
            self.addItem(caption, 2 * k, 0)
            self.addItem(plot, 2 * k + 1, 0)
            self.watch(plot.view)
            plot.view.double_clicked.connect(self.see_all)
            plot.view.clicked.connect(self._on_clicked)
            plot.view.sigResized.connect(self.fit_unless_zoomed)
            plot.cursor_dragged.connect(self._on_dragged)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for plot, caption, title in zip(self._plots, self._captions, _TITLES, strict=True):
            plot.set_theme(theme)
            caption.setText(title, color=theme.muted)
        self._draw()

    def set_now(self, step: int) -> None:
        """Put the cursor at the moment shown."""
        for plot in self._plots:
            plot.set_cursor(float(step))

    def set_life(self, steps: NDArray[np.int64], series: tuple[Floats, Floats, Floats]) -> None:
        """Show mean activation, weight norm and the share of silence at `steps`, (n,) each; NaN where there is none."""
        self._steps, self._series = steps, list(series)
        self._share_room()
        self._draw()
        self.fit_unless_zoomed()

    @property
    def series(self) -> list[Floats]:
        return self._series

    def _draw(self) -> None:
        for lines, values in zip(self._lines, self._series, strict=False):
            known = np.isfinite(values)
            x = self._steps[known].astype(float)
            lines.set_strokes([line(x, values[known].astype(float), color(self.theme.text), marks=True)])

    def fit(self) -> None:
        if not len(self._steps):
            return
        for k, (plot, values) in enumerate(zip(self._plots, self._series, strict=False)):
            finite = values[np.isfinite(values)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
            low, high = (0.0, 1.0) if k == 2 else (min(low, 0.0), high) if k == 0 else (low, max(high, 1.02 * low))
            plot.view.setYRange(low, high if high > low else low + 1.0, padding=0.08)
        first, last = float(self._steps[0]), float(self._steps[-1])
        self._plots[0].view.setXRange(first, last if last > first else first + 1.0, padding=0.03)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        if event is not None:  # pyqtgraph's own, before the figure is complete
            self._share_room()
        super().resizeEvent(event)

    def _share_room(self) -> None:
        known = [bool(np.isfinite(values).any()) for values in self._series] or [True] * len(_TITLES)
        room = max(int(zoom.units(self.height()) // _LEAST_HEIGHT), 1)
        for k, items in enumerate(zip(self._captions, self._plots, strict=True)):
            for item in items:
                item.setVisible(k < room and known[k])
        shown = [plot for plot in self._plots if plot.isVisible()]
        for plot in self._plots:
            last = bool(shown) and plot is shown[-1]
            if plot.bottom.isVisible() != last:
                plot.showAxis("bottom", last)

    @Slot(float, float)
    def _on_clicked(self, x: float, _y: float) -> None:
        self._choose(x)

    @Slot(float)
    def _on_dragged(self, x: float) -> None:
        self._choose(x)

    def _choose(self, x: float) -> None:
        if len(self._steps):
            self.moment_chosen.emit(int(self._steps[np.abs(self._steps - x).argmin()]))
