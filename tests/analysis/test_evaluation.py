"""An examination counts every picture once, in whatever pieces, and says what a straightforward computation says."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import PROBE_SIZE, Probe, examine
from mnist_viz.data.dataset import Dataset, Subset
from mnist_viz.engine.network import Network


def model_of(sizes: tuple[int, ...], seed: int = 0, scale: float = 1.0, biases: bool = True) -> Network:
    network = Network(sizes, biases=biases)
    network.parameters[:] = np.random.default_rng(seed).normal(0, scale, network.parameters.size)
    return network


def pictures(count: int, inputs: int, classes: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, inputs), dtype=np.uint8)
    return images, rng.integers(0, classes, count, dtype=np.uint8)


@given(
    count=st.integers(0, 700),
    classes=st.integers(1, 12),
    hidden=st.lists(st.integers(1, 9), max_size=2),
    biases=st.booleans(),
    seed=st.integers(0, 99),
)
def test_it_says_what_a_straightforward_computation_says(
    count: int, classes: int, hidden: list[int], biases: bool, seed: int
) -> None:
    model = model_of((12, *hidden, classes), seed, biases=biases)
    images, labels = pictures(count, 12, classes, seed)
    found = examine(model, images, labels, classes)
    probabilities = model.predict_proba(images)
    assert found.confusion.sum() == count
    assert found.confusion.shape == (classes, classes)
    pairs = Counter(zip(labels.tolist(), found.predicted.tolist(), strict=True))
    assert {(r, c): int(n) for (r, c), n in np.ndenumerate(found.confusion) if n} == dict(pairs)
    np.testing.assert_array_equal(found.right, found.predicted == labels)
    assert np.trace(found.confusion) == count - found.wrong
    # Where two classes are equally likely but for rounding, either may be the answer.
    rows = np.arange(count)
    np.testing.assert_allclose(probabilities[rows, found.predicted], probabilities.max(axis=1, initial=0), rtol=1e-4)
    np.testing.assert_allclose(found.confidence, probabilities.max(axis=1, initial=0), rtol=1e-4)


def test_loss_and_accuracy_are_those_that_training_reports() -> None:
    model = model_of((12, 8, 5))
    images, labels = pictures(1203, 12, 5)
    found = examine(model, images, labels, 5)
    loss, accuracy = model.evaluate(images, labels)
    assert found.loss == pytest.approx(loss, rel=1e-5)
    assert found.accuracy == pytest.approx(accuracy)


def test_a_certain_mistake_costs_much_but_no_infinity_and_a_diverged_network_is_examined_too() -> None:
    images, labels = pictures(300, 12, 3)
    found = examine(model_of((12, 3), scale=500.0), images, labels, 3)
    assert np.isfinite(found.loss)
    assert found.loss > 100
    for value in (np.nan, np.inf, 3e38):
        model = model_of((12, 6, 3))
        model.parameters[:] = value
        found = examine(model, images, labels, 3)
        assert found.confusion.sum() == 300
        assert np.isfinite(found.confidence).all()


def test_a_piece_of_a_large_network_has_fewer_pictures() -> None:
    images, labels = pictures(1000, 2000, 2)
    small: list[float] = []
    large: list[float] = []
    examine(model_of((2000, 2)), images, labels, 2, small.append)
    examine(model_of((2000, 1500, 2)), images, labels, 2, large.append)
    assert small == [0.0, 0.25, 0.5, 0.75]
    assert 0 < large[1] < small[1]


def test_what_does_not_fit_is_refused_and_results_cannot_be_changed() -> None:
    images, labels = pictures(10, 12, 3)
    with pytest.raises(ValueError, match="cannot be examined"):
        examine(model_of((13, 3)), images, labels, 3)
    with pytest.raises(ValueError, match="cannot be examined"):
        examine(model_of((12, 4)), images, labels, 3)
    with pytest.raises(ValueError, match="as many labels"):
        examine(model_of((12, 3)), images, labels[:5], 3)
    found = examine(model_of((12, 3)), images, labels, 3)
    for array in (found.confusion, found.predicted, found.right, found.confidence):
        assert not array.flags.writeable


def dataset(validation: int) -> Dataset:
    train, middle, test = (Subset(*pictures(count, 12, 3, seed)) for seed, count in enumerate((5, validation, 5)))
    return Dataset("few", "Few", ("a", "b", "c"), train, middle, test, "made in a test", (3, 4))


def test_a_probe_is_the_first_validation_pictures_with_the_numbers_of_a_model_of_other_classes() -> None:
    few, many = dataset(7), dataset(PROBE_SIZE + 5)
    np.testing.assert_array_equal(Probe.of(few).images, few.validation.images)
    assert len(Probe.of(many)) == PROBE_SIZE
    np.testing.assert_array_equal(Probe.of(many).labels, many.validation.labels[:PROBE_SIZE])
    probe = Probe.of(few, ("c", "x", "b", "a"), np.array([3, 2, 0]))
    names = [probe.class_names[k] for k in probe.labels]
    assert names == [few.class_names[k] for k in few.validation.labels]
