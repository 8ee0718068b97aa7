"""Which moments are worth keeping: dense while the digits emerge, then every epoch."""

from functools import cache

from mnist_viz.engine.epochs import EpochGrid

GROWTH = 1.5
"""In the first epoch each recorded step is about this many times the one before."""


def is_recorded(step: int, grid: EpochGrid) -> bool:
    """Whether the network after `step` batches is kept: 0, 1, 2, 3, 5, 8, ... in the first epoch, then its ends."""
    epoch, batch = grid.at(step)
    return batch == 0 or (epoch == 0 and step in _early_steps(grid.batches(0)))


@cache
def _early_steps(limit: int) -> frozenset[int]:
    steps, step = set(), 1
    while step < limit:
        steps.add(step)
        step = max(step + 1, round(step * GROWTH))
    return frozenset(steps)
