"""How many threads the matrix products use: small layers are faster on one."""

import os
from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController

from mnist_viz.engine.network import Network

ONE_THREAD_BELOW = 200_000
"""Parameters. Below this a second thread gains little, and loses a lot where another program wants its core."""

MOST_THREADS = 4


def blas_threads(network: Network, *, shared_with_window: bool = False) -> AbstractContextManager[object]:
    """Limit the threads of matrix products while the context lasts, as suits `network`.

    Beside a window it is one: threads of a product wait for each other in a busy loop, and while the window paints
    on the core of one of them, all of them wait.

    The number may change the last bits of a product's sums; with the same number, results are the same bits.
    """
    cores = os.cpu_count() or 1
    small = network.parameters.size < ONE_THREAD_BELOW
    threads = 1 if small or shared_with_window else min(cores, MOST_THREADS)
    limits: AbstractContextManager[object] = _controller().limit(limits=threads, user_api="blas")
    return limits


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the loaded libraries: once is enough
