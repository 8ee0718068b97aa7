"""The timeline's scale: from epochs to pixels, with extra room for the first epoch; and the names of moments."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

MARGIN = 16
"""Room for the handle and half a label at each end, in pixels."""

FIRST_EPOCH_SHARE = 0.16
"""The least share of the track for the first epoch, in which most frames are recorded."""

_LABEL_ROOM = 36  # pixels from one epoch's label to the next
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True)
class Scale:
    """Between epochs and pixels.

    Attributes:
        extent: the whole track in epochs, 1 or more.
        width: of the track in pixels, margins included.
    """

    extent: float
    width: int

    @cached_property
    def _corners(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The epochs between which the scale is linear, and their pixels."""
        first = max(FIRST_EPOCH_SHARE, 1 / self.extent)
        room = max(1, self.width - 2 * MARGIN)
        return np.array([0.0, 1.0, self.extent]), MARGIN + room * np.array([0.0, first, 1.0])

    @property
    def enlarged(self) -> float:
        """How many times as wide the first epoch is as each other one."""
        _, (start, one, end) = self._corners
        return float((one - start) * (self.extent - 1) / (end - one)) if end > one else 1.0

    def x(self, epoch: float) -> float:
        """The place of a moment, in pixels."""
        return float(self.places(epoch))

    def places(self, epochs: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """The places of many moments, of the same shape."""
        return np.asarray(np.interp(np.asarray(epochs), *self._corners), np.float64)

    def epoch(self, x: float) -> float:
        """The moment at a place; beyond the track that of its end."""
        epochs, places = self._corners
        return float(np.interp(x, places, epochs))

    def labels(self) -> list[int]:
        """The epochs whose numbers fit under the track."""
        width = (self.x(1.0) - MARGIN) / self.enlarged
        stride = next((s for s in _STRIDES if s * width >= _LABEL_ROOM), _STRIDES[-1])
        candidates = [0, 1] if stride > 1 else [0]
        candidates += range(stride, int(self.extent + 1e-9) + 1, stride)
        chosen: list[int] = []
        for epoch in candidates:
            if not chosen or self.x(epoch) - self.x(chosen[-1]) >= _LABEL_ROOM * 0.75:
                chosen.append(epoch)
        return chosen


def moment_name(position: float, batches_per_epoch: int) -> str:
    """Name a position in epochs: "Before training", "Epoch 3 · batch 120", "After epoch 3"."""
    if position <= 0:
        return "Before training"
    whole = round(position)
    if abs(position - whole) < 1e-6:
        return f"After epoch {whole:,}"
    epoch = int(position)
    if not batches_per_epoch:
        return f"Epoch {epoch + 1:,}"
    return f"Epoch {epoch + 1:,} · batch {round((position - epoch) * batches_per_epoch):,}"
