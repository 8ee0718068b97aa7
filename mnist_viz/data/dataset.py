"""A data set in memory: its three parts and how many examples each has, its classes, the shape of an image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError


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
        notes: sentences on how the data were read, for whoever uses them.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    train: Subset
    validation: Subset
    test: Subset
    source: str
    image_shape: tuple[int, ...] = (28, 28)
    notes: tuple[str, ...] = ()

    @property
    def input_size(self) -> int:
        return int(self.train.images.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes of memory that its pictures hold; those that are mapped from a file hold none."""
        owners = [_owner(part.images) for part in (self.train, self.validation, self.test)]
        return sum({id(one): one.nbytes for one in owners if not isinstance(one, np.memmap)}.values())

    def counted(self, count: int, word: str) -> str:
        """How many there are: "1 training digit", "2,000 test pictures"."""
        return f"{count:,} {word} {self.noun if count != 1 else self.noun[:-1]}"

    @property
    def noun(self) -> str:
        """What a sentence calls its pictures: digits, if that is what they are."""
        grey = len(self.image_shape) == 2
        return "digits" if grey and set(self.class_names) <= set("0123456789") else "pictures"


def _owner(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The array whose memory this one is a view of."""
    while not isinstance(array, np.memmap) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


@dataclass(frozen=True)
class Split:
    """Numbers of examples. Validation examples are the last ones of what is published as training data."""

    train: int
    validation: int
    test: int

    @property
    def published_train(self) -> int:
        """What the publisher calls the training data: from it the validation part is cut."""
        return self.train + self.validation

    @property
    def total(self) -> int:
        return self.train + self.validation + self.test

    def limited(self, limit: int | None) -> "Split":
        """At most `limit` training examples, and validation and test examples in the same proportion.

        Every part keeps at least one example. None, or a limit above what there is, changes nothing.

        Raises:
            DataError: `limit` is not a whole number of at least 1.
        """
        if limit is None:
            return self
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise DataError(f"a limit of {limit!r} training digits is impossible: give a whole number from 1")
        if limit >= self.train:
            return self
        return Split(
            train=limit,
            validation=max(1, round(self.validation * limit / self.train)),
            test=max(1, round(self.test * limit / self.train)),
        )
