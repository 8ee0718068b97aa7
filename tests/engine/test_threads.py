"""How many threads the matrix products may use while a network trains."""

import math

import pytest
from threadpoolctl import threadpool_info

from mnist_viz.engine.network import Network
from mnist_viz.engine.threads import GAIN, MOST_THREADS, best_number, blas_threads, choose_threads

SMALL, LARGE = Network((784, 128, 10)), Network((784, 500, 300, 100, 10))


def in_use() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.parametrize("network", [SMALL, LARGE], ids=["small", "large"])
def test_beside_a_window_it_is_one_and_the_window_keeps_a_core(network: Network) -> None:
    with blas_threads(network, 128, shared_with_window=True) as threads:
        assert (threads, in_use()) == (1, {1})


@pytest.mark.parametrize("shared_with_window", [False, True])
def test_a_number_that_is_given_holds(shared_with_window: bool) -> None:
    for given in (1, 2):
        with blas_threads(SMALL, 128, shared_with_window=shared_with_window, threads=given) as threads:
            assert (threads, in_use()) == (given, {given})


def test_a_number_below_one_is_refused() -> None:
    with (
        pytest.raises(ValueError, match=r"^the number of threads must be 1 or more, not 0$"),
        blas_threads(SMALL, threads=0),
    ):
        pass


def test_the_number_that_is_chosen_is_the_one_in_use() -> None:
    with blas_threads(LARGE, 60) as threads:
        assert 1 <= threads <= MOST_THREADS
        assert in_use() == {threads}


def test_single_samples_and_tiny_products_use_one_thread() -> None:
    assert choose_threads((784, 500, 300, 100, 10), 1) == 1
    assert choose_threads((784, 8, 10), 32) == 1


def test_the_limit_ends_with_the_block() -> None:
    before = in_use()
    for threads in (1, 2, None):
        with blas_threads(LARGE, 60, threads=threads):
            pass
        assert in_use() == before


def test_more_threads_are_taken_only_if_they_are_clearly_faster() -> None:
    assert best_number({1: [1.0, 1.0], 2: [0.5, 0.6]}) == 2
    assert best_number({1: [1.0, 1.0], 2: [1.01 / GAIN]}) == 1
    assert best_number({1: [1.0], 2: [0.6], 3: [0.5], 4: [0.55]}) == 3
    assert best_number({1: [1.0]}) == 1


def test_rare_long_waits_speak_against_more_threads() -> None:
    assert best_number({1: [1.0] * 10, 2: [0.5] * 9 + [30.0]}) == 1
    assert best_number({1: [1.0] * 10, 2: [0.5] * 9 + [math.inf]}) == 1


def test_a_hiccup_of_the_one_thread_does_not_speak_for_two() -> None:
    assert best_number({1: [1.0] * 9 + [30.0], 2: [0.95] * 10}) == 1
