"""One neuron and a picture: its sum, its output and its votes."""

import numpy as np
import pytest

from mnist_viz.analysis.neuron import NOT_FINITE, NeuronPlace, place_of_neuron, read_neuron, votes
from mnist_viz.analysis.parts import after_layer
from mnist_viz.analysis.subject import NO_NEURON, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from tests.analysis.neurons import network, subject

PICTURE = np.random.default_rng(7).integers(0, 256, (5, 5), dtype=np.uint8)


def by_hand() -> Subject:
    """Two inputs, 1 and 0.2; a neuron with the weights 3 and 1 and the bias -0.5, one with -1 and 0; two outputs."""
    shown = Network((2, 2, 2), "relu")
    shown.parameters[:] = [3, -1, 1, 0, -0.5, 0.25, 2, -1, 5, 6, 0.5, 0]
    return Subject(shown, 0, ("yes", "no"), None, np.array([255, 51], np.uint8), None, (0, 0))


def test_the_sum_is_that_of_the_contributions_and_the_bias_and_it_votes_with_its_output() -> None:
    reading = read_neuron(by_hand(), None, UNWATCHED)
    assert reading.contributions is not None
    np.testing.assert_allclose(reading.contributions, [3.0, 0.2])
    assert (reading.total, reading.bias, reading.sum, reading.output) == pytest.approx((3.2, -0.5, 2.7, 2.7))
    assert reading.function == "ReLU"
    assert reading.votes is not None
    np.testing.assert_allclose(reading.votes, [5.4, -2.7])
    assert reading.sends_to_outputs


def test_an_output_shows_all_logits_and_its_own_probability() -> None:
    reading = read_neuron(subject(by_hand().network, (1, 0), picture=by_hand().picture), None, UNWATCHED)
    assert reading.votes is not None
    assert reading.is_output
    np.testing.assert_allclose(reading.votes, [5.9, -2.7])
    assert reading.sum == pytest.approx(5.9)
    assert reading.output == pytest.approx(1 / (1 + np.exp(-8.6)))


def test_the_votes_of_the_last_hidden_layer_add_up_to_the_logits() -> None:
    shown = network(25, 8, 6, 4, activation="gelu")
    _, outputs, logits = (rows[0] for rows in shown.outputs(PICTURE.reshape(1, -1)))
    assert shown.layers[-1].biases is not None
    np.testing.assert_allclose(votes(shown, 1, outputs).sum(axis=0) + shown.layers[-1].biases, logits)


@pytest.mark.parametrize("activation", ["relu", "tanh", "silu"])
def test_the_votes_of_layers_before_it_are_the_linear_part_of_the_effect(activation: str) -> None:
    shown, step = network(25, 8, 7, 6, 4, activation=activation), 1e-6
    outputs, rest = shown.outputs(PICTURE.reshape(1, -1))[0][0], after_layer(shown, 0)
    slopes = (rest.logits(outputs + step * np.eye(8)) - rest.logits(outputs - step * np.eye(8))) / (2 * step)
    np.testing.assert_allclose(votes(shown, 0, outputs), outputs[:, None] * slopes, atol=1e-7)


def test_without_a_picture_there_are_only_its_weights() -> None:
    reading = read_neuron(subject(network(25, 8, 4), (0, 3)), None, UNWATCHED)
    assert reading.weights.shape == (25,)
    assert (reading.contributions, reading.votes) == (None, None)
    shown = network(25, 8, 4)
    assert read_neuron(subject(shown, (0, 3)), None, UNWATCHED).image_shape == (5, 5)
    assert read_neuron(subject(shown, (1, 3)), None, UNWATCHED).image_shape is None


def test_what_is_no_neuron_or_has_diverged_is_said() -> None:
    shown = subject(network(25, 8, 4), (0, 8))
    assert place_of_neuron(shown, None, UNWATCHED) == NeuronPlace((25, 8, 4), None, 0)
    with pytest.raises(ValueError, match=NO_NEURON):
        read_neuron(shown, None, UNWATCHED)
    diverged = network(25, 8, 4)
    diverged.layers[0].weights[3, 2] = np.nan
    with pytest.raises(ValueError, match=NOT_FINITE):
        read_neuron(subject(diverged, (0, 2), picture=PICTURE), None, UNWATCHED)
    with pytest.raises(ValueError, match=NOT_FINITE):  # its own weights are finite, but not what it gets
        read_neuron(subject(diverged, (1, 2), picture=PICTURE), None, UNWATCHED)
