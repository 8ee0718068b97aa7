"""The metrics of runs as comma-separated values, with a header."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple

import numpy as np

from mnist_viz.recording.history import ACCURACY, LOSS, History

Row = Sequence[object]

_ROWS = 1000


def epoch_rows(history: History, first: int = 0, last: int | None = None) -> Iterator[Row]:
    """Rows of `EPOCH_COLUMNS`: the epochs that end after step `first` up to `last`; they count from 0."""
    last = history.steps if last is None else last
    return (astuple(epoch) for epoch in history.epochs if first < epoch.step <= last)


def batch_rows(history: History, first: int = 0, last: int | None = None) -> Iterator[Row]:
    """Rows of `BATCH_COLUMNS`: the batches after step `first` up to `last`.

    Steps count from 1, epochs from 0; seconds are those of training by then.
    """
    last = history.steps if last is None else min(last, history.steps)
    # In pieces: lists of a million texts are freed at once, and whoever waits for that waits long.
    for start in range(first, last, _ROWS):
        end = min(start + _ROWS, last)
        # A float32 holds no more than nine digits.
        numbers = ([f"{value:.9g}" for value in history.batches[start:end, c].tolist()] for c in (LOSS, ACCURACY))
        seconds = [f"{value:.6f}" for value in history.seconds[start + 1 : end + 1].tolist()]
        epochs = history.grid.positions(np.arange(start, end)).astype(np.int64).tolist()
        yield from zip(range(start + 1, end + 1), epochs, *numbers, seconds, strict=True)


def table(columns: Sequence[str], runs: Sequence[tuple[str, Iterable[Row]]]) -> str:
    """The rows of the runs, one below the other; where there are several, with the run's name in the first column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    several = len(runs) > 1
    writer.writerow(["run", *columns] if several else columns)
    for name, rows in runs:
        writer.writerows([name, *row] for row in rows) if several else writer.writerows(rows)
    return text.getvalue()
