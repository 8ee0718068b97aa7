"""Pausing and stepping the training thread: nothing is lost, and the bits are those of a run undisturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.session.worker import Note, Stop, Stopped

if TYPE_CHECKING:
    from tests.session.conftest import Build, Gate, Watched

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


def test_a_pause_does_not_stop_the_run_after_the_one_it_was_meant_for_and_steps_go_on_after_it(
    watched: Watched, build: Build
) -> None:
    watched.load(build)
    watched.worker.run(steps=3)
    watched.rest()
    watched.worker.pause()  # too late for it
    watched.worker.run(epochs=1)
    assert watched.rested() == Stopped(Stop.FINISHED)

    watched.worker.run(steps=2)
    assert watched.rested() == Stopped(Stop.STEPPED)
    assert max(watched.frames()) == PER_EPOCH + 2


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
