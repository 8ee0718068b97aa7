"""How the learning rate changes as training goes on: factors that it is multiplied with."""

import math
from collections.abc import Callable
from dataclasses import dataclass

WARMUP_START = 1e-3
"""Where the warm-up begins, as a share of the full rate: little, but the first step is not lost."""

CYCLE_RISE, CYCLE_START, CYCLE_END = 0.3, 1 / 25, 1 / 10_000
"""The one-cycle schedule: the share of the epochs that it rises over, the rate it starts from as a share of the
greatest, and the rate it ends with as a share of the one it starts from."""


def _constant(at: float, epochs: int, decay: float, decay_every: int) -> float:
    return 1.0


def _inverse_time(at: float, epochs: int, decay: float, decay_every: int) -> float:
    """1 / (1 + decay * epoch) (Robbins and Monro 1951: steps that fall as 1 / n, and so sum to infinity)."""
    return 1.0 / (1.0 + decay * math.floor(at))


def _step(at: float, epochs: int, decay: float, decay_every: int) -> float:
    """(1 - decay)^n after n whole intervals: a fall every so often, as He, Zhang, Ren and Sun 2016, section 4.2."""
    return float((1.0 - decay) ** (math.floor(at) // decay_every))


def _exponential(at: float, epochs: int, decay: float, decay_every: int) -> float:
    """(1 - decay)^at: a fall by the same share each epoch, spread over its steps (Senior et al. 2013)."""
    return float((1.0 - decay) ** at)


def _cosine(at: float, epochs: int, decay: float, decay_every: int) -> float:
    """(1 + cos(pi * share)) / 2, from 1 down to 0, then from 1 again (Loshchilov and Hutter 2017, equation 5).

    Every restart lasts as long as the first run through the epochs, their T_mult = 1.
    """
    return _cosine_fall((at % epochs) / epochs)


def _one_cycle(at: float, epochs: int, decay: float, decay_every: int) -> float:
    """One rise to the full rate and a longer fall to almost nothing (Smith 2018, section 4.1).

    The curve is that of torch's OneCycleLR with its default values: half a cosine up from 1/25 to 1 over the first 30 %
    of the epochs, half a cosine down to 1/10,000 of where it started over the rest. The momentum stays.
    """
    share = (at % epochs) / epochs
    if share < CYCLE_RISE:
        return 1.0 - (1.0 - CYCLE_START) * _cosine_fall(share / CYCLE_RISE)
    end = CYCLE_START * CYCLE_END
    return end + (1.0 - end) * _cosine_fall((share - CYCLE_RISE) / (1.0 - CYCLE_RISE))


def _cosine_fall(share: float) -> float:
    """(1 + cos(pi * share)) / 2, written as a square: near the end the sum would round to exactly 0."""
    return math.sin(0.5 * math.pi * (1.0 - share)) ** 2


@dataclass(frozen=True)
class Schedule:
    """A schedule to choose.

    Attributes:
        shape: ``shape(at, epochs, decay, decay_every)`` is the factor without warm-up.
        uses_decay: whether the decay means anything to it.
        uses_interval: whether `decay_every` means anything to it.
    """

    name: str
    title: str
    shape: Callable[[float, int, float, int], float]
    uses_decay: bool = False
    uses_interval: bool = False


SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        Schedule("constant", "Constant", _constant),
        Schedule("inverse-time", "Inverse time", _inverse_time, uses_decay=True),
        Schedule("step", "Step", _step, uses_decay=True, uses_interval=True),
        Schedule("exponential", "Exponential", _exponential, uses_decay=True),
        Schedule("cosine", "Cosine", _cosine),
        Schedule("one-cycle", "One cycle", _one_cycle),
    )
}


def factor(schedule: str, at: float, *, epochs: int, decay: float, decay_every: int, warmup: float) -> float:
    """Return what the learning rate is multiplied with.

    Args:
        schedule: a name in `SCHEDULES`.
        at: the place in training, in epochs: whole epochs done, plus the share of the batches of this one.
        epochs: how many epochs the cosine and one-cycle schedules are drawn out over, 1 or more; after those they
            start anew.
        decay: how fast the inverse-time, step and exponential schedules fall; below 1 for the latter two. 0 leaves
            the rate as it is.
        decay_every: epochs between the falls of the step schedule, 1 or more.
        warmup: over how many epochs from the start the factor rises in a straight line, from a thousandth of itself
            (Goyal et al. 2017, section 2.2, "gradual warmup"); 0 is without. A restart does not warm up again.

    Returns:
        A number above 0 and at most 1. Only decays so long and strong that a float cannot hold them give 0.

    Raises:
        ValueError: there is no such schedule.
    """
    if schedule not in SCHEDULES:
        raise ValueError(f"There is no schedule {schedule!r}; there are {', '.join(SCHEDULES)}.")
    value = SCHEDULES[schedule].shape(at, epochs, decay, decay_every)
    if at < warmup:
        value *= WARMUP_START + (1.0 - WARMUP_START) * at / warmup
    return value
