"""Training on from a network that was pruned in the panel, in the whole program."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.work import State
from mnist_viz.views.questions.pruning import PruningPanel
from tests.controllers.conftest import Program

Weights = tuple[np.ndarray, ...]


@pytest.fixture
def panel(program: Program) -> PruningPanel:
    """The panel, at a network of 30 batches."""
    program.train(30)
    return opened(program)


def opened(program: Program) -> PruningPanel:
    program.app.window.open_panel(PruningPanel.key)
    program.until(lambda: PruningPanel.key in program.app.microscope.panels)
    panel = program.app.microscope.panels[PruningPanel.key]
    assert isinstance(panel, PruningPanel)
    settle(program)
    return panel


def settle(program: Program) -> None:
    program.until(lambda: program.app.microscope.settled)


def click(program: Program, button: str) -> None:
    widget = program.app.window.findChild(object, button)  # type: ignore[call-overload]
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def shown(program: Program) -> Model:
    frame = program.session.shown
    assert frame is not None
    return frame.model


def smallest(model: Model, share: float) -> list[np.ndarray]:
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


@pytest.mark.parametrize("batch_norm", [False, True])
def test_what_is_pruned_stays_gone_in_the_branch_that_goes_on(
    program: Program, settings: Settings, batch_norm: bool
) -> None:
    program.session.reset(replace(settings, batch_norm=batch_norm))
    program.rest()
    program.train(30)
    panel = opened(program)
    parent, gone = program.session.run, smallest(shown(program), 0.8)
    panel.slider.setValue(800)
    settle(program)
    assert panel.sentences[1].startswith("80% pruned: ")
    click(program, "pruning-branch")
    train_an_epoch(program, 2)
    run = program.session.run
    assert (run.name, run.parent, run.root_step) == ("80% pruned", parent.number, 30)
    assert [(one.step, one.kind) for one in run.incidents] == [(30, "edited")]
    assert run.settings.keep_zeros
    for weights, zeros in zip(shown(program).weights, gone, strict=True):
        assert not weights[zeros].any()
        assert weights[~zeros].all()
    assert program.app.runs.tree.list.topLevelItemCount() >= 1
    assert not panel.choice()  # what is shown now is seen as it is


def test_the_first_weights_are_trained_again_without_what_was_pruned(program: Program, panel: PruningPanel) -> None:
    first, gone = program.first.model, smallest(shown(program), 0.8)
    panel.slider.setValue(800)
    click(program, "pruning-restart")
    train_an_epoch(program, 2)
    run = program.session.run
    assert (run.name, run.parent) == ("First weights, 80% pruned", None)
    begun = program.first
    for own, whole, zeros in zip(begun.model.weights, first.weights, gone, strict=True):
        np.testing.assert_array_equal(own, np.where(zeros, 0, whole))
    for weights, zeros in zip(shown(program).weights, gone, strict=True):
        assert not weights[zeros].any()
    assert [(one.step, one.kind) for one in run.incidents] == [(0, "edited")]
