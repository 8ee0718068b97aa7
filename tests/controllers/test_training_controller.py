"""Training's controls: what would lose work asks first, the form keeps what is typed, and failures say what helps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.session.conditions import Condition
from mnist_viz.session.work import State
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.session.worker import Tested as Measured  # pytest would take its own name for a test
from mnist_viz.views.film_dialog import FilmChoice
from mnist_viz.views.run_until import RunUntilDialog
from mnist_viz.views.runs.branch_dialog import BranchDialog

if TYPE_CHECKING:
    from pathlib import Path

    from tests.controllers.conftest import Program


def test_a_preset_makes_a_new_run_and_the_one_before_is_a_click_away_and_play_takes_what_was_said_away(
    program: Program,
) -> None:
    program.train(2)
    before = program.session.settings
    program.choose_preset("relu-128")
    assert program.session.settings == PRESETS["relu-128"].settings
    assert program.steps() == 0
    assert program.app.transport.preset.currentData() == "relu-128"
    assert program.text() == "A new network. Run 1, which trained 2 batches, is kept in Runs."
    program.press("Back to it")
    assert program.session.settings == before
    assert program.steps() == 2
    assert program.app.transport.preset.currentData() == before.preset
    assert program.text() == ""

    program.app.window.commands.play.trigger()
    assert program.text() == ""  # at the newest moment
    program.pause()
    program.choose_preset("relu-128")
    assert program.text()
    program.app.window.commands.play.triggered.emit()
    assert program.text() == ""
    assert program.state() is State.RUNNING
    program.app.window.commands.play.triggered.emit()
    program.rest()
    assert program.state() is State.PAUSED


def test_the_form_keeps_what_is_typed_for_another_network_until_it_is_applied_or_discarded(program: Program) -> None:
    form = program.app.settings
    form.number("learning_rate").lineEdit().setText("0.05")
    form.number("learning_rate").editingFinished.emit()
    form.number("epochs").lineEdit().setText("7")
    form.number("epochs").editingFinished.emit()
    form.number("seed").stepBy(3)
    assert form.waiting == ["seed"]
    form.discard_button.click()
    assert form.settings == replace(program.session.settings, learning_rate=0.05, epochs=7, seed=0)
    assert (program.session.settings.learning_rate, program.session.epochs) == (0.05, 7)

    program.train(1)
    form.number("seed").stepBy(5)
    assert form.waiting == ["seed"]
    program.app.window.commands.reset_same.triggered.emit()
    program.rest()
    assert program.steps() == 0
    assert program.session.settings.seed == 0
    assert form.number("seed").value() == 5
    assert form.waiting == ["seed"]

    program.train(1)
    before = program.first.model.parameters
    form.apply_button.click()
    program.rest()
    assert (program.session.settings.seed, program.steps(), form.waiting) == (5, 0, [])
    assert not np.array_equal(program.first.model.parameters, before)


def test_what_is_live_changes_the_run_and_throws_nothing_away(program: Program) -> None:
    program.train(2)
    changes: tuple[dict[str, Any], ...] = (
        {"batch_size": 5}, {"dropout": 0.2}, {"l2": 1e-3}, {"momentum": 0.5},
        {"schedule": "step", "decay": 0.5, "decay_every": 2},
    )  # fmt: skip
    for steps, change in enumerate(changes, start=3):
        wanted = replace(program.session.settings, **change)
        program.app.settings.live_changed.emit(wanted)
        program.train(1)
        assert program.steps() == steps
        assert program.session.settings == wanted
        assert program.app.settings.waiting == []

    old = program.session.settings
    program.session.reset(replace(old, seed=7))
    program.app.settings.live_changed.emit(replace(old, learning_rate=0.02))
    program.rest()
    assert (program.session.settings.seed, program.session.settings.learning_rate) == (7, 0.02)


def test_run_until_asks_the_session_for_each_answer_begins_with_the_last_one_and_is_no_question_in_training(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = program.button("back-batch-button")
    assert not back.isEnabled()
    program.session.play()
    program.until(back.isEnabled)
    assert program.state() is State.RUNNING
    QTest.keyClick(program.app.window, Qt.Key.Key_U)
    assert program.app.window.findChild(RunUntilDialog) is None

    program.pause()
    heard: list[dict[str, Any]] = []
    with monkeypatch.context() as patch:
        patch.setattr(program.session, "run_until", lambda **what: heard.append(what))
        answers: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("batches", "25", {"steps": 25}),
            ("epochs", "3", {"epochs": 3}),
            ("accuracy-above", "97.5", {"condition": Condition("accuracy-above", 0.975)}),
            ("loss-below", "0.2", {"condition": Condition("loss-below", 0.2)}),
            ("dead-layer", "", {"condition": Condition("dead-layer", 0.0)}),
        )
        for kind, text, asked in answers:
            answer(program, kind, text)
            assert heard.pop() == asked

    answer(program, "batches", "2")
    program.until(lambda: program.state() is State.PAUSED)
    dialog = ask(program)
    assert dialog.choices["batches"].isChecked()
    assert dialog.numbers["batches"].value() == 2
    dialog.reject()


def test_the_end_is_told_with_the_accuracy_and_a_network_that_only_guesses_is_reset_with_a_lower_rate(
    program: Program,
) -> None:
    program.session.tested.emit(Measured(1, 0.3, 0.2))
    assert program.kind() == "info"
    right = "the network reads 20.00% of 30 test digits it has never seen"
    assert program.text() == f"Trained 0 epochs: {right}. Play continues."
    program.train_epoch()
    program.session.tested.emit(Measured(1, 0.3, 0.2))
    assert program.text() == f"Trained 1 epoch: {right}. Play continues."
    why = "The validation loss has not fallen for 5 epochs; the best was after epoch 7."
    program.session.stopped.emit(Stopped(Stop.EARLY, why))
    assert (program.kind(), program.text()) == ("info", why)
    program.session.tested.emit(Measured(1, 0.3, 0.9))
    assert program.text() == f"{why} The best network reads 90.00% of 30 test digits it has never seen."
    program.session.stopped.emit(Stopped(Stop.EARLY, why))
    program.session.stopped.emit(Stopped(Stop.FINISHED))
    program.session.tested.emit(Measured(1, 0.3, 0.9))
    assert why not in program.text()

    program.train(1)
    program.session.tested.emit(Measured(1, 2.3, 0.1))
    assert program.text() == "The network only guesses: 10.00% of the test digits are right."
    assert program.kind() == "error"
    program.press("Reset with 0.01")
    program.rest()
    assert (program.session.settings.learning_rate, program.steps()) == (0.01, 0)
    assert program.app.settings.number("learning_rate").value() == 0.01


@pytest.fixture
def wild(program: Program, settings: Settings) -> Program:
    """A run that has diverged."""
    program.reset(replace(settings, activation="identity", learning_rate=100.0))
    program.session.play()
    program.until(lambda: program.state() is State.FAILED)
    return program


def test_after_a_divergence_one_click_goes_on_from_the_last_good_moment_with_a_lower_rate(wild: Program) -> None:
    assert wild.kind() == "error"
    assert wild.text().endswith("The last good network is shown.")
    wild.press("Restart with rate 0.3")
    wild.until(lambda: wild.session.run.number == 2 and wild.steps() > 5)
    assert wild.session.settings.learning_rate == 0.3
    assert wild.session.settings.activation == "identity"


def test_play_waits_while_the_training_is_filmed_and_no_two_commands_have_one_key(
    program: Program, tmp_path: Path
) -> None:
    window = program.app.window
    # Those of the window and of its panels; dialogs and menus of their own are other windows.
    keys = [key.toString() for action in set(window.actions()) for key in action.shortcuts()]
    assert len(keys) > 40
    assert sorted(keys) == sorted(set(keys))

    program.train(1)
    program.app.film_export.make(FilmChoice(subject="weights", format="png"), str(tmp_path / "film"))
    program.app.window.commands.play.triggered.emit()
    assert program.state() is State.PAUSED
    program.app.film_export.cancel()
    program.app.window.commands.play.triggered.emit()
    assert program.state() is State.RUNNING


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


def rate_shown(program: Program) -> str:
    return program.app.settings.fields["learning_rate"].note.accessibleName()


def test_in_the_past_the_rate_of_then_is_shown_and_play_says_where_it_goes_on_and_offers_to_go_back(
    program: Program,
) -> None:
    program.train(1)
    assert rate_shown(program) == ""  # it is the one in the form
    program.session.change(replace(program.session.settings, schedule="inverse-time", decay=1.0))
    program.train(20)
    assert rate_shown(program) == "now 0.0333"
    program.session.go_to_epoch(1.0)
    assert rate_shown(program) == "then 0.05"

    program.session.go_to_epoch(0.2)
    play = program.app.window.commands.play
    assert "newest moment" in play.toolTip()
    play.trigger()
    assert program.text() == "Training goes on from the newest moment, epoch 3, batch 1."
    program.press("Continue from epoch 1, batch 2 instead…")
    dialog = program.app.window.findChild(BranchDialog)
    assert isinstance(dialog, BranchDialog)
    dialog.pause_button.click()
    program.until(lambda: program.session.run.number == 2)
    assert program.session.run.root_step == 2
