"""The nearest training pictures, against a search by brute force."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.neighbours import (
    ALL_ALIKE,
    COUNT,
    NO_TRAINING,
    Neighbours,
    nearest_by_activations,
    nearest_by_pixels,
)
from mnist_viz.analysis.subject import BROKEN, NO_PICTURE, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 255, (2500, 6), np.uint8)
TRAINING = Probe(IMAGES, np.arange(2500) % 3, NAMES, (2, 3), "made in a test", part="training")
PICTURE = RNG.integers(0, 255, (2, 3), np.uint8)


def subject(hidden: tuple[int, ...] = (5, 4)) -> Subject:
    network = Network((6, *hidden, 3), "tanh")
    network.initialize("glorot-normal", np.random.default_rng(0))
    return Subject(network, 0, NAMES, (2, 3), PICTURE, training=TRAINING)


def test_by_pixels_they_are_those_of_the_least_distance() -> None:
    found = nearest_by_pixels(subject(), None, UNWATCHED)
    distances = np.linalg.norm((IMAGES / 255) - (PICTURE.reshape(-1) / 255), axis=1)
    assert found.indices.tolist() == np.argsort(distances, kind="stable")[:COUNT].tolist()
    assert found.distances == pytest.approx(np.sort(distances)[:COUNT], rel=1e-4)
    assert (found.searched, found.answer) == (2500, None)


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
def test_by_activations_it_is_the_last_layer_that_counts(hidden: tuple[int, ...]) -> None:
    asked = subject(hidden)
    found = nearest_by_activations(asked, None, UNWATCHED)
    network, own = asked.network, PICTURE.reshape(1, -1)
    values, mine = (
        network.hidden_outputs(each)[-1] if hidden else network.logits(each) for each in (IMAGES, own)
    )  # fmt: skip
    distances = np.linalg.norm(values - mine, axis=1)
    assert found.distances == pytest.approx(np.sort(distances)[:COUNT], rel=1e-3, abs=1e-5)
    assert found.answer == network.predict_proba(own).argmax()


def test_a_training_picture_is_nearest_to_itself_and_of_few_all_are_near() -> None:
    asked = replace(subject(), picture=IMAGES[7].reshape(2, 3))
    for search in (nearest_by_pixels, nearest_by_activations):
        found = search(asked, None, UNWATCHED)
        assert found.indices[0] == 7
        assert found.distances[0] == pytest.approx(0, abs=1e-5)
    few = replace(subject(), training=replace(TRAINING, images=IMAGES[:4], labels=TRAINING.labels[:4]))
    assert sorted(nearest_by_pixels(few, None, UNWATCHED).indices.tolist()) == [0, 1, 2, 3]


def test_the_classes_of_the_neighbours_are_counted() -> None:
    found = Neighbours(TRAINING, np.array([2, 4, 1, 5]), np.zeros(4), 2500)
    assert found.votes() == [(1, 2), (2, 2)]


def test_where_there_are_none_a_sentence_says_so() -> None:
    for search in (nearest_by_pixels, nearest_by_activations):
        with pytest.raises(ValueError, match=NO_PICTURE):
            search(replace(subject(), picture=None), None, UNWATCHED)
        with pytest.raises(ValueError, match=NO_TRAINING):
            search(replace(subject(), training=None), None, UNWATCHED)
    asked = subject()
    asked.network.parameters[:] = 0
    with pytest.raises(ValueError, match=ALL_ALIKE):
        nearest_by_activations(asked, None, UNWATCHED)
    asked.network.parameters[:] = np.nan
    with pytest.raises(ValueError, match=BROKEN):
        nearest_by_activations(asked, None, UNWATCHED)
