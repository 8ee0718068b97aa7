"""A data set in memory: its three parts, its classes, and the shape of one of its pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Subset:
    """A part of a data set: images uint8 (n, pixels), labels uint8 (n,), both read-only."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in its three parts; `source` says in words where it comes from.

    Args:
        image_shape: (height, width), or (height, width, 3) for colour; a row of `images` is that array flattened,
            row by row with the channels last.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    train: Subset
    validation: Subset
    test: Subset
    source: str
    image_shape: tuple[int, ...] = (28, 28)

    @property
    def input_size(self) -> int:
        return int(self.train.images.shape[1])

    @property
    def noun(self) -> str:
        """What a sentence calls its pictures: digits, if that is what they are."""
        grey = len(self.image_shape) == 2
        return "digits" if grey and set(self.class_names) <= set("0123456789") else "pictures"
