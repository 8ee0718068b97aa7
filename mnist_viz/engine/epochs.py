"""Between steps and epochs: how many batches each epoch has, which changes when the batch size does."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Stretch:
    """Epochs of one batch size: the first of them, the steps done before it, the batch size, the batches an epoch."""

    epoch: int
    step: int
    size: int
    batches: int


class EpochGrid:
    """Where each epoch begins and ends in steps. It is immutable.

    Args:
        samples: in an epoch.
        size: samples a batch, until it is changed.
        before: stretches of other sizes, from epoch 0 on.
        since: the epoch from which `size` holds.
    """

    def __init__(self, samples: int, size: int, before: tuple[Stretch, ...] = (), since: int = 0) -> None:
        self.samples = samples
        size = min(size, samples)
        step = before[-1].step + (since - before[-1].epoch) * before[-1].batches if before else 0
        self._stretches = (*before, Stretch(since, step, size, -(-samples // size)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EpochGrid) and (self.samples, self._stretches) == (other.samples, other._stretches)

    def __hash__(self) -> int:
        return hash((self.samples, self._stretches))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{s.size} from epoch {s.epoch}" for s in self._stretches)
        return f"EpochGrid({self.samples} samples in batches of {sizes})"

    def changed(self, epoch: int, size: int) -> "EpochGrid":
        """The grid with batches of `size` from `epoch` on, whatever was set for later epochs."""
        kept = self._stretches[: bisect_left(self._stretches, epoch, key=lambda s: s.epoch)]
        if kept and kept[-1].size == min(size, self.samples):
            return EpochGrid(self.samples, size, kept[:-1], kept[-1].epoch)
        return EpochGrid(self.samples, size, kept, epoch)

    def sizes(self) -> list[tuple[int, int]]:
        """The batch sizes, each with the epoch from which it holds."""
        return [(stretch.epoch, stretch.size) for stretch in self._stretches]

    def size(self, epoch: int) -> int:
        """Samples a batch in `epoch`; its last batch holds the rest."""
        return self._of_epoch(epoch).size

    def batches(self, epoch: int) -> int:
        return self._of_epoch(epoch).batches

    def start(self, epoch: int) -> int:
        """Steps done when `epoch` begins."""
        stretch = self._of_epoch(epoch)
        return stretch.step + (epoch - stretch.epoch) * stretch.batches

    def at(self, step: int) -> tuple[int, int]:
        """The epoch and batch that come next after `step` steps, both from 0."""
        stretch = self._stretches[bisect_right(self._stretches, step, key=lambda s: s.step) - 1]
        epochs, batch = divmod(step - stretch.step, stretch.batches)
        return stretch.epoch + epochs, batch

    def position(self, step: int) -> float:
        """`step` in epochs: a fraction within an epoch, a whole number at an epoch's end."""
        epoch, batch = self.at(step)
        return epoch + batch / self.batches(epoch)

    def positions(self, steps: NDArray[np.integer]) -> NDArray[np.float64]:
        """The same for many steps, of the same shape."""
        stretches = self._stretches
        which = np.searchsorted([s.step for s in stretches], steps, side="right") - 1
        first = np.array([s.epoch for s in stretches], float)[which]
        since = steps - np.array([s.step for s in stretches])[which]
        result: NDArray[np.float64] = first + since / np.array([s.batches for s in stretches])[which]
        return result

    def _of_epoch(self, epoch: int) -> Stretch:
        stretches = self._stretches
        if len(stretches) == 1:
            return stretches[0]
        return stretches[bisect_right(stretches, epoch, key=lambda s: s.epoch) - 1]
