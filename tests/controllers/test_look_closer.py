"""The panels of "Look closer" in the program: they follow the cursor, the pad and the training, and lead back there."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.analysis.landscape import NO_PATH, TOO_FEW
from mnist_viz.analysis.subject import NO_EXAMPLES, NO_NEURON, NO_TRAINING
from mnist_viz.session.work import State
from mnist_viz.views.film_dialog import FilmChoice
from mnist_viz.views.questions.embedding import EmbeddingPanel
from mnist_viz.views.questions.health import HealthPanel
from mnist_viz.views.questions.landscape import LandscapePanel
from mnist_viz.views.questions.neighbours import NeighboursPanel
from mnist_viz.views.questions.neuron import NeuronPanel
from mnist_viz.views.questions.slow_motion import SlowMotionPanel
from tests.controllers.conftest import MakeGuest, Program

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
PAGES = range(4)


def look(program: Program, panel: NeuronPanel, page: int) -> str:
    panel.tabs.setCurrentIndex(page)
    program.settle()
    return panel.sentences[("reading", "answers", "role", "life")[page]]


def test_a_neuron_has_a_panel_by_its_key_a_click_or_a_choice(program: Program) -> None:
    QTest.keyClick(program.app.window, Qt.Key.Key_1, CTRL_ALT)
    panel = program.look_closer(NeuronPanel)
    assert panel.isVisible()
    assert panel.sentences["reading"].startswith(NO_NEURON)
    panel.layer.setFocus()
    QTest.keyClick(panel.layer, Qt.Key.Key_Down)
    program.until(lambda: panel.number.value() == 0)
    program.app.window.docks["draw"].raise_()
    program.app.weights.neuron_opened.emit(0, 3)
    program.settle()
    assert (panel.layer.currentData(), panel.number.value()) == (0, 3)
    program.app.activations.neuron_clicked.emit(1, 7)
    program.settle()
    assert (panel.layer.currentData(), panel.number.value()) == (1, 7)
    panel.sum.table.input_chosen.emit(5)
    program.settle()
    assert (panel.layer.currentData(), panel.number.value()) == (0, 5)


def test_what_is_said_of_a_neuron_follows_the_pad_and_the_training_and_leads_there(
    program: Program, guest: MakeGuest
) -> None:
    program.app.weights.neuron_opened.emit(0, 3)
    panel = program.look_closer(NeuronPanel)
    before = panel.sum.equation
    program.draw((0.3, 0.2), (0.5, 0.8))
    program.settle()
    assert "ReLU(z)" in panel.sum.equation
    assert panel.sum.equation != before
    look(program, panel, 1)
    drawn = program.app.drawing.picture
    panel.gallery.example_chosen.emit(panel.gallery.examples[0].number)
    example = program.app.drawing.picture
    assert example is not drawn
    assert example is not None
    assert program.app.drawing.label is not None
    look(program, panel, 2)
    panel.pad_button.click()
    assert program.app.drawing.picture is not example
    assert program.app.drawing.picture is not None

    program.train(3)
    said = [look(program, panel, page) for page in PAGES]
    assert panel.life.series[0][0].values.size == len(program.session.timeline.frames)
    program.session.go_to(0)
    program.rest()
    assert [look(program, panel, page) for page in PAGES[1:3]] != said[1:3]
    panel.moment_chosen.emit(3)
    program.rest()
    assert [look(program, panel, page) for page in PAGES] == said

    program.open_model(str(guest()))
    assert look(program, panel, 3)  # a network from a file has no moments
    assert look(program, panel, 0).startswith("z")


def test_the_embedding_follows_the_cursor_and_the_pad_and_is_filmed(program: Program, tmp_path: Path) -> None:
    panel = program.look_closer(EmbeddingPanel)
    program.train(3)
    seen = []
    for number in (0, len(program.session.timeline) - 1, 0):
        program.session.go_to(number)
        program.settle()
        seen.append(panel.cloud.picture(1.0))
    assert seen[0] == seen[2] != seen[1]  # a moment looks the same each time

    assert panel.cloud.star is None
    panel.cloud.clicked.emit(7)
    program.until(lambda: panel.cloud.star is not None and program.app.microscope.settled)
    assert program.session.dataset is not None
    assert program.app.drawing.label == program.session.dataset.validation.labels[7]
    assert panel.cloud.star is not None
    assert panel.cloud.nearest(*panel.cloud.star) == 7

    choice = FilmChoice(subject="embedding", format="png", label=False)
    program.app.film_export.make(choice, str(tmp_path / "film"))
    program.until(lambda: not program.app.film_export.is_filming)
    pictures = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "film").iterdir())]
    assert len(pictures) == len(program.session.timeline)
    assert all((one != other).any() for one, other in pairwise(pictures))


def test_layer_health_examines_each_moment_once_and_leads_to_it_and_to_its_units(program: Program) -> None:
    def columns() -> int:
        assert panel.strip.values is not None
        return int(panel.strip.values.shape[1])

    panel = program.look_closer(HealthPanel)
    assert panel.message == ""
    before = columns()
    program.train(2)
    program.settle()
    assert columns() == len(program.session.timeline) > before
    panel.strip.chosen.emit(0)
    program.settle()
    assert program.session.shown is program.first
    assert panel.strip.framed["chosen"] == (0, 0)
    heard: list[tuple[int, int]] = []
    program.app.display.neuron_chosen.connect(lambda layer, neuron: heard.append((layer, neuron)))
    panel.units.linkActivated.emit("0:5")
    assert heard == [(0, 5)]


def test_the_path_in_the_landscape_grows_with_the_training_and_leads_back_and_to_another_run(
    program: Program, guest: MakeGuest
) -> None:
    panel = program.look_closer(LandscapePanel)
    assert panel.said in (TOO_FEW, NO_PATH)
    program.train(3)
    program.until(lambda: "4 moments" in panel.said and program.app.microscope.settled)
    assert panel.plane.values is not None
    assert panel.plane.values.shape == (25, 25)
    assert panel.plane.shown_moment == 3
    panel.plane.moment_clicked.emit(1)
    program.until(lambda: panel.plane.shown_moment == 1)
    assert program.shown.step == 1

    program.session.branch(name="Other")
    program.rest()
    program.train(2)
    program.settle()
    panel.tabs.setCurrentIndex(2)
    panel.ends[1].choose("run 1")
    panel.ends[1].activated.emit(panel.ends[1].currentIndex())
    program.until(lambda: "to Run 1" in panel.said and program.app.microscope.settled)

    panel.tabs.setCurrentIndex(0)
    program.open_model(str(guest()))  # a network from a file has no path
    program.until(lambda: panel.said == TOO_FEW and program.app.microscope.settled)


def test_the_step_that_slow_motion_shows_is_the_one_that_is_made(program: Program) -> None:
    panel = program.look_closer(SlowMotionPanel)
    for optimizer in ("sgd", "adam"):
        program.session.change(replace(program.session.settings, optimizer=optimizer))
        program.settle()
        for step in range(program.steps(), program.steps() + 11):  # beyond the end of an epoch
            assert panel.motion is not None
            expected = panel.motion.step.after
            panel.player.slider.setValue(panel.player.slider.maximum())
            panel.do_step.click()
            program.rest()
            program.settle()
            assert program.steps() == step + 1
            tail = program.session.timeline.tail
            assert tail is not None
            assert tail.state is not None
            np.testing.assert_array_equal(tail.state.parameters, expected, err_msg=f"{optimizer}, step {step}")
            assert panel.player.stage == 0


def test_slow_motion_shows_a_setting_that_holds_from_the_next_step_and_says_where_there_is_none(
    program: Program, guest: MakeGuest
) -> None:
    panel = program.look_closer(SlowMotionPanel)
    program.session.change(replace(program.session.settings, learning_rate=0.5))
    program.until(lambda: panel.motion is not None and panel.motion.step.learning_rate == 0.5)
    panel.player.slider.setValue(1)
    program.app.display.choose(0, 5)
    program.until(lambda: panel.numbers.text().startswith("z₅ = "))
    program.session.play()
    program.until(lambda: panel.message == NO_TRAINING)
    program.session.pause()
    program.until(lambda: program.state() is State.PAUSED and panel.message == "")
    program.open_model(str(guest()))
    program.until(lambda: panel.message == NO_TRAINING)


def test_without_data_each_panel_says_what_is_missing(empty: Program, guest: MakeGuest) -> None:
    empty.open_model(str(guest()))
    assert empty.look_closer(EmbeddingPanel).message == NO_EXAMPLES
    empty.app.weights.neuron_opened.emit(0, 3)
    assert look(empty, empty.look_closer(NeuronPanel), 1) == NO_EXAMPLES
    empty.stroke((0.3, 0.3), (0.6, 0.6))
    empty.app.window.commands.ask_neighbours.trigger()
    assert "choose its data set" in empty.look_closer(NeighboursPanel).said("pixels")
