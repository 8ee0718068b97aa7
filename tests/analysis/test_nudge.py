"""Nudges of a picture: which way is uphill, and how far."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.contrast import WhyChoice
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.nudge import SIZES, accuracy_by_size, nudge, nudged, random_signs, uphill
from mnist_viz.analysis.subject import NO_NUMBERS, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network

NAMES = ("a", "b", "c")


@pytest.fixture
def network() -> Network:
    network = Network((36, 20, 3), "tanh", dtype=np.dtype(np.float64))
    network.parameters[:] = np.random.default_rng(1).normal(0, 0.5, network.parameters.shape)
    return network


@pytest.fixture
def examples() -> Probe:
    rng = np.random.default_rng(3)
    images, labels = rng.integers(0, 256, (600, 36), dtype=np.uint8), rng.integers(0, 3, 600)
    return Probe(images, labels, NAMES, (6, 6), "made in a test")


def loss(network: Network, images: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.floating]:
    losses: NDArray[np.floating] = -np.log(network.predict_proba(images)[np.arange(len(images)), labels])
    return losses


def test_uphill_is_the_sign_of_the_central_difference_of_the_loss(network: Network, examples: Probe) -> None:
    images, labels = examples.images[:5], examples.labels[:5]
    directions = uphill(network, images, labels)
    for k in range(36):
        step = 1e-6 * np.eye(36)[k]
        difference = loss(network, images / 255 + step, labels) - loss(network, images / 255 - step, labels)
        np.testing.assert_array_equal(directions[:, k], np.sign(difference))


def test_a_sure_answer_has_a_way_uphill_too(network: Network, examples: Probe) -> None:
    images, labels = examples.images[:5], network.logits(examples.images[:5]).argmax(axis=1)
    directions = uphill(network, images, labels)
    network.layers[-1].weights[:] *= 1e4  # now probabilities round to 0 and 1
    biases = network.layers[-1].biases
    assert biases is not None
    biases *= 1e4
    assert (uphill(network, images, labels) != 0).all()
    assert (directions != 0).all()


def test_both_nudges_are_of_the_size_asked_for_between_empty_and_full(network: Network) -> None:
    picture = np.full((6, 6), 128, np.uint8)
    found = nudge(Subject(network, 0, NAMES, (6, 6), picture), WhyChoice(size=0.1), UNWATCHED)
    assert found.pictures[0] is picture
    for other in found.pictures[1:]:
        assert set(np.abs(other.astype(int) - 128).ravel().tolist()) == {round(25.5)}
    images = np.array([[0, 10, 250]], np.uint8)
    np.testing.assert_array_equal(nudged(images, np.array([[-1, -1, 1]], np.int8), 0.1), [[0, 0, 255]])
    np.testing.assert_array_equal(nudged(images, np.array([[1, 0, -1]], np.int8), 0.1), [[26, 10, 224]])


def test_a_drawing_is_nudged_away_from_its_answer_and_an_example_from_its_label(network: Network) -> None:
    picture = np.random.default_rng(2).integers(0, 256, (6, 6), dtype=np.uint8)
    answer = int(network.logits(picture.reshape(1, -1)).argmax())
    drawn = nudge(Subject(network, 0, NAMES, (6, 6), picture), WhyChoice(size=0.05), UNWATCHED)
    assert drawn.label == answer
    label = (answer + 1) % 3
    example = nudge(Subject(network, 0, NAMES, (6, 6), picture, label), WhyChoice(size=0.05), UNWATCHED)
    assert example.label == label
    for found in (drawn, example):
        before, against, _random = (each.probabilities[found.label] for each in found.readings)
        assert against < before


def test_the_accuracy_by_size_is_that_of_nudging_picture_by_picture(network: Network, examples: Probe) -> None:
    found = accuracy_by_size(Subject(network, 0, NAMES, (6, 6), examples=examples), None, UNWATCHED)
    assert found is not None
    assert found.count == 600
    assert found.against[0] == found.random[0] == pytest.approx(network.evaluate(examples.images, examples.labels)[1])
    signs = random_signs((600, 36))
    for k in (3, 8):
        right = np.zeros(2)
        for i in range(600):
            row, label = examples.images[i : i + 1], examples.labels[i : i + 1]
            for which, direction in enumerate((uphill(network, row, label), signs[i : i + 1])):
                answer = network.logits(nudged(row, direction, SIZES[k])).argmax()
                right[which] += answer == label[0]
        assert (found.against[k], found.random[k]) == pytest.approx(tuple(right / 600))
    assert found.against[-1] < found.random[-1]


def test_where_there_is_no_accuracy(network: Network, examples: Probe) -> None:
    assert accuracy_by_size(Subject(network, 0, NAMES, (6, 6)), None, UNWATCHED) is None
    network.parameters[:] = np.nan
    with pytest.raises(ValueError, match=NO_NUMBERS):
        accuracy_by_size(Subject(network, 0, NAMES, (6, 6), examples=examples), None, UNWATCHED)
