"""What is published differently is brought into one form: upright images of the right size, labels from 0."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing import ink
from mnist_viz.data.published.raw import Arrays

# Images a step: memory for the intermediate results stays bounded.
_STEP = 2_000
# How bright red, green and blue are (ITU-R Recommendation BT.601).
_BRIGHTNESS = np.array([0.299, 0.587, 0.114], np.float32)


def adapt(arrays: Arrays, adapter: str) -> Arrays:
    """Bring the four published arrays into the program's form.

    Args:
        adapter: a name in ADAPTERS.
    """
    adapted = ADAPTERS[adapter]
    result: Arrays = {}
    for part in ("train", "test"):
        images, labels = adapted(arrays[f"{part}_images"], arrays[f"{part}_labels"])
        result[f"{part}_images"], result[f"{part}_labels"] = images, labels
    return result


Pair = tuple[NDArray[np.uint8], NDArray[np.integer]]


def _as_published(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    return images, labels


def _upright(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    """EMNIST's images are transposed (G. Cohen and others, "EMNIST", 2017, as NIST's files have them)."""
    return images.swapaxes(1, 2), labels


def _letters(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Pair:
    """EMNIST's letters count from 1."""
    return images.swapaxes(1, 2), labels.astype(np.int64) - 1


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
    """Colour pictures (n, side, side, 3) as grey ones of 28x28."""
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


ADAPTERS: dict[str, Callable[[NDArray[np.uint8], NDArray[np.integer]], Pair]] = {
    "as published": _as_published,
    "upright": _upright,
    "letters": _letters,
    "first column": _first_column,
    "boxed": _boxed,
    "grey": _grey,
}
