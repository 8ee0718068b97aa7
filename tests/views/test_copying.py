"""Ctrl+C copies the picture that has the focus, and the pad's where nothing else has one."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.recording.drawing import Drawing
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.painting import digit_image
from mnist_viz.views.theme import DARK, LIGHT, Theme
from mnist_viz.views.widgets import recolor
from tests.views.hand import shown

LEFT, NONE, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(qtbot: QtBot) -> DrawPanel:
    return shown(qtbot, DrawPanel(), 320, 720)


def copied(widget: QWidget) -> QImage:
    QGuiApplication.clipboard().clear()
    QTest.keyClick(widget, Qt.Key.Key_C, CTRL)
    return QGuiApplication.clipboard().image()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_digit_is_copied_enlarged(panel: DrawPanel, theme: Theme) -> None:
    seen = panel.findChild(DigitView)
    assert seen is not None
    recolor(panel, theme)
    assert copied(seen).isNull()
    picture = np.random.default_rng(1).integers(0, 256, (28, 28), np.uint8)
    panel.set_seen(picture)
    QTest.mouseClick(seen, LEFT)
    expected = digit_image(picture, theme).scaled(280, 280)
    assert copied(seen).convertToFormat(expected.format()) == expected


def test_the_pad_is_copied_from_wherever_the_focus_is(panel: DrawPanel) -> None:
    assert copied(panel.pad).isNull()
    QTest.mousePress(panel.pad, LEFT, NONE, QPoint(60, 60))
    QTest.mouseMove(panel.pad, QPoint(120, 120))
    QTest.mouseRelease(panel.pad, LEFT, NONE, QPoint(120, 120))
    picture = panel.pad.grab().toImage()
    for widget in (panel.pad, panel):
        assert copied(widget).convertToFormat(picture.format()) == picture


def test_what_is_copied_from_the_pad_can_be_pasted(panel: DrawPanel) -> None:
    pictures: list[object] = []
    panel.image_pasted.connect(pictures.append)
    panel.pad.show_picture(Drawing(picture=np.full((28, 28), 200, np.uint8)))
    QTest.keyClick(panel, Qt.Key.Key_C, CTRL)
    QTest.keyClick(panel, Qt.Key.Key_V, CTRL)
    assert len(pictures) == 1
