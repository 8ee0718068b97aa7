"""The window opens with the data that are named; the user's own are looked at before they are used."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mnist_viz import app as app_module
from mnist_viz.cli import main
from tests import own_process


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the window is opened with, in place of opening it."""
    seen: dict[str, object] = {}

    class Opened:
        def __init__(self, data_dir: str | None, dataset: str | None) -> None:
            seen.update(data_dir=data_dir, dataset=dataset)
            self.data_sets = SimpleNamespace(look_at=lambda path: seen.update(looked_at=path))
            self.session_files = SimpleNamespace(open=lambda path: seen.update(file=path))
            self.window = SimpleNamespace(close=lambda: None)
            self.all_ended = True

        def start(self, then: Callable[[], None]) -> None:
            seen["started"] = True
            then()

    monkeypatch.setattr(app_module, "App", Opened)
    monkeypatch.setattr(app_module, "make_application", lambda: SimpleNamespace(exec=lambda: 0))
    monkeypatch.setattr("gc.disable", lambda: None)  # the tests go on after this
    monkeypatch.setattr("mnist_viz.system.logs.start", lambda: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return seen


def test_data_that_are_named_are_used_as_they_are_and_without_a_name_the_window_chooses(
    opened: dict[str, object], tmp_path: Path
) -> None:
    assert main(["--dataset", "fashion-mnist", "--data-dir", "there"]) == 0
    assert opened == {"data_dir": "there", "dataset": "fashion-mnist", "started": True}
    assert main([]) == 0
    assert opened["dataset"] is None
    name = f"mnist+{tmp_path / 'own.npz'}"
    assert main(["--dataset", name]) == 0
    assert opened["dataset"] == name
    assert "looked_at" not in opened


def test_data_of_ones_own_are_looked_at_first(
    opened: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--dataset", "own.npz"]) == 0
    assert (opened["dataset"], opened["looked_at"]) == (None, str(tmp_path / "own.npz"))


def test_a_file_is_opened_whatever_its_name_says(opened: dict[str, object], tmp_path: Path) -> None:
    for name in ("lesson.mnistviz", "model.npz", "anything"):
        path = tmp_path / name
        path.write_bytes(b"")
        assert main([str(path), "--dataset", "mnist"]) == 0
        assert (opened["file"], opened["dataset"]) == (str(path), "mnist")


def test_a_file_that_is_not_there_opens_no_window(
    opened: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "none.mnistviz")
    assert main([path]) == 1
    assert capsys.readouterr().err == f"mnist-viz: there is no file {path}\n"
    assert opened == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name")
def test_a_thread_that_hangs_does_not_keep_the_program_from_ending(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    body = (
        "def drive(app):\n"
        f"    app.tasks.submit(lambda _: open({str(pipe)!r}).read(), print, print, must_end=True)\n"
        f"    yield {own_process.RESTS}\n"
    )
    done = own_process.drive(body, own_process.environment(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
