"""The drawing pad under a real mouse."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.recording.drawing import Drawing
from mnist_viz.views.drawing.pad import PEN_WIDTHS, DrawingPad, Tool
from mnist_viz.views.drawing.pad_history import MOST
from mnist_viz.views.theme import DARK

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def draw(qtbot: QtBot, pad: DrawingPad, points: Iterable[tuple[int, int]]) -> None:
    first, *others = [QPoint(*point) for point in points]
    QTest.mousePress(pad, LEFT, NONE, first)
    for point in others:
        QTest.mouseMove(pad, point)
    QTest.mouseRelease(pad, LEFT, NONE, others[-1] if others else first)


def pixel(pad: DrawingPad, x: int, y: int) -> QColor:
    image = pad.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(int(x * ratio), int(y * ratio))


def heard_by(pad: DrawingPad) -> list[list[NDArray[np.float32]]]:
    heard: list[list[NDArray[np.float32]]] = []
    pad.strokes_changed.connect(heard.append)
    return heard


def test_a_stroke_is_told_point_by_point_in_units_of_the_pad(qtbot: QtBot, pad: DrawingPad) -> None:
    heard = heard_by(pad)
    draw(qtbot, pad, [(50, 20), (50, 100), (150, 100)])
    assert [len(strokes[0]) for strokes in heard] == [1, 2, 3]
    stroke = heard[-1][0]
    assert stroke.dtype == np.float32
    np.testing.assert_allclose(stroke, [[0.25, 0.1], [0.25, 0.5], [0.75, 0.5]], atol=1e-6)
    assert not stroke.flags.writeable


def test_only_the_left_button_draws_and_a_mouse_that_stands_still_adds_nothing(qtbot: QtBot, pad: DrawingPad) -> None:
    heard = heard_by(pad)
    for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        QTest.mousePress(pad, button, NONE, QPoint(50, 50))
        QTest.mouseMove(pad, QPoint(90, 90))
        QTest.mouseRelease(pad, button, NONE, QPoint(90, 90))
    assert heard == []
    assert pad.is_empty()
    draw(qtbot, pad, [(50, 50), (80, 80), (80, 80)])
    assert len(heard) == 2


def test_what_is_drawn_is_seen_at_once_and_at_any_size(qtbot: QtBot, pad: DrawingPad) -> None:
    QTest.mousePress(pad, LEFT, NONE, QPoint(40, 40))
    QTest.mouseMove(pad, QPoint(160, 40))
    assert pixel(pad, 100, 40) == QColor(DARK.ink)
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(160, 40))
    assert pixel(pad, 100, 40) == QColor(DARK.ink)
    assert pixel(pad, 100, 140) == QColor(DARK.sunken)
    draw(qtbot, pad, [(120, 100)])
    assert [len(stroke) for stroke in pad.strokes()] == [2, 1]
    assert pixel(pad, 120, 100) == QColor(DARK.ink)
    pad.resize(400, 400)
    assert pixel(pad, 240, 200) == QColor(DARK.ink)


def test_undo_and_redo_go_stroke_by_stroke_until_one_draws_again(qtbot: QtBot, pad: DrawingPad) -> None:
    draw(qtbot, pad, [(50, 50), (60, 60)])
    draw(qtbot, pad, [(100, 100), (120, 120)])
    heard = heard_by(pad)
    pad.undo()
    pad.undo()
    assert (pad.can_undo(), pad.can_redo()) == (False, True)
    pad.redo()
    pad.redo()
    assert [len(strokes) for strokes in heard] == [1, 0, 1, 2]
    assert (pad.can_undo(), pad.can_redo()) == (True, False)
    pad.undo()
    draw(qtbot, pad, [(150, 100), (150, 120)])
    assert not pad.can_redo()
    assert len(pad.strokes()) == 2


def test_clear_can_be_undone_and_says_nothing_of_an_empty_pad(qtbot: QtBot, pad: DrawingPad) -> None:
    heard = heard_by(pad)
    pad.clear()
    assert heard == []
    assert not pad.can_undo()
    draw(qtbot, pad, [(50, 50), (60, 60)])
    before = pad.strokes()
    pad.clear()
    assert heard[-1] == []
    pad.undo()
    np.testing.assert_array_equal(pad.strokes()[0], before[0])


def test_undo_in_the_middle_of_a_stroke_takes_it_back(qtbot: QtBot, pad: DrawingPad) -> None:
    QTest.mousePress(pad, LEFT, NONE, QPoint(40, 40))
    QTest.mouseMove(pad, QPoint(160, 40))
    pad.undo()
    assert pad.strokes() == []
    QTest.mouseMove(pad, QPoint(170, 50))
    assert pad.strokes() == []


def test_a_test_digit_is_shown_pixel_by_pixel_and_a_colour_picture_in_its_own_colours(pad: DrawingPad) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[14, 14] = 255
    heard = heard_by(pad)
    pad.show_picture(Drawing(picture=image))
    assert heard == []
    shown = pad.grab().toImage()
    lit = sum(shown.pixelColor(x, y) == QColor(DARK.ink) for x in range(shown.width()) for y in range(shown.height()))
    side = int((200 - 2) * shown.devicePixelRatio()) // 28
    assert lit == side * side
    image = np.zeros((32, 32, 3), np.uint8)
    image[:, :16] = (200, 30, 30)
    image[:, 16:] = (30, 30, 200)
    pad.show_picture(Drawing(picture=image))
    assert pixel(pad, 60, 100) == QColor(200, 30, 30)
    assert pixel(pad, 140, 100) == QColor(30, 30, 200)


def test_undo_and_redo_bring_a_test_digit_back_and_say_so(qtbot: QtBot, pad: DrawingPad) -> None:
    three, five = np.full((28, 28), 3, np.uint8), np.full((28, 28), 5, np.uint8)
    heard: list[tuple[int, int]] = []
    pad.picture_restored.connect(lambda given: heard.append((int(given.picture[0, 0]), given.label)))
    pad.show_picture(Drawing(picture=three, label=3))
    pad.show_picture(Drawing(picture=five, label=5))
    assert heard == []
    pad.undo()
    assert heard == [(3, 3)]
    cleared = heard_by(pad)
    pad.clear()
    assert cleared == [[]]
    pad.undo()
    pad.redo()
    assert heard == [(3, 3), (3, 3)]
    assert pad.is_empty()
    pad.show_picture(Drawing(picture=five, label=4))
    draw(qtbot, pad, [(50, 50), (60, 60)])  # over it, which is one step
    pad.undo()
    assert heard[2:] == [(5, 4)]
    pad.redo()
    assert len(pad.strokes()) == 1


def test_boxes_stand_round_several_digits_but_not_round_one_and_that_of_the_current_one_stands_out(
    qtbot: QtBot, pad: DrawingPad
) -> None:
    draw(qtbot, pad, [(50, 60), (50, 140)])
    before = pad.grab().toImage()
    pad.set_groups([(0.25, 0.3, 0.25, 0.7)])
    assert pad.grab().toImage() == before
    draw(qtbot, pad, [(150, 60), (150, 140)])
    alone = pad.grab().toImage()
    pad.set_groups([(0.25, 0.3, 0.25, 0.7), (0.75, 0.3, 0.75, 0.7)])
    assert pad.grab().toImage() != alone
    assert pixel(pad, 50, 100) == QColor(DARK.ink)
    pad.set_groups([])
    assert pad.grab().toImage() == alone
    boxes = [(0.1, 0.2, 0.3, 0.8), (0.6, 0.2, 0.9, 0.8)]
    pad.show_picture(Drawing(picture=np.zeros((28, 28), np.uint8)))
    grounds = []
    for current in (0, 1):
        pad.set_groups(boxes, current)
        grounds.append(pad.grab().toImage())
    assert grounds[0] != grounds[1]


def test_a_pad_that_cannot_be_read_says_why_whether_empty_or_not(qtbot: QtBot, pad: DrawingPad) -> None:
    invites = pad.grab().toImage()
    pad.set_refusal("This network reads colour pictures")
    assert pad.grab().toImage() != invites
    draw(qtbot, pad, [(50, 60), (50, 140)])
    with_why = pad.grab().toImage()
    pad.set_refusal("")
    assert pad.grab().toImage() != with_why
    assert pixel(pad, 50, 100) == QColor(DARK.ink)


def test_the_width_of_the_pen_has_bounds_and_is_seen_on_what_is_drawn_and_in_the_cursor(
    qtbot: QtBot, pad: DrawingPad
) -> None:
    pad.set_pen_width(PEN_WIDTHS[0])
    draw(qtbot, pad, [(40, 50), (160, 50)])
    pad.set_pen_width(PEN_WIDTHS[-1])
    draw(qtbot, pad, [(40, 120), (160, 120)])
    assert pixel(pad, 100, 58) == QColor(DARK.sunken)
    assert pixel(pad, 100, 128) == QColor(DARK.ink)
    pad.set_pen_width(PEN_WIDTHS[0])
    pen = pad.cursor().pixmap().width()
    pad.set_tool(Tool.ERASER)
    eraser = pad.cursor().pixmap().width()
    pad.set_pen_width(PEN_WIDTHS[-1])
    assert pen < eraser < pad.cursor().pixmap().width()
    for _ in PEN_WIDTHS:
        pad.thinner()
    assert pad.pen_width() == PEN_WIDTHS[0]
    for _ in PEN_WIDTHS:
        pad.thicker()
    assert pad.pen_width() == PEN_WIDTHS[-1]


def test_undo_goes_back_so_far_and_no_further(pad: DrawingPad) -> None:
    for value in range(MOST + 20):
        pad.show_picture(Drawing(picture=np.full((28, 28), value % 200, np.uint8)))
    steps = 0
    while pad.can_undo():
        pad.undo()
        steps += 1
    assert steps == MOST


def test_a_click_in_the_box_of_a_digit_chooses_it_and_draws_nothing(qtbot: QtBot, pad: DrawingPad) -> None:
    draw(qtbot, pad, [(40, 40), (40, 160)])
    draw(qtbot, pad, [(150, 40), (150, 160)])
    pad.set_groups([(0.2, 0.2, 0.2, 0.8), (0.75, 0.2, 0.75, 0.8)], 1)
    heard, chosen = heard_by(pad), list[int]()
    pad.group_clicked.connect(chosen.append)
    draw(qtbot, pad, [(41, 90), (42, 91)])
    draw(qtbot, pad, [(150, 90)])
    assert chosen == [0, 1]
    assert heard == []
    draw(qtbot, pad, [(40, 90), (100, 90)])  # a stroke may begin in a box
    assert chosen == [0, 1]
    assert len(heard[-1]) == 3
    assert heard[-1][2][0] == pytest.approx([0.2, 0.45])
    draw(qtbot, pad, [(100, 20)])  # and beside them a click is a dot
    assert len(heard[-1]) == 4
