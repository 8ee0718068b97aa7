"""Time several ways of doing the same work in turns, so that a noisy machine treats them alike."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import numpy as np

TURN, PAUSE = 0.3, 0.1
"""Seconds that each is measured at a time, and is waited before: the threads of whoever was before spin on a while."""

Step = Callable[[], object]


@dataclass
class Side:
    """One way of doing the work.

    Attributes:
        name: sides of one name are the same program on different numbers of threads.
        limit: makes a context in which `step` uses that many threads.
        seconds: a step, one figure a turn.
    """

    name: str
    threads: int
    step: Step
    limit: Callable[[], AbstractContextManager[object]] = nullcontext
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def turn(self, seconds: float = TURN) -> None:
        """Do the work for at least `seconds`."""
        with self.limit():
            self.step()
            start, count = time.perf_counter(), 0
            while (passed := time.perf_counter() - start) < seconds or not count:
                self.step()
                count += 1
        self.seconds.append(passed / count)


def take_turns(sides: Iterable[Side], seconds: float, turn: float = TURN, pause: float = PAUSE) -> None:
    """Give all sides their turns, again and again for about `seconds`: at least once."""
    sides = list(sides)
    end = time.perf_counter() + seconds
    while True:
        for side in sides:
            time.sleep(pause)
            side.turn(turn)
        if time.perf_counter() >= end:
            return


def fastest(sides: Iterable[Side], name: str) -> Side | None:
    """The side of that name with the lowest median; None if there is none."""
    return min((side for side in sides if side.name == name), key=lambda side: side.median, default=None)


@dataclass(frozen=True)
class Ratio:
    """How much longer one side took than another: median and quartiles of the rounds' ratios."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(numerators: Sequence[float], denominators: Sequence[float]) -> "Ratio":
        """The ratios of what was measured in the same round."""
        ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
        return Ratio(*np.percentile(ratios, (50, 25, 75)).tolist())
