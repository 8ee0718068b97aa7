"""Optimizers against their formulas, step by step."""

from typing import Any

import numpy as np
import pytest

from mnist_viz.engine.optimizers import OPTIMIZERS, Momentum

GRADIENTS = [np.array([1.0, -2.0, 0.5]), np.array([0.5, 0.5, 0.5]), np.array([-1.0, 3.0, 0.0])]
RATES = [0.1, 0.1, 0.02]


def after_all_steps(name: str, momentum: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    parameters = np.array([1.0, 2.0, 3.0])
    optimizer = OPTIMIZERS[name].make(parameters, momentum)
    for gradient, rate in zip(GRADIENTS, RATES, strict=True):
        optimizer.step(parameters, gradient.copy(), rate)
    return parameters


def test_sgd_subtracts_rate_times_gradient() -> None:
    expected = np.array([1.0, 2.0, 3.0]) - sum(r * g for r, g in zip(RATES, GRADIENTS, strict=True))
    np.testing.assert_allclose(after_all_steps("sgd", 0.9), expected, rtol=1e-14)


def test_momentum_keeps_a_share_of_the_last_move() -> None:
    # v <- 0.9 v - rate g; p <- p + v, written out for the first coordinate:
    # v = -0.1, p = 0.9; v = -0.09 - 0.05 = -0.14, p = 0.76; v = -0.126 + 0.02 = -0.106, p = 0.654
    assert after_all_steps("momentum", 0.9)[0] == pytest.approx(0.654, rel=1e-14)
    position, velocity = np.array([1.0, 2.0, 3.0]), np.zeros(3)
    for gradient, rate in zip(GRADIENTS, RATES, strict=True):
        velocity = 0.9 * velocity - rate * gradient
        position = position + velocity
    np.testing.assert_allclose(after_all_steps("momentum", 0.9), position, rtol=1e-14)


def test_momentum_of_zero_is_plain_sgd() -> None:
    np.testing.assert_allclose(after_all_steps("momentum", 0.0), after_all_steps("sgd", 0.0), rtol=1e-14)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_an_optimizer_remembers_is_one_vector_that_can_be_put_back(name: str) -> None:
    parameters = np.ones(3, np.float32)
    optimizer = OPTIMIZERS[name].make(parameters, 0.9)
    optimizer.step(parameters, np.ones(3, np.float32), 0.1)
    kept, at = optimizer.state.copy(), parameters.copy()
    optimizer.step(parameters, np.ones(3, np.float32), 0.1)
    after = parameters.copy()
    optimizer.state[:] = kept
    at_again = at.copy()
    optimizer.step(at_again, np.ones(3, np.float32), 0.1)
    np.testing.assert_array_equal(at_again, after)
    assert optimizer.state.dtype == np.float32


def test_momentum_runs_ahead_of_sgd_where_the_gradient_stays() -> None:
    parameters = np.zeros(1)
    optimizer = Momentum(parameters, 0.5)
    for _ in range(60):
        optimizer.step(parameters, np.ones(1), 0.1)
    # The velocity tends to rate / (1 - momentum).
    assert optimizer.state[0] == pytest.approx(-0.2)


TORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {"betas": (0.9, 0.999)}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_hundred_steps_lead_where_torch_gets(name: str) -> None:
    """The same gradients of a curved bowl, in float64, where only the arithmetic can differ."""
    torch = pytest.importorskip("torch", reason="torch is not here to compare with")
    start, curvature = np.linspace(-1.0, 2.0, 7), np.linspace(0.1, 4.0, 7)
    ours = start.copy()
    optimizer = OPTIMIZERS[name].make(ours, 0.9)
    theirs = torch.tensor(start, requires_grad=True)
    kind, arguments = TORCH[name]
    other = getattr(torch.optim, kind)([theirs], lr=0.02, **arguments)
    for _ in range(100):
        optimizer.step(ours, curvature * ours, 0.02)
        other.zero_grad()
        (0.5 * (torch.tensor(curvature) * theirs**2).sum()).backward()
        other.step()
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-9, atol=1e-12)
