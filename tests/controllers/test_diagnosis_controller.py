"""A run that does not learn: said when it happens, helped by one click, and gone with the run that it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mnist_viz.engine.diagnosis import Finding
from mnist_viz.session.work import State
from mnist_viz.session.worker import Tested as Measured  # pytest would take its own name for a test

if TYPE_CHECKING:
    from tests.controllers.conftest import Program

DEAD = "All 8 neurons of hidden layer 1 stopped firing at batch 9: the learning rate 0.1 is too high."
BACK = "Back to epoch 1, batch 7 with rate 0.01"


@pytest.fixture
def dead(program: Program) -> Program:
    """Something was found at batch 9."""
    program.train(9)
    program.session.diagnosed.emit(
        Finding("dead-layer", 9, DEAD, 7, replace(program.session.settings, learning_rate=0.01))
    )
    return program


def test_what_was_found_is_said_with_its_remedy_also_at_the_end_and_one_click_trains_on_with_it(dead: Program) -> None:
    assert (dead.kind(), dead.text(), dead.buttons()) == ("error", DEAD, [BACK])

    dead.session.tested.emit(Measured(9, 2.3, 0.1))
    assert dead.text() == f"The network only guesses: 10.00% of the test digits are right. {DEAD}"
    assert dead.buttons() == [BACK]

    dead.press(BACK)
    dead.until(lambda: dead.state() is State.RUNNING and dead.steps() > 12)
    run = dead.session.run
    assert (run.name, run.root_step, run.settings.learning_rate) == ("rate 0.01", 7, 0.01)
    assert dead.text() == ""


def test_a_mild_finding_is_no_error_a_grave_one_starts_again_and_what_was_said_goes_with_its_run(dead: Program) -> None:
    dead.choose_preset("relu-128")
    assert dead.text() == "A new network. Run 1, which trained 9 batches, is kept in Runs."
    dead.app.notices.clear()
    assert dead.text() == ""

    dead.train(3)
    settings = replace(dead.session.settings, dropout=0.2)
    dead.session.diagnosed.emit(Finding("overfitting", 3, "Overfitting.", 1, settings))
    assert dead.kind() == "info"
    assert dead.buttons() == ["Back to epoch 1 with dropout 0.2"]

    dead.train(1)
    other = replace(dead.session.settings, activation="tanh")
    dead.session.diagnosed.emit(Finding("vanishing", 1, "The gradient vanishes.", 0, other))
    dead.press("Start again with activation Tanh")
    dead.rest()
    assert (dead.session.settings.activation, dead.steps()) == ("tanh", 0)
