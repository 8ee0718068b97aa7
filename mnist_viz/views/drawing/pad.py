"""The drawing pad: strokes by mouse, pen or finger, rubbed out, undone and redone."""

from collections.abc import Sequence
from enum import Enum

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.views import zoom
from mnist_viz.views.copying import copy_action
from mnist_viz.views.drawing.eraser import rub_out
from mnist_viz.views.drawing.pad_history import EMPTY, History
from mnist_viz.views.drawing.pad_painting import Box, Mark, draw_boxes, draw_hint, draw_mark, draw_why, pad_cursor
from mnist_viz.views.drawing.pen_area import PenArea
from mnist_viz.views.drawing.strokes import InkLayer, Point, Points, Trace, frozen_stroke
from mnist_viz.views.painting import Bytes, digit_image, draw_ground, draw_picture
from mnist_viz.views.theme import RADIUS, color

PEN_WIDTHS = (0.03, 0.045, 0.062, 0.085, 0.115)
"""Of the pad's side. For the eye alone: what the network sees is drawn anew from the strokes."""
PEN_WIDTH = PEN_WIDTHS[2]

_ERASER = 1.6
"""The eraser's width in those of the pen."""


_BOX_GAP = 0.015
_CLICK = 3.0  # pixels that a click may move
LATE = 30.0
"""Milliseconds that a movement may wait; beyond that it is drawn, and answered together with those after it."""


class Tool(Enum):
    PEN = "pen"
    ERASER = "eraser"


class DrawingPad(PenArea):
    """A square to draw in. Strokes are float32 (points, 2), x and y from 0 to 1, y downwards."""

    strokes_changed = Signal(object)
    """The strokes, whenever the user changes them: each point drawn, rubbing out, undo, redo, clear.

    Points that come faster than they can be answered are all kept, and told together once the queue is empty.
    """
    digit_changed = Signal(object, int)
    """Undo or redo brought back a given picture: the picture and its class."""
    group_clicked = Signal(int)
    """The user chose a digit of a number, by its place among the groups, with a click that draws nothing."""
    history_changed = Signal()
    """What `can_undo`, `can_redo` or `is_empty` answer may have changed."""
    tool_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("drawing-pad", "Drawing pad", parent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(112, 112)
        self._history = History()
        self._tool, self._pen_width = Tool.PEN, PEN_WIDTH
        self._rubs = False  # what the pen does now, or would do where it hovers
        # The stroke that is being drawn.
        self._points: list[Point] = []
        self._pressures: list[float] = []
        self._trace = Trace(PEN_WIDTH)
        # The rubbing out that is being done: what was there before, and where the eraser is.
        self._before: Drawing | None = None
        self._rubber: Point | None = None
        self._digit_picture: QImage | None = None
        self._mark: Mark | None = None
        self._boxes: tuple[Box, ...] = ()
        self._current = 0  # the box of the digit that the panels show
        self._held: tuple[QPointF, float | None] | None = None  # pressed in a box: a click, or the begin of a stroke
        self._hint, self._why = "Draw a digit here", ""
        self._dragged_over = False
        # Finished strokes are painted once; only the one being drawn is painted at every move.
        self._layer = InkLayer()
        self._untold = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._on_queue_empty)
        copy_action(self).triggered.connect(self.copy)
        self._show_cursor()

    def show_digit(self, image: Bytes | None, label: int = -1) -> None:
        """Show a picture, (h, w) or (h, w, 3) uint8, of class `label` in place of the strokes.

        It stays until something is drawn or cleared. None takes it away.
        """
        self.let_go()
        drawing = EMPTY if image is None else Drawing(picture=image, label=label)
        if image is not None or self._history.drawing.picture is not None:
            self._history.change(drawing)
        self._show_drawing()

    def replace_digit(self, image: Bytes) -> None:
        """Show another picture in the place of the one that is shown: one undo takes both away."""
        self.let_go()
        self._history.replace(Drawing(picture=image))
        self._show_drawing()

    def set_mark(self, mark: Mark | None) -> None:
        """Say of the picture that is shown whether the network knew it, until the pad changes."""
        if mark != self._mark:
            self._mark = mark
            self.update()

    def set_groups(self, groups: Sequence[Box], current: int = 0) -> None:
        """The bounds of the points of those strokes that are read as one digit: left, top, right, bottom in pad units.

        Boxes are drawn round them, the pen's width and a little more outside, if there is more than one; that of the
        `current` one stands out. A click in another one chooses it.
        """
        out = max((stroke.width for stroke in self._history.drawing.strokes), default=0.0) / 2 + _BOX_GAP
        wide = [(left - out, top - out, right + out, bottom + out) for left, top, right, bottom in groups]
        boxes = tuple(wide) if len(wide) > 1 else ()
        if (boxes, current) != (self._boxes, self._current):
            self._boxes, self._current = boxes, current
            self.update()

    def set_hint(self, hint: str) -> None:
        if hint != self._hint:
            self._hint = hint
            self.update()

    def set_readable(self, readable: bool, why: str = "") -> None:
        """Say on the pad that drawings cannot be read, and why."""
        why = "" if readable else why
        if why != self._why:
            self._why = why
            self.setToolTip(why)
            self.update()

    def set_dragged_over(self, over: bool) -> None:
        """Whether a picture hangs over the pad, ready to be dropped."""
        self._dragged_over = over
        self.update()

    def set_tool(self, tool: Tool) -> None:
        self._tool = tool
        self._rubs = tool is Tool.ERASER
        self._show_cursor()
        self.tool_changed.emit()

    def set_pen_width(self, width: float) -> None:
        """The width of the lines that are drawn from now on, in pad units."""
        self._pen_width = width
        self._show_cursor()
        self.tool_changed.emit()

    def strokes(self) -> list[Points]:
        """The strokes in pad units, the one being drawn included."""
        drawn = [stroke.points for stroke in self._history.drawing.strokes]
        return [*drawn, frozen_stroke(self._points)] if self._points else drawn

    def drawing(self) -> Drawing:
        """What lies on the pad; a stroke that is being drawn is not finished and not among it."""
        return self._history.drawing

    def tool(self) -> Tool:
        return self._tool

    def pen_width(self) -> float:
        return self._pen_width

    # --- what the user does ------------------------------------------------------------------

    def is_empty(self) -> bool:
        return self._history.drawing.empty and not self._points

    def can_undo(self) -> bool:
        return self._history.can_undo()

    def can_redo(self) -> bool:
        return self._history.can_redo()

    @Slot()
    def undo(self) -> None:
        self.let_go()
        self._show_if(self._history.undo())

    @Slot()
    def redo(self) -> None:
        self.let_go()
        self._show_if(self._history.redo())

    @Slot()
    def clear(self) -> None:
        """Empty the pad; undo restores what was there."""
        self.lay(EMPTY)

    def lay(self, drawing: Drawing) -> None:
        """Put `drawing` on the pad as if the user had; one undo restores what was there."""
        self.let_go()
        changed = not (drawing.empty and self._history.drawing.empty)
        if changed:
            self._history.change(drawing)
        self._show_if(changed)

    @Slot()
    def copy(self) -> None:
        """Put a picture of what lies on the pad, if anything does, on the clipboard."""
        if not self.is_empty():
            QGuiApplication.clipboard().setImage(self.grab(self._pixels(self._area())).toImage())

    def _show_if(self, changed: bool) -> None:
        if changed:
            self._show_drawing()
            self._tell_drawing()

    @Slot()
    def thinner(self) -> None:
        self.set_pen_width(max((width for width in PEN_WIDTHS if width < self._pen_width), default=PEN_WIDTHS[0]))

    @Slot()
    def thicker(self) -> None:
        self.set_pen_width(min((width for width in PEN_WIDTHS if width > self._pen_width), default=PEN_WIDTHS[-1]))

    def _show_drawing(self) -> None:
        self._digit_picture, self._mark, self._boxes, self._held = None, None, (), None
        self._forget_layer()
        self.history_changed.emit()

    def _tell_drawing(self) -> None:
        drawing = self._history.drawing
        if drawing.picture is not None:
            self.digit_changed.emit(drawing.picture, drawing.label)
        else:
            self._tell()

    def _tell(self) -> None:
        self._untold = False
        self.strokes_changed.emit(self.strokes())

    def _tell_in_time(self) -> None:
        """Emit now, or join the movements that come faster than they can be answered."""
        if self.behind() > LATE:
            self._untold = True
            self._soon.start()
        else:
            self._tell()

    @Slot()
    def _on_queue_empty(self) -> None:
        if self._untold:
            self._tell()

    # --- the pen -----------------------------------------------------------------------------

    def pen_down(self, at: QPointF, pressure: float | None, rubs: bool) -> None:
        self._set_rubs(rubs or self._tool is Tool.ERASER)
        if self._rubs:
            self._before = self._history.drawing
            self._rub(self._in_pad(at))
            return
        if self._box_at(self._in_pad(at)) is not None:
            self._held = at, pressure
            return
        self._begin(at, pressure)

    def _begin(self, at: QPointF, pressure: float | None) -> None:
        was_empty = self.is_empty()
        self._mark = None
        self._trace = Trace(self._pen_width, pressed=pressure is not None)
        self._pressures = [] if pressure is None else [pressure]
        self._draw_to(self._in_pad(at), pressure)
        self.update()
        if was_empty:
            self.history_changed.emit()

    def pen_moved(self, at: QPointF, pressure: float | None) -> None:
        if self._held is not None and (at - self._held[0]).manhattanLength() >= _CLICK:
            held, self._held = self._held, None
            self._begin(*held)
        if self._before is not None:
            self._rub(self._in_pad(at))
        elif self._points:
            self._draw_to(self._in_pad(at), pressure)

    def pen_up(self) -> None:
        if self._held is not None:
            box, self._held = self._box_at(self._in_pad(self._held[0])), None
            if box is not None:
                self.group_clicked.emit(box)
        elif self._before is not None:
            before, self._before, self._rubber = self._before, None, None
            if self._history.drawing is not before:
                self._history.change(self._history.drawing, before)
                self.history_changed.emit()
        elif self._points:
            pressures = np.array(self._pressures, np.float32) if self._pressures else None
            stroke = Stroke(frozen_stroke(self._points), self._trace.width, pressures)
            self._history.change(Drawing((*self._history.drawing.strokes, stroke)))
            self._points = []
            self._layer.add(stroke, self._area().width(), color(self.theme.ink))
            self.update()
            self.history_changed.emit()
        if self._untold:
            self._tell()
        self._set_rubs(self._tool is Tool.ERASER)

    def pen_hovers(self, rubs: bool) -> None:
        self._set_rubs(rubs or self._tool is Tool.ERASER)

    def _draw_to(self, point: Point, pressure: float | None) -> None:
        # A pen that leaves the pad runs along its edge: nothing is drawn that cannot be seen.
        x, y = (min(max(value, 0.0), 1.0) for value in point)
        if self._points and self._points[-1] == (x, y):
            return
        if self._points and self._pressures:
            self._pressures.append(pressure if pressure is not None else self._pressures[-1])
        self._points.append((x, y))
        self._trace.add(x, y, self._pressures[-1] if self._pressures else 1.0)
        self.update(self._pixels(self._on_screen(self._trace.tail())))
        self._tell_in_time()

    def _rub(self, point: Point) -> None:
        drawing = self._history.drawing
        left = rub_out(drawing.strokes, self._rubber or point, point, _ERASER * self._pen_width)
        self._rubber = point
        if left is not None:
            # One undo restores the whole erasure: it is recorded when the eraser is lifted.
            self._history.drawing = Drawing(left)
            self._boxes = ()
            self._forget_layer()
            self.history_changed.emit()
            self._tell_in_time()

    def sizeHint(self) -> QSize:
        return zoom.size(304, 304)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.redraw()

    def redraw(self) -> None:
        self._digit_picture = None
        self._show_cursor()
        self._forget_layer()

    def paint(self, painter: QPainter, within: QRectF) -> None:
        theme, area, drawing = self.theme, self._area(), self._history.drawing
        empty = self.is_empty()
        invites = self._dragged_over or (empty and not self._why)
        draw_ground(painter, area, theme, RADIUS, edge=theme.accent if invites else None)
        inside = area.adjusted(1, 1, -1, -1)
        if drawing.picture is not None and not self._points:
            if self._digit_picture is None:
                self._digit_picture = digit_image(drawing.picture, theme)
            draw_picture(painter, inside, self._digit_picture, zoom.ratio(self))
            if self._boxes:
                draw_boxes(painter, area, theme, self._boxes, self._current)
            if self._mark is not None:
                draw_mark(painter, area, theme, self._mark)
            return
        if empty and invites:
            title = "Drop the picture here" if self._dragged_over else self._hint
            draw_hint(painter, area, theme, title, "or drop a picture, or paste one")
            return
        if self._why:
            draw_why(painter, area, theme, self._why, empty)
        painter.setClipRect(inside)
        if drawing.strokes:
            ink = color(theme.ink)
            painter.drawPixmap(
                area.topLeft(), self._layer.picture(drawing.strokes, area.width(), zoom.ratio(self), ink)
            )
        if self._boxes:
            draw_boxes(painter, area, theme, self._boxes, self._current)
        if self._points:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(area.topLeft())
            painter.scale(area.width(), area.width())
            within.translate(-area.topLeft())
            side = area.width()
            seen = QRectF(within.left() / side, within.top() / side, within.width() / side, within.height() / side)
            self._trace.paint(painter, color(theme.ink), seen)

    def _area(self) -> QRectF:
        side = min(self.area.width(), self.area.height())
        return QRectF((self.area.width() - side) // 2, (self.area.height() - side) // 2, side, side)

    def _in_pad(self, position: QPointF) -> Point:
        area = self._area()
        return (position.x() - area.left()) / area.width(), (position.y() - area.top()) / area.width()

    def _box_at(self, point: Point) -> int | None:
        """The box of a number's digit at a point; the one with the nearest middle where two overlap."""
        x, y = point
        found = [
            (abs(left + right - 2 * x), k)
            for k, (left, top, right, bottom) in enumerate(self._boxes)
            if left <= x <= right and top <= y <= bottom
        ]
        return min(found)[1] if found else None

    def _on_screen(self, rect: QRectF) -> QRectF:
        area = self._area()
        side = area.width()
        return QRectF(
            area.left() + rect.left() * side, area.top() + rect.top() * side, rect.width() * side, rect.height() * side
        )

    @staticmethod
    def _pixels(rect: QRectF) -> QRect:
        """The pixels that hold a rectangle in units."""
        scale = zoom.scale()
        return QRectF(rect.topLeft() * scale, rect.size() * scale).toAlignedRect()

    def _forget_layer(self) -> None:
        self._layer.forget()
        self.update()

    def _set_rubs(self, rubs: bool) -> None:
        if rubs != self._rubs:
            self._rubs = rubs
            self._show_cursor()

    def _show_cursor(self) -> None:
        width = self._pen_width * (_ERASER if self._rubs else 1)
        self.setCursor(pad_cursor(self._rubs, zoom.px(width * self._area().width()), self.devicePixelRatioF()))
