"""The gallery of pictures by mouse and keys."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.gallery import CaptionLine, Example, Examples, Gallery
from mnist_viz.views.painting import digit_image
from mnist_viz.views.theme import DARK, LIGHT


def examples(count: int, shape: tuple[int, ...] = (28, 28)) -> list[Example]:
    images = np.random.default_rng(0).integers(0, 255, (count, *shape)).astype(np.uint8)
    caption = CaptionLine("7→1", bold=True), CaptionLine("98%", "#808080")
    return [Example(100 + k, image, caption, f"Picture {k}: a 7, read as 1") for k, image in enumerate(images)]


@pytest.fixture
def gallery(qtbot: QtBot) -> Gallery:
    gallery = Gallery("pictures", "Pictures")
    qtbot.addWidget(gallery)
    gallery.resize(400, 200)
    gallery.set_examples(examples(40))
    gallery.show()
    qtbot.waitExposed(gallery)
    gallery.setFocus()
    return gallery


def test_ctrl_c_copies_the_picture_that_the_arrows_led_to(gallery: Gallery) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    gallery.setCurrentIndex(gallery.model().index(2, 0))
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    QTest.keyClick(gallery, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    expected = digit_image(gallery.examples[3].image, DARK)
    assert clipboard.image().convertToFormat(expected.format()) == expected.scaled(280, 280)


def place(gallery: Gallery, row: int) -> QPoint:
    return gallery.visualRect(gallery.model().index(row, 0)).center()


def test_a_click_or_arrows_and_enter_choose_an_example_by_its_number(gallery: Gallery, qtbot: QtBot) -> None:
    with qtbot.waitSignal(gallery.example_chosen) as told:
        QTest.mouseClick(gallery.viewport(), Qt.MouseButton.LeftButton, pos=place(gallery, 3))
    assert told.args == [103]
    with qtbot.assertNotEmitted(gallery.example_chosen):
        for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right):
            QTest.keyClick(gallery, key)
    with qtbot.waitSignal(gallery.example_chosen) as told:
        QTest.keyClick(gallery, Qt.Key.Key_Return)
    assert told.args == [102]


def test_few_examples_are_larger_than_many(gallery: Gallery, qtbot: QtBot) -> None:
    many = gallery.gridSize().height()
    gallery.set_examples(examples(3))
    assert gallery.gridSize().height() > many
    qtbot.waitUntil(lambda: gallery.verticalScrollBar().maximum() == 0)


def test_an_example_is_described_to_a_screen_reader_and_in_a_tooltip(gallery: Gallery) -> None:
    index = gallery.model().index(2, 0)
    for role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
        assert index.data(role) == "Picture 2: a 7, read as 1"


@pytest.mark.parametrize("shape", [(28, 28), (32, 32, 3), (200, 300)])
def test_pictures_of_any_shape_are_shown_in_both_themes_and_without_any_the_message(
    gallery: Gallery, shape: tuple[int, ...]
) -> None:
    gallery.set_examples(examples(5, shape))
    shown = []
    for theme in (DARK, LIGHT):
        gallery.set_theme(theme)
        shown.append(gallery.grab().toImage())
    gallery.set_examples([])
    shown.append(gallery.grab().toImage())
    gallery.set_examples([], "None of them was read wrongly")
    shown.append(gallery.grab().toImage())
    assert all(one != other for k, one in enumerate(shown) for other in shown[:k])


def test_thousands_of_examples_are_made_only_when_they_come_into_view_and_all_can_be_reached(gallery: Gallery) -> None:
    some, made = examples(1)[0], []

    def make(number: int) -> Example:
        made.append(number)
        return replace(some, number=number)

    gallery.set_examples(Examples(range(20_000), make))
    gallery.grab()
    assert len(set(made)) <= 600
    assert gallery.model().rowCount() == 20_000
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        QTest.keyClick(gallery, key)
    gallery.grab()
    assert gallery.currentIndex().row() == 19_999
    assert 19_999 in made
    assert len(set(made)) <= 1200
