"""Rows of metrics as comma-separated values with a header."""

import csv
import io
from collections.abc import Iterable, Sequence

Row = Sequence[object]


def table(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """The rows of one run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def tables(columns: Sequence[str], runs: Iterable[tuple[str, Iterable[Row]]]) -> str:
    """The rows of several runs, one run below the other, with the run's name in the first column."""
    return table(["run", *columns], ((name, *row) for name, rows in runs for row in rows))
