"""Pausing and stepping the training thread: nothing is lost, and the bits are those of a run undisturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnist_viz.engine.training import BatchEnd, EpochEnd, Event
from mnist_viz.session.worker import Note, Stop, Stopped

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Build, Gate, Watched

PER_EPOCH = 30


def test_a_pause_stops_after_the_batch_under_way(watched: Watched, build: Build) -> None:
    watched.load(build)

    def pause_at_7(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 7:
            watched.worker.pause()

    watched.inbox.hook = pause_at_7
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.PAUSED)
    assert watched.of_kind(notes, BatchEnd)[-1].step == 7
    assert watched.frames()[7].step == 7  # where one pauses, one can come back to


def test_a_pause_in_the_last_batch_of_an_epoch_waits_for_its_validation(watched: Watched, build: Build) -> None:
    watched.load(build)

    def pause_at_the_end(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == PER_EPOCH:
            watched.worker.pause()

    watched.inbox.hook = pause_at_the_end
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.PAUSED)
    assert [epoch.epoch for epoch in watched.of_kind(notes, EpochEnd)] == [0]
    assert watched.of_kind(notes, BatchEnd)[-1].step == PER_EPOCH


def test_a_pause_that_comes_before_the_run_has_begun_is_not_lost(watched: Watched, build: Build, gate: Gate) -> None:
    gate.shut()
    watched.worker.load(gate.through(build))
    gate.wait()
    watched.worker.run(epochs=10_000)
    watched.worker.pause()
    gate.open()
    assert watched.rested() == Stopped(Stop.READY)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.PAUSED)
    assert len(watched.of_kind(notes, BatchEnd)) == 1


def test_a_pause_does_not_stop_the_run_after_the_one_it_was_meant_for(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=3)
    watched.rest()
    watched.worker.pause()  # too late for it
    watched.worker.run(epochs=1)
    assert watched.rested() == Stopped(Stop.FINISHED)


def test_a_pause_is_not_lost_to_the_command_after_it(watched: Watched, build: Build, gate: Gate) -> None:
    gate.shut()
    watched.worker.load(gate.through(build))
    gate.wait()
    watched.worker.run(epochs=10_000)
    watched.worker.pause()
    watched.worker.run(steps=2)
    gate.open()
    assert [watched.rested().reason for _ in range(3)] == [Stop.READY, Stop.PAUSED, Stop.STEPPED]
    assert max(watched.frames()) == 3


def test_stepping_a_batch_at_a_time_is_the_uninterrupted_run(
    watched: Watched, build: Build, undisturbed: dict[int, Bits], undisturbed_events: list[Event]
) -> None:
    watched.load(build)
    for step in range(1, 2 * PER_EPOCH + 6):
        watched.worker.run(steps=1)
        assert watched.rested() == Stopped(Stop.STEPPED)
        assert max(watched.frames()) == step
    assert {step: watched.bits(frame) for step, frame in watched.frames().items()} == {
        step: undisturbed[step] for step in range(2 * PER_EPOCH + 6)
    }
    assert watched.events(watched.notes) == undisturbed_events[: 2 * PER_EPOCH + 7]


@pytest.mark.parametrize("pieces", [(7, 23, 30), (1, 59), (44, 16)])
def test_stepping_in_pieces_of_any_size_is_the_uninterrupted_run(
    watched: Watched, build: Build, pieces: tuple[int, ...], undisturbed: dict[int, Bits]
) -> None:
    watched.load(build)
    for steps in pieces:
        watched.worker.run(steps=steps)
        assert watched.rested() == Stopped(Stop.STEPPED)
    assert watched.bits(watched.frames()[60]) == undisturbed[60]


def test_a_step_over_the_end_of_an_epoch_validates_once(watched: Watched, build: Build) -> None:
    watched.load(build)
    for steps in (PER_EPOCH, 1):
        watched.worker.run(steps=steps)
        watched.rest()
    assert [epoch.epoch for epoch in watched.of_kind(watched.notes, EpochEnd)] == [0]


def test_steps_go_on_where_the_epochs_asked_for_have_ended(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    watched.rest()
    watched.worker.run(steps=2)
    assert watched.rested() == Stopped(Stop.STEPPED)
    assert max(watched.frames()) == PER_EPOCH + 2


def test_running_after_the_end_finishes_at_once(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    watched.rest()
    watched.worker.run(epochs=1)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.FINISHED)
    assert watched.events(notes) == []


def test_epochs_may_be_taken_away_while_it_runs(watched: Watched, build: Build) -> None:
    watched.load(build)

    def enough(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 5:
            watched.change(epochs=1)

    watched.inbox.hook = enough
    watched.worker.run(epochs=10_000)
    assert watched.rested() == Stopped(Stop.FINISHED)
    assert max(watched.frames()) == PER_EPOCH


def test_a_slow_speed_is_heard_by_a_pause_and_by_full_speed_at_once(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.set_speed(0.001)  # a batch every quarter of an hour
    watched.worker.run(epochs=1)
    watched.until(lambda note: isinstance(note, BatchEnd))
    watched.worker.pause()
    assert watched.rested() == Stopped(Stop.PAUSED)
    watched.worker.run(epochs=1)
    watched.until(lambda note: isinstance(note, BatchEnd))
    watched.worker.set_speed(None)
    assert watched.rested() == Stopped(Stop.FINISHED)
