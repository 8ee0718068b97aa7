"""What the data dialog is told of data sets: plain values, and how sizes are written."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
"""(k, height, width), or (k, height, width, 3) for colour."""

Phase = Literal["rest", "working", "failed", "done"]
"""Of a data set: nothing happens; something goes on; it went wrong, or well, and there is a sentence on it."""


@dataclass(frozen=True)
class DataEntry:
    """One data set.

    Attributes:
        image_shape: (height, width), or (height, width, 3) for colour.
        present: it can be used without fetching anything.
        in_use: the network learns from it.
        mixed: keys of what is mixed in, where it is in use together with other sets.
        mixed_titles: the same in words.
        bytes_here: size of its files; 0 where it has none.
        bytes_to_fetch: size of the download; 0 for what is never fetched.
        place: where its files are or would be; empty where it has none.
        deletable: the program fetched it, and may delete it.
        mixes: keys of the sets that can be mixed into its training examples.
    """

    key: str
    title: str
    examples: int
    classes: int
    image_shape: tuple[int, ...] = (28, 28)
    licence: str = ""
    source: str = ""
    present: bool = True
    in_use: bool = False
    mixed: tuple[str, ...] = ()
    mixed_titles: tuple[str, ...] = ()
    bytes_here: int = 0
    bytes_to_fetch: int = 0
    place: str = ""
    deletable: bool = False
    mixes: tuple[str, ...] = ()

    @property
    def facts(self) -> str:
        return facts(self.examples, self.classes, self.image_shape)

    @property
    def origin(self) -> str:
        """Its licence and where it comes from, as sentences."""
        source = self.source[:1].upper() + self.source[1:]
        licence = f"Licence: {self.licence}" if self.licence else ""
        return " ".join(f"{part}." for part in (licence, source) if part)

    @property
    def status(self) -> str:
        """Whether it is here or in use, and its size."""
        size = f" · {megabytes(self.bytes_here)} on disk" if self.bytes_here else ""
        if self.in_use:
            return f"In use with {' and '.join(self.mixed_titles)}" if self.mixed_titles else f"In use{size}"
        return f"Here{size}" if self.present else f"Not here · {megabytes(self.bytes_to_fetch)} to fetch"


@dataclass(frozen=True, eq=False)
class OwnClass:
    """One class of the user's own data: how many examples each part has, and some of them."""

    name: str
    train: int
    validation: int
    test: int
    pictures: Pictures


@dataclass(frozen=True, eq=False)
class OwnData:
    """The user's own data, before they are used.

    Attributes:
        kind: what it is in words, such as "a folder of pictures".
        classes: in the order of the labels.
        decided, warnings: sentences.
        fittable: each picture can be brought into MNIST's form, one by one.
        fitted: it was asked for.
        label_column: "first", "last" or a number from 1, of a table whose label may be in another; else empty.
        white: the number that was taken for white, and `whites` what may be chosen for it.
    """

    title: str
    path: str
    kind: str
    image_shape: tuple[int, ...]
    classes: tuple[OwnClass, ...]
    decided: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    fittable: bool = False
    fitted: bool = False
    label_column: str = ""
    white: float | None = None
    whites: tuple[float, ...] = ()

    @property
    def facts(self) -> str:
        examples = sum(c.train + c.validation + c.test for c in self.classes)
        return f"{self.kind}: {facts(examples, len(self.classes), self.image_shape)}"


def facts(examples: int, classes: int, image_shape: tuple[int, ...]) -> str:
    """How much there is, in one line."""
    height, width = image_shape[:2]
    counted = f"{examples:,} {'example' if examples == 1 else 'examples'}"
    named = f"{classes} {'class' if classes == 1 else 'classes'}"
    return f"{counted} · {named} · {height}×{width} {'colour' if len(image_shape) == 3 else 'grey'}"


def megabytes(count: int) -> str:
    """Bytes as they are written: "11.6 MB", "562 MB"."""
    size = count / 1e6
    return f"{size:.0f} MB" if size >= 100 else f"{size:.1f} MB" if size >= 0.1 else f"{count / 1e3:.1f} kB"
