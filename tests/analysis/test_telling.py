"""Which neurons tell most, and that a choice of them stays steady."""

import numpy as np
import pytest

from mnist_viz.analysis.telling import MOST_TELLING, most_telling, telling_scores
from mnist_viz.engine.network import Network


def network(*sizes: int, activation: str = "relu") -> Network:
    made = Network(sizes, activation)
    made.initialize("he-normal", np.random.default_rng(0))
    return made


IMAGES = np.random.default_rng(1).integers(0, 256, (300, 784), dtype=np.uint8)


def test_a_score_is_what_the_neuron_changes_in_the_next_layers_inputs() -> None:
    made = network(784, 6, 4, 3)
    first = telling_scores(made, IMAGES)[0]
    outputs = made.hidden_outputs(IMAGES[:256])[0]
    for neuron, score in enumerate(first):
        changes = np.outer(outputs[:, neuron] - outputs[:, neuron].mean(), made.layers[1].weights[neuron])
        assert score == pytest.approx(np.sqrt((changes**2).sum(axis=1).mean()), rel=1e-4)


def test_a_neuron_that_is_silent_unheard_or_says_the_same_for_all_classes_tells_nothing() -> None:
    made = network(784, 6, 3)
    made.layers[0].weights[:, 0] = -1.0  # never fires
    made.layers[1].weights[1] = 0.0
    made.layers[1].weights[2] = 5.0
    (scores,) = telling_scores(made, IMAGES)
    assert scores[:3] == pytest.approx(0.0, abs=1e-4)
    assert scores[3:].min() > 0.01


def test_every_hidden_layer_has_scores_also_of_a_network_that_has_diverged() -> None:
    for sizes in ((784, 10), (784, 3, 10), (3072, 40, 10), (784, *(8,) * 20, 10)):
        for images in (np.zeros((0, sizes[0]), np.uint8), np.full((20, sizes[0]), 9, np.uint8)):
            assert [len(scores) for scores in telling_scores(network(*sizes), images)] == list(sizes[1:-1])
    made = network(784, 6, 3)
    made.parameters[:] = np.inf
    assert np.isfinite(telling_scores(made, IMAGES)[0]).all()


def test_the_highest_scores_are_chosen_in_ascending_order_and_of_few_all() -> None:
    scores = np.zeros(200)
    scores[[150, 3, 77]] = 1.0, 2.0, 3.0
    assert most_telling(scores, most=3) == (3, 77, 150)
    assert len(most_telling(scores)) == MOST_TELLING
    assert most_telling(np.arange(3.0)) == (0, 1, 2)
    assert most_telling(np.arange(48.0)) == tuple(range(48))
    assert most_telling(np.zeros(0)) == ()


def test_a_choice_is_kept_until_others_tell_clearly_more_and_take_the_places_of_the_weakest() -> None:
    scores = np.linspace(0.1, 0.2, 200)
    scores[[5, 9, 70]] = 1.0, 1.1, 1.2
    before = (70, 5, 9)
    assert most_telling(scores, before, most=3) == before
    scores[[30, 31]] = 1.05, 1.2  # better, but not by a quarter
    assert most_telling(scores, before, most=3) == before
    scores[31] = 1.3
    assert most_telling(scores, before, most=3) == (70, 31, 9)
