"""Working out the past again, and learning rates that change on the way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

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


def test_what_is_worked_out_ahead_gives_way_and_leaves_the_present_as_it_was(
    watched: Watched, build: Build, undisturbed: dict[int, Bits]
) -> None:
    watched.load(build)
    watched.worker.run(steps=50)
    watched.rest()
    ahead: list[int] = []

    def ask_in_the_middle(note: Note) -> None:
        if isinstance(note, Replayed):
            ahead.append(note.frame.step)
            if len(ahead) == 1:
                watched.worker.run(steps=1)

    watched.inbox.hook = ask_in_the_middle
    watched.worker.replay_ahead(watched.frames()[0], 49)
    assert watched.of_kind(watched.rest(), Stopped) == [Stopped(Stop.STEPPED)]  # of the step alone
    assert len(ahead) == 1
    assert watched.bits(watched.frames()[51]) == undisturbed[51]


# The learning rate


def test_a_rate_does_not_outlive_its_run(watched: Watched, build: Build, undisturbed: dict[int, Bits]) -> None:
    watched.load(build)
    watched.change(learning_rate=0.4)
    watched.load(build)
    watched.worker.run(steps=5)
    watched.rest()
    assert watched.bits(watched.frames()[5]) == undisturbed[5]
