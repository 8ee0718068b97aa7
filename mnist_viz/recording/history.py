"""The metrics of a run: every batch's training loss and accuracy, and every epoch's validation."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.training import BatchEnd, EpochEnd

Floats = NDArray[np.float64]

POINTS_PER_EPOCH = 50
MAX_POINTS = 2000
"""A curve has at most this many points; with more epochs each point stands for more batches."""


@dataclass(frozen=True, eq=False)
class Series:
    """One curve: x in epochs, y the metric."""

    x: Floats
    y: Floats


class History:
    """Grows while training runs; nothing is ever dropped.

    The batches' metrics are kept as running sums, so that the mean over any stretch of batches is one subtraction.

    Args:
        grid: turns steps into epochs; the trainer's own, which may change while training goes on.
    """

    def __init__(self, grid: EpochGrid) -> None:
        self.grid = grid
        self.epochs: list[EpochEnd] = []
        self._sums = np.zeros((1024, 2))  # row k: sums of loss and accuracy over the first k batches
        self._count = 0

    @property
    def steps(self) -> int:
        """Batches recorded so far."""
        return self._count

    def add_batches(self, batches: Sequence[BatchEnd]) -> None:
        """Append batches, which follow each other without a gap.

        Batches of steps that are already here replace them and what came after: training went back.
        """
        if not batches:
            return
        if batches[0].step <= self._count:
            self.rewind(batches[0].step - 1)
        needed = self._count + len(batches) + 1
        if needed > len(self._sums):
            grown = np.zeros((max(needed, 2 * len(self._sums)), 2))
            grown[: self._count + 1] = self._sums[: self._count + 1]
            self._sums = grown
        values = np.array([(batch.loss, batch.accuracy) for batch in batches])
        new = self._sums[self._count + 1 : needed]
        np.cumsum(values, axis=0, out=new)
        new += self._sums[self._count]
        self._count += len(batches)

    def rewind(self, step: int) -> None:
        """Forget what came after `step`: training went back."""
        self._count = min(self._count, step)
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= step]

    def copy_until(self, step: int, grid: EpochGrid) -> "History":
        """Another history on `grid`, of what came up to `step`."""
        result = History(grid)
        result._count = min(self._count, step)
        result._sums = self._sums[: result._count + 1].copy()
        result.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
        return result

    def add_epoch(self, epoch: EpochEnd) -> None:
        self.epochs.append(epoch)

    def training(self) -> tuple[Series, Series]:
        """Training loss and accuracy: each point is the mean over a stretch of batches, drawn at its end."""
        stride = self._stretch(self._count)
        while self._count > stride * MAX_POINTS:
            stride *= 2
        edges = np.arange(0, self._count + 1, stride)
        if self._count and edges[-1] != self._count:
            edges = np.append(edges, self._count)
        means = np.diff(self._sums[edges], axis=0) / np.maximum(np.diff(edges), 1)[:, None]
        x = self.grid.positions(edges[1:])
        return Series(x, means[:, 0]), Series(x, means[:, 1])

    def validation(self) -> tuple[Series, Series]:
        """Validation loss and accuracy at the end of each epoch."""
        x = np.array([epoch.epoch + 1.0 for epoch in self.epochs])
        loss = np.array([epoch.val_loss for epoch in self.epochs])
        accuracy = np.array([epoch.val_accuracy for epoch in self.epochs])
        return Series(x, loss), Series(x, accuracy)

    def recent(self, step: int) -> tuple[float, float] | None:
        """Mean training loss and accuracy over the last part of an epoch up to `step`; None before the first."""
        step = min(step, self._count)
        since = max(0, step - self._stretch(step))
        if step == since:
            return None
        loss, accuracy = (self._sums[step] - self._sums[since]) / (step - since)
        return float(loss), float(accuracy)

    def epoch_at(self, step: int) -> EpochEnd | None:
        """The last epoch that had ended by `step`."""
        done = self.grid.at(step)[0]
        return self.epochs[min(done, len(self.epochs)) - 1] if done and self.epochs else None

    def _stretch(self, step: int) -> int:
        """How many batches a point stands for at the least: about a fiftieth of the epoch at `step`."""
        return max(1, self.grid.batches(self.grid.at(step)[0]) // POINTS_PER_EPOCH)

    def csv(self) -> str:
        """The epochs as CSV with a header: a row an epoch, counted from 0 as in the terminal."""
        text = io.StringIO()
        rows = csv.DictWriter(text, [field.name for field in fields(EpochEnd)], lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(epoch) for epoch in self.epochs)
        return text.getvalue()
