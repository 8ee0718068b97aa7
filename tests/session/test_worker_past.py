"""Working out the past again, and learning rates that change on the way."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from mnist_viz.engine.training import BatchEnd, Event
from mnist_viz.recording.snapshot import capture
from mnist_viz.session.worker import Note, Replayed, Stop, Stopped

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Build, Watched


# The past


def test_a_replay_gives_the_recorded_bytes(watched: Watched, build: Build, undisturbed: dict[int, Bits]) -> None:
    watched.load(build)
    watched.worker.run(steps=50)
    watched.rest()
    for start, step in [(0, 1), (4, 29), (9, 14), (21, 30), (21, 47), (30, 31)]:
        watched.worker.replay(watched.frames()[start], step)
        notes = watched.rest()
        assert notes[-1] == Stopped(Stop.STEPPED)
        replayed = {note.frame.step: watched.bits(note.frame) for note in watched.of_kind(notes, Replayed)}
        assert step in replayed
        assert max(replayed) == step
        assert replayed == {each: undisturbed[each] for each in replayed}
        assert set(range(max(start + 1, step - 15), step + 1)) <= set(replayed)


def test_a_replay_publishes_no_metrics_again(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=50)
    watched.rest()
    watched.worker.replay(watched.frames()[21], 40)
    assert watched.events(watched.rest()) == []


def test_training_goes_on_unharmed_after_a_replay(
    watched: Watched, build: Build, undisturbed: dict[int, Bits], undisturbed_events: list[Event]
) -> None:
    watched.load(build)
    watched.worker.run(steps=44)
    watched.rest()
    watched.worker.replay(watched.frames()[9], 35)
    watched.rest()
    watched.worker.run(epochs=3)
    assert watched.rested() == Stopped(Stop.FINISHED)
    assert watched.bits(watched.frames()[90]) == undisturbed[90]
    assert watched.events(watched.notes) == undisturbed_events


def test_a_replay_uses_the_learning_rates_of_its_time(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=12)
    watched.rest()
    watched.change(learning_rate=0.2)
    for _ in range(15):
        watched.worker.run(steps=1)
        watched.rest()
    recorded = {step: watched.bits(frame) for step, frame in watched.frames().items()}
    watched.worker.replay(watched.frames()[9], 26)
    replayed = {note.frame.step: watched.bits(note.frame) for note in watched.of_kind(watched.rest(), Replayed)}
    assert replayed
    assert replayed == {step: recorded.get(step, replayed[step]) for step in replayed}
    assert {12, 13, 26} <= set(replayed) & set(recorded)


def test_a_replay_can_be_paused_and_leaves_the_present_as_it_was(
    watched: Watched, build: Build, undisturbed: dict[int, Bits]
) -> None:
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
    assert watched.bits(watched.frames()[51]) == undisturbed[51]


# The learning rate


def test_a_rate_set_at_rest_holds_from_the_next_batch(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(steps=3)
    watched.rest()
    watched.change(learning_rate=0.4)
    watched.worker.run(steps=2)
    watched.rest()
    reference = build()
    for _ in islice(reference.run(), 3):
        pass
    reference.change(replace(reference.settings, learning_rate=0.4))
    for _ in islice(reference.run(), 2):
        pass
    assert watched.bits(watched.frames()[5]) == watched.bits(capture(reference))


def test_a_rate_set_while_it_runs_holds_from_the_next_batch(watched: Watched, build: Build) -> None:
    watched.load(build)

    def during_batch_5(note: Note) -> None:
        if isinstance(note, BatchEnd) and note.step == 5:
            watched.change(learning_rate=0.4)

    watched.inbox.hook = during_batch_5
    watched.worker.run(steps=9)
    watched.rest()
    reference = build()
    for _ in islice(reference.run(), 5):
        pass
    reference.change(replace(reference.settings, learning_rate=0.4))
    for _ in islice(reference.run(), 4):
        pass
    assert watched.bits(watched.frames()[9]) == watched.bits(capture(reference))
    assert watched.frames()[9].learning_rate == 0.4


def test_a_rate_does_not_outlive_its_run(watched: Watched, build: Build, undisturbed: dict[int, Bits]) -> None:
    watched.load(build)
    watched.change(learning_rate=0.4)
    watched.load(build)
    watched.worker.run(steps=5)
    watched.rest()
    assert watched.bits(watched.frames()[5]) == undisturbed[5]
