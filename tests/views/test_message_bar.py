"""The message bar says one thing at a time and offers what can be done about it."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.message_bar import MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.resize(700, bar.height())
    bar.show()
    return bar


def button(bar: MessageBar, name: str) -> QToolButton:
    found = bar.findChild(QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


def labels(bar: MessageBar) -> list[str]:
    return [b.text() for b in bar.findChildren(QToolButton) if not b.isHidden() and b.text()]


def test_pressing_a_button_tells_which_and_dismissing_empties_the_bar(bar: MessageBar, qtbot: QtBot) -> None:
    bar.show_message("The server did not answer.", "error", ["Try again", "Choose folder…"])
    pressed: list[str] = []
    bar.action_triggered.connect(pressed.append)
    QTest.mouseClick(button(bar, "Choose folder…"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(button(bar, "Try again"), Qt.MouseButton.LeftButton)
    assert pressed == ["Choose folder…", "Try again"]
    bar.show_message("The pretrained network is shown.", labels=["Train a new one"])
    with qtbot.waitSignal(bar.dismissed):
        QTest.mouseClick(button(bar, "dismiss-message"), Qt.MouseButton.LeftButton)
    assert bar.text == ""
    assert labels(bar) == []


@pytest.mark.parametrize(("width", "lines"), [(700, 1), (330, 2)])
def test_a_message_that_is_cut_has_two_lines(bar: MessageBar, width: int, lines: int) -> None:
    bar.show_message("All 64 neurons of hidden layer 2 stopped firing: the learning rate 5 is too high.", "error")
    bar.resize(width, bar.height())
    text = bar.findChild(QLabel, "message")
    assert isinstance(text, QLabel)
    picture = text.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)[:, : picture.width()]
    inked = np.ptp(rows, axis=1) > 30
    assert np.count_nonzero(np.diff(inked.astype(int)) == 1) + bool(inked[0]) == lines


def test_progress_keeps_its_buttons_until_the_next_message(bar: MessageBar, qtbot: QtBot) -> None:
    bar.set_progress("Fetching MNIST", None, ["Cancel"])
    cancel = button(bar, "Cancel")
    bar.set_progress("Fetching MNIST: 3 of 11 MB", 0.27, ["Cancel"])
    assert button(bar, "Cancel") is cancel
    assert (bar.text, bar.kind) == ("Fetching MNIST: 3 of 11 MB", "progress")
    bar.show_message("MNIST is here.", "info", ["Use it"])
    qtbot.waitUntil(lambda: labels(bar) == ["Use it"])
    assert (bar.text, bar.kind) == ("MNIST is here.", "info")


def test_a_long_message_is_whole_in_the_tooltip_and_on_one_line(bar: MessageBar) -> None:
    bar.show_message("first line\nsecond line " + 80 * "and more ", "error")
    line = bar.findChild(QWidget, "message")
    assert isinstance(line, QWidget)
    assert "\n" not in bar.text
    assert line.toolTip() == bar.text
    bar.grab()
