"""The timeline's track: a tick for every recorded frame, marks above, and a handle that can be dragged to them."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.theme import DARK, GRID, Theme, color
from mnist_viz.views.timeline_bubble import TimelineBubble, Told
from mnist_viz.views.timeline_ground import LINE_Y, MARK_Y, paint_ground
from mnist_viz.views.timeline_marks import ROOM, Group, Mark, grouped
from mnist_viz.views.timeline_scale import Scale, place

_MARKS_END = 17.0  # above it the mouse means a mark
_HANDLE = 7.0
_NEAR = 8.0  # pixels from a frame within which the mouse means it
_WHEEL_NOTCH = 120


class TimelineTrack(QWidget):
    """A slider over frames that lie at uneven places."""

    cursor_requested = Signal(int)  # the index of a frame
    mark_requested = Signal(int)  # the step of a mark
    painted = Signal(int)  # the index of the frame at the cursor, once the handle is painted there

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription("Every recorded frame: drag or click to go there")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._theme = DARK
        self._epochs: NDArray[np.float64] = np.empty(0)
        self._ends: NDArray[np.bool_] = np.empty(0, bool)
        self._batches: NDArray[np.integer] = np.empty(0, np.int64)
        self._extent = 0.0
        self._marks: tuple[Mark, ...] = ()
        self._cursor = 0
        self._between: float | None = None  # where the moment shown is, if it is not a recorded one
        self._hover: QPointF | None = None
        self._dragging = False
        self._asked = -1
        self._wheel = 0
        self._groups: list[Group] | None = None
        self._ground: QPixmap | None = None  # all that stays when the handle moves
        self._bubble = TimelineBubble(self)

    # Values in

    def set_frames(
        self,
        epochs: NDArray[np.floating],
        ends: NDArray[np.bool_],
        extent: float,
        batches: NDArray[np.integer] | None = None,
    ) -> None:
        """See `TimelineBar.set_frames`."""
        self._epochs = np.asarray(epochs, np.float64)
        self._ends = np.asarray(ends, bool)
        self._batches = np.zeros(len(epochs), np.int64) if batches is None else batches
        self._extent = float(extent)
        self._changed()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """See `TimelineBar.set_marks`."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self._changed()

    def set_cursor(self, index: int, epoch: float | None = None) -> None:
        self._cursor, self._between = index, epoch
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._bubble.set_theme(theme)
        self._changed()

    # Values out

    @property
    def position(self) -> float | None:
        """The cursor's place in epochs; None while nothing is recorded."""
        if not len(self._epochs):
            return None
        if self._between is not None:
            return self._between
        return float(self._epochs[min(max(self._cursor, 0), len(self._epochs) - 1)])

    @property
    def groups(self) -> list[Group]:
        """The marks as they are painted."""
        if self._groups is None:
            places = self._scale().places(np.array([mark.epoch for mark in self._marks]))
            self._groups = grouped(self._marks, places.tolist())
        return self._groups

    @property
    def told(self) -> str:
        """What is said of the moment under the mouse; empty if it is elsewhere."""
        return self._bubble.text if self._bubble.isVisible() else ""

    def x_of(self, epoch: float) -> float:
        """The place of a moment on the track, in pixels."""
        return self._scale().x(epoch)

    def index_at(self, x: float) -> int:
        """The frame nearest to `x`; -1 while nothing is recorded."""
        if not len(self._epochs):
            return -1
        places = self._scale().places(self._epochs)
        right = int(np.searchsorted(places, x))
        if right == 0:
            return 0
        if right == len(places):
            return right - 1
        return right if places[right] - x < x - places[right - 1] else right - 1

    def _scale(self) -> Scale:
        last = float(self._epochs[-1]) if len(self._epochs) else 0.0
        return Scale(max(self._extent, last, 1.0), self.width())

    def _group_at(self, at: QPointF) -> Group | None:
        """The marks whose sign is under the mouse."""
        return self._group_near(at.x()) if at.y() < _MARKS_END else None

    def _group_near(self, x: float) -> Group | None:
        near = min(self.groups, key=lambda group: abs(group.x - x), default=None)
        return near if near is not None and abs(near.x - x) <= ROOM / 2 else None

    def _changed(self) -> None:
        self._groups = self._ground = None
        if self._hover is not None:
            self._tell()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, 7 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, 7 * GRID)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not len(self._epochs):
            return
        self._hover = event.position()
        group = self._group_at(event.position())
        if group is not None:
            self.mark_requested.emit(group.after(self.position or 0.0).step)
        else:
            self._dragging = True
            self._asked = -1
            self._ask(self.index_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position()
        if self._dragging:
            self._ask(self.index_at(event.position().x()))
        self._tell()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._forget_mouse()

    def hideEvent(self, event: QHideEvent) -> None:
        self._forget_mouse()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Fine wheels and touch pads send parts of a notch.
        delta = event.angleDelta()
        self._wheel += delta.y() or delta.x()
        steps = int(self._wheel / _WHEEL_NOTCH)
        self._wheel -= steps * _WHEEL_NOTCH
        if steps and len(self._epochs):
            self._asked = -1
            here = min(max(self._cursor, 0), len(self._epochs) - 1)
            self._ask(min(max(here - steps, 0), len(self._epochs) - 1))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._groups = self._ground = None

    def _ask(self, index: int) -> None:
        if index >= 0 and index != self._asked:
            self._asked = index
            self.cursor_requested.emit(index)

    def _forget_mouse(self) -> None:
        self._hover = None
        self._bubble.hide()
        self.update()

    # What is said of the place under the mouse

    def _tell(self) -> None:
        assert self._hover is not None
        on_mark = not self._dragging and len(self._epochs) > 0 and self._group_at(self._hover) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if on_mark else Qt.CursorShape.ArrowCursor)
        if not len(self._epochs):
            self._bubble.hide()
            return
        x = min(max(self._hover.x(), 0.0), float(self.width()))
        above = self.mapToGlobal(QPoint(round(x), -GRID))
        self._bubble.show_above(above, self._told(self._hover), self.window())

    def _told(self, at: QPointF) -> Told:
        group = None if self._dragging else self._group_at(at)
        if group is not None:
            mark = group.after(self.position or 0.0)
            return Told(self._name(mark.epoch), "Click to go there", self._lines(group, mark.epoch))
        index, scale = self.index_at(at.x()), self._scale()
        epoch = float(self._epochs[index])
        name, distance = self._name(epoch), at.x() - scale.x(epoch)
        near = self._group_near(at.x())
        lines = self._lines(near, epoch) if near is not None else ()
        if self._dragging or abs(distance) <= _NEAR:
            return Told(name, "" if self._dragging else "Recorded", lines)
        under = f"Epoch {min(int(scale.epoch(at.x())) + 1, math.ceil(scale.extent)):,}"
        if distance > 0 and index == len(self._epochs) - 1:
            return Told(under, "Not trained yet", lines)
        return Told(under, f"Nearest recorded: {name[0].lower()}{name[1:]}", lines)

    def _lines(self, group: Group, epoch: float) -> tuple[tuple[Mark, str], ...]:
        """The marks with their words, and with their moments where these differ."""
        one = all(mark.epoch == epoch for mark in group.marks)
        return tuple((mark, mark.text if one else f"{self._name(mark.epoch)}: {mark.text}") for mark in group.marks)

    def _name(self, epoch: float) -> str:
        """The moment in words, with its batch as far as the batches of that epoch are known."""
        if not len(self._batches):
            return place(epoch, 0)
        # The frame after it is in its epoch, or ends it; the last one is, or is before it.
        index = min(int(np.searchsorted(self._epochs, epoch)), len(self._batches) - 1)
        return place(epoch, int(self._batches[index]))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)
        self.painted.emit(self._cursor)

    def _paint(self, painter: QPainter) -> None:
        ratio = self.devicePixelRatioF()
        if self._ground is None or self._ground.devicePixelRatio() != ratio:
            self._ground = self._make_ground(ratio)
        painter.drawPixmap(0, 0, self._ground)
        position = self.position
        if position is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hover is not None and not self._dragging:
            self._paint_hover(painter, self._hover)
        self._paint_handle(painter, self.x_of(position))

    def _make_ground(self, ratio: float) -> QPixmap:
        ground = QPixmap(self.size() * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(Qt.GlobalColor.transparent)
        with QPainter(ground) as painter:
            paint_ground(painter, self._theme, self._scale(), self._epochs, self._ends, self.groups)
        return ground

    def _paint_hover(self, painter: QPainter, at: QPointF) -> None:
        group = self._group_at(at)
        if group is not None:
            painter.setPen(QPen(color(self._theme.text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(math.floor(group.x) - 7.5, MARK_Y - 8, 16, 16), 4, 4)
            return
        place_of = self.x_of(float(self._epochs[self.index_at(at.x())]))
        painter.setPen(QPen(color(self._theme.text), 1.5))
        painter.setBrush(color(self._theme.panel))
        painter.drawEllipse(QPointF(place_of, LINE_Y), 4, 4)

    def _paint_handle(self, painter: QPainter, x: float) -> None:
        painter.setPen(QPen(color(self._theme.panel), 2))
        painter.setBrush(color(self._theme.accent))
        radius = _HANDLE + 1 if self._dragging else _HANDLE
        painter.drawEllipse(QPointF(x, LINE_Y), radius, radius)
