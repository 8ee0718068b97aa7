"""Tables as text, a row an example: pixels with a label, pixels alone or labels alone, in any usual spelling."""

import csv
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.file import File
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.arrays import one_hot
from mnist_viz.data.user.examples import BLOCK_BYTES, LONGEST_SIDE, MOST_CLASSES, Labels, as_whole

ENDINGS = (".csv", ".tsv", ".txt", ".arff", ".data", ".dat", ".tra", ".tes", ".train", ".test")
LABEL_NAMES = ("label", "labels", "class", "target", "targets", "y", "digit", "answer")
INDEX_NAMES = ("", "unnamed: 0", "index", "id", "row")

_SEPARATORS = (";", "\t", ",", "|", None)  # None: any white space
# Enough for the largest picture with a long number for every pixel.
_LONGEST_LINE = 1 << 19
# After so many lines, however short or blank, one who waits hears of it and may cancel.
_MOST_LINES = 100_000
# So many rows, or bytes, tell what the columns are; where they leave doubt, these and as many from the whole file.
_LOOKED_AT, _HEAD = 1_000, 1 << 21
_EVERY = 37
_REMARKS = ("#", "%", "@")  # those of NumPy, and of Weka's ARFF, in which a table follows
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
# How much a column looks like labels: below the first it is none, from the second on it surely is; of two where one is
# not so many times better than the other, it is doubtful which is.
_POOR, _SURE, _BETTER = 0.02, 0.5, 2.0

Lines = dict[int, str]
"""Lines that are not blank, by their numbers in the file, from 1."""


@dataclass(frozen=True)
class Layout:
    """How a table is laid out.

    Args:
        separator: None for white space.
        columns: of a row; with a trailing separator there is an empty one more.
        names: of the columns, where the first line has them.
        lines_before: numbers of the lines before the first row.
        labels: the columns of the label: one, one for each class, or none.
        worth: how much the column of the label looks like one.
    """

    separator: str | None
    columns: int
    trailing: bool
    names: tuple[str, ...]
    lines_before: tuple[int, ...]
    labels: tuple[int, ...]
    pixels: tuple[int, ...]
    comma: bool = False
    doubtful: bool = False
    worth: float = 1.0

    @property
    def side(self) -> int:
        return math.isqrt(len(self.pixels))

    @property
    def label_column(self) -> str:
        """The label's column as the user can choose it; empty where there is no choice."""
        if len(self.labels) != 1 or not self.pixels:
            return ""
        (label,) = self.labels
        return "last" if label == self.columns - 1 else "first" if label == 0 else str(label + 1)

    def told(self) -> list[str]:
        said = []
        if len(self.labels) > 1:
            said.append(f"Labels: columns {self.labels[0] + 1} to {self.labels[-1] + 1}, one for each class.")
        elif self.labels:
            (label,) = self.labels
            place = {0: "first column", self.columns - 1: "last column"}.get(label, f"column {label + 1}")
            named = f" ({self.names[label]!r})" if self.names and self.names[label].strip() else ""
            said.append(f"Labels: {place}{named} of {self.columns}.")
        if self.names:
            said.append("The first line names the columns.")
        others = self.columns - len(self.labels) - len(self.pixels)
        if others:
            said.append("The first column counts the rows and was left out.")
        if self.comma:
            said.append("The numbers are written with decimal commas.")
        return said


class Table:
    """A text file with a table.

    Raises:
        DataError: it is no table of examples, or the column that was asked for is none of a label; says why.
    """

    def __init__(self, file: File, watch: Watch, label_column: str = "") -> None:
        self.file = file
        head, more, length = Lines(), Lines(), 0
        layout = None
        for block, share in _blocks(file):
            watch.at(f"Looking at {file.name}", share)
            for number, text in block.items():
                if len(head) < _LOOKED_AT and length < _HEAD:
                    head[number] = text
                    length += len(text)
                elif number % _EVERY == 0 and len(more) < _LOOKED_AT and length < 2 * _HEAD:
                    more[number] = text
                    length += len(text)
            layout = layout or (_layout(file, head, label_column) if more else None)
            if layout is not None and layout.worth >= _SURE:
                break
        else:  # it is short, or perhaps sorted by its labels
            layout = _layout(file, head | more, label_column)
        self.layout = layout
        if self.layout.worth < _POOR:
            raise DataError(
                f"no column of {file.said} looks like labels, neither the first nor the last: say which it is with "
                "--label-column, or in the preview"
            )

    @property
    def name(self) -> str:
        return self.file.name

    def blocks(self, labels: Labels, watch: Watch) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Pixels (b, pixels) and the codes of the labels (b,) of some rows at a time; of what is not there, nothing.

        Raises:
            DataError: with line and column and what to do.
        """
        rows, layout = 0, self.layout
        for lines, share in _blocks(self.file):
            watch.at(f"Reading {self.name}: {rows:,} rows", share)
            for number in layout.lines_before:
                lines.pop(number, None)
            if not lines:
                continue
            rows += len(lines)
            try:
                values = _values(lines, layout, labels)
                if not np.isfinite(values).all():
                    raise ValueError("a number is not finite")
            except ValueError as error:
                raise self._explained(lines, labels, error) from None
            count = len(layout.labels)
            codes = np.empty(0, np.int64)
            if count > 1:
                codes = one_hot(values[:, :count])
                if (codes < 0).any():
                    line = list(lines)[int((codes < 0).argmax())]
                    raise DataError(
                        f"line {line} of {self.file.said} has no single 1 in its columns of classes: mend it"
                    )
                known = np.array([labels.code(k) for k in range(count)])
                codes = known[codes]
            elif count:
                codes = values[:, 0].astype(np.int64)
            yield values[:, count:], codes

    def place_of(self, low: float, high: float) -> str:
        """Where the first number outside these limits stands, as the beginning of a sentence."""
        for lines, _ in _blocks(self.file):
            for number, text in lines.items():
                cells = _cells(text, self.layout.separator) if number not in self.layout.lines_before else []
                for index in self.layout.pixels if cells else ():
                    value = _number(cells[index], self.layout.comma)
                    if value is not None and not low <= value <= high:
                        return f"line {number}, column {index + 1} of {self.file.said} holds {cells[index].strip()!r}"
        return f"{self.file.said} holds other numbers"

    def _explained(self, lines: Lines, labels: Labels, error: ValueError) -> DataError:
        """Say which cell is wrong, looking at one after the other."""
        layout, path = self.layout, self.file.said
        for number, text in lines.items():
            cells = _cells(text, layout.separator)
            if len(cells) - layout.trailing != layout.columns:
                return DataError(
                    f"line {number} of {path} has {len(cells)} columns and not {layout.columns} as those before: mend "
                    "or delete it"
                )
            for index in (*layout.labels, *layout.pixels):
                cell, where = cells[index], f"line {number}, column {index + 1}"
                if index in layout.labels[:1] and len(layout.labels) == 1:
                    try:
                        labels.code(label_of(cell))
                    except ValueError as reason:
                        return DataError(f"{path} has {reason} in {where}: is it the column of the label?")
                elif (value := _number(cell, layout.comma)) is None or not np.isfinite(value):
                    shown = repr(cell[:20]) if cell.strip() else "nothing"
                    return DataError(f"{where} of {path} holds {shown}: pixels must be numbers")
        return DataError(f"{path} cannot be read from line {next(iter(lines))} on ({error}): save it as plain CSV")


def label_of(text: str) -> int | str:
    """A label as it is meant: a whole number, however it is written, or a text."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    value = _number(text)
    whole = None if value is None else as_whole(value)
    return text if whole is None else whole


def _values(lines: Lines, layout: Layout, labels: Labels) -> NDArray[np.float32]:
    """The numbers of the lines, (lines, columns of labels and pixels); for a single label its code.

    Raises:
        ValueError: a line has another number of columns, or holds something else.
    """
    known: dict[str, int] = {}

    def code(text: str) -> int:
        if text not in known:
            known[text] = labels.code(label_of(text))
        return known[text]

    rows = list(lines.values())
    separator, columns = layout.separator, layout.columns + layout.trailing
    if any(_count(row, separator) != columns for row in rows):
        raise ValueError("a row has another number of columns")
    if layout.comma:
        rows = [row.replace(",", ".") for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rows that are all empty: their shape tells
        values: NDArray[np.float32] = np.loadtxt(
            rows, np.float32, comments=None, delimiter=separator, quotechar='"', ndmin=2,
            usecols=(*layout.labels, *layout.pixels),
            converters={layout.labels[0]: code} if len(layout.labels) == 1 else None, encoding=None,
        )  # fmt: skip
    if len(values) != len(lines):
        raise ValueError("rows are missing")
    return values


def _count(row: str, separator: str | None) -> int:
    if '"' in row:
        return len(_cells(row, separator))
    return len(row.split()) if separator is None else row.count(separator) + 1


# How a table is laid out


def _layout(file: File, lines: Lines, label_column: str) -> Layout:
    """Find out from some lines, of which the first must be those of the file, how the table is laid out."""
    path = file.said
    notes = {number: text for number, text in lines.items() if text.startswith(_REMARKS)}
    data = [(number, text) for number, text in lines.items() if number not in notes]
    if not data:
        raise DataError(f"{path} holds no rows: give it a row for each example, the label and the pixels")
    texts = [text for _, text in data]
    wide = [each for each in _SEPARATORS if _is_wide(texts, each)] or [max(",;\t", key=texts[-1].count)]
    separator = next((each for each in wide if _is_numeric(texts[-1], each)), wide[0])
    rows = [_cells(text, separator) for text in texts]
    trailing = all(len(row) > 1 and not row[-1].strip() for row in rows[1:] or rows)
    rows = [row[:-1] if trailing and row and not row[-1].strip() else row for row in rows]
    columns = max(len(rows[-1]), 1)
    comma = separator != "," and any("," in cell for row in rows[1:3] for cell in row)
    names: tuple[str, ...] = ()
    before = list(notes)
    if len(rows[0]) == columns and _is_header(rows, comma):
        names, rows = tuple(cell.strip() for cell in rows[0]), rows[1:]
        before.append(data[0][0])
    else:  # NumPy writes one as a remark
        for text in notes.values():
            cells = _cells(text.lstrip("#% "), separator)
            if len(cells) == columns and any(cell.strip().lower() in LABEL_NAMES for cell in cells):
                names = tuple(cell.strip() for cell in cells)
    rows = [[cell.replace(",", ".") if comma else cell for cell in row] for row in rows if len(row) == columns]
    if not rows:
        raise DataError(f"{path} holds no rows: give it a row for each example, the label and the pixels")
    index = int(columns > 1 and _is_index(names, rows, columns))
    if sum(":" in cell for cell in rows[-1]) > 1:
        raise DataError(f"{path} is in LIBSVM's sparse form: save it as a plain table, a column for each pixel")
    labels, worth, other = _label_columns(path, names, rows, columns, index, label_column, data[0][0])
    pixels = tuple(k for k in range(index, columns) if k not in labels) if columns > 2 else ()
    side = math.isqrt(len(pixels))
    if pixels and all(_number(rows[0][k]) is None for k in pixels):
        raise DataError(f"{path} is no table of numbers: give it a row for each example, the label and the pixels")
    if side > LONGEST_SIDE:
        raise DataError(
            f"the pictures in {path} are {side} x {side}: a side may have at most {LONGEST_SIDE} pixels, make them "
            "smaller"
        )
    return Layout(
        separator, columns, trailing, names, tuple(before), labels, pixels, comma, worth < _BETTER * other, worth
    )


def _label_columns(
    path: str, names: Sequence[str], rows: list[list[str]], columns: int, index: int, asked: str, line: int
) -> tuple[tuple[int, ...], float, float]:
    """The columns of the label, how much they look like it, and how much the best other column does."""
    known = [k for k, name in enumerate(names) if name.lower() in LABEL_NAMES]
    if asked:
        return (_asked(path, asked, names, columns),), 1, 0
    if columns <= 2:  # nothing but labels, and perhaps what they belong to
        return (known[0] if known else columns - 1,), 1, 0
    if _is_square(columns - index - 1):
        if known:
            return (known[0],), 1, 0
        ends = (index, columns - 1)
        worth = [_worth([row[end] for row in rows]) for end in ends]
        best, other = (0, 1) if worth[0] >= worth[1] else (1, 0)
        return (ends[best],), worth[best], worth[other]
    for count in range(2, min(columns - index, MOST_CLASSES + 1)):
        if not (_is_square(columns - index - count) or count == columns - index):
            continue
        for start in (columns - count, index):
            block = [[_number(cell) for cell in row[start : start + count]] for row in rows]
            if all(sorted(map(str, row)) == ["0.0"] * (count - 1) + ["1.0"] for row in block):
                return tuple(range(start, start + count)), 1, 0
    if _is_square(columns - index):
        return (), 1, 0
    raise DataError(
        f"line {line} of {path} has {columns} column{'s' * (columns != 1)}: there must be a label and the pixels of a "
        "square, such as 1 + 784"
    )


def _asked(path: str, asked: str, names: Sequence[str], columns: int) -> int:
    """The column that the user says holds the label."""
    if asked in names:
        return list(names).index(asked)
    lower = asked.strip().lower()
    if lower in ("first", "last"):
        return 0 if lower == "first" else columns - 1
    if lower in [name.lower() for name in names]:
        return [name.lower() for name in names].index(lower)
    if re.fullmatch("[0-9]{1,6}", lower) and 1 <= int(lower) <= columns:
        return int(lower) - 1
    raise DataError(f"{path} has no column {asked!r}: give first, last, a number from 1 to {columns}, or its name")


def _worth(cells: list[str]) -> float:
    """How much a column looks like labels, from 0: few different whole numbers without gaps, each often; or texts."""
    labels = [label_of(cell) for cell in cells]
    counts = Counter(labels)
    different = len(counts)
    if any(isinstance(label, str) for label in labels):
        numbers = any(_number(cell) is not None for cell in cells)
        unlike = different > max(10, len(cells) / 2)  # the names of pictures, perhaps
        return 0.0 if numbers or different < 2 or "" in counts or different > MOST_CLASSES or unlike else 10.0
    whole = [label for label in counts if isinstance(label, int)]
    if not 1 < different <= MOST_CLASSES:
        return 0.0
    shares = np.array(list(counts.values())) / len(labels)
    evenness = float(-(shares * np.log(shares)).sum() / math.log(different))
    density = different / (max(whole) - min(whole) + 1)
    often = min(1.0, len(labels) / different / 4)
    return float(evenness**2 * density**0.5 * often)


def _is_header(rows: list[list[str]], comma: bool) -> bool:
    """Whether the first line names the columns: with texts, or by counting them."""
    first = [cell.strip() for cell in rows[0]]
    texts = sum(_number(cell, comma) is None for cell in first)
    if any(cell.lower() in LABEL_NAMES for cell in first):
        return True
    if len(first) == 1:
        return texts == 1 and len(rows) > 1 and all(_number(row[0], comma) is not None for row in rows[1:] if row)
    if texts > 1 or (_number(first[0]) is None and first[0].lower() in INDEX_NAMES):
        return True
    if len(rows) == 1:
        return False
    counted = [str(k) for k in range(len(first) + 1)]
    rest = first[first[0].lower() in INDEX_NAMES :]
    return len(rest) > 2 and rest in (counted[: len(rest)], counted[1 : len(rest) + 1])


def _is_index(names: Sequence[str], rows: list[list[str]], columns: int) -> bool:
    """Whether the first column counts the rows, as pandas writes it, and is no label."""
    if names[0].lower() not in INDEX_NAMES if names else len(rows) < 3 or _is_square(columns - 1):
        return False
    firsts = [label_of(row[0]) for row in rows]
    start = firsts[0] if firsts else None
    return isinstance(start, int) and start in (0, 1) and firsts == list(range(start, start + len(firsts)))


def _is_wide(texts: list[str], separator: str | None) -> bool:
    """Whether rows have as many columns each with this separator, and more than one."""
    counts = {_count(text, separator) for text in texts[-3:]}
    return len(counts) == 1 and counts.pop() > 1


def _is_numeric(text: str, separator: str | None) -> bool:
    """Whether a row separated so holds numbers, but for one label."""
    return sum(_number(cell, separator != ",") is None for cell in _cells(text, separator) if cell.strip()) <= 1


def _is_square(count: int) -> bool:
    return count > 3 and math.isqrt(count) ** 2 == count


# Lines and cells


def _blocks(file: File) -> Iterator[tuple[Lines, float | None]]:
    """The lines of a file in blocks of about BLOCK_BYTES, with the share of the file that has been read.

    Blank lines are left out; of a file that has nothing else, the blocks are empty.
    """
    with file.open() as stream:
        lines: Lines = {}
        length = number = done = 0
        while data := stream.readline(_LONGEST_LINE + 1):
            number += 1
            if len(data) > _LONGEST_LINE:
                raise DataError(f"line {number} of {file.said} is too long: is it a table, a row an example?")
            length += len(data)
            if text := _decoded(file, number, data):
                lines[number] = text
            if length > BLOCK_BYTES or number % _MOST_LINES == 0:
                done += length
                yield lines, min(done / file.size, 1.0) if file.size else None
                lines, length = {}, 0
        if lines:
            yield lines, 1.0


def _decoded(file: File, number: int, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig" if number == 1 else "utf-8").strip(" \r\n")
    except UnicodeDecodeError:
        raise DataError(f"line {number} of {file.said} is not UTF-8 text: save it as CSV in UTF-8") from None


def _cells(text: str, separator: str | None) -> list[str]:
    if separator is None:
        return text.split()
    try:
        return next(csv.reader([text], delimiter=separator), [])
    except csv.Error:
        return []


def _number(text: str, comma: bool = False) -> float | None:
    try:
        return float(text.replace(",", ".") if comma else text)
    except ValueError:
        return None
