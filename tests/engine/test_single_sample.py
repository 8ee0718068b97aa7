"""Training one sample at a time is the batch's arithmetic for a batch of one."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import SGD
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.single_sample import SingleSampleSGD
from mnist_viz.engine.training import Trainer

if TYPE_CHECKING:
    from tests.engine.conftest import Labelled


def two_of(sizes: tuple[int, ...], activation: str, biases: bool, initializer: str) -> tuple[Network, Network]:
    """Two networks with the same first weights."""
    pair = tuple(Network(sizes, activation, biases=biases) for _ in range(2))
    for network in pair:
        network.initialize(initializer, np.random.default_rng(4))
    return pair[0], pair[1]


def compare_steps(
    one: Network, other: Network, x: NDArray[np.float32], labels: NDArray[np.integer], rate: float
) -> None:
    """Train `one` by the single-sample path and `other` by batches of one; they must stay together."""
    single, sgd = SingleSampleSGD(one), SGD(other.parameters, 0.0)
    for picture, label in zip(x, labels, strict=True):
        loss, hit = single.step(picture, int(label), rate)
        expected_loss, expected_hit = other.loss_and_gradient(picture[None], np.array([label]))
        sgd.step(other.parameters, other.gradient, rate)
        assert loss == pytest.approx(expected_loss, rel=1e-4, abs=1e-6)
        assert hit == expected_hit
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-3, atol=2e-6)


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)], ids=["no hidden layer", "one", "two"])
@pytest.mark.parametrize("biases", [True, False], ids=["biases", "no biases"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_stays_with_the_batch_path(activation: str, biases: bool, hidden: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    one, other = two_of((12, *hidden, 4), activation, biases, "glorot-normal")
    x = np.where(rng.random((40, 12)) < 0.3, rng.random((40, 12)), 0).astype(np.float32)
    before = one.parameters.copy()
    compare_steps(one, other, x, rng.integers(0, 4, 40), 0.1)
    assert np.abs(one.parameters - before).max() > 0.01


def test_only_the_rows_of_lit_pixels_change() -> None:
    network, _ = two_of((12, 6, 4), "tanh", False, "glorot-normal")
    first = network.layers[0].weights.copy()
    x = np.zeros(12, np.float32)
    x[[2, 7]] = 1
    SingleSampleSGD(network).step(x, 1, 0.1)
    changed = (network.layers[0].weights != first).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [2, 7]
    one, other = two_of((12, 6, 4), "relu", True, "he-normal")
    first = one.layers[0].weights.copy()
    compare_steps(one, other, np.zeros((3, 12), np.float32), np.array([0, 1, 2]), 0.1)
    np.testing.assert_array_equal(one.layers[0].weights, first)


def test_a_trainer_with_batch_size_1_follows_the_batch_path(train_set: "Labelled", validation_set: "Labelled") -> None:
    settings = Settings(hidden=(6,), activation="sigmoid", batch_size=1, epochs=1)
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    by_hand = Network((16, 6, 3), "sigmoid")
    by_hand.parameters[:] = trainer.network.parameters
    shuffle = Trainer(settings, train_set, validation_set, classes=3).batches
    sgd = SGD(by_hand.parameters, 0.0)
    for batch, event in zip(range(shuffle.grid.batches(0)), trainer.run(), strict=False):
        x, y = shuffle.take(0, batch)
        loss, _ = by_hand.loss_and_gradient(x, y)
        sgd.step(by_hand.parameters, by_hand.gradient, 0.1)
        assert event.step == batch + 1
        assert getattr(event, "loss", None) == pytest.approx(loss, rel=1e-3, abs=1e-5)
    np.testing.assert_allclose(trainer.network.parameters, by_hand.parameters, rtol=1e-3, atol=1e-5)


def test_momentum_works_one_sample_at_a_time_too(train_set: "Labelled", validation_set: "Labelled") -> None:
    settings = Settings(hidden=(6,), batch_size=1, epochs=1, optimizer="momentum", learning_rate=0.01)
    plain = replace(settings, optimizer="sgd")
    runs = [Trainer(each, train_set, validation_set, classes=3) for each in (settings, plain)]
    for run in runs:
        for _ in run.run():
            pass
    assert runs[0].optimizer.state.any()
    assert not np.array_equal(runs[0].network.parameters, runs[1].network.parameters)
