"""A widget that paints itself has the theme's colours, and a name."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from mnist_viz.views.canvas import Canvas
from mnist_viz.views.theme import DARK, LIGHT, color


class Sheet(Canvas):
    def paint(self, painter: QPainter, within: QRectF) -> None:
        painter.fillRect(within, color(self.theme.accent))


@pytest.fixture
def sheet(qtbot: QtBot) -> Sheet:
    sheet = Sheet("sheet", "A sheet")
    qtbot.addWidget(sheet)
    sheet.resize(20, 20)
    return sheet


def test_it_is_painted_in_the_colours_of_its_theme(sheet: Sheet) -> None:
    for theme in (DARK, LIGHT):
        sheet.set_theme(theme)
        assert sheet.grab().toImage().pixelColor(10, 10).name() == theme.accent


def test_a_screen_reader_is_told_its_name(sheet: Sheet) -> None:
    assert (sheet.objectName(), sheet.accessibleName()) == ("sheet", "A sheet")
