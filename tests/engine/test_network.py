"""The network as a function: what goes in, what comes out, and what it shares with its parameter vector."""

import numpy as np
import pytest

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.network import Network


@pytest.fixture
def network() -> Network:
    network = Network((9, 6, 4), "tanh")
    network.initialize("glorot-normal", np.random.default_rng(0))
    return network


def test_probabilities_are_positive_sum_to_one_and_are_the_softmax_of_the_logits(network: Network) -> None:
    images = np.random.default_rng(1).integers(0, 256, (2500, 9), dtype=np.uint8)  # more than one evaluation batch
    probabilities = network.predict_proba(images)
    assert probabilities.shape == (2500, 4)
    assert (probabilities > 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    exponentials = np.exp(network.logits(images))
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), rtol=1e-5)


def test_a_network_computes_with_bytes_or_numbers_and_with_read_only_parameters(network: Network) -> None:
    images = np.random.default_rng(1).integers(0, 256, (20, 9), dtype=np.uint8)
    np.testing.assert_allclose(network.predict_proba(images), network.predict_proba(images / 255), rtol=1e-5)
    frozen = network.parameters.copy()
    frozen.setflags(write=False)
    again = Network((9, 6, 4), "tanh", parameters=frozen)
    np.testing.assert_array_equal(again.predict_proba(images), network.predict_proba(images))


def test_evaluate_is_mean_loss_and_share_of_hits(network: Network) -> None:
    rng = np.random.default_rng(2)
    images, labels = rng.integers(0, 256, (2300, 9), dtype=np.uint8), rng.integers(0, 4, 2300)
    loss, accuracy = network.evaluate(images, labels)
    probabilities = network.predict_proba(images).astype(np.float64)
    assert loss == pytest.approx(-np.log(probabilities[np.arange(2300), labels]).mean(), rel=1e-5)
    assert accuracy == (probabilities.argmax(axis=1) == labels).mean()


def test_outputs_are_those_of_the_hidden_layers_and_the_logits(network: Network) -> None:
    image = np.arange(0, 225, 25, dtype=np.uint8)
    hidden, logits = [rows[0] for rows in network.outputs(image.reshape(1, -1))]
    first = network.layers[0]
    assert first.biases is not None
    np.testing.assert_allclose(hidden, np.tanh(image / 255 @ first.weights + first.biases), rtol=1e-5)
    np.testing.assert_allclose(logits, network.logits(image[None])[0], rtol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("sizes", [(9, 4), (9, 6, 5, 4)])
def test_the_gradient_at_the_input_is_that_of_central_differences(
    activation: str, batch_norm: bool, sizes: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(3)
    network = Network(sizes, activation, batch_norm=batch_norm, dtype=np.dtype(np.float64))
    network.parameters[:] = rng.normal(0, 0.7, network.parameters.shape)
    images, weights = rng.random((3, 9)), rng.normal(0, 1, (3, 4))
    gradient = network.input_gradient(images, weights)
    for k in range(9):
        step = np.eye(9)[k] * 1e-6
        difference = (weights * (network.logits(images + step) - network.logits(images - step))).sum(axis=1)
        np.testing.assert_allclose(gradient[:, k], difference / 2e-6, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
def test_the_gradient_comes_times_a_scale_that_leaves_the_loss_as_it_is(loss: str) -> None:
    rng = np.random.default_rng(0)
    network = Network((9, 6, 4), loss=loss)
    network.initialize("he-normal", rng)
    x, labels = rng.random((20, 9), np.float32), rng.integers(0, 4, 20)
    plain = network.loss_and_gradient(x, labels)
    gradient = network.gradient.copy()
    assert network.loss_and_gradient(x, labels, scale=0.25) == plain
    np.testing.assert_array_equal(network.gradient, gradient * 0.25)


def test_impossible_sizes_and_parameters_of_another_number_are_refused() -> None:
    impossible: list[tuple[int, ...]] = [(784,), (784, 0, 10), (0, 10), ()]
    for sizes in impossible:
        with pytest.raises(ValueError, match="at least two layers of one neuron or more"):
            Network(sizes)
    with pytest.raises(ValueError, match=r"\(3, 2\) needs 8 parameters, not 7"):
        Network((3, 2), parameters=np.zeros(7, np.float32))


def test_its_repr_says_what_it_is(network: Network) -> None:
    assert repr(network) == "Network(9-6-4, tanh, 88 parameters)"
    assert [repr(layer) for layer in network.layers] == ["Dense(9 -> 6)", "Dense(6 -> 4)"]
