"""Every gradient against central differences of the loss, in double precision."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.network import Network

Floats = NDArray[np.float64]
FLOAT64: np.dtype[np.floating] = np.dtype(np.float64)
STEP = 1e-6


def central_differences(network: Network, x: Floats, labels: NDArray[np.integer]) -> Floats:
    """The slope of the mean loss along each parameter, from the loss alone."""
    slopes = np.empty(network.parameters.size)
    for k in range(network.parameters.size):
        value = network.parameters[k]
        network.parameters[k] = value + STEP
        above, _ = network.evaluate(x, labels)
        network.parameters[k] = value - STEP
        below, _ = network.evaluate(x, labels)
        network.parameters[k] = value
        slopes[k] = (above - below) / (2 * STEP)
    return slopes


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)], ids=["no hidden layer", "one", "two"])
@pytest.mark.parametrize("biases", [True, False], ids=["biases", "no biases"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_the_slope_of_the_loss(activation: str, biases: bool, hidden: tuple[int, ...]) -> None:
    rng = np.random.default_rng(7)
    network = Network((4, *hidden, 3), activation, biases=biases, dtype=FLOAT64)
    network.parameters[:] = rng.normal(0, 0.8, network.parameters.size)
    x, labels = rng.normal(0, 1, (6, 4)), rng.integers(0, 3, 6)
    network.loss_and_gradient(x, labels)
    gradient = network.gradient.copy()
    np.testing.assert_allclose(gradient, central_differences(network, x, labels), rtol=1e-6, atol=1e-9)
    assert np.abs(gradient).max() > 0.01  # there was something to compare
