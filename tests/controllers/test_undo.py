"""What puts another network in the place of the run is undone and done again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

if TYPE_CHECKING:
    from mnist_viz.data.datasets import Dataset
    from tests.controllers.conftest import Program

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def undo(program: Program) -> None:
    QTest.keyClick(program.app.window, Qt.Key.Key_Z, CTRL_ALT)
    program.rest()


def redo(program: Program) -> None:
    QTest.keyClick(program.app.window, Qt.Key.Key_Z, CTRL_ALT | Qt.KeyboardModifier.ShiftModifier)
    program.rest()


def test_at_the_start_there_is_nothing_to_undo(program: Program) -> None:
    commands = program.app.window.commands
    assert not commands.undo_work.isEnabled()
    assert not commands.redo_work.isEnabled()


def test_a_preset_is_undone_with_all_that_was_typed_before_it(program: Program) -> None:
    typed = replace(program.session.settings, learning_rate=0.07)
    program.app.settings.live_changed.emit(typed)
    program.choose_preset("relu-128")
    program.rest()
    assert program.app.window.commands.undo_work.text() == "Undo preset relu-128"
    undo(program)
    assert program.session.settings == typed
    redo(program)
    assert program.session.settings.preset == "relu-128"
    assert program.app.window.commands.undo_work.text() == "Undo preset relu-128"


def test_a_reset_is_undone_to_the_run_as_it_was_and_leaves_no_empty_one(program: Program) -> None:
    program.train(3)
    before = program.session.run
    program.app.window.commands.reset_same.trigger()
    program.rest()
    assert program.steps() == 0
    undo(program)
    assert program.session.runs.all == (before,)
    assert program.steps() == 3
    redo(program)
    assert (program.steps(), len(program.session.runs)) == (0, 2)


def test_a_run_from_given_weights_has_them_again(program: Program) -> None:
    program.train(1)
    frame = program.session.shown
    assert frame is not None
    program.session.reset(first_weights=frame.model, name="Pruned", edited="One weight was set to 0.")
    program.rest()
    undo(program)
    redo(program)
    run = program.session.run
    again = run.timeline.first
    assert again is not None
    assert np.array_equal(again.model.parameters, frame.model.parameters)
    assert (run.name, [one.text for one in run.incidents]) == ("Pruned", ["One weight was set to 0."])


def test_other_data_are_undone(program: Program, dataset: Dataset, other_dataset: Dataset) -> None:
    program.session.set_dataset(other_dataset)
    program.rest()
    assert program.app.window.commands.undo_work.text() == "Undo data Other digits"
    undo(program)
    assert program.session.dataset is dataset
    assert program.app.transport.dataset.currentData() == dataset.name


def test_several_steps_are_undone_one_after_the_other_and_a_new_one_forgets_the_undone(program: Program) -> None:
    names = ["relu-128", "leaky-relu-500"]
    for name in names:
        program.choose_preset(name)
        program.rest()
    undo(program)
    assert program.session.settings.preset == names[0]
    undo(program)
    assert program.session.settings.hidden == (8,)
    program.choose_preset("sigmoid-sgd")
    program.rest()
    assert not program.app.window.commands.redo_work.isEnabled()


def test_a_run_that_is_chosen_is_no_step(program: Program) -> None:
    program.train(1)
    program.session.reset()
    program.rest()
    program.train(1)
    program.session.activate(1)
    program.session.activate(2)
    assert program.app.window.commands.undo_work.text() == "Undo reset"
    undo(program)
    assert [run.number for run in program.session.runs] == [1, 2]  # it was trained


def test_undo_while_training_leaves_the_run_trained(program: Program) -> None:
    program.train(2)
    program.session.reset()
    program.rest()
    program.session.play()
    program.until(lambda: program.steps() > 5)
    undo(program)
    program.until(lambda: program.session.run.number == 1)
    assert program.session.runs.get(2).steps > 5
