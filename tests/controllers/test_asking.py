"""From a mistake to its cause: a cell of the confusion matrix, a digit, and the panel that says why."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget

from mnist_viz.views.gallery import Gallery
from mnist_viz.views.questions.neighbours import NeighboursPanel
from mnist_viz.views.questions.why import WhyPanel
from tests.controllers.conftest import Program
from tests.views.hand import click

QUESTIONS = ["Why this digit?", "Nearest training digits", "What the neurons said"]


def offered(widget: QWidget) -> list[str]:
    return [action.text() for action in widget.actions()]


@pytest.fixture
def mistakes(program: Program) -> Gallery:
    """The gallery of the panel "Errors", of the cell 3 read as what an untrained network reads most."""
    app = program.app
    app.window.open_panel("errors")
    program.until(lambda: app.mistakes.settled and app.errors.answers is not None)
    answers = app.errors.answers
    assert answers is not None
    wrong = answers.confusion * (1 - np.eye(10, dtype=np.int64))
    label, answer = np.unravel_index(int(wrong.argmax()), wrong.shape)
    app.errors.matrix.cell_chosen.emit(int(label), int(answer))
    assert app.errors.gallery.examples
    return app.errors.gallery


def test_a_mistake_is_asked_about_and_a_drawing_stays_on_the_pad_when_it_is(
    program: Program, mistakes: Gallery
) -> None:
    click(mistakes, mistakes.visualRect(mistakes.model().index(0, 0)).center())
    assert (program.picture == mistakes.examples[0].image).all()
    mistakes.setFocus()
    QTest.keyClick(mistakes, Qt.Key.Key_W)
    program.until(lambda: "why" in program.app.microscope.panels)
    why = program.look_closer(WhyPanel)
    assert why.heading.texts[0].startswith("Read as")
    program.app.draw.pad.undo()  # it was on the pad already: asking is nothing to undo
    assert program.app.drawing.picture is None

    mistakes.setCurrentIndex(mistakes.model().index(0, 0))
    mistakes.setFocus()
    next(action for action in mistakes.actions() if action.text() == "Nearest training digits").trigger()
    program.until(lambda: "neighbours" in program.app.microscope.panels)
    assert (program.picture == mistakes.examples[0].image).all()
    panel = program.look_closer(NeighboursPanel)
    assert "of 100 digits" in panel.said("pixels")
    assert "read as" in panel.said("activations")
    gallery = panel.galleries["pixels"]
    assert offered(gallery)[:3] == QUESTIONS
    gallery.example_chosen.emit(gallery.examples[0].number)
    assert (program.picture == gallery.examples[0].image).all()
    assert "From the training set" in program.note()

    mistakes.setCurrentIndex(mistakes.model().index(0, 0))
    program.stroke((0.3, 0.3), (0.6, 0.6))
    drawn = program.picture
    program.app.window.docks["activations"].hide()
    QTest.keyClick(program.app.window, Qt.Key.Key_S)
    assert not program.app.window.docks["activations"].isHidden()
    assert program.app.drawing.picture is drawn


def test_every_gallery_the_pad_and_its_answer_offer_the_same(program: Program) -> None:
    for key in ("neuron", "embedding"):
        program.app.window.open_panel(key)
    program.until(lambda: {"neuron", "embedding"} <= set(program.app.microscope.panels))
    galleries = program.app.window.findChildren(Gallery)
    assert {gallery.objectName() for gallery in galleries} == {
        "error-pictures", "only-a", "only-b", "neuron-examples", "embedding-pictures",
    }  # fmt: skip
    for gallery in galleries:
        assert offered(gallery)[:3] == QUESTIONS
    assert offered(program.app.draw.pad)[:3] == QUESTIONS
    ask = program.button("ask")
    assert isinstance(ask, QToolButton)
    menu = ask.menu()
    assert menu is not None
    assert offered(menu) == QUESTIONS
