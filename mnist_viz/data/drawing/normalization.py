"""From strokes to a digit, step by step, each of which can be left out to see what it is good for; then to a shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing.ink import (
    BOX,
    PEN,
    SIDE,
    Stroke,
    as_paths,
    check_pen,
    fit,
    mass_centres,
    moves,
    pen_downs,
    placed,
)
from mnist_viz.data.drawing.pen import coverage

_MARGIN = (SIDE - BOX) // 2
# Points of a thin line follow each other at least as closely as this, in pixels, so that it has no holes.
_CLOSE = 0.25


@dataclass(frozen=True)
class Steps:
    """Which steps are taken.

    Attributes:
        fit: the ink is scaled into the 20x20 box; else it keeps the size and the place it has on the pad.
        aspect: both sides are scaled alike; else each side is stretched to fill the box.
        pen: a round pen draws, and its ink is averaged to greys; else black pixels mark a line one pixel wide.
        centre: the centre of mass is moved into the middle; else the box stays in the middle, or the ink where
            it was on the pad.
    """

    fit: bool = True
    aspect: bool = True
    pen: bool = True
    centre: bool = True


ALL = Steps()


@dataclass(frozen=True, eq=False)
class Normalization:
    """A drawing after each step. All coordinates are pixels of the 28x28 picture, x to the right and y down.

    Attributes:
        on_pad: the paths as they lie on the pad, whose side is 28 pixels.
        bounds: left, top, right and bottom of the ink on the pad.
        fitted: the paths where the first step has put them.
        scale: how much larger the drawing has become, across and down; 1 where nothing was scaled.
        drawn: uint8 (28, 28), the ink before it was centred.
        mass: x and y of the centre of mass of `drawn`; the middle of the picture is (14.5, 14.5), that of pixel 14.
        moved: how many pixels right and down the ink then went.
        picture: uint8 (28, 28), what the network gets.
    """

    steps: Steps
    on_pad: list[NDArray[np.float64]]
    bounds: tuple[float, float, float, float]
    fitted: list[NDArray[np.float64]]
    scale: tuple[float, float]
    drawn: NDArray[np.uint8]
    mass: tuple[float, float]
    moved: tuple[int, int]
    picture: NDArray[np.uint8]


def normalize(strokes: Sequence[Stroke], steps: Steps = ALL, pen: float = PEN) -> Normalization | None:
    """Draw one digit as `ink.render_many` does, bit for bit if all steps are taken, and keep what each makes of it.

    Args:
        strokes: arrays of shape (points, 2), x and y with y downwards, 0 to 1 across the pad. What lies outside
            the pad is drawn on its edge, if the drawing is not fitted. A stroke of a single point is a dot.
        pen: width of the round pen in pixels.

    Returns:
        The steps' results; None if there is nothing to draw.

    Raises:
        ValueError: a stroke has another shape or holds a number that is not finite; the pen is unusable.
    """
    pens = check_pen(pen if steps.pen else 1.0).reshape(1)
    paths = as_paths(strokes)
    if not paths:
        return None
    points, starts = np.concatenate(paths), pen_downs(paths)
    digit, firsts = np.zeros(len(points), np.int64), np.zeros(1, np.int64)
    with np.errstate(over="ignore"):
        pad = np.clip(points * SIDE, 0, SIDE)
    scale = np.full(2, float(SIDE))
    if steps.fit:
        boxed, scales = fit(points, firsts, digit, pens, keep_aspect=steps.aspect)
        path, scale, side, corner = boxed, scales[0], BOX, _MARGIN
    else:
        path, side, corner = pad, SIDE, 0
    ink = coverage(path, starts, digit, pens, side) if steps.pen else _thin_line(path, starts, side)
    drawn = placed(ink, np.full((1, 2), corner))[0]
    down = right = 0
    if steps.centre:
        low, high = (0, SIDE - BOX) if steps.fit else _room(drawn)
        down, right = (int(n) for n in np.clip(moves(ink)[0], low, high) - corner)
    row, column = mass_centres(ink)[0] + corner + 0.5
    (left, top), (most_right, bottom) = pad.min(axis=0).tolist(), pad.max(axis=0).tolist()
    cuts = np.flatnonzero(starts)[1:]
    return Normalization(
        steps,
        on_pad=np.split(pad, cuts),
        bounds=(left, top, most_right, bottom),
        fitted=np.split(path + corner, cuts),
        scale=(float(scale[0] / SIDE), float(scale[1] / SIDE)),
        drawn=drawn,
        mass=(float(column), float(row)),
        moved=(right, down),
        picture=np.roll(drawn, (down, right), axis=(0, 1)),
    )


def render(strokes: Sequence[Stroke], pen: float = PEN) -> NDArray[np.uint8]:
    """One digit as MNIST makes them, from strokes in any units: uint8 (28, 28), all zeros if there is nothing to draw.

    Raises:
        ValueError: as `normalize` does.
    """
    done = normalize(strokes, pen=pen)
    return done.picture if done is not None else np.zeros((SIDE, SIDE), np.uint8)


def _room(picture: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far up and left (negative), and how far down and right, the ink can go without leaving the picture."""
    row, column = np.nonzero(picture)
    return -np.array([row.min(), column.min()]), SIDE - 1 - np.array([row.max(), column.max()])


def _thin_line(path: NDArray[np.float64], starts: NDArray[np.bool_], side: int) -> NDArray[np.float32]:
    """Blacken the pixels that the paths run through, and no others: (1, side, side)."""
    ink = np.zeros((1, side, side), np.float32)
    for one in np.split(path, np.flatnonzero(starts)[1:]):
        way = np.append(0, np.cumsum(np.hypot(*np.diff(one, axis=0).T)))
        at = np.linspace(0, way[-1], int(way[-1] / _CLOSE) + 2)
        column, row = (np.clip(np.interp(at, way, one[:, axis]), 0, side - 0.5).astype(np.int64) for axis in range(2))
        ink[0, row, column] = 1
    return ink


def to_shape(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return `picture`, uint8 (side, side), as large as fits the middle of `shape`, scaled by area.

    Args:
        picture: light on dark.
        shape: (height, width), or (height, width, 3): then all three channels are the same.
    """
    if picture.shape == shape:
        return picture
    high, wide = shape[:2]
    side = min(high, wide)
    shares = _shares(len(picture), side)
    result = np.zeros((high, wide), np.uint8)
    top, left = (high - side) // 2, (wide - side) // 2
    result[top : top + side, left : left + side] = np.rint(shares @ picture @ shares.T)
    return result if len(shape) == 2 else np.repeat(result[..., None], shape[2], axis=2)


def _shares(source: int, target: int) -> NDArray[np.float64]:
    """Row t says how much of target pixel t each source pixel fills, (target, source); each row sums to 1."""
    edges = np.arange(target + 1) * (source / target)
    pixels = np.arange(source)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares: NDArray[np.float64] = np.clip(covered, 0.0, None) * (target / source)
    return shares
