"""Where a layer's weight maps lie in one picture: as tiles, or as the rows of a matrix."""

from dataclasses import dataclass

from mnist_viz.views.painting import best_grid

MOST_NEURONS = 1024
# Device pixels. Where all the maps would be smaller than the first, they are smudges: then so many are shown that they
# are as large as the second.
_SMALLEST_TILE, _LEGIBLE_TILE = 14, 20
_GAP = 1
_MOST_PIXELS = 900_000  # that are computed one by one; beyond, the painter enlarges by a whole number


@dataclass(frozen=True)
class MosaicPlan:
    """Where the neurons lie, in device pixels from the picture's corner.

    As tiles, neuron n is the tile at row n // columns, column n % columns. As a matrix there is one
    column: neuron n is the n-th row, its inputs from left to right.
    """

    tiles: bool
    count: int  # neurons shown
    columns: int
    cell: tuple[int, int]  # width and height of a neuron's map in the picture, before scaling
    picture: tuple[int, int]  # width and height of the picture, before scaling
    scale: tuple[int, int]  # device pixels a picture pixel
    pitch: tuple[float, float]  # device pixels from one neuron's map to the next
    gap: int  # picture pixels between two maps

    @property
    def rows(self) -> int:
        return -(-self.count // self.columns)


def plan_tiles(neurons: int, shape: tuple[int, int], width: int, height: int) -> MosaicPlan | None:
    """Tiles as large as fit; large ones are enlarged by a whole number, which costs nothing."""
    count = min(neurons, MOST_NEURONS)
    tall, wide = shape
    largest = max(tall, wide)
    # An oblong tile is laid out as the square that it becomes where the room is stretched.
    room = width * largest // wide, height * largest // tall, -(-_GAP * largest // min(tall, wide))
    columns, side = best_grid(count, *room)
    if side < _SMALLEST_TILE:
        step = _LEGIBLE_TILE + room[2]
        count = max(min((room[0] + room[2]) // step * ((room[1] + room[2]) // step), count), 1)
        columns, side = best_grid(count, *room)
    if side < 1:
        return None
    if largest <= side < 1.25 * largest:
        side = largest  # one to one shows each weight as it is, which is worth more than the room
    scale, cell = 1, (max(side * wide // largest, 1), max(side * tall // largest, 1))
    affordable = side < 2 * largest or (side < 4 * largest and count * side * side <= _MOST_PIXELS)
    if not affordable:
        scale, cell = (side + _GAP) // (largest + _GAP), (wide, tall)
    pitch = (cell[0] + _GAP, cell[1] + _GAP)
    return MosaicPlan(
        tiles=True, count=count, columns=columns, cell=cell,
        picture=(columns * pitch[0], -(-count // columns) * pitch[1]),
        scale=(scale, scale), pitch=(pitch[0] * scale, pitch[1] * scale), gap=_GAP,
    )  # fmt: skip


def plan_matrix(inputs: int, neurons: int, width: int, height: int) -> MosaicPlan | None:
    """Cells of whole pixels where the matrix is smaller than the room, else it is averaged down."""
    count = min(neurons, MOST_NEURONS)
    if width < 1 or height < 1:
        return None
    wide, tall = min(inputs, width), min(count, height)
    scale = (width // wide, height // tall)
    return MosaicPlan(
        tiles=False, count=count, columns=1, cell=(wide, 1), picture=(wide, tall),
        scale=scale, pitch=(wide * scale[0], tall * scale[1] / count), gap=0,
    )  # fmt: skip
