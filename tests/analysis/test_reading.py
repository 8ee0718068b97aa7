"""What a model makes of one picture."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.reading import BRANCHES, MAX_PATHS, read
from mnist_viz.engine.network import Network


def model(*sizes: int, activation: str = "relu", seed: int = 0) -> Network:
    network = Network(sizes, activation)
    network.initialize("he-normal", np.random.default_rng(seed))
    return network


@pytest.fixture
def picture() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (28, 28), dtype=np.uint8)


def test_it_is_the_answer_of_the_network(picture: NDArray[np.uint8]) -> None:
    shown = model(784, 30, 20, 10, activation="tanh")
    reading = read(shown, picture)
    pixels = picture.reshape(1, -1)
    expected = [rows[0] for rows in (*shown.hidden_outputs(pixels), shown.predict_proba(pixels))]
    assert [layer.shape for layer in reading.hidden] == [(30,), (20,)]
    for found, wanted in zip([*reading.hidden, reading.probabilities], expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert reading.probabilities.sum() == pytest.approx(1, rel=1e-6)
    assert reading.digit == reading.probabilities.argmax()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_paths_end_at_the_winner_and_hang_together(picture: NDArray[np.uint8], activation: str) -> None:
    reading = read(model(784, 50, 40, 30, 20, 10, activation=activation), picture)
    assert len(reading.paths) == 5
    assert max(len(paths) for paths in reading.paths) <= MAX_PATHS
    assert {target for _, target, _ in reading.paths[-1]} == {reading.digit}
    for lower, upper in zip(reading.paths, reading.paths[1:], strict=False):
        assert lower
        assert {target for _, target, _ in lower} <= {source for source, _, _ in upper}


def test_a_contribution_is_activation_times_weight(picture: NDArray[np.uint8]) -> None:
    shown = model(784, 30, 20, 10, activation="tanh")
    reading = read(shown, picture)
    layers = [picture.ravel() / np.float32(255), *reading.hidden]
    for layer, below, paths in zip(shown.layers, layers, reading.paths, strict=True):
        assert paths
        for source, target, contribution in paths:
            assert contribution == pytest.approx(float(below[source] * layer.weights[source, target]), rel=1e-6)


def test_the_strongest_contributions_are_the_ones_shown(picture: NDArray[np.uint8]) -> None:
    shown = model(784, 30, 10, activation="tanh")
    reading = read(shown, picture)
    _, paths = reading.paths
    all_of_them = np.abs(reading.hidden[0] * shown.layers[1].weights[:, reading.digit])
    strongest = sorted(all_of_them, reverse=True)[: 2 * BRANCHES]
    np.testing.assert_allclose([abs(path[2]) for path in paths], strongest, rtol=1e-6)


def test_what_is_off_contributes_no_path() -> None:
    shown = model(784, 30, 10)
    reading = read(shown, np.zeros((28, 28), np.uint8))
    assert reading.paths == [[], []]
    np.testing.assert_allclose(reading.probabilities, 0.1)


def test_without_hidden_layers_the_paths_lead_from_the_pixels_to_the_winner(picture: NDArray[np.uint8]) -> None:
    reading = read(model(784, 10), picture)
    assert reading.hidden == []
    (paths,) = reading.paths
    assert {target for _, target, _ in paths} == {reading.digit}
    assert all(picture.ravel()[source] for source, *_ in paths)
    assert reading.probabilities.shape == (10,)
