"""The health of layers: norms, the share of a step, dead and saturated units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.layer_health import layer_health
from mnist_viz.engine.network import Network

FLOAT64 = np.dtype(np.float64)
IMAGES = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
LABELS = np.array([0, 1, 0, 1], np.uint8)


def network(
    activation: str, weights: NDArray[np.floating], biases: NDArray[np.floating] | float = 0.0, classes: int = 2
) -> Network:
    """Two pixels, one hidden layer with these numbers, and an output layer of ones and minus ones."""
    made = Network((2, weights.shape[1], classes), activation, dtype=FLOAT64)
    assert made.layers[0].biases is not None
    made.layers[0].weights[:] = weights
    made.layers[0].biases[:] = biases
    made.layers[1].weights[:] = 1.0
    made.layers[1].weights[:, 1] = -1.0
    return made


def drawn(sizes: tuple[int, ...], activation: str, seed: int, *, batch_norm: bool = False) -> Network:
    made = Network(sizes, activation, batch_norm=batch_norm)
    made.initialize("he-normal", np.random.default_rng(seed))
    return made


def test_norms_are_those_of_the_weights_and_of_their_gradient() -> None:
    net = network("identity", np.array([[3.0, 0.0], [0.0, 4.0]]), biases=100.0)
    first, last = layer_health(net, IMAGES, LABELS)
    assert (first.weight_norm, last.weight_norm) == (5.0, 2.0)
    net.loss_and_gradient(IMAGES, LABELS)
    assert first.gradient_norm == pytest.approx(np.sqrt((net.layers[0].weights_gradient ** 2).sum()))
    assert last.gradient_norm == pytest.approx(np.sqrt((net.layers[1].weights_gradient ** 2).sum()))
    assert first.gradient_norm > 0.0


def test_the_gradient_of_one_layer_worked_by_hand() -> None:
    # Zero weights: every probability is 1/2, and dL/dW = X^T (p - onehot) / n with n = 4:
    # p - onehot is -1/2, 1/2, -1/2, 1/2 in the first column and its opposite in the second.
    # X^T times the first: (0 + 1/2 - 1/4 + 1/2) / 4 = 3/16, (-1/2 + 0 - 1/4 + 1/2) / 4 = -1/16.
    (health,) = layer_health(Network((2, 2), dtype=FLOAT64), IMAGES, LABELS)
    assert health.gradient_norm == pytest.approx(np.sqrt(2 * (9 + 1)) / 16)


def test_the_update_ratio_is_that_of_the_weights_alone() -> None:
    net = network("relu", np.array([[3.0, 0.0], [0.0, 4.0]]))
    change = Network(net.sizes, "relu", dtype=FLOAT64)
    assert change.layers[0].biases is not None
    change.layers[0].weights[:] = [[0.0, 0.03], [0.04, 0.0]]
    change.layers[0].biases[:] = 99.0
    change.layers[1].weights[:] = 0.001
    first, last = layer_health(net, IMAGES, LABELS, change.parameters)
    assert first.update_ratio == pytest.approx(0.05 / 5)
    assert last.update_ratio == pytest.approx(0.002 / 2)


def test_without_a_step_or_without_weights_there_is_no_ratio() -> None:
    net = network("relu", np.ones((2, 3)))
    assert [health.update_ratio for health in layer_health(net, IMAGES, LABELS)] == [None, None]
    net.layers[0].weights[:] = 0.0
    first, last = layer_health(net, IMAGES, LABELS, np.ones_like(net.parameters))
    assert first.update_ratio is None
    assert last.update_ratio is not None


def test_a_relu_that_is_off_for_all_samples_is_dead_and_one_that_puts_out_the_same_is_not() -> None:
    weights, biases = np.array([[-1.0, 1.0, 1.0, 0.0], [-1.0, 1.0, 1.0, 0.0]]), np.array([-1.0, -1.5, 1.0, 0.0])
    first, last = layer_health(network("relu", weights, biases), IMAGES, LABELS)
    assert first.dead == 0.5
    assert first.saturated is None
    assert (last.dead, last.saturated) == (None, None)
    same, _ = layer_health(network("relu", np.zeros((2, 3)), biases=0.5), IMAGES, LABELS)
    assert same.dead == 0.0


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"relu", "softplus"}))
def test_a_unit_of_another_activation_is_dead_if_its_output_never_changes(name: str) -> None:
    weights = np.array([[1.0, 0.0, -1.0, 0.0], [2.0, 0.0, 0.5, 0.0]])
    first, _ = layer_health(network(name, weights, biases=0.25), IMAGES, LABELS)
    assert first.dead == 0.5


def test_saturated_is_the_share_of_outputs_within_a_hundredth_of_the_range_of_a_bound() -> None:
    # The first unit's sums are 0, 10, 5 and 10: sigmoid 0.5, 0.99995, 0.9933, 0.99995. The second's the opposite.
    # 3 of 4 samples lie above 0.99, or below 0.01; the third unit puts out 0.5 throughout.
    weights = np.array([[10.0, -10.0, 0.0], [0.0, 0.0, 0.0]])
    first, _ = layer_health(network("sigmoid", weights), IMAGES, LABELS)
    assert first.saturated == pytest.approx(6 / 12)
    assert first.dead == pytest.approx(1 / 3)


def test_for_tanh_the_range_is_two_wide() -> None:
    # tanh(2) = 0.964 is more than 0.02 away from 1, tanh(2.5) = 0.987 is not.
    weights = np.array([[2.0, 2.5, -2.5], [2.0, 2.5, -2.5]])
    samples = np.array([[1.0, 0.0], [0.0, 1.0]])
    first, _ = layer_health(network("tanh", weights), samples, LABELS[:2])
    assert first.saturated == pytest.approx(2 / 3)


@settings(deadline=None)
@given(
    hidden=st.lists(st.integers(1, 6), max_size=3).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    batch_norm=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_shares_are_shares_and_the_network_is_left_as_it_was(
    hidden: tuple[int, ...], activation: str, batch_norm: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    net = drawn((16, *hidden, 3), activation, seed, batch_norm=batch_norm)
    images, labels = rng.integers(0, 256, (12, 16), dtype=np.uint8), rng.integers(0, 3, 12)
    net.gradient[:] = 7.0
    before = net.parameters.copy(), net.statistics.copy()
    net.parameters.flags.writeable = False
    for frozen in (net.gradient, net.statistics):
        frozen.flags.writeable = False
    health = layer_health(net, images, labels, np.full_like(before[0], 0.01))
    assert len(health) == len(hidden) + 1
    for layer in health:
        assert np.isfinite([layer.gradient_norm, layer.weight_norm]).all()
        assert layer.update_ratio is not None
        assert layer.update_ratio > 0.0
        assert layer.dead is None or 0.0 <= layer.dead <= 1.0
        assert layer.saturated is None or 0.0 <= layer.saturated <= 1.0
    np.testing.assert_array_equal(net.parameters, before[0])
    np.testing.assert_array_equal(net.statistics, before[1])
    assert (net.gradient == 7.0).all()


def test_units_are_judged_with_the_running_statistics_of_batch_normalization() -> None:
    net = drawn((2, 4, 2), "relu", 0, batch_norm=True)
    assert net.layers[0].norm is not None
    net.layers[0].norm.mean[:] = 1e3  # no sum comes near it: every unit is off
    first, _ = layer_health(net, IMAGES.astype(np.float32), LABELS)
    assert first.dead == 1.0


def test_a_network_that_has_diverged_can_be_examined() -> None:
    net = network("relu", np.full((2, 3), np.inf))
    first, _ = layer_health(net, IMAGES, LABELS)
    assert first.weight_norm == np.inf
    assert np.isnan(first.gradient_norm)


def test_bad_input_is_named() -> None:
    net = network("relu", np.ones((2, 3)))
    with pytest.raises(ValueError, match="needs 2 samples or more, not 1"):
        layer_health(net, IMAGES[:1], LABELS[:1])
    with pytest.raises(ValueError, match="4 images need as many labels, not 3"):
        layer_health(net, IMAGES, LABELS[:3])
    with pytest.raises(ValueError, match="labels must be 0 to 1, not 0 to 2"):
        layer_health(net, IMAGES, np.array([0, 1, 2, 0]))
    with pytest.raises(ValueError, match=r"shape \(17,\), not \(3,\)"):
        layer_health(net, IMAGES, LABELS, np.ones(3))
