"""The timeline's track: a tick for every recorded frame, and a handle that can be dragged to any of them."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.theme import DARK, GRID, SMALL, Theme, color, font

MARGIN = 16
"""Room for the handle and half a label at each end, in pixels."""

FIRST_EPOCH_SHARE = 0.16
"""The first epoch gets at least this share of the track: most is recorded there, and most happens there."""

_LINE_Y = 20.0
_TICK_TOP = 28.0
_HANDLE = 7.0
_LABEL_ROOM = 36  # pixels from one epoch's label to the next
_STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_WHEEL_NOTCH = 120


class TimelineTrack(QWidget):
    """A slider over frames that lie at uneven places."""

    cursor_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setToolTip("Every recorded frame: drag or click to go there (← → a batch, Shift+← → an epoch)")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._theme = DARK
        self._font = font(SMALL)
        self._epochs: NDArray[np.float64] = np.empty(0)
        self._marks: NDArray[np.bool_] = np.empty(0, bool)
        self._extent = 0.0
        self._cursor = 0
        self._between: float | None = None  # where the moment shown is, if it is not a recorded one
        self._hover: float | None = None
        self._dragging = False
        self._asked = -1
        self._wheel = 0
        self._ticks: tuple[list[QLineF], list[QLineF]] | None = None

    def set_frames(self, epochs: NDArray[np.floating], marks: NDArray[np.bool_], extent: float) -> None:
        """See `TimelineBar.set_frames`."""
        self._epochs = np.asarray(epochs, np.float64)
        self._marks = np.asarray(marks, bool)
        self._extent = float(extent)
        self._ticks = None
        self.update()

    def set_cursor(self, index: int, epoch: float | None = None) -> None:
        self._cursor, self._between = index, epoch
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def position(self) -> float | None:
        """The cursor's place in epochs; None while nothing is recorded."""
        if not len(self._epochs):
            return None
        if self._between is not None:
            return self._between
        return float(self._epochs[min(max(self._cursor, 0), len(self._epochs) - 1)])

    def x_of(self, epoch: float) -> float:
        """The place of a moment on the track, in pixels."""
        return float(self._to_pixels(np.array([epoch]))[0])

    def index_at(self, x: float) -> int:
        """The frame nearest to `x`; -1 while nothing is recorded."""
        if not len(self._epochs):
            return -1
        places = self._to_pixels(self._epochs)
        right = int(np.searchsorted(places, x))
        if right == 0:
            return 0
        if right == len(places):
            return right - 1
        return right if places[right] - x < x - places[right - 1] else right - 1

    def _scale(self) -> tuple[float, float, float]:
        """The whole extent in epochs, and the shares of the track that the first epoch and each other one get."""
        last = float(self._epochs[-1]) if len(self._epochs) else 0.0
        extent = max(self._extent, last, 1.0)
        first = max(FIRST_EPOCH_SHARE, 1.0 / extent)
        return extent, first, (1.0 - first) / (extent - 1.0) if extent > 1.0 else 0.0

    def _to_pixels(self, epochs: NDArray[np.float64]) -> NDArray[np.float64]:
        _, first, rest = self._scale()
        shares = np.minimum(epochs, 1.0) * first + np.maximum(epochs - 1.0, 0.0) * rest
        return np.asarray(MARGIN + shares * max(1, self.width() - 2 * MARGIN), np.float64)

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, 7 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, 7 * GRID)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self._epochs):
            self._dragging = True
            self._asked = -1
            self._ask(self.index_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = event.position().x()
        if self._dragging:
            self._ask(self.index_at(event.position().x()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

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
        self._ticks = None

    def _ask(self, index: int) -> None:
        if index >= 0 and index != self._asked:
            self._asked = index
            self.cursor_requested.emit(index)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        position = self.position
        left, right = float(MARGIN), float(self.width() - MARGIN)
        self._paint_line(painter, left, right, self._theme.border)
        if position is None:
            self._paint_empty(painter)
            return
        self._paint_line(painter, left, self.x_of(float(self._epochs[-1])), self._theme.muted)
        self._paint_ticks(painter)
        self._paint_labels(painter)
        if self._hover is not None and not self._dragging:
            self._paint_hover(painter)
        self._paint_handle(painter, self.x_of(position))

    def _paint_line(self, painter: QPainter, left: float, right: float, ink: str) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(ink))
        painter.drawRoundedRect(QRectF(left - 1, _LINE_Y - 1, right - left + 2, 2), 1, 1)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(color(self._theme.muted))
        box = QRectF(MARGIN, _LINE_Y + 6, self.width() - 2 * MARGIN, 24)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, "Each step of the training is kept here, to go back to")

    def _paint_ticks(self, painter: QPainter) -> None:
        if self._ticks is None:
            self._ticks = self._make_ticks()
        small, large = self._ticks
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(color(self._theme.muted, 0.5), 1))
        painter.drawLines(small)
        painter.setPen(QPen(color(self._theme.muted), 1))
        painter.drawLines(large)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _make_ticks(self) -> tuple[list[QLineF], list[QLineF]]:
        # Whole pixels, each once: a thousand frames in one place are one tick.
        places = np.round(self._to_pixels(self._epochs))
        small = np.unique(places[~self._marks])
        large = np.unique(places[self._marks])
        return (
            [QLineF(x, _TICK_TOP, x, _TICK_TOP + 3) for x in small.tolist()],
            [QLineF(x, _TICK_TOP, x, _TICK_TOP + 7) for x in large.tolist()],
        )

    def _paint_labels(self, painter: QPainter) -> None:
        extent, first, rest = self._scale()
        painter.setPen(color(self._theme.muted))
        width = max(1, self.width() - 2 * MARGIN)
        stride = next((s for s in _STRIDES if s * (rest or first) * width >= _LABEL_ROOM), _STRIDES[-1])
        epochs = [0, 1] if stride > 1 else [0]
        epochs += range(stride, int(extent + 1e-9) + 1, stride)
        free = -1e9
        for epoch in epochs:
            x = self.x_of(epoch)
            if x - free >= _LABEL_ROOM * 0.75:
                box = QRectF(x - 24, _TICK_TOP + 8, 48, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{epoch:,}")
                free = x

    def _paint_hover(self, painter: QPainter) -> None:
        assert self._hover is not None
        index = self.index_at(self._hover)
        at = QPointF(self.x_of(float(self._epochs[index])), _LINE_Y)
        painter.setPen(QPen(color(self._theme.text), 1.5))
        painter.setBrush(color(self._theme.panel))
        painter.drawEllipse(at, 4, 4)

    def _paint_handle(self, painter: QPainter, x: float) -> None:
        painter.setPen(QPen(color(self._theme.panel), 2))
        painter.setBrush(color(self._theme.accent))
        radius = _HANDLE + 1 if self._dragging else _HANDLE
        painter.drawEllipse(QPointF(x, _LINE_Y), radius, radius)
