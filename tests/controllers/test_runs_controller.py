"""The tree of runs in the window: branches, switching, names and colours, and deleting with a way back."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle
from pytestqt.qtbot import QtBot

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.run import Run
from mnist_viz.session.work import State
from mnist_viz.views.runs.branch_dialog import BranchDialog
from mnist_viz.views.runs.tree import RunRow
from tests.controllers.conftest import LEFT, Program


class Tree:
    """The panel's part of the program, and what a hand does to it."""

    def __init__(self, program: Program) -> None:
        self.program, self.session = program, program.session
        self.list = program.app.runs.tree
        program.app.window.docks["runs"].raise_()
        program.app.window.activateWindow()

    def rows(self) -> tuple[RunRow, ...]:
        self.program.app.tick()
        return self.list.rows

    def row(self, number: int) -> RunRow:
        return next(row for row in self.rows() if row.number == number)

    def run(self, number: int) -> Run:
        return self.session.runs.get(number)

    def dialog(self) -> BranchDialog:
        """The one that is open; Qt deletes those before in its own time."""
        dialogs: list[BranchDialog] = self.program.app.window.findChildren(BranchDialog)
        return next(dialog for dialog in dialogs if dialog.isVisible())

    def ask(self) -> None:
        """Ask by the key how to go on from here."""
        window = self.program.app.window
        window.activateWindow()  # the dialog before was it
        self.program.qtbot.waitUntil(window.isActiveWindow)
        QTest.keyClick(window, Qt.Key.Key_C)

    def branch(self, settings: Settings | None = None, name: str = "") -> None:
        self.session.branch(settings, name)
        self.program.rest()

    def click(self, number: int, part: QStyle.SubElement = QStyle.SubElement.SE_ItemViewItemText) -> None:
        self.rows()
        named = self.list.findItems(self.run(number).name, Qt.MatchFlag.MatchRecursive)
        self.list.scrollToItem(named[0])  # the panel may be low
        QTest.mouseClick(self.list.viewport(), LEFT, pos=self.list.part_rect(number, part).center())

    def press(self, key: Qt.Key) -> None:
        """A key in the window, the list having the focus."""
        self.list.setFocus()
        QTest.keyClick(self.list, key)

    def delete(self, number: int) -> None:
        self.rows()
        self.list.delete_requested.emit(number)


@pytest.fixture
def tree(program: Program) -> Tree:
    """A run of 12 batches, 10 of which are an epoch."""
    program.train(12)
    return Tree(program)


# What is shown


def test_a_run_from_first_weights_is_told_by_its_settings_and_stays_as_the_only_one_or_while_it_trains(
    tree: Tree,
) -> None:
    (row,) = tree.rows()
    assert (row.name, row.origin, row.depth, row.active) == ("Run 1", "first weights", 0, True)
    assert "8 ReLU, SGD, learning rate 0.1" in row.settings
    assert row.epochs == 1.2
    assert row.best == tree.session.history.epochs[0].val_accuracy

    before = row.settings
    session = tree.program.session
    session.change(replace(session.settings, learning_rate=5.0))
    tree.program.rest()
    tree.program.app.tree.refresh()
    assert tree.rows()[0].settings == before  # nothing was trained with it
    session.change(replace(session.settings, learning_rate=0.1))

    tree.delete(1)
    assert len(tree.rows()) == 1
    assert tree.program.text() == "The only run cannot be deleted. Reset starts another one."
    tree.branch()
    tree.session.play()
    tree.program.until(lambda: tree.list.rows[1].trains and tree.list.rows[1].epochs > 3)
    tree.delete(2)
    assert len(tree.rows()) == 2
    assert tree.program.text() == "The run that is training cannot be deleted: pause it first."
    tree.program.pause()
    assert not tree.row(2).trains


def test_a_branch_is_told_by_where_it_left_and_what_differs_and_a_run_on_other_data_by_those(
    tree: Tree, other_dataset: Dataset
) -> None:
    tree.branch(replace(tree.session.settings, learning_rate=0.01))
    row = tree.row(2)
    assert (row.origin, row.settings) == ("from epoch 2, batch 2 of Run 1", "learning rate 0.1 → 0.01")
    assert (row.depth, row.active, tree.row(1).active) == (1, True, False)
    tree.click(1)  # shows another run
    assert tree.session.run.number == 1
    assert tree.row(1).active
    tree.branch()
    tree.session.activate(2)
    tree.branch()
    tree.program.reset()
    assert [(row.number, row.depth) for row in tree.rows()] == [(1, 0), (2, 1), (4, 2), (3, 1), (5, 0)]

    tree.program.use(other_dataset)
    assert [tree.row(number).origin for number in (1, tree.session.run.number)] == [
        "first weights on Synthetic digits",
        "first weights on MNIST",
    ]


def test_there_is_nothing_to_go_on_from_without_data(empty: Program) -> None:
    empty.app.tick()
    assert empty.app.runs.tree.rows == ()
    assert not empty.app.runs.branch_button.isEnabled()
    empty.app.window.commands.branch.triggered.emit()
    assert empty.app.window.findChild(BranchDialog) is None


# Deleting


def test_delete_takes_a_run_away_and_back_with_its_place_before_its_branches_and_leaves_the_drawing(
    tree: Tree, qtbot: QtBot
) -> None:
    tree.branch(name="Second")
    gone = tree.run(2)
    tree.rows()
    with qtbot.assertNotEmitted(tree.program.app.window.commands.clear_pad.triggered):
        tree.press(Qt.Key.Key_Delete)
    assert [row.number for row in tree.rows()] == [1]
    assert tree.program.text() == "Deleted “Second”."
    tree.program.press("Undo delete")
    assert [row.number for row in tree.rows()] == [1, 2]
    assert tree.session.run is gone

    tree.program.train(3)
    tree.branch()
    before = tree.rows()
    tree.delete(2)
    assert [(row.number, row.depth) for row in tree.rows()] == [(1, 0), (3, 1)]
    tree.program.press("Undo delete")
    assert tree.rows() == before


# Going on from here


def test_c_asks_with_the_settings_of_the_moment_shown_and_continue_makes_a_run_that_waits_or_trains(tree: Tree) -> None:
    tree.session.change(replace(tree.session.settings, learning_rate=0.05))
    tree.ask()
    tree.program.app.window.commands.branch.triggered.emit()
    assert len(tree.program.app.window.findChildren(BranchDialog)) == 1  # it is asked once
    assert tree.dialog().settings == tree.session.settings

    tree.dialog().reject()
    tree.program.train(1)
    tree.session.go_to_step(10)
    tree.program.rest()
    tree.ask()
    assert tree.dialog().settings == replace(tree.session.settings, learning_rate=0.1)

    tree.dialog().reject()
    tree.program.app.runs.branch_button.click()
    QTest.mouseClick(tree.dialog().factor_buttons[0], LEFT)
    QTest.mouseClick(tree.dialog().pause_button, LEFT)
    tree.program.rest()
    row = tree.row(2)
    assert (row.name, row.active, row.settings) == ("rate 0.01", True, "learning rate 0.1 → 0.01")
    assert tree.program.state() is State.PAUSED
    assert tree.session.settings.learning_rate == 0.01

    tree.session.go_to_step(5)
    tree.program.rest()
    tree.program.app.tree.ask_for_branch()
    QTest.mouseClick(tree.dialog().train_button, LEFT)
    tree.program.until(lambda: tree.session.run.number == 3 and tree.session.run.steps > 8)
    assert (tree.session.run.parent, tree.session.run.root_step) == (1, 5)
    assert tree.program.state() is State.RUNNING
    assert tree.run(1).steps == 13


def test_while_training_goes_on_the_moment_of_the_question_is_meant_and_none_that_is_gone(tree: Tree) -> None:
    tree.session.play()
    tree.ask()
    QTest.mouseClick(tree.dialog().cancel_button, LEFT)
    tree.program.until(lambda: tree.program.steps() > 30)
    assert len(tree.session.runs) == 1
    assert tree.session.at_live

    tree.ask()
    shown = tree.program.shown
    tree.program.until(lambda: tree.program.steps() > shown.step + 30)
    QTest.mouseClick(tree.dialog().train_button, LEFT)
    tree.program.until(lambda: tree.session.run.number == 2 and tree.session.history.steps > shown.step + 5)
    assert tree.run(2).root_step == shown.step
    assert tree.run(1).steps > shown.step + 30
    assert tree.program.state() is State.RUNNING

    tree.program.pause()
    tree.ask()
    tree.program.reset()
    QTest.mouseClick(tree.dialog().train_button, LEFT)
    assert [row.depth for row in tree.rows()] == [0, 1, 0]
    assert tree.program.text().startswith("The run has changed meanwhile")
