"""Heatmaps: arrays on a colour scale, with a colour bar, that can be zoomed and read at the mouse."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsRectItem, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.axes import NameAxis, PlotLayout, ValueAxis, show_axis
from mnist_viz.views.plots.figure import Figure, View
from mnist_viz.views.theme import GRID, Theme, color

Values = NDArray[np.floating] | NDArray[np.uint8]
Scale = Literal["diverging", "evidence", "sequential", "digit"]

_BAR_WIDTH = 8
_BAR_AXIS_WIDTH = 44
BAR_WIDTH = 2 * GRID + _BAR_WIDTH + _BAR_AXIS_WIDTH
"""Pixels that a colour bar takes of a figure's width."""

_SMOOTH_BELOW = 4.0  # device pixels a value: in larger ones an uneven pixel does not show
_LEAST_LINED = 7.0  # pixels of a cell; smaller cells have no lines between them


class HeatmapItem(pyqtgraph.ImageItem):
    """An array as a picture on one of the theme's colour scales, with thin lines between cells of values.

    All values are equally wide at any scale factor of the screen.
    """

    qimage: QImage | None  # pyqtgraph's

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.scale_name: Scale = scale
        self._lines = _CellLines(self)
        self._colors: NDArray[np.uint32] = np.zeros(256, np.uint32)

    def set_theme(self, theme: Theme) -> None:
        self._colors = getattr(theme, self.scale_name).view(np.uint32).ravel()
        self._renderRequired = True
        self.update()
        self._lines.setPen(pyqtgraph.mkPen(color(theme.border), width=1, cosmetic=True))

    def divide(self, shape: tuple[int, int], cell: tuple[int, int], cells: int | None = None) -> None:
        """Draw lines between cells of `cell` rows and columns.

        Args:
            shape: rows and columns of the array.
            cell: rows and columns of a cell.
            cells: how many are in use, row by row; None for all.
        """
        self._lines.divide(shape, cell, cells)

    def set_values(self, values: Values, low: float, high: float) -> None:
        """Show `values`, (rows, columns), from `low` to `high`; or (rows, columns, 3) uint8 as the colours they are.

        The array is painted later: it must not change afterwards.
        """
        levels = None if values.ndim == 3 else [low, high if high > low else low + 1e-12]
        self.setImage(values, levels=levels, autoLevels=False)

    def render(self) -> None:
        """Look the colours up: for a small picture that takes a fifth of what pyqtgraph's many cases take."""
        values = self.image
        if values.ndim == 3:
            super().render()
            return
        low, high = map(float, self.levels)  # or float32 would become float64
        with np.errstate(invalid="ignore"):  # what is missing has no colour, and is left out
            pixels = self._colors[((values - low) * (256 / (high - low))).clip(0, 255).astype(np.uint8)]
        missing = np.isnan(values)
        pixels[missing] = 0
        kind = QImage.Format.Format_ARGB32_Premultiplied if missing.any() else QImage.Format.Format_RGB32
        self.qimage = pyqtgraph.functions.ndarray_to_qimage(pixels.view(np.uint8).reshape(*values.shape, 4), kind)
        self._renderRequired = self._unrenderable = False

    def paint(self, painter: QPainter, *args: object) -> None:
        device = painter.deviceTransform()
        steps = (abs(device.m11()), abs(device.m22()))
        # Values of a few pixels would differ visibly in width: they are blended instead.
        smooth = any(step < _SMOOTH_BELOW and abs(step - round(step)) > 0.01 for step in steps)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        super().paint(painter, *args)


class ColorBar(PlotLayout):
    """A colour scale with its values at the right."""

    def __init__(self, scale: Scale) -> None:
        self.axis = ValueAxis("right")
        super().__init__(pyqtgraph.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0), self.axis)
        self.view.setMouseEnabled(False, False)
        self._image = HeatmapItem(scale)
        self._image.set_values(np.arange(256, dtype=np.uint8)[:, None], 0, 256)
        self.add(self._image)
        self.axis.setWidth(_BAR_AXIS_WIDTH)
        self.layout.setColumnFixedWidth(1, _BAR_WIDTH)
        self.layout.setContentsMargins(GRID, GRID, 0, GRID)  # room for the numbers at both ends

    def set_theme(self, theme: Theme) -> None:
        self._image.set_theme(theme)
        self.view.setBorder(color(theme.border))
        self.axis.set_theme(theme)

    def set_title(self, title: str, width: int) -> None:
        """Set the quantity; its values and the title have `width` pixels."""
        self.axis.set_title(title)
        self.axis.setWidth(width)

    def set_levels(self, low: float, high: float) -> None:
        """Set the values of the colours at both ends, which are written, with the one between them."""
        self.levels = low, high
        span = max(high - low, 1e-12)
        self._image.setRect(QRectF(0, low, 1, span))
        self.view.setRange(QRectF(0, low, 1, span), padding=0)
        self.set_ticks(
            [(value, format_value(value)) for value in (low, 0.0 if low < 0 < high else (low + high) / 2, high)]
        )

    def set_ticks(self, ticks: Sequence[tuple[float, str]]) -> None:
        """Write these texts at these values, until the range changes."""
        self.axis.set_ticks(ticks)


class HeatmapFigure(Figure):
    """One array as a picture that fills the figure, with a colour bar at the right.

    The array is divided into cells, each of `cell` (rows, columns) values: 1 x 1 for a matrix, 28 x 28 for a mosaic of
    weight maps. The cell under the mouse and the chosen cell are framed. A double click zooms to a cell of many
    values, and the next one shows everything again.

    Args:
        scale: the colours.
        square: whether a value is as high as it is wide; otherwise the array is stretched to fill the figure.
        bar: whether there is a colour bar.

    Attributes:
        stretch: the largest ratio of a value's sides that may be used to fill the figure; 1 for squares.
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
        self.stretch = 1.0 if square else math.inf
        self.values: Values | None = None
        self._cell = (1, 1)
        self._cells: int | None = None
        self._hovered = (-1, -1)
        self.view = View(downwards=True)
        self.left, self.top = NameAxis("left"), NameAxis("top")
        plot = PlotLayout(self.view, self.left, self.top)
        for axis in (self.left, self.top):
            axis.hide()
        self.image = HeatmapItem(scale)
        self.view.addItem(self.image)
        self._rest = QGraphicsRectItem(self.image)  # covers the cells that are not in use
        self._frames = {which: QGraphicsRectItem(self.image) for which in ("chosen", "hovered")}
        for item in (self._rest, *self._frames.values()):
            item.setVisible(False)
        self.addItem(plot, 0, 0)
        self.bar = ColorBar(scale)
        self.bar.set_levels(-1.0, 1.0)
        if bar:
            self._button_margin = BAR_WIDTH
            self.addItem(self.bar, 0, 2)  # the column before it is a subclass's
        self.watch(self.view)
        self.view.sigResized.connect(self.fit_unless_zoomed)  # the names at the sides take room of it
        self.view.clicked.connect(self._on_clicked)
        self.view.double_clicked.connect(self._on_double_clicked)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.image.set_theme(theme)
        for axis in (self.left, self.top):
            axis.set_theme(theme)
        self.bar.set_theme(theme)
        self._rest.setPen(pyqtgraph.mkPen(None))
        self._rest.setBrush(color(theme.panel))
        for frame, tint in ((self._frames["hovered"], theme.text), (self._frames["chosen"], theme.accent)):
            frame.setPen(pyqtgraph.mkPen(color(tint), width=2, cosmetic=True))

    def set_values(
        self,
        values: Values | None,
        low: float = -1.0,
        high: float = 1.0,
        cell: tuple[int, int] = (1, 1),
        cells: int | None = None,
    ) -> None:
        """Show `values` on a scale from `low` to `high`. A zoom stays while the shape is the same.

        Args:
            values: (rows, columns), or (rows, columns, 3) uint8 for colours as they are; None for nothing. They are
                painted later and must not change.
            low, high: the values of the colours at both ends.
            cell: rows and columns of a cell.
            cells: how many are in use, row by row; None for all.
        """
        values = values if values is not None and values.size else None
        before = self.values
        changed = (
            before is None
            or values is None
            or (before.shape, self._cell, self._cells) != (values.shape, cell, cells)
        )  # fmt: skip
        self.values, self._cell, self._cells = values, cell, cells
        self.image.setVisible(values is not None)
        if values is not None:
            self.image.set_values(values, low, high)
        if (low, high) != self.bar.levels:
            self.bar.set_levels(low, high)
        if changed:
            self._hover(-1, -1)
            self.set_chosen(-1, -1)
            self._divide()
            self.see_all()

    def set_names(self, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
        """Write names at the left and at the top, evenly spaced over all rows and columns."""
        shape = self.values.shape if self.values is not None else (0, 0)
        for axis, names, length in ((self.left, rows, shape[0]), (self.top, columns, shape[1])):
            step = length / max(len(names), 1)
            axis.set_names(names, [(k + 0.5) * step for k in range(len(names))])
            show_axis(axis, bool(names))

    def set_chosen(self, row: int, column: int) -> None:
        """Frame the cell that holds the value at `row` and `column`; -1 for none."""
        self._frame("chosen", row, column)

    def set_highlight(self, row: int, column: int) -> None:
        """Frame a cell as if the mouse were over it; -1 for none."""
        self._frame("hovered", row, column)

    @property
    def framed(self) -> dict[str, tuple[int, int] | None]:
        """Row and column of the first value of the "chosen" cell and of the "hovered" one; None if there is none."""
        return {
            which: (round(frame.rect().top()), round(frame.rect().left())) if frame.isVisible() else None
            for which, frame in self._frames.items()
        }

    def look_at(self, row: int, column: int) -> None:
        """Zoom to the cell of the value at `row` and `column`."""
        high, wide = self._cell
        self.show_part(QRectF(column // wide * wide, row // high * high, wide, high), padding=0.04)

    def show_part(self, part: QRectF, padding: float = 0.0) -> None:
        """Zoom to the columns and rows of `part`."""
        self.view.setRange(part, padding=padding)
        self._set_zoomed(True)

    def fit(self) -> None:
        if self.values is None:
            return
        rows, columns = self.values.shape[:2]
        ratio = zoom.ratio(self)
        wide, high = max(self.view.width() * ratio, 1.0), max(self.view.height() * ratio, 1.0)
        across, down = wide / columns, high / rows  # device pixels a value
        across, down = min(across, down * self.stretch), min(down, across * self.stretch)
        if self.stretch == 1.0 and self._cell == (1, 1) and across >= _SMOOTH_BELOW:
            across = down = math.floor(across + 1e-6)  # then all values look alike
        self.view.setAspectLocked(math.isfinite(self.stretch), across / down)
        left = math.floor((wide - columns * across) / 2 + 1e-6) / across
        top = math.floor((high - rows * down) / 2 + 1e-6) / down
        self.view.setRange(QRectF(-left, -top, wide / across, high / down), padding=0)

    def cell_at(self, position: QPointF) -> tuple[int, int]:
        """Row and column of the value at `position`, in the figure's units; -1, -1 if there is none."""
        if self.values is None or not self.view.sceneBoundingRect().contains(position):
            return -1, -1
        at = self.view.mapSceneToView(position)
        return self._value_at(at.x(), at.y())

    def _value_at(self, x: float, y: float) -> tuple[int, int]:
        if self.values is None:
            return -1, -1
        row, column = math.floor(y), math.floor(x)
        (rows, columns), (high, wide) = self.values.shape[:2], self._cell
        inside = 0 <= row < rows and 0 <= column < columns
        if inside and self._cells is not None:
            inside = row // high * (columns // wide) + column // wide < self._cells
        return (row, column) if inside else (-1, -1)

    def _divide(self) -> None:
        """Draw the lines between the cells, and cover those that are not in use."""
        self._rest.setVisible(False)
        if self.values is None:
            return
        (rows, columns), (high, wide) = self.values.shape[:2], self._cell
        # Between single values there are no lines.
        self.image.divide((rows, columns), (rows, columns) if self._cell == (1, 1) else self._cell, self._cells)
        if self._cells is not None:
            row, column = divmod(self._cells, columns // wide)
            self._rest.setVisible(column > 0)
            self._rest.setRect(QRectF(column * wide, row * high, columns - column * wide, rows - row * high))

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

    def point_at(self, position: QPointF | None) -> None:
        self._hover(*((-1, -1) if position is None else self.cell_at(position)))

    def step(self, right: int, down: int) -> bool:
        if self.values is None:
            return False
        (rows, columns), (high, wide) = self.values.shape[:2], self._cell
        high, wide = high if rows > high else 1, wide if columns > wide else 1  # in a single cell, from value to value
        at = self._hovered if self._hovered[0] >= 0 else self.framed["chosen"]
        if at is None:
            row, column = 0, 0
        else:
            row, column = at[0] // high * high + down * high, at[1] // wide * wide + right * wide
        if self._value_at(column, row) == (-1, -1):  # beyond the edge, or a cell that is not in use
            return True
        self._hover(row, column)
        if not self.view.viewRect().intersects(QRectF(column, row, wide, high)):
            self.look_at(row, column)
        return True

    @property
    def pointing(self) -> bool:
        return self._hovered[0] >= 0 and self._hovered != self.framed["chosen"]

    def choose(self) -> None:
        self.clicked.emit(*self._hovered)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        row, column = self._value_at(x, y)
        if row >= 0:
            self.clicked.emit(row, column)

    @Slot(float, float)
    def _on_double_clicked(self, x: float, y: float) -> None:
        row, column = self._value_at(x, y)
        if self.zoomed:
            self.see_all()
        elif row >= 0 and self._cell != (1, 1):
            self.look_at(row, column)
        if row >= 0:
            self.double_clicked.emit(row, column)


class _CellLines(QGraphicsPathItem):
    """Lines between the cells of a heatmap, not drawn while the cells are small."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._cell = (1, 1)

    def divide(self, shape: tuple[int, int], cell: tuple[int, int], cells: int | None) -> None:
        (rows, columns), (high, wide) = shape, cell
        across = columns // wide
        full, rest = divmod(cells if cells is not None else rows // high * across, across)
        lines = QPainterPath()
        for k in range(1, across):
            lines.moveTo(k * wide, 0)
            lines.lineTo(k * wide, (full + (k <= rest)) * high)
        for k in range(1, full + (rest > 0)):
            lines.moveTo(0, k * high)
            lines.lineTo(columns, k * high)
        self._cell = cell
        self.setPath(lines)

    def paint(self, painter: QPainter, *args: object) -> None:
        scale, (high, wide) = painter.worldTransform(), self._cell
        if abs(scale.m11()) * wide >= _LEAST_LINED and abs(scale.m22()) * high >= _LEAST_LINED:
            super().paint(painter, *args)  # type: ignore[arg-type]
