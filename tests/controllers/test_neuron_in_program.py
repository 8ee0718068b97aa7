"""The panel Neuron in the whole program."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.analysis.subject import NO_EXAMPLES, NO_NEURON
from mnist_viz.views.questions.neuron import NeuronPanel
from tests.controllers.conftest import MakeGuest, Program

PAGES = range(4)


def opened(program: Program, layer: int = 0, neuron: int = 3) -> NeuronPanel:
    program.app.weights.neuron_opened.emit(layer, neuron)
    program.until(lambda: "neuron" in program.app.microscope.panels)
    panel = program.app.microscope.panels["neuron"]
    assert isinstance(panel, NeuronPanel)
    settle(program)
    return panel


def settle(program: Program) -> None:
    program.app.microscope.refresh()
    program.until(lambda: program.app.microscope.settled)


def look(program: Program, panel: NeuronPanel, page: int) -> str:
    panel.tabs.setCurrentIndex(page)
    settle(program)
    return panel.sentences[("reading", "answers", "role", "life")[page]]


def test_it_opens_in_front_and_shows_the_neuron_that_is_clicked_anywhere(program: Program) -> None:
    panel = opened(program, 0, 3)
    assert panel.isVisible()
    assert (panel.layer.currentData(), panel.number.value()) == (0, 3)
    program.app.activations.neuron_clicked.emit(1, 7)
    settle(program)
    assert (panel.layer.currentData(), panel.number.value()) == (1, 7)
    panel.sum.table.input_chosen.emit(5)
    settle(program)
    assert (panel.layer.currentData(), panel.number.value()) == (0, 5)


def test_it_has_a_key_and_then_asks_for_a_neuron(program: Program) -> None:
    QTest.keyClick(
        program.app.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    program.until(lambda: "neuron" in program.app.microscope.panels)
    panel = program.app.microscope.panels["neuron"]
    assert isinstance(panel, NeuronPanel)
    program.until(lambda: panel.sentences["reading"].startswith(NO_NEURON))
    panel.layer.setFocus()
    QTest.keyClick(panel.layer, Qt.Key.Key_Down)
    program.until(lambda: panel.number.value() == 0)


def test_the_sum_follows_what_is_on_the_pad_and_what_is_chosen_goes_there(program: Program) -> None:
    panel = opened(program)
    before = panel.sum.equation
    program.draw((0.3, 0.2), (0.5, 0.8))
    settle(program)
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


def test_all_of_it_follows_the_training_and_the_way_back(program: Program) -> None:
    panel = opened(program)
    program.train(3)
    said = [look(program, panel, page) for page in PAGES]
    assert panel.life.series[0].size == len(program.session.timeline.frames)
    program.session.go_to(0)
    program.rest()
    assert [look(program, panel, page) for page in PAGES[1:3]] != said[1:3]
    panel.moment_chosen.emit(3)
    program.rest()
    assert [look(program, panel, page) for page in PAGES] == said


def test_of_a_network_from_a_file_there_are_no_moments(program: Program, guest: MakeGuest) -> None:
    panel = opened(program)
    program.open_model(str(guest()))
    assert look(program, panel, 3)
    assert look(program, panel, 0).startswith("z")


@pytest.mark.usefixtures("empty")
def test_without_data_it_says_what_is_missing(empty: Program, guest: MakeGuest) -> None:
    empty.open_model(str(guest()))
    panel = opened(empty)
    assert look(empty, panel, 1) == NO_EXAMPLES
