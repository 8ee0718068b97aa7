"""Softmax and cross-entropy against their definitions in double precision."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.losses import SoftmaxCrossEntropy, softmax

Floats = NDArray[np.floating]


def plain_softmax(logits: Floats) -> Floats:
    exponentials = np.exp(logits.astype(np.float64))
    result: Floats = exponentials / exponentials.sum(axis=1, keepdims=True)
    return result


@pytest.fixture
def logits() -> Floats:
    return np.random.default_rng(0).normal(0, 3, (50, 10)).astype(np.float32)


@pytest.fixture
def labels() -> NDArray[np.integer]:
    return np.random.default_rng(1).integers(0, 10, 50)


def test_softmax_of_huge_logits_is_one_for_the_greatest() -> None:
    logits = np.array([[-1e30, 0.0, 1e30], [5e4, 5e4, -5e4]], np.float32)
    softmax(logits)
    np.testing.assert_array_equal(logits, [[0, 0, 1], [0.5, 0.5, 0]])


def test_the_loss_is_the_sum_of_minus_log_p(logits: Floats, labels: NDArray[np.integer]) -> None:
    p = plain_softmax(logits)
    loss, correct = SoftmaxCrossEntropy(50, 10, np.dtype(np.float32)).loss_and_delta(logits, labels)
    assert loss == pytest.approx(-np.log(p[np.arange(50), labels]).sum(), rel=1e-5)
    assert correct == np.count_nonzero(p.argmax(axis=1) == labels)


def test_a_certain_mistake_has_a_large_but_finite_loss() -> None:
    logits = np.array([[1000.0, 0.0]], np.float32)
    loss, correct = SoftmaxCrossEntropy(1, 2, np.dtype(np.float32)).loss_and_delta(logits, np.array([1]))
    assert (loss, correct) == (1000.0, 0)


def test_labels_may_be_bytes(logits: Floats, labels: NDArray[np.integer]) -> None:
    loss = SoftmaxCrossEntropy(50, 10, np.dtype(np.float32))
    as_bytes = loss.loss_and_delta(logits.copy(), labels.astype(np.uint8))
    assert as_bytes == loss.loss_and_delta(logits.copy(), labels)
