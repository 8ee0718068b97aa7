"""Turns mouse, tablet and touch events into those of one pen."""

import time

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QEventPoint,
    QHideEvent,
    QInputDevice,
    QInputEvent,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

from mnist_viz.views import zoom
from mnist_viz.views.canvas import Canvas

_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
_TOUCHES = (QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd)


class PenArea(Canvas):
    """A widget to draw in. One thing at a time holds the pen: a mouse button, a tablet's pen or a finger.

    Whatever happens, what was drawn is kept: where a release never comes, the next event ends the stroke.
    """

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, accessible_name, parent)
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self._holder: Qt.MouseButton | QPointingDevice.PointerType | int | None = None  # int: a finger
        # When the stroke's first movement was made and when it came here, in milliseconds.
        self._first_moved: tuple[float, float] | None = None
        self._behind = 0.0

    def pen_down(self, at: QPointF, pressure: float | None, rubs: bool) -> None:
        """The pen touches the pad `at` a place in units; `pressure` is 0 to 1, or None where nothing feels it."""
        raise NotImplementedError

    def pen_moved(self, at: QPointF, pressure: float | None) -> None:
        raise NotImplementedError

    def pen_up(self) -> None:
        raise NotImplementedError

    def pen_hovers(self, rubs: bool) -> None:
        """The pen is over the pad, with the end that rubs out or with the other."""
        raise NotImplementedError

    def behind(self) -> float:
        """By how many milliseconds the movements come later than the stroke's first one did: they wait in a queue."""
        return self._behind

    def let_go(self) -> None:
        """End the stroke; what moves still is no part of it."""
        if self._holder is not None:
            self._holder, self._first_moved, self._behind = None, None, 0.0
            self.pen_up()

    def _take(
        self,
        holder: Qt.MouseButton | QPointingDevice.PointerType | int,
        at: QPointF,
        pressure: float | None,
        rubs: bool,
    ) -> None:
        self.let_go()
        self._holder = holder
        self.pen_down(at, pressure, rubs)

    def _time(self, event: QInputEvent) -> None:
        made, came = float(event.timestamp()), time.monotonic() * 1000
        if self._first_moved is None:
            self._first_moved = made, came
        self._behind = came - self._first_moved[1] - (made - self._first_moved[0])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        button = event.button()
        if button not in _BUTTONS:
            event.ignore()
        elif self._holder is None or self._holder is button or not event.buttons() & self._held_button():
            self._take(button, event.position() / zoom.scale(), None, rubs=button is Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        held = self._held_button()
        if event.buttons() & held:
            self._time(event)
            self.pen_moved(event.position() / zoom.scale(), None)
            return
        if held is not Qt.MouseButton.NoButton:
            self.let_go()  # its release was not reported
        if self._holder is None:
            self.pen_hovers(rubs=False)
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._holder is event.button():
            self.pen_moved(event.position() / zoom.scale(), None)
            self.let_go()
        else:
            event.ignore()

    def _held_button(self) -> Qt.MouseButton:
        return self._holder if isinstance(self._holder, Qt.MouseButton) else Qt.MouseButton.NoButton

    # --- tablet ------------------------------------------------------------------------------

    def tabletEvent(self, event: QTabletEvent) -> None:
        kind, at = event.type(), event.position() / zoom.scale()
        rubs = event.pointerType() is QPointingDevice.PointerType.Eraser
        holds = isinstance(self._holder, QPointingDevice.PointerType)
        event.accept()  # or Qt would make mouse events of it, in whole pixels
        if kind is QEvent.Type.TabletPress:
            if event.button() in _BUTTONS and not holds:
                self.setFocus(Qt.FocusReason.MouseFocusReason)
                second = event.button() is Qt.MouseButton.RightButton
                self._take(event.pointerType(), at, _pressure(event), rubs or second)
        elif kind is QEvent.Type.TabletMove:
            if holds and event.buttons() != Qt.MouseButton.NoButton:
                self._time(event)
                self.pen_moved(at, _pressure(event))
                return
            if holds:
                self.let_go()
            if self._holder is None:
                self.pen_hovers(rubs)
        elif holds and event.buttons() == Qt.MouseButton.NoButton:
            self.pen_moved(at, None)  # the pen that leaves presses no more, which says nothing of the line
            self.let_go()

    # --- fingers -----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QTouchEvent) and event.device().type() is QInputDevice.DeviceType.TouchScreen:
            if kind is QEvent.Type.TouchCancel:
                if isinstance(self._holder, int):
                    self.let_go()
            elif kind in _TOUCHES:
                if kind is QEvent.Type.TouchUpdate:
                    self._time(event)
                free = self._holder is None
                for point in event.points():
                    self._follow(point, free)
            event.accept()
            return True
        return super().event(event)

    def _follow(self, point: QEventPoint, free: bool) -> None:
        """The first finger draws; every other, and a palm, that comes while it is there is passed over."""
        state, at = point.state(), self.mapFromGlobal(point.globalPosition()) / zoom.scale()
        if state is QEventPoint.State.Pressed and free and self._holder is None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._take(point.id(), at, None, rubs=False)
        elif self._holder == point.id() and isinstance(self._holder, int):
            if state in (QEventPoint.State.Updated, QEventPoint.State.Released):
                self.pen_moved(at, None)
            if state is QEventPoint.State.Released:
                self.let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        self.let_go()


def _pressure(event: QTabletEvent) -> float | None:
    feels = event.device().capabilities() & QInputDevice.Capability.Pressure
    return event.pressure() if feels else None
