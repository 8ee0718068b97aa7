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
}

POINTS = np.array([[-4.0, -1.5, -0.25], [0.25, 1.0, 5.0]])


def applied(name: str, z: NDArray[np.floating]) -> NDArray[np.floating]:
    a = z.copy()
    ACTIVATIONS[name].forward(a, np.empty_like(a))
    return a


def slope(name: str, z: NDArray[np.floating]) -> NDArray[np.floating]:
    """The derivative at z, as `backward` has it: from the output, multiplied into ones."""
    delta = np.ones_like(z)
    ACTIVATIONS[name].backward(applied(name, z), delta, np.empty_like(z))
    return delta


def test_every_activation_has_a_formula_here() -> None:
    assert set(FORMULAS) == set(ACTIVATIONS)


@EVERY
def test_forward_is_the_formula(name: str) -> None:
    np.testing.assert_allclose(applied(name, POINTS), np.vectorize(FORMULAS[name])(POINTS), rtol=1e-12)


@EVERY
def test_backward_is_the_slope_of_the_formula(name: str) -> None:
    h = 1e-6
    measured = (applied(name, POINTS + h) - applied(name, POINTS - h)) / (2 * h)
    np.testing.assert_allclose(slope(name, POINTS), measured, rtol=1e-7)


@EVERY
def test_backward_multiplies_what_is_in_delta(name: str) -> None:
    delta = np.array([[2.0, -3.0, 0.5], [1.0, 4.0, -1.0]])
    expected = delta * slope(name, POINTS)
    ACTIVATIONS[name].backward(applied(name, POINTS), delta, np.empty_like(delta))
    np.testing.assert_array_equal(delta, expected)


@EVERY
def test_a_relu_that_is_off_passes_no_gradient(name: str) -> None:
    at_zero = slope(name, np.zeros((1, 1)))[0, 0]
    assert (
        at_zero
        == {
            "relu": 0.0,
            "leaky-relu": 0.505,
            "sigmoid": 0.25,
            "tanh": 1.0,
            "identity": 1.0,
            "elu": 1.0,
            "softplus": 0.5,
        }[name]
    )


@EVERY
def test_huge_inputs_stay_within_the_bounds(name: str) -> None:
    far = np.array([[-1e4, 1e4]], np.float32)
    low, high = ACTIVATIONS[name].bounds
    result = applied(name, far)
    assert np.isfinite(result).all()
    assert low is None or result.min() == low
    assert high is None or result.max() == high
    assert np.isfinite(slope(name, far)).all()


@EVERY
def test_float32_stays_float32(name: str) -> None:
    z = POINTS.astype(np.float32)
    np.testing.assert_allclose(applied(name, z), applied(name, POINTS), rtol=1e-6)
    assert slope(name, z).dtype == np.float32
