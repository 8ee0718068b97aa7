"""Which moments are kept, and which go first when there is no room: many while the digits emerge, then by the epoch."""

from functools import cache

from mnist_viz.engine.epochs import EpochGrid

GROWTH = 1.5
"""In the first epoch each recorded step is about this many times the one before."""

KEYFRAMES = 6
"""Frames an epoch after the first: from the one before, any batch is worked out again within a sixth of an epoch."""

CASUAL, BETWEEN, WORTH_KEEPING = 0, 1, 2
"""Ranks: where one happened to stop; between the ends of two epochs; and from here on by the powers of two."""


def is_recorded(step: int, grid: EpochGrid) -> bool:
    """Whether the network after `step` batches is kept: 0, 1, 2, 3, 5, 8, ... at first, then each sixth of an epoch."""
    return rank(step, grid) > CASUAL


def rank(step: int, grid: EpochGrid) -> int:
    """How long a frame is kept when there is no room; of two neighbours the one with the lower rank goes first.

    Of the ends of epochs each second one ranks lowest, of those that remain again each second one, and so on, so that
    what is left is always even. The first epoch's frames rank in the same way among themselves.
    """
    epoch, batch = grid.at(step)
    if batch == 0:
        return WORTH_KEEPING + _twos(epoch)
    batches = grid.batches(epoch)
    if epoch == 0:
        number = _early_steps(batches).get(step)
        return CASUAL if number is None else WORTH_KEEPING + _twos(number)
    parts = {k * batches // KEYFRAMES for k in range(1, KEYFRAMES)}
    return BETWEEN if batch in parts else CASUAL


def _twos(number: int) -> int:
    """How often two goes into `number`; as often as can be into 0."""
    return (number & -number).bit_length() - 1 if number else 64


@cache
def _early_steps(limit: int) -> dict[int, int]:
    steps: dict[int, int] = {}
    step = 1
    while step < limit:
        steps[step] = len(steps) + 1
        step = max(step + 1, round(step * GROWTH))
    return steps
