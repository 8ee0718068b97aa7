"""How many threads the matrix products may use while a network trains."""

import os

from threadpoolctl import threadpool_info

from mnist_viz.engine.network import Network
from mnist_viz.engine.threads import blas_threads

SMALL, LARGE = Network((784, 128, 10)), Network((784, 500, 300, 100, 10))


def in_use() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_a_small_network_leaves_the_window_a_core() -> None:
    with blas_threads(SMALL, shared_with_window=True):
        assert in_use() == {1}


def test_a_large_network_and_one_without_a_window_use_several() -> None:
    several = {min(os.cpu_count() or 1, 4)}
    with blas_threads(LARGE, shared_with_window=True):
        assert in_use() == several
    with blas_threads(SMALL):
        assert in_use() == several


def test_the_limit_ends_with_the_block() -> None:
    before = in_use()
    with blas_threads(SMALL, shared_with_window=True):
        pass
    assert in_use() == before
