"""The training thread through its mailbox, without Qt."""

import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.presets import Settings
from mnist_viz.engine.training import BatchEnd, EpochEnd, Event, Trainer
from mnist_viz.recording.snapshot import Frame, capture
from mnist_viz.session.worker import Loading, Note, Ready, Recorded, Replayed, Returned, Stop, Stopped, Worker
from mnist_viz.session.worker import Tested as Measured  # pytest would take its own name for a test

if TYPE_CHECKING:
    from tests.session.conftest import Watched

PER_EPOCH = 30
T = TypeVar("T")

Build = Callable[[], Trainer]


def of_kind(notes: list[Note], kind: type[T]) -> list[T]:
    return [note for note in notes if isinstance(note, kind)]


def timeless(events: list[Event]) -> list[Event]:
    """The events without what no two runs share."""
    return [
        replace(event, seconds=0.0, samples_per_second=0.0) if isinstance(event, EpochEnd) else event
        for event in events
    ]


def events_of(notes: list[Note]) -> list[Event]:
    return timeless([note for note in notes if isinstance(note, BatchEnd | EpochEnd)])


def bits(frame: Frame) -> tuple[bytes, bytes]:
    assert frame.place is not None
    return frame.model.parameters.tobytes(), frame.place.optimizer_state.tobytes()


def uninterrupted(build: Build, steps: int) -> dict[int, tuple[bytes, bytes]]:
    """The bits after each of the first `steps` steps of a run that nobody disturbs."""
    trainer = build()
    found = {0: bits(capture(trainer))}
    for event in trainer.run():
        found[event.step] = bits(capture(trainer))
        if event.step >= steps:
            break
    return found


class Gate:
    """Builds a trainer only when it is opened: until then the thread is busy and commands pile up."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._open = threading.Event()
        self.reached = threading.Event()

    def __call__(self) -> Trainer:
        self.reached.set()
        assert self._open.wait(15)
        return self._build()

    def open(self) -> None:
        self._open.set()


# Loading and running


def test_a_new_run_stands_at_its_first_weights(watched: "Watched", build: Build) -> None:
    watched.worker.load(build)
    loading, ready, recorded, stopped = watched.rest()
    assert isinstance(loading, Loading)
    assert isinstance(ready, Ready)
    assert isinstance(recorded, Recorded)
    assert stopped == Stopped(Stop.READY)
    assert recorded.frame.step == 0
    assert bits(recorded.frame) == uninterrupted(build, 0)[0]


def test_a_run_publishes_every_batch_and_epoch_and_ends_finished(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.FINISHED)
    assert events_of(notes) == timeless(list(build().run()))


def test_it_records_the_moments_worth_keeping(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=3)
    watched.rest()
    frames = watched.frames()
    assert set(frames) == {0, 1, 2, 3, 4, 6, 9, 14, 21, 30, 60, 90}
    undisturbed = uninterrupted(build, 90)
    assert {step: bits(frame) for step, frame in frames.items()} == {step: undisturbed[step] for step in frames}


def test_an_epochs_metrics_come_before_the_frame_of_its_end(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    notes = watched.rest()
    end = next(i for i, note in enumerate(notes) if isinstance(note, EpochEnd))
    assert all(note.frame.step < PER_EPOCH for note in notes[:end] if isinstance(note, Recorded))
    after = notes[end + 1]
    assert isinstance(after, Recorded)
    assert (after.frame.step, after.frame.place is not None and after.frame.place.epoch) == (PER_EPOCH, 1)


def test_the_live_slot_holds_one_frame_until_it_is_taken(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=20)
    watched.rest()
    live = watched.worker.mailbox.take_live()
    assert live is not None
    assert live.step == 5  # the first one that was not recorded: nobody took it, so none replaced it
    assert bits(live) == uninterrupted(build, 5)[5]
    assert watched.worker.mailbox.take_live() is None
    watched.worker.run(steps=5)
    watched.rest()
    live = watched.worker.mailbox.take_live()
    assert live is not None
    assert live.step == 22


def test_published_arrays_never_change(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=10)
    watched.rest()
    frames = list(watched.frames().values())
    before = [bits(frame) for frame in frames]
    assert not any(frame.model.parameters.flags.writeable for frame in frames)
    watched.worker.run(epochs=3)
    watched.rest()
    assert [bits(frame) for frame in frames] == before


def test_a_new_run_replaces_one_that_is_running(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=10_000)
    watched.until(lambda note: isinstance(note, BatchEnd) and note.step == 5)
    watched.worker.load(build)
    watched.until(lambda note: isinstance(note, Ready))
    recorded, stopped = watched.rest()
    assert isinstance(recorded, Recorded)
    assert (recorded.frame.step, stopped) == (0, Stopped(Stop.READY))


# Pausing and stepping


def test_a_pause_stops_after_the_batch_under_way(watched: "Watched", build: Build) -> None:
    watched.load(build)

    def pause_at_7(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 7:
            watched.worker.pause()

    watched.inbox.hook = pause_at_7
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.PAUSED)
    assert of_kind(notes, BatchEnd)[-1].step == 7
    assert watched.frames()[7].step == 7  # where one pauses, one can come back to


def test_a_pause_in_the_last_batch_of_an_epoch_waits_for_its_validation(watched: "Watched", build: Build) -> None:
    watched.load(build)

    def pause_at_the_end(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == PER_EPOCH:
            watched.worker.pause()

    watched.inbox.hook = pause_at_the_end
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.PAUSED)
    assert [epoch.epoch for epoch in of_kind(notes, EpochEnd)] == [0]
    assert of_kind(notes, BatchEnd)[-1].step == PER_EPOCH


def test_a_pause_that_comes_before_the_run_has_begun_is_not_lost(watched: "Watched", build: Build) -> None:
    gate = Gate(build)
    watched.worker.load(gate)
    assert gate.reached.wait(15)
    watched.worker.run(epochs=10_000)
    watched.worker.pause()
    gate.open()
    assert watched.rested() == Stopped(Stop.READY)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.PAUSED)
    assert len(of_kind(notes, BatchEnd)) == 1


def test_a_pause_does_not_stop_the_run_after_the_one_it_was_meant_for(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=3)
    watched.rest()
    watched.worker.pause()  # too late for it
    watched.worker.run(epochs=1)
    assert watched.rested() == Stopped(Stop.FINISHED)


def test_a_pause_is_not_lost_to_the_command_after_it(watched: "Watched", build: Build) -> None:
    gate = Gate(build)
    watched.worker.load(gate)
    assert gate.reached.wait(15)
    watched.worker.run(epochs=10_000)
    watched.worker.pause()
    watched.worker.run(steps=2)
    gate.open()
    assert [watched.rested().reason for _ in range(3)] == [Stop.READY, Stop.PAUSED, Stop.STEPPED]
    assert max(watched.frames()) == 3


def test_stepping_a_batch_at_a_time_is_the_uninterrupted_run(watched: "Watched", build: Build) -> None:
    watched.load(build)
    for step in range(1, 2 * PER_EPOCH + 6):
        watched.worker.run(steps=1)
        assert watched.rested() == Stopped(Stop.STEPPED)
        assert max(watched.frames()) == step
    undisturbed = uninterrupted(build, 2 * PER_EPOCH + 5)
    assert {step: bits(frame) for step, frame in watched.frames().items()} == undisturbed
    assert events_of(watched.notes) == timeless(list(islice(build().run(), 2 * PER_EPOCH + 7)))


@pytest.mark.parametrize("pieces", [(7, 23, 30), (1, 59), (44, 16)])
def test_stepping_in_pieces_of_any_size_is_the_uninterrupted_run(
    watched: "Watched", build: Build, pieces: tuple[int, ...]
) -> None:
    watched.load(build)
    for steps in pieces:
        watched.worker.run(steps=steps)
        assert watched.rested() == Stopped(Stop.STEPPED)
    assert bits(watched.frames()[60]) == uninterrupted(build, 60)[60]


def test_a_step_over_the_end_of_an_epoch_validates_once(watched: "Watched", build: Build) -> None:
    watched.load(build)
    for steps in (PER_EPOCH, 1):
        watched.worker.run(steps=steps)
        watched.rest()
    assert [epoch.epoch for epoch in of_kind(watched.notes, EpochEnd)] == [0]


def test_steps_go_on_where_the_epochs_asked_for_have_ended(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    watched.rest()
    watched.worker.run(steps=2)
    assert watched.rested() == Stopped(Stop.STEPPED)
    assert max(watched.frames()) == PER_EPOCH + 2


def test_running_after_the_end_finishes_at_once(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    watched.rest()
    watched.worker.run(epochs=1)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.FINISHED)
    assert events_of(notes) == []


def test_epochs_may_be_taken_away_while_it_runs(watched: "Watched", build: Build) -> None:
    watched.load(build)

    def enough(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 5:
            watched.worker.set_epochs(1)

    watched.inbox.hook = enough
    watched.worker.run(epochs=10_000)
    assert watched.rested() == Stopped(Stop.FINISHED)
    assert max(watched.frames()) == PER_EPOCH


def test_a_slow_speed_is_heard_by_a_pause_and_by_full_speed_at_once(watched: "Watched", build: Build) -> None:
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


# The past


def test_a_replay_gives_the_recorded_bytes(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=50)
    watched.rest()
    undisturbed = uninterrupted(build, 50)
    for start, step in [(0, 1), (4, 29), (9, 14), (21, 30), (21, 47), (30, 31)]:
        watched.worker.replay(watched.frames()[start], step)
        notes = watched.rest()
        assert notes[-1] == Stopped(Stop.STEPPED)
        replayed = {note.frame.step: bits(note.frame) for note in of_kind(notes, Replayed)}
        assert step in replayed
        assert max(replayed) == step
        assert replayed == {each: undisturbed[each] for each in replayed}
        assert set(replayed) == set(range(max(start + 1, step - 15), step + 1))


def test_a_replay_publishes_no_metrics_again(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=50)
    watched.rest()
    watched.worker.replay(watched.frames()[21], 40)
    assert events_of(watched.rest()) == []


def test_training_goes_on_unharmed_after_a_replay(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=44)
    watched.rest()
    watched.worker.replay(watched.frames()[9], 35)
    watched.rest()
    watched.worker.run(epochs=3)
    assert watched.rested() == Stopped(Stop.FINISHED)
    assert bits(watched.frames()[90]) == uninterrupted(build, 90)[90]
    assert events_of(watched.notes) == timeless(list(build().run()))


def test_a_replay_uses_the_learning_rates_of_its_time(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=12)
    watched.rest()
    watched.worker.set_learning_rate(0.2)
    for _ in range(15):
        watched.worker.run(steps=1)
        watched.rest()
    recorded = {step: bits(frame) for step, frame in watched.frames().items()}
    watched.worker.replay(watched.frames()[9], 26)
    replayed = {note.frame.step: bits(note.frame) for note in of_kind(watched.rest(), Replayed)}
    assert replayed
    assert replayed == {step: recorded.get(step, replayed[step]) for step in replayed}
    assert {12, 13, 26} <= set(replayed) & set(recorded)


def test_a_replay_can_be_paused_and_leaves_the_present_as_it_was(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=50)
    watched.rest()
    gate = threading.Event()

    def pause_in_the_middle(note: Note) -> None:
        if isinstance(note, Replayed):
            watched.worker.pause()
            gate.set()

    watched.inbox.hook = pause_in_the_middle
    watched.worker.replay(watched.frames()[0], 49)
    watched.rest()
    assert gate.is_set()
    watched.worker.run(steps=1)
    watched.rest()
    assert bits(watched.frames()[51]) == uninterrupted(build, 51)[51]


# The learning rate


def test_a_rate_set_at_rest_holds_from_the_next_batch(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=3)
    watched.rest()
    watched.worker.set_learning_rate(0.4)
    watched.worker.run(steps=2)
    watched.rest()
    reference = build()
    for _ in islice(reference.run(), 3):
        pass
    reference.set_learning_rate(0.4)
    for _ in islice(reference.run(), 2):
        pass
    assert bits(watched.frames()[5]) == bits(capture(reference))


def test_a_rate_set_while_it_runs_holds_from_the_next_batch(watched: "Watched", build: Build) -> None:
    watched.load(build)

    def during_batch_5(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 5:
            watched.worker.set_learning_rate(0.4)

    watched.inbox.hook = during_batch_5
    watched.worker.run(steps=9)
    watched.rest()
    reference = build()
    for _ in islice(reference.run(), 5):
        pass
    reference.set_learning_rate(0.4)
    for _ in islice(reference.run(), 4):
        pass
    assert bits(watched.frames()[9]) == bits(capture(reference))
    assert watched.frames()[9].learning_rate == 0.4


def test_a_rate_does_not_outlive_its_run(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.set_learning_rate(0.4)
    watched.load(build)
    watched.worker.run(steps=5)
    watched.rest()
    assert bits(watched.frames()[5]) == uninterrupted(build, 5)[5]


# What goes wrong


@pytest.fixture
def wild(dataset: Dataset, settings: Settings) -> Build:
    """A run that diverges within its first hundred batches."""
    too_fast = replace(settings, activation="identity", optimizer="sgd", learning_rate=100.0, epochs=50)
    train, validation = dataset.train, dataset.validation
    return lambda: Trainer(
        too_fast, (train.images, train.labels), (validation.images, validation.labels), classes=3
    )  # fmt: skip


def test_a_diverging_run_stops_and_says_so_in_one_line(watched: "Watched", wild: Build) -> None:
    watched.load(wild)
    watched.worker.run(epochs=50)
    stopped = watched.rested()
    assert stopped.reason is Stop.DIVERGED
    assert "The learning rate was 100" in stopped.message
    assert "\n" not in stopped.message
    assert all(np.isfinite(frame.model.parameters).all() for frame in watched.frames().values())


def test_a_diverging_run_returns_to_the_last_good_frame(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=35)
    watched.rest()
    good = watched.frames()[35]

    def spoil(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 37:
            for ready in of_kind(watched.notes, Ready):
                ready.trainer.network.parameters[:] = np.inf

    watched.inbox.hook = spoil
    watched.worker.mailbox.take_live()
    watched.worker.run(epochs=3)
    notes = watched.rest()
    assert isinstance(notes[-1], Stopped)
    assert notes[-1].reason is Stop.DIVERGED
    (returned,) = of_kind(notes, Returned)
    assert returned.frame.step in (35, 36)  # 36 was published live, if it was not taken as the last good one
    assert np.isfinite(returned.frame.model.parameters).all()
    assert good.step == 35
    watched.inbox.hook = lambda _: None
    watched.worker.run(epochs=3)
    assert watched.rested() == Stopped(Stop.FINISHED)
    assert bits(watched.frames()[90]) == uninterrupted(build, 90)[90]


def test_after_a_divergence_a_smaller_rate_trains_on(watched: "Watched", wild: Build) -> None:
    watched.load(wild)
    watched.worker.run(epochs=50)
    watched.rest()
    (returned,) = of_kind(watched.notes, Returned)
    watched.worker.set_learning_rate(1e-4)
    watched.worker.run(steps=5)
    notes = watched.rest()
    assert notes[-1] == Stopped(Stop.STEPPED)
    assert next(event.step for event in of_kind(notes, BatchEnd)) == returned.frame.step + 1
    assert all(np.isfinite(event.loss) for event in of_kind(notes, BatchEnd))


def test_what_the_validation_of_a_diverging_run_says_is_never_published(
    watched: "Watched", dataset: Dataset, settings: Settings
) -> None:
    """One batch an epoch: the weights overflow in a step whose own loss was finite still."""
    too_fast = replace(
        settings, activation="identity", optimizer="sgd", learning_rate=100.0, epochs=100, batch_size=300
    )  # fmt: skip
    train, validation = dataset.train, dataset.validation
    watched.load(
        lambda: Trainer(too_fast, (train.images, train.labels), (validation.images, validation.labels), classes=3)
    )
    watched.worker.run(epochs=100)
    notes = watched.rest()
    assert isinstance(notes[-1], Stopped)
    assert notes[-1].reason is Stop.DIVERGED
    assert all(np.isfinite(epoch.val_loss) for epoch in of_kind(notes, EpochEnd))


def failing() -> Trainer:
    raise RuntimeError("a mistake in the program")


def test_a_run_that_cannot_be_built_is_reported(watched: "Watched") -> None:
    watched.worker.load(failing)
    assert watched.rested() == Stopped(Stop.FAILED, "a mistake in the program")


def test_too_little_memory_is_reported_in_words(watched: "Watched") -> None:
    def huge() -> Trainer:
        raise MemoryError

    watched.worker.load(huge)
    assert watched.rested() == Stopped(Stop.FAILED, "There is not enough memory for this network.")


@pytest.mark.parametrize("command", ["run", "replay"])
def test_without_a_run_every_command_still_comes_to_rest(watched: "Watched", build: Build, command: str) -> None:
    watched.load(build)
    frame = watched.frames()[0]
    watched.worker.load(failing)
    watched.rest()
    if command == "run":
        watched.worker.run(epochs=1)
    else:
        watched.worker.replay(frame, 1)
    assert watched.rested().reason is Stop.FAILED


def test_after_a_failure_the_worker_still_works(watched: "Watched", build: Build) -> None:
    watched.worker.load(failing)
    watched.rest()
    watched.load(build)
    watched.worker.run(epochs=1)
    assert watched.rested() == Stopped(Stop.FINISHED)


# Testing


def test_the_present_network_is_tested(watched: "Watched", build: Build, dataset: Dataset) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    watched.rest()
    watched.worker.test(dataset.test.images, dataset.test.labels)
    (tested,) = watched.until(lambda note: isinstance(note, Measured))
    expected = watched.frames()[PER_EPOCH].model.network().evaluate(dataset.test.images, dataset.test.labels)
    assert tested == Measured(PER_EPOCH, *expected)


# Closing


def ends(worker: Worker) -> bool:
    return worker.close()


def test_an_idle_worker_closes() -> None:
    assert ends(Worker())


def test_closing_twice_is_harmless(build: Build) -> None:
    worker = Worker()
    worker.load(build)
    assert ends(worker)
    assert ends(worker)


def test_a_running_worker_closes(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=10_000)
    watched.until(lambda note: isinstance(note, BatchEnd))
    assert ends(watched.worker)


def test_a_worker_that_waits_between_slow_batches_closes(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.set_speed(0.001)
    watched.worker.run(epochs=10_000)
    watched.until(lambda note: isinstance(note, BatchEnd))
    assert ends(watched.worker)


def test_a_replaying_worker_closes(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=60)
    watched.rest()
    watched.worker.replay(watched.frames()[0], 59)
    assert ends(watched.worker)


def test_a_paused_and_a_finished_worker_close(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=1)
    watched.rest()
    watched.worker.pause()
    assert ends(watched.worker)


def test_a_worker_that_failed_or_diverged_closes(watched: "Watched", wild: Build) -> None:
    watched.load(wild)
    watched.worker.run(epochs=50)
    watched.rest()
    watched.worker.load(failing)
    assert ends(watched.worker)


def test_commands_that_wait_behind_a_running_one_do_not_keep_it_from_closing(watched: "Watched", build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=10_000)
    watched.until(lambda note: isinstance(note, BatchEnd))
    watched.worker.load(build)
    watched.worker.run(epochs=10_000)
    watched.worker.run(epochs=10_000)
    assert ends(watched.worker)


def test_closing_says_when_the_thread_does_not_end(watched: "Watched", build: Build) -> None:
    gate = Gate(build)
    watched.worker.load(gate)
    assert gate.reached.wait(15)
    assert watched.worker.close(timeout=0.0) is False
    gate.open()
