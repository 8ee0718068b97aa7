"""Lines against a place, below each other."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent

from mnist_viz.views import zoom
from mnist_viz.views.plots.axes import TextOf, show_axis
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Strokes, line
from mnist_viz.views.theme import GRID, Theme, color

Floats = NDArray[np.floating]

_LEAST_HEIGHT = 72  # units of a plot with its caption


class SeriesFigure(Figure):
    """Series of values against places, a plot and a caption each; a click or a drag of the cursor chooses the nearest.

    Args:
        texts: write the values of each plot.
        place_title: what the places are.
        bounds: what is seen of the plot of this number, whose values are between these; from 0 on without it.
    """

    chosen = Signal(int)  # the number of a place

    def __init__(
        self, name: str, accessible_name: str, texts: Sequence[TextOf], place_title: str,
        bounds: Callable[[int, float, float], tuple[float, float]] = lambda _number, _low, high: (0.0, high),
    ) -> None:  # fmt: skip
        super().__init__(name, accessible_name)
        self._bounds = bounds
        self._x: Floats = np.zeros(0)
        self.series: Sequence[Floats] = ()
        self.captions: Sequence[str] = ()
        self.plots = [Plot(value_text=text) for text in texts]
        self._captions = [Caption() for _ in texts]
        self._strokes = [Strokes() for _ in texts]
        for k, (plot, caption, strokes) in enumerate(zip(self.plots, self._captions, self._strokes, strict=True)):
            plot.add(strokes)
            plot.left.setWidth(6 * GRID)
            plot.layout.setContentsMargins(0, 0, GRID, 0)
            plot.view.horizontal = True
            plot.bottom.set_title(place_title)
            if k:
                plot.view.setXLink(self.plots[0].view)
            self.addItem(caption, 2 * k, 0)
            self.addItem(plot, 2 * k + 1, 0)
            self.watch(plot.view)
            plot.view.double_clicked.connect(self.see_all)
            plot.view.clicked.connect(self._choose)
            plot.view.sigResized.connect(self.fit_unless_zoomed)
            plot.cursor_dragged.connect(self._choose)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for plot in self.plots:
            plot.set_theme(theme)
        self._draw()

    def set_series(self, x: Floats, series: Sequence[Floats], captions: Sequence[str]) -> None:
        """Show the values of each plot, (n,), at the places `x` (n,), ascending; NaN where there is none."""
        self._x, self.series, self.captions = x, series, captions
        self._share_room()
        self._draw()
        self.fit_unless_zoomed()

    def set_cursor(self, place: float | None) -> None:
        for plot in self.plots:
            plot.set_cursor(place)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        if event is not None:  # pyqtgraph's own, before the figure is complete
            self._share_room()
        super().resizeEvent(event)

    def _share_room(self) -> None:
        """Leave out plots without values, and the last ones where there is no room for all."""
        known = [bool(np.isfinite(values).any()) for values in self.series] or [True] * len(self.plots)
        room = max(int(zoom.units(self.height()) // _LEAST_HEIGHT), 1)
        shown = [plot for plot, is_known in zip(self.plots, known, strict=True) if is_known][:room]
        for plot, caption in zip(self.plots, self._captions, strict=True):
            plot.setVisible(plot in shown)
            caption.setVisible(plot in shown)
            last = plot in shown[-1:] and zoom.units(self.height()) >= _LEAST_HEIGHT
            show_axis(plot.bottom, last)

    def _draw(self) -> None:
        tint = color(self.theme.text)
        for strokes, values in zip(self._strokes, self.series, strict=False):
            known = np.isfinite(values)
            strokes.set_strokes([line(self._x[known].astype(float), values[known].astype(float), tint, marks=True)])
        for caption, words in zip(self._captions, self.captions, strict=False):
            if (words, self.theme.muted) != (caption.text, caption.opts["color"]):
                caption.setText(words, color=self.theme.muted)

    def fit(self) -> None:
        if not len(self._x):
            return
        for number, (plot, values) in enumerate(zip(self.plots, self.series, strict=False)):
            finite = values[np.isfinite(values)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
            low, high = self._bounds(number, low, high)
            plot.view.setYRange(low, high if high > low else low + 1.0, padding=0.08)
        first, last = float(self._x[0]), float(self._x[-1])
        self.plots[0].view.setXRange(first, last if last > first else first + 1.0, padding=0.03)

    @Slot(float, float)
    def _choose(self, x: float, _y: float = 0.0) -> None:
        if len(self._x):
            self.chosen.emit(int(np.abs(self._x - x).argmin()))
