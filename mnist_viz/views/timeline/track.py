"""The timeline's track: a tick for every recorded frame, marks above, and a cursor that the mouse drags."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_number
from mnist_viz.views.painting import text_width
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.items import Bars, Signs
from mnist_viz.views.plots.plot import Plot
from mnist_viz.views.theme import GRID, SMALL, Theme, color
from mnist_viz.views.timeline.marks import BREAK, HOVERED, ROOM, SEVERAL, SIGNS, Group, Mark, grouped, mark_color
from mnist_viz.views.timeline.scale import Scale, moment_name
from mnist_viz.views.timeline.tip import TimelineTip, TipText

MARK_Y = 9.0
LINE_Y = 25.0
TICKS_Y = 31.0
"""Where the middle of the marks, the line and the top of the ticks are, in pixels from the top."""

_HEIGHT = 37  # of the plot; below are the epochs' numbers
_NUMBERS = 17
_MARKS_END = 17.0  # above it the mouse points at marks
_CROWDED = 3.0  # pixels: closer ticks are joined into a bar
_HANDLE = 13.0
_NEAR = 8.0  # pixels from a frame within which the mouse points at it
_MOST_LINES = 6  # of the tip; further marks are counted
_WHEEL_NOTCH = 120
_NOTHING = "Recorded steps of the training appear here, to go back to"


class TimelineTrack(Figure):
    """A slider over frames at uneven distances. The plot's coordinates are pixels from the upper left corner."""

    cursor_requested = Signal(int)  # the index of a frame
    mark_requested = Signal(int)  # the step of a mark
    painted = Signal(int)  # the index of the frame at which the cursor has been painted

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("timeline", "Timeline", parent)
        self.setAccessibleDescription("Every recorded frame: drag or click to go there, the wheel goes frame by frame")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAntialiasing(True)
        self._epochs: NDArray[np.float64] = np.empty(0)
        self._batches: NDArray[np.integer] = np.empty(0, np.int64)
        self._extent = 0.0
        self._marks: tuple[Mark, ...] = ()
        self.groups: list[Group] = []  # the marks as they are drawn, those that overlap joined
        self._cursor = 0
        self._between: float | None = None  # the shown moment, if it is not a recorded one
        self._live = True
        self._guest = False
        self._hover: QPointF | None = None
        self._dragging = False
        self._requested = -1
        self._wheel = 0
        self._tip = TimelineTip(self)
        self.plot = Plot()
        self.plot.left.hide()
        self.plot.bottom.setHeight(_NUMBERS)
        self.plot.view.setMouseEnabled(False, False)
        self.plot.view.invertY(True)
        self.plot.add_handle(LINE_Y / _HEIGHT, _HANDLE)
        self._first, self._line, self._recorded, self._back, self._ticks, self._stems = (Bars() for _ in range(6))
        self.breaks, self._signs, self._hovered = Signs(), Signs(), Signs()
        self.plot.add(
            self._first, self._back, self._line, self._recorded, self.breaks, self._ticks, self._stems, self._signs,
            self._hovered,
        )  # fmt: skip
        self.addItem(self.plot, 0, 0)
        self.watch(self.plot.view)

    def set_frames(
        self, epochs: NDArray[np.floating], extent: float, batches: NDArray[np.integer] | None = None
    ) -> None:
        """Show the recorded frames.

        Args:
            epochs: (n,) the moment of each frame in epochs, ascending; 0 is before any training.
            extent: how many epochs the whole run has.
            batches: (n,) of the epoch that each frame is in or ends, to name what is under the mouse; 0 leaves it out.
        """
        before, had = self._scale(), len(self._epochs) > 0
        self._epochs = np.asarray(epochs, np.float64)
        self._batches = np.zeros(len(epochs), np.int64) if batches is None else batches
        self._extent = float(extent)
        if had and len(epochs) and self._scale() == before:
            self._show_frames(before)  # the scale and the marks stay
        else:
            self.fit()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show what happened to the run, and where others left it."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self.fit()

    def set_cursor(self, index: int, epoch: float | None = None, live: bool = True, *, guest: bool = False) -> None:
        """Put the handle on a frame; for the arguments see `TimelineBar.set_cursor`."""
        self._cursor, self._between, self._live, self._guest = index, epoch, live, guest
        self._show_cursor()
        # `painted` must come, and once: the scene merges this with what the cursor changed, the viewport does not.
        self.scene().update(QRectF(self.x_of(self.position or 0.0), 0, 1, 1))

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.plot.set_theme(theme)
        self.plot.bottom.setGrid(False)
        self.plot.bottom.setPen(None)
        self.plot.view.setBackgroundColor(None)
        for bars, tint, alpha in (
            (self._first, theme.border, 0.5), (self._line, theme.border, 1.0), (self._recorded, theme.muted, 1.0),
            (self._back, theme.accent, 0.25), (self._ticks, theme.muted, 0.7), (self._stems, theme.muted, 0.6),
        ):  # fmt: skip
            bars.set_colors(color(tint, alpha))
        self.fit()

    @property
    def position(self) -> float | None:
        """The cursor's place in epochs; None while nothing is recorded."""
        if not len(self._epochs):
            return None
        if self._between is not None:
            return self._between
        return float(self._epochs[min(max(self._cursor, 0), len(self._epochs) - 1)])

    @property
    def newest(self) -> float:
        """The newest recorded moment in epochs; 0 while nothing is recorded."""
        return float(self._epochs[-1]) if len(self._epochs) else 0.0

    @property
    def tip_text(self) -> str:
        """The text of the tip at the mouse; empty while the mouse is elsewhere."""
        return self._tip.content.plain if self._tip.isVisible() else ""

    def x_of(self, epoch: float) -> float:
        """The place of a moment on the track, in pixels."""
        return self._scale().x(epoch)

    def index_at(self, x: float) -> int:
        """The frame nearest to `x`; -1 while nothing is recorded."""
        if not len(self._epochs):
            return -1
        return int(np.abs(self._scale().places(self._epochs) - x).argmin())

    def sizeHint(self) -> QSize:
        return zoom.size(60 * GRID, 7 * GRID)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(6 * GRID, 7 * GRID)

    # --- what is drawn -----------------------------------------------------------------------

    def fit(self) -> None:
        """Draw everything again, for other values or another width."""
        scale = self._scale()
        left, right = scale.x(0.0), scale.x(scale.extent)
        wide = scale.enlarged > 1.01 and len(self._epochs) > 0
        self.plot.view.setRange(QRectF(0, 0, self._wide, _HEIGHT), padding=0)
        self._line.set_values(left, right, LINE_Y - 1, LINE_Y + 1)
        self._first.set_values(left, scale.x(1.0) if wide else left, 0, _HEIGHT)
        here = [scale.x(1.0)] if wide else []
        self.breaks.set_signs(here, [LINE_Y] * len(here), [BREAK] * len(here), [color(self.theme.text)] * len(here))
        self._show_names(scale, wide)
        self._show_marks(scale)
        self._show_frames(scale)

    def _show_frames(self, scale: Scale) -> None:
        self._recorded.set_values(scale.x(0.0), scale.x(self.newest), LINE_Y - 1, LINE_Y + 1)
        self._show_ticks(scale.places(self._epochs))
        self._show_cursor()
        if self._hover is not None:
            self._show_tip(self._hover)

    def _show_ticks(self, places: NDArray[np.float64]) -> None:
        pixel = 1 / zoom.ratio(self)
        # Whole device pixels, each once: a thousand frames in one place are one tick, and a crowd is a bar.
        x, first = np.unique(np.round(places / pixel) * pixel, return_index=True)
        wide = np.diff(x, append=np.inf)
        crowd = (wide < _CROWDED) & (np.diff(x, prepend=-np.inf) < _CROWDED)
        ends_epoch = self._epochs == np.rint(self._epochs)
        height = np.where(ends_epoch[first] & ~crowd, 6.0, 3.0)
        self._ticks.set_values(x, x + np.where(crowd, wide, 1.0), TICKS_Y, TICKS_Y + height)

    def _show_names(self, scale: Scale, wide: bool) -> None:
        names = [(scale.x(epoch), f"{epoch:,}") for epoch in scale.labels()]
        if not len(self._epochs):
            names = [(self._wide / 2, _NOTHING)]
        elif wide:
            room, times = scale.x(1.0) - scale.x(0.0) - 2 * GRID, f"{format_number(round(scale.enlarged, 1))}×"
            texts = (f"epoch 1, {times} as wide", f"{times} as wide", times)
            names.append((scale.x(0.5), next((text for text in texts if text_width(text, SMALL) < room), "")))
        self.plot.bottom.set_ticks(names)

    def _show_marks(self, scale: Scale) -> None:
        places = scale.places(np.array([mark.epoch for mark in self._marks]))
        self.groups = grouped(self._marks, places.tolist())
        several = [group for group in self.groups if len(group.marks) > 1]
        x = np.floor([group.x for group in (*several, *self.groups)]) + 0.5
        signs = [SEVERAL] * len(several) + [SIGNS[group.lead.kind] for group in self.groups]
        tints = [color(self.theme.border)] * len(several) + [mark_color(g.lead, self.theme) for g in self.groups]
        self._signs.set_signs(x, np.full(len(x), MARK_Y), signs, tints)
        stems = x[len(several) :]
        self._stems.set_values(stems - 0.5, stems + 0.5, MARK_Y + 7, LINE_Y - 1)

    def _show_cursor(self) -> None:
        position = self.position
        here = None if position is None or self._guest else math.floor(self.x_of(position)) + 0.5
        self.plot.set_cursor(here)
        self._back.setVisible(here is not None and not self._live)
        if here is not None:
            self._back.set_values(here, max(here, self.x_of(self.newest)), 0, _HEIGHT)

    def _scale(self) -> Scale:
        return Scale(max(self._extent, self.newest, 1.0), int(self._wide))

    @property
    def _wide(self) -> float:
        return zoom.units(self.width())

    def _group_at(self, at: QPointF) -> Group | None:
        """The marks whose sign is under the mouse."""
        return self._group_near(at.x()) if at.y() < _MARKS_END else None

    def _group_near(self, x: float) -> Group | None:
        near = min(self.groups, key=lambda group: abs(group.x - x), default=None)
        return near if near is not None and abs(near.x - x) <= ROOM / 2 else None

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted.emit(self._cursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or not len(self._epochs):
            return
        group = self._group_at(event.position() / zoom.scale())
        if group is not None:
            self.mark_requested.emit(group.after(self.position or 0.0).step)
        else:
            self._dragging = True
            self._requested = -1
            self._request(self.index_at((event.position() / zoom.scale()).x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._request(self.index_at((event.position() / zoom.scale()).x()))
        else:
            super().mouseMoveEvent(event)
        self._show_tip(event.position() / zoom.scale())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hide_tip()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._hide_tip()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        delta = event.angleDelta()
        self._wheel += delta.y() or delta.x()  # fine wheels and touch pads send parts of a notch
        steps = int(self._wheel / _WHEEL_NOTCH)
        self._wheel -= steps * _WHEEL_NOTCH
        if steps and len(self._epochs):
            self._requested = -1
            here = min(max(self._cursor, 0), len(self._epochs) - 1)
            self._request(min(max(here - steps, 0), len(self._epochs) - 1))

    def step(self, right: int, down: int) -> bool:
        """To the next recorded frame; down and up go to the next and the last mark."""
        if not len(self._epochs):
            return False
        if right:
            here = min(max(self._cursor, 0), len(self._epochs) - 1)
            self._requested = -1
            self._request(min(max(here + right, 0), len(self._epochs) - 1))
        elif self._marks and (position := self.position) is not None:
            ahead = [mark for mark in self._marks if (mark.epoch - position) * down > 1e-9]
            if ahead:
                self.mark_requested.emit(min(ahead, key=lambda mark: abs(mark.epoch - position)).step)
        return True

    def _request(self, index: int) -> None:
        if index >= 0 and index != self._requested:
            self._requested = index
            self.cursor_requested.emit(index)

    def _hide_tip(self) -> None:
        self._hover = None
        self._tip.hide()
        self._hovered.clear()
        self.plot.set_crosshair(None)

    def _show_tip(self, at: QPointF) -> None:
        self._hover = at
        if not len(self._epochs):
            self._hide_tip()
            return
        group = None if self._dragging else self._group_at(at)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor if group is None else Qt.CursorShape.PointingHandCursor)
        if group is None:
            self._hovered.clear()
        else:
            self._hovered.set_signs([math.floor(group.x) + 0.5], [MARK_Y], [HOVERED], [color(self.theme.text)])
        nearest = math.floor(self.x_of(float(self._epochs[self.index_at(at.x())]))) + 0.5
        self.plot.set_crosshair(None if group is not None or self._dragging else nearest)
        x = min(max(at.x(), 0.0), self._wide)
        self._tip.show_above(
            self.mapToGlobal(QPoint(zoom.px(x), zoom.px(-GRID))), self._tip_text(at, group), self.window()
        )

    def _tip_text(self, at: QPointF, group: Group | None) -> TipText:
        if group is not None:
            mark = group.after(self.position or 0.0)
            return TipText(self._name(mark.epoch), "Click to go there", self._lines(group, mark.epoch))
        index, scale = self.index_at(at.x()), self._scale()
        epoch = float(self._epochs[index])
        name, distance = self._name(epoch), at.x() - scale.x(epoch)
        near = self._group_near(at.x())
        lines = self._lines(near, epoch) if near is not None else ()
        if self._dragging or abs(distance) <= _NEAR:
            return TipText(name, "" if self._dragging else "Recorded", lines)
        under = f"Epoch {min(int(scale.epoch(at.x())) + 1, math.ceil(scale.extent)):,}"
        if distance > 0 and index == len(self._epochs) - 1:
            return TipText(under, "Not trained yet", lines)
        return TipText(under, f"Nearest recorded: {name[0].lower()}{name[1:]}", lines)

    def _lines(self, group: Group, epoch: float) -> tuple[tuple[Mark | None, str], ...]:
        """The marks with their texts, and with their moments where these differ."""
        one = all(mark.epoch == epoch for mark in group.marks)
        lines: list[tuple[Mark | None, str]] = [
            (mark, mark.text if one else f"{self._name(mark.epoch)}: {mark.text}") for mark in group.marks
        ]
        left_out = len(lines) - _MOST_LINES
        return (*lines[:_MOST_LINES], *([(None, f"and {left_out:,} more")] if left_out > 0 else []))

    def _name(self, epoch: float) -> str:
        """The name of a moment, with its batch as far as the batches of that epoch are known."""
        if not len(self._batches):
            return moment_name(epoch, 0)
        # The frame after it is in its epoch, or ends it; the last one is, or is before it.
        index = min(int(np.searchsorted(self._epochs, epoch)), len(self._batches) - 1)
        return moment_name(epoch, int(self._batches[index]))
