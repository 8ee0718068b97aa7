"""A plot of the accuracy against something that is chosen in it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot

from mnist_viz.views.number_text import format_percent
from mnist_viz.views.plots.axes import TextOf
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Stroke, Strokes
from mnist_viz.views.theme import GRID, Theme

_AXIS_WIDTH = 44


class AccuracyFigure(Figure):
    """Lines from 0 to 100% with a caption above; a click, or a drag of the cursor, chooses a place.

    Args:
        title: of the places.
        last: the greatest place; the first is 0.
        place_text: writes a place.
    """

    place_chosen = Signal(float)

    def __init__(
        self, name: str, accessible_name: str, title: str, last: float, place_text: TextOf = format_percent
    ) -> None:
        super().__init__(name, accessible_name)
        self._last = last
        self._plot = Plot(value_text=format_percent, place_text=place_text)
        self._plot.left.setWidth(_AXIS_WIDTH)
        self.note_margins = _AXIS_WIDTH, 3 * GRID
        self._plot.layout.setContentsMargins(0, 0, GRID, 0)
        self._plot.bottom.set_title(title)
        self._plot.view.horizontal = True
        self._caption, self._lines = Caption(), Strokes()
        self._plot.addItem(self._lines, ignoreBounds=True)
        self.addItem(self._caption, 0, 0)
        self.addItem(self._plot, 1, 0)
        self.watch(self._plot.view)
        self._plot.view.double_clicked.connect(self.see_all)
        self._plot.view.clicked.connect(self._choose)
        self._plot.view.sigResized.connect(self.fit_unless_zoomed)
        self._plot.cursor_dragged.connect(self._choose)
        self.fit()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._plot.set_theme(theme)
        self.draw()

    def draw(self) -> None:
        """Show what is known in the colours of the theme, by `show_lines`."""

    def show_lines(self, lines: Sequence[Stroke], caption: str) -> None:
        self._lines.set_strokes(lines)
        self._caption.setText(caption, color=self.theme.text)

    def set_place(self, place: float) -> None:
        self._plot.set_cursor(place)

    def fit(self) -> None:
        self._plot.view.setXRange(0.0, self._last, padding=0.02)
        self._plot.view.setYRange(0.0, 1.0, padding=0.06)

    @Slot(float, float)
    def _choose(self, place: float, _y: float = 0.0) -> None:
        self.place_chosen.emit(min(max(place, 0.0), self._last))
