"""The answer in large type, told in words and painted within its room."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.drawing.verdict import Part, Verdict
from mnist_viz.views.theme import DARK
from tests.views.hand import click


@pytest.fixture
def verdict(qtbot: QtBot) -> Verdict:
    verdict = Verdict()
    verdict.set_theme(DARK)
    verdict.resize(290, 36)
    qtbot.addWidget(verdict)
    return verdict


def pixels(verdict: Verdict) -> NDArray[np.uint8]:
    image = verdict.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def test_it_tells_what_is_read_how_surely_and_whether_it_is_sure(verdict: Verdict) -> None:
    assert verdict.text() == "Draw a digit"
    verdict.set_answer([Part("7", 0.982)])
    assert verdict.text() == "Reads 7 · 98.2%"
    assert verdict.accessibleName() == "Reads 7 · 98.2%"
    assert verdict.toolTip() == ""
    verdict.set_answer([Part("7", 0.482, sure=False)])
    assert verdict.text() == "Not sure · 7?"
    assert verdict.toolTip() == "7 is the likeliest, with 48.2%"


def test_a_number_is_told_whole_and_its_digits_one_by_one_and_not_as_if_it_were_sure(verdict: Verdict) -> None:
    verdict.set_answer([Part("1", 0.991), Part("9", 0.98), Part("8", 0.97), Part("4", 0.5)])
    assert verdict.text() == "Reads 1984"
    assert verdict.toolTip() == "1: 99.1%  9: 98.0%  8: 97.0%  4: 50.0%"
    verdict.set_answer([Part("3", 1.0)])
    assert verdict.text() == "Reads 3 · 100.0%"
    assert verdict.toolTip() == ""
    verdict.set_answer([Part("1", 1.0), Part("1", 0.98, sure=False)])
    assert verdict.text() == "Not sure · 11?"
    assert verdict.toolTip() == "1: 100.0%  1: 98.0%?"


def test_a_click_and_the_arrows_choose_a_digit_of_a_number(verdict: Verdict, qtbot: QtBot) -> None:
    chosen: list[int] = []
    verdict.part_chosen.connect(chosen.append)
    click(verdict, QPoint(200, 10))
    assert chosen == []  # nothing is read
    verdict.set_answer([Part("4", 0.99), Part("2", 0.98), Part("7", 0.97)], 2)
    assert verdict.accessibleDescription() == "7 is shown"
    for k, cell in enumerate(verdict._cells()):
        click(verdict, cell.center().toPoint())
        assert chosen == [*range(k + 1)]
    verdict.set_answer([Part("4", 0.99), Part("2", 0.98), Part("7", 0.97)], 1)
    verdict.show()
    verdict.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
        QTest.keyClick(verdict, key)
    assert chosen[3:] == [0, 2]


def test_where_digits_have_no_room_of_their_own_a_click_chooses_the_next(verdict: Verdict) -> None:
    chosen: list[int] = []
    verdict.part_chosen.connect(chosen.append)
    verdict.set_answer([Part("8", 0.99)] * 12, 11)
    click(verdict, QPoint(200, 10))
    assert chosen == [0]


@pytest.mark.parametrize("width", [216, 480])
@pytest.mark.parametrize("digits", [2, 30])
def test_whatever_is_read_stays_within_the_room(verdict: Verdict, width: int, digits: int) -> None:
    verdict.resize(width, 36)
    ground = pixels(verdict)[0, -1]
    verdict.set_answer([Part("8", 0.999)] * digits)
    assert (pixels(verdict)[:, -1] == ground).all()
    for sure in (True, False):
        verdict.set_answer([Part("a class with a long name" * digits, 0.5, sure)])
        assert (pixels(verdict)[:, -1] == ground).all()
