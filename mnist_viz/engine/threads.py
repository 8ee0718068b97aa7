"""How many threads the matrix products use: chosen by trying, since it depends on what else the machine does.

A product's threads wait for each other in a busy loop. That makes two threads up to 1.8 times as fast as one while
the machine is idle, and many times slower than one while another program wants the core of one of them.
"""

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import numpy as np
from threadpoolctl import ThreadpoolController

from mnist_viz.engine.network import Network

MOST_THREADS = 4
"""Never chosen more than this: the products of such networks are too small to gain from more."""

SMALLEST_SHARED = 2**18
"""Multiplications. OpenBLAS computes smaller products on one thread anyway."""

GAIN = 1.1
"""How many times faster a step must be on more threads: less is not worth the risk that the machine gets busy."""

TRIAL_SECONDS = 0.04
"""How long all trials take together, about; at most twice as long, since a slow one is given up."""

TRIED_WIDTH, TRIED_BATCH = 512, 128
"""The trials cut larger layers and batches down to this: it takes no more to tell whether threads help."""

Operation = Callable[[], object]

# Looking through the loaded libraries holds the loader's lock, and needs Python's lock at times. Done here, while the
# program is being imported, it cannot meet another thread that imports and waits for the one while it holds the other.
_BLAS = ThreadpoolController().select(user_api="blas")


def choose_threads(sizes: Sequence[int], batch: int) -> int:
    """Try the like of a training step on one thread and on more, and return the best number of threads.

    Takes about `TRIAL_SECONDS`, or no time where nothing can be gained. Another time the answer may be another.

    Args:
        sizes: the width of every layer from the inputs to the classes.
        batch: samples a step.
    """
    candidates = range(1, min(_cores(), MOST_THREADS) + 1)
    largest = max(inputs * outputs for inputs, outputs in pairwise(sizes))
    if batch == 1 or batch * largest < SMALLEST_SHARED or len(candidates) == 1 or not _BLAS.lib_controllers:
        return 1
    operations = _step([min(size, TRIED_WIDTH) for size in sizes], min(batch, TRIED_BATCH))
    seconds: dict[int, list[float]] = {threads: [] for threads in candidates}
    end = time.perf_counter() + TRIAL_SECONDS
    while not seconds[1] or time.perf_counter() < end:
        for threads, trials in seconds.items():
            with _BLAS.limit(limits=threads):
                trials.append(_trial(operations, end + TRIAL_SECONDS))
    return best_number(seconds)


def best_number(seconds: dict[int, list[float]]) -> int:
    """The number of threads that `seconds`, the trials' durations by number of threads, speak for; 1 if in doubt.

    One thread counts by its median, more threads by their mean: that is what a run gets, rare long waits included.
    """
    best, needed = 1, statistics.median(seconds[1]) / GAIN
    for threads, trials in seconds.items():
        if threads > 1 and statistics.mean(trials) < needed:
            best, needed = threads, statistics.mean(trials)
    return best


@contextmanager
def blas_threads(
    network: Network, batch: int = 1, *, shared_with_window: bool = False, threads: int | None = None
) -> Iterator[int]:
    """Limit the threads of matrix products while the context lasts, in the whole process, and yield their number.

    It is `threads` if given; else one beside a window, so that the window's painting and training keep a core each;
    else what `choose_threads` finds best.

    The number may change the last bits of a product's sums. With the same number, results are the same bits; who
    wants them again on another day gives the number, since the choice may come out differently then.

    Args:
        batch: samples a step; 1, also for who only evaluates, means one thread.

    Raises:
        ValueError: `threads` is below 1.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"the number of threads must be 1 or more, not {threads}")
    if threads is None:
        threads = 1 if shared_with_window else choose_threads(network.sizes, batch)
    with _BLAS.limit(limits=threads):
        yield threads


def limit_blas(threads: int) -> None:
    """Limit the threads of matrix products in the whole process from now on."""
    _BLAS.limit(limits=threads)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _trial(operations: Sequence[Operation], until: float) -> float:
    """Seconds that the operations take; infinite if they are not done at `until`."""
    start = time.perf_counter()
    for operation in operations:
        operation()
        if time.perf_counter() > until:
            return math.inf
    return time.perf_counter() - start


def _step(sizes: Sequence[int], batch: int) -> list[Operation]:
    """What a training step does with its large arrays.

    Inputs and weights are written between the products, on one thread as in training: where two cores share no cache,
    fetching what the other has written can cost more than a second thread gains.
    """
    operations: list[Operation] = []
    for k, (inputs, outputs) in enumerate(pairwise(sizes)):
        x, w, d = (np.ones(shape, np.float32) for shape in ((batch, inputs), (inputs, outputs), (batch, outputs)))
        gradient = np.empty_like(w)
        operations.append(partial(np.negative, x, out=x))
        operations.append(partial(np.matmul, x, w, out=np.empty_like(d)))
        operations.append(partial(np.matmul, x.T, d, out=gradient))
        if k:
            operations.append(partial(np.matmul, d, w.T, out=np.empty_like(x)))
        operations.append(partial(np.subtract, w, gradient, out=w))
    return operations
