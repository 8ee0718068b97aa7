"""The network as one object for scripts: train, predict, evaluate, save, load."""

import doctest
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_viz import NeuralNetwork, neural_network
from mnist_viz.engine.progress import Diverged, EpochEnd
from mnist_viz.neural_network import epoch_line
from mnist_viz.recording.storage import ModelFileError
from tests.small_data import blobs

X, Y = blobs(200, 1)
X_VAL, Y_VAL = blobs(60, 2)


def small(**changes: Any) -> NeuralNetwork:
    return NeuralNetwork(**{"input_size": 16, "hidden_size": 8, "output_size": 3, "seed": 1, **changes})


@pytest.fixture
def network() -> NeuralNetwork:
    return small()


# What it is


def test_its_defaults_are_those_of_relu_128_on_mnist() -> None:
    network = NeuralNetwork()
    assert [w.shape for w in network.weights] == [(784, 128), (128, 10)]
    assert [b.shape for b in network.biases] == [(128,), (10,)]
    assert sum(p.size for p in network.weights + network.biases) == 101_770
    assert network.learning_rate == 0.1
    other = NeuralNetwork(16, 8, 3, 0.25)  # the four promised arguments in their order
    assert (other.input_size, other.output_size, other.learning_rate) == (16, 3, 0.25)
    assert repr(network) == "NeuralNetwork(Network(784-128-10, relu, 101,770 parameters))"


def test_a_list_makes_it_deeper() -> None:
    hiddens: list[Any] = [[8, 5], (7,), []]
    for hidden, sizes in zip(hiddens, ([16, 8, 5, 3], [16, 7, 3], [16, 3]), strict=True):
        assert [w.shape for w in small(hidden_size=hidden).weights] == list(pairwise(sizes))
    assert small(biases=False).biases == []


def test_weights_are_views_that_can_be_set(network: NeuralNetwork) -> None:
    for w in network.weights:
        w[:] = 0
    np.testing.assert_allclose(network.predict_proba(X), 1 / 3)


# Training


def test_it_learns_and_says_what_each_epoch_reached(network: NeuralNetwork) -> None:
    epochs = network.train(X, Y, X_VAL, Y_VAL, epochs=15, batch_size=10, verbose=False)
    assert [epoch.epoch for epoch in epochs] == list(range(15))
    assert epochs[-1].train_loss < epochs[0].train_loss / 3
    assert epochs[-1].val_accuracy > 0.95
    assert network.evaluate(X_VAL, Y_VAL) == pytest.approx((epochs[-1].val_loss, epochs[-1].val_accuracy))


def test_it_prints_a_line_an_epoch(network: NeuralNetwork, capsys: pytest.CaptureFixture[str]) -> None:
    network.train(X, Y, X_VAL, Y_VAL, epochs=2)
    lines = capsys.readouterr().out.splitlines()
    number = r"\d+\.\d{4}"
    for epoch, line in enumerate(lines):
        assert re.fullmatch(
            rf"Epoch   {epoch}: Train Loss: {number}, Train Acc: {number}, Val Loss: {number}, Val Acc: {number}", line
        )
    assert len(lines) == 2
    network.train(X, Y, epochs=1, verbose=False)
    assert capsys.readouterr().out == ""


def test_the_line_is_the_promised_one() -> None:
    epoch = EpochEnd(391, 0, 2.1234, 0.2150, 2.0987, 0.2234, 0.1, 0.3, 1.0)
    expected = "Epoch   0: Train Loss: 2.1234, Train Acc: 0.2150, Val Loss: 2.0987, Val Acc: 0.2234"
    assert epoch_line(epoch) == expected


def test_without_validation_its_figures_are_those_of_the_training_set(network: NeuralNetwork) -> None:
    (epoch,) = network.train(X, Y, epochs=1, verbose=False)
    assert network.evaluate(X, Y) == pytest.approx((epoch.val_loss, epoch.val_accuracy))


def test_the_same_seed_gives_the_same_network() -> None:
    networks = [small(seed=seed) for seed in (1, 1, 2)]
    for network in networks:
        network.train(X, Y, epochs=2, verbose=False)
    one, same, other = (network.predict_proba(X) for network in networks)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_training_goes_on_from_the_present_weights(network: NeuralNetwork) -> None:
    network.train(X, Y, epochs=5, batch_size=10, verbose=False)
    reached, _ = network.evaluate(X, Y)
    network.train(X, Y, epochs=5, batch_size=10, verbose=False)
    assert network.evaluate(X, Y)[0] < reached


def test_the_learning_rate_may_be_set_between_calls(network: NeuralNetwork) -> None:
    network.learning_rate = 0.01
    (epoch,) = network.train(X, Y, epochs=1, verbose=False)
    assert epoch.learning_rate == 0.01


def test_the_same_data_in_another_form_train_the_same() -> None:
    forms: list[tuple[Any, Any]] = [
        (X / 255, Y), ((X / 255).astype(np.float32), Y.astype(np.int64)), (X.reshape(-1, 4, 4), Y),
        (X, np.eye(3)[Y]), ((X / 255).tolist(), Y.tolist()),
    ]  # fmt: skip
    plain = small()
    plain.train(X, Y, epochs=2, verbose=False)
    for images, labels in forms:
        other = small()
        other.train(images, labels, epochs=2, verbose=False)
        np.testing.assert_allclose(other.predict_proba(images), plain.predict_proba(X), rtol=1e-4, atol=1e-6)
        assert other.evaluate(images, labels) == pytest.approx(plain.evaluate(X, Y), rel=1e-4)


def test_the_data_are_left_as_they_are(network: NeuralNetwork) -> None:
    images, labels = X.copy(), Y.copy()
    images.setflags(write=False)
    labels.setflags(write=False)
    network.train(images, labels, epochs=1, verbose=False)
    np.testing.assert_array_equal(images, X)


def test_a_diverging_run_leaves_a_network_of_finite_numbers() -> None:
    network = small(learning_rate=100.0, activation="identity")
    with pytest.raises(Diverged, match="The learning rate was 100"):
        network.train(X, Y, epochs=100, batch_size=10, verbose=False)
    assert all(np.isfinite(w).all() for w in network.weights)


# Answers


def test_probabilities_are_a_row_an_image_and_predictions_their_winners(network: NeuralNetwork) -> None:
    probabilities = network.predict_proba(X)
    assert probabilities.shape == (200, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(network.predict(X), probabilities.argmax(axis=1))


def test_evaluate_is_loss_and_accuracy(network: NeuralNetwork) -> None:
    loss, accuracy = network.evaluate(X, Y)
    p = network.predict_proba(X)
    assert loss == pytest.approx(-np.log(p[np.arange(200), Y]).mean(), rel=1e-5)
    assert accuracy == (network.predict(X) == Y).mean()


# Files


def test_a_saved_network_answers_the_same(tmp_path: Path) -> None:
    network = small(biases=False, activation="tanh", hidden_size=[6, 5])
    network.train(X, Y, epochs=1, verbose=False)
    network.save(tmp_path / "model.npz")
    again = NeuralNetwork.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(again.predict_proba(X), network.predict_proba(X))
    assert repr(again) == repr(network)
    again.train(X, Y, epochs=1, verbose=False)  # and can be trained on


def test_loading_what_is_no_model_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(b"hello")
    with pytest.raises(ModelFileError, match=r"model.npz is not a model file"):
        NeuralNetwork.load(tmp_path / "model.npz")


# What cannot be


def test_what_does_not_fit_is_refused_with_a_reason(network: NeuralNetwork) -> None:
    shape = r"X_train must have the shape \(n, 16\) with n at least 1, not "
    cases: list[tuple[Any, Any, str]] = [
        (X[:, :9], Y, rf"{shape}\(200, 9\)"),
        (X[0], Y, rf"{shape}\(16,\)"),
        (X[:0], Y, rf"{shape}\(0, 16\)"),
        (X.astype(float), Y, "looks like pixels from 0 to 255"),
        (np.full((200, 16), np.nan), Y, "not finite"),
        (X[:10], Y, "X_train has 10 images and y_train 200 labels"),
        (X, Y[:-1], "X_train has 200 images and y_train 199 labels"),
        (X, Y.astype(int) + 1, "y_train must be from 0 to 2, not 1 to 3"),
        (X, Y.astype(int) - 1, "y_train must be from 0 to 2, not -1 to 1"),
    ]
    for labels in (Y + 0.5, np.where(Y == 0, np.nan, Y), np.eye(4)[Y], [f"{y}th" for y in Y]):
        cases.append((X, labels, "y_train must hold class numbers"))
    for images, labels, message in cases:
        with pytest.raises(ValueError, match=message):
            network.train(images, labels, epochs=1, verbose=False)
    with pytest.raises(ValueError, match="X_val and y_val belong together"):
        network.train(X, Y, X_VAL, epochs=1)
    for name in ("epochs", "batch_size"):
        with pytest.raises(ValueError, match="must be 1 to"):
            network.train(X, Y, verbose=False, **{name: 0})
    network.learning_rate = -1
    with pytest.raises(ValueError, match="The learning rate must be"):
        network.train(X, Y, epochs=1, verbose=False)
    impossible: list[tuple[dict[str, Any], str]] = [
        ({"hidden_size": 0}, "A hidden layer needs"), ({"activation": "swish"}, "There is no activation 'swish'"),
        ({"input_size": 0}, "at least two layers"), ({"output_size": 0}, "at least two layers"),
    ]  # fmt: skip
    for changes, message in impossible:
        with pytest.raises(ValueError, match=message):
            small(**changes)


def test_the_example_of_its_docstring_is_true() -> None:
    result = doctest.testmod(neural_network)
    assert result.attempted > 0
    assert result.failed == 0
