"""The picture with bounded ink that a neuron answers to most strongly."""

import numpy as np
import pytest

from mnist_viz.analysis.neuron import NOT_FINITE
from mnist_viz.analysis.parts import up_to_neuron
from mnist_viz.analysis.preferred_input import ascend, inked, preferred_input
from mnist_viz.data.progress import UNWATCHED
from tests.analysis.neurons import network, pictures, subject


def test_in_the_first_layer_the_ink_lies_on_the_largest_weights() -> None:
    shown = network(25, 8, 4)
    weights, biases = shown.layers[0].weights[:, 2], shown.layers[0].biases
    assert biases is not None
    found, sums, moved = ascend(shown, 0, 2, 5.0, UNWATCHED)
    assert moved
    np.testing.assert_allclose(sums.max(), np.sort(weights)[-5:].sum() + biases[2], rtol=1e-3)
    assert set(np.argsort(found[sums.argmax()])[-5:]) == set(np.argsort(weights)[-5:])
    found, sums, _ = ascend(shown, 0, 2, 25.0, UNWATCHED)
    np.testing.assert_allclose(found[sums.argmax()], shown.layers[0].weights[:, 2] > 0, atol=1e-3)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_deeper_it_is_better_than_any_of_many_random_pictures(activation: str) -> None:
    shown = network(25, 12, 8, 4, activation=activation)
    _, sums, _ = ascend(shown, 1, 3, 5.0, UNWATCHED)
    random = np.random.default_rng(4).random((5_000, 25)) ** 4
    random *= np.minimum(1.0, 5.0 / random.sum(axis=1, keepdims=True))
    assert sums.max() > up_to_neuron(shown, 1, 3).logits(random).max()


def test_the_projection_keeps_what_is_allowed_and_takes_the_same_from_all_else() -> None:
    allowed = np.array([[0.5, 0.25, 0.0, 1.0]])
    np.testing.assert_array_equal(inked(allowed, 2.0), allowed)
    np.testing.assert_allclose(inked(np.array([[0.5, -3.0, 0.9, 0.8]]), 1.6), [[0.3, 0.0, 0.7, 0.6]], atol=1e-6)
    np.testing.assert_allclose(inked(np.array([[9.0, 0.4, 0.2, -1.0]]), 1.2), [[1.0, 0.2, 0.0, 0.0]], atol=1e-6)


def test_it_has_no_more_ink_than_the_pictures() -> None:
    shown, probe = network(25, 8, 4), pictures()
    found = preferred_input(subject(shown, (0, 2), examples=probe), None, UNWATCHED)
    assert found.image.shape == (5, 5)
    assert found.image.mean() <= probe.images.mean() + 1


def test_a_neuron_that_hears_nothing_or_has_diverged_prefers_nothing() -> None:
    shown = network(25, 8, 6, 4)
    assert shown.layers[0].biases is not None
    shown.layers[0].biases[:] = -100
    assert not preferred_input(subject(shown, (1, 2)), None, UNWATCHED).moved
    shown.layers[0].weights[:] = np.nan
    with pytest.raises(ValueError, match=NOT_FINITE):
        preferred_input(subject(shown, (1, 2)), None, UNWATCHED)
