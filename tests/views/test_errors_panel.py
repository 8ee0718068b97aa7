"""The panel of errors: cells that can be found, chosen and read, and the pictures behind them."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.engine.metrics import confusion_matrix
from mnist_viz.views.errors.answers import Answers
from mnist_viz.views.errors.matrix import NOWHERE
from mnist_viz.views.errors.panel import ErrorsPanel
from mnist_viz.views.errors.scale import error_limit, error_table
from mnist_viz.views.theme import DARK, LIGHT, Theme

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

DIGITS = tuple("0123456789")
LETTERS = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt")


def answers_of(
    pairs: dict[tuple[int, int], int],
    names: tuple[str, ...] = DIGITS,
    noun: str = "digits",
    shape: tuple[int, ...] = (28, 28),
) -> Answers:
    """So many pictures of each label and answer; the later a picture, the surer its answer."""
    labels = np.repeat([pair[0] for pair in pairs], list(pairs.values())).astype(np.uint8)
    predicted = np.repeat([pair[1] for pair in pairs], list(pairs.values())).astype(np.uint8)
    count = len(labels)
    images = np.random.default_rng(0).integers(0, 256, (count, int(np.prod(shape))), dtype=np.uint8)
    confidence = np.linspace(0.4, 0.99, count, dtype=np.float32)
    matrix = confusion_matrix(labels, predicted, len(names))
    return Answers(images, labels, names, shape, matrix, predicted, confidence, noun)


FEW = {(4, 4): 186, (4, 9): 17, (9, 9): 200, (9, 4): 5, (0, 0): 100, (0, 6): 1}


@pytest.fixture
def panel(qtbot: QtBot) -> ErrorsPanel:
    panel = ErrorsPanel()
    panel.set_theme(DARK)
    panel.resize(500, 330)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.activateWindow()
    return panel


@pytest.fixture
def filled(panel: ErrorsPanel) -> ErrorsPanel:
    panel.set_answers(answers_of(FEW), 20)
    return panel


def place_of(panel: ErrorsPanel, cell: tuple[int, int]) -> QPoint:
    """The middle of a cell, in the pixels of the matrix."""
    middle = QPointF(panel.matrix.view.mapViewToScene(QPointF(cell[1] + 0.5, cell[0] + 0.5)))
    return middle.toPoint()


def click_cell(panel: ErrorsPanel, cell: tuple[int, int]) -> None:
    QTest.mouseClick(panel.matrix.viewport(), LEFT, NONE, place_of(panel, cell))


def point_at(panel: ErrorsPanel, cell: tuple[int, int]) -> None:
    QTest.mouseMove(panel.matrix.viewport(), place_of(panel, cell))


def shown(panel: ErrorsPanel) -> list[int]:
    """The indices of the pictures in the gallery."""
    return [example.number for example in panel.gallery.examples]


def color_of(panel: ErrorsPanel, cell: tuple[int, int]) -> tuple[int, ...]:
    """Red, green and blue."""
    assert panel.matrix.values is not None
    return tuple(panel.matrix.values[cell].tolist())


def lightness_of(panel: ErrorsPanel, cell: tuple[int, int]) -> int:
    return sum(color_of(panel, cell))


def code_color(code: int) -> tuple[int, ...]:
    return tuple(error_table(DARK)[code].tolist())


def test_before_anything_is_examined_it_says_what_to_do(panel: ErrorsPanel) -> None:
    assert "Train or open a network" in panel.text()
    assert not panel.matrix.isVisible()


def test_the_heading_says_how_many_are_wrong(filled: ErrorsPanel) -> None:
    assert filled.text() == "95.5% of 509 validation digits, 23 wrong"


@pytest.mark.parametrize("size", [(300, 250), (500, 330), (900, 600), (320, 700), (240, 200)])
@pytest.mark.parametrize("names", [("cat", "dog"), DIGITS, LETTERS])
def test_the_parts_share_the_panel_without_overlap(
    panel: ErrorsPanel, size: tuple[int, int], names: tuple[str, ...]
) -> None:
    panel.resize(*size)
    panel.set_answers(answers_of({(0, 1): 30}, names), 10)
    QApplication.processEvents()
    matrix, gallery = panel.matrix.geometry(), panel.gallery.geometry()
    assert not matrix.intersects(gallery)
    assert panel.rect().contains(matrix)
    assert panel.rect().contains(gallery)
    assert panel.matrix.view.width() > 10


def test_more_mistakes_are_more_strongly_coloured_and_the_diagonal_is_quiet(filled: ErrorsPanel) -> None:
    assert color_of(filled, (4, 4)) == color_of(filled, (9, 9)) == code_color(0)
    assert color_of(filled, (1, 2)) == code_color(1)
    lightness = [lightness_of(filled, cell) for cell in ((1, 2), (0, 6), (9, 4), (4, 9))]
    assert lightness == sorted(lightness)
    assert len(set(lightness)) == 4
    filled.set_answers(answers_of({(4, 9): 20}), 20)
    assert color_of(filled, (4, 9)) == code_color(255)


def test_with_a_wider_range_the_same_number_has_a_weaker_colour(filled: ErrorsPanel) -> None:
    before = lightness_of(filled, (4, 9))
    filled.set_answers(answers_of(FEW), 500)
    assert lightness_of(filled, (4, 9)) < before


def test_a_cell_is_named_in_words() -> None:
    answers = answers_of(FEW)
    assert answers.describe((4, 9)) == "17 of 203 fours read as 9 (8.4%)"
    assert answers.describe((4, 4)) == "186 of 203 fours read rightly (91.6%)"
    assert answers.describe((0, 9)) == "0 of 101 zeros read as 9"
    assert answers.describe((6, 9)) == "There are no sixes here"
    animals = answers_of({(0, 1): 2, (0, 0): 1200}, ("cat", "dog"), "pictures")
    assert animals.describe((0, 1)) == "2 of 1,202 pictures of cat read as dog (0.2%)"


def test_without_a_chosen_cell_the_surest_mistakes_come_first(filled: ErrorsPanel) -> None:
    answers = answers_of(FEW)
    found = shown(filled)
    assert found == sorted(found, reverse=True)  # the later, the surer
    assert all(answers.labels[index] != answers.predicted[index] for index in found)
    assert len(found) == 23
    assert filled.title == "Surest mistakes"


def test_a_click_on_a_cell_shows_its_pictures_and_another_one_all_mistakes(filled: ErrorsPanel) -> None:
    everything = shown(filled)
    click_cell(filled, (9, 4))
    answers = answers_of(FEW)
    assert filled.chosen == (9, 4)
    assert set(shown(filled)) <= set(np.flatnonzero((answers.labels == 9) & (answers.predicted == 4)))
    assert filled.title == filled.sentence == "5 of 205 nines read as 4 (2.4%)"
    click_cell(filled, (9, 4))
    assert filled.chosen == NOWHERE
    assert shown(filled) == everything


def test_right_answers_are_shown_the_most_doubtful_first(filled: ErrorsPanel) -> None:
    click_cell(filled, (4, 4))
    found = shown(filled)
    assert found == list(range(60))
    assert filled.title.endswith("the first 60")


def test_a_chosen_cell_stays_chosen_while_time_goes_on(qtbot: QtBot, filled: ErrorsPanel) -> None:
    click_cell(filled, (4, 9))
    before = answers_of({(4, 4): 200, (4, 9): 2})
    filled.set_answers(before, 20)
    assert filled.chosen == (4, 9)
    assert shown(filled) == [201, 200]
    filled.set_answers(replace(answers_of({(4, 4): 202}), images=before.images), 20)
    qtbot.waitUntil(lambda: shown(filled) == [])
    filled.set_answers(answers_of({(0, 0): 7}, ("cat", "dog")), 20)
    assert filled.chosen == NOWHERE


def test_the_arrows_move_the_chosen_cell_and_escape_clears_it(qtbot: QtBot, filled: ErrorsPanel) -> None:
    filled.matrix.setFocus()
    QTest.keyClick(filled.matrix, Qt.Key.Key_Right)
    assert filled.chosen == (4, 9)  # the most frequent mistake
    QTest.keyClick(filled.matrix, Qt.Key.Key_Down)
    QTest.keyClick(filled.matrix, Qt.Key.Key_Left)
    assert filled.chosen == (5, 8)
    QTest.keyClick(filled.matrix, Qt.Key.Key_Up)
    assert filled.chosen == (4, 8)
    for _ in range(12):
        QTest.keyClick(filled.matrix, Qt.Key.Key_Right)
    assert filled.chosen == (4, 9)
    QTest.keyClick(filled.matrix, Qt.Key.Key_Escape)
    assert filled.chosen == NOWHERE


def test_a_click_on_a_picture_asks_for_it(qtbot: QtBot, filled: ErrorsPanel) -> None:
    gallery = filled.gallery
    place = gallery.visualRect(gallery.model().index(2, 0)).center()
    with qtbot.waitSignal(filled.example_chosen) as asked:
        QTest.mouseClick(gallery.viewport(), LEFT, NONE, place)
    assert asked.args == [shown(filled)[2]]


def test_enter_leads_from_a_cell_to_its_pictures_and_on_to_the_pad(qtbot: QtBot, filled: ErrorsPanel) -> None:
    filled.matrix.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(filled.matrix, key)
    assert filled.gallery.hasFocus()
    QTest.keyClick(filled.gallery, Qt.Key.Key_Home)
    with qtbot.waitSignal(filled.example_chosen) as asked:
        QTest.keyClick(filled.gallery, Qt.Key.Key_Return)
    assert asked.args == [shown(filled)[0]]


def test_the_cell_under_the_mouse_is_read_aloud(filled: ErrorsPanel) -> None:
    point_at(filled, (4, 9))
    assert filled.sentence == "17 of 203 fours read as 9 (8.4%)"
    click_cell(filled, (9, 4))
    assert filled.matrix.accessibleDescription() == "5 of 205 nines read as 4 (2.4%)"
    QTest.mouseMove(filled.matrix.viewport(), QPoint(1, 1))
    assert filled.sentence.startswith("5 of 205 nines")


def test_cells_are_found_when_it_is_zoomed_and_a_double_click_shows_all_again(qtbot: QtBot, panel: ErrorsPanel) -> None:
    panel.set_answers(answers_of({(k, k): 3 for k in range(len(LETTERS))}, LETTERS), 10)
    middle = place_of(panel, (20, 20))
    turn_wheel(panel.matrix.viewport(), middle, 10)
    assert panel.matrix.zoomed
    QTest.mouseClick(panel.matrix.viewport(), LEFT, NONE, middle)
    assert panel.chosen == (20, 20)
    panel.set_answers(answers_of({(k, k): 4 for k in range(len(LETTERS))}, LETTERS), 10)
    assert panel.matrix.zoomed  # while the training goes on
    QTest.mouseDClick(panel.matrix.viewport(), LEFT, NONE, middle)
    QTest.mouseRelease(panel.matrix.viewport(), LEFT, NONE, middle)
    assert not panel.matrix.zoomed


def turn_wheel(widget: QWidget, at: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(widget.mapToGlobal(at)), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_escape_in_the_pictures_clears_the_cell_too(filled: ErrorsPanel) -> None:
    click_cell(filled, (9, 4))
    filled.gallery.setFocus()
    QTest.keyClick(filled.gallery, Qt.Key.Key_Escape)
    assert filled.chosen == NOWHERE


def test_new_numbers_move_nothing(filled: ErrorsPanel) -> None:
    parts: list[QWidget] = [filled.matrix, filled.gallery]
    before = [part.geometry() for part in parts], place_of(filled, (9, 9))
    filled.set_answers(answers_of({(k, (k + 1) % 10): 200 for k in range(10)}), 200)
    QApplication.processEvents()
    assert ([part.geometry() for part in parts], place_of(filled, (9, 9))) == before


def test_a_message_takes_the_place_of_everything_until_there_are_answers_again(filled: ErrorsPanel) -> None:
    click_cell(filled, (4, 9))
    filled.set_message("Nothing to examine it on", "Choose a data set.")
    assert filled.text() == "Nothing to examine it on Choose a data set."
    assert not filled.matrix.isVisible()
    filled.set_answers(answers_of(FEW), 20)
    assert filled.matrix.isVisible()
    assert filled.chosen == NOWHERE


@pytest.mark.parametrize("shape", [(28, 28), (32, 32, 3), (8, 8), (64, 48), (200, 200)])
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_pictures_of_any_shape_are_shown(panel: ErrorsPanel, shape: tuple[int, ...], theme: Theme) -> None:
    panel.set_theme(theme)
    panel.set_answers(answers_of({(0, 1): 9, (1, 1): 3}, ("automobile", "airplane"), "pictures", shape), 10)
    assert {example.image.shape for example in panel.gallery.examples} == {shape}
    assert [line.text for line in panel.gallery.examples[0].caption][:2] == ["automobile", "→ airplane"]
    assert not panel.grab().isNull()


def test_a_single_class_is_a_matrix_of_one_cell(panel: ErrorsPanel) -> None:
    panel.set_answers(answers_of({(0, 0): 9}, ("all",), "pictures"), 10)
    click_cell(panel, (0, 0))
    assert panel.sentence == "9 of 9 pictures of all read rightly (100.0%)"
    assert not panel.grab().isNull()


def test_without_any_picture_there_is_a_matrix_of_nothing(panel: ErrorsPanel) -> None:
    panel.set_answers(answers_of({}), 10)
    assert panel.text() == "0.0% of 0 validation digits, 0 wrong"
    assert not panel.grab().isNull()


@pytest.mark.parametrize(("most", "limit"), [(0, 10), (10, 10), (11, 20), (130, 200), (201, 500), (1999, 2000)])
def test_the_range_of_colours_ends_at_a_round_number(most: int, limit: int) -> None:
    confusion = np.array([[7000, most], [3, 9000]])
    assert error_limit(confusion) == limit
