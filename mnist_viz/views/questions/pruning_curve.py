"""A plot of the accuracy against the share of the weights that is removed."""

import numpy as np

from mnist_viz.analysis.pruning import SHARES, AccuracyByShare
from mnist_viz.views.plots.plot import line
from mnist_viz.views.questions.accuracy_figure import AccuracyFigure
from mnist_viz.views.theme import color


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
