"""What the window remembers: written, read again, and forgiven when it makes no sense."""

import json
import logging
from typing import Any

import pytest

from mnist_viz.preferences import Preferences


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
        Preferences("light", b"", None, "/data", curves_axis="seconds", curves_smoothing="epoch"),
    ],
)
def test_what_is_saved_is_loaded(preferences: Preferences) -> None:
    preferences.save()
    assert Preferences.load() == preferences


def test_saving_makes_the_folder_and_leaves_one_file() -> None:
    Preferences("dark").save()
    assert [path.name for path in Preferences.path().parent.iterdir()] == ["preferences.json"]


@pytest.mark.parametrize(
    "contents",
    [b"", b"{not json", b"\xff\xfe\x00", b"[1, 2]", b"null", b"7", "[" * 50_000],
    ids=["empty", "not JSON", "no text", "a list", "null", "a number", "nested without end"],
)
def test_a_damaged_file_gives_the_defaults_and_a_note_in_the_log(
    contents: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    store(contents)
    with caplog.at_level(logging.WARNING):
        assert Preferences.load() == Preferences()
    assert "the preferences cannot be read" in caplog.text


@pytest.mark.parametrize("theme", ["purple", 7, None, ["dark"]])
def test_a_theme_that_does_not_exist_is_the_default(theme: Any) -> None:
    store({"theme": theme})
    assert Preferences.load().theme == "system"


@pytest.mark.parametrize("value", ["minutes", 7, None, ["epochs"]])
def test_an_axis_or_a_smoothing_that_does_not_exist_is_the_default(value: Any) -> None:
    store({"curves_axis": value, "curves_smoothing": value, "theme": "dark"})
    assert Preferences.load() == Preferences("dark")


@pytest.mark.parametrize("speed", ["fast", -1, 0, [5]])
def test_a_speed_that_makes_no_sense_is_the_default(speed: Any) -> None:
    store({"theme": "dark", "speed": speed})
    assert Preferences.load() == Preferences("dark")


@pytest.mark.parametrize("folder", [7, None, ["/data"]])
def test_a_data_folder_that_makes_no_sense_is_the_usual_one(folder: Any) -> None:
    store({"theme": "dark", "data_dir": folder})
    assert Preferences.load() == Preferences("dark")


def test_full_speed_is_remembered_as_none() -> None:
    store({"theme": "dark", "speed": None})
    assert Preferences.load().speed is None


@pytest.mark.parametrize("layout", ["***", 5, "abc", "ä"])
def test_a_layout_that_makes_no_sense_leaves_the_rest_alone(layout: Any) -> None:
    store({"theme": "dark", "layout": layout, "speed": 5})
    assert Preferences.load() == Preferences("dark", b"", 5.0)


def test_what_a_newer_version_stored_is_passed_over() -> None:
    store({"theme": "dark", "colour of the sky": "blue"})
    assert Preferences.load().theme == "dark"


def test_a_folder_that_cannot_be_made_is_noted_and_forgiven(caplog: pytest.LogCaptureFixture) -> None:
    folder = Preferences.path().parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file in its place")
    with caplog.at_level(logging.WARNING):
        Preferences("dark").save()
    assert "the preferences cannot be saved" in caplog.text
    assert Preferences.load() == Preferences()
