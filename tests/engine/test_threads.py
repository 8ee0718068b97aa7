"""How many threads the matrix products may use while a network trains."""

import os

import pytest
from threadpoolctl import threadpool_info

from mnist_viz.engine.network import Network
from mnist_viz.engine.threads import blas_threads

SMALL, LARGE = Network((784, 128, 10)), Network((784, 500, 300, 100, 10))


def in_use() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.parametrize("network", [SMALL, LARGE], ids=["small", "large"])
def test_beside_a_window_it_is_one_and_the_window_keeps_a_core(network: Network) -> None:
    with blas_threads(network, shared_with_window=True):
        assert in_use() == {1}


def test_without_a_window_a_large_network_uses_several_and_a_small_one_has_no_use_for_them() -> None:
    with blas_threads(LARGE):
        assert in_use() == {min(os.cpu_count() or 1, 4)}
    with blas_threads(SMALL):
        assert in_use() == {1}


def test_the_limit_ends_with_the_block() -> None:
    before = in_use()
    with blas_threads(SMALL, shared_with_window=True):
        pass
    assert in_use() == before
