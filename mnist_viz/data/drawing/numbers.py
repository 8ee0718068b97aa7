"""Strokes drawn side by side are told apart into digits, so that they can be read as a number."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing.ink import PEN, Stroke, as_paths

# All lengths below are shares of the height of the tallest stroke.

# A stroke at least so high can be a digit of its own. What is lower is the bar of a 5 or a 7, the foot of a 1.
_TALL = 0.4
# Strokes of which the narrower one lies over the other by this share of its width are one digit,
_OVERLAP = 0.45
# unless both are tall and this far from each other: a 1 below the roof of a 7.
_APART = 0.12
# Strokes nearer than this touch.
_TOUCH = 0.06
# Of strokes that touch, this share of the narrower one has to lie over the other. A 2 that runs into its neighbour
# lies over it by less.
_TOUCHING_OVERLAP = 0.2
# A low stroke belongs to the nearest digit if it is no farther from it than this, to the side.
_REACH = 0.12
# So does a stroke that is lower than this share of a stem, and ends so far above the stem's foot: the first
# stroke of a 4, the ring of a 9. The digits of a number stand on one line.
_LOWER, _RAISED, _STEM = 0.8, 0.2, 0.4
# Each stroke is looked at in so many places.
_PLACES = 48
# The width of the pen with which MNIST's digits are drawn, as high as the tallest stroke.
_PEN = PEN / 20
# Rows have so much room between them; a digit that a line has cut in two has less.
_BETWEEN_ROWS = 0.15
# More strokes than this in a row are a scribble, not a number.
_MOST_STROKES = 60


class _Shape:
    """A stroke: its bounds, places along it (k, 2), and its two ends (2, 2)."""

    def __init__(self, path: NDArray[np.float64], *, along: bool) -> None:
        self.left, top, self.right, self.bottom = map(float, (*path.min(axis=0), *path.max(axis=0)))
        self.width, self.height = self.right - self.left, self.bottom - top
        self.ends = path[[0, -1]]
        self.places = path
        if along:
            way = np.append(0, np.cumsum(np.hypot(*np.diff(path, axis=0).T)))
            at = np.linspace(0, way[-1], _PLACES if way[-1] > 0 else 1)
            self.places = np.stack([np.interp(at, way, path[:, axis]) for axis in range(2)], axis=1)


def group(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Tell apart the digits of a number.

    Args:
        strokes: arrays of shape (points, 2), x and y with y downwards, in any units.

    Returns:
        The strokes of each digit in the order in which they were drawn; the digits row by row from left to right.
        Strokes without points are left out.

    Raises:
        ValueError: a stroke has another shape or holds a number that is not finite.
    """
    drawn = [stroke for stroke in strokes if len(stroke)]
    return [[drawn[k] for k in members] for members in _grouped([*as_paths(drawn)], along=True)]


def inks_touch(digits: Sequence[Sequence[Stroke]]) -> bool:
    """Whether two neighbours in a row touch or overlap from side to side, drawn with the pen of MNIST's digits.

    Args:
        digits: the strokes of each, as `group` tells them apart.
    """
    points = [np.concatenate([*as_paths(strokes)]) for strokes in digits]
    boxes = [(*each.min(axis=0).tolist(), *each.max(axis=0).tolist()) for each in points]
    pen = _PEN * max(bottom - top for _, top, _, bottom in boxes)
    return any(
        boxes[b][0] - boxes[a][2] < pen for row in rows(boxes) for a, b in pairwise(sorted(row, key=boxes.__getitem__))
    )


def group_pixels(blobs: Sequence[NDArray[np.integer]]) -> list[list[int]]:
    """Tell apart the digits of a number in a picture.

    Args:
        blobs: the pixels of each piece of ink that hangs together, (pixels, 2), x and y.

    Returns:
        The numbers of the pieces of each digit, the digits row by row from left to right.
    """
    sampled = [blob[:: max(1, len(blob) // _PLACES)] for blob in blobs]
    clouds = [np.concatenate([some, *_extremes(blob)]) for some, blob in zip(sampled, blobs, strict=True)]
    return _grouped(clouds, along=False)


def _extremes(blob: NDArray[np.integer]) -> list[NDArray[np.integer]]:
    """The pixels farthest to the left, to the top, to the right and to the bottom, (1, 2) each."""
    return [blob[at : at + 1] for at in (*blob.argmin(axis=0).tolist(), *blob.argmax(axis=0).tolist())]


def rows(boxes: Sequence[tuple[float, float, float, float]]) -> list[list[int]]:
    """Tell apart the rows in which things are written.

    Args:
        boxes: left, top, right and bottom of each.

    Returns:
        The numbers of the things of each row, the rows from top to bottom. All are one row unless in some row tall
        things stand side by side: one below the other they may be parts of one digit.
    """
    unit = max((bottom - top for _, top, _, bottom in boxes), default=0.0) or 1.0
    tall = [k for k, (_, top, _, bottom) in enumerate(boxes) if bottom - top >= _TALL * unit]
    found: list[list[int]] = []
    reached = -np.inf
    for k in sorted(tall, key=lambda k: boxes[k][1]):
        if boxes[k][1] > reached + _BETWEEN_ROWS * unit:
            found.append([])
        found[-1].append(k)
        reached = max(reached, boxes[k][3])
    if len(found) < 2 or not any(_side_by_side([boxes[k] for k in row]) for row in found):
        return [list(range(len(boxes)))]
    middles = [np.mean([boxes[k][1] + boxes[k][3] for k in row]) for row in found]
    for k in set(range(len(boxes))) - set(tall):
        middle = boxes[k][1] + boxes[k][3]
        found[min(range(len(found)), key=lambda row: abs(middles[row] - middle))].append(k)
    return found


def _side_by_side(boxes: Sequence[tuple[float, float, float, float]]) -> bool:
    ordered = sorted(boxes)
    return any(after[0] > before[2] for before, after in pairwise(ordered))


def _grouped(pieces: list[NDArray[Any]], *, along: bool) -> list[list[int]]:
    """Tell apart pieces (points, 2): paths, `along` which the pen went, or any places with ink."""
    if len(pieces) <= 1:
        return [list(range(len(pieces)))] if pieces else []
    corners = [(*piece.min(axis=0).tolist(), *piece.max(axis=0).tolist()) for piece in pieces]
    found = []
    for row in rows(corners):
        digits = _digits_of([pieces[k] for k in row], along=along)
        found += [sorted(row[k] for k in members) for members in digits]
    return found


def _digits_of(pieces: list[NDArray[Any]], *, along: bool) -> list[list[int]]:
    """The same for the pieces of one row."""
    if len(pieces) == 1 or len(pieces) > _MOST_STROKES:
        return [list(range(len(pieces)))]
    spans = np.array([np.ptp(piece, axis=0) for piece in pieces])
    unit = float(spans[:, 1].max()) or float(spans.max()) or 1.0
    shapes = [_Shape(piece / unit, along=along) for piece in pieces]
    digits: list[list[int]] = []
    # The tall strokes first: they are the digits, and what is low joins the one that suits it best.
    for k in sorted(range(len(shapes)), key=lambda k: -shapes[k].height):
        near = [digit for digit in digits if any(_belong(shapes[k], shapes[other]) for other in digit)]
        if shapes[k].height < _TALL:
            near = near or [digit for digit in digits if _gap(shapes[k], digit, shapes) <= _REACH]
            near = sorted(near, key=lambda digit: _gap(shapes[k], digit, shapes))[:1]
        for digit in near:
            digits.remove(digit)
        digits.append([k, *(member for digit in near for member in digit)])
    digits.sort(key=lambda digit: min(shapes[k].left for k in digit) + max(shapes[k].right for k in digit))
    return digits


def _gap(shape: _Shape, digit: list[int], shapes: list[_Shape]) -> float:
    """The room between a stroke and a digit, to the side; negative by how much they overlap."""
    return max(min(shapes[k].left for k in digit) - shape.right, shape.left - max(shapes[k].right for k in digit))


def _belong(one: _Shape, other: _Shape) -> bool:
    """Whether two strokes are parts of the same digit."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    if shared < -_REACH:
        return False
    if _is_part_of_stem(one, other) or _is_part_of_stem(other, one):
        return True
    # What stands above the other one, and is about as wide, cannot stand beside it.
    if shared > _OVERLAP * max(one.width, other.width):
        return True
    narrower = min(one.width, other.width)
    overlap = shared / narrower if narrower > 0 else float(shared >= 0)
    distance = float(np.hypot(*(one.places[:, None] - other.places).transpose(2, 0, 1)).min())
    if distance < _TOUCH and (overlap >= _TOUCHING_OVERLAP or _closes(one, other) or _closes(other, one)):
        return True
    both_tall = min(one.height, other.height) >= _TALL
    return overlap >= _OVERLAP and not (both_tall and distance > _APART)


def _is_part_of_stem(one: _Shape, stem: _Shape) -> bool:
    """Whether a stroke is the left part of a digit whose right part is a stem."""
    return (
        stem.width < _STEM
        and one.left < stem.left
        and one.height < _LOWER * stem.height
        and one.bottom < stem.bottom - _RAISED * stem.height
    )


def _closes(one: _Shape, other: _Shape) -> bool:
    """Whether both ends of a stroke touch the other: the second half of a 0, the belly of a 6."""
    ways = np.hypot(*(one.ends[:, None] - other.places).transpose(2, 0, 1)).min(axis=1)
    return bool((ways < 2 * _TOUCH).all()) and one.height >= _TALL
