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
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.examples import (
    BLOCK_BYTES,
    LONGEST_SIDE,
    Found,
    Labels,
    LargerError,
    Part,
    PixelScale,
    as_whole,
    check_size,
)  # fmt: skip
from mnist_viz.system.files import open_file

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

Lines = dict[int, str]
"""Lines that are not blank, by their numbers in the file, from 1."""


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
            if layout.header:
                del lines[next(iter(lines))]
        if not lines or layout is None:
            continue
        rows += len(lines)
        check_size(path, rows, layout.columns - 1)
        try:
            values = _values(lines, layout, labels)
            pixels = np.delete(values, layout.label, axis=1)
            part.blocks.append(scale.take(pixels, part.blocks))
        except ValueError as error:
            raise _explained(path, lines, layout, labels, error) from None
        part.codes.append(values[:, layout.label].astype(np.int64))
    if layout is None or not rows:
        raise DataError(f"{path} holds no rows: give it a row for each example, the label and the pixels")
    found = Found(path, KIND, (layout.side, layout.side), {"train": part}, labels)
    found.decided.append(f"The label is column {layout.label + 1} of {layout.columns}.")
    if layout.header:
        found.decided.append("The first line names the columns.")
    scale.finish(part.blocks, found)
    return found


def _values(lines: Lines, layout: Layout, labels: Labels) -> NDArray[np.float32]:
    """The numbers of the lines, (lines, columns); in the label's column stand the labels' codes.

    Raises:
        ValueError: a line has another number of columns, or holds something else.
    """
    known: dict[str, int] = {}

    def code(text: str) -> int:
        if text not in known:
            known[text] = labels.code(_label(text))
        return known[text]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rows that are all empty: their shape tells
        values: NDArray[np.float32] = np.loadtxt(
            list(lines.values()), np.float32, comments=None, delimiter=layout.separator, quotechar='"', ndmin=2,
            converters={layout.label: code}, encoding=None,
        )  # fmt: skip
    if values.shape != (len(lines), layout.columns):
        raise ValueError(f"the rows are {values.shape}")
    return values


def _explained(path: Path, lines: Lines, layout: Layout, labels: Labels, error: ValueError) -> DataError:
    """Say which cell is wrong, looking at one after the other."""
    for number, text in lines.items():
        cells = _cells(text, layout.separator)
        if len(cells) != layout.columns:
            return DataError(
                f"line {number} of {path} has {len(cells)} columns and not {layout.columns} as those before: mend or "
                "delete it"
            )
        for index, cell in enumerate(cells):
            where = f"line {number}, column {index + 1}"
            if index == layout.label:
                try:
                    labels.code(_label(cell))
                except ValueError as reason:
                    return DataError(f"{path} has {reason} in {where}: is it the column of the label?")
            elif (value := _number(cell)) is None or not 0 <= value <= 255:
                shown = repr(cell[:20]) if cell.strip() else "nothing"
                return DataError(
                    f"{where} of {path} holds {shown}: pixels must be numbers from 0 to 255, or from 0 to 1"
                )
    return DataError(f"{path} cannot be read from line {next(iter(lines))} on ({error}): save it as plain CSV")


def _layout(path: Path, lines: Lines) -> Layout:
    """Find out from the first lines how the file is laid out."""
    number, first = next(iter(lines.items()))
    separator = max(_SEPARATORS, key=first.count)
    cells = _cells(first, separator)
    columns, side = len(cells), math.isqrt(max(len(cells) - 1, 0))
    if columns < 2 or side * side != columns - 1:
        bare = ", and these look like pixels without a label" if math.isqrt(columns) ** 2 == columns > 1 else ""
        raise DataError(
            f"line {number} of {path} has {columns} column{'s' * (columns != 1)}: there must be a label and "
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
    rows = [_cells(text, separator) for text in list(lines.values())[header:][:_LOOKED_AT]]
    ends = [{row[end] for row in rows if row} for end in (0, -1)]
    first_is_label, last_is_label = (
        len(values) > 1 or any(_number(value) is None for value in values) for values in ends
    )  # fmt: skip
    return Layout(separator, columns, columns - 1 if last_is_label and not first_is_label else 0, header)


def _blocks(path: Path) -> Iterator[tuple[Lines, float]]:
    """The lines of a file in blocks of about BLOCK_BYTES, with the share of the file that has been read.

    Blank lines are left out; of a file that has nothing else, the blocks are empty.
    """
    try:
        with open_file(path) as raw:
            size = max(os.fstat(raw.fileno()).st_size, 1)
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            lines: Lines = {}
            length = number = 0
            while data := file.readline(_LONGEST_LINE + 1):
                number += 1
                if len(data) > _LONGEST_LINE:
                    raise DataError(f"line {number} of {path} is too long: is it a CSV file?")
                length += len(data)
                if text := _decoded(path, number, data):
                    lines[number] = text
                if length > BLOCK_BYTES or number % _MOST_LINES == 0:
                    yield lines, min(raw.tell() / size, 1.0)
                    lines, length = {}, 0
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


def _cells(text: str, separator: str) -> list[str]:
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
