"""Axes in the theme's colours and type, with our words for numbers."""

from collections.abc import Callable, Sequence

import pyqtgraph

from mnist_viz.views.theme import SMALL, Theme, color, font


class ValueAxis(pyqtgraph.AxisItem):
    """An axis whose ticks are written by a function, or that names places.

    Args:
        orientation: "left", "right", "top" or "bottom".
        text_of: the text of a value.
    """

    def __init__(self, orientation: str, text_of: Callable[[float], str]) -> None:
        super().__init__(orientation)
        self._text_of = text_of
        self.enableAutoSIPrefix(False)
        self.setStyle(tickFont=font(SMALL), tickLength=-4, tickTextOffset=4)

    def set_theme(self, theme: Theme) -> None:
        self.setPen(color(theme.border))
        self.setTextPen(color(theme.muted))

    def set_names(self, places: Sequence[tuple[float, str]]) -> None:
        """Write these names at these places, and nothing else."""
        self.setTicks([list(places)])

    def set_format(self, text_of: Callable[[float], str]) -> None:
        self._text_of = text_of
        self.picture = None
        self.update()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        return [self._text_of(value * scale) for value in values]

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        return [self._text_of(10.0**value * scale) if value < 300 else "" for value in values]
