"""The panel that looks closely at one neuron: answers in, words and signals out."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.neuron import NOT_FINITE, read_neuron
from mnist_viz.analysis.subject import NO_EXAMPLES, NO_NEURON, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from mnist_viz.views.questions.neuron import NeuronPanel
from mnist_viz.views.theme import DARK, LIGHT
from mnist_viz.views.widgets import recolor
from tests.analysis.neurons import network, pictures, subject
from tests.views.hand import click, double_click, inside, shown

PICTURE = np.random.default_rng(7).integers(0, 256, (5, 5), dtype=np.uint8)
SUM, EXAMPLES, ROLE, LIFE = range(4)


@pytest.fixture
def panel(qtbot: QtBot) -> NeuronPanel:
    return shown(qtbot, NeuronPanel(), 560, 400)


def ask(panel: NeuronPanel, about: Subject) -> None:
    """What the controller does."""
    for name in panel.wanted():
        try:
            answer = panel.questions[name].answer(about, panel.choice(), UNWATCHED)
        except ValueError as error:
            panel.set_problem(name, str(error))
        else:
            panel.set_problem(name, "")
            panel.set_answer(name, answer)


def look(panel: NeuronPanel, page: int, about: Subject) -> str:
    """Look at a page, and return what it says first."""
    panel.tabs.setCurrentIndex(page)
    ask(panel, about)
    return panel.sentences[("reading", "answers", "role", "life")[page]]


def heard(signal) -> list[object]:  # type: ignore[no-untyped-def]
    found: list[object] = []
    signal.connect(lambda *values: found.append(values if len(values) > 1 else values[0]))
    return found


def by_hand(neuron: tuple[int, int] = (0, 0)) -> Subject:
    shown = Network((2, 2, 2), "relu")
    shown.parameters[:] = [3, -1, 1, 0, -0.5, 0.25, 2, -1, 5, 6, 0.5, 0]
    return Subject(shown, 0, ("yes", "no"), None, np.array([255, 51], np.uint8), None, neuron)


def test_the_sum_is_told_with_its_numbers_and_of_an_output_the_probability(panel: NeuronPanel) -> None:
    assert look(panel, SUM, by_hand()) == "z = 3.20 from its inputs + bias (−0.50) = 2.70  ·  ReLU(z) = 2.70"
    text = look(panel, SUM, by_hand((1, 0)))
    assert text == "z = 5.40 from its inputs + bias 0.50 = 5.90  ·  softmax of all z: 100.0% for yes"


def test_the_strongest_contribution_comes_first_and_a_click_leads_to_that_neuron(panel: NeuronPanel) -> None:
    about = subject(network(25, 8, 6, 4), (1, 2), picture=PICTURE)
    look(panel, SUM, about)
    contributions = read_neuron(about, None, UNWATCHED).contributions
    assert contributions is not None
    first = panel.sum.table.topLevelItem(0)
    assert first is not None
    assert int(first.text(0)) == int(np.abs(contributions).argmax())
    chosen = heard(panel.neuron_chosen)
    table = panel.sum.table
    item = table.topLevelItem(1)
    assert item is not None
    click(table, table.visualItemRect(item).center())
    table.setCurrentItem(item)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert chosen == [(0, int(item.text(0)))] * 2


def test_the_weight_of_a_pixel_is_told_at_the_mouse_with_a_drawing_or_without(panel: NeuronPanel) -> None:
    look(panel, SUM, subject(network(25, 8, 4), (0, 3)))
    assert panel.sum.contributions.note == panel.sum.votes.note == "Draw a digit"
    assert panel.sum.weights.values is not None
    about = subject(network(25, 8, 4), (0, 3), picture=PICTURE)
    look(panel, SUM, about)
    panel.sum.weights.hovered.emit(1, 2)
    assert panel.sum.equation.startswith("Pixel (2, 1): weight ")
    panel.sum.weights.hovered.emit(-1, -1)
    assert panel.sum.equation.startswith("z = ")


def test_the_pictures_that_excite_it_lead_to_the_pad(panel: NeuronPanel) -> None:
    text = look(panel, EXAMPLES, subject(network(25, 8, 4), (0, 3), examples=pictures()))
    assert text.startswith("Most to ")
    assert "Silent on" in text
    assert "of 300 pictures" in text
    chosen = heard(panel.example_chosen)
    panel.gallery.setFocus()
    panel.gallery.setCurrentIndex(panel.gallery.model().index(2, 0))
    QTest.keyClick(panel.gallery, Qt.Key.Key_Return)
    assert chosen == [panel.gallery.examples[2].number]


def test_a_dead_neuron_is_called_dead(panel: NeuronPanel) -> None:
    shown = network(25, 8, 4)
    assert shown.layers[0].biases is not None
    shown.layers[0].biases[:] = -100
    text = look(panel, EXAMPLES, subject(shown, (0, 3), examples=pictures()))
    assert text == "A dead neuron: silent on all 300 pictures"
    look(panel, ROLE, subject(shown, (1, 3), examples=pictures()))
    assert panel.sentences["preferred"] == "No pixel changes it: its inputs are silent"


def test_what_is_lost_without_it_is_told_and_the_picture_that_it_prefers_goes_to_the_pad(panel: NeuronPanel) -> None:
    text = look(panel, ROLE, subject(network(25, 8, 4), (0, 3), examples=pictures()))
    assert "right with it" in text
    assert panel.lost.values.shape == (4, 1)
    made = heard(panel.picture_made)
    panel.pad_button.click()
    (picture,) = made
    assert isinstance(picture, np.ndarray)
    assert (picture.shape, picture.dtype) == ((5, 5), np.uint8)


def test_a_click_in_its_life_shows_that_moment(panel: NeuronPanel) -> None:
    shown = network(25, 8, 4)
    moments: list[Callable[[], Network]] = [lambda: shown] * 4
    look(panel, LIFE, subject(shown, (0, 3), examples=pictures(), moments=moments))
    chosen = heard(panel.moment_chosen)
    panel.life.grab()
    click(panel.life, QPoint(panel.life.width() - 20, 60))
    assert chosen == [30]


def test_layer_and_number_can_be_chosen_by_the_keyboard(panel: NeuronPanel) -> None:
    chosen = heard(panel.neuron_chosen)
    look(panel, SUM, subject(network(25, 8, 4), None))
    assert panel.sentences["reading"].startswith(NO_NEURON)
    panel.layer.setFocus()
    QTest.keyClick(panel.layer, Qt.Key.Key_Down)
    assert chosen == [(0, 0)]
    ask(panel, subject(network(25, 8, 4), (0, 0)))
    panel.number.setFocus()
    QTest.keyClick(panel.number, Qt.Key.Key_Up)
    assert chosen == [(0, 0), (0, 1)]
    panel.number.lineEdit().setText("99")
    QTest.keyClick(panel.number, Qt.Key.Key_Return)
    assert panel.number.value() == 0  # there is no such neuron


def test_only_the_page_that_is_seen_is_asked_for(panel: NeuronPanel) -> None:
    changed: list[str] = []
    panel.choice_changed.connect(lambda: changed.append("changed"))
    assert set(panel.wanted()) == {"place", "reading"}
    click(panel.tabs, panel.tabs.tabRect(ROLE).center())
    assert set(panel.wanted()) == {"place", "role", "preferred"}
    assert "changed" in changed


def test_a_page_without_an_answer_says_why_and_the_others_stay(panel: NeuronPanel) -> None:
    about = subject(network(25, 8, 4), (0, 3), picture=PICTURE)
    assert look(panel, EXAMPLES, about) == NO_EXAMPLES
    assert look(panel, SUM, about).startswith("z = ")
    shown = network(25, 8, 4)
    shown.parameters[:] = np.nan
    for page in (SUM, EXAMPLES, ROLE):
        assert look(panel, page, subject(shown, (0, 3), examples=pictures())) == NOT_FINITE


@pytest.mark.parametrize("sizes", [(25, 4), (25, 8, 7, 6, 4), (25, 1, 1)])
def test_every_neuron_of_every_network_has_every_page(panel: NeuronPanel, sizes: tuple[int, ...]) -> None:
    examples = pictures() if sizes[-1] == 4 else None
    made = network(*sizes)
    moments: list[Callable[[], Network]] = [lambda: made] * 3
    for layer in range(len(sizes) - 1):
        about = subject(made, (layer, 0), picture=PICTURE, examples=examples, moments=moments)
        for page in range(4):
            assert look(panel, page, about) or page == LIFE
            recolor(panel, LIGHT if page % 2 else DARK)
            panel.grab()


def test_a_colour_picture_is_summed_over_its_colours(panel: NeuronPanel) -> None:
    made = Network((12, 3, 2), "relu")
    made.parameters[:] = 1.0
    about = Subject(made, 0, ("a", "b"), (2, 2, 3), np.full((2, 2, 3), 255, np.uint8), None, (0, 1))
    look(panel, SUM, about)
    assert isinstance(panel.sum.weights.values, np.ndarray)
    np.testing.assert_allclose(panel.sum.weights.values, np.full((2, 2), 3.0))
    look(panel, ROLE, about)
    assert inside(panel.preferred).isVisible()
    double_click(panel.preferred, QPoint(20, 20))
