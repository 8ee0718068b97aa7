"""What holds for networks and runs of any shape and seed."""

from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.losses import LOSSES
from mnist_viz.engine.network import Network
from mnist_viz.engine.normalization import EPSILON
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.regularization import Dropout, clip_gradient, limit_norms
from mnist_viz.engine.schedules import SCHEDULES
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from tests.small_data import blobs

Floats = NDArray[np.floating]
FLOAT64: np.dtype[np.floating] = np.dtype(np.float64)
TRAIN, VALIDATION = blobs(45, 1), blobs(20, 2)

seeds = st.integers(0, 2**32 - 1)


@st.composite
def networks(draw: st.DrawFn, batch_norm: bool | None = None) -> Network:
    """Networks of one to four layers in double precision, with any parameters and statistics."""
    rng = np.random.default_rng(draw(seeds))
    hidden = draw(st.lists(st.integers(1, 7), max_size=3))
    names = [draw(st.sampled_from(list(ACTIVATIONS))) for _ in hidden] or ["relu"]
    network = Network(
        (draw(st.integers(1, 9)), *hidden, draw(st.integers(2, 6))),
        ",".join(names),
        biases=draw(st.booleans()),
        batch_norm=draw(st.booleans()) if batch_norm is None else batch_norm,
        loss=draw(st.sampled_from(list(LOSSES))),
        dtype=FLOAT64,
    )
    network.parameters[:] = rng.normal(0, 0.7, network.parameters.size)
    network.statistics[:] = rng.uniform(0.2, 2.0, network.statistics.size)
    return network


def samples(network: Network, count: int, seed: int) -> tuple[Floats, NDArray[np.integer]]:
    rng = np.random.default_rng(seed)
    return rng.random((count, network.sizes[0])), rng.integers(0, network.sizes[-1], count)


# The network


@given(networks(), st.integers(1, 20), seeds)
def test_a_batch_gives_what_its_rows_give(network: Network, count: int, seed: int) -> None:
    x, _ = samples(network, count, seed)
    together = network.predict_proba(x)
    for row, expected in zip(x, together, strict=True):
        np.testing.assert_allclose(network.predict_proba(row[None])[0], expected, rtol=1e-9, atol=1e-12)


@given(networks(), st.integers(2, 20), seeds)
def test_the_order_of_a_batch_does_not_matter(network: Network, count: int, seed: int) -> None:
    x, labels = samples(network, count, seed)
    loss, correct = network.loss_and_gradient(x, labels)
    gradient = network.gradient.copy()
    order = np.random.default_rng(seed).permutation(count)
    other_loss, other_correct = network.loss_and_gradient(x[order], labels[order])
    assert other_loss == pytest.approx(loss, rel=1e-9)
    assert other_correct == correct
    np.testing.assert_allclose(network.gradient, gradient, rtol=1e-6, atol=1e-9)


@given(networks(batch_norm=False), st.integers(1, 20), seeds)
def test_evaluation_is_the_loss_of_the_step(network: Network, count: int, seed: int) -> None:
    x, labels = samples(network, count, seed)
    loss, accuracy = network.evaluate(x, labels)
    summed, correct = network.loss_and_gradient(x, labels)
    assert summed / count == pytest.approx(loss)
    assert correct / count == accuracy


@given(networks(batch_norm=True), seeds)
def test_a_normalized_network_folds_into_a_plain_one(network: Network, seed: int) -> None:
    x, _ = samples(network, 6, seed)
    a = x
    names = network.activation.split(",")
    for k, layer in enumerate(network.layers):
        z = a @ layer.weights
        if layer.norm is not None:
            z = layer.norm.gain * (z - layer.norm.mean) / np.sqrt(layer.norm.variance + EPSILON)
        a = z if layer.biases is None else z + layer.biases
        if k < len(names) and k < len(network.layers) - 1:
            ACTIVATIONS[names[k]].forward(a, np.empty_like(a), np.empty_like(a))
    expected = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    plain = network.plain()
    assert all(layer.norm is None for layer in plain.layers)
    np.testing.assert_allclose(plain.predict_proba(x), expected, rtol=1e-6, atol=1e-9)


# What regularizes


@given(st.floats(0.0, 0.9), seeds)
def test_dropout_leaves_out_its_share_and_keeps_the_mean(rate: float, seed: int) -> None:
    mask = np.empty((100, 100), np.float32)
    Dropout(0.0, rate, np.random.default_rng(seed)).draw(mask, rate)
    assert set(np.unique(mask)) <= {np.float32(0.0), np.float32(1 / (1 - rate))}
    deviation = np.sqrt(rate / (1 - rate) / mask.size)  # of the mean of so many masks
    assert abs(mask.mean(dtype=float) - 1.0) <= 6 * deviation + 1e-6


@given(networks(), st.floats(0.01, 3.0))
def test_no_weight_vector_stays_longer_than_the_max_norm(network: Network, limit: float) -> None:
    before = [layer.weights.copy() for layer in network.layers]
    limit_norms(network.layers, limit)
    for layer, weights in zip(network.layers, before, strict=True):
        lengths, norms = np.linalg.norm(weights, axis=0), np.linalg.norm(layer.weights, axis=0)
        np.testing.assert_allclose(norms, np.minimum(lengths, limit), rtol=1e-9)
        np.testing.assert_allclose(layer.weights * lengths, weights * norms, rtol=1e-9, atol=1e-12)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30), st.floats(1e-3, 1e3))
def test_clipping_bounds_the_length_and_keeps_the_direction(values: list[float], limit: float) -> None:
    gradient = np.array(values)
    before, squared_norm = gradient.copy(), float(np.dot(gradient, gradient))
    clip_gradient(gradient, squared_norm, limit)
    assert np.linalg.norm(gradient) <= limit * (1 + 1e-9)
    if squared_norm <= limit**2:
        np.testing.assert_array_equal(gradient, before)
    else:
        np.testing.assert_allclose(gradient * squared_norm**0.5, before * limit, rtol=1e-9, atol=1e-300)


# The run


@st.composite
def runs(draw: st.DrawFn) -> Settings:
    """Settings of small runs, with everything that a run remembers or draws by chance."""

    def sometimes(value: float) -> float:
        return draw(st.sampled_from([0.0, value]))

    hidden = tuple(draw(st.lists(st.integers(1, 6), max_size=2)))
    optimizer = draw(st.sampled_from(list(OPTIMIZERS)))
    return Settings(
        hidden=hidden,
        activation=",".join(draw(st.sampled_from(list(ACTIVATIONS))) for _ in hidden) or "relu",
        loss=draw(st.sampled_from(list(LOSSES))),
        initializer=draw(st.sampled_from(list(INITIALIZERS))),
        biases=draw(st.booleans()),
        batch_norm=draw(st.booleans()),
        optimizer=optimizer,
        learning_rate=OPTIMIZERS[optimizer].usual_rate,
        schedule=draw(st.sampled_from(list(SCHEDULES))),
        decay=0.2,
        decay_every=1,
        warmup=sometimes(1.5),
        l1=sometimes(0.01),
        l2=sometimes(0.01),
        max_norm=sometimes(0.5),
        gradient_clip=sometimes(0.1),
        dropout=sometimes(0.3),
        input_dropout=sometimes(0.2),
        label_smoothing=sometimes(0.1),
        early_stopping=draw(st.sampled_from([0, 10])),
        batch_size=draw(st.integers(2, 20)),
        epochs=4,
        seed=draw(st.integers(0, 1000)),
    )


def everything(trainer: Trainer) -> tuple[Any, ...]:
    """What a trainer's state holds, but the time."""
    state = trainer.state()
    arrays = (state.parameters, state.statistics, state.optimizer_state)
    best = state.best and (state.best.epoch, state.best.parameters.tobytes())
    return *(a.tobytes() for a in arrays), state.epoch, state.batch, state.loss, state.correct, best, state.waited


def advance(trainer: Trainer, events: int) -> None:
    for _ in islice(trainer.run(), events):
        pass


@given(runs(), st.integers(0, 30), st.integers(1, 20))
def test_a_run_goes_on_from_any_state_bit_for_bit(chosen: Settings, before: int, after: int) -> None:
    trainer = Trainer(chosen, TRAIN, VALIDATION, classes=3)
    advance(trainer, before)
    here = trainer.state()
    advance(trainer, after)
    expected = everything(trainer)
    trainer.go_to(here)
    for _ in range(after):
        advance(trainer, 1)
    assert everything(trainer) == expected
    elsewhere = Trainer(chosen, TRAIN, VALIDATION, classes=3)
    advance(elsewhere, before + after + 3)
    elsewhere.go_to(here)
    advance(elsewhere, after)
    assert everything(elsewhere) == expected


@given(runs(), st.integers(1, 12))
def test_the_max_norm_holds_after_each_step(chosen: Settings, events: int) -> None:
    trainer = Trainer(replace(chosen, max_norm=0.2), TRAIN, VALIDATION, classes=3)
    for _ in islice(trainer.run(), events):
        for layer in trainer.network.layers:
            assert np.linalg.norm(layer.weights, axis=0).max() <= 0.2 * (1 + 1e-5)


@given(runs())
def test_a_network_has_as_many_parameters_as_its_settings_say(chosen: Settings) -> None:
    network = Trainer(chosen, TRAIN, VALIDATION, classes=3).network
    counted = sum(i * o + (o if chosen.biases else 0) for i, o in pairwise((16, *chosen.hidden, 3)))
    assert chosen.parameter_count(16, 3) == counted
    assert network.parameters.size == counted + (sum(chosen.hidden) if chosen.batch_norm else 0)
