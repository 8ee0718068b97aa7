"""What keeps a network from learning its training data by heart: penalties, limits on the weights, and dropout."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.layers import Dense

Floats = NDArray[np.floating]


def add_penalties(layers: Sequence[Dense], l1: float, l2: float, scratch: Floats) -> None:
    """Add to the gradient that of l1 * sum |w| + l2 / 2 * sum w^2, over the weights but not the biases.

    `scratch` is a vector as long as the network's parameters.
    """
    for layer in layers:
        product = scratch[: layer.weights.size].reshape(layer.weights.shape)
        if l1:
            np.sign(layer.weights, out=product)
            np.multiply(product, l1, out=product)
            np.add(layer.weights_gradient, product, out=layer.weights_gradient)
        if l2:
            np.multiply(layer.weights, l2, out=product)
            np.add(layer.weights_gradient, product, out=layer.weights_gradient)


def decay_weights(layers: Sequence[Dense], share: float) -> None:
    """Make every weight smaller by `share` of itself, apart from the gradient (Loshchilov and Hutter 2019)."""
    for layer in layers:
        np.multiply(layer.weights, 1.0 - share, out=layer.weights)


def clip_gradient(gradient: Floats, squared_norm: float, limit: float) -> None:
    """Shorten the gradient to the length `limit` if it is longer (Pascanu, Mikolov and Bengio 2013, algorithm 1)."""
    if squared_norm > limit * limit:
        np.multiply(gradient, limit / squared_norm**0.5, out=gradient)


def limit_norms(layers: Sequence[Dense], limit: float) -> None:
    """Shorten each neuron's vector of incoming weights to the length `limit` if it is longer (Hinton et al. 2012)."""
    for layer in layers:
        squares = np.einsum("io,io->o", layer.weights, layer.weights)
        if squares.max() > limit * limit:
            layer.weights *= limit / np.maximum(np.sqrt(squares), limit)


class KeptZeros:
    """Keeps weights that are exactly zero at zero, so that what was pruned stays gone (Han, Pool, Tran and Dally 2015).

    Which they are is seen before each step: nothing has to be remembered of a network that was pruned.
    """

    def __init__(self, layers: Sequence[Dense]) -> None:
        self._layers = layers
        self._others = [np.empty(layer.weights.shape, np.bool_) for layer in layers]

    def before_step(self) -> None:
        for layer, others in zip(self._layers, self._others, strict=True):
            np.not_equal(layer.weights, 0.0, out=others)

    def after_step(self) -> None:
        for layer, others in zip(self._layers, self._others, strict=True):
            np.multiply(layer.weights, others, out=layer.weights)


class Dropout:
    """Leaves out a share of the pixels and of the hidden neurons in a step (Hinton et al. 2012).

    What stays is made larger by as much, so that a trained network is used as it is ("inverted" dropout).

    Args:
        input_rate, hidden_rate: the shares, 0 to below 1.
        rng: of this step.
    """

    def __init__(self, input_rate: float, hidden_rate: float, rng: np.random.Generator) -> None:
        self.input_rate, self.hidden_rate = input_rate, hidden_rate
        self._rng = rng

    def draw(self, mask: Floats, rate: float) -> None:
        """Fill `mask` with 0 where something is left out, and 1 / (1 - rate) elsewhere."""
        self._rng.random(out=mask, dtype=mask.dtype.type)
        np.greater_equal(mask, rate, out=mask)
        np.multiply(mask, 1.0 / (1.0 - rate), out=mask)
