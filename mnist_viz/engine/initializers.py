"""The first weights: random, and scaled so that signals neither fade nor explode on their way through."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.floating]


@dataclass(frozen=True)
class Initializer:
    """How to draw a weight matrix of shape (inputs, outputs).

    Attributes:
        draw: ``draw(inputs, outputs, rng)`` returns the matrix in float64.
    """

    name: str
    title: str
    draw: Callable[[int, int, np.random.Generator], Weights]


def _scaled_normal(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Normal with standard deviation sqrt(1 / outputs), as `sigmoid-sgd`'s books have it."""
    return rng.standard_normal((inputs, outputs)) * math.sqrt(1.0 / outputs)


def _glorot_uniform(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Uniform within sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16)."""
    limit = math.sqrt(6.0 / (inputs + outputs))
    return rng.uniform(-limit, limit, (inputs, outputs))


def _glorot_normal(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Normal with variance 2 / (inputs + outputs) (Glorot and Bengio 2010, eq. 12)."""
    return rng.standard_normal((inputs, outputs)) * math.sqrt(2.0 / (inputs + outputs))


def _he_normal(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Normal with variance 2 / inputs, made for ReLU (He et al. 2015, eq. 10)."""
    return rng.standard_normal((inputs, outputs)) * math.sqrt(2.0 / inputs)


def _he_uniform(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Uniform within sqrt(6 / inputs): the variance of He normal, without its tails."""
    limit = math.sqrt(6.0 / inputs)
    return rng.uniform(-limit, limit, (inputs, outputs))


def _lecun_normal(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Normal with variance 1 / inputs (LeCun, Bottou, Orr and Müller 1998, eq. 16)."""
    return rng.standard_normal((inputs, outputs)) * math.sqrt(1.0 / inputs)


def _orthogonal(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """Orthonormal rows or columns, whichever are fewer (Saxe, McClelland and Ganguli 2014)."""
    drawn = rng.standard_normal((max(inputs, outputs), min(inputs, outputs)))
    q, r = np.linalg.qr(drawn)
    q *= np.sign(np.diag(r))  # without this the distribution would depend on how QR chooses its signs
    return q if inputs >= outputs else q.T


def _zeros(inputs: int, outputs: int, rng: np.random.Generator) -> Weights:
    """All zero: every neuron of a layer stays the same as its neighbours, and the network learns nothing."""
    return np.zeros((inputs, outputs))


INITIALIZERS: dict[str, Initializer] = {
    initializer.name: initializer
    for initializer in (
        Initializer("he-normal", "He normal", _he_normal),
        Initializer("glorot-uniform", "Glorot uniform", _glorot_uniform),
        Initializer("glorot-normal", "Glorot normal", _glorot_normal),
        Initializer("scaled-normal", "Scaled normal", _scaled_normal),
        Initializer("he-uniform", "He uniform", _he_uniform),
        Initializer("lecun-normal", "LeCun normal", _lecun_normal),
        Initializer("orthogonal", "Orthogonal", _orthogonal),
        Initializer("zeros", "Zeros", _zeros),
    )
}
