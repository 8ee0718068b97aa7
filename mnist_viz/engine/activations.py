"""The functions between the layers, each with its derivative beside it.

Both work in place, on a whole batch at once. Most derivatives can be written in terms of the output a = f(z), so
that the input z need not be kept. Where that is not possible or slower, the forward pass leaves the slope f'(z).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Activation:
    """An activation function and its derivative.

    Attributes:
        forward: ``forward(z, kept, spare)`` turns z into f(z) in place; the two buffers are of z's shape.
        backward: ``backward(a, delta, kept)`` multiplies delta by f'(z) in place, given a = f(z) and the buffer
            `kept` as the forward pass left it; it may overwrite that.
        bounds: the least and the greatest output; None where there is no bound.
    """

    name: str
    title: str
    forward: Callable[[Floats, Floats, Floats], None]
    backward: Callable[[Floats, Floats, Floats], None]
    bounds: tuple[float | None, float | None]


def _identity(z: Floats, kept: Floats, spare: Floats) -> None:
    pass


def _identity_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    pass


def _sigmoid(z: Floats, kept: Floats, spare: Floats) -> None:
    # 1 / (1 + exp(-z)) = (1 + tanh(z / 2)) / 2, which cannot overflow.
    np.multiply(z, 0.5, out=z)
    np.tanh(z, out=z)
    np.multiply(z, 0.5, out=z)
    np.add(z, 0.5, out=z)


def _sigmoid_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    np.subtract(1.0, a, out=kept)
    np.multiply(kept, a, out=kept)
    np.multiply(delta, kept, out=delta)


def _tanh(z: Floats, kept: Floats, spare: Floats) -> None:
    np.tanh(z, out=z)


def _tanh_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    np.multiply(a, a, out=kept)
    np.subtract(1.0, kept, out=kept)
    np.multiply(delta, kept, out=delta)


def _relu(z: Floats, kept: Floats, spare: Floats) -> None:
    np.maximum(z, 0.0, out=z)


def _relu_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    np.sign(a, out=kept)  # 0 where the ReLU is off and 1 where it is on
    np.multiply(delta, kept, out=delta)


LEAK = 0.01
"""The slope of the leaky ReLU below zero (Maas, Hannun and Ng 2013)."""


def _leaky_relu(z: Floats, kept: Floats, spare: Floats) -> None:
    np.sign(z, out=kept)
    np.maximum(kept, LEAK, out=kept)  # the slope: 1 above zero and LEAK below
    np.multiply(z, kept, out=z)


def _leaky_relu_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    np.multiply(delta, kept, out=delta)


def _elu(z: Floats, kept: Floats, spare: Floats) -> None:
    """z above zero, exp(z) - 1 below (Clevert, Unterthiner and Hochreiter 2016, with alpha = 1)."""
    np.minimum(z, 0.0, out=kept)
    np.expm1(kept, out=kept)
    np.maximum(z, kept, out=z)  # exp(z) - 1 is never below z


def _elu_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    # Below zero the slope is exp(z) = a + 1, above it is 1.
    np.minimum(a, 0.0, out=kept)
    np.add(kept, 1.0, out=kept)
    np.multiply(delta, kept, out=delta)


def _softplus(z: Floats, kept: Floats, spare: Floats) -> None:
    """log(1 + exp(z)) (Dugas et al. 2001), written so that the exponential cannot overflow."""
    np.abs(z, out=kept)
    np.negative(kept, out=kept)
    np.exp(kept, out=kept)
    np.log1p(kept, out=kept)
    np.maximum(z, 0.0, out=z)
    np.add(z, kept, out=z)


def _softplus_backward(a: Floats, delta: Floats, kept: Floats) -> None:
    # The slope is the sigmoid of z, which is 1 - exp(-a).
    np.negative(a, out=kept)
    np.expm1(kept, out=kept)
    np.negative(kept, out=kept)
    np.multiply(delta, kept, out=delta)


def _silu(z: Floats, kept: Floats, spare: Floats) -> None:
    """z * sigmoid(z) (Elfwing, Uchibe and Doya 2018); its slope, sigmoid(z) + f(z) (1 - sigmoid(z)), is kept."""
    np.copyto(kept, z)
    _sigmoid(kept, kept, spare)
    np.multiply(z, kept, out=z)
    np.subtract(1.0, kept, out=spare)
    np.multiply(spare, z, out=spare)
    np.add(kept, spare, out=kept)


GELU_SCALE, GELU_CUBIC = math.sqrt(2.0 / math.pi), 0.044715

GELU_FLAT = 10.0
"""Beyond this on either side GELU is z or 0 to the last bit, and its powers of z need not be taken."""


def _gelu(z: Floats, kept: Floats, spare: Floats) -> None:
    """z (1 + t) / 2 with t = tanh(w), w = c (z + d z^3), c = sqrt(2 / pi), d = 0.044715 (Hendrycks and Gimpel 2016).

    The slope is kept: (1 + t) / 2 + (1 - t^2) z w' / 2, and z w' = c (z + 3 d z^3) = 3 w - 2 c z.
    """
    np.clip(z, -GELU_FLAT, GELU_FLAT, out=kept)
    np.multiply(kept, kept, out=spare)
    np.multiply(spare, GELU_CUBIC, out=spare)
    np.add(spare, 1.0, out=spare)
    np.multiply(spare, kept, out=spare)
    np.multiply(spare, GELU_SCALE, out=spare)  # w
    np.multiply(kept, -2.0 * GELU_SCALE / 3.0, out=kept)
    np.add(kept, spare, out=kept)
    np.multiply(kept, 1.5, out=kept)  # z w' / 2
    np.tanh(spare, out=spare)  # t
    np.multiply(z, 0.5, out=z)
    # The slope is (1 + t) ((1 - t) z w' / 2 + 1 / 2), and f is (1 + t) z / 2.
    np.add(spare, 1.0, out=spare)
    np.multiply(z, spare, out=z)
    np.subtract(2.0, spare, out=spare)  # 1 - t
    np.multiply(kept, spare, out=kept)
    np.add(kept, 0.5, out=kept)
    np.subtract(2.0, spare, out=spare)  # 1 + t
    np.multiply(kept, spare, out=kept)


def _multiply_by_kept(a: Floats, delta: Floats, kept: Floats) -> None:
    np.multiply(delta, kept, out=delta)


SILU_LEAST, GELU_LEAST = -0.27846, -0.17004
"""The lowest points of the two curves, found numerically."""


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("relu", "ReLU", _relu, _relu_backward, (0.0, None)),
        Activation("leaky-relu", "Leaky ReLU", _leaky_relu, _leaky_relu_backward, (None, None)),
        Activation("sigmoid", "Sigmoid", _sigmoid, _sigmoid_backward, (0.0, 1.0)),
        Activation("tanh", "Tanh", _tanh, _tanh_backward, (-1.0, 1.0)),
        Activation("elu", "ELU", _elu, _elu_backward, (-1.0, None)),
        Activation("gelu", "GELU", _gelu, _multiply_by_kept, (GELU_LEAST, None)),
        Activation("silu", "SiLU", _silu, _multiply_by_kept, (SILU_LEAST, None)),
        Activation("softplus", "Softplus", _softplus, _softplus_backward, (0.0, None)),
        Activation("identity", "Identity", _identity, _identity_backward, (None, None)),
    )
}


def activations_of(names: str, hidden: int) -> tuple[Activation, ...]:
    """The activation of each of `hidden` layers, from one name for all or names joined by commas, one a layer.

    Raises:
        ValueError: an unknown name, or names that are not as many as the layers.
    """
    if problem := activation_problem(names, hidden):
        raise ValueError(problem)
    parts = names.split(",")
    return tuple(ACTIVATIONS[name] for name in (parts if len(parts) > 1 else parts * hidden))


def activation_problem(names: str, hidden: int) -> str | None:
    """Say what is wrong with `names` for so many hidden layers; None if nothing is."""
    parts = names.split(",")
    for part in parts:
        if part not in ACTIVATIONS:
            return f"There is no activation {part!r}; there are {', '.join(ACTIVATIONS)}."
    if len(parts) not in (1, hidden):
        return f"{len(parts)} activations do not fit {hidden} hidden layers: give one for all, or one a layer."
    return None
