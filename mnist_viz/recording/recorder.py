"""Which moments are worth keeping: dense while the digits emerge, then every epoch."""

from functools import cache

GROWTH = 1.5
"""In the first epoch each recorded step is about this many times the one before."""


def is_recorded(step: int, batches_per_epoch: int) -> bool:
    """Whether the network after `step` batches is kept: 0, 1, 2, 3, 5, 8, ... in the first epoch, then its ends."""
    if step % batches_per_epoch == 0:
        return True
    return step < batches_per_epoch and step in _early_steps(batches_per_epoch)


@cache
def _early_steps(limit: int) -> frozenset[int]:
    steps, step = set(), 1
    while step < limit:
        steps.add(step)
        step = max(step + 1, round(step * GROWTH))
    return frozenset(steps)
