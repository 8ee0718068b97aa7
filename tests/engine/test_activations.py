"""The functions between the layers: their values, their derivatives, and their far ends."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS

EVERY = pytest.mark.parametrize("name", ACTIVATIONS)

FORMULAS = {
    "relu": lambda z: max(z, 0.0),
    "leaky-relu": lambda z: z if z > 0 else 0.01 * z,
    "sigmoid": lambda z: 1.0 / (1.0 + math.exp(-z)),
    "tanh": math.tanh,
    "identity": lambda z: z,
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "softplus": lambda z: math.log1p(math.exp(z)),
    "gelu": lambda z: 0.5 * z * (1.0 + math.tanh(math.sqrt(2.0 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1.0 + math.exp(-z)),
}

POINTS = np.array([[-4.0, -1.5, -0.25], [0.25, 1.0, 5.0]])


def forward(name: str, z: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """f(z), and the buffer that the way back wants."""
    a, kept = z.copy(), np.full_like(z, np.nan)
    ACTIVATIONS[name].forward(a, kept, np.full_like(z, np.nan))
    return a, kept


def applied(name: str, z: NDArray[np.floating]) -> NDArray[np.floating]:
    return forward(name, z)[0]


def slope(name: str, z: NDArray[np.floating]) -> NDArray[np.floating]:
    """The derivative at z, as `backward` has it, multiplied into ones."""
    delta = np.ones_like(z)
    a, kept = forward(name, z)
    ACTIVATIONS[name].backward(a, delta, kept)
    return delta


AT_ZERO = {
    "relu": 0.0, "leaky-relu": 0.01, "sigmoid": 0.25, "tanh": 1.0, "identity": 1.0, "elu": 1.0, "softplus": 0.5,
    "gelu": 0.5, "silu": 0.5,
}  # fmt: skip
"""The derivatives at 0: a ReLU that is off passes no gradient."""


@EVERY
def test_forward_is_the_formula_and_backward_multiplies_its_slope_into_delta(name: str) -> None:
    np.testing.assert_allclose(applied(name, POINTS), np.vectorize(FORMULAS[name])(POINTS), rtol=1e-12, atol=1e-15)
    h = 1e-6
    measured = (applied(name, POINTS + h) - applied(name, POINTS - h)) / (2 * h)
    np.testing.assert_allclose(slope(name, POINTS), measured, rtol=1e-7)
    assert slope(name, np.zeros((1, 1)))[0, 0] == AT_ZERO[name]
    delta = np.array([[2.0, -3.0, 0.5], [1.0, 4.0, -1.0]])
    expected = delta * slope(name, POINTS)
    a, kept = forward(name, POINTS)
    ACTIVATIONS[name].backward(a, delta, kept)
    np.testing.assert_array_equal(delta, expected)


@EVERY
def test_huge_inputs_stay_within_the_bounds_and_float32_stays_float32(name: str) -> None:
    far = np.array([[-1e4, 1e4]], np.float32)
    low, high = ACTIVATIONS[name].bounds
    result = applied(name, far)
    assert np.isfinite(result).all()
    # GELU and SiLU have their lowest point in between; the others come nearest to a bound at an end.
    assert low is None or (result.min() > low if name in ("gelu", "silu") else result.min() == low)
    assert high is None or result.max() == high
    assert np.isfinite(slope(name, far)).all()
    z = POINTS.astype(np.float32)
    np.testing.assert_allclose(applied(name, z), applied(name, POINTS), rtol=1e-6, atol=1e-6)
    assert slope(name, z).dtype == np.float32
