"""The layout of input and hidden layers in the picture of a network; the outputs are to the right of it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF

CAPTIONS = 32
"""Pixels below the layers for two lines."""

_LARGEST_CELL = 28  # pixels
_USUAL = 480.0, 224.0  # width and height in pixels for which neurons are put into rows and columns
_HALF_CAPTION = 16  # pixels


@dataclass(frozen=True)
class Block:
    """The cells of one hidden layer; neuron n is at row n // columns, column n % columns, at any size."""

    rect: QRectF
    count: int
    columns: int
    rows: int

    @property
    def cell(self) -> float:
        return self.rect.width() / self.columns

    def rect_of(self, neuron: int) -> QRectF:
        row, column = divmod(neuron, self.columns)
        return QRectF(self.rect.left() + column * self.cell, self.rect.top() + row * self.cell, self.cell, self.cell)

    def neuron_at(self, position: QPointF) -> int:
        if not self.rect.contains(position):
            return -1
        column = min(int((position.x() - self.rect.left()) / self.cell), self.columns - 1)
        row = min(int((position.y() - self.rect.top()) / self.cell), self.rows - 1)
        neuron = row * self.columns + column
        return neuron if neuron < self.count else -1


@dataclass(frozen=True)
class NetworkPlan:
    """The input, the layers from left to right, `body`, the whole area, and whether the outputs are beside it."""

    input: QRectF
    blocks: tuple[Block, ...]
    body: QRectF
    outputs_beside: bool

    def input_rect(self, number: int, image_shape: tuple[int, ...] | None) -> QRectF:
        """The rectangle of an input: of the pixel that it belongs to, or of the whole where they form no picture."""
        if image_shape is None or number < 0:
            return self.input if number >= 0 else QRectF()
        high, wide, *channels = image_shape
        row, column = divmod(number // (channels[0] if channels else 1), wide)
        size = self.input.width() / wide, self.input.height() / high
        return QRectF(self.input.left() + column * size[0], self.input.top() + row * size[1], *size)

    @property
    def caption_room(self) -> float:
        """Pixels from the middle of a layer to the middle of the next column."""
        centers = [block.rect.center().x() for block in self.blocks]
        centers = [*centers, self.body.right()] if self.outputs_beside else [self.input.center().x(), *centers]
        return min((b - a for a, b in pairwise(centers)), default=0.0)


def plan_network(
    sizes: tuple[int, ...],
    size: tuple[float, float],
    ratio: float,
    image_shape: tuple[int, ...] | None = (28, 28),
    *,
    outputs_beside: bool = True,
) -> NetworkPlan:
    """Lay the network out in `size`, width and height in pixels, with the outputs at the right edge.

    Rows and columns depend on `sizes` alone, so that every neuron keeps its place in its layer when the panel gets
    another size. The cells of all layers have the same size, a whole number of device pixels (`ratio` a pixel). The
    pixels of the input, `image_shape` (height, width), are whole device pixels too if there is room. It is None for
    inputs that do not form a picture. Where the outputs are the last of `sizes`, there is nothing at the right edge.
    """
    body = QRectF(0, 2, max(size[0], 1.0), max(size[1] - CAPTIONS - 2, 1.0))
    gaps = max(len(sizes) + outputs_beside, 1)
    picture = min(body.height() - 4, max(body.width() * 0.25, 60.0), 168.0)
    # A little more room may allow each of its pixels one more device pixel.
    wide, tall = _picture_size(image_shape, max(min(1.15 * picture, body.height() - 4), 1.0), ratio)
    # Half a caption is wider than a narrow last layer.
    rest = max(body.width() - wide - 2 - (0 if outputs_beside else _HALF_CAPTION), 1.0)
    shapes = grids(sizes)
    across, down = sum(columns for columns, _ in shapes), max((rows for _, rows in shapes), default=1)
    cell = min(int(_room(rest, gaps) * ratio) // max(across, 1), int(body.height() * ratio) // down)
    cell = min(max(cell, 1), round(_LARGEST_CELL * ratio))
    used = across * cell / ratio
    # The remaining width goes between the layers.
    gap = max(min((rest - used) / gaps, 200.0), 0.0)

    def snap(value: float) -> float:
        return round(value * ratio) / ratio

    middle = body.center().y()
    x = 1 + max(rest - used - gap * gaps, 0.0) / 2
    input_rect = QRectF(snap(x), snap(middle - tall / 2), wide, tall)
    x += wide + gap
    blocks = []
    for count, (columns, rows) in zip(sizes, shapes, strict=True):
        wide, tall = columns * cell / ratio, rows * cell / ratio
        blocks.append(Block(QRectF(snap(x), snap(middle - tall / 2), wide, tall), count, columns, rows))
        x += wide + gap
    return NetworkPlan(input_rect, tuple(blocks), body, outputs_beside)


def _picture_size(shape: tuple[int, ...] | None, room: float, ratio: float) -> tuple[float, float]:
    """Width and height of the picture in a square `room`, in pixels."""
    if shape is None:
        return room, room
    tall, wide = shape
    scale = room * ratio / max(shape)
    if scale >= 1:
        scale = float(np.floor(scale))
    return max(wide * scale / ratio, 1.0), max(tall * scale / ratio, 1.0)


def grids(sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """Columns and rows of each layer, with which the cells are as large as can be in a panel of usual size.

    A layer has as few empty cells as possible.
    """
    wide, high = round(_room(0.75 * _USUAL[0], len(sizes) + 1)), round(_USUAL[1]) - CAPTIONS - 2
    columns = [0] * len(sizes)
    for cell in range(_LARGEST_CELL, 0, -1):
        columns = [-(-count // (high // cell)) for count in sizes]
        if sum(columns) * cell <= wide:
            break
    return [(across, -(-count // across)) for count, across in zip(sizes, columns, strict=True)]


def _room(rest: float, gaps: int) -> float:
    """What is left for the neurons of `rest` pixels with so many gaps between layers."""
    return rest - min(max(rest * 0.42 / gaps, min(20.0, rest * 0.6 / gaps)), 96.0) * gaps
