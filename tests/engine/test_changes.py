"""What changes while training runs, what early stopping keeps, and where a run diverges."""

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.progress import BatchEnd, Diverged, EpochEnd
from mnist_viz.engine.settings import LIVE_FIELDS, SPECS, Settings
from mnist_viz.engine.training import Trainer

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]
BASE = Settings(hidden=(8, 6), batch_size=20, epochs=4, optimizer="momentum", learning_rate=0.02)

LIVE: dict[str, Any] = {
    "learning_rate": 0.1, "momentum": 0.3, "schedule": "cosine", "warmup": 2.0, "l1": 0.01, "l2": 0.01, "max_norm": 0.5,
    "gradient_clip": 0.01, "dropout": 0.4, "input_dropout": 0.4, "label_smoothing": 0.3, "optimizer": "adam",
}  # fmt: skip


@pytest.fixture
def trainer(train_set: Labelled, validation_set: Labelled) -> Trainer:
    return Trainer(BASE, train_set, validation_set, classes=3)


def steps_of(trainer: Trainer, count: int) -> bytes:
    for _ in islice(trainer.run(), count):
        pass
    return trainer.network.parameters.tobytes()


@pytest.mark.parametrize("name", LIVE)
def test_a_live_setting_holds_from_the_next_step_and_going_back_takes_it_where_it_was_set(
    trainer: Trainer, name: str
) -> None:
    first = trainer.state()
    steps_of(trainer, 5)
    here = trainer.state()
    as_it_was = steps_of(trainer, 9)
    trainer.go_to(here)
    trainer.change(replace(trainer.settings, **{name: LIVE[name]}))
    assert trainer.network.parameters.tobytes() == here.parameters.tobytes()
    changed = steps_of(trainer, 9)
    assert changed != as_it_was
    trainer.go_to(first)
    assert steps_of(trainer, 14) == changed


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "adam", "adamw"])
def test_what_is_remembered_of_a_pixel_that_has_gone_dark_ends_at_zero(
    train_set: Labelled, validation_set: Labelled, optimizer: str
) -> None:
    images = train_set[0].copy()
    images[:, 0] = 0
    settings = replace(BASE, optimizer=optimizer, learning_rate=0.001, epochs=100)
    trainer = Trainer(settings, (images, train_set[1]), validation_set, classes=3)
    trainer.optimizer.state[: trainer.network.sizes[1]] = 1e-20  # of that pixel's weights
    steps_of(trainer, 250)
    here = trainer.state()
    expected = steps_of(trainer, 250)
    remembered = np.abs(trainer.optimizer.state)
    assert not remembered[: trainer.network.sizes[1]].any()
    assert not ((remembered > 0) & (remembered < np.finfo(np.float32).tiny)).any()
    trainer.go_to(here)
    assert steps_of(trainer, 250) == expected


def test_a_new_batch_size_holds_from_the_next_epoch(trainer: Trainer) -> None:
    steps_of(trainer, 5)
    trainer.change(replace(trainer.settings, batch_size=100))
    events = list(trainer.run())
    ends = [event.step for event in events if isinstance(event, EpochEnd)]
    assert ends == [11, 14, 17, 20]  # 205 samples: 11 batches of 20, then 3 of 100 an epoch
    assert [e.batch for e in events if isinstance(e, BatchEnd) and e.epoch == 1] == [0, 1, 2]
    assert trainer.step == 20


def test_between_two_epochs_it_holds_at_once(trainer: Trainer) -> None:
    steps_of(trainer, 12)  # eleven batches and the epoch's end
    trainer.change(replace(trainer.settings, batch_size=205))
    assert trainer.batches_per_epoch == 1


def test_what_needs_a_reset_says_so_and_all_else_is_changed_in_a_test_here(trainer: Trainer) -> None:
    fixed: dict[str, Any] = {
        "hidden": (8, 7), "activation": "tanh", "loss": "mse", "initializer": "zeros", "biases": False,
        "batch_norm": True, "seed": 5,
    }  # fmt: skip
    for name, value in fixed.items():
        why = f"{SPECS[name].title} cannot change while a run goes on: it needs a reset"
        with pytest.raises(ValueError, match=why):
            trainer.change(replace(trainer.settings, **{name: value}))
        assert trainer.settings == BASE
    others = {"batch_size", "decay", "decay_every", "early_stopping", "epochs", "augmentation", "keep_zeros"}
    assert set(LIVE) | others == LIVE_FIELDS == set(SPECS) - set(fixed)


def test_a_new_decay_and_interval_hold_at_once(trainer: Trainer) -> None:
    steps_of(trainer, 3 * 12)  # three epochs
    trainer.change(replace(trainer.settings, schedule="step", decay=0.5, decay_every=3))
    assert trainer.learning_rate == pytest.approx(0.02 / 2)
    trainer.change(replace(trainer.settings, decay_every=1))
    assert trainer.learning_rate == pytest.approx(0.02 / 8)
    trainer.change(replace(trainer.settings, decay=0.0))
    assert trainer.learning_rate == pytest.approx(0.02)


def test_a_new_number_of_epochs_is_when_it_ends(trainer: Trainer) -> None:
    steps_of(trainer, 5)
    trainer.change(replace(trainer.settings, epochs=2))
    assert [event.epoch for event in trainer.run() if isinstance(event, EpochEnd)] == [0, 1]


def test_early_stopping_may_begin_on_the_way(trainer: Trainer) -> None:
    steps_of(trainer, 15)
    trainer.change(replace(trainer.settings, early_stopping=3))
    first = next(event for event in trainer.run() if isinstance(event, EpochEnd))
    assert trainer.best is not None
    assert (trainer.best.epoch, trainer.best.loss) == (1, first.val_loss)


def test_augmentation_holds_from_the_next_step_where_inputs_make_a_picture() -> None:
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 256, (60, 784), dtype=np.uint8), rng.integers(0, 10, 60).astype(np.uint8)
    trainer = Trainer(replace(BASE, batch_size=10), digits, digits)
    first = trainer.state()
    steps_of(trainer, 3)
    here = trainer.state()
    plain = steps_of(trainer, 2)
    trainer.go_to(here)
    trainer.change(replace(trainer.settings, augmentation=AUGMENTATIONS["light"]))
    varied = steps_of(trainer, 2)
    assert varied != plain
    trainer.go_to(first)
    assert steps_of(trainer, 5) == varied
    rng = np.random.default_rng(0)
    rows = rng.random((60, 15), np.float32), rng.integers(0, 10, 60)
    of_rows = Trainer(replace(BASE, batch_size=10), rows, rows)
    with pytest.raises(ValueError, match="15 inputs"):
        of_rows.change(replace(of_rows.settings, augmentation=AUGMENTATIONS["light"]))


# Early stopping


@pytest.fixture
def forgetful(train_set: Labelled, validation_set: Labelled) -> Trainer:
    """It learns, and then a high rate spoils it: the validation loss rises again."""
    settings = replace(BASE, optimizer="sgd", learning_rate=0.3, early_stopping=2, epochs=50)
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    steps_of(trainer, 3 * 12)
    trainer.change(replace(trainer.settings, learning_rate=20.0, gradient_clip=1.0))
    return trainer


def test_it_stops_when_the_validation_loss_has_not_fallen_for_long_and_keeps_the_best(forgetful: Trainer) -> None:
    losses = {event.epoch: event.val_loss for event in forgetful.run() if isinstance(event, EpochEnd)}
    best = forgetful.best
    assert best is not None
    assert forgetful.stopped_early
    assert forgetful.epoch == best.epoch + 3  # the best, and two without a better one
    assert all(loss >= best.loss for loss in losses.values())
    assert forgetful.network.evaluate(*forgetful.validation)[0] > best.loss
    stopped = forgetful.epoch
    for _ in forgetful.run():
        pass
    assert forgetful.epoch >= stopped + 2  # who runs again gets as many epochs more
    forgetful.take_best()
    assert forgetful.network.evaluate(*forgetful.validation)[0] == pytest.approx(best.loss)


# Divergence


@pytest.mark.parametrize("batch_size", [1, 20])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_step_that_diverges_changes_nothing(
    train_set: Labelled, validation_set: Labelled, batch_size: int, layer: int
) -> None:
    settings = replace(BASE, optimizer="sgd", batch_size=batch_size)
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    steps_of(trainer, 3)
    trainer.network.layers[layer].weights[:] = np.nan
    before = trainer.network.parameters.copy()
    with pytest.raises(Diverged) as caught:
        next(trainer.run())
    assert (caught.value.step, caught.value.layer) == (3, layer)
    assert ("hidden layer 1", "hidden layer 2", "the output layer")[layer] in str(caught.value)
    assert trainer.step == 3
    np.testing.assert_array_equal(trainer.network.parameters, before)


@pytest.mark.parametrize("batch_size", [1, 20])
def test_a_gradient_that_is_not_finite_diverges_though_the_loss_is(
    train_set: Labelled, validation_set: Labelled, batch_size: int
) -> None:
    """The output layer sees zeros, and its weights are so large that the way back through them overflows."""
    settings = replace(BASE, activation="tanh", optimizer="sgd", batch_size=batch_size)
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    _, second, output = trainer.network.layers
    second.weights[:] = 0.0
    output.weights[:3] = 3e38 * (2 * np.eye(3) - 1)
    before = trainer.network.parameters.copy()
    assert trainer.network.evaluate(*train_set)[0] == pytest.approx(np.log(3))
    with pytest.raises(Diverged) as caught:
        next(trainer.run())
    assert caught.value.layer == 1
    np.testing.assert_array_equal(trainer.network.parameters, before)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
@pytest.mark.parametrize("batch_size", [1, 20])
def test_a_rate_far_too_large_leaves_finite_parameters(
    train_set: Labelled, validation_set: Labelled, batch_size: int, optimizer: str
) -> None:
    settings = replace(BASE, activation="identity", optimizer=optimizer, learning_rate=100.0, batch_size=batch_size)
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    with pytest.raises(Diverged) as caught:
        steps_of(trainer, 500)
    assert caught.value.step == trainer.step
    assert np.isfinite(trainer.network.parameters).all()


def test_the_step_that_comes_next_can_be_looked_at_without_making_it(trainer: Trainer) -> None:
    steps_of(trainer, 4)
    before = trainer.network.parameters.copy()
    update = trainer.next_update()
    np.testing.assert_array_equal(trainer.network.parameters, before)
    assert trainer.step == 4
    steps_of(trainer, 1)
    np.testing.assert_array_equal(trainer.network.parameters - before, update)


@pytest.mark.parametrize(
    "special",
    [
        {"optimizer": "adam"},
        {"batch_norm": True, "optimizer": "momentum"},
        {"dropout": 0.5, "input_dropout": 0.2},
        {"biases": False, "loss": "mse"},
        {"augmentation": Augmentation(rotation=20.0)},
        {"hidden": (), "label_smoothing": 0.1, "l2": 0.01},
        {"batch_size": 1},
    ],
    ids=str,
)
def test_the_step_that_comes_next_can_be_taken_apart(
    train_set: Labelled, validation_set: Labelled, special: dict[str, Any]
) -> None:
    settings = replace(BASE, **{"optimizer": "sgd", **special})
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    steps_of(trainer, trainer.batches_per_epoch)
    before = trainer.network.parameters.copy()
    step = trainer.next_step(8)
    assert (trainer.step, step.batch, step.samples) == (trainer.grid.start(1), 0, settings.batch_size)
    np.testing.assert_array_equal(trainer.network.parameters, before)
    np.testing.assert_array_equal(step.before, before)

    network, seen = trainer.network, step.images
    assert len(seen) == min(8, settings.batch_size)
    for k, (layer, trace) in enumerate(zip(network.layers, step.layers, strict=True)):
        rate = settings.dropout if k else settings.input_dropout
        kept = trace.inputs != 0
        np.testing.assert_allclose(trace.inputs[kept], seen[kept] / (1.0 - rate), rtol=1e-6)
        assert rate or kept.sum() == np.count_nonzero(seen)
        if layer.norm is None:
            biases = 0.0 if layer.biases is None else layer.biases
            np.testing.assert_allclose(trace.sums, trace.inputs @ layer.weights + biases, rtol=1e-4, atol=1e-5)
        if k < len(network.activations):
            activated, spare = trace.sums.copy(), np.empty_like(trace.sums)
            network.activations[k].forward(activated, spare, spare.copy())
            np.testing.assert_array_equal(trace.outputs, activated)
        seen = trace.outputs
    np.testing.assert_allclose(step.layers[-1].outputs.sum(axis=1), 1.0, rtol=1e-5)

    steps_of(trainer, 2)  # the end of the epoch, and the step
    np.testing.assert_array_equal(trainer.network.parameters, step.after)
    np.testing.assert_array_equal(trainer.optimizer.state, step.memory_after)


@pytest.mark.parametrize("special", [{}, {"batch_norm": True}, {"dropout": 0.5}, {"loss": "mse"}], ids=str)
def test_a_step_taken_apart_has_the_gradient_that_is_trained_with(
    train_set: Labelled, validation_set: Labelled, special: dict[str, Any]
) -> None:
    trainer = Trainer(replace(BASE, optimizer="sgd", **special), train_set, validation_set, classes=3)
    step = trainer.next_step(1000)
    update = (step.gradient * step.learning_rate).astype(np.float32)
    # The step multiplies with the rate before the products instead of after them.
    np.testing.assert_allclose(step.after, step.before - update, rtol=1e-6, atol=1e-9)
    gradient = Network(
        trainer.network.sizes, biases=trainer.network.biases, batch_norm=trainer.network.batch_norm,
        parameters=step.gradient,
    )  # fmt: skip
    for layer, trace in zip(gradient.layers, step.layers, strict=True):
        np.testing.assert_array_equal(trace.inputs.T @ trace.deltas, layer.weights)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weights_that_are_zero_stay_zero_if_that_is_wanted(trainer: Trainer, optimizer: str) -> None:
    steps_of(trainer, 5)
    weights = trainer.network.layers[0].weights
    trainer.change(replace(trainer.settings, optimizer=optimizer, learning_rate=0.01, keep_zeros=True))
    weights[:8] = 0.0
    steps_of(trainer, 9)
    assert not weights[:8].any()
    assert weights[8:].all()
    trainer.change(replace(trainer.settings, keep_zeros=False))
    steps_of(trainer, 3)
    assert weights[:8].any()
