"""The answer in large type, told in words and painted within its room."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from mnist_viz.views.drawing.verdict import Verdict
from mnist_viz.views.theme import DARK


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
    verdict.set_answer("7", 0.982)
    assert verdict.text() == "Reads 7 · 98.2%"
    assert verdict.accessibleName() == "Reads 7 · 98.2%"
    assert verdict.toolTip() == ""
    verdict.set_answer("7", 0.482, sure=False)
    assert verdict.text() == "Not sure · 7?"
    assert verdict.toolTip() == "7 is the likeliest, with 48.2%"


def test_a_number_is_told_whole_and_its_digits_one_by_one(verdict: Verdict) -> None:
    verdict.set_number([("1", 0.991), ("9", 0.98), ("8", 0.97), ("4", 0.5)])
    assert verdict.text() == "Reads 1984"
    assert verdict.toolTip() == "1: 99.1%  9: 98.0%  8: 97.0%  4: 50.0%"
    verdict.set_answer("3", 1.0)
    assert verdict.text() == "Reads 3 · 100.0%"
    assert verdict.toolTip() == ""


@pytest.mark.parametrize("width", [216, 290, 480])
@pytest.mark.parametrize("digits", [2, 4, 7, 30])
def test_whatever_is_read_stays_within_the_room(verdict: Verdict, width: int, digits: int) -> None:
    verdict.resize(width, 36)
    ground = pixels(verdict)[0, -1]
    verdict.set_number([("8", 0.999)] * digits)
    assert (pixels(verdict)[:, -1] == ground).all()
    for sure in (True, False):
        verdict.set_answer("a class with a long name" * digits, 0.5, sure)
        assert (pixels(verdict)[:, -1] == ground).all()
