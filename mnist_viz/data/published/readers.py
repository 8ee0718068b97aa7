"""The program's own readers of published files, one a kind; no file that they open can run code."""

import bz2
import hashlib
import io
import pickle
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.opening import open_file
from mnist_viz.data.published import idx
from mnist_viz.data.published.raw import Arrays, RawFiles, Shapes, by

Paths = Mapping[str, Path]

AGAIN = "delete it and fetch it again"
# Characters of an index and a value, with a label now and then.
_LONGEST_PAIR = 40
# Above what USPS unpacks to (25 MB) and what a batch of CIFAR-10 holds (31 MB).
MAX_TEXT, MAX_BATCH = 30_000_000, 64_000_000


@dataclass(frozen=True)
class Reader:
    """One kind of files.

    Args:
        check: for the price of a few bytes, see that the files are what they should be, with these published shapes.
        read: all of them, as the four published arrays.
        torchvision: whether torchvision reads them where it is installed; our own reader then stands in for it.
    """

    check: Callable[[Paths, Shapes], None]
    read: Callable[[Paths, RawFiles], Arrays]
    torchvision: bool


def check(raw: RawFiles, paths: Paths, shapes: Shapes) -> None:
    """See that each file can be what it should, without reading all of it, for a set with these shapes.

    torchvision itself asks only whether a file exists, so a truncated one would be trusted for ever.

    Raises:
        DataError: names the first file that is not as it should be.
    """
    READERS[raw.reader].check(paths, raw.published(shapes))


def read(raw: RawFiles, paths: Paths) -> Arrays:
    """Read all files: the four arrays as they are published.

    Raises:
        DataError: names the file that is damaged.
    """
    return READERS[raw.reader].read(paths, raw)


# IDX


def _check_idx(paths: Paths, published: Shapes) -> None:
    for array, path in paths.items():
        shape = idx.read_shape(path)
        if shape != tuple(published[array]):
            raise DataError(f"{path} holds an array of {by(shape)} where {by(published[array])} is expected: {AGAIN}")


def _read_idx(paths: Paths, raw: RawFiles) -> Arrays:
    return {name: idx.read(path) for name, path in paths.items()}


# The text of libsvm: a line an example, "label index:value index:value ...", every index there, from 1.


def _check_text(paths: Paths, published: Shapes) -> None:
    for path in paths.values():
        if _bytes(path, 3) != b"BZh":
            raise DataError(f"{path} is not a bz2 archive: {AGAIN}")


def _read_text(paths: Paths, raw: RawFiles) -> Arrays:
    arrays: Arrays = {}
    for part, path in paths.items():
        examples = _numbers(path, 1 + 2 * int(np.prod(raw.image_shape)))
        values = examples[:, 2::2].reshape(-1, *raw.image_shape)
        # Values run from -1 to 1, labels from 1; both become what torchvision makes of them.
        arrays[f"{part}_images"] = ((values + 1) / 2 * 255).astype(np.uint8)
        arrays[f"{part}_labels"] = examples[:, 0].astype(np.int64) - 1
    return arrays


def _numbers(path: Path, width: int) -> NDArray[np.float32]:
    """The numbers of a text, a row a line; the indices are checked."""
    try:
        with open_file(path) as packed, bz2.open(packed) as file:
            text = file.read(MAX_TEXT + 1)
    except EOFError as error:
        raise DataError(f"{path} is cut short: {AGAIN}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): {AGAIN}") from error
    # Anything else than pairs of short numbers is not even looked at.
    if len(text) <= min(MAX_TEXT, _LONGEST_PAIR * text.count(b":")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what cannot be read to its end is only warned of
            try:
                rows = np.fromstring(text.replace(b":", b" ").decode("ascii"), np.float32, sep=" ").reshape(-1, width)
            except (ValueError, DeprecationWarning):
                rows = np.empty((0, width), np.float32)
        indices, values = rows[:, 1::2], rows[:, 2::2]
        if len(rows) and (indices == np.arange(1, indices.shape[1] + 1)).all() and (np.abs(values) <= 1).all():
            return rows
    raise DataError(f"{path} does not hold lines of a label and {width // 2} values: {AGAIN}")


# CIFAR-10's batches: pickled dictionaries with "data", 10,000 rows of 3,072 bytes, and "labels".


class _Kept:
    """Stands for whatever a batch asks to be made, and keeps what it was given: nothing of it is ever run."""

    def __init__(self, *given: object) -> None:
        self.state: object = None

    def __setstate__(self, state: object) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    """Makes numbers, texts, lists and dictionaries; of NumPy's array only its bytes are kept."""

    # The names that arrays are pickled under, by the NumPy of 2009 and by later ones.
    NAMES = frozenset(
        {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self.NAMES:
            return _Kept
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _check_batches(paths: Paths, published: Shapes) -> None:
    pixels = int(np.prod(published["train_images"]) + np.prod(published["test_images"]))
    sizes = {path: path.stat().st_size for path in paths.values()}
    if sum(sizes.values()) < pixels:
        smallest = min(sizes, key=lambda path: sizes[path])
        raise DataError(f"{smallest} or another file beside it is cut short: delete them and fetch them again")


def _read_batches(paths: Paths, raw: RawFiles) -> Arrays:
    found: dict[str, list[tuple[NDArray[np.uint8], NDArray[np.int64]]]] = {"train": [], "test": []}
    for key, path in paths.items():
        found[key.split("_")[0]].append(_batch(path, raw))
    arrays: Arrays = {}
    for part, batches in found.items():
        arrays[f"{part}_images"] = np.concatenate([images for images, _ in batches])
        arrays[f"{part}_labels"] = np.concatenate([labels for _, labels in batches])
    return arrays


def _batch(path: Path, raw: RawFiles) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    data = _bytes(path, MAX_BATCH + 1)
    # The checksum before anything else: what is looked into is what was published.
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != raw.md5[path.name]:
        raise DataError(f"{path} is not as it was published (its checksum is another): {AGAIN}")
    height, width, channels = raw.image_shape
    try:
        batch = _Unpickler(io.BytesIO(data), encoding="bytes").load()
        pixels = batch[b"data"].state[-1]
        images = np.frombuffer(pixels, np.uint8).reshape(-1, channels, height, width)
        labels = np.array(batch[b"labels"], np.int64)
        if labels.shape != (len(images),):
            raise ValueError("labels")
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path} is not a batch of images with labels ({reason}): {AGAIN}") from error
    return images.transpose(0, 2, 3, 1), labels


def _bytes(path: Path, most: int) -> bytes:
    try:
        with open_file(path) as file:
            return file.read(most)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error


READERS = {
    "idx": Reader(_check_idx, _read_idx, torchvision=True),
    "text": Reader(_check_text, _read_text, torchvision=True),
    # torchvision unpickles these with nothing held back.
    "batches": Reader(_check_batches, _read_batches, torchvision=False),
}
