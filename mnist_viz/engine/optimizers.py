"""How the parameters follow the gradient: a few operations on whole vectors."""

from collections.abc import Callable
from dataclasses import dataclass
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


class Nesterov:
    """Momentum that looks where it is going: v <- momentum * v + g, p <- p - rate * (g + momentum * v).

    The form of Nesterov 1983 that needs the gradient at p alone (Sutskever, Martens, Dahl and Hinton 2013).
    """

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = np.zeros_like(parameters)
        self.momentum = momentum
        self._scratch = np.empty_like(parameters)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(self.state, self.momentum, out=self.state)
        np.add(self.state, gradient, out=self.state)
        np.multiply(self.state, self.momentum, out=self._scratch)
        np.add(gradient, self._scratch, out=gradient)
        np.multiply(gradient, learning_rate, out=gradient)
        np.subtract(parameters, gradient, out=parameters)


class Adagrad:
    """Each parameter has its own rate, which falls as its gradients add up (Duchi, Hazan and Singer 2011).

    s <- s + g^2, p <- p - rate * g / (sqrt(s) + epsilon).
    """

    EPSILON = 1e-10

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = np.zeros_like(parameters)
        self._scratch = np.empty_like(parameters)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(gradient, gradient, out=self._scratch)
        np.add(self.state, self._scratch, out=self.state)
        _scaled_step(parameters, gradient, self.state, self._scratch, learning_rate, self.EPSILON)


class RMSprop:
    """Adagrad that forgets: s <- 0.99 * s + 0.01 * g^2 (Hinton 2012, lecture 6e; the share as torch has it)."""

    KEPT, EPSILON = 0.99, 1e-8

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = np.zeros_like(parameters)
        self._scratch = np.empty_like(parameters)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(gradient, gradient, out=self._scratch)
        np.multiply(self._scratch, 1.0 - self.KEPT, out=self._scratch)
        np.multiply(self.state, self.KEPT, out=self.state)
        np.add(self.state, self._scratch, out=self.state)
        _scaled_step(parameters, gradient, self.state, self._scratch, learning_rate, self.EPSILON)


class Adam:
    """Momentum over the size of recent gradients, both corrected for their start at zero (Kingma and Ba 2015).

    m <- b * m + (1 - b) * g, s <- c * s + (1 - c) * g^2,
    p <- p - rate / (1 - b^t) * m / (sqrt(s / (1 - c^t)) + epsilon), with b the momentum and c = 0.999.
    """

    KEPT, EPSILON = 0.999, 1e-8

    def __init__(self, parameters: Floats, momentum: float) -> None:
        size = parameters.size
        # m, s and the number of steps in one vector, so that whoever keeps the state keeps all of it.
        self.state = np.zeros(2 * size + 1, parameters.dtype)
        self.momentum = momentum
        self._mean, self._square, self._steps = self.state[:size], self.state[size:-1], self.state[-1:]
        self._scratch = np.empty_like(parameters)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        mean, square, scratch = self._mean, self._square, self._scratch
        self._steps += 1
        t = float(self._steps[0])
        np.multiply(mean, self.momentum, out=mean)
        np.multiply(gradient, 1.0 - self.momentum, out=scratch)
        np.add(mean, scratch, out=mean)
        np.multiply(square, self.KEPT, out=square)
        np.multiply(gradient, gradient, out=scratch)
        np.multiply(scratch, 1.0 - self.KEPT, out=scratch)
        np.add(square, scratch, out=square)
        np.multiply(square, 1.0 / (1.0 - self.KEPT**t), out=scratch)
        np.sqrt(scratch, out=scratch)
        np.add(scratch, self.EPSILON, out=scratch)
        np.divide(mean, scratch, out=scratch)
        np.multiply(scratch, learning_rate / (1.0 - self.momentum**t), out=scratch)
        np.subtract(parameters, scratch, out=parameters)


def _scaled_step(
    parameters: Floats, gradient: Floats, squares: Floats, scratch: Floats, learning_rate: float, epsilon: float
) -> None:
    """p <- p - rate * g / (sqrt(squares) + epsilon)."""
    np.sqrt(squares, out=scratch)
    np.add(scratch, epsilon, out=scratch)
    np.divide(gradient, scratch, out=gradient)
    np.multiply(gradient, learning_rate, out=gradient)
    np.subtract(parameters, gradient, out=parameters)


@dataclass(frozen=True)
class OptimizerKind:
    """An optimizer to choose.

    Attributes:
        name: how settings call it.
        title: how a person reads it.
        make: ``make(parameters, momentum)`` makes one for a parameter vector.
        uses_momentum: whether the momentum means anything to it.
    """

    name: str
    title: str
    make: Callable[[Floats, float], Optimizer]
    uses_momentum: bool


OPTIMIZERS: dict[str, OptimizerKind] = {
    kind.name: kind
    for kind in (
        OptimizerKind("sgd", "SGD", SGD, False),
        OptimizerKind("momentum", "Momentum", Momentum, True),
        OptimizerKind("nesterov", "Nesterov", Nesterov, True),
        OptimizerKind("adagrad", "Adagrad", Adagrad, False),
        OptimizerKind("rmsprop", "RMSprop", RMSprop, False),
        OptimizerKind("adam", "Adam", Adam, True),
    )
}
