"""Examples as they are found in the user's own data: blocks of pictures, labels of any kind, and the limits."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError

MOST_BYTES = 1 << 30
"""Bytes of all pictures together. While they are put in order they may take twice as much for a moment."""
MOST_EXAMPLES = 2_000_000
LONGEST_SIDE = 128
"""Pixels along a side of a picture: the network has an input for every pixel."""
MOST_CLASSES = 256
LONGEST_NAME = 64
"""Characters in the name of a class; a model file keeps as many."""
BLOCK_BYTES = 1 << 22
"""About so much is read at once."""


class Labels:
    """Gives every different label, a whole number or a text, a number of its own in the order of appearance."""

    def __init__(self) -> None:
        self._codes: dict[int | str, int] = {}

    def code(self, label: int | str) -> int:
        """Return the label's number.

        Raises:
            ValueError: it is empty or too long, or there are too many; the text goes on "... has ".
        """
        code = self._codes.get(label)
        if code is not None:
            return code
        if isinstance(label, str) and not (0 < len(label) <= LONGEST_NAME and label.isprintable()):
            raise ValueError(f"the label {label[:20]!r} (1 to {LONGEST_NAME} letters are needed)")
        if len(self._codes) == MOST_CLASSES:
            raise ValueError(f"more than {MOST_CLASSES} different labels")
        self._codes[label] = len(self._codes)
        return self._codes[label]

    @property
    def values(self) -> list[int | str]:
        """The labels by their numbers."""
        return list(self._codes)


@dataclass
class Part:
    """One part of the data: blocks of pictures uint8 (b, pixels), and the codes of their labels (b,)."""

    blocks: list[NDArray[np.uint8]] = field(default_factory=list)
    codes: list[NDArray[np.int64]] = field(default_factory=list)


@dataclass(frozen=True)
class ClassCount:
    """How many examples of one class each part has."""

    name: str
    train: int
    validation: int
    test: int


@dataclass
class Summary:
    """What was found and what was decided, for a person to look at before the data are used.

    Args:
        kind: such as "a folder of pictures" or "a CSV file".
        classes: in the order of the labels.
        image_shape: (height, width), or (height, width, 3) for colour.
        decided: sentences on how the data were read.
        warnings: sentences on what may go wrong.
        fittable: they are pictures, which can be brought into MNIST's form one by one.
        label_column, white: what was decided where the user can choose, see `Choices`; else empty and None.
        highest: the highest number of any pixel, as it was before it was scaled.
        drawn: they look like drawings, and were not brought into MNIST's form.
    """

    path: Path
    kind: str = ""
    classes: Sequence[ClassCount] = ()
    image_shape: tuple[int, ...] = (28, 28)
    decided: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    fittable: bool = False
    label_column: str = ""
    white: float | None = None
    highest: float = 255
    drawn: bool = False

    @property
    def whites(self) -> tuple[float, ...]:
        """What may be white: usual numbers that no pixel is above."""
        if self.white is None:
            return ()
        usual = (white for white in (1, 15, 16, 100, 255) if white >= self.highest)
        return tuple(sorted({self.white, *usual} | ({self.highest} if self.highest > 0 else set())))


@dataclass
class Found(Summary):
    """All that a reader found.

    Args:
        parts: by the names of PARTS.
        class_names: where the data name their classes and the labels count them from 0.
    """

    parts: dict[str, Part] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)
    class_names: tuple[str, ...] | None = None

    def named(self) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
        """The names of the classes in their natural order, and the class of each of the labels' numbers."""
        values = self.labels.values
        if self.class_names is not None:
            return self.class_names, np.array(values, np.uint8)
        numbers = all(isinstance(value, int) for value in values)
        order = sorted(values, key=int if numbers else natural)
        classes = np.array([order.index(value) for value in values], np.uint8)
        return tuple(str(value) for value in order), classes


def natural(text: object) -> list[tuple[int, int, str]]:
    """A key that sorts "2" before "10", and "b" after "A"."""
    return [
        (0, len(number := piece.lstrip("0")), number) if piece.isdecimal() else (1, 0, piece.casefold())
        for piece in re.split(r"([0-9]+)", str(text))
        if piece
    ]


def as_whole(value: float) -> int | None:
    """The whole number that a float is, or None."""
    return int(value) if np.isfinite(value) and value == int(value) and abs(value) < 2**53 else None


def check_size(path: Path, examples: int, pixels: int) -> None:
    """Raise DataError when so many pictures are more than the program takes."""
    if examples > MOST_EXAMPLES:
        raise DataError(f"{path} holds more than {MOST_EXAMPLES:,} examples: give the program a part of them")
    if examples * pixels > MOST_BYTES:
        raise DataError(
            f"the pictures in {path} take more than {MOST_BYTES >> 30} GiB of memory: give the program a part of them"
        )


def plural(count: int, word: str) -> str:
    """ "1 picture", "2,000 pictures"."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def listed(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
