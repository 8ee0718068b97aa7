"""Plots of the accuracy against something that is chosen in them."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal, Slot

from mnist_viz.analysis.nudge import SIZES, AccuracyBySize
from mnist_viz.analysis.pruning import SHARES, AccuracyByShare
from mnist_viz.views.number_text import format_number, format_percent
from mnist_viz.views.plots.axes import TextOf
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Stroke, Strokes, line
from mnist_viz.views.theme import GRID, Theme, color

_AXIS_WIDTH = 44


class AccuracyFigure(Figure):
    """Lines from 0 to 100% with a caption above; a click, or a drag of the cursor, chooses a place."""

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
        self._plot.add(self._lines)
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


class PruningCurve(AccuracyFigure):
    """Two lines: the smallest weights of the whole network removed, and the smallest of each layer."""

    def __init__(self) -> None:
        super().__init__(
            "pruning-curve", "Accuracy against the share of the weights removed",
            "share of the weights removed, the smallest first", 1.0,
        )  # fmt: skip
        self._found: AccuracyByShare | None = None
        self._by_layer = False

    def set_accuracy(self, found: AccuracyByShare | None) -> None:
        """Show how the accuracy falls; None where it is not known."""
        self._found = found
        self.draw()

    def set_share(self, share: float, *, by_layer: bool) -> None:
        """Put the cursor there; the line that it is about stands out."""
        self.set_place(share)
        if by_layer != self._by_layer:
            self._by_layer = by_layer
            self.draw()

    def draw(self) -> None:
        theme, found = self.theme, self._found
        if found is None:
            self.show_lines([], "")
            return
        tints = [theme.muted, theme.validation] if self._by_layer else [theme.validation, theme.muted]
        lines = [
            line(np.array(SHARES), values, color(tint), marks=tint != theme.muted)
            for values, tint in zip((found.whole, found.layers), tints, strict=True)
        ]
        self.show_lines(
            lines if self._by_layer else lines[::-1],
            f"Right of {found.count:,} validation {found.noun}: by the"
            f" <span style='color:{tints[0]}'>whole network</span> or"
            f" <span style='color:{tints[1]}'>each layer</span>",
        )


class NudgeFigure(AccuracyFigure):
    """Two lines: nudged against the network, and nudged at random."""

    def __init__(self) -> None:
        super().__init__(
            "nudge-accuracy", "Accuracy against the size of the nudge",
            "change of each pixel, as a share of full ink", SIZES[-1], format_number,
        )  # fmt: skip
        self._accuracy: AccuracyBySize | None = None

    def set_accuracy(self, accuracy: AccuracyBySize | None) -> None:
        """Show how the accuracy falls; None where there are no pictures."""
        self._accuracy = accuracy
        self.draw()

    def draw(self) -> None:
        theme, found = self.theme, self._accuracy
        against, random = theme.validation, theme.muted
        self.set_note("" if found is not None else "No validation pictures that this network reads")
        if found is None:
            self.show_lines([], "")
            return
        sizes = np.array(SIZES)
        self.show_lines(
            [
                line(sizes, found.random, color(random), marks=True),
                line(sizes, found.against, color(against), marks=True),
            ],
            f"Right of {found.count:,} validation pictures, <span style='color:{against}'>against the network</span>"
            f" and <span style='color:{random}'>at random</span>",
        )
