"""Smooth curves through the points of a pen stroke."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter, QPainterPath

Stroke = NDArray[np.float32]
"""(points, 2): x and y in pad units, 0 to 1, y downwards."""


def frozen_stroke(points: NDArray[np.floating] | list[tuple[float, float]]) -> Stroke:
    stroke = np.array(points, np.float32).reshape(-1, 2)
    stroke.setflags(write=False)
    return stroke


def extend_path(path: QPainterPath, points: list[tuple[float, float]]) -> None:
    """Lengthen the smooth path for the newest of `points`.

    The curve runs through the middles between the points, with the points as controls of quadratic
    curves, so that a fast mouse with few points still draws round shapes.
    """
    if len(points) == 1:
        path.moveTo(*points[0])
        return
    (x0, y0), (x1, y1) = points[-2], points[-1]
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    if len(points) == 2:
        path.lineTo(*middle)
    else:
        path.quadTo(x0, y0, *middle)


def stroke_path(stroke: Stroke) -> QPainterPath:
    path = QPainterPath()
    points: list[tuple[float, float]] = [(float(x), float(y)) for x, y in stroke]
    for count in range(1, len(points) + 1):
        extend_path(path, points[max(count - 3, 0) : count])
    path.lineTo(*points[-1])
    return path


def draw_stroke(painter: QPainter, path: QPainterPath) -> None:
    if path.elementCount() <= 2 and path.boundingRect().isEmpty() and path.length() == 0:
        painter.drawPoint(path.currentPosition())  # a path without length would draw nothing
    else:
        painter.drawPath(path)
