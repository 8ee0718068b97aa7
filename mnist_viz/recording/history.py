"""The metrics of a run: every batch's training loss and accuracy, and every epoch's validation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.recording.smoothing import USUAL, Axis, Series, Smoothing

Floats = NDArray[np.float64]
Steps = NDArray[np.intp]

MAX_POINTS = 2000
"""A training curve has at most this many points."""

POINTS_PER_WIDTH = 8
"""At least so many points lie within the batches that one is the mean of, and fewer than twice as many."""

MOST = 1e6
"""What is greater, or no number, is kept as this: it would drown in rounding what is summed after it."""

LOSS, ACCURACY, SECONDS = range(3)

EPOCH_COLUMNS = tuple(field.name for field in fields(EpochEnd))
BATCH_COLUMNS = ("step", "epoch", "loss", "accuracy", "seconds")


LeastMeanLast = tuple[float, float, float] | None
"""None of no values."""


@dataclass(frozen=True)
class Statistics:
    """Least, mean and last value of each metric over some of the batches; losses as recorded, accuracies 0 to 1."""

    train_loss: LeastMeanLast
    validation_loss: LeastMeanLast
    train_accuracy: LeastMeanLast
    validation_accuracy: LeastMeanLast


class History:
    """Grows while training runs; nothing is ever thinned out.

    The batches' metrics are kept as they are and as running sums, so that the mean over any stretch of batches is one
    subtraction.

    Args:
        grid: turns steps into epochs; the trainer's own, which may change while training goes on.

    Attributes:
        version: another number after each change.
    """

    def __init__(self, grid: EpochGrid) -> None:
        self.grid = grid
        self.epochs: list[EpochEnd] = []
        self.version = 0
        self._batches = np.zeros((1024, 3), np.float32)  # loss, accuracy, training seconds of the epoch so far
        self._sums = np.zeros((1025, 3))  # row k: over the first k batches, of the seconds that each took
        self._blocks = np.empty((4, 0), np.float32)  # least and greatest of the complete blocks, see `_extremes`
        self._block_size = 1
        self._count = 0
        self._shared = 0  # rows that a copy has too, so that nobody may write there

    @property
    def steps(self) -> int:
        return self._count

    @property
    def batches(self) -> NDArray[np.float32]:
        """(n, 3): loss, accuracy and training seconds in its epoch so far, of every batch; to be read only."""
        return self._batches[: self._count]

    @property
    def seconds(self) -> Floats:
        """(n + 1,): training time in all after 0, 1, ..., n batches; to be read only."""
        return self._sums[: self._count + 1, SECONDS]

    # Growing

    def add_batches(self, batches: Sequence[BatchEnd]) -> None:
        """Append batches, which follow each other without a gap.

        Batches of steps that are already here replace them and what came after: training went back. Of batches that
        are missing before them, since something failed, nothing better is known than the metrics of the first of these.
        """
        if not batches:
            return
        if batches[0].step <= self._count:
            self.rewind(batches[0].step - 1)
        values = np.array([(batch.loss, batch.accuracy, batch.seconds) for batch in batches])
        missing = batches[0].step - 1 - self._count
        self._append(np.concatenate([np.repeat(values[:1], missing, axis=0), values]) if missing else values)

    def _append(self, values: NDArray[np.floating]) -> None:
        since, count = self._count, self._count + len(values)
        if count > len(self._batches) or since < self._shared:
            room = len(self._batches) if count <= len(self._batches) else max(count, 2 * len(self._batches))
            rows, sums = np.zeros((room, 3), np.float32), np.zeros((room + 1, 3))
            rows[:since] = self._batches[:since]
            sums[: since + 1] = self._sums[: since + 1]
            self._batches, self._sums, self._shared = rows, sums, 0  # both or none, should there be no memory
        new = self._batches[since:count]
        np.clip(np.nan_to_num(values, nan=MOST), -MOST, MOST, out=new, casting="same_kind")
        terms = new.astype(np.float64)
        before = np.append(self._batches[since - 1, SECONDS] if since else 0.0, new[:-1, SECONDS])
        before[self.grid.positions(np.arange(since, count)) % 1 == 0] = 0.0  # an epoch begins
        # A batch that is run again is timed anew: it may seem to end before the one before it.
        terms[:, SECONDS] = np.maximum(new[:, SECONDS] - before, 0.0)
        sums = self._sums[since : count + 1]
        np.cumsum(terms, axis=0, out=sums[1:])
        sums[1:] += sums[0]
        self._count = count
        self.version += 1

    def add_epoch(self, epoch: EpochEnd) -> None:
        """Append an epoch; one of the same step, and what came after it, it replaces: training went back."""
        while self.epochs and self.epochs[-1].step >= epoch.step:
            self.epochs.pop()
        self.epochs.append(epoch)
        self.version += 1

    def rewind(self, step: int) -> None:
        """Forget what came after `step`: training went back."""
        self._count = min(self._count, step)
        self._blocks = self._blocks[:, : self._count // self._block_size]
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
        self.version += 1

    def copy_until(self, step: int, grid: EpochGrid) -> "History":
        """Another history on `grid`, of what came up to `step`; the rows are shared until one is written anew."""
        result = History(grid)
        result._count = result._shared = min(self._count, step)
        result._batches = self._batches[: result._count]
        result._sums = self._sums[: result._count + 1]
        self._shared = max(self._shared, result._count)
        result.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
        return result

    # Curves

    def training(self, axis: Axis = "epochs", smoothing: Smoothing = USUAL) -> tuple[Series, Series]:
        """Training loss and accuracy: each point is the mean over the batches that end there.

        How many that are is for `smoothing` to say and does not depend on the run's length; in a longer run the
        points lie further apart.
        """
        # Sought from the narrowest smoothing, which is that of the largest batches.
        widths = smoothing.widths(np.array([self.grid.batches(epoch) for epoch, _ in self.grid.sizes()]))
        stride = 1
        while self._count > stride * MAX_POINTS or 2 * POINTS_PER_WIDTH * stride <= widths.min():
            stride *= 2
        ends = np.arange(stride, self._count + 1, stride)
        if self._count % stride:
            ends = np.append(ends, self._count)
        means, starts = self._means(ends, smoothing)
        x = self._x_of(ends, axis)
        if stride == 1 and (ends - starts == 1).all():
            return Series(x, means[:, LOSS]), Series(x, means[:, ACCURACY])
        # A point stands for the batches up to those on either side, so that the band drawn between two holds all.
        before, after = np.append(0, ends[:-1])[: len(ends)], np.append(ends[1:], self._count)[: len(ends)]
        starts = np.minimum(starts, before)
        extremes = self._extremes(starts, after, stride)
        loss, accuracy = (Series(x, means[:, c], extremes[c], extremes[c + 2]) for c in (LOSS, ACCURACY))
        return loss, accuracy

    def validation(self, axis: Axis = "epochs") -> tuple[Series, Series]:
        x = self._x_of(np.array([epoch.step for epoch in self.epochs], np.intp), axis)
        loss = np.array([epoch.val_loss for epoch in self.epochs])
        accuracy = np.array([epoch.val_accuracy for epoch in self.epochs])
        return Series(x, loss), Series(x, accuracy)

    def x_of(self, step: int, axis: Axis) -> float:
        return float(self._x_of(np.array([step]), axis)[0])

    def epoch_at(self, x: float, axis: Axis) -> float:
        """The moment in epochs at the coordinate `x` of the axis, at most the newest."""
        return x if axis == "epochs" else self.grid.position(self.step_at(x, axis))

    def step_at(self, x: float, axis: Axis) -> int:
        """The batches trained by the moment at the coordinate `x` of the axis."""
        if axis == "steps":
            return round(min(max(x, 0.0), self._count))
        low, high = 0, self._count
        while low < high:  # the last step that lies no further
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.x_of(middle, axis) <= x * (1 + 1e-9) else (low, middle - 1)
        return low

    def statistics(self, first: int, last: int) -> Statistics:
        """Of the batches after step `first` up to `last`, and of the epochs that ended there."""
        batches = self.batches[first:last]
        epochs = [epoch for epoch in self.epochs if first < epoch.step <= last]
        return Statistics(
            _least_mean_last(batches[:, LOSS]),
            _least_mean_last(np.array([epoch.val_loss for epoch in epochs])),
            _least_mean_last(batches[:, ACCURACY]),
            _least_mean_last(np.array([epoch.val_accuracy for epoch in epochs])),
        )

    def recent(self, step: int) -> tuple[float, float] | None:
        """Mean training loss and accuracy over the last fiftieth of an epoch up to `step`; None before the first."""
        step = min(step, self._count)
        if step <= 0:
            return None
        loss, accuracy = self._means(np.array([step]), USUAL)[0][0]
        return float(loss), float(accuracy)

    def last_epoch(self, step: int) -> EpochEnd | None:
        """The last epoch that had ended by `step`."""
        done = self.grid.at(step)[0]
        return self.epochs[min(done, len(self.epochs)) - 1] if done and self.epochs else None

    def _means(self, ends: Steps, smoothing: Smoothing) -> tuple[Floats, Steps]:
        """(m, 2) mean loss and accuracy of the batches up to each of `ends`, and where each of those begin."""
        sizes = self.grid.sizes()
        per_epoch = np.array([self.grid.batches(epoch) for epoch, _ in sizes])
        first = np.array([self.grid.start(epoch) for epoch, _ in sizes])
        widths = smoothing.widths(per_epoch[np.searchsorted(first, ends, side="left") - 1])
        starts = np.maximum(ends - widths, 0)
        sums = self._sums[ends, :SECONDS] - self._sums[starts, :SECONDS]
        return sums / (ends - starts)[:, None], starts

    def _extremes(self, starts: Steps, ends: Steps, size: int) -> Floats:
        """(4, m) least loss and accuracy, then greatest, of m stretches of batches that overlap.

        Args:
            starts: (m,); rounded down to a multiple of `size`, so that a stretch may begin earlier, never later.
            ends: (m,), not included; multiples of `size`, or the end.
            size: of blocks that are looked at once, however many stretches they are in.
        """
        if size != self._block_size:
            self._block_size, self._blocks = size, self._blocks[:, :0]
        batches = self._batches[self._blocks.shape[1] * size : self._count, :SECONDS]
        firsts = np.arange(0, len(batches), size)
        new = (
            [function.reduceat(batches, firsts, axis=0) for function in (np.minimum, np.maximum)] if len(firsts) else []
        )
        blocks = np.concatenate([self._blocks, np.concatenate(new, axis=1).T], axis=1) if new else self._blocks
        self._blocks = blocks[:, : self._count // size]
        bounds = np.stack([starts // size, -(-ends // size)], axis=1).ravel()
        padded = np.append(blocks, blocks[:, -1:], axis=1)
        # Of every second result, since `reduceat` reduces what lies between two stretches as well.
        lows, highs = np.minimum.reduceat(padded[:2], bounds, axis=1), np.maximum.reduceat(padded[2:], bounds, axis=1)
        return np.concatenate([lows, highs])[:, ::2].astype(np.float64)

    def _x_of(self, steps: Steps, axis: Axis) -> Floats:
        if axis == "steps":
            return steps.astype(np.float64)
        return self.grid.positions(steps) if axis == "epochs" else self.seconds[np.minimum(steps, self._count)]

    # Keeping

    def state(self) -> dict[str, NDArray[np.floating]]:
        """All that `from_state` needs besides the grid: `batches` (n, 3), to be read only, and `epochs`."""
        rows = list(map(attrgetter(*EPOCH_COLUMNS), self.epochs))
        return {
            "batches": self.batches,
            "epochs": np.array(rows, np.float64).reshape(len(rows), len(EPOCH_COLUMNS)),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, NDArray[np.generic]], grid: EpochGrid) -> "History":
        """The history that gave `state`.

        Raises:
            ValueError: it is none.
        """
        batches, epochs = (_checked(state, name, k) for name, k in (("batches", 3), ("epochs", len(EPOCH_COLUMNS))))
        result = cls(grid)
        result._append(batches)
        steps, numbers = epochs[:, 0], epochs[:, 1]
        whole = (epochs[:, :2] == np.rint(epochs[:, :2])).all()
        ordered = (np.diff(steps) > 0).all() and (np.diff(numbers) > 0).all() and (numbers >= 0).all()
        if not (whole and ordered and (steps >= 1).all() and (steps <= len(batches)).all()):
            raise ValueError("The epochs of the metrics do not follow each other.")
        result.epochs = [EpochEnd(int(step), int(number), *rest) for step, number, *rest in epochs.tolist()]
        return result


def _least_mean_last(values: NDArray[np.floating]) -> LeastMeanLast:
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.mean(dtype=np.float64)), float(values[-1])) if len(values) else None


def _checked(state: Mapping[str, NDArray[np.generic]], name: str, columns: int) -> Floats:
    values = state.get(name)
    if values is None or values.ndim != 2 or values.shape[1] != columns or values.dtype.kind != "f":
        raise ValueError(f"The metrics hold no table of {name} with {columns} columns of numbers.")
    if not np.isfinite(values).all():
        raise ValueError(f"The metrics hold a number that is not finite, in the table of {name}.")
    return values.astype(np.float64)
