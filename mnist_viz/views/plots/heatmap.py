"""Pictures of numbers: arrays on a colour scale, with a colour bar, that can be zoomed and read at the mouse."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.axes import NameAxis
from mnist_viz.views.plots.figure import Figure, View
from mnist_viz.views.theme import GRID, SMALL, Theme, color, font

Values = NDArray[np.floating] | NDArray[np.uint8]
Scale = Literal["diverging", "sequential", "digit"]

_BAR_WIDTH = 8
_BAR_AXIS_WIDTH = 44
_SMOOTH_BELOW = 4.0  # device pixels a value: from here on an uneven pixel shows no more


def color_map(theme: Theme, scale: Scale) -> pyqtgraph.ColorMap:
    """The theme's colour scale as pyqtgraph has it, 256 steps."""
    blue_first = getattr(theme, scale)
    return pyqtgraph.ColorMap(np.linspace(0.0, 1.0, 256), np.ascontiguousarray(blue_first[:, [2, 1, 0, 3]]))


class HeatmapItem(pyqtgraph.ImageItem):
    """An array as a picture on one of the theme's colour scales, every value equally wide at any scale factor."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.scale_name: Scale = scale
        self.setAutoDownsample(False)

    def set_theme(self, theme: Theme) -> None:
        self.setColorMap(color_map(theme, self.scale_name))

    def set_values(self, values: Values, low: float, high: float) -> None:
        """Show `values`, (rows, columns), from `low` to `high`; or (rows, columns, 3) uint8 as the colours they are.

        The array is painted later: it must not change afterwards.
        """
        levels = None if values.ndim == 3 else [low, high if high > low else low + 1e-12]
        self.setImage(values, levels=levels, autoLevels=False)

    def paint(self, painter: QPainter, *args: object) -> None:
        device = painter.deviceTransform()
        steps = (abs(device.m11()), abs(device.m22()))
        # Where a value is few pixels wide, some would be twice as wide as others: there they are blended instead.
        smooth = any(step < _SMOOTH_BELOW and abs(step - round(step)) > 0.01 for step in steps)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        super().paint(painter, *args)


class HeatmapFigure(Figure):
    """One array as a picture that fills the figure, with a colour bar at the right.

    The array is divided into cells, each of `cell` (rows, columns) values: 1 x 1 for a matrix, 28 x 28 for a mosaic of
    weight maps. A cell under the mouse and a chosen one are framed.

    Args:
        name, accessible_name: of the widget.
        scale: the colours.
        square: whether a value is as high as it is wide; otherwise the array is stretched to fill the figure.
        bar: whether there is a colour bar.
    """

    hovered = Signal(int, int)  # row and column of the value under the mouse; -1, -1 when there is none any more
    clicked = Signal(int, int)
    double_clicked = Signal(int, int)

    def __init__(
        self,
        name: str,
        accessible_name: str,
        scale: Scale = "diverging",
        *,
        square: bool = True,
        bar: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, accessible_name, parent)
        self._square = square
        self._values: Values | None = None
        self._cell = (1, 1)
        self._hovered = (-1, -1)
        self._levels = (-1.0, 1.0)
        self.view = View()
        self.view.setDefaultPadding(0)
        self.view.invertY(True)
        self.view.setAspectLocked(square)
        self.view.disableAutoRange()
        self.left, self.top = NameAxis("left"), NameAxis("top")
        self.plot = pyqtgraph.PlotItem(
            viewBox=self.view, axisItems={"left": self.left, "top": self.top}, enableMenu=False
        )
        self.plot.hideButtons()
        for side in ("left", "top", "right", "bottom"):
            self.plot.showAxis(side, False)
        self.image = HeatmapItem(scale)
        self.plot.addItem(self.image)
        self._frames = {which: QGraphicsRectItem(self.image) for which in ("chosen", "hovered")}
        for frame in self._frames.values():
            frame.setVisible(False)
        self.addItem(self.plot, 0, 0)
        self.bar = pyqtgraph.ColorBarItem(width=_BAR_WIDTH, interactive=False, colorMapMenu=False) if bar else None
        if self.bar is not None:
            self.bar.axis.setWidth(_BAR_AXIS_WIDTH)
            self.bar.layout.setContentsMargins(GRID, GRID, 0, GRID)  # room for the numbers at both ends
            self._show_bar_ticks()
            self.addItem(self.bar, 0, 2)  # the column before it is a subclass's
        self.watch(self.view)
        self.view.clicked.connect(self._on_clicked)
        self.view.double_clicked.connect(self._on_double_clicked)
        self.viewport().setMouseTracking(True)

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.image.set_theme(theme)
        for axis in (self.left, self.top):
            axis.set_theme(theme)
        if self.bar is not None:
            self.bar.setColorMap(color_map(theme, self.image.scale_name))
            for side in ("left", "top", "right", "bottom"):
                axis = self.bar.getAxis(side)
                axis.setPen(color(theme.border))
                axis.setTextPen(color(theme.muted))
                axis.setStyle(tickFont=font(SMALL), tickLength=-3 if side == "right" else 0)
        for frame, tint in ((self._frames["hovered"], theme.text), (self._frames["chosen"], theme.accent)):
            frame.setPen(pyqtgraph.mkPen(color(tint), width=2, cosmetic=True))

    def set_values(
        self, values: Values | None, low: float = -1.0, high: float = 1.0, cell: tuple[int, int] = (1, 1)
    ) -> None:
        """Show `values`, (rows, columns) or (rows, columns, 3) uint8, in cells of `cell` values; None for nothing.

        What is zoomed stays so while the shape is the same.
        """
        before = self._values
        changed = (
            (before is None) != (values is None)
            or (before is not None and values is not None and before.shape != values.shape)
            or cell != self._cell
        )
        self._values, self._cell = values, cell
        self.image.setVisible(values is not None)
        if values is not None:
            self.image.set_values(values, low, high)
        if self.bar is not None and (low, high) != self._levels:
            self._levels = (low, high)
            self.bar.setLevels((low, high), update_items=False)
            self._show_bar_ticks()
        if changed:
            self._hover(-1, -1)
            self.set_chosen(-1, -1)
            self.see_all()

    def set_names(self, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
        """Name the rows of cells at the left, and the columns at the top."""
        for axis, side, names, step in (
            (self.left, "left", rows, self._cell[0]),
            (self.top, "top", columns, self._cell[1]),
        ):
            axis.set_names(names, [(k + 0.5) * step for k in range(len(names))])
            if axis.isVisible() != bool(names):  # costly
                self.plot.showAxis(side, bool(names))

    def set_chosen(self, row: int, column: int) -> None:
        """Frame the cell that holds the value at `row` and `column`; -1 for none."""
        self._frame("chosen", row, column)

    def set_highlight(self, row: int, column: int) -> None:
        """Frame a cell as if the mouse were over it; -1 for none."""
        self._frame("hovered", row, column)

    def set_bar_title(self, title: str, width: int) -> None:
        """Write beside the colour bar what its values are; `width` pixels are for them and the title."""
        if self.bar is not None:
            self.bar.axis.setLabel(title, **{"font-size": f"{SMALL}px"})
            self.bar.axis.setWidth(width)

    def set_bar_ticks(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Write these texts at these values of the colour bar, until the range changes."""
        if self.bar is not None:
            self.bar.axis.setTicks([list(ticks)])

    @property
    def values(self) -> Values | None:
        return self._values

    # --- inside ------------------------------------------------------------------------------

    def fit(self) -> None:
        if self._values is None:
            return
        rows, columns = self._values.shape[:2]
        if not self._square:
            self.view.setRange(xRange=(0, columns), yRange=(0, rows), padding=0)
            return
        ratio = self.devicePixelRatioF()
        wide, high = max(self.view.width() * ratio, 1.0), max(self.view.height() * ratio, 1.0)
        scale = min(wide / columns, high / rows)
        for size in self._cell:  # cells of whole device pixels look alike
            if scale * size >= 8:
                scale = min(scale, np.floor(scale * size + 1e-6) / size)
        left = np.floor((wide - columns * scale) / 2) / scale
        top = np.floor((high - rows * scale) / 2) / scale
        self.view.setRange(QRectF(-left, -top, wide / scale, high / scale), padding=0)

    def cell_at(self, position: QPointF) -> tuple[int, int]:
        """Row and column of the value at `position`, in the widget's coordinates; -1, -1 if there is none."""
        if self._values is None or not self.view.sceneBoundingRect().contains(position):
            return -1, -1
        at = self.view.mapSceneToView(position)
        row, column = int(np.floor(at.y())), int(np.floor(at.x()))
        inside = 0 <= row < self._values.shape[0] and 0 <= column < self._values.shape[1]
        return (row, column) if inside else (-1, -1)

    def _show_bar_ticks(self) -> None:
        low, high = self._levels
        middle = 0.0 if low < 0 < high else (low + high) / 2
        self.set_bar_ticks([(value, format_value(value)) for value in (low, middle, high)])

    def _frame(self, which: str, row: int, column: int) -> None:
        frame, (high, wide) = self._frames[which], self._cell
        frame.setVisible(row >= 0)
        if row >= 0:
            frame.setRect(QRectF(column // wide * wide, row // high * high, wide, high))

    def _hover(self, row: int, column: int) -> None:
        if (row, column) != self._hovered:
            self._hovered = (row, column)
            self._frame("hovered", row, column)
            self.hovered.emit(row, column)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._hover(*self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1, -1)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        self._emit_at(self.clicked, x, y)

    @Slot(float, float)
    def _on_double_clicked(self, x: float, y: float) -> None:
        self._emit_at(self.double_clicked, x, y)

    def _emit_at(self, signal, x: float, y: float) -> None:  # type: ignore[no-untyped-def]
        row, column = int(np.floor(y)), int(np.floor(x))
        if self._values is not None and 0 <= row < self._values.shape[0] and 0 <= column < self._values.shape[1]:
            signal.emit(row, column)
