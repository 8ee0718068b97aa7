"""Arrays in files, NumPy's `.npy` (and so what an `.npz` holds) and IDX: header first, then entries in blocks."""

import gzip
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data import npz
from mnist_viz.data.errors import DataError
from mnist_viz.data.file import File
from mnist_viz.data.published import idx
from mnist_viz.data.published.raw import by
from mnist_viz.data.user.examples import (
    BLOCK_BYTES,
    LONGEST_NAME,
    LONGEST_SIDE,
    MOST_BYTES,
    MOST_CLASSES,
    Labels,
    as_whole,
)

# An array stored column by column is in memory as a whole, and several times while it is turned.
MOST_COLUMNWISE = MOST_BYTES // 4


@dataclass(frozen=True)
class Array:
    """An array of plain numbers or texts whose header is harmless."""

    file: File
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[NDArray[Any]]]
    """Read it in blocks of whole entries along its first dimension, of about BLOCK_BYTES each."""

    @property
    def name(self) -> str:
        return self.file.name.removesuffix(".npy")


def array_in(file: File, start: bytes) -> Array | None:
    """The array that a file holds which begins with `start`; None if it holds something else.

    Raises:
        DataError: its header is damaged, or not harmless.
    """
    if start[:6] == b"\x93NUMPY":
        return _numpy(file)
    return _idx(file) if idx.begins(start) else None


def _numpy(file: File) -> Array:
    said = file.said
    with file.open() as stream:
        header = npz.read_header(stream, file.name, None if isinstance(stream, gzip.GzipFile) else file.size)
    if header.dtype.hasobject:
        raise DataError(
            f"{said} holds Python objects, which could run code: save plain numbers or texts "
            "(np.array(labels, dtype=str))"
        )
    if not header.whole:
        raise DataError(f"{said} is not as long as it says: save it again")
    if math.prod(header.shape) and header.row_bytes > 8 * 4 * LONGEST_SIDE**2:
        raise DataError(
            f"{said} has entries of {by(header.shape[1:])}, {header.dtype}: a picture may have at most "
            f"{LONGEST_SIDE} pixels along a side, make them smaller"
        )

    def blocks() -> Iterator[NDArray[Any]]:
        if header.fortran and len(header.shape) > 1 and header.shape[0] * header.row_bytes > MOST_COLUMNWISE:
            raise DataError(f"{said} is stored column by column: save it with np.ascontiguousarray")
        with file.open() as stream:
            npz.read_header(stream, file.name, None)
            yield from npz.blocks_of(stream, header, BLOCK_BYTES)
            if stream.read(1):
                raise DataError(f"{said} is not as long as it says: save it again")

    return Array(file, header.shape, header.dtype, blocks)


def _idx(file: File) -> Array:
    with file.open() as stream:
        shape, dtype = idx.read_header(stream, file.said)
    header = npz.Header(file.name, shape, dtype, fortran=False, whole=True)

    def blocks() -> Iterator[NDArray[Any]]:
        with file.open() as stream:
            idx.read_header(stream, file.said)
            yield from npz.blocks_of(stream, header, BLOCK_BYTES)

    return Array(file, shape, dtype, blocks)


def image_shape(array: Array) -> tuple[int, ...]:
    """(height, width) or (height, width, 3) of an array of pictures.

    Raises:
        DataError: it is of another kind.
    """
    said, size = array.file.said, list(array.shape[1:])
    if array.dtype.kind not in "buif" or not size:
        raise DataError(
            f"{said} is {array.dtype} of shape {by(array.shape)}: pictures must be numbers of shape (n, height, width)"
        )
    if len(size) == 1 and math.isqrt(size[0]) ** 2 == size[0]:
        size = [math.isqrt(size[0])] * 2
    if len(size) == 3 and 1 in (size[0], size[2]):
        size.remove(1)
    if len(size) not in (2, 3) or (len(size) == 3 and size[2] != 3):
        raise DataError(
            f"{said} has the shape {by(array.shape)}: pictures must have the shape (n, height, width), "
            "(n, height, width, 3), or (n, pixels) of a square"
        )
    if not all(1 <= side <= LONGEST_SIDE for side in size[:2]):
        raise DataError(
            f"the pictures of {said} are {by(tuple(size))}: a side may have 1 to {LONGEST_SIDE} pixels, make them "
            "smaller"
        )
    return tuple(size)


def is_one_hot(array: Array) -> bool:
    """Whether an array of labels has a column for each class."""
    return len(array.shape) == 2 and array.shape[1] > 1


def check_labels(array: Array) -> None:
    """Raise DataError unless these can be labels: (n,) or (n, 1), or a column for each class."""
    said = array.file.said
    columns = math.prod(array.shape[1:])
    numbers = array.dtype.kind in "buif"
    if (
        not (numbers or array.dtype.kind in "US")
        or not array.shape
        or not 1 <= columns <= (MOST_CLASSES if numbers else 1)
    ):
        raise DataError(
            f"{said} is {array.dtype} of shape {by(array.shape)}: labels must be whole numbers or texts of shape (n,), "
            "or 0 and 1 in a column for each class"
        )
    if array.dtype.kind in "US" and array.dtype.itemsize > 16 * LONGEST_NAME:
        raise DataError(f"{said} has texts too long for the names of classes: shorten them")


def codes(array: Array, block: NDArray[Any], labels: Labels) -> NDArray[np.int64]:
    """The labels' numbers of a block of an array of labels, (b,).

    Raises:
        DataError: a label that none can be.
    """
    said = array.file.said
    if is_one_hot(array):
        block = one_hot(block.reshape(len(block), -1))
        if (block < 0).any():
            raise DataError(f"{said} has a row without a single 1: save the number of the class, or one 1 in each row")
    values, places = np.unique(block.reshape(-1), return_inverse=True)
    found = np.empty(len(values), np.int64)
    for index, value in enumerate(values.tolist()):
        label: int | float | str = text_of(value) if isinstance(value, bytes | str) else value
        if isinstance(label, bool | float):
            whole = as_whole(label)
            if whole is None:
                raise DataError(f"{said} holds the label {label}: labels must be whole numbers or texts")
            label = whole
        try:
            found[index] = labels.code(label)
        except ValueError as error:
            raise DataError(f"{said} has {error}: is it the right array?") from None
    return found[places.reshape(-1)]


def one_hot(rows: NDArray[Any]) -> NDArray[np.int64]:
    """The column with the 1 in each row (n, columns), or -1 for a row with anything but a single 1 and zeros."""
    ones = rows == 1
    single: NDArray[np.bool_] = (ones.sum(axis=1) == 1) & ((rows == 0) | ones).all(axis=1)
    return np.where(single, ones.argmax(axis=1), -1)


def class_names(array: Array) -> tuple[str, ...]:
    """The texts, or numbers, of an array that names the classes of labels that count from 0.

    Raises:
        DataError: they cannot be names.
    """
    said = array.file.said
    if array.dtype.kind not in "USiu" or len(array.shape) != 1 or not 0 < array.shape[0] <= MOST_CLASSES:
        raise DataError(
            f"{said} is {array.dtype} of shape {by(array.shape)}: class names must be up to {MOST_CLASSES} texts"
        )
    check_labels(array)
    names = [text_of(value) for block in array.blocks() for value in block.tolist()]
    if len(set(names)) < len(names) or not all(0 < len(name) <= LONGEST_NAME and name.isprintable() for name in names):
        raise DataError(
            f"{said} holds a name twice, an empty one, or one of more than {LONGEST_NAME} letters: give every class "
            "a name of its own"
        )
    return tuple(names)


def text_of(value: Any) -> str:
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip()
