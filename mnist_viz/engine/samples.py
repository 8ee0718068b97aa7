"""Samples as the engine takes them: images, their shapes, and labels.

What is given is converted once where its meaning is clear, and refused in one sentence otherwise. A row of inputs is an
image row by row, the channels of a pixel side by side.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Shape = tuple[int, ...]
"""(height, width), or (height, width, 3) for colour."""

CHANNELS = 3

MOST_INTENSITY = 16.0
"""Floating-point pixels beyond this were meant to be 0..255; standardized ones stay below it."""


def as_images(given: ArrayLike, name: str, inputs: int | None = None) -> NDArray[Any]:
    """Return images as (n, inputs), C-contiguous: bytes 0..255, or float32 of the given values.

    Whole numbers from 0 to 255 of other types become bytes, unless none is above 1: those are taken as they are.

    Args:
        given: (n, inputs), or (n, height, width) with as many pixels.
        name: what the caller calls them.
        inputs: how many pixels an image must have; None takes any number.

    Raises:
        ValueError: another shape, no image, values that are no numbers, not finite, or of another scale.
    """
    images = np.asarray(given)
    expected = "(n, inputs)" if inputs is None else f"(n, {inputs})"
    if images.ndim > 2:
        images = images.reshape(len(images), -1)
    if images.ndim != 2 or not images.size or (inputs is not None and images.shape[1] != inputs):
        raise ValueError(f"{name} must have the shape {expected} with n at least 1, not {np.shape(given)}")
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    if images.dtype.kind not in "buif":
        raise ValueError(f"{name} must hold numbers, not {images.dtype}")
    if images.dtype.kind in "iu" and images.max() > 1:
        if images.min() < 0 or images.max() > 255:
            raise ValueError(f"{name} must be whole numbers from 0 to 255, not {images.min()} to {images.max()}")
        return np.ascontiguousarray(images, np.uint8)
    with np.errstate(over="ignore"):
        images = np.ascontiguousarray(images, np.float32)
    if not np.isfinite(images).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    if images.max() > MOST_INTENSITY:
        raise ValueError(f"{name} looks like pixels from 0 to 255 (greatest {images.max():g}); divide it by 255")
    return images


def as_labels(given: ArrayLike, classes: int, name: str) -> NDArray[np.integer]:
    """Return labels as whole numbers (n,) from 0 to classes - 1, given like that or as one-hot rows (n, classes).

    Raises:
        ValueError: another shape, or labels out of range.
    """
    labels = np.asarray(given)
    if labels.ndim == 2 and labels.shape[1] == classes and labels.dtype.kind in "buif":
        if not (((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise ValueError(f"{name} must be one-hot rows with a single 1, or class numbers of shape (n,)")
        rows: NDArray[np.intp] = np.argmax(labels, axis=1)
        return rows
    numeric = labels.dtype.kind in "buif" and labels.ndim == 1 and bool(np.isfinite(labels).all())
    whole: NDArray[np.integer] = labels
    if numeric and labels.dtype.kind not in "iu":
        whole = labels.astype(np.intp)
    if not numeric or not (whole == labels).all():
        raise ValueError(f"{name} must hold class numbers of shape (n,), not {labels.dtype} {labels.shape}")
    if whole.size and not 0 <= int(whole.min()) <= int(whole.max()) < classes:
        raise ValueError(f"{name} must be from 0 to {classes - 1}, not {whole.min()} to {whole.max()}")
    return whole


def check_samples(
    images: ArrayLike, labels: ArrayLike, classes: int, which: str, inputs: int | None = None
) -> tuple[NDArray[Any], NDArray[np.integer]]:
    """Images and labels of a set, called X_`which` and y_`which`, that fit each other; see the two functions above.

    Raises:
        ValueError: what those raise, or labels that are not as many as the images.
    """
    checked = as_images(images, f"X_{which}", inputs), as_labels(labels, classes, f"y_{which}")
    if len(checked[0]) != len(checked[1]):
        raise ValueError(f"X_{which} has {len(checked[0])} images and y_{which} {len(checked[1])} labels")
    return checked


def usual_shape(inputs: int) -> Shape | None:
    """The shape taken for `inputs` pixels where nothing else is said: a square; None if they make none.

    >>> usual_shape(784), usual_shape(3072)
    ((28, 28), None)
    """
    side = math.isqrt(inputs)
    return (side, side) if side > 1 and side * side == inputs else None


def shape_problem(shape: object, inputs: int) -> str | None:
    """Say why `shape` cannot be that of `inputs` pixels, to follow "it is"; None if it can."""
    if not isinstance(shape, tuple | list) or any(type(side) is not int or side < 1 for side in shape):
        return "not a list of whole numbers"
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] != CHANNELS):
        return "neither height and width nor height, width and 3"
    return None if math.prod(shape) == inputs else f"not one of {inputs:,} pixels"


def is_colour(shape: Shape | None) -> bool:
    return shape is not None and len(shape) == 3


def size_in_words(shape: Shape | None, inputs: int, times: str = "x") -> str:
    """Say what goes into a network: "28 x 28", "32 x 32 x 3", or "1,000 numbers" that are no picture."""
    return f" {times} ".join(map(str, shape)) if shape is not None else f"{inputs:,} numbers"
