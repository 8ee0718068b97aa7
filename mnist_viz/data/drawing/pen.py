"""A round pen draws paths into pixels: the share of ink in each, averaged down from a finer grid."""

import numpy as np
from numpy.typing import NDArray

# The digit is drawn so many times larger, then averaged down: loops close and sharp corners fill as in MNIST,
# which one pixel's distance to the nearest stroke does not show.
_FINE = 2
# Segments are cut to at most this length, in fine pixels, so that each touches only a small window.
_LONGEST = 4.0
# Points that follow each other more closely than this, in pixels, are thinned: thousands of points a drawing.
_CLOSEST = 0.25
# So many segments are drawn at once, which bounds the memory that an endless scribble takes.
_BLOCK = 1024


def coverage(
    path: NDArray[np.float64],
    starts: NDArray[np.bool_],
    digit: NDArray[np.int64],
    pens: NDArray[np.float64],
    side: int,
) -> NDArray[np.float32]:
    """Draw the paths of many digits: the share of ink in each pixel.

    A fine pixel's share follows from the distance of its middle to the nearest segment, which is exact for a
    straight edge along the pixels and close for every other.

    Args:
        path: (p, 2), x and y in pixels, none of them outside 0 to `side`.
        starts: (p,), True where the pen comes down.
        digit: (p,), the number of the digit that each point belongs to, ascending.
        pens: (n,), the width of each digit's pen in pixels.
        side: pixels along a side of each picture.

    Returns:
        float32 (n, side, side), 0 to 1.
    """
    keep = _thinned(path, starts)
    path, starts, digit = path[keep], starts[keep], digit[keep]
    count, size = len(pens), side * _FINE
    radius = pens / 2 * _FINE
    a, way, owner = _segments(path * _FINE, starts, digit)

    # Each segment touches at most `window` pixels a side, those whose middles are within `reach` of its own.
    reach = float(radius.max()) + 0.5 + _LONGEST / 2
    window = int(2 * reach) + 1
    margin = int(reach) + 2
    whole = size + 2 * margin
    a += margin - 0.5  # now a pixel's middle has whole coordinates
    corner = np.ceil(a + way / 2 - reach).astype(np.int64)
    first = (owner * whole + corner[:, 1]) * whole + corner[:, 0]
    seen, ahead = (corner - a).astype(np.float32), way.astype(np.float32)
    grid = np.arange(window)
    pixels = grid[:, None] * whole + grid
    field = np.full(count * whole * whole, 4 * size * size, np.float32)
    for block in range(0, len(first), _BLOCK):
        part = slice(block, block + _BLOCK)
        square = _squared_distance(seen[part], ahead[part], grid.astype(np.float32))
        np.minimum.at(field, (first[part, None, None] + pixels).ravel(), square.ravel())

    inner = slice(margin, margin + size)
    share = np.sqrt(field.reshape(count, whole, whole)[:, inner, inner])
    np.subtract((radius + 0.5).astype(np.float32)[:, None, None], share, out=share)
    np.clip(share, 0, 1, out=share)
    # The mean over the planes is many times as fast as one over two short axes.
    planes = [share[:, i::_FINE, j::_FINE] for i in range(_FINE) for j in range(_FINE)]
    averaged: NDArray[np.float32] = np.mean(planes, axis=0, dtype=np.float32)
    return averaged


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
