"""One step of a tiny network against numbers worked out on paper."""

import math

import numpy as np
import pytest

from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import SGD
from mnist_viz.engine.single_sample import SingleSampleSGD

LN3 = math.log(3.0)
FLOAT64: np.dtype[np.floating] = np.dtype(np.float64)

# The network is 2-2-2 with sigmoid, the sample x = (1, 2) with label 0, the learning rate 0.1.
#
#     W1 = | 1  ln 3 |   b1 = (1, 0)        W2 = | 1  0                 |   b2 = (1/2, 0)
#          |-1  0    |                           | 0  (4/3) (1 + ln 3)  |
#
# Forwards:
#     z1 = (1*1 + 2*(-1) + 1, 1*ln 3 + 2*0) = (0, ln 3)
#     a1 = sigmoid(z1) = (1/2, 3/4),                    since 1 / (1 + 1/3) = 3/4
#     z2 = (1/2*1 + 1/2, 3/4 * 4/3 * (1 + ln 3)) = (1, 1 + ln 3)
#     p  = (e, 3e) / 4e = (1/4, 3/4)
#     loss = -ln p[0] = ln 4 = 1.386294, and the answer is 1, which is wrong
# Backwards:
#     d2  = p - (1, 0) = (-3/4, 3/4)
#     dW2 = a1 outer d2 = | -3/8   3/8  |    db2 = d2
#                         | -9/16  9/16 |
#     da1 = W2 d2 = (-3/4, 3/4 * 4/3 * (1 + ln 3)) = (-3/4, 1 + ln 3)
#     d1  = da1 * a1 * (1 - a1) = (-3/4 * 1/4, (1 + ln 3) * 3/16) = (-0.1875, 0.393490)
#     dW1 = x outer d1 = | -0.1875  0.393490 |    db1 = d1
#                        | -0.375   0.786980 |
W1, B1 = [[1.0, LN3], [-1.0, 0.0]], [1.0, 0.0]
W2, B2 = [[1.0, 0.0], [0.0, 4 / 3 * (1 + LN3)]], [0.5, 0.0]
DW1, DB1 = [[-0.1875, 0.393490], [-0.375, 0.786980]], [-0.1875, 0.393490]
DW2, DB2 = [[-0.375, 0.375], [-0.5625, 0.5625]], [-0.75, 0.75]
# The step subtracts a tenth of that:
NEW_W1, NEW_B1 = [[1.01875, 1.059263], [-0.9625, -0.078698]], [1.01875, -0.039349]
NEW_W2, NEW_B2 = [[1.0375, -0.0375], [0.05625, 2.741900]], [0.575, -0.075]

X, LABELS = np.array([[1.0, 2.0]]), np.array([0])


def flat(*arrays: list[list[float]] | list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.concatenate([np.ravel(array) for array in arrays])


@pytest.fixture
def network() -> Network:
    return Network((2, 2, 2), "sigmoid", dtype=FLOAT64, parameters=flat(W1, B1, W2, B2))


def test_the_parameters_are_laid_out_layer_by_layer_weights_before_biases(network: Network) -> None:
    first, second = network.layers
    np.testing.assert_array_equal(first.weights, W1)
    np.testing.assert_array_equal(first.biases, B1)
    np.testing.assert_array_equal(second.weights, W2)
    np.testing.assert_array_equal(second.biases, B2)


def test_outputs_loss_gradient_and_the_step_of_gradient_descent_are_those_of_the_paper(network: Network) -> None:
    np.testing.assert_allclose(network.hidden_outputs(X[:1])[0], [[0.5, 0.75]], rtol=1e-12)
    np.testing.assert_allclose(network.predict_proba(X[:1]), [[0.25, 0.75]], rtol=1e-12)
    loss, correct = network.loss_and_gradient(X, LABELS)
    assert loss == pytest.approx(math.log(4.0), rel=1e-12)
    assert correct == 0
    np.testing.assert_allclose(network.gradient, flat(DW1, DB1, DW2, DB2), atol=1e-6)
    SGD(network.parameters, 0.0).step(network.parameters, network.gradient, 0.1)
    np.testing.assert_allclose(network.parameters, flat(NEW_W1, NEW_B1, NEW_W2, NEW_B2), atol=1e-6)


def test_the_path_for_one_sample_gives_the_weights_of_the_paper(network: Network) -> None:
    loss, hit = SingleSampleSGD(network).step(X[0], 0, 0.1)
    assert loss == pytest.approx(math.log(4.0), rel=1e-12)
    assert hit == 0
    np.testing.assert_allclose(network.parameters, flat(NEW_W1, NEW_B1, NEW_W2, NEW_B2), atol=1e-6)


def test_the_other_label_is_a_hit_with_the_other_loss(network: Network) -> None:
    loss, correct = network.loss_and_gradient(X, np.array([1]))
    assert loss == pytest.approx(-math.log(0.75), rel=1e-12)
    assert correct == 1


def test_a_batch_has_the_mean_of_its_samples_gradients(network: Network) -> None:
    batch, labels = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 0.0]]), np.array([0, 1, 1])
    one_by_one = []
    losses = 0.0
    for x, label in zip(batch, labels, strict=True):
        losses += network.loss_and_gradient(x[None], np.array([label]))[0]
        one_by_one.append(network.gradient.copy())
    loss, _ = network.loss_and_gradient(batch, labels)
    assert loss == pytest.approx(losses, rel=1e-12)
    np.testing.assert_allclose(network.gradient, np.mean(one_by_one, axis=0), rtol=1e-12)
