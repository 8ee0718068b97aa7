"""Probabilities that mean what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine.calibration import calibrate, calibration_error, temperature
from mnist_viz.engine.network import Network


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
    return probabilities


def test_the_error_is_the_distance_of_confidence_and_accuracy() -> None:
    probabilities = np.array([[0.7, 0.3]] * 4 + [[0.05, 0.95]])
    labels = np.array([0, 0, 1, 1, 1])
    assert calibration_error(probabilities, labels) == pytest.approx((4 * 0.2 + 0.05) / 5)
    assert calibration_error(np.eye(3), np.arange(3)) == 0.0


@given(st.floats(0.2, 5.0), st.integers(0, 2**32 - 1))
def test_a_network_that_exaggerates_is_cooled_by_just_as_much(factor: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (3000, 4))
    honest = softmax(logits)
    labels = (honest.cumsum(axis=1) > rng.random((3000, 1))).argmax(axis=1)
    base = temperature(honest, labels)
    assert temperature(softmax(logits * factor), labels) == pytest.approx(base * factor, rel=1e-3)
    assert base == pytest.approx(1.0, abs=0.15)


def test_calibrating_changes_how_sure_a_network_is_and_not_what_it_says() -> None:
    rng = np.random.default_rng(0)
    network = Network((6, 8, 3))
    network.initialize("he-normal", rng)
    images = rng.random((500, 6), np.float32)
    before = network.predict_proba(images).copy()
    # A quarter of the labels differ from what the network says, though it is all but certain of them.
    labels = np.where(rng.random(500) < 0.25, rng.integers(3, size=500), before.argmax(axis=1))
    network.layers[-1].weights *= np.float32(8)
    sure = network.predict_proba(images).copy()
    loss, _ = network.evaluate(images, labels)
    divisor = calibrate(network, images, labels)
    after = network.predict_proba(images)
    assert divisor > 1
    np.testing.assert_array_equal(after.argmax(axis=1), sure.argmax(axis=1))
    assert network.evaluate(images, labels)[0] < loss
    assert temperature(after, labels) == pytest.approx(1.0, abs=0.01)
