"""The functions between the layers, each with its derivative beside it.

Both work in place, on a whole batch at once. The derivative is written in terms of the output `a = f(z)`, so
that the input `z` need not be kept: the forward pass may overwrite it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Activation:
    """An activation function and its derivative.

    Attributes:
        name: how settings and model files call it.
        title: how a person reads it.
        forward: ``forward(z, scratch)`` turns z into f(z) in place.
        backward: ``backward(a, delta, scratch)`` multiplies delta by f'(z) in place, given a = f(z).
        bounds: the least and the greatest output; None where there is no bound.
    """

    name: str
    title: str
    forward: Callable[[Floats, Floats], None]
    backward: Callable[[Floats, Floats, Floats], None]
    bounds: tuple[float | None, float | None]


def _identity(z: Floats, scratch: Floats) -> None:
    pass


def _identity_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    pass


def _sigmoid(z: Floats, scratch: Floats) -> None:
    # 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2, which cannot overflow.
    np.multiply(z, 0.5, out=z)
    np.tanh(z, out=z)
    np.multiply(z, 0.5, out=z)
    np.add(z, 0.5, out=z)


def _sigmoid_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    np.subtract(1.0, a, out=scratch)
    np.multiply(scratch, a, out=scratch)
    np.multiply(delta, scratch, out=delta)


def _tanh(z: Floats, scratch: Floats) -> None:
    np.tanh(z, out=z)


def _tanh_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    np.multiply(a, a, out=scratch)
    np.subtract(1.0, scratch, out=scratch)
    np.multiply(delta, scratch, out=delta)


def _relu(z: Floats, scratch: Floats) -> None:
    np.maximum(z, 0.0, out=z)


def _relu_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    # The sign of a ReLU's output is its derivative: 0 where it is off, 1 where it is on.
    np.sign(a, out=scratch)
    np.multiply(delta, scratch, out=delta)


LEAK = 0.01
"""The slope of the leaky ReLU below zero (Maas, Hannun and Ng 2013)."""


def _leaky_relu(z: Floats, scratch: Floats) -> None:
    np.multiply(z, LEAK, out=scratch)
    np.maximum(z, scratch, out=z)


def _leaky_relu_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    # (1 + LEAK) / 2 + (1 - LEAK) / 2 * sign(a) is 1 above zero and LEAK below.
    np.sign(a, out=scratch)
    np.multiply(scratch, (1.0 - LEAK) / 2.0, out=scratch)
    np.add(scratch, (1.0 + LEAK) / 2.0, out=scratch)
    np.multiply(delta, scratch, out=delta)


def _elu(z: Floats, scratch: Floats) -> None:
    """z above zero, exp(z) - 1 below (Clevert, Unterthiner and Hochreiter 2016, with alpha = 1)."""
    np.minimum(z, 0.0, out=scratch)
    np.expm1(scratch, out=scratch)
    np.maximum(z, scratch, out=z)  # exp(z) - 1 is never below z


def _elu_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    # Below zero the slope is exp(z) = a + 1, above it is 1.
    np.minimum(a, 0.0, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(delta, scratch, out=delta)


def _softplus(z: Floats, scratch: Floats) -> None:
    """log(1 + exp(z)) (Dugas et al. 2001), written so that the exponential cannot overflow."""
    np.abs(z, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=scratch)
    np.log1p(scratch, out=scratch)
    np.maximum(z, 0.0, out=z)
    np.add(z, scratch, out=z)


def _softplus_backward(a: Floats, delta: Floats, scratch: Floats) -> None:
    # The slope is the sigmoid of z, which is 1 - exp(-a).
    np.negative(a, out=scratch)
    np.expm1(scratch, out=scratch)
    np.negative(scratch, out=scratch)
    np.multiply(delta, scratch, out=delta)


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("relu", "ReLU", _relu, _relu_backward, (0.0, None)),
        Activation("leaky-relu", "Leaky ReLU", _leaky_relu, _leaky_relu_backward, (None, None)),
        Activation("sigmoid", "Sigmoid", _sigmoid, _sigmoid_backward, (0.0, 1.0)),
        Activation("tanh", "Tanh", _tanh, _tanh_backward, (-1.0, 1.0)),
        Activation("elu", "ELU", _elu, _elu_backward, (-1.0, None)),
        Activation("softplus", "Softplus", _softplus, _softplus_backward, (0.0, None)),
        Activation("identity", "Identity", _identity, _identity_backward, (None, None)),
    )
}
