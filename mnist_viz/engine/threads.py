"""How many threads the matrix products use: small layers are faster on one."""

import os
from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController

from mnist_viz.engine.network import Network

ONE_THREAD_BELOW = 200_000
"""Parameters. Below this, a window that paints and a second thread of products get in each other's way."""


def blas_threads(network: Network, *, shared_with_window: bool = False) -> AbstractContextManager[object]:
    """Limit the threads of matrix products while the context lasts, as suits `network`.

    The number may change the last bits of a product's sums; with the same number, results are the same bits.
    """
    cores = os.cpu_count() or 1
    threads = 1 if shared_with_window and network.parameters.size < ONE_THREAD_BELOW else min(cores, 4)
    limits: AbstractContextManager[object] = _controller().limit(limits=threads, user_api="blas")
    return limits


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # looks through the loaded libraries: once is enough
