"""A plot of the accuracy against the share of the weights that is removed."""

import numpy as np
from PySide6.QtCore import Signal, Slot

from mnist_viz.analysis.pruning import SHARES, AccuracyByShare
from mnist_viz.views.number_text import format_percent
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Plot, Strokes, line
from mnist_viz.views.theme import GRID, Theme, color

_AXIS_WIDTH = 44


class PruningCurve(Figure):
    """Two lines: the smallest weights of the whole network removed, and the smallest of each layer."""

    share_chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__("pruning-curve", "Accuracy against the share of the weights removed")
        self._found: AccuracyByShare | None = None
        self._by_layer = False
        self._plot = Plot(value_text=format_percent, place_text=format_percent)
        self._plot.left.setWidth(_AXIS_WIDTH)
        self.note_margins = _AXIS_WIDTH, 3 * GRID
        self._plot.layout.setContentsMargins(0, 0, GRID, 0)
        self._plot.bottom.set_title("share of the weights removed, the smallest first")
        self._plot.view.horizontal = True
        self._caption, self._lines = Caption(), Strokes()
        self._plot.addItem(self._lines, ignoreBounds=True)
        self.addItem(self._caption, 0, 0)
        self.addItem(self._plot, 1, 0)
        self.watch(self._plot.view)
        self._plot.view.double_clicked.connect(self.see_all)
        self._plot.view.clicked.connect(self._on_clicked)
        self._plot.view.sigResized.connect(self.fit_unless_zoomed)
        self._plot.cursor_dragged.connect(self._on_dragged)
        self.fit()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._plot.set_theme(theme)
        self._draw()

    def set_accuracy(self, found: AccuracyByShare | None) -> None:
        """Show how the accuracy falls; None where it is not known."""
        self._found = found
        self._draw()

    def set_share(self, share: float, *, by_layer: bool) -> None:
        """Put the cursor there; the line that it is about stands out."""
        self._plot.set_cursor(share)
        if by_layer != self._by_layer:
            self._by_layer = by_layer
            self._draw()

    def fit(self) -> None:
        self._plot.view.setXRange(0.0, 1.0, padding=0.02)
        self._plot.view.setYRange(0.0, 1.0, padding=0.06)

    def _draw(self) -> None:
        theme, found = self.theme, self._found
        if found is None:
            self._lines.set_strokes([])
            self._caption.setText("")
            return
        tints = [theme.muted, theme.validation] if self._by_layer else [theme.validation, theme.muted]
        lines = [
            line(np.array(SHARES), values, color(tint), marks=tint != theme.muted)
            for values, tint in zip((found.whole, found.layers), tints, strict=True)
        ]
        self._lines.set_strokes(lines if self._by_layer else lines[::-1])
        self._caption.setText(
            f"Right of {found.count:,} validation {found.noun}: by the"
            f" <span style='color:{tints[0]}'>whole network</span> or"
            f" <span style='color:{tints[1]}'>each layer</span>",
            color=theme.text,
        )

    @Slot(float, float)
    def _on_clicked(self, x: float, _y: float) -> None:
        self.share_chosen.emit(min(max(x, 0.0), 1.0))

    @Slot(float)
    def _on_dragged(self, x: float) -> None:
        self.share_chosen.emit(min(max(x, 0.0), 1.0))
