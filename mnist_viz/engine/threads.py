"""How many threads the matrix products use: chosen by the run's own steps, since it depends on what the machine does.

A product's threads wait for each other in a busy loop. That makes two threads up to 1.8 times as fast as one while
the machine is idle, and many times slower than one while another program wants the core of one of them.
"""

import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from threadpoolctl import ThreadpoolController

from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import BatchEnd, Event

MOST_THREADS = 4
"""Never chosen more than this: the products of such networks are too small to gain from more."""

SMALLEST_SHARED = 2**18
"""Multiplications. OpenBLAS computes smaller products on one thread anyway."""

GAIN = 1.1
"""How many times faster a step must be on more threads: less is not worth the risk that the machine gets busy."""

TURN, ROUNDS = 0.02, 3
"""A trial: seconds of steps on one number of threads before the next one's turn, and the turns of each."""

REST, LONGEST_REST = 2.0, 32.0
"""Seconds of steps between two trials: after a change of mind, and after doubling each time that nothing changed."""

# Looking through the loaded libraries holds the loader's lock, and needs Python's lock at times. Done here, while the
# program is being imported, it cannot meet another thread that imports and waits for the one while it holds the other.
_BLAS = ThreadpoolController().select(user_api="blas")


class ThreadChoice:
    """Tries numbers of threads in turns, keeps to the best for a while and tries again, as machines get busy and idle.

    Args:
        candidates: the numbers to choose from, the first of them 1.

    Attributes:
        number: how many threads the next step uses.
    """

    def __init__(self, candidates: Sequence[int]) -> None:
        self.number = self._settled = candidates[0]
        self._rest, self._left = REST, 0.0
        self._turn: list[float] | None = None
        self._trials: dict[int, list[float]] = {number: [] for number in candidates}

    def took(self, seconds: float) -> None:
        """The last step took that long."""
        if self._turn is None:  # the first of a turn does not count: threads have yet to wake up
            self._turn = []
            return
        self._turn.append(seconds)
        if sum(self._turn) >= TURN:
            turn, self._turn = self._turn, None
            self._turn_ended(sum(turn), statistics.mean(turn))

    def _turn_ended(self, seconds: float, mean: float) -> None:
        if self._left > 0:
            self._left -= seconds
            slow = self.number > 1 and mean > statistics.median(self._trials[1])
            if self._left > 0 and not slow:
                return
            self._left = 0.0
            self._trials = {number: [] for number in self._trials}
        else:
            trials = self._trials[self.number]
            trials.append(mean)
            if self.number > 1 and mean > ROUNDS * self._trials[1][0]:  # the other turns cannot make up for this one
                trials *= ROUNDS
        self.number = min(self._trials, key=lambda number: len(self._trials[number]))
        if len(self._trials[self.number]) >= ROUNDS:
            self.number = best_number(self._trials)
            self._rest = REST if self.number != self._settled else min(2 * self._rest, LONGEST_REST)
            self._settled, self._left = self.number, self._rest


def best_number(seconds: dict[int, list[float]]) -> int:
    """The number of threads that `seconds`, the means of the turns by number of threads, speak for; 1 if in doubt.

    One thread counts by its median, more threads by their mean: that is what a run gets, rare long waits included.
    """
    best, needed = 1, statistics.median(seconds[1]) / GAIN
    for threads, trials in seconds.items():
        if threads > 1 and statistics.mean(trials) < needed:
            best, needed = threads, statistics.mean(trials)
    return best


class Threads:
    """The threads of the matrix products while a `blas_threads` lasts.

    Args:
        candidates: the numbers to choose from; with one there is nothing to choose.

    Attributes:
        number: that in use.
    """

    def __init__(self, candidates: Sequence[int]) -> None:
        self._candidates = candidates
        self.number = candidates[0]

    def choose(self, events: Iterator[Event]) -> Iterator[Event]:
        """Pass on the events of a training run, and use the number of threads that is best for its steps."""
        if len(self._candidates) == 1:
            yield from events
            return
        choice, before = ThreadChoice(self._candidates), 0.0
        for event in events:
            yield event
            if isinstance(event, BatchEnd):
                choice.took(event.seconds - before)
                if choice.number != self.number:
                    self.number = choice.number
                    limit_blas(self.number)
            before = event.seconds if isinstance(event, BatchEnd) else 0.0


@contextmanager
def blas_threads(
    network: Network, batch: int = 1, *, shared_with_window: bool = False, threads: int | None = None
) -> Iterator[Threads]:
    """Limit the threads of matrix products while the context lasts, in the whole process.

    Their number is `threads` if given; else one beside a window, so that the window's painting and training keep a
    core each; else one, until `Threads.choose` finds that more are better.

    The number may change the last bits of a product's sums. With the same number, results are the same bits; who
    wants them again on another day gives the number, since the choice may come out differently then.

    Args:
        batch: samples a step; 1, also for who only evaluates, means one thread.

    Raises:
        ValueError: `threads` is below 1.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"the number of threads must be 1 or more, not {threads}")
    candidates: Sequence[int] = [1 if threads is None else threads]
    if threads is None and not shared_with_window:
        candidates = worth_trying(network.sizes, batch)
    with _BLAS.limit(limits=candidates[0]):
        yield Threads(candidates)


def worth_trying(sizes: Sequence[int], batch: int) -> Sequence[int]:
    """The numbers of threads that may be best for training; 1 alone where nothing can be gained.

    Args:
        sizes: the width of every layer from the inputs to the classes.
        batch: samples a step.
    """
    largest = max(inputs * outputs for inputs, outputs in pairwise(sizes))
    if batch == 1 or batch * largest < SMALLEST_SHARED or not _BLAS.lib_controllers:
        return [1]
    return range(1, min(_cores(), MOST_THREADS) + 1)


def limit_blas(threads: int) -> None:
    """Limit the threads of matrix products in the whole process from now on."""
    _BLAS.limit(limits=threads)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
