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
        self.state: Floats = parameters[:0].copy()
        self.momentum = momentum

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        if learning_rate != 1.0:
            np.multiply(gradient, learning_rate, out=gradient)
        np.subtract(parameters, gradient, out=parameters)


BLOCK = 2**16
"""Values that a longer step visits at a time: few enough for the next operation to find them in the cache."""


class _InBlocks:
    """What the other optimizers have in common: a memory, and the blocks in which a step visits all vectors.

    Each value has its own step, so the blocks change no bit of it.
    """

    VECTORS, NUMBERS = 1, 0
    """What it remembers: vectors as long as the parameters, and single numbers."""

    def __init__(self, parameters: Floats, momentum: float) -> None:
        self.state: Floats = np.zeros(self.VECTORS * parameters.size + self.NUMBERS, parameters.dtype)
        self.momentum = momentum
        self._blocks = [slice(start, start + BLOCK) for start in range(0, parameters.size, BLOCK)]
        self._spare: Floats = np.empty(min(BLOCK, parameters.size), parameters.dtype)


class Momentum(_InBlocks):
    """SGD with a memory: v <- momentum * v - rate * g, p <- p + v (Polyak 1964)."""

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        for block in self._blocks:
            p, g, v = parameters[block], gradient[block], self.state[block]
            np.multiply(v, self.momentum, out=v)
            if learning_rate != 1.0:
                np.multiply(g, learning_rate, out=g)
            np.subtract(v, g, out=v)
            np.add(p, v, out=p)


class Nesterov(_InBlocks):
    """Momentum that looks where it is going: v <- momentum * v + g, p <- p - rate * (g + momentum * v).

    The form of Nesterov 1983 that needs the gradient at p alone (Sutskever, Martens, Dahl and Hinton 2013).
    """

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        for block in self._blocks:
            p, g, v = parameters[block], gradient[block], self.state[block]
            spare = self._spare[: p.size]
            np.multiply(v, self.momentum, out=v)
            np.add(v, g, out=v)
            np.multiply(v, self.momentum, out=spare)
            np.add(g, spare, out=g)
            np.multiply(g, learning_rate, out=g)
            np.subtract(p, g, out=p)


class Adagrad(_InBlocks):
    """Each parameter has its own rate, which falls as its gradients add up (Duchi, Hazan and Singer 2011).

    s <- s + g^2, p <- p - rate * g / (sqrt(s) + epsilon).
    """

    EPSILON = 1e-10

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        for block in self._blocks:
            p, g, s = parameters[block], gradient[block], self.state[block]
            spare = self._spare[: p.size]
            np.multiply(g, g, out=spare)
            np.add(s, spare, out=s)
            _scaled_step(p, g, s, spare, learning_rate, self.EPSILON)


class RMSprop(_InBlocks):
    """Adagrad that forgets: s <- 0.99 * s + 0.01 * g^2 (Hinton 2012, lecture 6e; the share as torch has it).

    The state is S = s / 0.01, for which S <- 0.99 * S + g^2: an operation less. With k = sqrt(0.01) the step is
    p <- p - rate / k * g / (sqrt(S) + epsilon / k), which is Adagrad's.
    """

    KEPT, EPSILON = 0.99, 1e-8

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        k = math.sqrt(1.0 - self.KEPT)
        for block in self._blocks:
            p, g, s = parameters[block], gradient[block], self.state[block]
            spare = self._spare[: p.size]
            np.multiply(g, g, out=spare)
            np.multiply(s, self.KEPT, out=s)
            np.add(s, spare, out=s)
            _scaled_step(p, g, s, spare, learning_rate / k, self.EPSILON / k)


class Adam(_InBlocks):
    """The mean of recent gradients over their size (Kingma and Ba 2015, algorithm 1).

    m <- b * m + (1 - b) * g, s <- c * s + (1 - c) * g^2,
    p <- p - rate / (1 - b^t) * m / (sqrt(s / (1 - c^t)) + epsilon), with b the momentum and c = 0.999.

    The same in fewer operations: the state is M = m / (1 - b) and S = s / (1 - c), for which M <- b * M + g
    and S <- c * S + g^2. Both are sums of what was seen; beside each goes the sum of its weights, B <- b * B + 1 and
    C <- c * C + 1, so that M / B and S / C are weighted means, which is what the division by 1 - b^t and 1 - c^t
    comes to. They stay so when b changes on the way, and no count of steps can grow too large for a float32.
    With k = 1 / sqrt(C): p <- p - rate / (B * k) * M / (sqrt(S) + epsilon / k).
    """

    VECTORS, NUMBERS = 2, 4  # M, S, B and C in one vector, so that whoever keeps the state keeps all of it
    KEPT, EPSILON = 0.999, 1e-8

    def __init__(self, parameters: Floats, momentum: float) -> None:
        super().__init__(parameters, momentum)
        size = parameters.size
        self._sum, self._squares = self.state[:size], self.state[size : 2 * size]
        self._weight, self._squares_weight = self.state[-4:-2], self.state[-2:]

    def step(self, parameters: Floats, gradient: Floats, learning_rate: float) -> None:
        weight = _add_one(self._weight, self.momentum)
        root = math.sqrt(_add_one(self._squares_weight, self.KEPT))
        for block in self._blocks:
            p, g, m, s = parameters[block], gradient[block], self._sum[block], self._squares[block]
            np.multiply(m, self.momentum, out=m)
            np.add(m, g, out=m)
            np.multiply(g, g, out=g)
            np.multiply(s, self.KEPT, out=s)
            np.add(s, g, out=s)
            np.sqrt(s, out=g)
            np.add(g, self.EPSILON * root, out=g)
            np.divide(m, g, out=g)
            np.multiply(g, learning_rate * root / weight, out=g)
            np.subtract(p, g, out=p)


TINY, TINY_EVERY = 1e-30, 100
"""What is remembered and smaller than this moves nothing, and so many steps apart it is forgotten."""


def forget_tiny(state: Floats) -> None:
    """Set to zero what an optimizer remembers of gradients that have long been zero, as those of unlit pixels.

    Without that it shrinks with each step to numbers below 1e-38 and stays there: 0.9 times the smallest number is
    rounded to itself. Processors take many times longer for these (subnormal) numbers.
    """
    for start in range(0, state.size, BLOCK):
        block = state[start : start + BLOCK]
        block[np.abs(block) < TINY] = 0.0


def _add_one(pair: Floats, kept: float) -> float:
    """w <- kept * w + 1, with w as the sum of two numbers: a float32 and what it lacks, exact to about 14 digits."""
    weight = kept * (float(pair[0]) + float(pair[1])) + 1.0
    pair[0] = weight
    pair[1] = weight - float(pair[0])
    return weight


def _scaled_step(p: Floats, g: Floats, squares: Floats, spare: Floats, learning_rate: float, epsilon: float) -> None:
    """p <- p - rate * g / (sqrt(squares) + epsilon)."""
    np.sqrt(squares, out=spare)
    np.add(spare, epsilon, out=spare)
    np.divide(g, spare, out=g)
    np.multiply(g, learning_rate, out=g)
    np.subtract(p, g, out=p)


@dataclass(frozen=True)
class OptimizerKind:
    """An optimizer to choose.

    Attributes:
        make: ``make(parameters, momentum)`` makes one for a parameter vector.
        uses_momentum: whether the momentum means anything to it.
        scales: whether rate and gradient come into a step as their product alone. Who computes the gradient may then
            multiply it with the rate, at no cost, and step with the rate 1: a pass over the vector less.
        usual_rate: a learning rate to start from, since their steps differ in size by factors of a hundred.
        formula: of a step, with η for the rate, g for the gradient, μ for the momentum and λ for the decay.
        decoupled_decay: whether weight decay is no part of its gradient: who trains then makes the weights smaller by
            rate * decay of themselves, before the step (Loshchilov and Hutter 2019, algorithm 2).
    """

    name: str
    title: str
    make: Callable[[Floats, float], Optimizer]
    uses_momentum: bool
    scales: bool
    usual_rate: float
    formula: str
    decoupled_decay: bool = False


_ADAM = "m ← μ m + (1 − μ) g, s ← 0.999 s + 0.001 g², w ← w − η m̂ / (√ŝ + ε)"

OPTIMIZERS: dict[str, OptimizerKind] = {
    kind.name: kind
    for kind in (
        OptimizerKind("sgd", "SGD", SGD, False, True, 0.1, "w ← w − η g"),
        OptimizerKind("momentum", "Momentum", Momentum, True, True, 0.02, "v ← μ v − η g, w ← w + v"),
        OptimizerKind("nesterov", "Nesterov", Nesterov, True, False, 0.02, "v ← μ v + g, w ← w − η (g + μ v)"),
        OptimizerKind("adagrad", "Adagrad", Adagrad, False, False, 0.01, "s ← s + g², w ← w − η g / (√s + ε)"),
        OptimizerKind(
            "rmsprop", "RMSprop", RMSprop, False, False, 0.001, "s ← 0.99 s + 0.01 g², w ← w − η g / (√s + ε)"
        ),
        OptimizerKind("adam", "Adam", Adam, True, False, 0.001, _ADAM),
        OptimizerKind("adamw", "AdamW", Adam, True, False, 0.001, f"w ← (1 − η λ) w, {_ADAM}", decoupled_decay=True),
    )
}
