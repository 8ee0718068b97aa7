"""Sessions are saved and opened in the background; what comes of it is said once."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import save_session
from mnist_viz.recording.storage import FORMAT as MODEL
from mnist_viz.recording.storage import ModelFile, save_model
from mnist_viz.session import session_files
from mnist_viz.session.session import State
from mnist_viz.session.session_files import FileFailure, FileProgress, Opened, OtherKind, Outcome, Saved, SessionFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from mnist_viz.data.datasets import Dataset
    from tests.session.conftest import Driven

PATIENCE = 15_000


class Driver:
    """Files, and everything they have published."""

    def __init__(self, qtbot: QtBot) -> None:
        self.files = SessionFiles()
        self.qtbot = qtbot

    def outcome(self) -> Outcome:
        """Wait for what comes of the task."""
        found: list[Outcome] = []

        def came() -> bool:
            found.extend(one for one in self.files.take() if not isinstance(one, FileProgress))
            return bool(found)

        self.qtbot.waitUntil(came, timeout=PATIENCE)
        (outcome,) = found
        return outcome


@pytest.fixture
def driver(qtbot: QtBot) -> Iterator[Driver]:
    result = Driver(qtbot)
    yield result
    assert result.files.close(5.0)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "lesson.mnistviz")


def test_a_session_is_saved_and_opened(driver: Driver, finished: Driven, path: str) -> None:
    driver.files.save(path, SessionContents(finished.session.snapshot()))
    assert driver.files.task == "save"
    assert driver.outcome() == Saved(path)
    assert driver.files.task is None
    driver.files.open(path)
    opened = driver.outcome()
    assert isinstance(opened, Opened)
    assert opened.contents.runs.get(1).steps == 90


def test_other_files_are_told_from_sessions(driver: Driver, finished: Driven, tmp_path: Path) -> None:
    model, other, damaged = tmp_path / "model.npz", tmp_path / "other.npz", tmp_path / "damaged.mnistviz"
    save_model(model, ModelFile(finished.shown.model, ("a", "b", "c")))
    other.write_bytes(b"hello")
    damaged.write_bytes(b"hello")
    for path, expected in (
        (model, OtherKind(str(model), MODEL)),
        (other, OtherKind(str(other), "")),
        (damaged, FileFailure("open", str(damaged), "damaged.mnistviz is not a session, or it is damaged")),
    ):
        driver.files.open(str(path))
        assert driver.outcome() == expected


def test_one_thing_is_done_at_a_time(
    driver: Driver, finished: Driven, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    real = save_session

    def slow(*arguments: object) -> None:
        assert go.wait(15)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(session_files, "save_session", slow)
    driver.files.save(path, SessionContents(finished.session.snapshot()))
    with pytest.raises(RuntimeError, match="another file is being saved"):
        driver.files.open(path)
    go.set()
    assert driver.outcome() == Saved(path)


def test_what_is_cancelled_publishes_an_empty_failure(
    driver: Driver, finished: Driven, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    real = save_session

    def slow(*arguments: object) -> None:
        assert go.wait(15)
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(session_files, "save_session", slow)
    driver.files.save(path, SessionContents(finished.session.snapshot()))
    driver.files.cancel()
    go.set()
    assert driver.outcome() == FileFailure("save", path, "")


def test_a_mistake_in_the_program_is_one_sentence(
    driver: Driver, path: str, finished: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise RuntimeError("an oversight")

    monkeypatch.setattr(session_files, "save_session", mistaken)
    driver.files.save(path, SessionContents(finished.session.snapshot()))
    assert driver.outcome() == FileFailure(
        "save", path, "lesson.mnistviz could not be saved (RuntimeError: an oversight)"
    )  # fmt: skip


def test_closing_lets_a_session_be_saved_to_its_end(finished: Driven, path: str, qtbot: QtBot) -> None:
    files = SessionFiles()
    files.save(path, SessionContents(finished.session.snapshot()))
    assert files.close(5.0)
    driver = Driver(qtbot)
    driver.files.open(path)
    assert isinstance(driver.outcome(), Opened)


# Snapshots


def test_a_snapshot_while_training_goes_on_is_whole(driver: Driver, driven: Driven, path: str) -> None:
    driven.session.change(replace(driven.session.settings, epochs=10_000))
    driven.session.play()
    driven.at(25)
    runs = driven.session.snapshot()
    tail = runs.get(1).timeline.tail
    assert tail is not None
    assert tail.step == runs.get(1).steps
    assert driven.state() is State.RUNNING
    driver.files.save(path, SessionContents(runs))
    driven.at(tail.step + 10)
    assert driver.outcome() == Saved(path)
    driver.files.open(path)
    opened = driver.outcome()
    assert isinstance(opened, Opened)
    run = opened.contents.runs.get(1)
    assert run.timeline.tail is not None
    assert (run.steps, driven.bits(run.timeline.tail)) == (tail.step, driven.bits(tail))


def test_settings_that_wait_for_the_next_batch_are_in_the_snapshot(finished: Driven) -> None:
    changed = replace(finished.session.settings, learning_rate=0.5, batch_size=20, epochs=9)
    finished.session.change(changed)
    course = finished.session.snapshot().get(1).course
    assert (course.settings, course.epochs) == (changed, 9)


def test_a_restored_session_goes_on_bit_for_bit(driver: Driver, finished: Driven, path: str, dataset: Dataset) -> None:
    session = finished.session
    session.go_to_step(45)
    finished.rest()
    session.branch(replace(session.settings, learning_rate=0.01, dropout=0.2))
    finished.train(10)
    driver.files.save(path, SessionContents(session.snapshot()))
    driver.outcome()
    finished.train(20)
    expected = finished.bits(finished.shown)
    driver.files.open(path)
    opened = driver.outcome()
    assert isinstance(opened, Opened)
    session.restore(opened.contents.runs)
    assert (session.run.number, session.shown and session.shown.step) == (2, 55)
    finished.train(20)
    assert finished.bits(finished.shown) == expected
