"""The eraser: removes the touched parts of strokes and splits the rest into strokes of their own."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.drawing import Stroke
from mnist_viz.views.drawing.strokes import Point, frozen_stroke, on_curve

# Strokes are cut to about this, in pad units; what is left over and shorter than the other would be a speck.
_FINE = 0.005
_SPECK = 0.015


def rub_out(strokes: Sequence[Stroke], start: Point, end: Point, width: float) -> tuple[Stroke, ...] | None:
    """Erase along the line from `start` to `end` with a round eraser of `width`, all in pad units.

    Returns:
        The strokes that are left, those that were not touched being the same objects; None if nothing was touched.
    """
    left: list[Stroke] = []
    touched = False
    for stroke in strokes:
        pieces = _rubbed(stroke, np.array(start), np.array(end), width / 2 + stroke.width / 2)
        touched |= pieces is not None
        left += [stroke] if pieces is None else pieces
    return tuple(left) if touched else None


def _rubbed(stroke: Stroke, start: NDArray[np.float64], end: NDArray[np.float64], reach: float) -> list[Stroke] | None:
    points = stroke.points.astype(np.float64)
    # The curve may swing a little beyond its points.
    low, high = np.minimum(start, end) - 2 * reach, np.maximum(start, end) + 2 * reach
    if (points.max(axis=0) < low).any() or (points.min(axis=0) > high).any():
        return None
    ends = np.stack([points[:-1], points[1:]])
    near = (ends.min(axis=0) <= high).all(axis=1) & (ends.max(axis=0) >= low).all(axis=1)
    fine, at = _fine_points(points, near)
    kept = _distance(fine, start, end) >= reach
    if kept.all():
        return None
    # Where a run of kept points begins and, one further, ends.
    edges = np.flatnonzero(np.diff(kept.astype(np.int8), prepend=0, append=0))
    pieces = []
    for first, beyond in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        run = slice(first, beyond)
        if float(np.hypot(*np.diff(fine[run], axis=0).T).sum()) < _SPECK:
            continue
        # The drawn points, and near each cut the fine ones, so that what is left keeps its shape.
        whole, place = np.floor(at[run]), at[run]
        chosen = (place == whole) | (whole == whole[0]) | (whole == whole[-1])
        pressures = None
        if stroke.pressures is not None:
            pressures = np.interp(place[chosen], np.arange(len(points)), stroke.pressures).astype(np.float32)
        pieces.append(Stroke(frozen_stroke(fine[run][chosen]), stroke.width, pressures))
    return pieces


def _fine_points(
    points: NDArray[np.float64], near: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add points close together on the curve between those of `points`, (n, 2), where it is `near`, (n - 1,).

    Returns:
        All points, (m, 2), and between which of the old ones each lies, (m,).
    """
    last = len(points) - 1
    pieces = np.ceil(np.hypot(*np.diff(points, axis=0).T) / _FINE).astype(int)
    curve, at = [points], [np.arange(last + 1.0)]
    for k in np.flatnonzero(near & (pieces > 1)).tolist():
        before, start, end, after = (
            (float(x), float(y)) for x, y in points[[max(k - 1, 0), k, k + 1, min(k + 2, last)]]
        )
        t = np.arange(1, pieces[k]) / pieces[k]
        curve.append(on_curve(before, start, end, after, t))
        at.append(k + t)
    place = np.concatenate(at)
    order = np.argsort(place)
    return np.concatenate(curve)[order], place[order]


def _distance(points: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    way = end - start
    square = float(way @ way)
    along = np.clip((points - start) @ way / square, 0, 1)[:, None] if square else 0.0
    distance: NDArray[np.float64] = np.hypot(*(points - start - along * way).T)
    return distance
