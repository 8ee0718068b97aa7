"""Curves of a metric: what they can be drawn against, and over how many batches they are smoothed."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Axis = Literal["epochs", "steps", "seconds"]
AXES: tuple[Axis, ...] = ("epochs", "steps", "seconds")
"""Epochs, batches, or seconds of training."""


@dataclass(frozen=True)
class Smoothing:
    """Each point is the mean over so many batches before it, however long the run is.

    Attributes:
        batches: how many; or if it is 0,
        epochs: the share of an epoch.
    """

    batches: int = 0
    epochs: float = 0.0

    def widths(self, per_epoch: NDArray[np.integer]) -> NDArray[np.intp]:
        """The batches, at least one, where an epoch has `per_epoch` of them; of the same shape."""
        if self.batches:
            return np.full(per_epoch.shape, self.batches, np.intp)
        widths: NDArray[np.intp] = np.maximum(np.rint(per_epoch * self.epochs), 1).astype(np.intp)
        return widths


FIFTIETH = "epoch/50"

SMOOTHINGS: dict[str, tuple[str, Smoothing]] = {
    "none": ("none", Smoothing(1)),
    "10": ("10 batches", Smoothing(10)),
    "100": ("100 batches", Smoothing(100)),
    FIFTIETH: ("1/50 epoch", Smoothing(epochs=1 / 50)),
    "epoch/10": ("1/10 epoch", Smoothing(epochs=1 / 10)),
    "epoch": ("1 epoch", Smoothing(epochs=1.0)),
}
"""What the window offers, by a short name for files: a text, and what it means."""

USUAL = SMOOTHINGS[FIFTIETH][1]


@dataclass(frozen=True, eq=False)
class Series:
    """One curve: places x, ascending, and values y, both (n,), and where it is smoothed the extremes around.

    Between any two points lies no batch that is outside the band drawn from `low` to `high`.
    """

    x: NDArray[np.floating] = field(default_factory=lambda: np.empty(0))
    y: NDArray[np.floating] = field(default_factory=lambda: np.empty(0))
    low: NDArray[np.floating] | None = None
    high: NDArray[np.floating] | None = None

    def __len__(self) -> int:
        return len(self.x)

    def at(self, place: float) -> float | None:
        """The newest value at `place`; None before the first."""
        index = int(np.searchsorted(self.x, place * (1 + 1e-12) + 1e-9, side="right")) - 1
        return float(self.y[index]) if index >= 0 else None

    def finite(self) -> "Series":
        """The same without the points whose values are not finite."""
        good = np.isfinite(self.y)
        if good.all():
            return self
        low, high = (part[good] if part is not None else None for part in (self.low, self.high))
        return Series(self.x[good], self.y[good], low, high)
