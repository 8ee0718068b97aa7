"""Pen strokes become a 28x28 digit the way MNIST made its own: fitted, drawn round, antialiased, centred."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Stroke = NDArray[np.floating]

SIDE = 28
"""Pixels along a side of the picture."""
BOX = 20
"""Pixels along a side of the box that the ink of a digit fills (LeCun et al. 1998, section III.A)."""
CENTRE = 14
"""Row and column of the pixel that the centre of mass falls into, as in all of MNIST."""
PEN = 2.4
"""Width of the pen in pixels of the picture; the median stroke of MNIST's training digits is as thick."""

# The digit is drawn so many times larger, then averaged down: loops close and sharp corners fill as in MNIST,
# which one pixel's distance to the nearest stroke does not show.
_FINE = 2
# Segments are cut to at most this length, in fine pixels, so that each touches only a small window.
_LONGEST = 4.0
# Points that follow each other more closely than this, in pixels, are thinned: thousands of points a drawing.
_CLOSEST = 0.25
# A centre of mass this near to the border between two pixels counts as on it. Without that, the rounding of
# the last bit would move a symmetric drawing by a pixel when it is resized.
_TIE = 1e-6
# So many digits are drawn at once: their distance fields stay in the processor's cache.
_CHUNK = 64
# So many segments are drawn at once, which bounds the memory that an endless scribble takes.
_BLOCK = 4096


def render(strokes: Sequence[Stroke], pen: float = PEN) -> NDArray[np.uint8]:
    """Draw one digit as MNIST makes them.

    Args:
        strokes: arrays of shape (points, 2), x and y with y downwards, in any units. A stroke of a single
            point is a dot. Position and size of the whole drawing do not matter.
        pen: width of the round pen in pixels of the picture.

    Returns:
        uint8 (28, 28), 0 = background, 255 = ink; all zeros if there is nothing to draw.

    Raises:
        ValueError: a stroke has another shape or holds a number that is not finite; the pen is unusable.
    """
    paths = [_as_path(stroke) for stroke in strokes]
    paths = [path for path in paths if len(path)]
    if not paths:
        _check_pen(pen)
        return np.zeros((SIDE, SIDE), np.uint8)
    points = np.concatenate(paths)
    starts = np.zeros(len(points), np.bool_)
    starts[np.cumsum([0] + [len(path) for path in paths[:-1]])] = True
    picture: NDArray[np.uint8] = render_many(points, starts, np.array([len(points)]), pen)[0]
    return picture


def render_many(
    points: NDArray[np.floating],
    starts: NDArray[np.bool_],
    sizes: NDArray[np.integer],
    pen: float | NDArray[np.floating] = PEN,
) -> NDArray[np.uint8]:
    """Draw many digits; what `render` does for one.

    Args:
        points: (p, 2), the points of all digits one after the other, x and y with y downwards.
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
    pens = np.broadcast_to(_check_pen(pen), counts.shape)
    ends = np.cumsum(counts)
    pictures = np.zeros((len(counts), SIDE, SIDE), np.uint8)
    for first in range(0, len(counts), _CHUNK):
        chunk = np.arange(first, min(first + _CHUNK, len(counts)))
        chunk = chunk[counts[chunk] > 0]
        if len(chunk):
            part = slice(ends[chunk[0]] - counts[chunk[0]], ends[chunk[-1]])
            pictures[chunk] = _draw(path[part], starts[part], counts[chunk], pens[chunk])
    return pictures


def centred(ink: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Move each box (n, 20, 20) by whole pixels so that its centre of mass falls into the middle pixel.

    Returns:
        uint8 (n, 28, 28). Ink is never pushed over the edge.
    """
    count = len(ink)
    index = np.arange(BOX)
    mass = ink.sum(axis=(1, 2), dtype=np.float64)
    row = (ink.sum(axis=2, dtype=np.float64) * index).sum(axis=1) / mass
    column = (ink.sum(axis=1, dtype=np.float64) * index).sum(axis=1) / mass
    moves = np.ceil(CENTRE - 0.5 - _TIE - np.stack([row, column])).astype(np.int64)
    down, right = np.clip(moves, 0, SIDE - BOX)
    pictures = np.zeros((count, SIDE, SIDE), np.uint8)
    rows = (down[:, None] + index)[:, :, None]
    columns = (right[:, None] + index)[:, None, :]
    pictures[np.arange(count)[:, None, None], rows, columns] = np.rint(ink * 255).astype(np.uint8)
    return pictures


def _as_path(stroke: Stroke) -> NDArray[np.float64]:
    """Return a stroke as float64 (points, 2).

    Raises:
        ValueError: it has another shape or holds a number that is not finite.
    """
    try:
        path = np.asarray(stroke, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("a stroke must be a list of points [x, y]; this one is none") from None
    if path.size == 0:
        return np.empty((0, 2))
    if path.ndim != 2 or path.shape[1] != 2:
        raise ValueError(f"a stroke must be a list of points [x, y], not an array of shape {path.shape}")
    if not np.isfinite(path).all():
        raise ValueError("a stroke holds a number that is not finite; leave out such points")
    return path


def _check_pen(pen: float | NDArray[np.floating]) -> NDArray[np.float64]:
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
    path = _fit(points, firsts, digit, pens)
    keep = _thinned(path, starts)
    ink = _coverage(path[keep], starts[keep], digit[keep], pens)
    return centred(ink)


def _fit(
    points: NDArray[np.float64],
    firsts: NDArray[np.int64],
    digit: NDArray[np.int64],
    pens: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Scale and move each digit so that its ink, pen width included, fills the box and keeps its aspect.

    Of a digit that is narrower than high, or the reverse, the middle of the shorter side lies on the middle
    of a pixel, not between two, so that a symmetric drawing is centred the same way whatever wobble it has.
    """
    low = np.minimum.reduceat(points, firsts, axis=0)
    high = np.maximum.reduceat(points, firsts, axis=0)
    # Halves: the sum or the difference of two huge numbers would overflow.
    middle, half = low / 2 + high / 2, high / 2 - low / 2
    with np.errstate(divide="ignore", over="ignore"):
        scale = (BOX - pens) / 2 / half.max(axis=1)
    # A dot has no size, so it keeps the pen's.
    scale[~np.isfinite(scale)] = 0.0
    room = (BOX - pens[:, None]) / 2 - half * scale[:, None]
    place = BOX / 2 + np.minimum(room, 0.5)
    fitted: NDArray[np.float64] = (points - middle[digit]) * scale[digit, None] + place[digit]
    return fitted


def _thinned(path: NDArray[np.float64], starts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Choose about one point in each _CLOSEST of way, and both ends of every stroke: a mask (p,)."""
    step = np.zeros(len(path))
    step[1:] = np.hypot(*np.diff(path, axis=0).T)
    step[starts] = 0.0
    way = np.cumsum(step)
    mark = ((way - way[starts][np.cumsum(starts) - 1]) / _CLOSEST).astype(np.int64)
    keep = starts.copy()
    keep[1:] |= np.diff(mark) != 0
    keep[:-1] |= starts[1:]
    keep[-1] = True
    return keep


def _coverage(
    path: NDArray[np.float64], starts: NDArray[np.bool_], digit: NDArray[np.int64], pens: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Draw the paths, in pixels of the box, with round pens: the share of ink in each pixel, (n, 20, 20).

    A fine pixel's share follows from the distance of its middle to the nearest segment, which is exact for a
    straight edge along the pixels and close for every other.
    """
    count, size = len(pens), BOX * _FINE
    radius = pens / 2 * _FINE
    a, way, owner = _segments(path * _FINE, starts, digit)

    # Each segment touches at most `window` pixels a side, those whose middles are within `reach` of its own.
    reach = float(radius.max()) + 0.5 + _LONGEST / 2
    window = int(2 * reach) + 1
    margin = int(reach) + 2
    side = size + 2 * margin
    a += margin - 0.5  # now a pixel's middle has whole coordinates
    corner = np.ceil(a + way / 2 - reach).astype(np.int64)
    first = (owner * side + corner[:, 1]) * side + corner[:, 0]
    seen, ahead = (corner - a).astype(np.float32), way.astype(np.float32)
    grid = np.arange(window)
    pixels = grid[:, None] * side + grid
    field = np.full(count * side * side, np.float32(4 * size * size))
    for block in range(0, len(first), _BLOCK):
        part = slice(block, block + _BLOCK)
        square = _squared_distance(seen[part], ahead[part], grid.astype(np.float32))
        np.minimum.at(field, (first[part, None, None] + pixels).ravel(), square.ravel())

    inner = slice(margin, margin + size)
    share = np.sqrt(field.reshape(count, side, side)[:, inner, inner])
    np.subtract((radius + 0.5).astype(np.float32)[:, None, None], share, out=share)
    np.clip(share, 0, 1, out=share)
    averaged: NDArray[np.float32] = share.reshape(count, BOX, _FINE, BOX, _FINE).mean(axis=(2, 4))
    return averaged


def _segments(
    path: NDArray[np.float64], starts: NDArray[np.bool_], digit: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Cut paths into segments of at most _LONGEST: beginnings (s, 2), ways (s, 2), digits (s,)."""
    alone = starts & np.append(starts[1:], True)
    end = np.flatnonzero(~starts | alone)
    begin = np.where(alone[end], end, end - 1)
    way = path[end] - path[begin]
    pieces = np.maximum(np.ceil(np.hypot(way[:, 0], way[:, 1]) / _LONGEST), 1).astype(np.int64)
    which = np.repeat(np.arange(len(pieces)), pieces)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    way = (way / pieces[:, None])[which]
    return path[begin][which] + way * nth[:, None], way, digit[end][which]


def _squared_distance(
    corner: NDArray[np.float32], way: NDArray[np.float32], grid: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Squared distance of a window of pixels to each segment, (s, window, window), rows first.

    Args:
        corner: (s, 2), the window's first pixel, x and y, seen from the segment's beginning.
        way: (s, 2), the segment's end, seen from there.
        grid: (window,), 0, 1, 2, ...
    """
    x = corner[:, 0, None] + grid
    y = corner[:, 1, None] + grid
    # How far along the segment its nearest point lies, 0 to 1; a dot is a segment without length.
    unit = way / np.maximum((way * way).sum(axis=1), np.float32(1e-12))[:, None]
    along = (y * unit[:, 1, None])[:, :, None] + (x * unit[:, 0, None])[:, None, :]
    np.clip(along, 0, 1, out=along)
    square: NDArray[np.float32] = along * -way[:, 0, None, None]
    square += x[:, None, :]
    np.square(square, out=square)
    along *= -way[:, 1, None, None]
    along += y[:, :, None]
    np.square(along, out=along)
    square += along
    return square
