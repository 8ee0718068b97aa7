"""Lines against a place, in plots below each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import Template

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_number
from mnist_viz.views.plots.axes import TextOf, show_axis
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Strokes, line
from mnist_viz.views.theme import GRID, Theme, color

Floats = NDArray[np.floating]

_LEAST_HEIGHT = 72  # units of a plot with its caption
_AXIS = 6 * GRID  # units of the width of the numbers at the left


@dataclass(frozen=True, eq=False)
class Series:
    """A line of a plot.

    Attributes:
        values: (n,), NaN where there is none.
        tint: a colour of the theme, by its name.
        strong: whether its points are marked, and it is not pale.
    """

    values: Floats
    tint: str = "text"
    strong: bool = True


def all_shares(_plot: int, _low: float, _high: float) -> tuple[float, float]:
    """Bounds for shares: from 0 to 1."""
    return 0.0, 1.0


class SeriesFigure(Figure):
    """Plots with a caption each; a click or a drag of the cursor chooses a place.

    Args:
        texts: write the values of each plot.
        place_title: what the places are.
        place_text: writes a place.
        bounds: what is seen of the plot of this number, whose values are between these; from 0 on without it.
    """

    chosen = Signal(int)  # the number of the nearest place
    place_chosen = Signal(float)  # any one from the first to the last

    def __init__(
        self, name: str, accessible_name: str, texts: Sequence[TextOf], place_title: str,
        place_text: TextOf = format_number,
        bounds: Callable[[int, float, float], tuple[float, float]] = lambda _number, _low, high: (0.0, high),
    ) -> None:  # fmt: skip
        super().__init__(name, accessible_name)
        self.note_margins = _AXIS, 3 * GRID
        self._bounds = bounds
        self._x: Floats = np.zeros(0)
        self.series: Sequence[Sequence[Series]] = ()
        self.captions: Sequence[str] = [""] * len(texts)
        self.plots = [Plot(value_text=text, place_text=place_text) for text in texts]
        self._captions = [Caption() for _ in texts]
        self._strokes = [Strokes() for _ in texts]
        for k, (plot, caption, strokes) in enumerate(zip(self.plots, self._captions, self._strokes, strict=True)):
            plot.add(strokes)
            plot.left.setWidth(_AXIS)
            plot.layout.setContentsMargins(0, 6, GRID, 0)  # room for half a number
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

    def set_series(
        self, x: NDArray[np.number], series: Sequence[Sequence[Series]], captions: Sequence[str] = ("",)
    ) -> None:
        """Show the lines of each plot, the last one on top, at the places `x` (n,), ascending.

        Args:
            captions: in which $text, $muted, ... stand for the colours of the theme; without one there is no room left
                for it.
        """
        self._x, self.series, self.captions = x.astype(float), series, captions
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
        """Leave out plots without values beside others, and the last ones where there is no room for all."""
        known = [any(np.isfinite(each.values).any() for each in lines) for lines in self.series]
        room = max(int(zoom.units(self.height()) // _LEAST_HEIGHT), 1)
        shown = [plot for plot, is_known in zip(self.plots, known, strict=False) if is_known] or self.plots
        for plot, caption, words in zip(self.plots, self._captions, self.captions, strict=True):
            plot.setVisible(plot in shown[:room])
            caption.setVisible(plot in shown[:room] and bool(words))
            last = plot in shown[:room][-1:] and zoom.units(self.height()) >= _LEAST_HEIGHT
            show_axis(plot.bottom, last)

    def _draw(self) -> None:
        for strokes, lines in zip(self._strokes, self.series, strict=False):
            drawn = []
            for each in lines:
                known = np.isfinite(each.values)
                ink = color(getattr(self.theme, each.tint), 1.0 if each.strong else 0.75)
                drawn.append(line(self._x[known], each.values[known].astype(float), ink, marks=each.strong))
            strokes.set_strokes(drawn)
        for caption, words in zip(self._captions, self.captions, strict=False):
            text = Template(words).safe_substitute(vars(self.theme))
            if (text, self.theme.muted) != (caption.text, caption.opts["color"]):
                caption.setText(text, color=self.theme.muted)

    def fit(self) -> None:
        if not len(self._x):
            return
        for number, (plot, lines) in enumerate(zip(self.plots, self.series, strict=False)):
            values = np.concatenate([np.zeros(0), *(each.values for each in lines)])
            finite = values[np.isfinite(values)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
            low, high = self._bounds(number, low, high)
            plot.view.setYRange(low, high if high > low else low + 1.0, padding=0.06)
        first, last = float(self._x[0]), float(self._x[-1])
        self.plots[0].view.setXRange(first, last if last > first else first + 1.0, padding=0.03)

    @Slot(float, float)
    def _choose(self, x: float, _y: float = 0.0) -> None:
        if len(self._x):
            self.chosen.emit(int(np.abs(self._x - x).argmin()))
            self.place_chosen.emit(float(np.clip(x, self._x[0], self._x[-1])))
