"""The preferences are saved when they change; where they cannot be, that is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnist_viz.controllers.preferences import Preferences

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.controllers.conftest import Program

PROBLEM = "The settings are not remembered: cannot write preferences.json: No space left on device."


def test_what_changes_is_saved(program: Program, qtbot: QtBot) -> None:
    program.app.preferences.theme = "light"
    program.app.tick()
    qtbot.waitUntil(lambda: Preferences.load().theme == "light")


def test_that_nothing_can_be_saved_is_said_once(
    program: Program, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
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

    change("light")
    assert program.app.notices.text == PROBLEM
    program.app.notices.clear()
    change("system")
    assert program.app.notices.text == ""
