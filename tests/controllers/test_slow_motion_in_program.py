"""One batch in slow motion in the whole program: it is the batch that training takes next, with the same bits."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_viz.analysis.subject import NO_TRAINING
from mnist_viz.session.work import State
from mnist_viz.views.questions.slow_motion import SlowMotionPanel
from tests.controllers.conftest import MakeGuest, Program


def opened(program: Program) -> SlowMotionPanel:
    program.app.window.open_panel(SlowMotionPanel.key)
    program.until(lambda: SlowMotionPanel.key in program.app.microscope.panels)
    panel = program.app.microscope.panels[SlowMotionPanel.key]
    assert isinstance(panel, SlowMotionPanel)
    program.until(lambda: program.app.microscope.settled)
    return panel


def shown_after(program: Program) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    """The parameters after the step that the panel shows."""
    panel = program.app.microscope.panels[SlowMotionPanel.key]
    assert isinstance(panel, SlowMotionPanel)
    assert panel.motion is not None
    return panel.motion.step.after


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_step_that_was_shown_is_the_one_that_is_made(program: Program, optimizer: str) -> None:
    program.session.change(replace(program.session.settings, optimizer=optimizer))
    panel = opened(program)
    for step in range(11):  # beyond the end of an epoch
        expected = shown_after(program)
        panel.player.slider.setValue(panel.player.slider.maximum())
        panel.do_step.click()
        program.rest()
        program.until(lambda: program.app.microscope.settled)
        assert program.steps() == step + 1
        state = program.session.timeline.tail.state if program.session.timeline.tail is not None else None
        assert state is not None
        np.testing.assert_array_equal(state.parameters, expected)
        assert panel.stage == 0


def test_a_setting_that_holds_from_the_next_step_is_shown(program: Program) -> None:
    panel = opened(program)
    program.session.change(replace(program.session.settings, learning_rate=0.5))
    program.until(lambda: panel.motion is not None and panel.motion.step.learning_rate == 0.5)


def test_while_training_runs_it_says_what_to_do(program: Program) -> None:
    panel = opened(program)
    program.session.play()
    program.until(lambda: panel.message == NO_TRAINING)
    program.session.pause()
    program.until(lambda: program.state() is State.PAUSED and panel.message == "")


def test_a_network_from_a_file_has_no_next_batch(program: Program, guest: MakeGuest) -> None:
    panel = opened(program)
    program.open_model(str(guest()))
    program.until(lambda: panel.message == NO_TRAINING)


def test_a_neuron_that_is_chosen_elsewhere_is_chosen_here(program: Program) -> None:
    panel = opened(program)
    panel.player.slider.setValue(1)
    program.app.display.choose(0, 5)
    program.until(lambda: panel.numbers.text().startswith("z₅ = "))
