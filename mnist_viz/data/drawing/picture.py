"""The digits in a picture from elsewhere: a file, a photo, the clipboard."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_viz.data.drawing.images import grey_of, image_to_digits, read_image
from mnist_viz.data.drawing.paper import border

LARGEST = 600
"""Pixels a side of what is shown of a picture."""

Source = str | NDArray[np.uint8]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class ReadImage:
    """The digits of a picture.

    Attributes:
        name: of the file; empty for a picture without one.
        shown: the picture to show, a square: (28, 28) if it is a digit in MNIST's form, else (side, side, 3).
        pictures: uint8 (28, 28) for each digit, row by row from left to right.
        boxes: left, top, right and bottom of each digit, 0 to 1 across the square.
    """

    name: str
    shown: NDArray[np.uint8]
    pictures: list[NDArray[np.uint8]]
    boxes: list[Box]


def read_picture(source: Source) -> ReadImage:
    """Find the digits in a file or in a picture, uint8 (h, w), (h, w, 3) or, with transparent places, (h, w, 4).

    Raises:
        ValueError: it cannot be read, or is blank; the sentence names the file.
    """
    name = Path(source).name if isinstance(source, str) else ""
    try:
        gray = read_image(source) if isinstance(source, str) else grey_of(Image.fromarray(source))
        found = image_to_digits(gray)
    except ValueError as error:
        raise ValueError(f"{name}: {error}" if name and name not in str(error) else str(error)) from error
    pictures = [digit.picture for digit in found]
    if len(found) == 1 and gray.shape == pictures[0].shape:
        return ReadImage(name, pictures[0], pictures, [(0.0, 0.0, 1.0, 1.0)])
    shown, (left, top, side) = _square(gray)
    boxes = [
        ((d.box[0] + left) / side, (d.box[1] + top) / side, (d.box[2] + left) / side, (d.box[3] + top) / side)
        for d in found
    ]
    return ReadImage(name, shown, pictures, boxes)


def _square(gray: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[int, int, int]]:
    """The picture in the middle of a square of its paper, made smaller; left, top and side of it before that."""
    height, width = gray.shape
    side = max(height, width)
    left, top = (side - width) // 2, (side - height) // 2
    square = np.full((side, side), np.uint8(np.median(border(gray))))
    square[top : top + height, left : left + width] = gray
    small = np.asarray(Image.fromarray(square).reduce(-(-side // LARGEST)))
    return np.repeat(small[:, :, None], 3, axis=2), (left, top, side)
