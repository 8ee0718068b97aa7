"""One plot of the curves panel: a training and a validation line over epochs, with a cursor to drag."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QLabel

# After PySide6, or it may choose another binding.
import pyqtgraph as pg  # isort: skip

from mnist_viz.views.theme import DARK, GRID, SMALL, Theme, color, font

pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")

AXIS_WIDTH = 40
MAX_POINTS_WITH_MARKS = 60
_LOG_FLOOR = 1e-6
_UPPER = (0.0, 0.6, 0.8, 0.9, 0.96, 0.98, 0.99)
_TICK_ROOM = 20  # pixels from one value to the next


@dataclass(frozen=True)
class Curve:
    """A line: places `x` in epochs, ascending, and values `y`, both (n,). The caller keeps n below some 2,000."""

    x: NDArray[np.floating] = field(default_factory=lambda: np.empty(0))
    y: NDArray[np.floating] = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.x)

    def at(self, epoch: float) -> float | None:
        """The newest value at `epoch`; None before the first."""
        index = int(np.searchsorted(self.x, epoch + 1e-9, side="right")) - 1
        return float(self.y[index]) if index >= 0 else None


@dataclass(frozen=True)
class Scale:
    """A vertical axis: its range (in powers of ten where logarithmic), and its ticks with their texts."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def ticks_for(self, height: int) -> list[tuple[float, str]]:
        """As many ticks as `height` pixels hold: powers of ten rather than others, then every second one."""
        ticks = list(self.ticks)
        tens = [tick for tick in ticks if tick[0] == int(tick[0])]
        if self.logarithmic and height / len(ticks) < _TICK_ROOM and len(tens) > 1:
            ticks = tens
        while len(ticks) > 2 and height / len(ticks) < _TICK_ROOM:
            ticks = ticks[::2]
        return ticks


def percent_scale() -> Scale:
    return Scale(0.0, 1.0, tuple((share, f"{100 * share:.0f}%") for share in (0.0, 0.25, 0.5, 0.75, 1.0)))


def upper_percent_scale(best: float) -> Scale:
    """The top of the percentages, with at least twice the error of `best` (0 to 1) in sight."""
    low = max(low for low in _UPPER if 1 - low >= 2 * (1 - best) or low == 0)
    step = (1 - low) / 4
    ticks = [low + k * step for k in range(5)]
    return Scale(low, 1.0, tuple((share, f"{100 * share:.4g}%") for share in ticks))


def linear_scale(peak: float, before: Scale | None) -> Scale:
    """From 0 to a round number above `peak`. It grows at once and shrinks late, so that it does not jitter."""
    if before is not None and before.low == 0 and 0.55 * before.high < peak <= before.high:
        return before
    step = _round_up(peak * 1.05 / 4 if peak > 0 else 0.25)
    count = math.ceil(peak * 1.05 / step) if peak > 0 else 4
    return Scale(0.0, count * step, tuple((k * step, f"{k * step:.6g}") for k in range(count + 1)))


def log_scale(lowest: float, peak: float, before: Scale | None) -> Scale:
    """Logarithms to base 10, from a round number below `lowest` to one above `peak`, at least a power of ten."""
    low = math.log10(_round_down(max(lowest, _LOG_FLOOR)))
    high = max(low + 1, math.log10(_round_up(max(peak, _LOG_FLOOR))))
    if before is not None and before.low <= low and high <= before.high < before.low + high - low + 0.5:
        return before
    powers = range(math.floor(low), math.ceil(high) + 1)
    ticks = [(math.log10(m) + k, f"{m * 10.0**k:.6g}") for k in powers for m in (1, 2, 5)]
    return Scale(low, high, tuple(t for t in ticks if low - 1e-9 <= t[0] <= high + 1e-9), logarithmic=True)


def visible_extent(last: float, extent: float) -> float:
    """How many epochs to show when the newest point is at `last` of `extent`.

    All of a long run at once would leave its first epochs, where most happens, a few pixels. So the axis goes
    from 1 to 2, 5, 10, ... epochs and at last to the whole run: a handful of steps, and still in between.
    """
    stage = _round_up(max(last, 1.0))
    return max(last, extent, 1.0) if stage * 1.3 >= extent else stage


def epoch_ticks(extent: float, room: int) -> list[tuple[float, str]]:
    """Whole epochs, as many as `room` pixels hold; halves and tenths where less than two epochs are shown."""
    if extent <= 0:
        return []
    step = _round_up(extent / max(2, room // 40))
    if extent >= 2:
        step = max(1.0, math.ceil(step))
    return [(k * step, f"{k * step:.6g}") for k in range(int(extent / step + 1e-9) + 1)]


def _round_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in (1, 2, 5) if m * power >= value * (1 - 1e-9)), 10 * power)


def _round_down(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in (5, 2, 1) if m * power <= value * (1 + 1e-9)), power)


class CurvePlot(pg.PlotWidget):  # type: ignore[misc]
    """Draws two curves. The mouse reads and sets the cursor; it neither zooms nor pans, so nobody gets lost."""

    cursor_requested = Signal(float)  # an epoch
    hovered = Signal(object)  # an epoch, or None when the mouse leaves

    def __init__(self, name: str, *, shows_epochs: bool) -> None:
        super().__init__(background=None, enableMenu=False)
        self.setObjectName(name)
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._extent = 0.0
        self._scale: Scale | None = None
        self._pressed = False
        self._few = True
        item = self.getPlotItem()
        item.hideButtons()
        item.setContentsMargins(0, 4, 8, 0)
        item.setDefaultPadding(0)
        self._box = item.getViewBox()
        self._box.setMouseEnabled(False, False)
        self._box.disableAutoRange()
        left, bottom = item.getAxis("left"), item.getAxis("bottom")
        left.setWidth(AXIS_WIDTH)
        bottom.setHeight(2 * GRID + 4 if shows_epochs else 6)
        for axis in (left, bottom):
            axis.enableAutoSIPrefix(False)
            axis.setStyle(
                tickLength=0,
                tickTextOffset=6,
                tickFont=font(SMALL),
                autoExpandTextSpace=False,
                hideOverlappingLabels=False,
            )
        bottom.setStyle(showValues=shows_epochs, tickTextOffset=4)
        self._training = pg.PlotCurveItem(connect="all", skipFiniteCheck=True)
        self._validation = pg.PlotCurveItem(connect="all", skipFiniteCheck=True)
        self._marks = pg.ScatterPlotItem(size=4, pen=None, pxMode=True)
        self._hover = pg.InfiniteLine(angle=90, movable=False)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._hover.hide()
        self._cursor.hide()
        for part in (self._training, self._validation, self._marks, self._hover, self._cursor):
            item.addItem(part, ignoreBounds=True)
        self._note = QLabel(self)
        self._note.setProperty("role", "muted")
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._note.hide()
        self.set_theme(DARK)

    def sizeHint(self) -> QSize:
        return QSize(32 * GRID, 18 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, 8 * GRID)

    def set_theme(self, theme: Theme) -> None:
        self.setBackground(color(theme.panel))
        self._box.setBackgroundColor(color(theme.sunken))
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(color(theme.border)))
            axis.setTextPen(pg.mkPen(color(theme.muted)))
        # One pixel: wider antialiased lines of many points are an order of magnitude slower.
        self._training.setPen(pg.mkPen(color(theme.training), width=1))
        self._validation_pens = (
            pg.mkPen(color(theme.validation), width=1.5 * QGuiApplication.primaryScreen().devicePixelRatio()),
            pg.mkPen(color(theme.validation), width=1),
        )
        self._validation.setPen(self._validation_pens[0 if self._few else 1])
        self._marks.setBrush(pg.mkBrush(color(theme.validation)))
        self._hover.setPen(pg.mkPen(color(theme.muted, 0.6), width=1))
        self._cursor.setPen(pg.mkPen(color(theme.accent), width=1))

    def set_note(self, text: str) -> None:
        """Say `text` in the middle of the plot; an empty one says nothing."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    @property
    def note(self) -> str:
        return str(self._note.text())

    def set_curves(self, training: Curve, validation: Curve) -> None:
        self._training.setData(training.x, training.y)
        self._validation.setData(validation.x, validation.y)
        few = len(validation) <= MAX_POINTS_WITH_MARKS
        if few != self._few:
            self._few = few
            self._validation.setPen(self._validation_pens[0 if few else 1])
        self._marks.setData(validation.x if few else [], validation.y if few else [])

    def set_scale(self, scale: Scale) -> None:
        if scale != self._scale:
            self._scale = scale
            self.setYRange(scale.low, scale.high, padding=0.02)
            self._set_value_ticks()

    def set_extent(self, epochs: float) -> None:
        if epochs != self._extent:
            self._extent = epochs
            self.setXRange(0, epochs, padding=0.0)
            self._set_epoch_ticks()

    def set_cursor(self, epoch: float | None) -> None:
        self._cursor.setVisible(epoch is not None)
        if epoch is not None:
            self._cursor.setValue(epoch)

    def set_hover(self, epoch: float | None) -> None:
        self._hover.setVisible(epoch is not None)
        if epoch is not None:
            self._hover.setValue(epoch)

    def epoch_at(self, x: float) -> float:
        """The epoch at `x` pixels from the plot's left, within what is shown."""
        rect = self._box.sceneBoundingRect()
        share = (x - rect.left()) / max(1.0, rect.width())
        return float(min(max(share, 0.0), 1.0) * self._extent)

    def x_of(self, epoch: float) -> float:
        rect = self._box.sceneBoundingRect()
        return float(rect.left() + rect.width() * epoch / max(self._extent, 1e-9))

    def _set_value_ticks(self) -> None:
        if self._scale is None:
            return
        self.getPlotItem().getAxis("left").setTicks([self._scale.ticks_for(self.height())])

    def _set_epoch_ticks(self) -> None:
        self.getPlotItem().getAxis("bottom").setTicks([epoch_ticks(self._extent, self.width() - AXIS_WIDTH)])

    # The base class hands the mouse to pyqtgraph's scene; this plot has simpler rules.

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_note"):  # the base class resizes itself while it is being made
            self._set_epoch_ticks()
            self._set_value_ticks()
            self._note.setGeometry(AXIS_WIDTH, 0, self.width() - AXIS_WIDTH, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._extent > 0:
            self._pressed = True
            self.cursor_requested.emit(self.epoch_at(event.position().x()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        epoch = self.epoch_at(event.position().x())
        if self._pressed:
            self.cursor_requested.emit(epoch)
        self.hovered.emit(epoch)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = False
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)
