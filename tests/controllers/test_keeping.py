"""A window that ends in any way leaves what it had, and the next one gives it back."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from mnist_viz.controllers import keeping, notices
from mnist_viz.recording.recovery import WindowSession, find_left
from mnist_viz.recording.session_file import open_session
from mnist_viz.system.paths import state_dir
from tests.controllers.conftest import Program, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from mnist_viz.data.datasets import Dataset
    from mnist_viz.engine.settings import Settings


FULL = "cannot write in there: No space left on device"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for two seconds."""
    monkeypatch.setattr(keeping, "SECONDS_AT_REST", 0.0)


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path, settings: Settings, dataset: Dataset) -> Iterator[Callable[[], Program]]:
    """Starts windows, which have looked for what was left behind; at the end they are closed."""
    programs: list[Program] = []

    def started() -> Program:
        program = opened(qtbot, tmp_path, settings)
        programs.append(program)
        program.use(dataset)
        program.app.keeping.start()
        return program

    yield started
    for program in programs:
        program.app.window.close()


def kept(program: Program) -> None:
    """Until everything is kept."""
    controller = program.app.keeping
    program.until(lambda: controller.is_up_to_date)


def kill(program: Program) -> None:
    """The process ends: its files are closed and its locks are free. What is closed later must not find anything."""
    app = program.app
    app.keeping.abandon()
    app.window.close()


def full(*_: object, **__: object) -> None:
    raise OSError(FULL)


def kept_sessions() -> list[str]:
    return sorted(path.name for path in (state_dir() / "sessions").glob("*.mnistviz"))


def damage() -> None:
    """Of what a window has left behind."""
    (path,) = (state_dir() / "sessions").glob("*.mnistviz")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE runs SET checksum = 0")


def lose_work(start: Callable[[], Program], batches: int = 3) -> bytes:
    """A window trains, draws and is killed."""
    program = start()
    program.train(batches)
    program.draw((0.2, 0.2), (0.8, 0.8))
    program.app.draw.pad.let_go()
    program.session.rename(1, "The lost one")
    kept(program)
    tail = program.session.timeline.last
    assert tail is not None
    kill(program)
    return tail.model.parameters.tobytes()


def close_unsaved(start: Callable[[], Program], batches: int) -> None:
    """A window trains and is closed; what is offered to it is not answered."""
    program = start()
    program.train(batches)
    program.app.window.close()


@pytest.fixture
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standing message does not wait seconds for another one to be read."""
    monkeypatch.setattr(notices, "MS_UNTIL_AGAIN", 100)


def test_what_was_lost_is_offered_and_comes_back_and_goes_once_this_window_has_it(
    start: Callable[[], Program],
) -> None:
    parameters = lose_work(start)
    (lost,) = kept_sessions()
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    assert "was cut off" in program.text()
    before = program.session.runs
    program.press("Restore")
    program.until(lambda: program.session.runs is not before)
    run = program.session.run
    assert (run.name, run.steps) == ("The lost one", 3)
    assert run.timeline.last is not None
    assert run.timeline.last.model.parameters.tobytes() == parameters
    assert len(program.app.draw.pad.drawing().strokes) == 1
    assert program.text().startswith("Restored the session: 1 run with")
    assert program.app.window.isWindowModified()  # it is in no file of the user's
    program.until(lambda: lost not in kept_sessions())
    (mine,) = kept_sessions()
    kill(program)  # and so it is not lost when this one is killed as well
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    program.press("Restore")
    program.until(lambda: program.session.run.name == "The lost one")
    assert mine != lost


def test_a_drawing_without_training_that_came_back_is_kept_again(start: Callable[[], Program]) -> None:
    def bring_back(word: str) -> None:
        program = start()
        program.until(lambda: word in program.buttons())
        program.press(word)
        program.until(lambda: len(program.app.draw.pad.drawing().strokes) == 1)
        assert program.app.window.isWindowModified()
        program.app.window.close()

    lose_work(start, batches=0)
    bring_back("Restore")
    bring_back("Restore")


def test_the_session_goes_back_to_its_own_file_and_closing_with_everything_saved_leaves_nothing(
    start: Callable[[], Program], tmp_path: Path
) -> None:
    program = start()
    program.train(2)
    path = tmp_path / "lesson.mnistviz"
    program.app.session_files.save(str(path))
    program.until(lambda: program.text() == f"Saved {path}")
    program.train(1)
    kept(program)
    kill(program)
    saved = path.read_bytes()
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    program.press("Restore")
    program.until(lambda: program.session.run.steps == 3)
    assert "lesson.mnistviz" in program.app.window.windowTitle()
    assert path.read_bytes() == saved  # not touched until the user saves
    program.app.session_files.save(str(path))
    program.until(lambda: program.text() == f"Saved {path}")
    program.app.window.close()
    assert kept_sessions() == []  # everything is saved


@pytest.mark.usefixtures("soon_again")
def test_what_was_discarded_can_come_back_until_the_end_and_then_stays(
    start: Callable[[], Program], tmp_path: Path
) -> None:
    lose_work(start)
    program = start()
    program.train(1)
    program.until(lambda: "Discard" in program.buttons())
    program.press("Discard")
    assert program.buttons() == ["Undo"]
    program.press("Undo")
    program.press("Restore")
    program.until(lambda: "Open it" in program.buttons())
    (tmp_path / "bad.mnistviz").write_bytes(b"bad")
    program.app.session_files.open(str(tmp_path / "bad.mnistviz"))
    program.until(lambda: "Discard" in program.buttons())  # it is offered anew
    program.press("Discard")
    program.app.messages.dismissed.emit()
    program.until(lambda: "Open it" in program.buttons())
    program.press("Open it")
    program.until(lambda: program.session.run.name == "The lost one")
    assert program.text().startswith("Restored the session")
    assert program.app.keeping.discarded == []


def test_nothing_is_left_by_a_window_in_which_nothing_was_done_or_taken_from_one_that_is_there(
    start: Callable[[], Program],
) -> None:
    idle = start()
    idle.until(lambda: idle.app.keeping.is_up_to_date)
    kill(idle)
    assert kept_sessions() == []
    first = start()
    assert first.buttons() == []
    first.train(2)
    kept(first)
    second = start()
    second.train(1)
    kept(second)
    assert second.buttons() == []
    assert len(kept_sessions()) == 2
    second.app.window.close()
    first.train(1)
    kept(first)


@pytest.mark.usefixtures("soon_again")
def test_all_that_was_left_is_offered_one_after_the_other(start: Callable[[], Program]) -> None:
    """What was lost comes before what was closed, and nothing goes that nobody has answered for."""
    lose_work(start, 5)
    for batches in (1, 2):
        close_unsaved(start, batches)
    assert len(kept_sessions()) == 3
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    assert "One of 3" in program.text()
    program.press("Restore")
    program.until(lambda: program.session.run.steps == 5)
    program.until(lambda: "Discard" in program.buttons())
    program.press("Discard")
    (gone,) = program.app.keeping.discarded
    assert gone.path.exists()  # until the end
    program.until(lambda: "Restore" in program.buttons())  # what can be undone stands behind it
    program.press("Restore")
    program.until(lambda: "Open it" in program.buttons())
    program.press("Open it")
    program.until(lambda: program.session.run.steps == 1)
    kept(program)
    program.app.window.close()
    assert len(kept_sessions()) == 1


def test_closing_while_it_comes_back_or_with_a_full_disk_leaves_it_for_the_next_start_also_in_training(
    start: Callable[[], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_work(start, 5)
    program = start()
    program.train(1)
    program.until(lambda: "Restore" in program.buttons())
    program.press("Restore")
    program.until(lambda: "Open it" in program.buttons())
    program.app.window.close()
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    program.press("Restore")
    with monkeypatch.context() as patched:
        patched.setattr(WindowSession, "keep", full)
        program.until(lambda: program.session.run.steps == 5)
        program.app.window.close()
    program = start()
    program.session.set_speed(100.0)
    program.session.play()
    program.until(lambda: program.steps() > 20 and "Restore" in program.buttons())
    program.press("Restore")
    program.until(lambda: "Open it" in program.buttons())
    program.press("Open it")
    program.session.play()  # too late: what is to come back comes first
    program.until(lambda: program.session.run.name == "The lost one")
    assert program.session.run.steps == 5


def test_an_epochs_end_is_kept_at_once_and_all_at_rest(
    start: Callable[[], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = start()
    with monkeypatch.context() as patched:
        patched.setattr(keeping, "SECONDS_AT_REST", 1000.0)
        program.train(1)
        kept(program)
        written = written_at()
        program.session.step_epoch()
        program.until(lambda: len(program.session.history.epochs) == 1 and written_at() != written)
    program.session.run_until(epochs=2)
    program.rest()
    kept(program)
    moments = program.session.runs.moments
    kill(program)
    (left,) = find_left(state_dir() / "sessions")
    assert open_session(left.path, left_behind=True).runs.moments == moments
    left.release()


def test_a_folder_that_somebody_removed_is_made_anew_and_on_a_full_disk_what_was_kept_stays(
    start: Callable[[], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "SECONDS", 0.0)
    program = start()
    program.train(2)
    kept(program)
    shutil.rmtree(state_dir() / "sessions")
    program.train(2)
    kept(program)
    said: list[str] = []
    monkeypatch.setattr(program.app.notices, "warn", lambda text, *_: said.append(text))
    with monkeypatch.context() as patched:
        patched.setattr(WindowSession, "keep", full)
        program.train(2)
        program.until(lambda: bool(said))
        end = time.monotonic() + 0.3
        program.until(lambda: time.monotonic() > end)
        assert said == [f"The session cannot be kept in case of a crash: {FULL}. Save it yourself (Ctrl+S)."]  # once
        kill(program)
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    program.press("Restore")
    program.until(lambda: program.session.run.steps == 4)


def written_at() -> int:
    return max(path.stat().st_mtime_ns for path in (state_dir() / "sessions").iterdir())


@pytest.mark.usefixtures("soon_again")
def test_a_damaged_database_says_so_before_the_next_offer_and_one_of_another_form_is_left_alone(
    start: Callable[[], Program],
) -> None:
    lose_work(start, 5)
    damage()
    close_unsaved(start, 2)
    to_come = state_dir() / "sessions" / "to come.mnistviz"
    to_come.write_bytes(content := b"something of a version to come" * 100)
    program = start()
    program.until(lambda: "Restore" in program.buttons())
    before, left = program.session.runs, kept_sessions()
    program.press("Restore")
    program.until(lambda: program.kind() == "error")
    assert "cannot be restored" in program.text()
    assert "damaged" in program.text()
    assert program.session.runs is before
    assert kept_sessions() == left
    program.until(lambda: "Restore" in program.buttons())
    assert to_come.read_bytes() == content
