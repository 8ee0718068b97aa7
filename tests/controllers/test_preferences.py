"""Preferences are written when they change, read again, and forgiven when they make no sense."""

from __future__ import annotations

import base64
import errno
import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest

from mnist_viz.app import App
from mnist_viz.controllers.preferences import Preferences

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.controllers.conftest import Program


def store(contents: bytes | str | dict[str, Any]) -> None:
    if isinstance(contents, dict):
        contents = json.dumps(contents)
    if isinstance(contents, str):
        contents = contents.encode()
    Preferences.path().parent.mkdir(parents=True, exist_ok=True)
    Preferences.path().write_bytes(contents)


def test_without_a_file_there_are_the_defaults(caplog: pytest.LogCaptureFixture) -> None:
    assert Preferences.load() == Preferences()
    assert (Preferences().theme, Preferences().layout) == ("system", b"")
    assert caplog.records == []


@pytest.mark.parametrize(
    "preferences",
    [
        Preferences("dark", bytes(range(256)), 12.5),
        Preferences("light", b"", None, "/data", curves_axis="seconds", curves_smoothing="epoch", all_weights=True),
    ],
)
def test_what_is_saved_is_loaded(preferences: Preferences) -> None:
    preferences.save()
    assert Preferences.load() == preferences


@pytest.mark.parametrize(
    "contents",
    [b"", b"{not json", b"\xff\xfe\x00", b"[1, 2]", b"null", b"7", "[" * 50_000],
    ids=["empty", "not JSON", "no text", "a list", "null", "a number", "nested without end"],
)
def test_a_damaged_file_is_moved_aside_and_said(contents: bytes | str, caplog: pytest.LogCaptureFixture) -> None:
    store(contents)
    path = Preferences.path()
    given, aside = path.read_bytes(), path.with_name("preferences.json.damaged")
    aside.write_bytes(b"an older one")
    with caplog.at_level(logging.WARNING):
        loaded = Preferences.load()
    assert loaded == Preferences()
    assert loaded.problem == (
        f"The settings in {path} were damaged: the defaults are used. The file is kept as preferences.json.damaged."
    )
    assert loaded.problem in caplog.text
    assert aside.read_bytes() == given
    assert not path.exists()
    assert Preferences("dark").save() == ""
    assert (Preferences.load().theme, Preferences.load().problem) == ("dark", "")


def test_a_file_that_cannot_be_moved_aside_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    store(b"{not json")

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("pathlib.Path.replace", refused)
    problem = Preferences.load().problem
    assert problem.endswith("The file could not be moved aside (Permission denied).")
    assert Preferences.path().read_bytes() == b"{not json"


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "forbidden"])
def test_what_cannot_be_read_is_said_and_stays(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Preferences.path()
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"{}")

        def refused(*_: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr("mnist_viz.controllers.preferences.read_small", refused)
    loaded = Preferences.load()
    assert loaded == Preferences()
    assert loaded.problem.startswith(f"The settings in {path} cannot be read (")
    assert [one.name for one in path.parent.iterdir()] == ["preferences.json"]


def test_the_file_of_a_newer_version_is_used_as_far_as_it_is_known_and_kept() -> None:
    store({"version": 2, "theme": "dark", "sound": "loud"})
    loaded = Preferences.load()
    assert loaded == Preferences("dark")
    assert loaded.problem.startswith("A newer mnist-viz wrote the settings in ")
    assert loaded.problem.endswith("what this one knows of them is used, and changes are not remembered.")
    loaded.theme = "light"
    assert loaded.save() == f"The settings are not remembered: a newer mnist-viz wrote {Preferences.path()}."
    assert json.loads(Preferences.path().read_bytes()) == {"version": 2, "theme": "dark", "sound": "loud"}
    assert [one.name for one in Preferences.path().parent.iterdir()] == ["preferences.json"]


def test_what_a_newer_version_has_written_meanwhile_is_kept_too() -> None:
    loaded = Preferences.load()
    store({"version": 2, "theme": "dark"})
    assert loaded.save().startswith("The settings are not remembered: a newer mnist-viz wrote ")
    assert json.loads(Preferences.path().read_bytes()) == {"version": 2, "theme": "dark"}


def test_the_window_says_at_once_and_at_a_change_that_a_newer_version_s_settings_stay(qtbot: QtBot) -> None:
    store({"version": 2, "theme": "dark"})
    app = App()
    qtbot.addWidget(app.window)
    app.help.start()
    assert "changes are not remembered" in app.notices.text
    app.preferences.theme = "light"
    app.tick()
    qtbot.waitUntil(lambda: app.notices.text.startswith("The settings are not remembered: a newer mnist-viz wrote "))
    app.window.close()
    assert json.loads(Preferences.path().read_bytes()) == {"version": 2, "theme": "dark"}


def test_a_file_that_says_no_version_is_of_the_first() -> None:
    store({"theme": "light", "layout": base64.b64encode(b"panels").decode(), "speed": 10, "data_dir": "/data"})
    loaded = Preferences.load()
    assert loaded == Preferences("light", b"panels", 10, "/data")
    assert loaded.problem == ""


@pytest.mark.parametrize("layout", ["***", 5, "abc", "ä"])
def test_a_layout_that_makes_no_sense_leaves_the_rest_alone(layout: Any) -> None:
    store({"theme": "dark", "layout": layout, "speed": 5})
    assert Preferences.load() == Preferences("dark", b"", 5.0)


def test_a_folder_that_cannot_be_made_is_said(caplog: pytest.LogCaptureFixture) -> None:
    folder = Preferences.path().parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file in its place")
    with caplog.at_level(logging.WARNING):
        problem = Preferences("dark").save()
    assert problem == f"The settings are not remembered: cannot write {Preferences.path()}: File exists."
    assert problem in caplog.text
    assert "cannot be read (Not a directory)" in Preferences.load().problem


def test_a_full_disk_is_said_and_the_old_settings_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    Preferences("light").save()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    problem = Preferences("dark").save()
    assert problem == f"The settings are not remembered: cannot write {Preferences.path()}: No space left on device."
    assert Preferences.load().theme == "light"
    assert [one.name for one in Preferences.path().parent.iterdir()] == ["preferences.json"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("theme", ["purple", 7, None, ["dark"]]),
        ("curves_axis", ["minutes", 7, None, ["epochs"]]),
        ("curves_smoothing", ["much", 7, None, ["epoch"]]),
        ("all_weights", ["yes", 1, None]),
        ("speed", ["fast", -1, 0, [5], True, 1e-300, 1e300, 10**400, float("inf"), float("nan")]),
        ("data_dir", [7, None, ["/data"], "a\0b", "\ud800", "~nobody/data"]),
        ("budget", ["much", 7, True, None, 10**30]),
    ],
)
def test_a_value_that_makes_no_sense_is_the_default(name: str, values: list[Any]) -> None:
    for value in values:
        store({"data_dir": "/data", name: value})
        folder = "" if name == "data_dir" else "/data"
        assert Preferences.load() == Preferences(data_dir=folder)


PROBLEM = "The settings are not remembered: cannot write preferences.json: No space left on device."


def test_what_changes_is_saved_and_that_nothing_can_be_is_said_once(
    program: Program, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.app.preferences.theme = "light"
    program.app.tick()
    qtbot.waitUntil(lambda: Preferences.load().theme == "light")

    saved: list[str] = []

    def full(preferences: Preferences) -> str:
        saved.append(preferences.theme)
        return PROBLEM

    monkeypatch.setattr(Preferences, "save", full)

    def change(theme: str) -> None:
        program.app.preferences.theme = theme
        program.app.tick()
        qtbot.waitUntil(lambda: theme in saved and not program.app.tasks.busy("keeping"))
        program.app.tick()

    change("dark")
    assert program.app.notices.text == PROBLEM
    program.app.notices.clear()
    change("system")
    assert program.app.notices.text == ""
