"""What a journal holds opens as the session that it was given, whatever became of the program."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import IO, TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.engine.settings import Settings
from mnist_viz.locks import try_lock
from mnist_viz.recording import journal as journals
from mnist_viz.recording import journal_folder
from mnist_viz.recording.journal import Journal
from mnist_viz.recording.journal_folder import LeftBehind, find_left
from mnist_viz.recording.session_contents import Drawing, SessionContents, Stroke, copy_of
from mnist_viz.recording.session_file import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mnist_viz.recording.run import Run
    from mnist_viz.recording.runs import Runs

SETTINGS = Settings(preset="", hidden=(6,), batch_size=16, optimizer="adam", learning_rate=0.01)
STROKE = Stroke(np.linspace(0, 1, 8, dtype=np.float32).reshape(4, 2), 0.06)


def killed(journal: Journal) -> None:
    """What the system does when the process ends: files are closed, the lock is free, and nothing else is done."""
    journal.close(remove=False)


@pytest.fixture(autouse=True)
def closed_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test leaves files open, whatever it does not close."""
    locks: list[IO[bytes]] = []

    def noted(path: Path) -> IO[bytes] | None:
        lock = try_lock(path)
        locks.extend([lock] if lock is not None else [])
        return lock

    monkeypatch.setattr(journal_folder, "try_lock", noted)
    yield
    for lock in locks:
        lock.close()


def contents_of(runs: Runs, drawing: Drawing | None = None) -> SessionContents:
    return SessionContents(copy_of(runs), drawing or Drawing())


def left_in(home: Path) -> LeftBehind:
    (left,) = find_left(home)
    return left


def bits(run: Run) -> list[tuple[int, bytes, bytes]]:
    result = []
    for frame in run.timeline.frames:
        assert frame.place is not None
        result.append((frame.step, frame.model.parameters.tobytes(), frame.place.optimizer_state.tobytes()))
    return result


def test_what_was_kept_is_found_and_is_the_same_session(tmp_path: Path, saved_runs: Runs) -> None:
    journal = Journal(tmp_path)
    journal.keep(contents_of(saved_runs, Drawing((STROKE,))))
    journal.tell(file="/somewhere/lesson.mnistviz", closed=False)
    assert find_left(tmp_path) == []  # its window is there
    killed(journal)
    left = left_in(tmp_path)
    assert (left.file, left.closed) == ("/somewhere/lesson.mnistviz", False)
    contents = open_session(left.path)
    assert contents.left_out == ()
    assert [bits(run) for run in contents.runs] == [bits(run) for run in saved_runs]
    for run, before in zip(contents.runs, saved_runs, strict=True):
        np.testing.assert_array_equal(run.history.batches, before.history.batches)
        assert run.history.epochs == before.history.epochs
        assert (run.name, run.pins, run.parent) == (before.name, before.pins, before.parent)
    np.testing.assert_array_equal(contents.drawing.strokes[0].points, STROKE.points)


def test_keeping_again_writes_only_what_is_new(tmp_path: Path, runs_of: Callable[..., Runs]) -> None:
    runs = runs_of(replace(SETTINGS, hidden=(4000,)))
    journal = Journal(tmp_path)
    journal.keep(contents_of(runs))
    assert journal.folder is not None
    path = journal.folder / "1.mnistviz"
    size = path.stat().st_size
    journal.keep(contents_of(runs))
    assert path.stat().st_size == size  # nothing has changed
    runs.get(1).name = "another name"
    journal.keep(contents_of(runs))
    assert size < path.stat().st_size < 1.1 * size
    killed(journal)
    assert open_session(left_in(tmp_path).path).runs.get(1).name == "another name"


def test_the_lesser_part_is_enough_to_go_on(tmp_path: Path, runs_of: Callable[..., Runs]) -> None:
    runs = runs_of(SETTINGS, 40)
    journal = Journal(tmp_path)
    journal.keep(contents_of(runs), room=0)
    killed(journal)
    contents = open_session(left_in(tmp_path).path)
    for run, before in zip(contents.runs, runs, strict=True):
        assert run.steps == before.steps
        assert bits(run)[-1] == bits(before)[-1]
        assert len(run.timeline) < len(before.timeline)
        assert run.history.epochs == before.history.epochs


def test_as_many_frames_are_kept_as_there_is_room_for(tmp_path: Path, runs_of: Callable[..., Runs]) -> None:
    runs = runs_of(SETTINGS, 40)
    first = runs.get(1).timeline.frames[0]
    moments = []
    for room in (0, 3 * first.nbytes, 10**9):
        journal = Journal(tmp_path / str(room))
        journal.keep(contents_of(runs), room)
        killed(journal)
        moments.append(open_session(left_in(tmp_path / str(room)).path).runs.moments)
    assert moments[1] == moments[0] + 3
    assert moments[2] == runs.moments


def test_frames_that_are_in_it_stay_when_the_lesser_part_is_kept(tmp_path: Path, runs_of: Callable[..., Runs]) -> None:
    runs = runs_of(SETTINGS, 40)
    journal = Journal(tmp_path)
    journal.keep(contents_of(runs))
    journal.keep(contents_of(runs), room=0)
    killed(journal)
    assert [bits(run) for run in open_session(left_in(tmp_path).path).runs] == [bits(run) for run in runs]


def test_training_that_went_back_is_kept_as_it_is_now(tmp_path: Path, runs_of: Callable[..., Runs]) -> None:
    """Other frames and metrics come in the place of those of the same names."""
    journal = Journal(tmp_path)
    journal.keep(contents_of(runs_of(SETTINGS, 30)))
    others = runs_of(replace(SETTINGS, seed=7), 20)
    journal.keep(contents_of(others))
    killed(journal)
    contents = open_session(left_in(tmp_path).path)
    assert [bits(run) for run in contents.runs] == [bits(run) for run in others]
    np.testing.assert_array_equal(contents.runs.get(1).history.batches, others.get(1).history.batches)


def test_a_file_that_is_mostly_waste_is_begun_anew(
    tmp_path: Path, runs_of: Callable[..., Runs], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "MOST_WASTE", 10_000)
    journal = Journal(tmp_path)
    numbers = set()
    for seed in range(8):
        runs = runs_of(replace(SETTINGS, seed=seed))
        journal.keep(contents_of(runs))
        assert journal.folder is not None
        (only,) = journal.folder.glob("*.mnistviz")
        numbers.add(only.stem)
    assert len(numbers) > 2
    killed(journal)
    assert [bits(run) for run in open_session(left_in(tmp_path).path).runs] == [bits(run) for run in runs]


def test_a_full_disk_leaves_what_was_kept_before(
    tmp_path: Path, runs_of: Callable[..., Runs], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = runs_of(SETTINGS), runs_of(SETTINGS, 40)
    journal = Journal(tmp_path)
    journal.keep(contents_of(before))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    for waste in (journals.MOST_WASTE, -(10**9)):  # appending to the file, and beginning another
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            patched.setattr(journals, "MOST_WASTE", waste)
            with pytest.raises(OSError, match="No space"):
                journal.keep(contents_of(after))
    journal.keep(contents_of(before))
    killed(journal)
    assert [bits(run) for run in open_session(left_in(tmp_path).path).runs] == [bits(run) for run in before]


def test_half_written_ends_are_cut_off(tmp_path: Path, saved_runs: Runs) -> None:
    journal = Journal(tmp_path)
    journal.keep(contents_of(saved_runs))
    folder = journal.folder
    assert folder is not None
    killed(journal)
    with (folder / "1.mnistviz").open("ab") as file:
        file.write(b"PK\3\4" + bytes(100_000))
    left = left_in(tmp_path)
    assert len(open_session(left.path).runs) == 2


def test_of_two_files_the_newest_that_is_whole_counts(tmp_path: Path, saved_runs: Runs) -> None:
    """The program ended while it began another file."""
    journal = Journal(tmp_path)
    journal.keep(contents_of(saved_runs))
    folder = journal.folder
    assert folder is not None
    killed(journal)
    (folder / "2.mnistviz").write_bytes(b"PK\3\4" + bytes(1000))
    assert left_in(tmp_path).path.name == "1.mnistviz"


def test_a_journal_that_is_removed_leaves_nothing(tmp_path: Path, saved_runs: Runs) -> None:
    journal = Journal(tmp_path / "journals")
    journal.keep(contents_of(saved_runs))
    journal.close(remove=True)
    assert list((tmp_path / "journals").iterdir()) == []
    untouched = Journal(tmp_path / "none")
    untouched.close(remove=True)
    assert not (tmp_path / "none").exists()


def test_a_window_that_ended_before_it_kept_anything_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "20260101-000000-00000000").mkdir()
    assert find_left(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_who_finds_it_has_it_alone_until_it_is_let_go(tmp_path: Path, saved_runs: Runs) -> None:
    journal = Journal(tmp_path)
    journal.keep(contents_of(saved_runs))
    killed(journal)
    left = left_in(tmp_path)
    assert find_left(tmp_path) == []
    left.folder.release()
    left_in(tmp_path).folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_two_journals_do_not_touch_each_other(tmp_path: Path, runs_of: Callable[..., Runs]) -> None:
    one, other = Journal(tmp_path), Journal(tmp_path)
    first, second = runs_of(SETTINGS, 10), runs_of(SETTINGS, 30)
    one.keep(contents_of(first))
    other.keep(contents_of(second))
    one.keep(contents_of(first))
    killed(one)
    left = left_in(tmp_path)
    assert [run.steps for run in open_session(left.path).runs] == [run.steps for run in first]
    left.folder.remove()
    other.keep(contents_of(second))
    killed(other)
    assert [run.steps for run in open_session(left_in(tmp_path).path).runs] == [run.steps for run in second]


@pytest.mark.parametrize("about", [b"", b"{", b"[1]", b'{"file": 7, "closed": "yes"}', b"[" * 100_000])
def test_what_stands_beside_it_may_be_damaged(tmp_path: Path, saved_runs: Runs, about: bytes) -> None:
    journal = Journal(tmp_path)
    journal.keep(contents_of(saved_runs))
    assert journal.folder is not None
    (journal.folder / "about.json").write_bytes(about)
    killed(journal)
    left = left_in(tmp_path)
    assert (left.file, left.closed) == ("", False)


def test_a_lock_is_free_again_when_its_file_is_closed(tmp_path: Path) -> None:
    held = try_lock(tmp_path / "a.lock")
    assert held is not None
    assert try_lock(tmp_path / "a.lock") is None
    held.close()
    again = try_lock(tmp_path / "a.lock")
    assert again is not None
    again.close()
