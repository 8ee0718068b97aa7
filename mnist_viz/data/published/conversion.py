"""Published arrays are checked and brought into the program's form: upright images of one size, labels from 0."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing import ink
from mnist_viz.data.errors import DataError
from mnist_viz.data.published.raw import ARRAYS, Arrays, RawFiles, Shapes, by

# Images a step: memory for the intermediate results stays bounded.
_STEP = 2_000
# How bright red, green and blue are (ITU-R Recommendation BT.601).
_BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)
_AGAIN = "delete the files and fetch them again"

Pair = tuple[NDArray[np.uint8], NDArray[np.integer]]


def converted(published: Arrays, raw: RawFiles, shapes: Shapes, classes: int, title: str) -> Arrays:
    """The four arrays in the program's form, with these shapes and labels from 0 to `classes` - 1.

    Raises:
        DataError: what was published is something else; names what.
    """
    check_arrays(published, raw.published(shapes), None, title)
    convert = CONVERSIONS[raw.conversion]
    arrays: Arrays = {}
    for part in ("train", "test"):
        images, labels = f"{part}_images", f"{part}_labels"
        arrays[images], arrays[labels] = convert(published[images], published[labels])
    check_arrays(arrays, shapes, classes, title)
    return arrays


def check_arrays(arrays: Mapping[str, NDArray[Any]], shapes: Shapes, classes: int | None, title: str) -> None:
    """See that the arrays have the expected shapes, bytes for pixels, and labels from 0 to `classes` - 1.

    Args:
        classes: None for labels of any kind, as they are published.

    Raises:
        DataError: names what is wrong.
    """
    for name in ARRAYS:
        array, what = arrays[name], f"the {name.replace('_', ' ')} of {title}"
        if array.shape != tuple(shapes[name]):
            raise DataError(f"{what} are {by(array.shape)} where {by(shapes[name])} is expected: {_AGAIN}")
        images = name.endswith("images")
        if array.dtype != np.uint8 if images else not np.issubdtype(array.dtype, np.integer):
            raise DataError(
                f"{what} are {array.dtype} where {'bytes' if images else 'integers'} are expected: {_AGAIN}"
            )
        if images:
            # An interrupted copy may have its full length and zeros for the rest.
            empty = len(array) - int(np.count_nonzero(array.reshape(len(array), -1).any(axis=1)))
            if empty * 100 > len(array):
                raise DataError(f"of {what} {empty:,} of {len(array):,} are empty: {_AGAIN}")
        elif classes is not None:
            low, high = int(array.min()), int(array.max())
            if low < 0 or high >= classes:
                raise DataError(f"{what} run from {low} to {high}, not from 0 to {classes - 1}: {_AGAIN}")


def _as_published(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    return images, labels


def upright(images: NDArray[Any]) -> NDArray[Any]:
    """EMNIST's images are transposed (G. Cohen and others, "EMNIST", 2017, as NIST's files have them)."""
    return images.swapaxes(1, 2)


def _upright(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    return upright(images), labels


def _letters(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    """EMNIST's letters count from 1."""
    return upright(images), labels.astype(np.int64) - 1


def _first_column(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    """QMNIST tells eight things of each digit: which it is, then series, writer and place."""
    return images, labels[:, 0]


def _boxed(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    """USPS fills 16x16 pixels: enlarged to MNIST's box of 20x20, and centred by mass in 28x28."""
    resample = resampling(images.shape[1], ink.BOX)
    boxed = [  # never quite empty: an image without ink has no centre of mass
        ink.centred(np.clip(resample @ (images[start : start + _STEP] / 255) @ resample.T, 1e-6, 1))
        for start in range(0, len(images), _STEP)
    ]
    return np.concatenate(boxed), labels


def _grey(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    """Colour images (n, side, side, 3) as grey ones of 28x28."""
    resample = resampling(images.shape[1], ink.SIDE)
    grey = [
        np.rint(resample @ (images[start : start + _STEP] @ _BRIGHTNESS) @ resample.T).astype(np.uint8)
        for start in range(0, len(images), _STEP)
    ]
    return np.concatenate(grey), labels


def resampling(old: int, new: int) -> NDArray[np.float32]:
    """The matrix (new, old) that brings a line of `old` pixels to `new`: linear interpolation, with the triangle
    widened to the new pixels where there are fewer of them, so that none of the old is lost."""
    scale = old / new
    centres = (np.arange(new) + 0.5) * scale
    distance = np.abs(centres[:, None] - (np.arange(old) + 0.5)) / max(1.0, scale)
    weights = np.maximum(0, 1 - distance)
    matrix: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return matrix


CONVERSIONS: dict[str, Callable[[NDArray[np.uint8], NDArray[np.integer]], Pair]] = {
    "as published": _as_published,
    "upright": _upright,
    "letters": _letters,
    "first column": _first_column,
    "boxed": _boxed,
    "grey": _grey,
}
