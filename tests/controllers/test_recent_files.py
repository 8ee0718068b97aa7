"""Files that were opened or saved last are listed in the menu File, and opened from there."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mnist_viz.controllers.preferences import MOST_RECENT, Preferences
from mnist_viz.system.paths import state_dir
from mnist_viz.views.command_palette import CommandPalette
from mnist_viz.views.recent_menu import RecentMenu, names_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.controllers.conftest import MakeGuest, Program


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of temporary files beside those of the test, which are in the system's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def menu(program: Program) -> RecentMenu:
    return program.app.window.recent_menu


def listed(program: Program) -> list[str]:
    return [action.toolTip() for action in menu(program).actions() if action.data()]


def choose(program: Program, text: str) -> None:
    next(action for action in menu(program).actions() if action.text() == text).trigger()


def test_at_first_the_menu_offers_nothing_then_the_last_few_until_they_are_cleared(
    program: Program, guest: MakeGuest, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not menu(program).menuAction().isEnabled()
    assert menu(program).actions() == []

    temporary.mkdir()
    program.open_model(str(guest("temporary/mail.npz")))
    program.app.recent.add(str(state_dir() / "sessions" / "left.mnist-viz"))
    assert listed(program) == []

    path = tmp_path / "broken.npz"
    path.write_bytes(b"nothing")
    program.app.session_files.open(str(path))
    program.until(lambda: program.kind() == "error")
    assert listed(program) == []

    program.app.recent.add("/data/R&D.npz")
    program.app.window.commands.find_command.trigger()
    palette = program.app.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    assert {"Open recent: R&D.npz", "Open recent: Clear"} <= set(palette.shown())

    palette.close()
    for number in range(MOST_RECENT + 3):
        program.app.recent.add(f"/data/{number}.npz")
    assert [Path(path).stem for path in listed(program)] == [str(n) for n in range(MOST_RECENT + 2, 2, -1)]
    choose(program, "Clear")
    program.until(lambda: not menu(program).menuAction().isEnabled())
    assert program.app.preferences.recent == []

    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    program.open_model(other := str(guest("other.npz")))
    assert listed(program) == [other]


def test_all_that_was_opened_or_saved_is_listed_the_last_one_first_and_what_is_gone_leaves_the_list(
    program: Program, guest: MakeGuest, tmp_path: Path
) -> None:
    program.train(1)
    session, model, picture = (str(tmp_path / name) for name in ("a.mnist-viz", "mine.npz", "seven.png"))
    program.app.session_files.save(session)
    program.until(lambda: not program.app.session_files.busy)
    program.save_model(model)
    program.open_model(other := str(guest("other.npz")))
    Image.fromarray(np.pad(np.full((20, 8), 255, np.uint8), 30)).save(picture)
    program.app.session_files.open(picture)
    program.until(lambda: program.app.drawing.picture is not None)
    strokes = tmp_path / "pen.jsonl"
    strokes.write_text(json.dumps({"label": "7", "strokes": [[[0, 0], [5, 9]]]}) + "\n")
    program.app.session_files.open(str(strokes))
    program.until(lambda: str(strokes) in listed(program))
    table = tmp_path / "table.csv"
    table.write_text("\n".join(",".join(map(str, [k % 10, *[k] * 4])) for k in range(40)))
    program.app.data_sets.look_at(str(table))
    program.until(lambda: str(table) in listed(program))
    program.app.data_dialog.close()
    assert listed(program) == [str(table), str(strokes), picture, other, model, session]
    assert program.app.preferences.recent == listed(program)
    choose(program, "mine.npz")
    program.until(lambda: program.session.guest and program.session.shown_name == "mine.npz")
    assert listed(program)[:2] == [model, str(table)]
    choose(program, "a.mnist-viz")
    program.until(lambda: program.text().startswith("Opened a.mnist-viz"))
    assert listed(program)[0] == session

    gone = guest("gone.npz")
    program.open_model(str(gone))
    gone.unlink()
    choose(program, "gone.npz")
    program.until(lambda: program.text() == f"gone.npz is no longer in {tmp_path}.")
    assert str(gone) not in listed(program)


def test_they_are_remembered_and_what_makes_no_sense_is_not(tmp_path: Path) -> None:
    chosen = [str(tmp_path / name) for name in ("b.npz", "ä & ö.png", "\udcff.csv")]
    assert Preferences(recent=chosen).save() == ""
    assert Preferences.load().recent == chosen
    for wrong in ("b.npz", [1], ["b.npz"], ["/a\0b"], ["/a"] * (MOST_RECENT + 1)):
        Preferences.path().write_text(json.dumps({"recent": wrong}))
        assert Preferences.load().recent == []


def test_two_of_one_name_are_told_by_their_folders(qtbot: QtBot) -> None:
    paths = ["/a/x/m.npz", "/b/x/m.npz", "/c/n.npz", "/m.npz", "/a/R&D\n1.npz"]
    assert names_of(paths) == ["m.npz – a/x", "m.npz – b/x", "n.npz", "m.npz – /", "R&D 1.npz"]
    recent = RecentMenu()
    qtbot.addWidget(recent)
    recent.set_paths(paths)
    assert [action.text() for action in recent.actions()][-3:] == ["R&&D 1.npz", "", "Clear"]
