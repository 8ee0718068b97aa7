"""The values that the data dialog shows, and how sizes are written."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.datasets import DatasetInfo

Pictures = NDArray[np.uint8]
"""(k, height, width), or (k, height, width, 3) for colour."""

Phase = Literal["rest", "working", "failed", "done"]
"""Of a data set: idle; at work; failed, or done, with a sentence on it."""


@dataclass(frozen=True)
class DataEntry(DatasetInfo):
    """A row of the list.

    Attributes:
        in_use: the network learns from it.
        mixed: names of what is mixed in, where it is in use together with other sets.
        mixed_titles: their titles.
        bytes_here: size of its files; 0 where it has none.
        mixes: names of the sets that can be mixed into its training examples.
        samples: some of its examples, where they are known.
    """

    in_use: bool = False
    mixed: tuple[str, ...] = ()
    mixed_titles: tuple[str, ...] = ()
    bytes_here: int = 0
    mixes: tuple[str, ...] = ()
    samples: Pictures | None = None

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
        return f"Here{size}" if self.present else f"Not here · {megabytes(self.download_bytes)} to fetch"


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
