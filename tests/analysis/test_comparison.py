"""Two networks: the difference of their weights, and what only one of them reads."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from mnist_viz.analysis.comparison import OUTPUT, known_by_one, layer_weights, weight_difference, weight_limit
from mnist_viz.analysis.evaluation import Examination
from mnist_viz.engine.network import Network


def make_model(*sizes: int) -> Network:
    network = Network(sizes, "relu", biases=True)
    network.parameters[:] = np.random.default_rng(0).normal(0, 1, network.parameters.size)
    return network


MODEL = make_model(6, 4, 3)
# --- weights ---------------------------------------------------------------------------------


def test_a_layer_is_hidden_or_the_output() -> None:
    shallow = make_model(6, 3)
    for network, layer, shape in (
        (MODEL, 0, (6, 4)), (MODEL, 1, None), (MODEL, OUTPUT, (4, 3)), (shallow, 0, None), (shallow, OUTPUT, (6, 3)),
    ):  # fmt: skip
        weights = layer_weights(network, layer)
        assert (None if weights is None else weights.shape) == shape


def test_the_difference_is_measured_by_the_first() -> None:
    a = np.array([[3.0], [4.0]], np.float32)
    found = weight_difference(a, 2 * a)
    assert found is not None
    np.testing.assert_array_equal(found.weights, a)
    assert [found.distance, found.cosine] == pytest.approx([1.0, 1.0])
    turned = weight_difference(a, np.array([[-4.0], [3.0]], np.float32))
    assert turned is not None
    assert [turned.distance, turned.cosine] == pytest.approx([math.sqrt(2), 0.0])


def test_layers_of_other_shapes_have_no_difference_and_what_is_no_number_is_no_error() -> None:
    a = np.zeros((6, 4), np.float32)
    assert weight_difference(a, np.zeros((6, 5), np.float32)) is None
    assert weight_difference(a, None) is None
    assert weight_difference(None, a) is None
    zero = np.zeros((2, 2), np.float32)
    found = weight_difference(zero, np.full((2, 2), np.inf, np.float32))
    assert found is not None
    assert not math.isfinite(found.distance)


WEIGHTS = hnp.arrays(np.float32, (5, 3), elements=st.floats(-8, 8, width=16))


@given(WEIGHTS, WEIGHTS)
def test_b_is_a_and_the_difference(a: NDArray[np.float32], b: NDArray[np.float32]) -> None:
    found = weight_difference(a, b)
    assert found is not None
    np.testing.assert_allclose(a + found.weights, b, atol=1e-5)
    assert not math.isfinite(found.cosine) or -1 <= found.cosine <= 1
    assert (found.distance == 0) == (bool(np.array_equal(a, b)) and bool(a.any()))


@given(st.floats(1e-4, 1e4))
def test_the_range_of_weights_is_round_and_about_four_deviations(deviation: float) -> None:
    weights = np.array([[-deviation, deviation]])
    limit = weight_limit(weights)
    assert 4 * deviation * 0.999 <= limit <= 4 * deviation * 1.7
    mantissa = float(f"{limit:e}".split("e")[0])
    assert mantissa in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


def test_weights_without_a_spread_have_some_range() -> None:
    for weights in (np.zeros((3, 3)), np.full((3, 3), np.inf), np.full((3, 3), np.nan)):
        assert 0 < weight_limit(weights) < np.inf


# --- answers ---------------------------------------------------------------------------------


def examination(right: list[bool], confidence: list[float] | None = None) -> Examination:
    sure = np.array(confidence if confidence is not None else [0.5] * len(right), np.float32)
    return Examination(np.zeros((2, 2), np.int64), np.zeros(len(right), np.uint8), 0.0, np.array(right, bool), sure)


def test_pictures_are_sorted_by_who_reads_them() -> None:
    a = examination([True, True, False, False, True], [0.9, 0.6, 0.9, 0.9, 0.9])
    b = examination([True, False, True, False, False], [0.9, 0.6, 0.9, 0.9, 0.9])
    known = known_by_one(a, b)
    assert known.only_a.tolist() == [4, 1]  # the surest first
    assert known.only_b.tolist() == [2]
    assert known.both.tolist() == [0]
    assert known.neither.tolist() == [3]
    with pytest.raises(ValueError, match="one was examined on 2 pictures, the other on 3"):
        known_by_one(examination([True, True]), examination([True, True, True]))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=50))
def test_each_picture_is_in_one_of_the_four(pairs: list[tuple[bool, bool]]) -> None:
    a, b = examination([x for x, _ in pairs]), examination([y for _, y in pairs])
    known = known_by_one(a, b)
    parts = known.only_a, known.only_b, known.neither, known.both
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(pairs)))
    swapped = known_by_one(b, a)
    assert set(swapped.only_a.tolist()) == set(known.only_b.tolist())
