"""A forward pass that keeps each layer's sums, outputs and slopes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.activations import Activation
from mnist_viz.engine.losses import softmax
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class LayerPass:
    """What happened in a layer, for n pictures.

    Attributes:
        inputs: (n, inputs).
        sums: (n, neurons), z = inputs W + b; of the last layer the logits.
        outputs: (n, neurons), f(z); of the last layer the probabilities.
        activation: f; None in the last layer.
    """

    inputs: Floats
    sums: Floats
    outputs: Floats
    activation: Activation | None
    _kept: Floats

    def backward(self, delta: Floats) -> Floats:
        """The gradient of a quantity with respect to the sums, given `delta`, (n, neurons), that to the outputs."""
        delta = np.array(delta)
        if self.activation is not None:
            self.activation.backward(self.outputs, delta, self._kept.copy())
        return delta


def forward(network: Network, x: Floats, layers: int | None = None) -> list[LayerPass]:
    """Run pictures through the network, or through its first `layers`.

    Args:
        network: without batch normalization.
        x: (n, inputs), numbers 0 to 1.
        layers: how many; None for all.
    """
    passes = []
    with np.errstate(all="ignore"):  # a network that has diverged is asked too
        for k, layer in enumerate(network.layers[:layers]):
            sums = x @ layer.weights
            if layer.biases is not None:
                sums += layer.biases
            outputs, kept = sums.copy(), np.empty_like(sums)
            activation = network.activations[k] if k < len(network.activations) else None
            if activation is None:
                softmax(outputs)
            else:
                activation.forward(outputs, kept, np.empty_like(sums))
            passes.append(LayerPass(x, sums, outputs, activation, kept))
            x = outputs
    return passes
