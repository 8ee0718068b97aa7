"""What goes wrong in the training thread is reported, and the last good frame is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.trainers import new_trainer
from mnist_viz.session.worker import Note, Ready, Returned, Stop, Stopped

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Build, Watched


def test_a_diverging_run_returns_to_the_last_good_frame(
    watched: Watched, build: Build, undisturbed: dict[int, Bits]
) -> None:
    watched.load(build)
    watched.worker.run(steps=35)
    watched.rest()
    good = watched.frames()[35]

    def spoil(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 37:
            for ready in watched.of_kind(watched.notes, Ready):
                ready.trainer.network.parameters[:] = np.inf

    watched.inbox.hook = spoil
    watched.worker.mailbox.take_live()
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert isinstance(notes[-1], Stopped)
    assert notes[-1].reason is Stop.DIVERGED
    (returned,) = watched.of_kind(notes, Returned)
    assert returned.frame.step in (35, 36)  # 36 was published live, if it was not taken as the last good one
    assert np.isfinite(returned.frame.model.parameters).all()
    assert good.step == 35
    watched.inbox.hook = lambda _: None
    watched.worker.run(epochs=3)
    assert watched.rested() == Stopped(Stop.FINISHED)
    assert watched.bits(watched.frames()[90]) == undisturbed[90]


def test_what_the_validation_of_a_diverging_run_says_is_never_published(
    watched: Watched, dataset: Dataset, settings: Settings
) -> None:
    """One batch an epoch: the weights overflow in a step whose own loss was finite still."""
    too_fast = replace(
        settings, activation="identity", optimizer="sgd", learning_rate=100.0, epochs=100, batch_size=300
    )  # fmt: skip
    watched.load(lambda: new_trainer(too_fast, dataset))
    watched.worker.run(epochs=100)
    notes = watched.rest()
    assert isinstance(notes[-1], Stopped)
    assert notes[-1].reason is Stop.DIVERGED
    assert all(np.isfinite(epoch.val_loss) for epoch in watched.of_kind(notes, EpochEnd))


def test_too_little_memory_is_reported_in_words(watched: Watched) -> None:
    def huge() -> Trainer:
        raise MemoryError

    watched.worker.load(huge)
    assert watched.rested() == Stopped(Stop.FAILED, "There is not enough memory for this network.")


@pytest.mark.parametrize("command", ["run", "replay"])
def test_without_a_run_every_command_still_comes_to_rest(
    watched: Watched, build: Build, command: str, failing: Build
) -> None:
    watched.load(build)
    frame = watched.frames()[0]
    watched.worker.load(failing)
    watched.rest()
    if command == "run":
        watched.worker.run(epochs=1)
    else:
        watched.worker.replay(frame, 1)
    assert watched.rested().reason is Stop.FAILED


def test_what_fails_when_it_is_worked_out_ahead_is_not_said_and_the_training_goes_on(
    watched: Watched, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.load(build)
    watched.worker.run(steps=20)
    watched.rest()

    def fail(_: object) -> None:
        raise OSError("the database is gone")

    with monkeypatch.context() as patch:
        patch.setattr("mnist_viz.session.worker.capture", fail)
        watched.worker.replay_ahead(watched.frames()[0], 1)
        watched.worker.replay(watched.frames()[0], 1)  # which comes after it
        notes = watched.rest()
    assert [note.reason for note in watched.of_kind(notes, Stopped)] == [Stop.FAILED]  # of what was asked for
    watched.worker.run(steps=1)
    assert watched.rested() == Stopped(Stop.STEPPED)


def test_a_test_that_fails_leaves_the_training_where_it_was(
    watched: Watched, dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = replace(settings, learning_rate=0.5, epochs=100, early_stopping=1)
    watched.load(lambda: new_trainer(impatient, dataset))
    watched.worker.run(epochs=100)
    assert watched.rested().reason is Stop.EARLY
    (ready,) = watched.of_kind(watched.notes, Ready)
    trainer = ready.trainer
    before = trainer.state().parameters.tobytes()
    assert trainer.best is not None
    assert trainer.best.parameters.tobytes() != before

    def fails(*_: object) -> tuple[float, float]:
        raise MemoryError

    monkeypatch.setattr(trainer.network, "evaluate", fails)
    watched.worker.test(dataset.test.images, dataset.test.labels)
    assert watched.rested().reason is Stop.FAILED
    assert trainer.state().parameters.tobytes() == before
