"""A session that is saved and opened is the same to the last bit, and its training goes on as if it had not stopped."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.data.errors import CancelledError
from mnist_viz.data.progress import Watch
from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.progress import BatchEnd, Best
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording import session_database, session_reader
from mnist_viz.recording.drawing import Drawing
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.session_file import open_session, save_session
from mnist_viz.recording.snapshot import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from mnist_viz.engine.training import Labelled
    from mnist_viz.recording.run import Run
    from mnist_viz.recording.runs import Runs
    from tests.recording.conftest import MakeRuns


def kept(best: Best | None) -> object:
    if best is None:
        return None
    return best.epoch, best.step, best.loss, best.parameters.tobytes(), best.statistics.tobytes()


def all_of(frame: Frame) -> object:
    state, model = frame.state, frame.model
    shown = model.sizes, model.activation, model.biases, model.parameters.tobytes()
    known = frame.step, frame.epoch, frame.learning_rate
    if state is None:
        return shown, known
    vectors = tuple(array.tobytes() for array in (state.parameters, state.statistics, state.optimizer_state))
    where = state.epoch, state.batch, state.optimizer, state.loss, state.correct, state.seconds, state.waited
    return shown, known, vectors, where, kept(state.best)


def everything(run: Run) -> object:
    shown = run.timeline.shown
    history = {name: (table.shape, table.tobytes()) for name, table in run.history.state().items()}
    return (
        (run.number, run.name, run.color, run.dataset, run.class_names, run.image_shape, run.config),
        (run.parent, run.root_step, run.from_model, run.visible, run.pins, run.incidents, run.tested),
        (history, run.history.grid, run.timeline.live, shown and shown.step),
        [all_of(frame) for frame in run.timeline.frames],
    )


def again(runs: Runs, tmp_path: Path) -> Runs:
    """The runs, saved and opened."""
    save_session(tmp_path / "again.mnistviz", SessionContents(copy_of(runs)))
    return open_session(tmp_path / "again.mnistviz").runs


def test_everything_comes_back(saved_runs: Runs, session_path: Path) -> None:
    contents = open_session(session_path)
    runs = contents.runs
    assert contents.left_out == ()
    assert [run.number for run in runs] == [1, 2]
    assert (runs.active and runs.active.number, runs.budget) == (2, saved_runs.budget)
    for run in runs:
        assert everything(run) == everything(saved_runs.get(run.number))
        for frame in run.timeline.frames:
            assert not frame.model.parameters.flags.writeable


def test_what_runs_share_is_stored_once_and_shared_again(saved_runs: Runs, session_path: Path) -> None:
    runs = open_session(session_path).runs
    first, second = (run.timeline.frames for run in runs)
    shared = sum(a is b for a, b in zip(first, second, strict=False))
    assert shared == sum(a is b for a, b in zip(*(run.timeline.frames for run in saved_runs), strict=False))
    assert shared > 2
    with closing(sqlite3.connect(session_path)) as db:
        rows = db.execute("SELECT count(*) FROM frames").fetchone()[0]
    assert rows == saved_runs.moments == runs.moments


def test_a_best_network_without_a_frame_is_kept(saved_runs: Runs, tmp_path: Path) -> None:
    runs = copy_of(saved_runs)
    bests = {f.state.best.step for r in runs for f in r.timeline.frames if f.state is not None and f.state.best}
    for run in runs:
        for frame in run.timeline.frames:
            if frame.step in bests and frame is not run.timeline.last:
                run.timeline.remove(frame)
    expected = [everything(run) for run in runs]
    assert [everything(run) for run in again(runs, tmp_path)] == expected


def test_a_light_frame_and_a_cursor_between_the_frames_come_back(saved_runs: Runs, tmp_path: Path) -> None:
    runs = copy_of(saved_runs)
    run = runs.get(2)
    middle, other = run.timeline.frames[2], run.timeline.frames[3]
    run.timeline.replace(middle, middle.without_state())
    run.timeline.remove(other)
    run.timeline.show(other)
    opened = again(runs, tmp_path).get(2)
    assert everything(opened) == everything(run)
    assert opened.timeline.shown is not None
    assert opened.timeline.shown.step == other.step
    assert opened.timeline.find(other.step) is None


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_not_stopped(
    tmp_path: Path, runs_of: MakeRuns, data: tuple[Labelled, Labelled], optimizer: str
) -> None:
    settings = Settings(
        preset="", hidden=(6, 5), batch_size=16, optimizer=optimizer, learning_rate=0.003,
        batch_norm=optimizer != "sgd", dropout=0.3, input_dropout=0.1, label_smoothing=0.1,
        augmentation=Augmentation(shift=0.5, rotation=10.0),
        early_stopping=2, warmup=1.0, schedule="cosine",
    )  # fmt: skip
    runs = runs_of(settings)

    def further(run: Run) -> list[object]:
        frame = run.timeline.tail
        assert frame is not None
        assert frame.state is not None
        trainer = Trainer.resume(run.config, frame.state, *data, classes=3)
        trainer.epochs = 100
        seen: list[object] = []
        for event in islice(trainer.run(), 20):
            loss = event.loss if isinstance(event, BatchEnd) else event.val_loss
            seen.append((event.step, loss, trainer.network.parameters.tobytes(), trainer.optimizer.state.tobytes()))
            seen.append((trainer.learning_rate, kept(trainer.best), trainer.stopped_early))
        return seen

    opened = again(runs, tmp_path)
    for run in runs:
        assert further(opened.get(run.number)) == further(run)


def test_the_drawing_comes_back_and_the_same_session_makes_the_same_file(
    session_path: Path, tmp_path: Path, saved_runs: Runs
) -> None:
    save_session(tmp_path / "other", open_session(session_path))
    assert (tmp_path / "other").read_bytes() == session_path.read_bytes()
    first, second = open_session(session_path).drawing.strokes
    assert (first.width, second.width) == (0.06, 0.03)
    assert first.pressures is None
    assert second.pressures is not None
    np.testing.assert_array_equal(second.pressures, np.linspace(0, 1, 7, dtype=np.float32))
    np.testing.assert_array_equal(first.points, second.points[::-1])
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    save_session(session_path, SessionContents(copy_of(saved_runs), Drawing((), picture, 2)))
    drawing = open_session(session_path).drawing
    assert drawing.label == 2
    assert drawing.picture is not None
    np.testing.assert_array_equal(drawing.picture, picture)


def test_metrics_lie_in_pieces_and_come_back_as_one(
    saved_runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_database, "PIECE", 7)
    opened = again(saved_runs, tmp_path)
    for run in saved_runs:
        assert everything(opened.get(run.number)) == everything(run)


def test_frames_are_handed_on_as_they_are_read_and_where_nobody_can_take_them_a_few_stay_in_memory(
    session_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_reader, "STORED_AT_ONCE", 5_000)
    taken: list[int] = []
    runs = open_session(session_path, store=lambda frames: taken.append(len(frames))).runs
    assert len(taken) > 1
    assert sum(taken) <= runs.moments

    def full(_: object) -> None:
        raise OSError("cannot write in there: No space left on device")

    runs = open_session(session_path, store=full).runs
    assert runs.memory == runs.nbytes
    monkeypatch.setattr(session_reader, "MOST_IN_MEMORY", 1_000)
    with pytest.raises(OSError, match="No space left"):
        open_session(session_path, store=full)


# Copies


def test_a_copy_does_not_change_with_its_runs(runs_of: MakeRuns) -> None:
    runs = runs_of(Settings(preset="", hidden=(6,), batch_size=16))
    copy = copy_of(runs)
    before = [everything(run) for run in copy]
    run = runs.get(1)
    first = run.timeline.frames[0]
    run.rewind(first)
    run.pins.add(0)
    run.name = "other"
    runs.get(2).history.rewind(3)
    runs.get(2).history.grid = runs.get(2).history.grid.changed(1, 5)
    assert [everything(run) for run in copy] == before


def test_a_copy_ends_with_the_newest_state_that_the_metrics_reach(runs_of: MakeRuns) -> None:
    runs = runs_of(Settings(preset="", hidden=(6,), batch_size=16))
    run = runs.get(1)
    frames = run.timeline.frames
    newest = Frame(frames[-1].model, frames[-1].step + 1)
    run.timeline.follow(newest)
    assert copy_of(runs).get(1).timeline.last is frames[-1]
    run.history.add_batches([BatchEnd(newest.step, 0, 0, 1.0, 0.5, 0.1)])
    copied = copy_of(runs).get(1)
    assert copied.timeline.last is newest
    assert copied.history.steps == newest.step


# Writing


def test_progress_goes_from_nothing_to_all(tmp_path: Path, saved_runs: Runs) -> None:
    path, contents = tmp_path / "lesson.mnistviz", SessionContents(copy_of(saved_runs))
    written: list[float] = []
    read: list[float] = []
    save_session(path, contents, Watch(lambda _, share: written.append(share or 0.0)))
    open_session(path, Watch(lambda _, share: read.append(share or 0.0)))
    for shares in (written, read):
        assert shares[-1] == pytest.approx(1.0)
        assert all(a <= b for a, b in pairwise(shares))


@pytest.mark.parametrize("after", [0, 3])
def test_a_cancelled_save_leaves_the_old_file_and_a_cancelled_opening_ends(
    session_path: Path, saved_runs: Runs, after: int
) -> None:
    before = session_path.read_bytes()
    cancel = threading.Event()
    told: list[float | None] = []

    def progress(_: str, share: float | None) -> None:
        told.append(share)
        if len(told) > after:
            cancel.set()

    with pytest.raises(CancelledError):
        save_session(session_path, SessionContents(copy_of(saved_runs)), Watch(progress, cancel))
    assert session_path.read_bytes() == before
    assert list(session_path.parent.iterdir()) == [session_path]
    cancel.clear()
    with pytest.raises(CancelledError):
        open_session(session_path, Watch(lambda *_: cancel.set(), cancel))
