"""The training thread through its mailbox: loading, running, testing and closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_viz.engine.progress import BatchEnd, EpochEnd, Event
from mnist_viz.session.worker import Loading, Ready, Recorded, Stop, Stopped, Worker

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Build, Gate, Watched

PER_EPOCH = 30

# Loading and running


def test_a_new_run_stands_at_its_first_weights(watched: Watched, build: Build, undisturbed: dict[int, Bits]) -> None:
    watched.worker.load(build)
    loading, ready, stopped = watched.rest()
    assert isinstance(loading, Loading)
    assert isinstance(ready, Ready)
    assert stopped == Stopped(Stop.READY)
    assert ready.frame.step == 0
    assert watched.bits(ready.frame) == undisturbed[0]


def test_a_run_publishes_every_batch_and_epoch_before_the_frame_of_its_end(
    watched: Watched, build: Build, undisturbed_events: list[Event]
) -> None:
    watched.load(build)
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.FINISHED)
    assert watched.events(notes) == undisturbed_events

    end = next(i for i, note in enumerate(notes) if isinstance(note, EpochEnd))
    assert all(note.frame.step < PER_EPOCH for note in notes[:end] if isinstance(note, Recorded))
    after = notes[end + 1]
    assert isinstance(after, Recorded)
    assert (after.frame.step, after.frame.state is not None and after.frame.state.epoch) == (PER_EPOCH, 1)


def test_the_live_slot_holds_one_frame_until_it_is_taken(
    watched: Watched, build: Build, undisturbed: dict[int, Bits]
) -> None:
    watched.load(build)
    watched.worker.run(steps=20)
    watched.rest()
    live = watched.worker.mailbox.take_live()
    assert live is not None
    assert live.step == 5  # the first one that was not recorded: nobody took it, so none replaced it
    assert watched.bits(live) == undisturbed[5]
    assert watched.worker.mailbox.take_live() is None
    watched.worker.run(steps=5)
    watched.rest()
    live = watched.worker.mailbox.take_live()
    assert live is not None
    assert live.step == 22


def test_published_arrays_never_change(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=10)
    watched.rest()
    frames = list(watched.frames().values())
    before = [watched.bits(frame) for frame in frames]
    assert not any(frame.model.parameters.flags.writeable for frame in frames)
    watched.worker.run(epochs=3)
    watched.rest()
    assert [watched.bits(frame) for frame in frames] == before


# Closing


def test_closing_twice_is_harmless(build: Build) -> None:
    worker = Worker()
    worker.load(build)
    assert worker.close()
    assert worker.close()


def test_a_worker_that_waits_between_slow_batches_closes(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.set_speed(0.001)
    watched.worker.run(epochs=10_000)
    watched.until(lambda note: isinstance(note, BatchEnd))
    assert watched.worker.close()


def test_commands_that_wait_behind_a_running_one_do_not_keep_it_from_closing(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=10_000)
    watched.until(lambda note: isinstance(note, BatchEnd))
    watched.worker.load(build)
    watched.worker.run(epochs=10_000)
    watched.worker.run(epochs=10_000)
    assert watched.worker.close()


def test_closing_says_when_the_thread_does_not_end(watched: Watched, build: Build, gate: Gate) -> None:
    gate.shut()
    watched.worker.load(gate.through(build))
    gate.wait()
    assert watched.worker.close(timeout=0.0) is False
    gate.open()
