"""The timeline's scale: where on the track a moment is, with room for the first epoch, and what it is called."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MARGIN = 16
"""Room for the handle and half a label at each end, in pixels."""

FIRST_EPOCH_SHARE = 0.16
"""The first epoch gets at least this share of the track: most is recorded there, and most happens there."""

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

    @property
    def _room(self) -> int:
        return max(1, self.width - 2 * MARGIN)

    @property
    def enlarged(self) -> float:
        """How many times wider the first epoch is than each other one; 1 where all are alike."""
        first, rest = self._shares
        return first / rest if rest else 1.0

    @property
    def _shares(self) -> tuple[float, float]:
        """The shares of the track that the first epoch and each other one get."""
        first = max(FIRST_EPOCH_SHARE, 1.0 / self.extent)
        return first, (1.0 - first) / (self.extent - 1.0) if self.extent > 1.0 else 0.0

    def x(self, epoch: float) -> float:
        """The place of a moment, in pixels."""
        first, rest = self._shares
        return MARGIN + (min(epoch, 1.0) * first + max(epoch - 1.0, 0.0) * rest) * self._room

    def places(self, epochs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for many moments, of the same shape."""
        first, rest = self._shares
        shares = np.minimum(epochs, 1.0) * first + np.maximum(epochs - 1.0, 0.0) * rest
        return np.asarray(MARGIN + shares * self._room, np.float64)

    def epoch(self, x: float) -> float:
        """The moment at a place; at the nearest end beyond one."""
        first, rest = self._shares
        share = min(max((x - MARGIN) / self._room, 0.0), 1.0)
        return share / first if share <= first or not rest else 1.0 + (share - first) / rest

    def labels(self) -> list[int]:
        """The epochs whose numbers fit under the track."""
        first, rest = self._shares
        stride = next((s for s in _STRIDES if s * (rest or first) * self._room >= _LABEL_ROOM), _STRIDES[-1])
        epochs = [0, 1] if stride > 1 else [0]
        epochs += range(stride, int(self.extent + 1e-9) + 1, stride)
        chosen: list[int] = []
        for epoch in epochs:
            if not chosen or self.x(epoch) - self.x(chosen[-1]) >= _LABEL_ROOM * 0.75:
                chosen.append(epoch)
        return chosen


def place(position: float, batches_per_epoch: int) -> str:
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
