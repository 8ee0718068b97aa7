"""A forward pass that keeps what happens in each layer."""

import numpy as np
import pytest

from mnist_viz.analysis.forward_pass import forward
from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.network import Network


def model(*sizes: int, activation: str = "tanh") -> Network:
    network = Network(sizes, activation, dtype=np.dtype(np.float64))
    network.parameters[:] = np.random.default_rng(3).normal(0, 0.5, network.parameters.size)
    return network


def test_its_outputs_are_the_networks_and_it_can_stop_before_the_end() -> None:
    network, images = model(12, 7, 5, 4), np.random.default_rng(1).integers(0, 256, (9, 12), dtype=np.uint8)
    passes = forward(network, images / 255)
    for found, wanted in zip(passes, [*network.hidden_outputs(images), network.predict_proba(images)], strict=True):
        np.testing.assert_allclose(found.outputs, wanted, rtol=1e-12)
    assert len(forward(model(12, 7, 5, 4), np.zeros((1, 12)), 2)) == 2


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_the_way_back_is_the_slope_of_the_function(activation: str) -> None:
    network, x, step = model(6, 5, 3, activation=activation), np.random.default_rng(2).random((4, 6)), 1e-6
    hidden = forward(network, x)[0]
    assert network.layers[0].biases is not None
    network.layers[0].biases[:] += step
    above = forward(network, x)[0].outputs
    network.layers[0].biases[:] -= 2 * step
    below = forward(network, x)[0].outputs
    delta = np.random.default_rng(3).normal(size=hidden.sums.shape)
    np.testing.assert_allclose(hidden.backward(delta), delta * (above - below) / (2 * step), atol=1e-6)
    np.testing.assert_allclose(hidden.backward(delta), hidden.backward(delta))  # nothing was overwritten
