"""Run until: the dialog's answer reaches the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.session.conditions import Condition
from mnist_viz.session.work import State
from mnist_viz.views.run_until import RunUntilDialog

if TYPE_CHECKING:
    from tests.controllers.conftest import Program


def ask(program: Program) -> RunUntilDialog:
    program.app.window.activateWindow()  # the dialog before was it
    program.qtbot.waitUntil(program.app.window.isActiveWindow)
    QTest.keyClick(program.app.window, Qt.Key.Key_U)
    dialog = program.app.window.findChild(RunUntilDialog)
    assert isinstance(dialog, RunUntilDialog)
    return dialog


def answer(program: Program, kind: str, text: str = "") -> None:
    dialog = ask(program)
    if text:
        dialog.numbers[kind].selectAll()
        QTest.keyClicks(dialog.numbers[kind], text)
    else:
        dialog.choices[kind].click()
    QTest.mouseClick(dialog.run_button, Qt.MouseButton.LeftButton)
    program.until(lambda: program.app.window.findChild(RunUntilDialog) is None)


@pytest.mark.parametrize(
    ("kind", "text", "asked"),
    [
        ("batches", "25", {"steps": 25}),
        ("epochs", "3", {"epochs": 3}),
        ("accuracy-above", "97.5", {"condition": Condition("accuracy-above", 0.975)}),
        ("loss-below", "0.2", {"condition": Condition("loss-below", 0.2)}),
        ("dead-layer", "", {"condition": Condition("dead-layer", 0.0)}),
    ],
)
def test_each_answer_is_what_the_session_is_asked(
    program: Program, monkeypatch: pytest.MonkeyPatch, kind: str, text: str, asked: dict[str, Any]
) -> None:
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(program.session, "run_until", lambda **what: heard.append(what))
    answer(program, kind, text)
    assert heard == [asked]


def test_so_many_batches_are_trained_and_then_it_pauses(program: Program) -> None:
    answer(program, "batches", "13")
    program.until(lambda: program.state() is State.PAUSED)
    assert program.steps() == 13


def test_the_next_time_it_begins_with_the_last_answer(program: Program) -> None:
    answer(program, "batches", "2")
    program.until(lambda: program.state() is State.PAUSED)
    dialog = ask(program)
    assert dialog.choices["batches"].isChecked()
    assert dialog.numbers["batches"].value() == 2
    dialog.reject()


def test_there_is_one_dialog(program: Program) -> None:
    ask(program)
    program.app.window.commands.run_until.triggered.emit()
    (dialog,) = program.app.window.findChildren(RunUntilDialog)
    dialog.reject()


def test_while_it_trains_it_cannot_be_asked(program: Program) -> None:
    program.session.play()
    program.until(lambda: program.state() is State.RUNNING)
    QTest.keyClick(program.app.window, Qt.Key.Key_U)
    assert program.app.window.findChild(RunUntilDialog) is None
