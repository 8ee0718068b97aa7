"""The least ink that makes a picture another class, beside the least that trying everything finds."""

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.contrast import WhyChoice, contrast
from mnist_viz.analysis.counterfactual import MOST_STEPS, changed_to, least_change
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network

Bytes = NDArray[np.uint8]

NAMES = tuple("0123456789")


def two_classes(weights: list[float], bias: float) -> Network:
    """Class 1 is read where the inputs times `weights`, plus `bias`, are above zero."""
    network = Network((len(weights), 2), dtype=np.dtype(np.float64))
    network.layers[0].weights[:, 1] = weights
    biases = network.layers[0].biases
    assert biases is not None
    biases[1] = bias
    return network


def least_by_trial(weights: list[float], bias: float, picture: Bytes) -> float:
    """The least levels of ink: in every order of the inputs, each as far as it can or needs to, the best order."""
    best = np.inf
    for order in permutations(range(len(weights))):
        needed = -(bias + float(picture @ np.array(weights)) / 255) * 255
        levels = 0.0
        for k in order:
            room = 255 - int(picture[k]) if weights[k] > 0 else int(picture[k])
            amount = min(room, max(needed, 0) / abs(weights[k]))
            levels, needed = levels + amount, needed - amount * abs(weights[k])
        if needed <= 1e-9:
            best = min(best, levels)
    return float(best)


def test_of_two_classes_without_a_hidden_layer_it_is_the_least() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        weights = rng.normal(0, 4, 5).tolist()
        picture = rng.integers(0, 256, 5, dtype=np.uint8)
        bias = -float(picture @ np.array(weights)) / 255 - 1.0
        pictures = changed_to(two_classes(weights, bias), picture, 1, UNWATCHED)
        least = least_by_trial(weights, bias, picture)
        assert (pictures is not None) == bool(np.isfinite(least))
        if pictures is not None:
            ink = np.abs(pictures[-1].astype(int) - picture).sum()
            assert least <= ink <= 1.03 * least + 2  # whole levels, and a little beyond the goal


def test_the_picture_is_read_as_the_other_class_at_the_end_and_not_before() -> None:
    network = Network((36, 20, 10), "relu")
    network.parameters[:] = np.random.default_rng(1).normal(0, 0.5, network.parameters.shape)
    picture = np.random.default_rng(2).integers(0, 256, (6, 6), dtype=np.uint8)
    failed = 0
    for rival in range(10):
        subject = Subject(network, 0, NAMES, (6, 6), picture)
        if contrast(network, NAMES, picture).answer == rival:
            continue
        try:
            found = least_change(subject, WhyChoice(rival=rival), UNWATCHED)
        except ValueError:
            failed += 1
            continue
        assert found.pictures[0] is picture
        assert all(each.shape == (6, 6) for each in found.pictures)
        assert found.after.answer == rival
        assert found.after.probabilities[rival] >= 0.5
        halves = [network.predict_proba(each.reshape(1, -1))[0, rival] >= 0.5 for each in found.pictures]
        assert halves.index(True) == len(halves) - 1
        ink = (found.pictures[-1].astype(float) - picture) / 255
        assert found.added - found.removed == pytest.approx(ink.sum(), rel=1e-5, abs=1e-5)
        assert found.added + found.removed == pytest.approx(np.abs(ink).sum(), rel=1e-5)
    assert failed <= 1  # there may be no such picture near


def test_of_a_picture_that_the_panel_made_the_original_is_changed() -> None:
    network = two_classes([4.0, -4.0], -1.0)
    original, made = np.zeros((1, 2), np.uint8), np.full((1, 2), 9, np.uint8)
    choice = WhyChoice(start=original, made=made)
    on_pad = least_change(Subject(network, 0, NAMES[:2], (1, 2), made), choice, UNWATCHED)
    assert on_pad.pictures[0] is original
    drawn = np.full((1, 2), 9, np.uint8)
    other = least_change(Subject(network, 0, NAMES[:2], (1, 2), drawn), choice, UNWATCHED)
    assert other.pictures[0] is drawn


def test_what_cannot_be_changed_is_said_and_the_search_has_an_end() -> None:
    dead = Subject(Network((4, 3, 2)), 0, ("cat", "dog"), (2, 2), np.full((2, 2), 9, np.uint8))
    biases = dead.network.layers[-1].biases
    assert biases is not None
    biases[0] = 1.0
    with pytest.raises(ValueError, match="No change of ink was found that makes this network read dog"):
        least_change(dead, WhyChoice(), UNWATCHED)
    # Half the way up, the way turns back: relu(x) - 2 relu(x - 0.5) never comes to the goal.
    network = Network((1, 2, 2), "relu", dtype=np.dtype(np.float64))
    network.layers[0].weights[:] = [[1, 1]]
    network.layers[1].weights[:] = [[0, 1], [0, -2]]
    first, last = (layer.biases for layer in network.layers)
    assert first is not None
    assert last is not None
    first[:], last[:] = (0, -0.5), (2, 0)
    assert changed_to(network, np.zeros(1, np.uint8), 1, UNWATCHED) is None
    assert MOST_STEPS < 1000
