"""What curves can be drawn against, and over how many batches they are smoothed."""

from dataclasses import dataclass
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
