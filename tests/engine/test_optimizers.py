"""Optimizers against their formulas, step by step."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine.optimizers import BLOCK, OPTIMIZERS, TINY, Adam, Floats, Momentum, forget_tiny

GRADIENTS = [np.array([1.0, -2.0, 0.5]), np.array([0.5, 0.5, 0.5]), np.array([-1.0, 3.0, 0.0])]


def drawn(seed: int, count: int, size: int) -> list[NDArray[np.float32]]:
    """Gradients of all sizes, some of them zero."""
    rng = np.random.default_rng(seed)
    made = (
        rng.standard_normal((count, size)) * 10.0 ** rng.integers(-6, 4, (count, 1)) * (rng.random((count, size)) < 0.9)
    )
    return list(made.astype(np.float32))


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(OPTIMIZERS)),
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 9),
    done=st.integers(0, 8),
    momenta=st.lists(st.floats(0.0, 0.999), min_size=2, max_size=2),
)
def test_what_an_optimizer_remembers_put_into_another_gives_the_same_steps_bit_for_bit(
    name: str, seed: int, size: int, done: int, momenta: list[float]
) -> None:
    gradients = drawn(seed, done + 6, size)
    parameters = np.ones(size, np.float32)
    first = OPTIMIZERS[name].make(parameters, momenta[0])
    for gradient in gradients[:done]:
        first.step(parameters, gradient.copy(), 0.01)
    resumed = parameters.copy()
    second = OPTIMIZERS[name].make(resumed, 0.5)
    second.state[:] = first.state
    first.momentum = second.momentum = momenta[1]
    for gradient in gradients[done:]:
        first.step(parameters, gradient.copy(), 0.01)
        second.step(resumed, gradient.copy(), 0.01)
    np.testing.assert_array_equal(resumed, parameters)
    np.testing.assert_array_equal(second.state, first.state)
    assert first.state.shape == (first.state.size,)
    assert first.state.dtype == np.float32


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_new_momentum_holds_from_the_next_step_on_if_the_optimizer_uses_one(name: str) -> None:
    def run(change: bool) -> list[Floats]:
        parameters = np.array([1.0, 2.0, 3.0])
        optimizer = OPTIMIZERS[name].make(parameters, 0.9)
        places = []
        for k, gradient in enumerate(GRADIENTS):
            if change and k == 1:
                optimizer.momentum = 0.3
            optimizer.step(parameters, gradient.copy(), 0.1)
            places.append(parameters.copy())
        return places

    kept, changed = run(False), run(True)
    np.testing.assert_array_equal(changed[0], kept[0])
    assert (changed[1] != kept[1]).any() == OPTIMIZERS[name].uses_momentum


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_value_moves_as_it_would_alone_however_long_the_vector_is(name: str) -> None:
    gradients = drawn(0, 3, BLOCK + 9)
    whole, places = np.ones(BLOCK + 9, np.float32), [0, 5, BLOCK - 1, BLOCK, BLOCK + 8]
    some = whole[places]
    of_all, of_some = OPTIMIZERS[name].make(whole, 0.9), OPTIMIZERS[name].make(some, 0.9)
    for gradient in gradients:
        of_some.step(some, gradient[places], 0.01)
        of_all.step(whole, gradient, 0.01)
    np.testing.assert_array_equal(whole[places], some)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_gradient_may_bring_the_rate_with_it_where_the_kind_says_so(name: str) -> None:
    plain, scaled = np.ones(3), np.ones(3)
    one, other = OPTIMIZERS[name].make(plain, 0.9), OPTIMIZERS[name].make(scaled, 0.9)
    for rate, gradient in zip((0.1, 0.03, 0.2), GRADIENTS, strict=True):
        one.step(plain, gradient.copy(), rate)
        other.step(scaled, gradient * rate, 1.0)
    assert np.allclose(plain, scaled, rtol=1e-12) == OPTIMIZERS[name].scales


def test_what_is_too_small_to_move_anything_is_forgotten_and_the_rest_stays() -> None:
    state = np.zeros(BLOCK + 4, np.float32)
    state[[0, 1, BLOCK, -2, -1]] = [1e-40, -1e-31, -TINY * 1.01, 1e-33, np.nan]
    forget_tiny(state)
    np.testing.assert_array_equal(np.flatnonzero(state), [BLOCK, BLOCK + 3])


def test_a_momentum_that_changes_on_the_way_by_hand() -> None:
    # v = -0.1, p = 0.9; with 0.5 from now on: v = -0.05 - 0.05 = -0.1, p = 0.8; v = -0.05 + 0.1 = 0.05, p = 0.85
    parameters = np.array([1.0])
    optimizer = Momentum(parameters, 0.9)
    for k, gradient in enumerate((1.0, 0.5, -1.0)):
        optimizer.momentum = 0.5 if k else 0.9
        optimizer.step(parameters, np.array([gradient]), 0.1)
    assert parameters[0] == pytest.approx(0.85, rel=1e-14)


@settings(deadline=None)
@given(momenta=st.lists(st.floats(0.0, 0.9999), min_size=1, max_size=30))
def test_adam_goes_one_rate_a_step_where_the_gradient_stays_whatever_its_momentum_does(momenta: list[float]) -> None:
    # A mean of equal gradients is that gradient, and so is its size. With powers of the present momentum in place of
    # the true weights, the step after a change from 0.9 to 0.999 would be many times too long.
    parameters = np.zeros(1)
    optimizer = Adam(parameters, 0.9)
    for k, momentum in enumerate(momenta):
        optimizer.momentum = momentum
        optimizer.step(parameters, np.array([2.0]), 0.1)
        assert parameters[0] == pytest.approx(-0.1 * (k + 1), rel=1e-6)


def test_adam_corrects_for_its_start_exactly_after_many_steps_in_float32() -> None:
    # The sums of the weights are added to at every step: rounded to float32 they would drift or stand still.
    parameters = np.zeros(1, np.float32)
    optimizer = Adam(parameters, 0.9999)
    for _ in range(20_000):
        optimizer.step(parameters, np.zeros(1, np.float32), 0.1)
    b, c = optimizer.state[-4:].astype(float).reshape(2, 2).sum(axis=1)
    assert b == pytest.approx((1 - 0.9999**20_000) / (1 - 0.9999), rel=1e-10)
    assert c == pytest.approx((1 - 0.999**20_000) / (1 - 0.999), rel=1e-10)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_makes_no_vectors(name: str) -> None:
    parameters = np.ones(100_000, np.float32)
    optimizer = OPTIMIZERS[name].make(parameters, 0.9)
    gradient = np.ones_like(parameters)
    optimizer.step(parameters, gradient, 0.1)
    tracemalloc.start()
    try:
        optimizer.step(parameters, gradient, 0.1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < parameters.nbytes / 10
