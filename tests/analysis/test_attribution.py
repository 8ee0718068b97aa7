"""What each pixel says for one class against another, beside values worked out by other ways."""

import threading
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.attribution import METHODS, attribute, integrated_gradients, occlusion
from mnist_viz.analysis.contrast import ONE_CLASS, WhyChoice, contrast, log_odds
from mnist_viz.analysis.subject import NO_NUMBERS, NO_PICTURE, Subject
from mnist_viz.data.errors import CancelledError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.engine.network import Network

Bytes = NDArray[np.uint8]

NAMES = tuple("0123456789")


def made(sizes: tuple[int, ...], activation: str = "relu") -> Network:
    network = Network(sizes, activation, dtype=np.dtype(np.float64))
    network.parameters[:] = np.random.default_rng(1).normal(0, 0.5, network.parameters.shape)
    return network


def subject(network: Network, picture: Bytes | None) -> Subject:
    return Subject(network, 0, tuple("0123456789"[: network.sizes[-1]]), (6, 6), picture)


@pytest.fixture
def picture() -> Bytes:
    return np.random.default_rng(2).integers(0, 256, (6, 6), dtype=np.uint8)


def test_without_a_hidden_layer_a_pixel_counts_its_weights_times_its_ink(picture: Bytes) -> None:
    network = made((36, 4))
    found = attribute(subject(network, picture), WhyChoice(), UNWATCHED)
    weights = network.layers[0].weights
    by_hand = (picture / 255).ravel() * (weights[:, found.found.answer] - weights[:, found.found.rival])
    for name in ("Integrated gradients", "Gradient × input"):
        np.testing.assert_allclose(found.maps[0, METHODS.index(name)], by_hand.reshape(6, 6), rtol=1e-5, atol=1e-7)
    assert found.total == pytest.approx(by_hand.sum(), rel=1e-6)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "gelu"])
def test_integrated_gradients_add_up_to_the_difference_of_the_logits(activation: str, picture: Bytes) -> None:
    network = made((36, 20, 12, 5), activation)
    found = attribute(subject(network, picture), WhyChoice(rival=3), UNWATCHED)
    here, empty = network.logits(np.stack([picture.ravel(), np.zeros(36, np.uint8)]))
    answer, rival = found.found.answer, found.found.rival
    by_hand = (here[answer] - here[rival]) - (empty[answer] - empty[rival])
    assert found.difference == pytest.approx(by_hand, rel=1e-6)
    assert found.total == pytest.approx(by_hand, rel=0.02)


def test_the_integral_is_that_of_one_by_hand() -> None:
    """relu(x0) + relu(2 x0 - x1), worked out by hand along the way from (0, 0) to (0.8, 0.4): the second is on."""
    network = Network((2, 2, 2), "relu", dtype=np.dtype(np.float64))
    network.layers[0].weights[:] = [[1, 2], [0, -1]]
    network.layers[1].weights[:] = [[1, 0], [1, 0]]
    values, _ = integrated_gradients(network, np.array([204, 102], np.uint8), np.array([1.0, -1.0]), UNWATCHED)
    np.testing.assert_allclose(values, [0.8 * 3, 0.4 * -1], rtol=1e-6)


def test_occlusion_is_the_mean_fall_over_all_squares_that_cover_a_pixel(picture: Bytes) -> None:
    network, weights = made((36, 8, 3)), np.array([1.0, -1.0, 0.0])
    values = occlusion(network, picture, weights, UNWATCHED)
    whole = float(network.logits(picture.reshape(1, -1))[0] @ weights)
    for row, column in ((0, 0), (2, 3), (5, 1)):
        falls = []
        for top, left in product(range(3), range(3)):
            if top <= row < top + 4 and left <= column < left + 4:
                covered = picture.copy()
                covered[top : top + 4, left : left + 4] = 0
                falls.append(whole - float(network.logits(covered.reshape(1, -1))[0] @ weights))
        assert values[row, column] == pytest.approx(np.mean(falls))


def test_the_control_is_another_network_and_always_the_same(picture: Bytes) -> None:
    one, other = (attribute(subject(made((36, 20, 5)), picture), WhyChoice(), UNWATCHED) for _ in range(2))
    np.testing.assert_array_equal(one.maps, other.maps)
    assert not np.allclose(one.maps[0], one.maps[1])


def test_a_colour_picture_has_one_value_a_pixel() -> None:
    colours = np.random.default_rng(2).integers(0, 256, (6, 4, 3), dtype=np.uint8)
    network = made((72, 9, 4))
    found = attribute(Subject(network, 0, tuple("abcd"), (6, 4, 3), colours), WhyChoice(), UNWATCHED)
    assert found.maps.shape == (2, 3, 6, 4)
    assert float(found.maps[0, 0].sum()) == pytest.approx(found.total, rel=1e-5)


def test_the_rival_is_what_was_chosen_or_else_the_runner_up(picture: Bytes) -> None:
    network = made((36, 5))
    order = np.argsort(-network.logits(picture.reshape(1, -1))[0])
    assert contrast(network, NAMES, picture).answer == order[0]
    assert contrast(network, NAMES, picture, int(order[3])).rival == order[3]
    for wanted in (None, int(order[0]), 5, -1):
        assert contrast(network, NAMES, picture, wanted).rival == order[1]


def test_the_log_odds_and_their_derivative_are_those_of_central_differences() -> None:
    logits = np.random.default_rng(5).normal(0, 2, (3, 4))
    classes = np.array([0, 3, 1])
    odds, slopes = log_odds(logits, classes)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    chosen = shares[np.arange(3), classes]
    np.testing.assert_allclose(odds, np.log(chosen / (1 - chosen)))
    for k in range(4):
        step = 1e-6 * np.eye(4)[k]
        differences = log_odds(logits + step, classes)[0] - log_odds(logits - step, classes)[0]
        np.testing.assert_allclose(slopes[:, k], differences / 2e-6, atol=1e-6)


def test_where_there_is_no_answer_a_sentence_says_why_and_it_can_be_stopped(picture: Bytes) -> None:
    with pytest.raises(ValueError, match=NO_PICTURE):
        attribute(subject(made((36, 4)), None), WhyChoice(), UNWATCHED)
    with pytest.raises(ValueError, match=ONE_CLASS):
        attribute(subject(made((36, 1)), picture), WhyChoice(), UNWATCHED)
    with pytest.raises(ValueError, match=ONE_CLASS):
        log_odds(np.zeros((2, 1)), np.zeros(2, np.intp))
    broken = made((36, 5, 4))
    broken.parameters[:] = np.nan
    with pytest.raises(ValueError, match=NO_NUMBERS):
        attribute(subject(broken, picture), WhyChoice(), UNWATCHED)
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(CancelledError):
        attribute(subject(made((36, 4)), picture), WhyChoice(), Watch(cancelled=stopped))
