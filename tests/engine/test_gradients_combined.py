"""The gradient of everything together, against central differences of an objective that is written out plainly here."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.losses import LOSSES
from mnist_viz.engine.network import Network
from mnist_viz.engine.normalization import EPSILON
from mnist_viz.engine.regularization import Dropout, add_penalties

Floats = NDArray[np.float64]
FLOAT64: np.dtype[np.floating] = np.dtype(np.float64)
STEP = 1e-6
SIZES = (4, 5, 4, 3)

PLAIN: dict[str, Callable[[Floats], Floats]] = {
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "identity": lambda z: z,
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + np.exp(-z)),
}


@dataclass(frozen=True)
class Regularized:
    """What is added to the plain loss."""

    smoothing: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    input_dropout: float = 0.0
    dropout: float = 0.0


ADDITIONS = {
    "plain": Regularized(),
    "smoothing": Regularized(smoothing=0.2),
    "penalties": Regularized(l1=0.03, l2=0.05),
    "dropout": Regularized(input_dropout=0.3, dropout=0.4),
    "all": Regularized(0.1, 0.02, 0.03, 0.2, 0.3),
}


def masks_of(sizes: tuple[int, ...], addition: Regularized, samples: int) -> list[Floats]:
    """The masks of a step whose generator has seed 3: of the input, then of each hidden layer."""
    rng = np.random.default_rng(3)
    masks = []
    for k, size in enumerate(sizes[:-1]):
        rate = addition.dropout if k else addition.input_dropout
        kept = rng.random((samples, size)) >= rate if rate else np.ones((samples, size))
        masks.append(kept / (1 - rate))
    return masks


def objective(network: Network, x: Floats, labels: NDArray[np.integer], addition: Regularized) -> float:
    """The mean loss with everything that is added to it, from the definitions."""
    masks = masks_of(network.sizes, addition, len(x))
    penalty, start, a = 0.0, 0, x * masks[0]
    names = network.activation.split(",")
    for k, (inputs, outputs) in enumerate(pairwise(network.sizes)):
        last = k == len(network.sizes) - 2

        def taken(count: int) -> Floats:
            nonlocal start
            start += count
            return np.asarray(network.parameters[start - count : start], np.float64)

        weights = taken(inputs * outputs).reshape(inputs, outputs)
        bias = taken(outputs) if network.biases else np.zeros(outputs)
        z = a @ weights
        if network.batch_norm and not last:
            z = taken(outputs) * (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + EPSILON)
        z = z + bias
        penalty += addition.l1 * np.abs(weights).sum() + addition.l2 / 2 * (weights**2).sum()
        a = z if last else PLAIN[names[k % len(names)]](z) * masks[k + 1]
    p = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    target = np.eye(3)[labels] * (1 - addition.smoothing) + addition.smoothing / 3
    losses = {"cross-entropy": -(target * np.log(p)).sum(axis=1), "mse": ((p - target) ** 2).sum(axis=1) / 2}
    return float(losses[network.loss].mean() + penalty)


def assert_right(network: Network, addition: Regularized) -> None:
    rng = np.random.default_rng(11)
    network.parameters[:] = rng.normal(0, 0.8, network.parameters.size)
    x, labels = rng.normal(0, 1, (7, network.sizes[0])), rng.integers(0, 3, 7)
    dropout = None
    if addition.dropout:
        dropout = Dropout(addition.input_dropout, addition.dropout, np.random.default_rng(3))
    network.loss_and_gradient(x, labels, smoothing=addition.smoothing, dropout=dropout)
    add_penalties(network.layers, addition.l1, addition.l2, np.empty_like(network.parameters))
    gradient = network.gradient.copy()
    slopes = np.empty_like(gradient)
    for k, value in enumerate(network.parameters.copy()):
        network.parameters[k] = value + STEP
        above = objective(network, x, labels, addition)
        network.parameters[k] = value - STEP
        slopes[k] = (above - objective(network, x, labels, addition)) / (2 * STEP)
        network.parameters[k] = value
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-8)
    assert np.abs(gradient).max() > 0.01  # there was something to compare


@pytest.mark.parametrize("addition", ADDITIONS.values(), ids=ADDITIONS)
@pytest.mark.parametrize("batch_norm", [False, True], ids=["", "batch norm"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "tanh,gelu"])
def test_the_gradient_is_the_slope_of_the_objective(
    activation: str, loss: str, batch_norm: bool, addition: Regularized
) -> None:
    assert_right(Network(SIZES, activation, batch_norm=batch_norm, loss=loss, dtype=FLOAT64), addition)


@pytest.mark.parametrize(("loss", "batch_norm"), list(product(LOSSES, (False, True))))
def test_it_is_without_biases_too(loss: str, batch_norm: bool) -> None:
    network = Network(SIZES, "silu", biases=False, batch_norm=batch_norm, loss=loss, dtype=FLOAT64)
    assert_right(network, ADDITIONS["all"])


@pytest.mark.parametrize("hidden", [(), (5,), (5, 4, 3)], ids=["no hidden layer", "one", "three"])
@pytest.mark.parametrize(("loss", "batch_norm"), list(product(LOSSES, (False, True))))
def test_it_is_for_fewer_and_more_layers_too(loss: str, batch_norm: bool, hidden: tuple[int, ...]) -> None:
    activation = ",".join(("relu", "elu", "sigmoid")[: len(hidden)]) or "relu"
    network = Network((4, *hidden, 3), activation, batch_norm=batch_norm, loss=loss, dtype=FLOAT64)
    assert_right(network, ADDITIONS["all"])
