"""The panel in which the network is edited: what hands do to it, what it asks then, and what it says."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.pruning import Edits, accuracy_after, accuracy_by_share, edited_network
from mnist_viz.analysis.subject import NO_EXAMPLES, NO_NEURON, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape
from mnist_viz.views.questions.pruning import PruningPanel
from tests.views.hand import LEFT, cell, drag, shown

NAMES = ("cat", "dog", "cow")


class Asked:
    """Answers the panel's questions as the program does."""

    def __init__(self, qtbot: QtBot) -> None:
        self.neuron: tuple[int, int] | None = (0, 2)
        self.shape: Shape = (6, 6)
        self.sizes: tuple[int, ...] = (36, 5, 3)
        self.panel = shown(qtbot, PruningPanel(), 640, 460)
        self.panel.choice_changed.connect(self.answer)
        self.answer()

    @property
    def subject(self) -> Subject:
        network = Network(self.sizes, "relu")
        network.parameters[:] = np.random.default_rng(1).normal(0, 0.4, network.parameters.shape)
        images = np.random.default_rng(3).integers(0, 256, (40, self.sizes[0]), dtype=np.uint8)
        probe = Probe(images, np.arange(40) % 3, NAMES, self.shape, "made in a test", "animals")
        return Subject(network, 7, NAMES, self.shape, images[0].reshape(self.shape), neuron=self.neuron, examples=probe)

    def answer(self) -> None:
        subject, edits = self.subject, self.panel.choice()
        self.panel.set_answer("edited", edited_network(subject, edits, UNWATCHED))
        self.panel.set_answer("accuracy", accuracy_after(subject, edits, UNWATCHED))

    def choose(self, neuron: tuple[int, int] | None) -> None:
        self.neuron = neuron
        self.panel.tabs.setCurrentIndex(1)
        self.answer()

    def at(self, number: int) -> QPoint:
        """Where the weight from this input is."""
        return cell(self.panel.neuron.picture, *self.panel.neuron.picture.place_of(number))

    def click(self, number: int) -> None:
        QTest.mouseClick(self.panel.neuron.picture.viewport(), LEFT, pos=self.at(number))


@pytest.fixture
def asked(qtbot: QtBot) -> Asked:
    return Asked(qtbot)


def test_before_any_edit_it_says_what_the_network_is(asked: Asked) -> None:
    accuracy, edits, reading = asked.panel.sentences
    assert accuracy.endswith("% of 40 validation animals right")
    assert edits == "0 of 195 weights are zero"
    assert reading.startswith("Reads the picture on the pad as ")
    assert not asked.panel.branch_button.isEnabled()
    assert not asked.panel.undo_button.isEnabled()


def test_the_slider_prunes_and_each_move_is_undone_by_itself(asked: Asked) -> None:
    panel = asked.panel
    for share in (100, 400, 800):
        panel.slider.setValue(share)
    assert panel.choice() == Edits(0.8)
    assert panel.sentences[1] == "80% pruned: 156 of 195 weights are zero"
    assert "→" in panel.sentences[0]
    panel.undo_button.click()
    assert panel.choice() == Edits()
    assert panel.slider.value() == 0
    for share in (300, 600):
        panel.slider.setValue(share)
        panel.slider.sliderReleased.emit()
    panel.undo()
    assert panel.choice().share == 0.3


def test_a_click_in_the_curve_sets_the_share_where_it_is_seen(asked: Asked) -> None:
    panel = asked.panel
    panel.set_answer("curve", accuracy_by_share(asked.subject, None, UNWATCHED))
    panel.curve.place_chosen.emit(0.25)
    assert panel.slider.value() == 250
    panel.by_layer.click()
    assert panel.choice() == Edits(0.25, by_layer=True)
    assert set(asked.panel.wanted()) == {"edited", "accuracy", "curve"}
    asked.panel.tabs.setCurrentIndex(1)
    assert set(asked.panel.wanted()) == {"edited", "accuracy"}


def test_a_neuron_is_removed_and_put_back(asked: Asked) -> None:
    asked.choose((0, 4))
    asked.panel.neuron.removed.click()
    assert asked.panel.choice().removed == {(0, 4)}
    assert asked.panel.sentences[1] == "1 neuron removed: 39 of 195 weights are zero"
    asked.choose((0, 3))
    assert not asked.panel.neuron.removed.isChecked()
    asked.choose((0, 4))
    assert asked.panel.neuron.removed.isChecked()
    asked.panel.neuron.removed.click()
    assert not asked.panel.choice()


def test_the_mouse_rubs_weights_out_and_one_undo_brings_them_back(asked: Asked) -> None:
    asked.choose((0, 2))
    drag(asked.panel.neuron.picture, asked.at(7), asked.at(10))
    assert asked.panel.choice().weights == {(0, number, 2): 0.0 for number in (7, 8, 9, 10)}
    values = asked.panel.neuron.picture.values
    assert values is not None
    assert np.isnan(values[1, 1:5]).all()
    assert np.isfinite(values[0]).all()
    asked.panel.undo()
    assert not asked.panel.choice()


def test_a_weight_is_set_by_hand_and_what_is_being_typed_stays_when_an_answer_comes(asked: Asked) -> None:
    asked.choose((0, 2))
    assert not asked.panel.neuron.value.isEnabled()
    asked.click(8)
    QTest.keyClicks(asked.panel.neuron.value.lineEdit(), "x")  # no number
    asked.panel.neuron.value.lineEdit().setText("1.5")
    QTest.keyClick(asked.panel.neuron.value, Qt.Key.Key_Return)
    assert asked.panel.choice().weights == {(0, 8, 2): 1.5}
    asked.panel.neuron.value.lineEdit().setText("1e30")
    QTest.keyClick(asked.panel.neuron.value, Qt.Key.Key_Return)
    assert asked.panel.choice().weights == {(0, 8, 2): 1.5}
    assert asked.panel.neuron.value.value() == 1.5


def test_what_is_being_typed_stays_when_an_answer_comes(asked: Asked) -> None:
    asked.choose((0, 2))
    asked.click(8)
    asked.panel.neuron.value.setFocus()
    asked.panel.neuron.value.selectAll()
    QTest.keyClicks(asked.panel.neuron.value, "0.2")
    asked.answer()
    QTest.keyClicks(asked.panel.neuron.value, "5")
    QTest.keyClick(asked.panel.neuron.value, Qt.Key.Key_Return)
    assert asked.panel.choice().weights == {(0, 8, 2): 0.25}


def test_the_keyboard_chooses_weights_from_neurons_and_colours_and_rubs_them_out(asked: Asked) -> None:
    asked.choose((0, 2))
    picture = asked.panel.neuron.picture
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(picture, key)
    assert picture.chosen == 6
    QTest.keyClick(picture, Qt.Key.Key_Delete)
    assert asked.panel.choice().weights == {(0, 6, 2): 0.0}
    asked.choose((1, 0))
    asked.click(4)
    QTest.keyClick(asked.panel.neuron.picture, Qt.Key.Key_Delete)
    assert asked.panel.choice().weights == {(0, 6, 2): 0.0, (1, 4, 0): 0.0}
    asked.shape, asked.sizes = (3, 4, 3), (36, 5, 3)
    asked.choose((0, 0))
    for number in (0, 1, 35):
        asked.click(number)
        assert asked.panel.neuron.picture.chosen == number


def test_edits_are_told_with_what_is_wanted_and_forgotten_for_another_network(asked: Asked, qtbot: QtBot) -> None:
    asked.panel.slider.setValue(500)
    with qtbot.waitSignal(asked.panel.branch_requested) as branch:
        asked.panel.branch_button.click()
    with qtbot.waitSignal(asked.panel.restart_requested) as restart:
        asked.panel.restart_button.click()
    assert branch.args == restart.args == [Edits(0.5)]
    asked.sizes = (36, 7, 3)
    asked.answer()
    assert not asked.panel.choice()
    assert not asked.panel.undo_button.isEnabled()


def test_where_there_is_no_answer_a_sentence_says_why(asked: Asked) -> None:
    asked.choose(None)
    assert asked.panel.neuron_page.message == NO_NEURON
    for name in ("accuracy", "curve"):
        asked.panel.set_problem(name, NO_EXAMPLES)
    assert asked.panel.sentences[0] == NO_EXAMPLES
    assert asked.panel.curve.note == NO_EXAMPLES
    asked.panel.set_problem("edited", "It has diverged")
    assert asked.panel.message == "It has diverged"
