"""The panel of one batch in slow motion: its stages, what is chosen, and the step at the end."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.slow_motion import SlowMotion
from mnist_viz.views.questions import stage_player
from mnist_viz.views.questions.slow_motion import SlowMotionPanel
from mnist_viz.views.theme import LIGHT
from mnist_viz.views.widgets import recolor
from tests.slow_steps import slow_motion_of, trainer_of
from tests.views.hand import shown

LAST = 14


@pytest.fixture
def motion() -> SlowMotion:
    return slow_motion_of(trainer_of())


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, motion: SlowMotion) -> SlowMotionPanel:
    monkeypatch.setattr(stage_player, "_STAGE_MS", 1)
    panel = shown(qtbot, SlowMotionPanel(), 760, 480)
    recolor(panel, LIGHT)
    panel.set_answer("step", motion)
    return panel


def click_neuron(panel: SlowMotionPanel, layer: int, neuron: int) -> None:
    at = panel.figure.neuron_rect(layer, neuron).center().toPoint()
    QTest.mouseClick(panel.figure.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))


def test_it_begins_with_the_pixels_and_says_where_only_the_first_pictures_of_a_batch_are_shown(
    panel: SlowMotionPanel, motion: SlowMotion
) -> None:
    assert panel.heading.texts[0] == "1 of 15 · The pixels go in"
    assert panel.numbers.text().startswith("Picture 1 of 20, labelled ")
    assert not panel.player.back.isEnabled()
    assert not panel.do_step.isEnabled()
    assert not panel.count.isVisible()
    panel.set_answer("step", replace(motion, step=replace(motion.step, samples=128)))
    assert panel.count.isVisible()
    assert panel.count.text() == "First 20 of 128"


def test_with_no_neuron_chosen_in_the_program_it_keeps_its_own(panel: SlowMotionPanel) -> None:
    panel.set_answer("neuron", (0, 1))
    before = panel.weights_name.texts
    panel.set_answer("neuron", None)
    assert panel.weights_name.texts == before


def test_buttons_and_slider_go_through_the_stages(panel: SlowMotionPanel) -> None:
    panel.player.next.click()
    panel.player.next.click()
    assert panel.heading.texts[0] == "3 of 15 · Forwards: the activations of hidden layer 1"
    assert panel.formula.text() == "a = Tanh(z)"
    panel.player.back.click()
    assert panel.player.stage == 1
    panel.player.slider.setValue(LAST)
    assert panel.heading.texts[0] == "15 of 15 · Update: SGD"
    assert panel.formula.text() == "w ← w − η g"
    assert not panel.player.next.isEnabled()


def test_it_plays_to_the_end_and_from_there_anew(qtbot: QtBot, panel: SlowMotionPanel) -> None:
    panel.player.play.click()
    assert panel.player.is_playing
    qtbot.waitUntil(lambda: panel.player.stage == LAST)
    assert not panel.player.is_playing
    panel.player.play.click()
    assert panel.player.stage < LAST


def test_it_stops_playing_when_a_stage_is_chosen_when_it_is_hidden_or_with_a_problem(panel: SlowMotionPanel) -> None:
    panel.player.play.click()
    panel.player.next.click()
    assert not panel.player.is_playing
    panel.player.play.click()
    panel.hide()
    assert not panel.player.is_playing
    panel.player.play.click()
    panel.set_problem("step", "Pause the training")
    assert panel.message == "Pause the training"
    assert not panel.player.is_playing


def test_a_picture_of_the_batch_is_followed(panel: SlowMotionPanel, motion: SlowMotion) -> None:
    label = motion.class_names[int(motion.step.labels[4])]
    panel.pictures.example_chosen.emit(4)
    assert panel.numbers.text().startswith(f"Picture 5 of 20, labelled {label}: ")
    assert panel.pictures.examples[4].tooltip.startswith(f"Picture 5 of 20: labelled {label}, read as ")
    panel.player.slider.setValue(7)
    assert panel.numbers.text().startswith(f"L = −log p({label}) = ")


def test_a_click_chooses_the_neuron_everywhere(qtbot: QtBot, panel: SlowMotionPanel, motion: SlowMotion) -> None:
    panel.player.slider.setValue(1)
    with qtbot.waitSignal(panel.neuron_chosen) as emitted:
        click_neuron(panel, 0, 3)
    assert emitted.args == [0, 3]
    assert panel.numbers.text().startswith("z₃ = Σ w x + b = ")
    assert panel.figure.marked["chosen"] == (0, 3)
    shown = panel.weights.values
    assert shown is not None
    np.testing.assert_array_equal(shown.ravel(), motion.before.layers[0].weights[:, 3])
    panel.player.slider.setValue(LAST)
    click_neuron(panel, 2, 1)
    assert panel.figure.marked["chosen"] == (2, 1)
    assert "neuron" in panel.numbers.text()


def test_hovering_reads_any_neuron(panel: SlowMotionPanel, motion: SlowMotion) -> None:
    panel.player.slider.setValue(1)
    panel.figure.neuron_hovered.emit(1, 2)
    assert panel.reading.texts[0] == "Hidden 2, neuron 2: nothing has come there yet"
    panel.player.slider.setValue(6)
    panel.figure.neuron_hovered.emit(2, 0)
    assert panel.reading.texts[0].startswith(f"Output ant: p = {motion.step.layers[2].outputs[0, 0]:.4g}")


def test_the_step_is_made_at_the_end_and_the_next_batch_begins(qtbot: QtBot, panel: SlowMotionPanel) -> None:
    panel.player.slider.setValue(LAST)
    with qtbot.waitSignal(panel.step_requested):
        panel.do_step.click()
    assert not panel.do_step.isEnabled()
    panel.set_answer("step", slow_motion_of(trainer_of(seed=7)))
    assert panel.player.stage == 0


def test_the_same_batch_with_other_settings_stays_at_its_stage(panel: SlowMotionPanel) -> None:
    trainer = trainer_of()
    trainer.change(replace(trainer.settings, learning_rate=0.5))
    panel.player.slider.setValue(LAST)
    panel.set_answer("step", slow_motion_of(trainer))
    assert panel.player.stage == LAST
    assert " − 0.5 · " in panel.numbers.text()


def test_what_was_chosen_stays_for_the_next_batch(panel: SlowMotionPanel) -> None:
    panel.player.slider.setValue(1)
    click_neuron(panel, 0, 3)
    panel.pictures.example_chosen.emit(4)
    panel.set_answer("step", slow_motion_of(trainer_of(seed=7)))
    assert panel.numbers.text().startswith("Picture 5 of 20")
    panel.player.slider.setValue(1)
    assert panel.numbers.text().startswith("z₃ = ")


def test_another_network_begins_anew(panel: SlowMotionPanel) -> None:
    panel.player.slider.setValue(LAST)
    panel.set_answer("step", slow_motion_of(trainer_of(hidden=())))
    assert panel.heading.texts[0] == "1 of 7 · The pixels go in"
    panel.set_answer("step", slow_motion_of(trainer_of(hidden=(5,) * 16, batch_size=1)))
    assert panel.player.slider.maximum() == 70
