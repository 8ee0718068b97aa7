"""The panel of errors: cells that can be found, chosen and read, and the pictures behind them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.views.errors.answers import Answers
from mnist_viz.views.errors.matrix import NOWHERE
from mnist_viz.views.errors.panel import ErrorsPanel
from mnist_viz.views.errors.scale import error_limit, error_table
from mnist_viz.views.theme import DARK
from tests.views.examined import DIGITS, examined, probe_of
from tests.views.hand import cell, click, double_click, shown, wheel

LETTERS = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt")
Key = Qt.Key


def answers_of(
    pairs: dict[tuple[int, int], int],
    names: tuple[str, ...] = DIGITS,
    noun: str = "digits",
    shape: tuple[int, ...] = (28, 28),
) -> Answers:
    """So many pictures of each label and answer; the later a picture, the surer its answer."""
    labels, predicted = (np.repeat([pair[k] for pair in pairs], list(pairs.values())) for k in (0, 1))
    probe = probe_of(labels, names, noun, shape)
    return Answers(probe, examined(probe, predicted, np.linspace(0.4, 0.99, len(labels))))


FEW = {(4, 4): 186, (4, 9): 17, (9, 9): 200, (9, 4): 5, (0, 0): 100, (0, 6): 1}


@pytest.fixture
def panel(qtbot: QtBot) -> ErrorsPanel:
    return shown(qtbot, ErrorsPanel(), 500, 330)


@pytest.fixture
def filled(panel: ErrorsPanel) -> ErrorsPanel:
    panel.set_answers(answers_of(FEW), 20)
    return panel


def click_cell(panel: ErrorsPanel, chosen: tuple[int, int]) -> None:
    click(panel.matrix, cell(panel.matrix, *chosen))


def press(panel: ErrorsPanel, *keys: Qt.Key) -> None:
    panel.matrix.setFocus()
    for key in keys:
        QTest.keyClick(panel.matrix, key)


def pictures(panel: ErrorsPanel) -> list[int]:
    """The indices of the pictures in the gallery."""
    return [example.number for example in panel.gallery.examples]


def color_of(panel: ErrorsPanel, chosen: tuple[int, int]) -> list[int]:
    """Red, green and blue."""
    assert panel.matrix.values is not None
    return [int(channel) for channel in panel.matrix.values[chosen]]


# What it says


def test_before_anything_is_examined_it_says_what_to_do(panel: ErrorsPanel) -> None:
    assert "Train or open a network" in panel.text()
    assert not panel.matrix.isVisible()


def test_the_heading_says_how_many_are_wrong_of_which(filled: ErrorsPanel) -> None:
    assert filled.text() == "95.48% of 509 validation digits, 23 wrong"
    filled.set_answers(answers_of({}), 10)
    assert filled.text() == "0.00% of 0 validation digits, 0 wrong"
    answers = answers_of(FEW)
    filled.set_answers(replace(answers, probe=replace(answers.probe, part="test", total=10_000)))
    assert filled.text() == "95.48% of the first 509 of 10,000 test digits, 23 wrong"


def test_a_cell_is_named_in_words() -> None:
    digits = answers_of(FEW)
    assert digits.describe((4, 9)) == "17 of 203 fours read as 9 (8.37%)"
    assert digits.describe((4, 4)) == "186 of 203 fours read correctly (91.63%)"
    assert digits.describe((0, 9)) == "0 of 101 zeros read as 9"
    assert digits.describe((6, 9)) == "There are no sixes here"
    animals = answers_of({(0, 1): 2, (0, 0): 1200}, ("cat", "dog"), "pictures")
    assert animals.describe((0, 1)) == "2 of 1,202 pictures of cat read as dog (0.17%)"


def test_a_message_takes_the_place_of_everything_until_there_are_answers_again(filled: ErrorsPanel) -> None:
    click_cell(filled, (4, 9))
    filled.set_message("Nothing to examine it on", "Choose a data set.")
    assert filled.text() == "Nothing to examine it on Choose a data set."
    assert not filled.matrix.isVisible()
    filled.set_answers(answers_of(FEW), 20)
    assert filled.matrix.isVisible()
    assert filled.chosen == NOWHERE


# The matrix


def test_more_mistakes_are_more_strongly_coloured_and_the_diagonal_is_quiet(filled: ErrorsPanel) -> None:
    table = error_table(DARK).tolist()
    assert color_of(filled, (4, 4)) == color_of(filled, (9, 9)) == table[0]
    assert color_of(filled, (1, 2)) == table[1]
    lightness = [sum(color_of(filled, chosen)) for chosen in ((1, 2), (0, 6), (9, 4), (4, 9))]
    assert lightness == sorted(set(lightness))
    filled.set_answers(answers_of(FEW), 500)
    assert sum(color_of(filled, (4, 9))) < lightness[-1]  # of a wider range
    filled.set_answers(answers_of({(4, 9): 20}), 20)
    assert color_of(filled, (4, 9)) == table[255]


@pytest.mark.parametrize(("most", "limit"), [(0, 10), (10, 10), (11, 20), (130, 200), (201, 500), (1999, 2000)])
def test_the_range_of_colours_ends_at_a_round_number(most: int, limit: int) -> None:
    assert error_limit(np.array([[7000, most], [3, 9000]])) == limit


def test_the_cell_under_the_mouse_is_read_aloud(filled: ErrorsPanel) -> None:
    QTest.mouseMove(filled.matrix.viewport(), cell(filled.matrix, 4, 9))
    assert filled.sentence == "17 of 203 fours read as 9 (8.37%)"
    click_cell(filled, (9, 4))
    assert filled.matrix.accessibleDescription() == "5 of 205 nines read as 4 (2.44%)"
    QTest.mouseMove(filled.matrix.viewport(), QPoint(1, 1))
    assert filled.sentence.startswith("5 of 205 nines")


def test_cells_are_found_when_it_is_zoomed_and_a_double_click_shows_all_again(panel: ErrorsPanel) -> None:
    panel.set_answers(answers_of({(k, k): 3 for k in range(len(LETTERS))}, LETTERS), 10)
    middle = cell(panel.matrix, 20, 20)
    wheel(panel.matrix, 10, middle)
    click(panel.matrix, middle)
    assert panel.chosen == (20, 20)
    panel.set_answers(answers_of({(k, k): 4 for k in range(len(LETTERS))}, LETTERS), 10)
    assert panel.matrix.zoomed  # while the training goes on
    double_click(panel.matrix, middle)
    assert not panel.matrix.zoomed


# Choosing


def test_without_a_chosen_cell_the_surest_mistakes_come_first(filled: ErrorsPanel) -> None:
    answers, found = answers_of(FEW), pictures(filled)
    assert found == sorted(found, reverse=True)  # the later, the surer
    assert not answers.found.right[found].any()
    assert len(found) == 23
    assert filled.title == "23 mistakes, the most confident first"


def test_a_click_on_a_cell_shows_its_pictures_and_another_one_all_mistakes(filled: ErrorsPanel) -> None:
    everything, answers = pictures(filled), answers_of(FEW)
    click_cell(filled, (9, 4))
    assert filled.chosen == (9, 4)
    assert set(pictures(filled)) == set(np.flatnonzero((answers.probe.labels == 9) & (answers.found.predicted == 4)))
    assert filled.title == filled.sentence == "5 of 205 nines read as 4 (2.44%)"
    click_cell(filled, (9, 4))
    assert filled.chosen == NOWHERE
    assert pictures(filled) == everything


def test_right_answers_are_shown_the_most_doubtful_first(filled: ErrorsPanel) -> None:
    click_cell(filled, (4, 4))
    assert pictures(filled) == list(range(186))
    assert filled.title == "186 of 203 fours read correctly (91.63%)"


def test_the_user_chooses_whose_pictures_are_examined(filled: ErrorsPanel) -> None:
    heard: list[str] = []
    filled.part_chosen.connect(heard.append)
    filled.part_choice.setFocus()
    QTest.keyClick(filled.part_choice, Key.Key_Down)
    assert heard == [filled.part] == ["test"]


def test_a_chosen_cell_stays_chosen_while_time_goes_on(qtbot: QtBot, filled: ErrorsPanel) -> None:
    click_cell(filled, (4, 9))
    before = answers_of({(4, 4): 200, (4, 9): 2})
    filled.set_answers(before, 20)
    assert filled.chosen == (4, 9)
    assert pictures(filled) == [201, 200]
    filled.set_answers(replace(answers_of({(4, 4): 202}), probe=before.probe), 20)
    qtbot.waitUntil(lambda: pictures(filled) == [])
    filled.set_answers(answers_of({(0, 0): 7}, ("cat", "dog")), 20)
    assert filled.chosen == NOWHERE


def test_the_arrows_move_the_chosen_cell_and_escape_clears_it(filled: ErrorsPanel) -> None:
    for keys, chosen in (
        ([Key.Key_Right], (4, 9)),  # the most frequent mistake
        ([Key.Key_Escape, Key.Key_Right, Key.Key_Down, Key.Key_Left], (5, 8)),
        ([Key.Key_Escape, Key.Key_Right, Key.Key_Up, *[Key.Key_Right] * 12], (3, 9)),
        ([Key.Key_Escape], NOWHERE),
    ):
        press(filled, *keys)
        assert filled.chosen == chosen
    click_cell(filled, (9, 4))
    QTest.keyClick(filled.gallery, Key.Key_Escape)
    assert filled.chosen == NOWHERE


def test_a_click_on_a_picture_or_enter_asks_for_it(qtbot: QtBot, filled: ErrorsPanel) -> None:
    gallery = filled.gallery
    with qtbot.waitSignal(filled.example_chosen) as asked:
        click(gallery, gallery.visualRect(gallery.model().index(2, 0)).center())
    assert asked.args == [pictures(filled)[2]]
    press(filled, Key.Key_Right, Key.Key_Return)
    assert filled.gallery.hasFocus()
    QTest.keyClick(filled.gallery, Key.Key_Home)
    with qtbot.waitSignal(filled.example_chosen) as asked:
        QTest.keyClick(filled.gallery, Key.Key_Return)
    assert asked.args == [pictures(filled)[0]]


# Whatever it is given


@pytest.mark.parametrize("size", [(500, 330), (320, 700), (240, 200)])
@pytest.mark.parametrize("names", [("all",), DIGITS, LETTERS])
def test_a_cell_is_found_whatever_the_size_and_the_number_of_classes(
    panel: ErrorsPanel, size: tuple[int, int], names: tuple[str, ...]
) -> None:
    panel.resize(*size)
    panel.set_answers(answers_of({(0, len(names) - 1): 30}, names), 10)
    QApplication.processEvents()
    bars, taken = panel.matrix._accuracies, list[bool]()
    if bars.view.rect().isEmpty():  # a click may be near to where it has no room, and an axis passes it on
        bars.right.mouseClickEvent(SimpleNamespace(button=lambda: Qt.MouseButton.LeftButton, accept=taken.append))
    assert taken == []
    click_cell(panel, (0, 0))
    assert panel.chosen == (0, 0)


def test_pictures_of_any_shape_are_shown_with_the_names_of_their_classes(panel: ErrorsPanel) -> None:
    shapes: list[tuple[int, ...]] = [(28, 28), (32, 32, 3), (64, 48)]
    for shape in shapes:
        panel.set_answers(answers_of({(0, 1): 9, (1, 1): 3}, ("automobile", "airplane"), "pictures", shape), 10)
        assert {example.image.shape for example in panel.gallery.examples} == {shape}
        assert [line.text for line in panel.gallery.examples[0].caption][:2] == ["automobile", "→ airplane"]
        assert not panel.grab().isNull()
