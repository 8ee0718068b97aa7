"""Where things are in the panel of errors; it depends on sizes and names alone, so new numbers move nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont

from mnist_viz.views.painting import text_width
from mnist_viz.views.theme import GRID, SMALL

AXIS = 16.0
"""Pixels of an axis' title."""

LABEL = 11.0
"""The least height of a row that holds a name."""

_CELLS = (48.0, 96.0)  # the largest side of a cell, of many classes and of few
_LINE = 14.0  # a row of names above the columns
_SHORT = 16.0  # pixels of names that are never turned
_LARGE = 320.0  # so large cells may make the whole matrix
_WIDEST_NAME = 72.0
_BARS, _PLAIN_BARS, _NARROW_BARS, _WIDEST_BARS = 92.0, 40.0, 24.0, 200.0  # the first with figures
_NARROW = 260.0  # pixels of a matrix, below which the accuracy is bars alone

LEAST_GALLERY = (72.0, 72.0)
"""Width beside the matrix and height below it that the pictures get at least."""


@dataclass(frozen=True)
class MatrixPlan:
    """Where the parts of the matrix are.

    Attributes:
        classes: how many rows and columns there are.
        cell: the side of a cell.
        left, top: where the first cell begins.
        names: pixels for the names of the rows.
        turned: whether the names of the columns are written upwards.
        stride: every how many rows and columns have a name.
        bars: pixels for the accuracies on the right.
    """

    classes: int
    cell: float
    left: float
    top: float
    names: float
    turned: bool
    stride: int
    bars: float

    @property
    def side(self) -> float:
        return self.classes * self.cell

    @property
    def width(self) -> float:
        return self.left + self.side + GRID + self.bars

    @property
    def height(self) -> float:
        return self.top + self.side + 1

    @property
    def cells(self) -> QRectF:
        return QRectF(self.left, self.top, self.side, self.side)

    def stretched(self, width: float) -> "MatrixPlan":
        """The same with longer bars, where there is room."""
        return replace(self, bars=min(max(width - self.width + self.bars, self.bars), _WIDEST_BARS))

    def rect(self, row: int, column: int) -> QRectF:
        return QRectF(self.left + column * self.cell, self.top + row * self.cell, self.cell, self.cell)


def widest(names: Sequence[str]) -> float:
    """Pixels of the longest name."""
    return max((text_width(name, SMALL, QFont.Weight.DemiBold) for name in names), default=0.0)


def plan_matrix(width: float, height: float, classes: int, widest: float, ratio: float) -> MatrixPlan:
    """The largest matrix that fits.

    Args:
        width, height: pixels.
        classes: rows and columns.
        widest: pixels of the longest name.
        ratio: device pixels a pixel; cells are whole device pixels.
    """
    largest = min(max(_LARGE / classes, _CELLS[0]), _CELLS[1])
    names = min(widest, _WIDEST_NAME, 0.25 * width)
    left = AXIS + names + 6
    top = AXIS + _LINE

    def fitting(top: float, bars: float) -> float:
        room = min((width - left - GRID - bars) / classes, (height - top - 1) / classes, largest)
        return max(float(np.floor(room * ratio)), 1.0) / ratio

    bars = _BARS if width >= _NARROW else _NARROW_BARS
    cell = fitting(top, bars)
    turned = widest + 2 > max(cell, _SHORT)
    if turned:
        top = AXIS + min(widest, _WIDEST_NAME, 0.25 * height) + 4
        cell = fitting(top, bars)
    if bars == _BARS and cell < LABEL:  # too low for figures
        bars = _PLAIN_BARS
        cell = fitting(top, bars)
    stride = max(int(np.ceil((LABEL if turned else max(LABEL, widest + 1)) / cell)), 1)
    return MatrixPlan(classes, cell, left, float(np.ceil(top * ratio) / ratio), names, turned, stride, bars)


@dataclass(frozen=True)
class PanelPlan:
    """Rectangles of the panel's parts."""

    matrix: QRectF
    legend: QRectF
    gallery: QRectF


def plan_panel(room: QRectF, legend: float, classes: int, widest: float, ratio: float) -> PanelPlan:
    """Put the pictures beside the matrix or below it, wherever the matrix is larger.

    Args:
        room: for everything below the heading.
        legend: its height.
        classes, widest, ratio: see `plan_matrix`.
    """
    gap = 2.0 * GRID
    below_matrix = GRID + legend
    wide = np.floor(max(0.25 * room.width(), LEAST_GALLERY[0]))
    tall = np.floor(max(0.25 * room.height(), LEAST_GALLERY[1]))
    beside = plan_matrix(room.width() - gap - wide, room.height() - below_matrix, classes, widest, ratio)
    above = plan_matrix(room.width(), room.height() - below_matrix - gap - tall, classes, widest, ratio)
    if beside.cell >= above.cell:
        width = float(np.ceil(min(beside.width, room.width() - gap - wide)))
        matrix = QRectF(room.left(), room.top(), width, room.height() - below_matrix)
        x = room.left() + width + gap
        gallery = QRectF(x, room.top(), room.right() - x, room.height())
    else:
        height = float(np.ceil(min(above.height, room.height() - below_matrix - gap - tall)))
        matrix = QRectF(room.left(), room.top(), room.width(), height)
        y = room.top() + height + below_matrix + gap
        gallery = QRectF(room.left(), y, room.width(), room.bottom() - y)
    under = matrix.bottom() if beside.cell < above.cell else room.top() + min(beside.height, matrix.height())
    return PanelPlan(matrix, QRectF(matrix.left(), under + GRID, matrix.width(), legend), gallery)
