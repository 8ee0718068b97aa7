"""A CSV file, a row an example: a label and the pixels of a square picture, as Kaggle has MNIST; plain or `.gz`."""

import csv
import gzip
import math
import os
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.opening import open_file
from mnist_viz.data.user.examples import (
    BLOCK_BYTES,
    LONGEST_SIDE,
    Found,
    Labels,
    LargerError,
    Part,
    PixelScale,
    Watch,
    as_whole,
    check_size,
)

KIND = "a CSV file"
LABEL_NAMES = ("label", "labels", "class", "target", "y", "digit")
_SEPARATORS = ",;\t"
# Enough for the largest picture with a long number for every pixel.
_LONGEST_LINE = 1 << 19
# After so many lines, however short or blank, one who waits hears of it and may cancel.
_MOST_LINES = 100_000
# So many rows tell whether the first or the last column is the label.
_LOOKED_AT = 1_000
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True)
class Line:
    """A line that is not blank, and its number in the file, from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Layout:
    """How the file is laid out; `label` is the index of the label's column."""

    separator: str
    columns: int
    label: int
    header: bool

    @property
    def side(self) -> int:
        return math.isqrt(self.columns - 1)


def read_csv(path: Path, watch: Watch) -> Found:
    """Read a file with one row an example; all of it is one part, from which others are to be cut.

    The first line may name the columns. The label is in the column that is called so, else in the first or the
    last. Pixels are from 0 to 255 or from 0 to 1, row by row; labels are whole numbers or texts.

    Raises:
        CancelledError: the watch says so.
        DataError: one sentence, with line and column and what to do.
    """
    try:
        return _read(path, watch, None)
    except LargerError:
        return _read(path, watch, 255)


def _read(path: Path, watch: Watch, top: int | None) -> Found:
    layout: Layout | None = None
    scale, part, labels = PixelScale(top), Part(), Labels()
    rows = 0
    for lines, share in _blocks(path):
        watch.at(f"Reading {path.name}: {rows:,} rows", share)
        if lines and layout is None:
            layout = _layout(path, lines)
            lines = lines[layout.header :]
        if not lines or layout is None:
            continue
        rows += len(lines)
        check_size(path, rows, layout.columns - 1)
        _Table(path, layout, labels, scale, part).take(lines)
    if layout is None or not rows:
        raise DataError(f"{path} holds no rows: give it a row for each example, the label and the pixels")
    if scale.factor != 1:
        for block in part.blocks:
            np.multiply(block, scale.factor, out=block)
    found = Found(path, KIND, (layout.side, layout.side), {"train": part}, labels)
    found.decided.append(f"The label is column {layout.label + 1} of {layout.columns}.")
    if layout.header:
        found.decided.append("The first line names the columns.")
    if scale.factor != 1 or scale.top == 1:
        found.decided.append("The pixels run from 0 to 1: they were brought to 0 to 255.")
    return found


class _Table:
    """Turns lines into pictures and labels, fast where all is well, and cell by cell where something is not."""

    def __init__(self, path: Path, layout: Layout, labels: Labels, scale: PixelScale, part: Part) -> None:
        self._path = path
        self._layout = layout
        self._labels = labels
        self._scale = scale
        self._part = part

    def take(self, lines: list[Line]) -> None:
        texts = self._split(lines)
        try:
            if texts is None:
                raise ValueError
            labels, rest = texts
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of rows that are all empty: their shape tells
                values = np.loadtxt(rest, np.float32, comments=None, delimiter=self._layout.separator, ndmin=2)
            if values.shape != (len(lines), self._layout.columns - 1):
                raise ValueError
            pictures = self._scale.take(values, self._part.blocks)
        except ValueError:
            labels, values = self._cells(lines)
            pictures = self._scale.take(values, self._part.blocks)
        self._part.blocks.append(pictures)
        self._part.codes.append(self._codes(lines, labels))

    def _split(self, lines: list[Line]) -> tuple[list[str], list[str]] | None:
        """The texts of labels and of pixels, where the label stands at one end and nothing is quoted."""
        separator, label = self._layout.separator, self._layout.label
        if label not in (0, self._layout.columns - 1) or any('"' in line.text for line in lines):
            return None
        if label == 0:
            pieces = [line.text.partition(separator) for line in lines]
            return [piece[0] for piece in pieces], [piece[2] for piece in pieces]
        pieces = [line.text.rpartition(separator) for line in lines]
        return [piece[2] for piece in pieces], [piece[0] for piece in pieces]

    def _cells(self, lines: list[Line]) -> tuple[list[str], NDArray[np.float32]]:
        """The same from every cell by itself; says which cell is wrong."""
        layout = self._layout
        labels: list[str] = []
        values = np.empty((len(lines), layout.columns - 1), np.float32)
        for row, line in enumerate(lines):
            cells = _cells_of(line.text, layout.separator)
            if len(cells) != layout.columns:
                raise DataError(
                    f"line {line.number} of {self._path} has {len(cells)} columns and not {layout.columns} as those "
                    "before: mend or delete it"
                )
            labels.append(cells.pop(layout.label))
            for index, cell in enumerate(cells):
                value = _number(cell)
                if value is None or not 0 <= value <= 255:
                    raise DataError(
                        f"line {line.number}, column {index + 1 + (index >= layout.label)} of {self._path} holds "
                        f"{_shown(cell)}: pixels must be numbers from 0 to 255, or from 0 to 1"
                    )
                values[row, index] = value
        return labels, values

    def _codes(self, lines: list[Line], texts: list[str]) -> NDArray[np.int64]:
        codes = np.empty(len(lines), np.int64)
        known: dict[str, int] = {}
        for row, text in enumerate(texts):
            code = known.get(text)
            if code is None:
                try:
                    code = known[text] = self._labels.code(_label(text))
                except ValueError as error:
                    raise DataError(
                        f"{self._path} has {error} in line {lines[row].number}, column {self._layout.label + 1}: is it "
                        "the column of the label?"
                    ) from None
            codes[row] = code
        return codes


def _layout(path: Path, lines: list[Line]) -> Layout:
    """Find out from the first lines how the file is laid out."""
    first = lines[0].text
    separator = max(_SEPARATORS, key=first.count)
    cells = _cells_of(first, separator)
    columns, side = len(cells), math.isqrt(max(len(cells) - 1, 0))
    if columns < 2 or side * side != columns - 1:
        bare = ", and these look like pixels without a label" if math.isqrt(columns) ** 2 == columns > 1 else ""
        raise DataError(
            f"line {lines[0].number} of {path} has {columns} column{'s' * (columns != 1)}: there must be a label and "
            f"the pixels of a square, such as 1 + 784{bare}"
        )
    if side > LONGEST_SIDE:
        raise DataError(
            f"the pictures in {path} are {side} x {side}: a side may have at most {LONGEST_SIDE} pixels, make them "
            "smaller"
        )
    texts = [index for index, cell in enumerate(cells) if _number(cell) is None]
    named = [index for index, cell in enumerate(cells) if cell.strip().lower() in LABEL_NAMES]
    header = bool(named) or len(texts) > 1
    if named:
        return Layout(separator, columns, named[0], header)
    if len(texts) == 1:
        return Layout(separator, columns, columns - 1 if texts[0] == columns - 1 else 0, header)
    # In the corner of most pictures there is nothing but background.
    ends = [
        (row[0], row[-1]) for row in (_cells_of(line.text, separator) for line in lines[header:][:_LOOKED_AT]) if row
    ]
    label = columns - 1 if _is_label(ends, 1) and not _is_label(ends, 0) else 0
    return Layout(separator, columns, label, header)


def _is_label(ends: list[tuple[str, str]], end: int) -> bool:
    """Whether a column has texts in it, or different values."""
    values = {row[end] for row in ends}
    return len(values) > 1 or any(_number(value) is None for value in values)


def _blocks(path: Path) -> Iterator[tuple[list[Line], float]]:
    """The lines of a file in blocks of about BLOCK_BYTES, with the share of the file that has been read.

    Blank lines are left out; of a file that has nothing else, the blocks are empty.
    """
    try:
        with open_file(path) as raw:
            size = max(os.fstat(raw.fileno()).st_size, 1)
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            lines: list[Line] = []
            length = number = 0
            while data := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(data) > _LONGEST_LINE:
                    raise DataError(f"line {number} of {path} is too long: is it a CSV file?")
                length += len(data)
                if text := _decoded(path, number, data):
                    lines.append(Line(number, text))
                if length > BLOCK_BYTES or number % _MOST_LINES == 0:
                    yield lines, min(raw.tell() / size, 1.0)
                    lines, length = [], 0
            if lines:
                yield lines, 1.0
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}: check the name") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is cut short or damaged: get the file again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check its permissions") from error


def _decoded(path: Path, number: int, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig" if number == 1 else "utf-8").strip(" \r\n")
    except UnicodeDecodeError:
        raise DataError(f"line {number} of {path} is not UTF-8 text: save it as CSV in UTF-8") from None


def _cells_of(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return []


def _label(text: str) -> int | str:
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    value = _number(text)
    whole = None if value is None else as_whole(value)
    return text if whole is None else whole


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _shown(cell: str) -> str:
    return "nothing" if not cell.strip() else repr(cell[:20])
