"""What changes the work and the layout is undone and done again."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu

from mnist_viz.data.user import drawings
from mnist_viz.views import layout, undo_stack
from mnist_viz.views.keys_dialog import KeysDialog
from mnist_viz.views.layout_steps import LayoutSteps

if TYPE_CHECKING:
    from mnist_viz.data.datasets import Dataset
    from tests.controllers.conftest import Program

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def press(program: Program, modifiers: Qt.KeyboardModifier) -> None:
    window = program.app.window
    window.activateWindow()  # a panel that was outside of it may have been the active one
    program.qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_Z, modifiers)
    program.rest()


def undo(program: Program) -> None:
    press(program, CTRL_ALT)


def redo(program: Program) -> None:
    press(program, CTRL_ALT | Qt.KeyboardModifier.ShiftModifier)


def undo_text(program: Program) -> str:
    return program.app.window.commands.undo_work.text()


def settled(program: Program) -> None:
    """Until what happened to the panels has been looked at."""
    steps = program.app.window.findChild(LayoutSteps)
    assert isinstance(steps, LayoutSteps)
    program.until(lambda: not steps.pending)


def save_drawing(program: Program) -> None:
    program.stroke((0.2, 0.2), (0.7, 0.2), (0.4, 0.8))
    program.app.draw.save_requested.emit(7)


def saved() -> list[str]:
    return [drawing.label for drawing in drawings.load()]


def test_presets_are_undone_one_after_the_other_with_all_that_was_typed_and_named_in_the_menu(program: Program) -> None:
    commands = program.app.window.commands
    assert not commands.undo_work.isEnabled()
    assert not commands.redo_work.isEnabled()

    typed = replace(program.session.settings, learning_rate=0.07)
    program.app.settings.live_changed.emit(typed)
    program.choose_preset("relu-128")
    assert commands.undo_work.text() == "Undo preset relu-128"
    undo(program)
    assert program.session.settings == typed
    redo(program)
    assert program.session.settings.preset == "relu-128"
    assert commands.undo_work.text() == "Undo preset relu-128"

    menus = [action.text() for action in program.app.window.menu_bar.actions()]
    assert menus[:3] == ["File", "Edit", "Data"]
    edit = next(menu for menu in program.app.window.findChildren(QMenu) if menu.title() == "Edit")
    texts = [action.text() for action in edit.actions() if not action.isSeparator()]
    assert texts == [
        "Undo preset relu-128", "Redo",
        "Undo drawing", "Redo drawing", "Clear drawing",
        "Copy picture", "Paste picture",
    ]  # fmt: skip

    commands.keys.trigger()
    dialog = program.app.window.findChild(KeysDialog)
    assert isinstance(dialog, KeysDialog)
    labels = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Undo", "Redo", "Undo drawing"} <= labels
    assert "Undo preset relu-128" not in labels  # it says what a key does, and not to which step
    dialog.close()

    program.choose_preset("leaky-relu-500")
    undo(program)
    assert program.session.settings.preset == "relu-128"
    redo(program)
    commands.undo_work.trigger()
    commands.undo_work.trigger()  # at once
    program.rest()
    assert program.session.settings == typed
    assert undo_text(program) == "Undo learning rate 0.1 → 0.07"
    redo(program)
    redo(program)
    assert program.session.settings.preset == "leaky-relu-500"
    undo(program)
    program.choose_preset("sigmoid-sgd")
    assert not commands.redo_work.isEnabled()  # a new step forgets what was undone


def test_a_reset_is_undone_to_the_run_as_it_was_and_leaves_no_empty_one_but_any_that_was_trained(
    program: Program,
) -> None:
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

    again = program.session.run
    program.train(1)
    program.session.activate(before.number)
    program.session.activate(again.number)
    assert undo_text(program) == "Undo reset"  # a run that is chosen is no step
    undo(program)
    assert program.session.run is before
    assert again in program.session.runs.all  # it was trained

    program.reset()
    program.session.play()
    program.until(lambda: program.steps() > 5)
    training = program.session.run
    undo(program)
    program.until(lambda: program.session.run is before)
    assert training in program.session.runs.all
    assert training.steps > 5


def test_a_branch_is_undone_and_done_again_and_one_that_was_trained_stays_in_the_runs(program: Program) -> None:
    session = program.session
    program.train_epoch()
    parent, settings = session.run, session.settings
    session.timeline.show(session.timeline.frames[0])
    session.branch(replace(settings, learning_rate=0.5), "a branch")
    program.until(lambda: session.run is not parent)
    program.rest()
    branch, first = session.run, session.run.timeline.last
    assert undo_text(program) == "Undo continue Run 1"

    undo(program)
    assert (session.run, list(session.runs), session.shown) == (parent, [parent], parent.timeline.frames[0])
    redo(program)
    assert (session.run, list(session.runs), branch.timeline.last) == (branch, [parent, branch], first)
    assert undo_text(program) == "Undo continue Run 1"

    program.train_epoch()
    undo(program)
    assert (session.run, list(session.runs)) == (parent, [parent, branch])
    redo(program)
    assert session.run is branch


def test_a_run_from_given_weights_has_them_again_and_other_data_are_undone(
    program: Program, dataset: Dataset, other_dataset: Dataset
) -> None:
    program.train(1)
    frame = program.shown
    program.session.reset(first_weights=frame.model, name="Pruned", edited="One weight was set to 0.")
    program.rest()
    undo(program)
    redo(program)
    run = program.session.run
    again = run.timeline.first
    assert again is not None
    assert np.array_equal(again.model.parameters, frame.model.parameters)
    assert (run.name, [one.text for one in run.incidents]) == ("Pruned", ["One weight was set to 0."])

    program.use(other_dataset)
    assert program.app.window.commands.undo_work.text() == "Undo data Other digits"
    undo(program)
    assert program.session.dataset is dataset
    assert program.app.transport.dataset.currentData() == dataset.name


def test_data_that_would_fill_the_memory_are_not_kept_for_an_undo(
    program: Program, dataset: Dataset, other_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undo_stack, "MOST_BYTES", dataset.nbytes + other_dataset.nbytes - 1)
    sets = [replace(dataset, name=name) for name in ("mnist", "kmnist")]
    left = [weakref.ref(each) for each in sets]
    for each in (*sets, other_dataset):
        program.use(each)
    del each
    sets.clear()
    gc.collect()
    assert [each() is None for each in left] == [True, False]


# Runs


def test_a_deleted_run_comes_back_by_undo_or_its_button_also_after_others_and_goes_again(program: Program) -> None:
    program.train(2)
    program.session.branch(name="Second")
    gone = program.session.run
    program.app.runs.tree.delete_requested.emit(2)
    assert program.app.window.commands.undo_work.text() == "Undo delete Second"
    undo(program)
    assert program.session.run is gone
    assert program.buttons() == []  # it has nothing to bring back any more
    redo(program)
    assert [run.number for run in program.session.runs] == [1]
    undo(program)
    assert program.session.run is gone

    program.app.runs.tree.delete_requested.emit(2)
    settled(program)
    program.app.window.open_panel("why")
    program.until(lambda: undo_text(program) == "Undo open Why this digit")
    program.press("Undo delete")
    assert [run.number for run in program.session.runs] == [1, 2]
    undo(program)
    assert undo_text(program) != "Undo delete Second"
    assert [run.number for run in program.session.runs] == [1, 2]

    program.app.runs.tree.delete_requested.emit(2)
    undo(program)
    program.session.play()
    program.until(lambda: program.steps() > 3)
    program.app.window.commands.redo_work.trigger()
    assert program.text() == "The run that is training cannot be deleted: pause it first."
    assert undo_text(program) == "Undo continue Run 1"
    program.pause()
    redo(program)
    assert [run.number for run in program.session.runs] == [1]


def test_a_name_is_undone_and_a_long_one_shortened_and_another_session_has_nothing_to_undo(
    program: Program, tmp_path: Path
) -> None:
    program.train(1)
    program.app.runs.tree.renamed.emit(1, "Best of all")
    program.app.runs.tree.renamed.emit(1, "Best of all")  # no change
    assert undo_text(program) == "Undo rename Run 1"
    undo(program)
    assert program.session.run.name == "Run 1"
    redo(program)
    assert program.session.run.name == "Best of all"

    program.app.runs.tree.renamed.emit(1, "R&D")
    program.app.runs.tree.renamed.emit(1, "x")
    assert undo_text(program) == "Undo rename R&&D"  # as a menu writes it
    stack = program.app.window.commands.undo_stack
    stack.note("y" * 100, bool, bool)
    assert undo_text(program) == f"Undo {'y' * 59}…"

    path = str(tmp_path / "one.mnist-viz")
    program.app.session_files.save(path)
    program.until(lambda: not program.app.session_files.busy)
    program.reset()
    program.app.session_files.open(path)
    program.until(lambda: program.text().startswith(("Opened", "one.")))
    if "Open it" in program.buttons():
        program.press("Open it")
    program.until(lambda: not program.app.window.commands.undo_work.isEnabled())


# The layout


def test_a_panel_that_was_closed_moved_or_taken_out_goes_back_to_its_place(program: Program) -> None:
    program.app.window.resize(1440, 900)  # in three columns: Qt puts what has a tab back behind it
    settled(program)
    docks = program.app.window.docks
    here, size = docks["weights"].geometry(), docks["weights"].size()
    docks["weights"].close()
    program.until(lambda: undo_text(program) == "Undo close Weights")
    undo(program)
    assert not docks["weights"].isHidden()
    program.until(lambda: docks["weights"].geometry() == here and docks["weights"].size() == size)
    redo(program)
    assert docks["weights"].isHidden()
    assert undo_text(program) == "Undo close Weights"

    undo(program)
    window = program.app.window
    dock = window.docks["curves"]
    settled(program)
    before = layout.structure(window, window.docks)
    dock.setFloating(True)
    program.until(lambda: undo_text(program) == "Undo float Learning curves")
    undo(program)
    assert not dock.isFloating()
    settled(program)
    # As the hand does: the panel is lifted out and put down elsewhere, in one go.
    dock.setFloating(True)
    window.tabifyDockWidget(window.docks["draw"], dock)
    dock.setFloating(False)
    program.until(lambda: undo_text(program) == "Undo move Learning curves")
    assert layout.structure(window, window.docks) != before
    undo(program)
    assert layout.structure(window, window.docks) == before
    redo(program)
    assert layout.structure(window, window.docks) != before


def test_restoring_the_layout_is_one_step_and_an_arrangement_that_followed_the_window_does_so_again(
    program: Program,
) -> None:
    window = program.app.window
    settled(program)
    window.docks["runs"].setFloating(True)
    window.docks["errors"].close()
    program.until(lambda: undo_text(program) == "Undo change of the layout")
    window.commands.restore_layout.trigger()
    program.until(lambda: undo_text(program) == "Undo restore the layout")
    assert not window.docks["errors"].isHidden()
    undo(program)
    assert window.docks["runs"].isFloating()
    assert window.docks["errors"].isHidden()
    undo(program)
    assert not window.docks["runs"].isFloating()
    assert not window.docks["errors"].isHidden()

    settled(program)
    window.docks["errors"].close()
    program.until(lambda: undo_text(program) == "Undo close Errors")
    window.resize(900, 600)
    settled(program)
    undo(program)
    settled(program)
    docks = window.docks
    assert docks["activations"] in layout.tabbed(window, docks["weights"])  # as in each low window


def test_what_the_size_of_the_window_does_to_the_layout_is_no_step(program: Program) -> None:
    window = program.app.window
    settled(program)
    window.resize(900, 600)
    settled(program)
    window.docks["settings"].raise_()
    window.arrangement.toggle_maximized("weights")
    settled(program)
    window.arrangement.toggle_maximized("weights")
    settled(program)
    assert not window.commands.undo_work.isEnabled()

    # Nor what happens while a panel fills it.
    window.arrangement.toggle_maximized("weights")
    for floating in (True, False):
        window.docks["weights"].setFloating(floating)
        settled(program)
    window.arrangement.toggle_maximized("weights")
    window.resize(window.width() + 20, 900)
    settled(program)
    assert not window.commands.undo_work.isEnabled()

    # Nor that it puts back a panel that floats.
    window.open_panel("why")
    settled(program)
    window.docks["why"].setFloating(True)
    program.until(lambda: undo_text(program) == "Undo float Why this digit")
    window.resize(900, 600)
    program.until(lambda: not window.docks["why"].isFloating())
    settled(program)
    assert undo_text(program) == "Undo float Why this digit"


# Drawings


def test_a_drawing_is_undone_and_a_saved_one_taken_back_unless_another_window_saved_one(program: Program) -> None:
    commands = program.app.window.commands
    assert not commands.undo_pad.isEnabled()
    program.stroke((0.2, 0.2), (0.7, 0.2))
    assert commands.undo_pad.isEnabled()
    press(program, Qt.KeyboardModifier.ControlModifier)
    assert (commands.undo_pad.isEnabled(), commands.redo_pad.isEnabled()) == (False, True)
    assert program.app.draw.pad.strokes() == []

    save_drawing(program)
    assert undo_text(program) == "Undo saving a drawing as 7"
    undo(program)
    assert saved() == []
    assert program.buttons() == []
    redo(program)
    assert saved() == ["7"]

    drawings.add([("1", [np.array([[0.0, 0.0], [0.0, 9.0]])])])
    undo(program)
    assert saved() == ["7", "1"]
    assert program.text().startswith("Other drawings were saved since")
    assert not commands.redo_work.isEnabled()


# Settings that hold from the next batch on, and pins


def test_a_setting_is_undone_in_the_form_and_in_the_run_in_which_it_was_changed_unless_it_was_changed_again(
    program: Program,
) -> None:
    program.train(1)
    before, field = program.session.settings, program.app.settings.number("learning_rate")
    field.lineEdit().setText("0.05")
    field.editingFinished.emit()
    assert undo_text(program) == "Undo learning rate 0.1 → 0.05"
    program.app.settings.hidden.setText("77")  # waits to be applied
    undo(program)
    assert program.session.settings == before
    assert (field.text(), program.app.settings.hidden.text()) == ("0.1", "77")
    redo(program)
    assert program.session.settings.learning_rate == 0.05

    undo(program)
    program.app.settings.live_changed.emit(replace(program.session.settings, learning_rate=0.05))
    program.session.branch(name="Second")
    program.train(1)
    undo(program)
    undo(program)
    assert program.session.run.number == 1
    assert program.session.settings.learning_rate == 0.1
    assert program.session.runs.get(2).settings.learning_rate == 0.05

    program.app.settings.live_changed.emit(replace(program.session.settings, learning_rate=0.05))
    program.session.change(replace(program.session.settings, learning_rate=0.01))
    undo(program)
    assert program.session.settings.learning_rate == 0.01
    assert program.text().endswith("nothing was changed.")
    assert not program.app.window.commands.redo_work.isEnabled()


def test_a_pin_is_undone_wherever_the_cursor_is_and_back_to_it_goes_back_whatever_was_done_since(
    program: Program,
) -> None:
    program.train(3)
    program.session.go_to_step(2)
    program.rest()
    program.app.window.commands.pin.trigger()
    program.session.go_live()
    assert undo_text(program) == "Undo pin epoch 1, batch 2"
    undo(program)
    assert program.session.run.pins == set()
    redo(program)
    assert program.session.run.pins == {2}

    program.reset()
    program.app.window.docks["errors"].close()
    program.until(lambda: undo_text(program) == "Undo close Errors")
    program.press("Back to it")
    program.rest()
    assert program.session.run.number == 1
    assert program.app.window.docks["errors"].isHidden()
    assert undo_text(program) == "Undo close Errors"


def test_what_is_chosen_while_an_undo_is_under_way_is_a_step_of_its_own(program: Program) -> None:
    program.train(1)
    first = program.session.settings
    program.choose_preset("relu-128")
    program.app.runs.tree.delete_requested.emit(1)  # so that undo has to build its network anew
    program.app.window.commands.undo_stack.clear()
    program.choose_preset("leaky-relu-500")
    program.app.window.commands.undo_work.trigger()
    program.choose_preset("sigmoid-sgd")
    assert undo_text(program) == "Undo preset sigmoid-sgd"
    undo(program)
    assert program.session.settings.preset == "leaky-relu-500"
    assert program.session.settings != first
