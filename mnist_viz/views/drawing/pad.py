"""The drawing pad: strokes by mouse, pen or finger, rubbed out, undone and redone."""

from collections.abc import Sequence
from enum import Enum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QPainter, QResizeEvent, QTransform
from PySide6.QtWidgets import QWidget

from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.views import zoom
from mnist_viz.views.copying import copy_action
from mnist_viz.views.drawing.eraser import rub_out
from mnist_viz.views.drawing.pad_history import EMPTY, History
from mnist_viz.views.drawing.pad_painting import Box, Mark, draw_boxes, draw_hint, draw_mark, draw_why, pad_cursor
from mnist_viz.views.drawing.pen_area import PenArea
from mnist_viz.views.drawing.strokes import InkLayer, Point, Points, Trace, frozen_stroke
from mnist_viz.views.painting import digit_image, draw_ground, draw_picture
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
    """A widget to draw in, to be kept square. Strokes are float32 (points, 2), x and y from 0 to 1, y downwards."""

    strokes_changed = Signal(object)
    """The strokes, whenever the user changes them: each point drawn, rubbing out, undo, redo, clear.

    Points that come faster than they can be answered are all kept, and told together once the queue is empty.
    """
    picture_restored = Signal(object)
    """Undo or redo brought back a drawing that is a given picture."""
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
        self._mark: Mark | None = None
        self._boxes: tuple[Box, ...] = ()
        self._current = 0  # the box of the digit that the panels show
        self._held: tuple[QPointF, float | None] | None = None  # pressed in a box: a click, or the begin of a stroke
        self._hint, self._why = "Draw a digit here", ""
        self._dragged_over = False
        self._layer = InkLayer()
        self._untold = QTimer(self)  # runs while there are points that were not told yet
        self._untold.setSingleShot(True)
        self._untold.setInterval(0)
        self._untold.timeout.connect(self._tell)
        copy_action(self).triggered.connect(self.copy)
        self._show_cursor()

    def show_picture(self, drawing: Drawing, *, replace: bool = False) -> None:
        """Show a drawing that is a given picture until something is drawn or cleared; emits no signal of it.

        Args:
            replace: it takes the place of the one that is shown: one undo takes both away.
        """
        self.let_go()
        self._history.change(drawing, replace=replace)
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

    def set_refusal(self, why: str) -> None:
        """Say on the pad why drawings cannot be read; an empty text if they can."""
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
            QGuiApplication.clipboard().setImage(self.grab().toImage())

    def _show_if(self, changed: bool) -> None:
        if not changed:
            return
        self._show_drawing()
        if self._history.drawing.picture is not None:
            self.picture_restored.emit(self._history.drawing)
        else:
            self._tell()

    @Slot()
    def thinner(self) -> None:
        self.set_pen_width(max((width for width in PEN_WIDTHS if width < self._pen_width), default=PEN_WIDTHS[0]))

    @Slot()
    def thicker(self) -> None:
        self.set_pen_width(min((width for width in PEN_WIDTHS if width > self._pen_width), default=PEN_WIDTHS[-1]))

    def _show_drawing(self) -> None:
        self._mark, self._boxes, self._held = None, (), None
        self.update()
        self.history_changed.emit()

    @Slot()
    def _tell(self) -> None:
        self._untold.stop()
        self.strokes_changed.emit(self.strokes())

    def _tell_in_time(self) -> None:
        """Emit now, or join the movements that come faster than they can be answered."""
        if self.behind() > LATE:
            self._untold.start()
        else:
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
            self.update()
            self.history_changed.emit()
        if self._untold.isActive():
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
        self.update(QTransform.fromScale(self.width(), self.width()).mapRect(self._trace.tail()).toAlignedRect())
        self._tell_in_time()

    def _rub(self, point: Point) -> None:
        drawing = self._history.drawing
        left = rub_out(drawing.strokes, self._rubber or point, point, _ERASER * self._pen_width)
        self._rubber = point
        if left is not None:
            # One undo restores the whole erasure: it is recorded when the eraser is lifted.
            self._history.drawing = Drawing(left)
            self._boxes = ()
            self.update()
            self.history_changed.emit()
            self._tell_in_time()

    def sizeHint(self) -> QSize:
        return zoom.size(304, 304)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.redraw()

    def redraw(self) -> None:
        self._show_cursor()
        super().redraw()

    def paint(self, painter: QPainter, within: QRectF) -> None:
        theme, area, drawing = self.theme, self.area, self._history.drawing
        empty, side = self.is_empty(), area.width()
        invites = self._dragged_over or (empty and not self._why)
        draw_ground(painter, area, theme, RADIUS, edge=theme.accent if invites else None)
        inside = area.adjusted(1, 1, -1, -1)
        if drawing.picture is not None and not self._points:
            draw_picture(painter, inside, digit_image(drawing.picture, theme), zoom.ratio(self))
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
            painter.drawPixmap(0, 0, self._layer.picture(drawing.strokes, side, zoom.ratio(self), color(theme.ink)))
        if self._boxes:
            draw_boxes(painter, area, theme, self._boxes, self._current)
        if self._points:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(side, side)
            self._trace.paint(painter, color(theme.ink), QTransform.fromScale(1 / side, 1 / side).mapRect(within))

    def _in_pad(self, position: QPointF) -> Point:
        side = self.area.width()
        return position.x() / side, position.y() / side

    def _box_at(self, point: Point) -> int | None:
        """The box of a number's digit at a point; the one with the nearest middle where two overlap."""
        x, y = point
        found = [
            (abs(left + right - 2 * x), k)
            for k, (left, top, right, bottom) in enumerate(self._boxes)
            if left <= x <= right and top <= y <= bottom
        ]
        return min(found)[1] if found else None

    def _set_rubs(self, rubs: bool) -> None:
        if rubs != self._rubs:
            self._rubs = rubs
            self._show_cursor()

    def _show_cursor(self) -> None:
        width = self._pen_width * (_ERASER if self._rubs else 1)
        self.setCursor(pad_cursor(self._rubs, round(width * self.width()), self.devicePixelRatioF()))
