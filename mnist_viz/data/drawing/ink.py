"""Pen strokes become a 28x28 digit the way MNIST made its own: fitted, drawn round, antialiased, centred."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing.pen import coverage

Stroke = NDArray[np.floating]

SIDE = 28
"""Pixels along a side of the picture."""
BOX = 20
"""Pixels along a side of the box that the ink of a digit fills (LeCun et al. 1998, section III.A)."""
CENTRE = 14
"""Row and column of the pixel that the centre of mass falls into, as in all of MNIST."""
PEN = 2.4
"""Width of the pen in pixels of the picture; the median stroke of MNIST's training digits is as thick."""

# A centre of mass this near to the border between two pixels counts as on it. Without that, the rounding of
# the last bit would move a symmetric drawing by a pixel when it is resized.
_TIE = 1e-6
# So many digits are drawn at once: their distance fields stay in the processor's cache.
_CHUNK = 64


def render_many(
    points: NDArray[np.floating],
    starts: NDArray[np.bool_],
    sizes: NDArray[np.integer],
    pen: float | NDArray[np.floating] = PEN,
) -> NDArray[np.uint8]:
    """Draw many digits as MNIST makes them. Position and size of each drawing do not matter.

    Args:
        points: (p, 2), the points of all digits one after the other, x and y with y downwards, in any units.
        starts: (p,), True where the pen comes down. A digit's first point always counts as such.
        sizes: (n,), the number of points of each digit; their sum is p. 0 makes an empty picture.
        pen: width of the pen in pixels, one for all or one a digit (n,).

    Returns:
        uint8 (n, 28, 28).

    Raises:
        ValueError: shapes that do not agree, a number that is not finite, an unusable pen.
    """
    path, counts = np.asarray(points, np.float64), np.asarray(sizes, np.int64)
    starts = np.asarray(starts, np.bool_)
    if path.ndim != 2 or path.shape[1] != 2 or starts.shape != path.shape[:1]:
        raise ValueError(f"points must be (p, 2) and starts (p,), not {path.shape} and {starts.shape}")
    if counts.ndim != 1 or (counts < 0).any() or counts.sum() != len(path):
        raise ValueError(f"the sizes of the digits must add up to the {len(path)} points given")
    if not np.isfinite(path).all():
        raise ValueError("a drawing holds a number that is not finite; leave out such points")
    pens = np.broadcast_to(check_pen(pen), counts.shape)
    # Pens of one width together: the thickest of a chunk says how large the windows of all its segments are.
    order = np.argsort(pens, kind="stable")
    place = np.argsort(order)
    by_pen = np.argsort(np.repeat(place, counts), kind="stable")
    path, starts, counts, pens = path[by_pen], starts[by_pen], counts[order], pens[order]
    ends = np.cumsum(counts)
    pictures = np.zeros((len(counts), SIDE, SIDE), np.uint8)
    for first in range(0, len(counts), _CHUNK):
        chunk = np.arange(first, min(first + _CHUNK, len(counts)))
        chunk = chunk[counts[chunk] > 0]
        if len(chunk):
            part = slice(ends[chunk[0]] - counts[chunk[0]], ends[chunk[-1]])
            pictures[chunk] = _draw(path[part], starts[part], counts[chunk], pens[chunk])
    return pictures[place]


def centred(ink: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Move each box (n, 20, 20) by whole pixels so that its centre of mass falls into the middle pixel.

    Returns:
        uint8 (n, 28, 28). Ink is never pushed over the edge.
    """
    return placed(ink, np.clip(moves(ink), 0, SIDE - BOX))


def moves(ink: NDArray[np.floating]) -> NDArray[np.int64]:
    """How far down and right each picture (n, side, side) goes for its centre of mass to fall into the middle pixel.

    Returns:
        (n, 2), in whole pixels, from a place at the upper left of the 28x28 picture.
    """
    moved: NDArray[np.int64] = np.ceil(CENTRE - 0.5 - _TIE - mass_centres(ink)).astype(np.int64)
    return moved


def mass_centres(ink: NDArray[np.floating]) -> NDArray[np.float64]:
    """The centre of mass of each picture (n, side, side), row and column, counted from the middle of the first pixel.

    Returns:
        (n, 2).
    """
    index = np.arange(ink.shape[1])
    mass = ink.sum(axis=(1, 2), dtype=np.float64)
    row = (ink.sum(axis=2, dtype=np.float64) * index).sum(axis=1) / mass
    column = (ink.sum(axis=1, dtype=np.float64) * index).sum(axis=1) / mass
    return np.stack([row, column], axis=1)


def placed(ink: NDArray[np.floating], offsets: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Put each box (n, side, side) of shares 0 to 1 into an empty picture, so many pixels down and right (n, 2).

    Returns:
        uint8 (n, 28, 28).
    """
    count, index = len(ink), np.arange(ink.shape[1])
    pictures = np.zeros((count, SIDE, SIDE), np.uint8)
    rows = (offsets[:, 0, None] + index)[:, :, None]
    columns = (offsets[:, 1, None] + index)[:, None, :]
    pictures[np.arange(count)[:, None, None], rows, columns] = np.rint(ink * 255).astype(np.uint8)
    return pictures


def as_paths(strokes: Sequence[Stroke]) -> list[NDArray[np.float64]]:
    """The strokes that hold points, as float64 (points, 2).

    Raises:
        ValueError: a stroke has another shape or holds a number that is not finite.
    """
    paths = []
    for stroke in strokes:
        try:
            path = np.asarray(stroke, np.float64)
        except (TypeError, ValueError, OverflowError):
            raise ValueError("a stroke must be a list of points [x, y]; this one is none") from None
        if not path.size:
            continue
        if path.ndim != 2 or path.shape[1] != 2:
            raise ValueError(f"a stroke must be a list of points [x, y], not an array of shape {path.shape}")
        if not np.isfinite(path).all():
            raise ValueError("a stroke holds a number that is not finite; leave out such points")
        paths.append(path)
    return paths


def pen_downs(paths: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Where the pen comes down in the points of all paths one after the other, (p,)."""
    starts = np.zeros(sum(map(len, paths)), np.bool_)
    starts[np.cumsum([0] + [len(path) for path in paths[:-1]])] = True
    return starts


def fit(
    points: NDArray[np.float64],
    firsts: NDArray[np.int64],
    digit: NDArray[np.int64],
    pens: NDArray[np.float64],
    *,
    keep_aspect: bool = True,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale and move each digit so that its ink, pen width included, fills the box.

    Of a digit that is narrower than high, or the reverse, the middle of the shorter side lies on the middle
    of a pixel, not between two, so that a symmetric drawing is centred the same way whatever wobble it has.

    Args:
        points: (p, 2), the points of all digits, x and y.
        firsts: (n,), where each digit begins among them.
        digit: (p,), the number of the digit that each point belongs to.
        pens: (n,), the width of each digit's pen in pixels.
        keep_aspect: whether both sides are scaled alike; else each side fills the box.

    Returns:
        (p, 2) in pixels of the box, and (n, 2), how many pixels a unit of x and of y has become; 0 for a side
        without any length.
    """
    low = np.minimum.reduceat(points, firsts, axis=0)
    high = np.maximum.reduceat(points, firsts, axis=0)
    # Halves: the sum or the difference of two huge numbers would overflow.
    middle, half = low / 2 + high / 2, high / 2 - low / 2
    longest = np.broadcast_to(half.max(axis=1)[:, None], half.shape) if keep_aspect else half
    with np.errstate(divide="ignore", over="ignore"):
        scale = ((BOX - pens) / 2)[:, None] / longest
    # A dot has no size, so it keeps the pen's.
    scale[~np.isfinite(scale)] = 0.0
    room = (BOX - pens[:, None]) / 2 - half * scale
    place = BOX / 2 + np.minimum(room, 0.5)
    fitted: NDArray[np.float64] = (points - middle[digit]) * scale[digit] + place[digit]
    return fitted, scale


def check_pen(pen: float | NDArray[np.floating]) -> NDArray[np.float64]:
    """Return pen widths as float64.

    Raises:
        ValueError: one is not between 0.5 and 10 pixels.
    """
    pens = np.asarray(pen, np.float64)
    if not ((pens >= 0.5) & (pens <= BOX / 2)).all():
        raise ValueError(f"the pen must be 0.5 to {BOX // 2} pixels wide, not {pen}")
    return pens


def _draw(
    points: NDArray[np.float64],
    starts: NDArray[np.bool_],
    sizes: NDArray[np.int64],
    pens: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Fit, draw and centre digits of at least one point each: uint8 (n, 28, 28)."""
    firsts = np.cumsum(sizes) - sizes
    digit = np.repeat(np.arange(len(sizes)), sizes)
    starts = starts.copy()
    starts[firsts] = True
    path, _ = fit(points, firsts, digit, pens)
    return centred(coverage(path, starts, digit, pens, BOX))
