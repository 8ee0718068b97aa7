"""A simulated user: real mouse and key events for the window, and waiting until something happens."""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QWidget

Point = tuple[float, float]

NO_MODIFIER = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class SimulatedUser:
    """Sends events to the widgets of `application`, letting the event loop turn between them."""

    def __init__(self, application: QApplication) -> None:
        self._application = application

    def turn(self) -> None:
        """Let the event loop handle what waits."""
        self._application.processEvents()

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()
            time.sleep(0.002)

    def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Wait until `condition` holds; return whether it did within `seconds`."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            self.turn()
            time.sleep(0.002)
        return True

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        QTest.mouseClick(widget, LEFT, NO_MODIFIER, at if at is not None else widget.rect().center())
        self.turn()

    def double_click(self, widget: QWidget) -> None:
        QTest.mouseDClick(widget, LEFT, NO_MODIFIER, widget.rect().center())
        QTest.mouseRelease(widget, LEFT, NO_MODIFIER, widget.rect().center())  # which Qt's own leaves out
        self.turn()

    def press(self, widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO_MODIFIER) -> None:
        QTest.keyClick(widget, key, modifiers)
        self.turn()

    def draw(
        self, pad: QWidget, strokes: Iterable[Sequence[Point]], after_move: Callable[[], object] | None = None
    ) -> None:
        """Draw strokes given in shares of the pad's width and height; call `after_move` at every movement."""
        for stroke in strokes:
            points = [QPoint(round(x * pad.width()), round(y * pad.height())) for x, y in stroke]
            QTest.mousePress(pad, LEFT, NO_MODIFIER, points[0])
            for point in points[1:]:
                QTest.mouseMove(pad, point)
                self.turn()
                if after_move is not None:
                    after_move()
            QTest.mouseRelease(pad, LEFT, NO_MODIFIER, points[-1])
            self.turn()

    def choose(self, combo: QComboBox, data: object) -> bool:
        """Choose the entry with `data` by the keyboard; return whether there is such an entry."""
        wanted = combo.findData(data)
        if wanted < 0:
            return False
        combo.setFocus()
        # Every key press is an intent of its own, so the way there must be one press: past its neighbour.
        step = Qt.Key.Key_Down if wanted > 0 else Qt.Key.Key_Up
        combo.setCurrentIndex(wanted - 1 if wanted > 0 else wanted + 1)
        self.press(combo, step)
        combo.clearFocus()
        return True

    def type_into(self, field: QAbstractSpinBox | QLineEdit, text: str) -> None:
        """Replace what stands in a field and press Enter."""
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        self.press(field, Qt.Key.Key_Return)
        field.clearFocus()


def arc(center: Point, radius: Point, start: float, end: float, points: int = 16) -> list[Point]:
    """Points of an elliptical arc; angles in degrees, clockwise on the screen from the right."""
    angles = np.radians(np.linspace(start, end, points))
    return [(center[0] + radius[0] * float(np.cos(a)), center[1] + radius[1] * float(np.sin(a))) for a in angles]


def line(*corners: Point, points: int = 12) -> list[Point]:
    """Points along straight lines from corner to corner."""
    result: list[Point] = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        result += [(x0 + (x1 - x0) * k / points, y0 + (y1 - y0) * k / points) for k in range(1, points + 1)]
    return result


def placed(strokes: Iterable[Sequence[Point]], size: float, centre: Point) -> list[list[Point]]:
    """The strokes of a drawing that fills the pad, smaller and about another place."""
    return [[(centre[0] + size * (x - 0.5), centre[1] + size * (y - 0.5)) for x, y in stroke] for stroke in strokes]


DRAWN: dict[int, list[list[Point]]] = {
    3: [arc((0.48, 0.34), (0.17, 0.15), -150, 90) + arc((0.48, 0.66), (0.19, 0.17), -90, 150)],
    5: [line((0.66, 0.2), (0.38, 0.2), (0.36, 0.46)) + arc((0.48, 0.62), (0.19, 0.18), -120, 140)],
    7: [line((0.28, 0.24), (0.7, 0.24), (0.44, 0.82))],
}
"""Digits as a steady hand draws them on the pad."""

STAR: list[list[Point]] = [
    line(*[(0.5 + 0.3 * np.sin(a), 0.5 - 0.3 * np.cos(a)) for a in np.linspace(0, 4 * np.pi, 6)])
]
"""A star of five rays in one stroke, which is no digit."""
