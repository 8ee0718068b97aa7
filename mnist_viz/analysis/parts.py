"""Parts of a network as networks of their own: what leads to a neuron, and what comes after a layer."""

import numpy as np

from mnist_viz.engine.layers import Dense
from mnist_viz.engine.network import Network


def up_to_neuron(network: Network, layer: int, neuron: int) -> Network:
    """The layers below a neuron and its own weights: a network whose only logit is the neuron's sum z.

    Args:
        network: without batch normalization.
    """
    its = network.layers[layer]
    own = its.weights[:, neuron], *([its.biases[[neuron]]] if its.biases is not None else [])
    names = [activation.name for activation in network.activations[:layer]]
    parameters = np.concatenate([network.parameters[: _start(network, layer)], *own])
    sizes = *network.sizes[: layer + 1], 1
    return Network(sizes, ",".join(names) or "relu", biases=network.biases, parameters=parameters)


def after_layer(network: Network, layer: int) -> Network:
    """The layers after a hidden one, which takes the place of the input; they share the parameters of `network`.

    Args:
        network: without batch normalization.
    """
    names = [activation.name for activation in network.activations[layer + 1 :]]
    parameters = network.parameters[_start(network, layer + 1) :]
    sizes = network.sizes[layer + 1 :]
    return Network(sizes, ",".join(names) or "relu", biases=network.biases, parameters=parameters)


def _start(network: Network, layer: int) -> int:
    """The place of a layer's first parameter among all."""
    return sum(Dense.size(*each.weights.shape, network.biases) for each in network.layers[:layer])
