"""How the parameters follow the gradient: a few operations on whole vectors."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Optimizer(Protocol):
    """Updates a flat parameter vector in place.

    Attributes:
        state: what the optimizer remembers between steps, one flat vector (empty if nothing).
    """

    state: Floats

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        """Move `parameters` one step; `gradient` may be overwritten."""


class SGD:
    """Stochastic gradient descent: p <- p - rate * g (Robbins and Monro 1951)."""

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = parameters[:0].copy()

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(gradient, learning_rate, out=gradient)
        np.subtract(parameters, gradient, out=parameters)


class Momentum:
    """SGD with a memory: v <- momentum * v - rate * g, p <- p + v (Polyak 1964)."""

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = np.zeros_like(parameters)
        self.momentum = momentum

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(self.state, self.momentum, out=self.state)
        np.multiply(gradient, learning_rate, out=gradient)
        np.subtract(self.state, gradient, out=self.state)
        np.add(parameters, self.state, out=parameters)


OPTIMIZERS: dict[str, Callable[[Floats, float], Optimizer]] = {"sgd": SGD, "momentum": Momentum}
