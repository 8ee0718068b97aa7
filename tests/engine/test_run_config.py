"""The settings of a run over time: a trainer made of them goes on as the one that they were taken from."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.progress import BatchEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]
BASE = Settings(hidden=(8, 6), batch_size=20, epochs=4, optimizer="momentum", learning_rate=0.02)
PER_EPOCH = 11


@pytest.fixture
def trainer(train_set: Labelled, validation_set: Labelled) -> Trainer:
    return Trainer(BASE, train_set, validation_set, classes=3)


def train(trainer: Trainer, batches: int) -> bytes:
    """Train so many batches, with the validation of the epochs that end on the way."""
    if batches:
        trainer.epochs = 100
        events = (event for event in trainer.run() if isinstance(event, BatchEnd))
        for _ in islice(events, batches):
            pass
    return trainer.network.parameters.tobytes() + trainer.optimizer.state.tobytes()


def test_what_was_changed_on_the_way_holds_from_where_it_was_changed(
    trainer: Trainer, train_set: Labelled, validation_set: Labelled
) -> None:
    first = trainer.state()
    train(trainer, 5)
    trainer.change(replace(BASE, learning_rate=0.1, batch_size=50))
    train(trainer, 9)
    trainer.change(replace(trainer.settings, optimizer="adam", learning_rate=0.001))
    expected = train(trainer, 9)
    again = Trainer.resume(trainer.config, first, train_set, validation_set, classes=3)
    assert train(again, 23) == expected


def test_another_optimizer_begins_with_an_empty_memory_once_it_is_used(trainer: Trainer) -> None:
    train(trainer, 5)
    here = trainer.state()
    trainer.change(replace(BASE, optimizer="nesterov"))  # whose memory is as long
    changed = train(trainer, 3)
    trainer.go_to(here)
    assert train(trainer, 3) == changed


def test_an_optimizer_that_was_chosen_and_not_used_leaves_the_memory_as_it_was(trainer: Trainer) -> None:
    train(trainer, 5)
    here = trainer.state()
    expected = train(trainer, 3)
    trainer.go_to(here)
    trainer.change(replace(BASE, optimizer="sgd"))
    trainer.go_to(trainer.state())
    trainer.change(BASE)
    assert train(trainer, 3) == expected


def test_the_settings_until_a_step_forgets_what_was_set_later(trainer: Trainer) -> None:
    train(trainer, 5)
    trainer.change(replace(BASE, learning_rate=0.1))
    train(trainer, 3)
    trainer.change(replace(trainer.settings, batch_size=50))
    config = trainer.config
    assert config.grid.sizes() == [(0, 20), (1, 50)]
    early = config.until(7)
    assert [step for step, _ in early.changes] == [0, 5]
    assert early.grid.sizes() == [(0, 20)]
    assert config.until(8) == config
    assert config.until(3).settings == BASE


def test_a_branch_has_other_settings_from_its_step_on(trainer: Trainer) -> None:
    train(trainer, 15)
    other = replace(BASE, learning_rate=0.002, batch_size=41, epochs=9)
    config = trainer.config.until(15).changed(15, other)
    assert config.changes == ((0, BASE), (15, other))
    assert config.grid.sizes() == [(0, 20), (2, 41)]
    assert config.grid.start(3) == 2 * PER_EPOCH + 5
    assert trainer.config.until(0).changed(0, other).changes == ((0, other),)


def test_other_data_are_refused(trainer: Trainer, train_set: Labelled, validation_set: Labelled) -> None:
    fewer = train_set[0][:50], train_set[1][:50]
    with pytest.raises(ValueError, match="205 samples of 16 inputs and 3 classes, and these are 50 of 16 and 3"):
        Trainer.resume(trainer.config, trainer.state(), fewer, validation_set, classes=3)
