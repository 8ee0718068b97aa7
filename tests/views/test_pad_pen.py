"""The pad under a tablet's pen, under fingers, and under a mouse whose release is lost."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QEventPoint,
    QFocusEvent,
    QInputDevice,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.theme import DARK

LEFT, RIGHT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
NONE = Qt.KeyboardModifier.NoModifier
PEN, ERASER = QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser
Kind, State = QEvent.Type, QEventPoint.State

Point = tuple[float, float]


def device(kind: QInputDevice.DeviceType, pointer: QPointingDevice.PointerType, *, feels: bool) -> QPointingDevice:
    can = QInputDevice.Capability.Position
    if feels:
        can |= QInputDevice.Capability.Pressure
    return QPointingDevice("a device", 7, kind, pointer, can, 10, 3)


class Pen:
    """A tablet's pen over `pad`."""

    def __init__(self, pad: DrawingPad, end: QPointingDevice.PointerType = PEN, *, feels: bool = True) -> None:
        self._pad = pad
        self._device = device(QInputDevice.DeviceType.Stylus, end, feels=feels)

    def send(
        self, kind: QEvent.Type, at: Point, pressure: float, button: Qt.MouseButton, buttons: Qt.MouseButton
    ) -> bool:
        place = QPointF(*at)
        event = QTabletEvent(
            kind, self._device, place, place, pressure, 0.0, 0.0, 0.0, 0.0, 0.0, NONE, button, buttons
        )  # fmt: skip
        QApplication.sendEvent(self._pad, event)
        return event.isAccepted()

    def draw(
        self, points: Sequence[Point], pressures: Sequence[float] | None = None, with_: Qt.MouseButton = LEFT
    ) -> None:
        pressures = pressures if pressures is not None else [0.5] * len(points)
        self.send(Kind.TabletPress, points[0], pressures[0], with_, with_)
        for point, pressure in zip(points[1:], pressures[1:], strict=True):
            self.send(Kind.TabletMove, point, pressure, NO_BUTTON, with_)
        self.send(Kind.TabletRelease, points[-1], 0.0, with_, NO_BUTTON)


SCREEN = device(QInputDevice.DeviceType.TouchScreen, QPointingDevice.PointerType.Finger, feels=False)


def touch(pad: DrawingPad, kind: QEvent.Type, *fingers: tuple[int, QEventPoint.State, Point]) -> bool:
    corner = QPointF(pad.mapToGlobal(QPoint()))
    points = [QEventPoint(number, state, QPointF(*at), corner + QPointF(*at)) for number, state, at in fingers]
    event = QTouchEvent(kind, SCREEN, NONE, points)
    return QApplication.sendEvent(pad, event) and event.isAccepted()


def ink(pad: DrawingPad) -> NDArray[np.bool_]:
    """Where there is ink: (200, 200), rows first."""
    image = pad.grab().toImage().scaled(200, 200)
    least = QColor(DARK.ink).lightness() - 2  # where pieces of a line overlap, colours are rounded
    return np.array([[image.pixelColor(x, y).lightness() >= least for x in range(200)] for y in range(200)])


def test_a_tablet_s_pen_draws_between_the_pixels_and_is_not_also_a_mouse(pad: DrawingPad) -> None:
    Pen(pad).draw([(50.25, 20.5), (50.5, 100.125)])
    np.testing.assert_allclose(pad.strokes()[0] * 200, [[50.25, 20.5], [50.5, 100.125]], atol=1e-4)
    assert Pen(pad).send(Kind.TabletPress, (50, 50), 0.5, LEFT, LEFT)


def test_a_pen_pressed_harder_draws_wider(pad: DrawingPad) -> None:
    pen = Pen(pad)
    pen.draw([(30, 60), (100, 60), (170, 60)], [0.1, 0.1, 0.1])
    pen.draw([(30, 140), (100, 140), (170, 140)], [1.0, 1.0, 1.0])
    shown = ink(pad)
    light, hard = shown[30:90, 100].sum(), shown[110:170, 100].sum()
    assert 3 <= light < hard
    assert hard <= 3 * light  # a little


def test_a_pressed_stroke_with_sharp_turns_has_no_holes(pad: DrawingPad) -> None:
    Pen(pad).draw([(40, 40), (160, 44), (40, 48), (160, 52)], [0.8] * 4)
    assert ink(pad)[42:50, 60:140].all()


def test_a_pen_that_feels_no_pressure_draws_at_full_width(pad: DrawingPad) -> None:
    Pen(pad, feels=False).draw([(30, 60), (170, 60)], [0.0, 0.0])
    QTest.mousePress(pad, LEFT, NONE, QPoint(30, 140))
    QTest.mouseMove(pad, QPoint(170, 140))
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(170, 140))
    shown = ink(pad)
    assert shown[30:90, 100].sum() == shown[110:170, 100].sum()


@pytest.mark.parametrize(("end", "button"), [(ERASER, LEFT), (PEN, RIGHT)])
def test_the_other_end_and_the_barrel_button_rub_out(
    pad: DrawingPad, end: QPointingDevice.PointerType, button: Qt.MouseButton
) -> None:
    Pen(pad).draw([(20, 100), (180, 100)])
    Pen(pad, end).draw([(100, 60), (100, 140)], with_=button)
    assert len(pad.strokes()) == 2
    assert not ink(pad)[:, 100].any()


def test_the_cursor_shows_which_end_hovers(pad: DrawingPad) -> None:
    pen = pad.cursor().pixmap().width()
    Pen(pad, ERASER).send(Kind.TabletMove, (50, 50), 0.0, NO_BUTTON, NO_BUTTON)
    assert pad.cursor().pixmap().width() > pen
    Pen(pad).send(Kind.TabletMove, (50, 50), 0.0, NO_BUTTON, NO_BUTTON)
    assert pad.cursor().pixmap().width() == pen
    assert pad.is_empty()


def test_a_finger_draws_by_way_of_the_window_system(pad: DrawingPad) -> None:
    screen = QTest.createTouchDevice()
    corner = pad.mapToGlobal(QPoint())
    QTest.touchEvent(pad, screen, False).press(1, corner + QPoint(40, 40)).commit()
    QTest.touchEvent(pad, screen, False).move(1, corner + QPoint(40, 90)).commit()
    QTest.touchEvent(pad, screen, False).release(1, corner + QPoint(40, 90)).commit()
    np.testing.assert_allclose(pad.strokes()[0] * 200, [[40.0, 40.0], [40.0, 90.0]], atol=1e-4)
    assert pad.can_undo()


def test_a_palm_neither_draws_nor_breaks_the_stroke(pad: DrawingPad) -> None:
    touch(pad, Kind.TouchBegin, (1, State.Pressed, (40, 40)))
    touch(pad, Kind.TouchUpdate, (1, State.Stationary, (40, 40)), (2, State.Pressed, (150, 190)))
    touch(pad, Kind.TouchUpdate, (1, State.Updated, (60, 80)), (2, State.Updated, (152, 188)))
    touch(pad, Kind.TouchUpdate, (1, State.Updated, (60, 120)), (2, State.Released, (152, 188)))
    touch(pad, Kind.TouchEnd, (1, State.Released, (60, 150)))
    assert [len(stroke) for stroke in pad.strokes()] == [4]
    assert pad.strokes()[0][:, 0].max() < 0.5


def test_a_finger_draws_and_draws_again_while_the_palm_rests(pad: DrawingPad) -> None:
    palm = (2, State.Stationary, (150.0, 190.0))
    touch(pad, Kind.TouchBegin, (1, State.Pressed, (40, 40)))
    touch(pad, Kind.TouchUpdate, (1, State.Released, (60, 80)), (2, State.Pressed, (150, 190)))
    touch(pad, Kind.TouchUpdate, (3, State.Pressed, (90, 40)), palm)
    touch(pad, Kind.TouchUpdate, (3, State.Updated, (90, 80)), palm)
    first, second = pad.strokes()
    np.testing.assert_allclose(first * 200, [[40.0, 40.0], [60.0, 80.0]], atol=1e-4)
    np.testing.assert_allclose(second * 200, [[90.0, 40.0], [90.0, 80.0]], atol=1e-4)


def test_what_a_cancelled_touch_has_drawn_is_kept(pad: DrawingPad) -> None:
    touch(pad, Kind.TouchBegin, (1, State.Pressed, (40, 40)))
    touch(pad, Kind.TouchUpdate, (1, State.Updated, (60, 80)))
    touch(pad, Kind.TouchCancel)
    assert [len(stroke) for stroke in pad.strokes()] == [2]
    touch(pad, Kind.TouchBegin, (1, State.Pressed, (90, 40)))
    assert len(pad.strokes()) == 2


def test_a_palm_beside_a_tablet_s_pen_draws_nothing(pad: DrawingPad) -> None:
    pen = Pen(pad)
    pen.send(Kind.TabletPress, (40, 40), 0.5, LEFT, LEFT)
    touch(pad, Kind.TouchBegin, (1, State.Pressed, (150, 190)))
    pen.send(Kind.TabletMove, (40, 90), 0.5, NO_BUTTON, LEFT)
    touch(pad, Kind.TouchEnd, (1, State.Released, (150, 190)))
    pen.send(Kind.TabletRelease, (40, 120), 0.0, LEFT, NO_BUTTON)
    assert [len(stroke) for stroke in pad.strokes()] == [3]


def mouse(pad: DrawingPad, kind: QEvent.Type, at: Point, buttons: Qt.MouseButton, made: int = 0) -> None:
    button = LEFT if kind is not Kind.MouseMove else NO_BUTTON
    event = QMouseEvent(kind, QPointF(*at), QPointF(pad.mapToGlobal(QPoint(*map(int, at)))), button, buttons, NONE)
    event.setTimestamp(made)
    QApplication.sendEvent(pad, event)


def test_a_stroke_goes_on_after_leaving_the_pad_or_the_window_and_coming_back(pad: DrawingPad) -> None:
    mouse(pad, Kind.MouseButtonPress, (100, 100), LEFT)
    mouse(pad, Kind.MouseMove, (260, 100), LEFT)
    for event in (QEvent(Kind.Leave), QEvent(Kind.WindowDeactivate), QFocusEvent(Kind.FocusOut)):
        QApplication.sendEvent(pad, event)
    mouse(pad, Kind.MouseMove, (260, 150), LEFT)
    mouse(pad, Kind.MouseMove, (100, 150), LEFT)
    mouse(pad, Kind.MouseButtonRelease, (100, 150), NO_BUTTON)
    np.testing.assert_allclose(pad.strokes()[0], [[0.5, 0.5], [1, 0.5], [1, 0.75], [0.5, 0.75]], atol=1e-6)


def test_another_button_does_not_break_a_stroke(pad: DrawingPad) -> None:
    QTest.mousePress(pad, LEFT, NONE, QPoint(40, 40))
    QTest.mouseMove(pad, QPoint(40, 90))
    QTest.mousePress(pad, RIGHT, NONE, QPoint(40, 90))
    QTest.mouseRelease(pad, RIGHT, NONE, QPoint(40, 90))
    mouse(pad, Kind.MouseMove, (40, 120), LEFT)
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(40, 120))
    assert [len(stroke) for stroke in pad.strokes()] == [3]


def test_where_the_release_is_lost_or_the_pad_is_hidden_the_stroke_is_kept_and_ends(pad: DrawingPad) -> None:
    mouse(pad, Kind.MouseButtonPress, (100, 100), LEFT)
    mouse(pad, Kind.MouseMove, (100, 150), LEFT)
    mouse(pad, Kind.MouseMove, (20, 20), NO_BUTTON)
    assert [len(stroke) for stroke in pad.strokes()] == [2]
    assert pad.can_undo()
    mouse(pad, Kind.MouseButtonPress, (30, 30), LEFT)
    mouse(pad, Kind.MouseButtonPress, (60, 60), LEFT)
    assert [len(stroke) for stroke in pad.strokes()] == [2, 1, 1]
    mouse(pad, Kind.MouseMove, (60, 90), LEFT)
    pad.hide()
    assert [len(stroke) for stroke in pad.strokes()] == [2, 1, 2]


def test_movements_that_wait_too_long_are_answered_together_or_with_the_end_of_the_stroke(
    pad: DrawingPad, qtbot: QtBot
) -> None:
    heard: list[int] = []
    pad.strokes_changed.connect(lambda strokes: heard.append(len(strokes[0])))
    mouse(pad, Kind.MouseButtonPress, (50, 50), LEFT, made=100_000)
    mouse(pad, Kind.MouseMove, (50, 60), LEFT, made=100_000)
    # Made long before it comes here, seen from the first.
    mouse(pad, Kind.MouseMove, (50, 70), LEFT, made=90_000)
    mouse(pad, Kind.MouseMove, (50, 80), LEFT, made=90_001)
    assert heard == [1, 2]
    assert len(pad.strokes()[0]) == 4
    qtbot.waitUntil(lambda: heard == [1, 2, 4])


def test_a_stroke_that_ends_is_answered_whole(pad: DrawingPad) -> None:
    heard: list[int] = []
    pad.strokes_changed.connect(lambda strokes: heard.append(len(strokes[0])))
    mouse(pad, Kind.MouseButtonPress, (50, 50), LEFT, made=100_000)
    mouse(pad, Kind.MouseMove, (50, 60), LEFT, made=100_000)
    mouse(pad, Kind.MouseMove, (50, 70), LEFT, made=90_000)
    mouse(pad, Kind.MouseButtonRelease, (50, 70), NO_BUTTON)
    assert heard == [1, 2, 3]
