"""Training on from a network that was pruned in the panel, in the whole program."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from mnist_viz.analysis.pruning import NOT_FINITE
from mnist_viz.data.datasets import DIGITS
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Model
from mnist_viz.views.questions.pruning import PruningPanel
from tests.controllers.conftest import MakeGuest, Program


@pytest.fixture
def panel(program: Program) -> PruningPanel:
    """The panel, at a network of 10 batches."""
    program.train(10)
    return program.look_closer(PruningPanel)


def click(program: Program, button: str) -> None:
    widget = program.app.window.findChild(QPushButton, button)
    assert isinstance(widget, QPushButton)
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def smallest(model: Model, share: float) -> list[NDArray[np.bool_]]:
    """Which weights of each layer are among the smallest of all, by sorting them."""
    flat = np.abs(np.concatenate([each.ravel() for each in model.weights]))
    limit = np.sort(flat)[round(share * len(flat)) - 1]
    return [np.abs(each) <= limit for each in model.weights]


def train_an_epoch(program: Program, run: int) -> None:
    session = program.session
    program.until(lambda: session.run.number == run and session.history.steps >= session.run.root_step + 20)
    session.pause()
    program.rest()
    session.go_live()


def test_what_is_pruned_stays_gone_in_the_branch_that_goes_on(program: Program, panel: PruningPanel) -> None:
    parent, gone = program.session.run, smallest(program.shown.model, 0.8)
    panel.slider.setValue(800)
    program.settle()
    assert panel.sentences[1].startswith("80% pruned: ")
    click(program, "pruning-branch")
    train_an_epoch(program, 2)
    run = program.session.run
    assert (run.name, run.parent, run.root_step) == ("80% pruned", parent.number, 10)
    assert [(one.step, one.kind) for one in run.incidents] == [(10, "edited")]
    assert run.settings.keep_zeros
    for weights, zeros in zip(program.shown.model.weights, gone, strict=True):
        assert not weights[zeros].any()
        assert weights[~zeros].all()
    program.app.window.open_panel("runs")
    program.app.tick()
    row = next(row for row in program.app.runs.tree.rows if row.number == 2)
    assert (row.name, row.origin, row.settings) == ("80% pruned", "from epoch 1 of Run 1", "keep zeros off → on")
    marks = [(mark.step, mark.kind) for group in program.app.timeline.track.groups for mark in group.marks]
    assert (10, "edited") in marks
    assert not panel.choice()  # what is shown now is seen as it is


def test_the_edits_stay_until_they_can_be_trained_and_the_first_weights_without_what_was_pruned(
    program: Program, panel: PruningPanel, settings: Settings, guest: MakeGuest
) -> None:
    panel.slider.setValue(500)
    before = program.session.timeline.frames[0]
    program.session.go_to(0)
    program.settle()
    total = sum(each.size for each in before.model.weights)
    assert panel.sentences[1] == f"Not trained yet. 50% pruned: {round(total / 2):,} of {total:,} weights are zero"
    program.open_model(str(guest()))
    program.settle()
    assert panel.sentences[1].startswith("50% pruned: ")
    click(program, "pruning-branch")
    assert "no recorded moments" in program.text()
    assert panel.choice().share == 0.5
    assert len(program.session.runs) == 1
    network = Network((784, 8, 10))
    network.parameters[:] = np.nan
    program.session.show_guest(Model.of(network), DIGITS)
    program.settle()
    assert panel.message == NOT_FINITE
    program.session.go_live()
    program.settle()
    assert panel.message == ""

    first, gone = program.first.model, smallest(program.shown.model, 0.8)
    panel.slider.setValue(800)
    click(program, "pruning-restart")
    train_an_epoch(program, 2)
    run = program.session.run
    assert (run.name, run.parent) == ("First weights, 80% pruned", None)
    begun = program.first
    for own, whole, zeros in zip(begun.model.weights, first.weights, gone, strict=True):
        np.testing.assert_array_equal(own, np.where(zeros, 0, whole))
    for weights, zeros in zip(program.shown.model.weights, gone, strict=True):
        assert not weights[zeros].any()
    assert [(one.step, one.kind) for one in run.incidents] == [(0, "edited")]

    # A network without hidden layers can be pruned too.
    program.reset(replace(settings, hidden=()))
    program.settle()
    panel.slider.setValue(900)
    program.app.display.choose(0, 3)
    panel.tabs.setCurrentIndex(1)
    program.settle()
    panel.neuron.removed.click()
    program.settle()
    assert panel.sentences[1].startswith("Not trained yet. 90% pruned, 1 neuron removed")
    assert "%" in panel.sentences[0]
