"""What a window keeps is there however its process ends, and frames leave the memory and come back bit for bit."""

from __future__ import annotations

import gc
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnist_viz.engine.progress import BatchEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording import frame_store, session_database
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.recovery import WindowSession, find_left
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.session_file import open_session, save_session
from tests.recording.test_session_file import all_of, everything

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mnist_viz.recording.runs import Runs
    from tests.recording.conftest import MakeRuns

PLAIN = Settings(preset="", hidden=(6,), batch_size=16, optimizer="adam", learning_rate=0.01)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def window(home: Path) -> Iterator[WindowSession]:
    window = WindowSession(home)
    yield window
    window.close(remove=True)


@pytest.fixture
def runs(runs_of: MakeRuns) -> Runs:
    return runs_of(PLAIN)


def contents(runs: Runs, drawing: Drawing | None = None) -> SessionContents:
    return SessionContents(copy_of(runs), drawing or Drawing())


def keep(window: WindowSession, runs: Runs, *, file: str = "", closed: bool = False) -> None:
    window.keep(contents(runs), file=file, closed=closed)


def database(home: Path) -> Path:
    (path,) = home.glob("*.mnistviz")
    return path


def rows(home: Path, table: str) -> int:
    with closing(sqlite3.connect(database(home))) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def what_is_left(home: Path) -> list[object]:
    """What the next window finds when this one is killed."""
    copied = home.with_name("copied")
    shutil.copytree(home, copied)
    (left,) = find_left(copied)
    try:
        return [everything(run) for run in open_session(left.path, left_behind=True).runs]
    finally:
        left.release()
        shutil.rmtree(copied)


def release(runs: Runs) -> None:
    for run in runs:
        for frame in run.timeline.frames:
            frame.release()


# Keeping


def test_what_is_kept_is_what_the_next_window_finds(home: Path, window: WindowSession, saved_runs: Runs) -> None:
    keep(window, saved_runs)
    assert what_is_left(home) == [everything(run) for run in saved_runs]


def test_only_what_is_new_is_written(home: Path, window: WindowSession, runs: Runs) -> None:
    keep(window, runs)
    with closing(sqlite3.connect(database(home))) as db:
        before = db.execute("PRAGMA data_version").fetchone()
        keep(window, runs)
        assert db.execute("PRAGMA data_version").fetchone() == before
        runs.get(1).name = "another"
        keep(window, runs)
        assert db.execute("PRAGMA data_version").fetchone() != before


def test_what_changes_is_kept(home: Path, window: WindowSession, runs: Runs) -> None:
    first, second = runs.get(1), runs.get(2)
    keep(window, runs)
    second.rewind(second.timeline.frames[-3])
    keep(window, runs)
    second.history.add_batches([BatchEnd(second.steps + 1, 0, 0, 7.0, 0.5, 0.1)])
    first.name, first.visible, first.pins = "other", False, {3}
    first.timeline.go_to(1)
    keep(window, runs)
    assert what_is_left(home) == [everything(run) for run in copy_of(runs)]
    second.parent = None
    runs.activate(2)
    runs.remove(1)
    keep(window, runs)
    assert what_is_left(home) == [everything(run) for run in copy_of(runs)]


@pytest.mark.parametrize("piece", [1, 7])
def test_metrics_that_grow_shrink_and_change_are_kept(
    home: Path, window: WindowSession, runs: Runs, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(session_database, "PIECE", piece)
    chance = random.Random(piece)
    history = runs.get(2).history
    for _ in range(12):
        keep(window, runs)
        assert what_is_left(home) == [everything(run) for run in copy_of(runs)]
        start = chance.randint(runs.get(2).timeline.frames[-1].step, history.steps)
        history.add_batches(
            [BatchEnd(start + k, 0, 0, chance.random(), 0.5, 0.1) for k in range(1, chance.randint(2, 30))]
        )


def test_the_drawing_and_its_changes_are_kept(tmp_path: Path, home: Path, window: WindowSession, runs: Runs) -> None:
    points = np.linspace(0, 1, 14, dtype=np.float32).reshape(7, 2)
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    for number, drawing in enumerate((Drawing((Stroke(points, 0.06),)), Drawing((), picture, 2), Drawing())):
        window.keep(contents(runs, drawing), file="", closed=False)
        (left,) = find_left(Path(shutil.copytree(home, tmp_path / f"copied {number}")))
        found = open_session(left.path, left_behind=True).drawing
        left.release()
        assert [stroke.points.tobytes() for stroke in found.strokes] == [s.points.tobytes() for s in drawing.strokes]
        assert (found.picture is None, found.label) == (drawing.picture is None, drawing.label)


# Memory


def test_frames_come_back_from_the_disk_bit_for_bit(window: WindowSession, saved_runs: Runs) -> None:
    runs = copy_of(saved_runs)
    before = {id(frame): all_of(frame) for run in runs for frame in run.timeline.frames}
    keep(window, runs)
    release(runs)
    assert runs.memory == 0
    assert {id(frame): all_of(frame) for run in runs for frame in run.timeline.frames} == before
    for run in runs:
        for frame in run.timeline.frames:
            assert frame.state is not None
            assert not frame.model.parameters.flags.writeable
            assert not frame.state.optimizer_state.flags.writeable


def test_no_more_than_the_cache_stays_in_memory(
    window: WindowSession, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = runs.get(1).timeline.frames
    monkeypatch.setattr(frame_store, "CACHE_BYTES", 3 * frames[0].nbytes)
    keep(window, runs)
    assert runs.memory <= 3 * frames[0].nbytes
    for frame in frames:
        assert frame.state is not None
        assert runs.memory <= 3 * frame.nbytes


def test_training_goes_on_from_a_frame_on_disk(window: WindowSession, runs: Runs, data: Any) -> None:
    run = runs.get(1)
    frame = run.timeline.frames[2]
    assert frame.state is not None

    def further() -> bytes:
        assert frame.state is not None
        trainer = Trainer.resume(run.config, frame.state, *data, classes=3)
        trainer.epochs = 100
        events = trainer.run()
        for _ in range(20):
            next(events)
        return trainer.network.parameters.tobytes()

    expected = further()
    keep(window, runs)
    release(runs)
    assert further() == expected


# What is thinned out


def test_rows_go_with_the_last_frame_that_needs_them(home: Path, window: WindowSession, runs: Runs) -> None:
    keep(window, runs)
    before = rows(home, "frames")
    assert before == runs.moments
    run = runs.get(1)
    frame = run.timeline.frames[1]
    for each in runs:
        each.timeline.remove(frame)
    keep(window, runs)
    assert rows(home, "frames") == before  # it is still here
    release(runs)
    assert frame.state is not None
    del frame
    gc.collect()
    keep(window, runs)
    assert rows(home, "frames") == rows(home, "states") == before - 1


def test_a_frame_that_is_made_lighter_loses_its_place_on_disk(home: Path, window: WindowSession, runs: Runs) -> None:
    keep(window, runs)
    frame = runs.get(1).timeline.frames[1]
    shown = frame.model.parameters.tobytes()
    light = frame.without_state()
    for run in runs:
        run.timeline.replace(frame, light)
    before = rows(home, "states")
    del frame
    gc.collect()
    keep(window, runs)
    assert (rows(home, "frames"), rows(home, "states")) == (runs.moments, before - 1)
    light.release()
    assert light.model.parameters.tobytes() == shown
    assert light.state is None


def test_a_deleted_run_can_come_back(home: Path, window: WindowSession, runs: Runs) -> None:
    runs.activate(1)
    expected = everything(runs.get(2))
    keep(window, runs)
    release(runs)
    removed = runs.remove(2)
    keep(window, runs)
    runs.put_back(removed)
    keep(window, runs)
    assert everything(runs.get(2)) == expected
    assert len(what_is_left(home)) == 2


def test_best_networks_go_when_no_frame_returns_to_them(home: Path, window: WindowSession, saved_runs: Runs) -> None:
    keep(window, saved_runs)
    bests = {id(f.state.best) for r in saved_runs for f in r.timeline.frames if f.state and f.state.best}
    assert rows(home, "bests") == len(bests)
    other = WindowSession(home.with_name("other"))
    runs = copy_of(saved_runs)
    frames = {frame: frame.without_state() for run in runs for frame in run.timeline.frames}
    keep(other, runs)
    for frame, light in frames.items():
        light.stored_model = frame.stored_model
        for run in runs:
            run.timeline.replace(frame, light)
    for frame in frames:
        frame.stored_state = None  # as if nobody had it any more
    keep(other, runs)
    assert rows(home.with_name("other"), "bests") == 0
    other.close(remove=True)


def test_the_budget_holds_on_disk_too(home: Path, window: WindowSession, runs_of: MakeRuns) -> None:
    runs = runs_of(PLAIN, 200)
    keep(window, runs)
    runs.budget = runs.nbytes // 4
    runs.keep_to_budget()
    gc.collect()
    keep(window, runs)
    with closing(sqlite3.connect(database(home))) as db:
        stored = db.execute("SELECT total(length(content)) FROM frames").fetchone()[0]
        stored += db.execute("SELECT total(length(content)) FROM states").fetchone()[0]
    assert stored == runs.nbytes <= runs.budget


def test_where_not_everything_is_kept_the_last_frames_and_the_protected_ones_are(
    home: Path, window: WindowSession, runs: Runs
) -> None:
    protected = len(runs.protected())
    window.keep(contents(runs), file="", closed=False, everything=False)
    assert rows(home, "frames") == protected < runs.moments
    keep(window, runs)
    assert rows(home, "frames") == runs.moments


# What goes wrong


def test_a_full_disk_is_said_and_what_was_kept_stays(
    home: Path, window: WindowSession, runs: Runs, runs_of: MakeRuns
) -> None:
    keep(window, runs)
    before = what_is_left(home)
    assert window._database is not None
    (pages,) = window._database._db.execute("PRAGMA page_count").fetchone()
    window._database._db.execute(f"PRAGMA max_page_count = {pages}")
    more = runs_of(replace(PLAIN, seed=5), 60)
    with pytest.raises(OSError, match=r"cannot write in .*sessions: No space left on device"):
        keep(window, more)
    assert what_is_left(home) == before
    assert more.memory == more.nbytes == more.unstored
    window._database._db.execute("PRAGMA max_page_count = 100000")
    keep(window, more)
    assert what_is_left(home) == [everything(run) for run in copy_of(more)]


def test_a_folder_that_somebody_removed_is_made_anew(home: Path, window: WindowSession, runs: Runs) -> None:
    keep(window, runs)
    release(runs)
    shutil.rmtree(home)
    keep(window, runs)
    assert what_is_left(home) == [everything(run) for run in copy_of(runs)]


def test_a_database_that_was_damaged_is_made_anew_with_all_that_can_be_read(
    home: Path, window: WindowSession, runs: Runs
) -> None:
    keep(window, runs)
    damaged, store = database(home), window._database
    assert store is not None
    lost = runs.get(1).timeline.frames[1]
    lost.release()
    lost._last_model = lambda: None  # type: ignore[assignment]  # nobody has it any more
    for connection in (store._db, store._reader):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA shrink_memory")
    damaged.write_bytes(damaged.read_bytes()[:100] + bytes(damaged.stat().st_size - 100))
    runs.get(2).name = "after the damage"
    keep(window, runs)
    assert window._database is not store
    window.close(remove=False)
    (left,) = find_left(home)
    found = open_session(left.path, left_behind=True).runs
    left.remove()
    assert found.get(2).name == "after the damage"
    assert found.moments == runs.moments - 1
    assert list(home.iterdir()) == []


def test_where_nothing_can_be_written_that_is_said(tmp_path: Path, runs: Runs) -> None:
    (tmp_path / "file").write_text("no folder")
    window = WindowSession(tmp_path / "file" / "sessions")
    with pytest.raises(OSError, match=r"cannot write in .*sessions: Not a directory"):
        keep(window, runs)
    window.close(remove=True)
    save_session(tmp_path / "lesson.mnistviz", contents(runs))  # the user's own file needs no such folder
    assert len(open_session(tmp_path / "lesson.mnistviz").runs) == 2


def test_frames_are_read_while_others_are_written(window: WindowSession, runs: Runs) -> None:
    keep(window, runs)
    expected = {frame: all_of(frame) for run in runs for frame in run.timeline.frames}
    ended = threading.Event()

    def write() -> None:
        for number in range(30):
            runs.get(1).name = f"turn {number}"
            keep(window, runs)
        ended.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not ended.is_set():
        release(runs)
        for frame, before in expected.items():
            assert all_of(frame) == before
    thread.join()


# What is left behind


def test_a_window_that_is_there_is_not_found(home: Path, window: WindowSession, runs: Runs) -> None:
    keep(window, runs)
    assert find_left(home) == []
    other = WindowSession(home)
    keep(other, runs)
    assert find_left(home) == []
    other.close(remove=False)
    (left,) = find_left(home)
    left.remove()
    assert find_left(home) == []
    assert len(list(home.glob("*.mnistviz"))) == 1


def test_what_is_left_says_whose_it_is_and_a_saved_file_does_not(tmp_path: Path, home: Path, runs: Runs) -> None:
    for closed in (False, True):
        window = WindowSession(home)
        keep(window, runs, file="/somewhere/lesson.mnistviz", closed=closed)
        window.close(remove=False)
    found = find_left(home)
    assert {(left.file, left.closed) for left in found} == {
        ("/somewhere/lesson.mnistviz", closed) for closed in (False, True)
    }
    for left in found:
        assert left.size > 10_000
        left.remove()
    assert list(home.iterdir()) == []
    path = tmp_path / "anna" / "lesson.mnistviz"
    path.parent.mkdir()
    save_session(path, contents(runs))
    assert b"anna" not in path.read_bytes()


def test_what_holds_nothing_goes_what_is_not_understood_stays_and_what_cannot_be_read_is_named(
    home: Path, runs: Runs, tmp_path: Path
) -> None:
    home.mkdir()
    (home / "1.mnistviz").touch()
    with closing(sqlite3.connect(home / "2.mnistviz")) as db:
        session_database.create_schema(db)
    (home / "3.mnistviz").write_bytes(b"of a version to come" * 1000)
    (home / "notes.txt").write_text("mine")
    (home / "4.lock").touch()
    os.utime(home / "4.lock", (1, 1))
    assert find_left(home) == []
    assert {path.name for path in home.iterdir()} == {"3.mnistviz", "3.lock", "notes.txt"}
    (tmp_path / "file").touch()
    assert find_left(tmp_path / "none") == []
    with pytest.raises(OSError, match="cannot be looked for"):
        find_left(tmp_path / "file")


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs a privilege there")
def test_what_its_window_removes_while_others_look_is_no_fault(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    home.mkdir()
    for name in ("1.lock", "2.mnistviz"):  # in the list of the folder, and gone when looked at
        (home / name).symlink_to(home / "gone")
    assert find_left(home) == []
    assert caplog.messages == []


KILLED = """
import sys
from pathlib import Path
from dataclasses import replace
from mnist_viz.recording.recovery import WindowSession
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.snapshot import capture
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.runs import Runs
from tests.small_runs import SETTINGS, TRAIN, VALIDATION, recorded

trainer = Trainer(replace(SETTINGS, epochs=10_000), TRAIN, VALIDATION, classes=3)
runs = Runs(2**19)
runs.add(recorded(1, trainer, 3))
runs.activate(1)
run, window = runs.get(1), WindowSession(Path(sys.argv[1]))
for event in trainer.run():
    if isinstance(event, EpochEnd):
        run.history.add_epoch(event)
    else:
        run.history.add_batches([event])
        if event.batch + 1 == trainer.batches_per_epoch:
            continue
    run.timeline.add(capture(trainer))
    runs.keep_to_budget()
    if isinstance(event, EpochEnd):
        window.keep(SessionContents(copy_of(runs)), file="", closed=False)
        print(len(run.history.epochs), flush=True)
"""


@pytest.mark.parametrize("seed", range(2))
def test_after_a_kill_at_any_moment_all_epochs_that_were_kept_are_there(home: Path, data: Any, seed: int) -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as child:
        assert child.stdout is not None
        epochs = 0
        for line in child.stdout:
            epochs = int(line)
            if epochs >= 5 + 40 * seed:
                break
        child.kill()
        epochs = max([epochs, *map(int, child.stdout.read().split())])
    (left,) = find_left(home)
    run = open_session(left.path, left_behind=True).runs.get(1)
    left.remove()
    assert len(run.history.epochs) >= epochs
    tail = run.timeline.tail
    assert tail is not None
    assert tail.state is not None
    resumed = Trainer.resume(run.config, tail.state, *data, classes=3)
    assert resumed.step == run.steps


def test_what_is_stored_meanwhile_leaves_what_was_kept_whole(
    home: Path, window: WindowSession, runs: Runs, runs_of: MakeRuns
) -> None:
    keep(window, runs)
    before = what_is_left(home)
    thinned = runs.get(1).timeline
    for frame in thinned.frames[1:-1]:
        thinned.remove(frame)
    del frame
    gc.collect()
    window.store(list(runs_of(PLAIN).get(1).timeline.frames))  # as of a session that is being opened
    assert what_is_left(home) == before


def test_a_place_with_parameters_of_its_own_is_kept_as_one_that_shares_them(
    home: Path, window: WindowSession, runs: Runs
) -> None:
    frame = runs.get(1).timeline.frames[1]
    assert frame._state is not None
    frame._state = replace(frame._state, parameters=frame.model.parameters.copy())  # its model was read once more
    keep(window, runs)
    assert what_is_left(home) == [everything(run) for run in runs]


def test_a_database_that_was_closed_says_so_in_a_sentence(tmp_path: Path, runs: Runs) -> None:
    closed = frame_store.FrameStore(tmp_path / "closed.mnistviz")
    closed.close()
    with pytest.raises(OSError, match=r"cannot write in .*closed database"):
        closed.store(list(runs.get(1).timeline.frames))


def test_files_in_network_folders_of_windows_have_an_address_without_a_server() -> None:
    address = session_database.uri_of
    assert address(PureWindowsPath(r"\\server\share\a b.mnistviz")) == "file:////server/share/a%20b.mnistviz"
    assert address(PureWindowsPath(r"C:\a.mnistviz")) == "file:///C:/a.mnistviz"
    assert address(PurePosixPath("/a?b#c.mnistviz")) == "file:///a%3Fb%23c.mnistviz"
