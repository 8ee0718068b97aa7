"""The session is saved and opened by keys, drops and the command line, and nothing that was trained is lost unasked."""

from __future__ import annotations

import pickle
import sqlite3
import threading
import zipfile
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from mnist_viz.controllers import session_files
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.recording.session_file import open_session, save_session
from mnist_viz.session.work import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mnist_viz.data.datasets import Dataset
    from mnist_viz.recording.snapshot import Frame
    from tests.controllers.conftest import FakeTasks, MakeGuest, Program

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lesson.mnistviz"


@pytest.fixture
def chosen(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the dialogs are asked, which answer with the path."""
    asked: list[str] = []

    def where(_: object, title: str, proposed: str, kinds: str) -> tuple[str, str]:
        asked.append(title)
        return str(path), kinds

    def which(_: object, title: str, *__: object) -> tuple[str, str]:
        asked.append(title)
        return str(path), ""

    monkeypatch.setattr(FileAccess, "ask_where", where)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", which)
    return asked


def press(program: Program, key: Qt.Key, modifiers: Qt.KeyboardModifier = CTRL) -> None:
    program.app.window.activateWindow()
    program.qtbot.waitUntil(program.app.window.isActiveWindow)
    QTest.keyClick(program.app.window, key, modifiers)


def drop(program: Program, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(program.app.window, QDragEnterEvent(QPoint(5, 5), copy, mime, left, no_key))
    QApplication.sendEvent(program.app.window, QDropEvent(QPointF(5, 5), copy, mime, left, no_key))


def save(program: Program, path: Path) -> None:
    program.app.session_files.save(str(path))
    saved(program, path)


def saved(program: Program, path: Path) -> None:
    program.until(lambda: not program.app.session_files.busy and program.text() == f"Saved {path}")


def open_and_wait(program: Program, path: Path) -> None:
    before = program.session.runs
    program.app.session_files.open(str(path))
    program.until(lambda: program.session.runs is not before)


def bits(frame: Frame | None) -> tuple[bytes, bytes]:
    assert frame is not None
    assert frame.state is not None
    return frame.model.parameters.tobytes(), frame.state.optimizer_state.tobytes()


# Saving


def test_the_first_save_asks_where_the_title_marks_what_is_not_saved_and_a_changed_file_is_not_replaced_unasked(
    program: Program, path: Path, chosen: list[str]
) -> None:
    window = program.app.window
    assert not window.isWindowModified()
    program.train(3)
    assert window.isWindowModified()
    press(program, Qt.Key.Key_S)
    saved(program, path)
    assert not window.isWindowModified()
    assert chosen == ["Save the session"]
    program.train(2)
    size = path.stat().st_size
    press(program, Qt.Key.Key_S)
    program.until(lambda: path.stat().st_size > size)
    assert chosen == ["Save the session"]
    press(program, Qt.Key.Key_S, CTRL | SHIFT)
    assert chosen == ["Save the session", "Save the session"]
    saved(program, path)

    assert "lesson.mnistviz" in window.windowTitle()
    program.session.rename(1, "The first one")
    assert window.isWindowModified()
    program.session.rename(1, "Run 1")
    assert not window.isWindowModified()
    program.train(1)
    assert window.isWindowModified()

    save(program, path)
    other = path.read_bytes()
    program.train(1)
    save(program, path)
    path.write_bytes(other)
    press(program, Qt.Key.Key_S)
    assert program.text().startswith("lesson.mnistviz was changed by another program")
    assert path.read_bytes() == other
    program.app.messages.action_triggered.emit("Replace it")
    saved(program, path)
    assert open_session(path).runs.all[0].steps == program.steps()


def test_a_session_is_saved_and_another_opened_while_training_runs(program: Program, path: Path) -> None:
    program.session.set_speed(100.0)
    program.train(5)
    program.session.play()
    program.until(lambda: program.steps() > 20)
    save(program, path)
    steps = program.steps()
    program.until(lambda: program.steps() > steps)
    assert program.state() is State.RUNNING
    assert program.app.window.isWindowModified()

    steps = open_session(path).runs.all[0].steps
    open_and_wait_asked(program, path)
    program.until(lambda: program.text().startswith("Opened lesson.mnistviz"))
    assert program.steps() == steps
    assert program.state() is State.PAUSED

    program.session.play()
    program.until(lambda: program.steps() > steps + 20)
    program.app.session_files.open(str(path))
    program.until(lambda: "Save first" in program.buttons())
    before = program.session.runs
    program.press("Save first")
    program.until(lambda: program.session.runs is not before)
    assert open_session(path).runs.get(1).steps == before.get(1).steps
    assert program.session.run.steps == steps


# Opening


def test_everything_is_shown_at_once_and_training_goes_on(program: Program, path: Path, chosen: list[str]) -> None:
    session = program.session
    program.train(12)
    session.go_to_step(5)
    program.rest()
    session.branch(replace(session.settings, learning_rate=0.01), "slower")
    program.train(7)
    program.stroke((0.3, 0.2), (0.5, 0.8))
    strokes = program.app.draw.pad.strokes()
    session.go_to_step(3)
    program.rest()
    save(program, path)
    session.go_live()
    program.train(5)
    expected = bits(session.shown)
    program.app.draw.pad.clear()
    session.reset()
    program.rest()

    press(program, Qt.Key.Key_O)
    program.until(lambda: "Open it" in program.buttons())
    assert chosen == ["Open a session or a model"]
    assert session.run.name == "Run 3"
    program.press("Open it")
    assert program.text() == "Opened lesson.mnistviz: 2 runs with 20 recorded moments."
    assert (session.run.name, session.shown and session.shown.step) == ("slower", 3)
    assert session.run.settings.learning_rate == 0.01
    np.testing.assert_array_equal(program.app.draw.pad.strokes()[0], strokes[0])
    assert program.app.draw.verdict()
    assert not program.app.window.isWindowModified()
    session.go_live()
    program.train(5)
    assert bits(session.shown) == expected


def test_a_session_comes_into_a_new_window_and_its_data_after_it(
    program: Program, empty: Program, path: Path, loader: FakeTasks, dataset: Dataset
) -> None:
    program.train(12)
    save(program, path)
    program.session.go_to_step(12)
    program.train(3)
    expected = bits(program.session.shown)
    program.session._datasets.clear()
    open_and_wait_asked(program, path)
    assert loader.asked[-1] == ("load", "synthetic")
    assert program.session.lacks_data
    assert program.shown.step == 12
    loader.done("load", "synthetic", dataset)
    program.until(lambda: not program.session.lacks_data)
    assert program.text().startswith("Opened lesson.mnistviz")
    program.train(3)
    assert len(program.session.runs) == 1
    assert bits(program.session.shown) == expected


def open_and_wait_asked(program: Program, path: Path) -> None:
    """Open a session in the place of another that is not saved."""
    before = program.session.runs
    program.app.session_files.open(str(path))
    program.until(lambda: "Open it" in program.buttons())
    program.press("Open it")
    program.until(lambda: program.session.runs is not before)


def test_what_is_not_saved_can_be_saved_first(program: Program, path: Path, tmp_path: Path, chosen: list[str]) -> None:
    other = tmp_path / "other.mnistviz"
    program.train(2)
    save(program, other)
    program.app.keeping.file = ""
    program.train(4)
    program.app.session_files.open(str(other))
    program.until(lambda: "Save first" in program.buttons())
    program.press("Save first")
    program.until(lambda: program.text().startswith("Opened other.mnistviz"))
    assert chosen == ["Save the session"]
    assert program.steps() == 2
    open_and_wait(program, path)
    assert program.steps() == 6


def test_what_is_damaged_or_the_windows_own_is_not_opened_and_leaves_everything_as_it_was(
    program: Program, path: Path
) -> None:
    program.train(8)
    save(program, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE frames SET checksum = 0 WHERE id = 4")
    open_and_wait(program, path)
    assert program.kind() == "error"
    assert program.text() == "lesson.mnistviz is damaged. Left out: 1 of 9 recorded moments."
    program.app.notices.clear()
    bad = path.with_name("bad.mnistviz")
    bad.write_bytes(b"hello")
    runs = program.session.runs
    program.app.session_files.open(str(bad))
    program.until(lambda: program.kind() == "error")
    assert program.text() == "bad.mnistviz is not a session, or it is damaged."
    assert program.session.runs is runs

    program.app.notices.clear()
    program.train(1)
    program.until(lambda: program.app.keeping.is_up_to_date)
    (own,) = program.app.keeping.home.glob("*.mnistviz")
    runs = program.session.runs
    for act in (program.app.session_files.open, program.app.session_files.save):
        act(str(own))
        assert "is the program's own" in program.text()
        assert not program.app.session_files.busy
    assert program.session.runs is runs


# Other files


def opened(program: Program, path: Path) -> None:
    program.app.session_files.open(str(path))


def test_what_is_dropped_or_opened_is_told_by_its_content_and_why_nothing_comes_of_it(
    program: Program, tmp_path: Path, loader: FakeTasks, guest: MakeGuest
) -> None:
    where = tmp_path / "dropped"
    where.mkdir()
    np.savez(where / "data.npz", x=np.zeros(3))
    (where / "data.csv").write_text("1,2")
    for path in (where / "data.npz", where / "data.csv", where):
        drop(program, path)
        program.until(partial(has_checked, loader, path))

    path = tmp_path / "data.npz"
    np.savez(path, x=np.zeros(3))
    program.app.session_files.open(str(path))
    program.until(lambda: program.kind() == "error")
    assert program.text() == "data.npz is neither a session nor a model of this program."
    program.press("Look at it as data")
    assert ("check", str(path)) in loader.asked

    for name in ("weights.pkl", "weights.pt", "weights.h5", "weights.keras"):
        path = tmp_path / name
        if name.endswith((".pt", ".keras")):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("model.weights.h5" if name.endswith(".keras") else "weights/data.pkl", b"\x80\x02}.")
        else:
            path.write_bytes(pickle.dumps([1.0]) if name.endswith(".pkl") else b"\x89HDF\r\n\x1a\n")
        for bring in (drop, opened):
            program.app.notices.clear()
            bring(program, path)
            program.until(lambda: program.kind() == "error")
            assert program.text().startswith(f"{name} is a")
            assert "In your own Python: " in program.text()
            assert "savez" in program.text()

    mime = QMimeData()
    mime.setText("seven")
    for widget in (program.app.window, program.app.draw):
        program.app.notices.clear()
        at, copy, left, no_key = QPoint(5, 5), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier
        QApplication.sendEvent(widget, QDragEnterEvent(at, copy, mime, left, no_key.NoModifier))
        QApplication.sendEvent(widget, QDropEvent(QPointF(at), copy, mime, left, no_key.NoModifier))
        assert program.text() == "“seven” is text, not a picture: draw it, or bring a picture or a file."

    drop(program, guest("model.npz", sure_of=3))
    program.until(lambda: program.session.guest)
    assert program.app.window.windowTitle() == "model.npz – mnist-viz"


def has_checked(loader: FakeTasks, path: Path) -> bool:
    return ("check", str(path)) in loader.asked


def test_without_its_data_a_session_can_be_looked_at_and_those_that_are_fetched_go_to_its_run(
    program: Program, path: Path, loader: FakeTasks, dataset: Dataset, other_dataset: Dataset
) -> None:
    program.train(12)
    save(program, path)
    lacks = "cannot be trained further without its data: it is gone"
    for data, said in ((other_dataset, "looked at"), (None, lacks)):
        program.session._datasets.clear()
        open_and_wait(program, path)
        if data is None:
            loader.fail("load", "synthetic", "it is gone")
        else:
            loader.done("load", "synthetic", data)
        program.until(lambda: program.kind() == "error")
        assert said in program.text()
        program.session.go_to_step(3)
        program.until(lambda: program.session.shown is not None and program.session.shown.step == 3)
        assert len(program.session.runs) == 1
        program.app.notices.clear()
    program.app.data.fetch("synthetic")
    loader.done("fetch", "synthetic")
    program.until(lambda: loader.asked[-1] == ("load", "synthetic"))
    loader.done("load", "synthetic", dataset)
    program.until(lambda: not program.session.lacks_data)
    assert len(program.session.runs) == 1


def test_what_lies_on_the_pad_is_the_session_s_or_a_picture_or_strokes(
    program: Program, path: Path, tmp_path: Path
) -> None:
    pad = program.app.draw.pad
    program.train(1)
    program.app.draw.digit_requested.emit(7)
    save(program, path)
    pad.clear()
    program.stroke((0.3, 0.2), (0.5, 0.8))
    open_and_wait(program, path)
    sheet = pad.drawing()
    assert sheet.picture is not None
    assert sheet.label == 7
    pad.undo()
    assert len(pad.strokes()) == 1

    pad.clear()
    Image.fromarray(np.pad(np.full((20, 4), 255, np.uint8), 4)).save(tmp_path / "one.png")
    (tmp_path / "one.jsonl").write_text('{"strokes": [[[0, 0], [0, 9]]]}')
    for name in ("one.png", "one.jsonl"):
        for bring in (drop, opened):
            bring(program, tmp_path / name)
            program.until(lambda: not program.app.draw.pad.is_empty())
            assert bool(program.app.draw.pad.strokes()) == (name == "one.jsonl")
            program.app.draw.pad.clear()


# In the background


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Saving waits until this event is set."""
    go = threading.Event()

    def slow(*arguments: Any) -> None:
        assert go.wait(15)
        save_session(*arguments)

    monkeypatch.setattr(session_files, "save_session", slow)
    yield go
    go.set()


def test_one_file_is_saved_or_opened_at_a_time_and_what_is_cancelled_is_not_saved(
    program: Program, path: Path, slow_disk: threading.Event
) -> None:
    program.train(1)
    program.app.session_files.save(str(path))
    program.until(lambda: program.text() == "Saving lesson.mnistviz…")
    program.press("Cancel")
    slow_disk.set()
    program.until(lambda: not program.app.session_files.busy)
    assert program.text() == ""
    assert not path.exists()
    assert program.app.window.isWindowModified()

    slow_disk.clear()
    program.app.session_files.save(str(path))
    program.app.session_files.open(str(path))
    assert program.text() == "Please wait: a file is still being saved."
    slow_disk.set()
    saved(program, path)


def test_closing_lets_a_session_be_saved_to_its_end_or_leaves_no_half_file(
    program: Program, path: Path, slow_disk: threading.Event
) -> None:
    slow_disk.set()
    program.train(1)
    program.app.session_files.save(str(path))
    assert program.app.session_files.close(15.0)
    assert len(open_session(path).runs) == 1

    slow_disk.clear()
    path = path.with_name("other.mnistviz")
    program.app.session_files.save(str(path))
    assert not program.app.session_files.close(0.05)
    slow_disk.set()
    assert program.app.tasks.close(15.0)
    assert list(path.parent.glob("*.part")) == []
    assert not path.exists()
