"""How the parameters follow the gradient: a few operations on whole vectors."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Optimizer(Protocol):
    """Updates a flat parameter vector in place.

    Attributes:
        state: what the optimizer remembers between steps, one flat vector (empty if nothing). Who puts back a copy
            of it gets the same steps again, bit for bit.
        momentum: how much is kept from one step to the next, 0 to below 1. It may be changed between steps; it means
            nothing to optimizers whose kind says so.
    """

    state: Floats
    momentum: float

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        """Move `parameters` one step; `gradient` may be overwritten. Allocates nothing of their size."""


class SGD:
    """Stochastic gradient descent: p <- p - rate * g (Robbins and Monro 1951)."""

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = parameters[:0].copy()
        self.momentum = momentum

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
        self.momentum = momentum
        self._scratch = np.empty_like(parameters)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(gradient, gradient, out=self._scratch)
        np.add(self.state, self._scratch, out=self.state)
        _scaled_step(parameters, gradient, self.state, self._scratch, learning_rate, self.EPSILON)


class RMSprop:
    """Adagrad that forgets: s <- 0.99 * s + 0.01 * g^2 (Hinton 2012, lecture 6e; the share as torch has it).

    The state is S = s / 0.01, for which S <- 0.99 * S + g^2: a pass over memory less. With k = sqrt(0.01) the step is
    p <- p - rate / k * g / (sqrt(S) + epsilon / k), which is Adagrad's.
    """

    KEPT, EPSILON = 0.99, 1e-8

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state = np.zeros_like(parameters)
        self.momentum = momentum
        self._scratch = np.empty_like(parameters)

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(gradient, gradient, out=self._scratch)
        np.multiply(self.state, self.KEPT, out=self.state)
        np.add(self.state, self._scratch, out=self.state)
        k = math.sqrt(1.0 - self.KEPT)
        _scaled_step(parameters, gradient, self.state, self._scratch, learning_rate / k, self.EPSILON / k)


class Adam:
    """The mean of recent gradients over their size (Kingma and Ba 2015, algorithm 1).

    m <- b * m + (1 - b) * g, s <- c * s + (1 - c) * g^2,
    p <- p - rate / (1 - b^t) * m / (sqrt(s / (1 - c^t)) + epsilon), with b the momentum and c = 0.999.

    The same in fewer passes over memory: the state is M = m / (1 - b) and S = s / (1 - c), for which M <- b * M + g
    and S <- c * S + g^2. Both are sums of what was seen; beside each goes the sum of its weights, B <- b * B + 1 and
    C <- c * C + 1, so that M / B and S / C are weighted means, which is what the division by 1 - b^t and 1 - c^t
    comes to. They stay so when b changes on the way, and no count of steps can grow too large for a float32.
    With k = 1 / sqrt(C): p <- p - rate / (B * k) * M / (sqrt(S) + epsilon / k).
    """

    KEPT, EPSILON = 0.999, 1e-8

    def __init__(self, parameters: Floats, momentum: float) -> None:
        size = parameters.size
        # M, S, B and C in one vector, so that whoever keeps the state keeps all of it.
        self.state = np.zeros(2 * size + 4, parameters.dtype)
        self.momentum = momentum
        self._sum, self._squares = self.state[:size], self.state[size : 2 * size]
        self._weight, self._squares_weight = self.state[-4:-2], self.state[-2:]

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        np.multiply(self._sum, self.momentum, out=self._sum)
        np.add(self._sum, gradient, out=self._sum)
        np.multiply(gradient, gradient, out=gradient)
        np.multiply(self._squares, self.KEPT, out=self._squares)
        np.add(self._squares, gradient, out=self._squares)
        weight = _add_one(self._weight, self.momentum)
        root = math.sqrt(_add_one(self._squares_weight, self.KEPT))
        np.sqrt(self._squares, out=gradient)
        np.add(gradient, self.EPSILON * root, out=gradient)
        np.divide(self._sum, gradient, out=gradient)
        np.multiply(gradient, learning_rate * root / weight, out=gradient)
        np.subtract(parameters, gradient, out=parameters)


def _add_one(pair: Floats, kept: float) -> float:
    """w <- kept * w + 1, with w as the sum of two numbers: a float32 and what it lacks, exact to about 14 digits."""
    weight = kept * (float(pair[0]) + float(pair[1])) + 1.0
    pair[0] = weight
    pair[1] = weight - float(pair[0])
    return weight


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
        usual_rate: a learning rate to start from, since their steps differ in size by factors of a hundred.
        formula: of a step, with η for the rate, g for the gradient, μ for the momentum and λ for the decay.
        decoupled_decay: whether weight decay is no part of its gradient: who trains then makes the weights smaller by
            rate * decay of themselves, before the step (Loshchilov and Hutter 2019, algorithm 2).
    """

    name: str
    title: str
    make: Callable[[Floats, float], Optimizer]
    uses_momentum: bool
    usual_rate: float
    formula: str
    decoupled_decay: bool = False


_ADAM = "m ← μ m + (1 − μ) g, s ← 0.999 s + 0.001 g², w ← w − η m̂ / (√ŝ + ε)"

OPTIMIZERS: dict[str, OptimizerKind] = {
    kind.name: kind
    for kind in (
        OptimizerKind("sgd", "SGD", SGD, False, 0.1, "w ← w − η g"),
        OptimizerKind("momentum", "Momentum", Momentum, True, 0.02, "v ← μ v − η g, w ← w + v"),
        OptimizerKind("nesterov", "Nesterov", Nesterov, True, 0.02, "v ← μ v + g, w ← w − η (g + μ v)"),
        OptimizerKind("adagrad", "Adagrad", Adagrad, False, 0.01, "s ← s + g², w ← w − η g / (√s + ε)"),
        OptimizerKind("rmsprop", "RMSprop", RMSprop, False, 0.001, "s ← 0.99 s + 0.01 g², w ← w − η g / (√s + ε)"),
        OptimizerKind("adam", "Adam", Adam, True, 0.001, _ADAM),
        OptimizerKind("adamw", "AdamW", Adam, True, 0.001, f"w ← (1 − η λ) w, {_ADAM}", decoupled_decay=True),
    )
}
