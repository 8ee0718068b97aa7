"""A snapshot of a session is whole whatever it is doing, and what is restored from a file goes on as if undisturbed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import open_session, save_session
from mnist_viz.session.work import State

if TYPE_CHECKING:
    from pathlib import Path

    from mnist_viz.data.datasets import Dataset
    from tests.session.conftest import Driven


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lesson.mnistviz"


def test_a_snapshot_while_training_goes_on_is_whole(driven: Driven, path: Path) -> None:
    driven.play_to(25)
    runs = driven.session.snapshot()
    tail = runs.get(1).timeline.tail
    assert tail is not None
    assert tail.step == runs.get(1).steps
    assert driven.state() is State.RUNNING
    driven.at(tail.step + 10)
    save_session(path, SessionContents(runs))
    run = open_session(path).runs.get(1)
    assert run.timeline.tail is not None
    assert (run.steps, driven.bits(run.timeline.tail)) == (tail.step, driven.bits(tail))


def test_settings_that_wait_for_the_next_batch_are_in_the_snapshot(finished: Driven) -> None:
    changed = replace(finished.session.settings, learning_rate=0.5, batch_size=20, epochs=9)
    finished.session.change(changed)
    run = finished.session.snapshot().get(1)
    assert (run.settings, run.epochs) == (changed, 9)


def test_a_restored_session_goes_on_bit_for_bit(finished: Driven, path: Path, dataset: Dataset) -> None:
    session = finished.session
    finished.show(45)
    session.branch(replace(session.settings, learning_rate=0.01, dropout=0.2))
    finished.train(10)
    save_session(path, SessionContents(session.snapshot()))
    finished.train(20)
    expected = finished.bits(finished.shown)
    session.restore(open_session(path).runs)
    assert (session.run.number, session.shown and session.shown.step) == (2, 55)
    finished.train(20)
    assert finished.bits(finished.shown) == expected
