"""The menu Help: diagnostics on the clipboard, where the log is, and what the program will not remember."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication

from mnist_viz.controllers.help import what_is_not_kept
from mnist_viz.system import logs

if TYPE_CHECKING:
    from tests.controllers.conftest import Program


def action(program: Program, name: str) -> QAction:
    found: QAction | None = program.app.window.findChild(QAction, name)
    assert found is not None
    return found


def test_diagnostics_are_copied_and_the_log_is_shown_with_its_path(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.train(3)
    program.app.preferences.data_dir = "/secret/folder"
    action(program, "copy-diagnostics").trigger()
    text = QGuiApplication.clipboard().text()
    for line in ("platform: offscreen", "batches trained: 3", "runs: 1", "hidden: (8,)", "theme: dark", "scale 1"):
        assert line in text
    assert "secret" not in text
    assert program.text().startswith(f"Copied {text.count(chr(10))} lines: ")

    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    show = action(program, "show-log")
    assert str(logs.path()) in show.toolTip()
    show.trigger()
    assert (program.kind(), opened) == ("error", [])  # there is none in a test
    logs.path().parent.mkdir(parents=True)
    logs.path().touch()
    show.trigger()
    assert program.text() == f"The log is {logs.path()}"
    assert opened == [str(logs.path().parent)]


def test_what_is_not_kept_is_one_sentence_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    bad, good = tmp_path / "file" / "x", tmp_path / "y"
    assert what_is_not_kept({"settings": good, "errors": good}) == ""
    said = what_is_not_kept({"settings": bad, "unsaved work": good, "errors": bad, "prepared data": bad})
    start = "Settings, errors and prepared data will not be remembered: nothing can be written to "
    assert said.startswith(f"{start}{bad}: ")
