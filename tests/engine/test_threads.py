"""How many threads the matrix products may use while a network trains."""

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import BatchEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import (
    GAIN,
    LONGEST_REST,
    MOST_THREADS,
    REST,
    ThreadChoice,
    best_number,
    blas_threads,
    worth_trying,
)
from mnist_viz.engine.training import Trainer

SMALL, LARGE = Network((784, 128, 10)), Network((784, 500, 300, 100, 10))


def in_use() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_beside_a_window_it_is_one_and_a_number_that_is_given_holds() -> None:
    before = in_use()
    for network in (SMALL, LARGE):
        with blas_threads(network, 128, shared_with_window=True) as threads:
            assert (threads.number, in_use()) == (1, {1})
        assert in_use() == before  # the limit ends with the block
    for given in (1, 2):
        for shared in (False, True):
            with blas_threads(SMALL, 128, shared_with_window=shared, threads=given) as threads:
                assert (threads.number, in_use()) == (given, {given})
    why = r"^the number of threads must be 1 or more, not 0$"
    with pytest.raises(ValueError, match=why), blas_threads(SMALL, threads=0):
        pass


def small_run() -> Trainer:
    rng = np.random.default_rng(0)
    data = rng.random((600, 784), np.float32), rng.integers(0, 10, 600)
    return Trainer(Settings(hidden=(500,), batch_size=60, epochs=1000, learning_rate=1e-3), data, data)


def test_a_run_begins_on_one_thread_and_uses_the_number_that_is_chosen() -> None:
    trainer = small_run()
    with blas_threads(trainer.network, 60) as threads:
        assert (threads.number, in_use()) == (1, {1})
        for _ in islice(threads.choose(trainer.run()), 100):
            assert 1 <= threads.number <= MOST_THREADS
            assert in_use() == {threads.number}


def test_events_pass_through_the_choice_unchanged() -> None:
    chosen, plain = small_run(), small_run()
    with blas_threads(chosen.network, threads=1) as threads:
        for event, expected in islice(zip(threads.choose(chosen.run()), plain.run(), strict=True), 25):
            assert type(event) is type(expected)
            if isinstance(event, BatchEnd) and isinstance(expected, BatchEnd):
                assert (event.step, event.loss) == (expected.step, expected.loss)


def test_single_samples_and_tiny_products_use_one_thread() -> None:
    assert list(worth_trying((784, 500, 300, 100, 10), 1)) == [1]
    assert list(worth_trying((784, 8, 10), 32)) == [1]


def test_more_threads_are_taken_only_if_they_are_clearly_faster() -> None:
    assert best_number({1: [1.0, 1.0], 2: [0.5, 0.6]}) == 2
    assert best_number({1: [1.0, 1.0], 2: [1.01 / GAIN]}) == 1
    assert best_number({1: [1.0], 2: [0.6], 3: [0.5], 4: [0.55]}) == 3
    assert best_number({1: [1.0]}) == 1
    assert best_number({1: [1.0] * 10, 2: [0.5] * 9 + [30.0]}) == 1
    assert best_number({1: [1.0] * 9 + [30.0], 2: [0.95] * 10}) == 1


def numbers(seconds: Callable[[int], float], duration: float, choice: ThreadChoice) -> dict[int, float]:
    """Seconds spent on each number of threads by a run whose steps take `seconds(threads)`."""
    spent: dict[int, float] = {}
    while sum(spent.values()) < duration:
        number = choice.number
        spent[number] = spent.get(number, 0.0) + seconds(number)
        choice.took(seconds(number))
    return spent


def idle(number: int) -> float:
    return 0.002 / number


def busy(number: int) -> float:
    return 0.002 if number == 1 else 0.012


def test_nearly_all_steps_are_on_more_threads_of_an_idle_machine_and_on_one_of_a_busy_machine() -> None:
    spent = numbers(idle, 20.0, ThreadChoice([1, 2]))
    assert spent[2] > 0.9 * 20
    spent = numbers(busy, 20.0, ThreadChoice([1, 2]))
    assert spent[1] > 0.9 * 20


def test_a_number_that_is_many_times_slower_has_one_turn_a_trial() -> None:
    spent = numbers(lambda number: 0.002 if number == 1 else 0.05, 1.0, ThreadChoice([1, 2]))
    assert spent[2] == pytest.approx(2 * 0.05)


def test_a_machine_that_gets_busy_or_idle_again_is_noticed() -> None:
    choice = ThreadChoice([1, 2])
    numbers(idle, 20.0, choice)
    assert choice.number == 2
    spent = numbers(busy, 1.0, choice)
    assert choice.number == 1
    assert spent[2] < 0.3
    choice = ThreadChoice([1, 2])
    numbers(busy, 60.0, choice)
    numbers(idle, LONGEST_REST + REST, choice)
    assert choice.number == 2


def test_the_best_of_several_numbers_is_found_and_one_kept_where_more_are_hardly_faster() -> None:
    choice = ThreadChoice([1, 2, 3])
    spent = numbers(lambda number: 0.002 if number == 1 else 0.0019, 20.0, choice)
    assert choice.number == 1
    assert spent[1] > 0.9 * 20
    choice = ThreadChoice([1, 2, 3, 4])
    numbers(lambda number: [0.004, 0.003, 0.002, 0.003][number - 1], 1.0, choice)
    assert choice.number == 3
