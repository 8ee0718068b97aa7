"""The ink of a picture is fitted into the box that MNIST fits its digits into, and thin lines are widened."""

import numpy as np
from PIL import Image

from mnist_viz.data.drawing.ink import BOX
from mnist_viz.data.drawing.paper import Floats

# The digit is prepared so many times larger than the box, then averaged down.
_FINE = 8
# A line thinner than this, in pixels of the box, is widened to it: a large picture's thin line would vanish.
_THINNEST = 2.0


def boxed(share: Floats) -> Floats:
    """Fit the ink of a picture into the box.

    Args:
        share: (h, w), the share of ink in each pixel, 0 to 1, some of it not 0.

    Returns:
        float32 (20, 20), 0 to 1; the longer side of the ink fills it.
    """
    fine = _wide_enough(share)
    averaged: Floats = fine.reshape(BOX, _FINE, BOX, _FINE).mean(axis=(1, 3))
    return averaged


def _extent(profile: Floats) -> tuple[float, float]:
    """Where the ink begins and ends along a side, from each row's or column's strongest, parts of a pixel told."""
    inked = np.flatnonzero(profile)
    first, last = int(inked[0]), int(inked[-1])
    if first == last:
        return first, last + 1
    return first + 1 - float(profile[first]), last + float(profile[last])


def _fitted(share: Floats, margin: int = 0) -> Floats:
    """Fit the ink into the fine box, less a margin on each side, keeping its aspect: (fine side, fine side)."""
    (top, bottom), (left, right) = _extent(share.max(axis=1)), _extent(share.max(axis=0))
    size = BOX * _FINE
    scale = (size - 2 * margin) / max(bottom - top, right - left)
    height, width = (max(1, round(n * scale)) for n in (bottom - top, right - left))
    # Averages what it makes smaller, interpolates what it makes larger.
    picture = Image.fromarray(share)
    fitted = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR, box=(left, top, right, bottom)))
    square = np.zeros((size, size), np.float32)
    # The shorter side lies on the middle of a pixel, as the drawing pad has it.
    row, column = ((size - n) // 2 + min((size - n) // 2, _FINE // 2) for n in (height, width))
    square[row : row + height, column : column + width] = np.clip(fitted / fitted.max(), 0, 1)
    return square


def _wide_enough(share: Floats) -> Floats:
    """Fit the ink into the fine box, and widen lines that would be so thin that little is left of them."""
    fine = _fitted(share)
    outline = float(np.hypot(*np.gradient(np.pad(fine, 1))).sum())
    # A line of width w and length l covers w * l and has an outline of about 2 * l.
    radius = round((_THINNEST * _FINE - 2 * float(fine.sum()) / outline) / 2)
    if radius < 1:
        return fine
    thin = np.pad(_fitted(share, margin=radius), radius)
    size = len(fine)
    wide = np.zeros_like(fine)
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            if (down - radius) ** 2 + (right - radius) ** 2 <= radius**2:
                np.maximum(wide, thin[down : down + size, right : right + size], out=wide)
    return wide
