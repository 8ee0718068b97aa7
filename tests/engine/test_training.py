"""The training loop: what it yields, that a seed decides it to the last bit, and that it goes on from any place."""

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.progress import BatchEnd, Diverged, EpochEnd, Event
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer, train
from tests.small_data import timeless

if TYPE_CHECKING:
    from tests.engine.conftest import Labelled

SGD = Settings(hidden=(8, 6), batch_size=20, epochs=3)
MOMENTUM = replace(SGD, optimizer="momentum", learning_rate=0.02, schedule="inverse-time", decay=0.5)
SINGLE = replace(SGD, batch_size=1, activation="sigmoid")
EVERY_KIND = pytest.mark.parametrize("settings", [SGD, MOMENTUM, SINGLE], ids=["sgd", "momentum", "single sample"])
BATCHES = 11  # 205 samples, 20 at a time


@pytest.fixture
def data(train_set: "Labelled", validation_set: "Labelled") -> "tuple[Labelled, Labelled]":
    return train_set, validation_set


Data = tuple[tuple[NDArray[np.uint8], NDArray[np.uint8]], tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def trainer_for(settings: Settings, data: Data) -> Trainer:
    return Trainer(settings, *data, classes=3)


# What it yields


def test_a_batch_end_after_each_batch_and_an_epoch_end_after_each_epoch(data: Data) -> None:
    events = list(train(SGD, *data, classes=3))
    kinds = [type(event) for event in events]
    assert kinds == ([BatchEnd] * BATCHES + [EpochEnd]) * 3
    batches = [event for event in events if isinstance(event, BatchEnd)]
    assert [event.step for event in batches] == list(range(1, 34))
    assert [(event.epoch, event.batch) for event in batches] == [(e, b) for e in range(3) for b in range(BATCHES)]
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    assert [(event.epoch, event.step) for event in epochs] == [(0, 11), (1, 22), (2, 33)]


def test_the_figures_of_an_epoch_are_the_means_over_its_samples(data: Data) -> None:
    trainer = trainer_for(SGD, data)
    *batches, end = islice(trainer.run(), BATCHES + 1)
    assert isinstance(end, EpochEnd)
    sizes = [20] * 10 + [5]  # the last batch is small and counts as little
    done = [event for event in batches if isinstance(event, BatchEnd)]
    loss = sum(event.loss * size for event, size in zip(done, sizes, strict=True)) / 205
    accuracy = sum(event.accuracy * size for event, size in zip(done, sizes, strict=True)) / 205
    assert end.train_loss == pytest.approx(loss)
    assert end.train_accuracy == pytest.approx(accuracy)
    assert (end.val_loss, end.val_accuracy) == trainer.network.evaluate(*data[1])
    assert end.samples_per_second == pytest.approx(205 / end.seconds)


def test_it_learns(data: Data) -> None:
    epochs = [event for event in train(replace(SGD, epochs=8), *data, classes=3) if isinstance(event, EpochEnd)]
    assert epochs[-1].train_loss < epochs[0].train_loss / 2
    assert epochs[-1].val_accuracy > 0.95


# The seed


@EVERY_KIND
def test_the_same_seed_gives_the_same_bits(settings: Settings, data: Data) -> None:
    first, second = trainer_for(settings, data), trainer_for(settings, data)
    assert timeless(first.run()) == timeless(second.run())
    assert first.network.parameters.tobytes() == second.network.parameters.tobytes()


def test_the_seed_or_one_generator_passed_in_decides_weights_and_order(data: Data) -> None:
    first, second = trainer_for(SGD, data), trainer_for(replace(SGD, seed=1), data)
    assert not np.array_equal(first.network.parameters, second.network.parameters)
    assert not np.array_equal(first.batches.order(0), second.batches.order(0))
    by_seed = trainer_for(replace(SGD, seed=9), data)
    by_generator = Trainer(SGD, *data, classes=3, rng=np.random.default_rng(9))
    assert timeless(by_seed.run()) == timeless(by_generator.run())


def test_given_first_weights_are_copied_and_keep_the_order_of_the_seed(data: Data) -> None:
    drawn = trainer_for(SGD, data)
    given = np.full_like(drawn.network.parameters, 0.01)
    trainer = Trainer(SGD, *data, classes=3, parameters=given)
    np.testing.assert_array_equal(trainer.network.parameters, given)
    np.testing.assert_array_equal(trainer.batches.order(0), drawn.batches.order(0))
    next(trainer.run())
    assert (given == np.float32(0.01)).all()


# Places


@pytest.mark.parametrize("steps", [7, 11])
def test_going_back_to_a_place_continues_bit_for_bit_one_sample_at_a_time_too(steps: int, data: Data) -> None:
    trainer = trainer_for(SINGLE, data)
    for _ in range(steps):
        next(trainer.run())
    state = trainer.state()
    first = timeless(islice(trainer.run(), 30))
    weights = trainer.network.parameters.tobytes()
    trainer.go_to(state)
    assert timeless(islice(trainer.run(), 30)) == first
    assert trainer.network.parameters.tobytes() == weights


def test_a_place_is_a_copy_that_nobody_can_change(data: Data) -> None:
    trainer = trainer_for(MOMENTUM, data)
    next(trainer.run())
    state = trainer.state()
    kept = state.parameters.tobytes(), state.optimizer_state.tobytes()
    for _ in islice(trainer.run(), 5):
        pass
    assert (state.parameters.tobytes(), state.optimizer_state.tobytes()) == kept
    for array in (state.parameters, state.optimizer_state):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert state.nbytes == 2 * trainer.network.parameters.nbytes


# Learning rate and epochs, while it runs


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_a_rate_that_has_decayed_to_nothing_leaves_the_weights(optimizer: str, data: Data) -> None:
    settings = Settings(
        hidden=(4,), batch_size=32, epochs=62, optimizer=optimizer, momentum=0.1, schedule="exponential", decay=0.999999
    )
    trainer = Trainer(settings, *data)
    ends = [trainer.network.parameters.copy() for event in trainer.run() if isinstance(event, EpochEnd)]
    assert trainer.learning_rate == 0.0
    assert not np.array_equal(ends[0], ends[1])
    assert np.array_equal(ends[-2], ends[-1])


def test_an_impossible_rate_is_refused_and_changes_nothing(data: Data) -> None:
    trainer = trainer_for(SGD, data)
    for rate in (-1.0, 0.0, float("nan"), 1e6):
        with pytest.raises(ValueError, match="The learning rate must be"):
            trainer.change(replace(trainer.settings, learning_rate=rate))
        assert trainer.learning_rate == 0.1


def test_epochs_may_be_added_after_the_end(data: Data) -> None:
    whole = timeless(trainer_for(replace(SGD, epochs=5), data).run())
    trainer = trainer_for(SGD, data)
    seen = list(trainer.run())
    assert list(trainer.run()) == []
    trainer.epochs = 5
    assert timeless(seen + list(trainer.run())) == whole


# What cannot be


def until_it_diverges(trainer: Trainer) -> tuple[list[Event], Diverged]:
    """Everything that the run yielded, and what ended it."""
    events: list[Event] = []
    with pytest.raises(Diverged) as caught:
        events.extend(trainer.run())  # keeps what came before the exception
    return events, caught.value


def test_a_run_that_diverges_at_the_end_of_an_epoch_says_so(data: Data) -> None:
    """One batch an epoch: the weights overflow in a step whose own loss was finite still."""
    settings = replace(SGD, activation="identity", learning_rate=100.0, epochs=100, batch_size=205)
    events, _ = until_it_diverges(trainer_for(settings, data))
    epochs = [event for event in events if isinstance(event, EpochEnd)]
    assert epochs
    assert all(np.isfinite(epoch.val_loss) for epoch in epochs)


def test_after_a_divergence_the_last_good_place_is_there_to_go_back_to(data: Data) -> None:
    trainer = trainer_for(SGD, data)
    expected = timeless(islice(trainer_for(SGD, data).run(), 20))
    events = timeless(islice(trainer.run(), 6))
    state = trainer.state()
    trainer.network.parameters[:] = np.inf
    with pytest.raises(Diverged):
        next(trainer.run())
    trainer.go_to(state)
    assert events + timeless(islice(trainer.run(), 14)) == expected


def test_samples_that_cannot_be_are_refused(data: Data) -> None:
    (images, labels), validation = data
    with pytest.raises(ValueError, match="X_train has 205 images and y_train 204 labels"):
        Trainer(SGD, (images, labels[:-1]), validation, classes=3)
    shapes: list[tuple[int, tuple[int, ...] | None, str]] = [
        (784, (28, 27), "not one of 784 pixels"),
        (3072, (32, 32, 4), "neither height and width"),
        (20, None, "20 inputs without a known shape are none"),
    ]
    for inputs, shape, problem in shapes:
        samples = np.zeros((4, inputs), np.uint8), np.zeros(4, np.intp)
        varied = replace(SGD, augmentation=Augmentation(shift=1.0))
        with pytest.raises(ValueError, match=problem):
            Trainer(varied, samples, samples, classes=3, image_shape=shape)


@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize("augmentation", [Augmentation(), Augmentation(shift=2.0, elastic=1.0, thickness=0.5)])
def test_colour_pictures_are_learned_one_by_one_and_in_batches(batch_size: int, augmentation: Augmentation) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    images = rng.integers(0, 80, (200, 32, 32, 3), dtype=np.uint8)
    images[np.arange(200), :, :, labels] += 100  # a class is a colour
    samples = images.reshape(200, -1), labels
    settings = replace(SGD, hidden=(8,), batch_size=batch_size, learning_rate=0.01, epochs=4, augmentation=augmentation)
    trainer = Trainer(settings, samples, samples, classes=3, image_shape=(32, 32, 3))
    *_, last = trainer.run()
    assert isinstance(last, EpochEnd)
    assert last.val_accuracy > 0.9
