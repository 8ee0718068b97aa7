"""What every neuron of a layer looks for: all weight maps of the layer as one picture."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_viz.views.network.mosaic_plan import MosaicPlan, plan_matrix, plan_tiles
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Floats, Picture, encode, frame_pen, text_font, text_metrics, text_width
from mnist_viz.views.scaling import Codes, Resampler
from mnist_viz.views.theme import DARK, GRID, SMALL, LookupTable, Theme, color

_EDGE = 2  # pixels around the picture, for the frame of a neuron at its edge
_LEAST_ROW = 12  # pixels of a matrix's row that holds a name
_LEAST_NAMED_TILE = 44
_WIDEST_LABEL = 96.0


class WeightMosaic(QWidget):
    """The weights into each neuron of a layer, blue below zero and orange above.

    A layer that reads a picture is shown as tiles, one neuron a tile; any other layer as its matrix,
    one neuron a row.
    """

    neuron_hovered = Signal(int)
    """The neuron under the mouse; -1 when there is none any more."""
    neuron_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weight-mosaic")
        self.setAccessibleName("Weights of each neuron")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = DARK
        self._weights: Floats | None = None
        self._limit = 1.0
        self._image_shape: tuple[int, int] | None = None
        self._names: tuple[str, ...] = ()
        self._highlight = -1
        self._hovered = -1
        self._plan: MosaicPlan | None = None
        self._picture = Picture()
        self._stale = True
        self._composed: MosaicPlan | None = None
        self._resampler = Resampler()
        self._scratch: Floats = np.zeros((0, 0), np.float32)

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._stale = True
        self.update()

    def set_weights(
        self,
        weights: Floats | None,
        limit: float = 1.0,
        image_shape: tuple[int, int] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        """Show `weights` on a scale from -limit to limit.

        Args:
            weights: float32 (inputs, neurons); None for none.
            limit: the value of the strongest colours.
            image_shape: height and width of the picture that the inputs make; None if they make none.
            names: what the neurons are called, one each; none if they only have numbers.
        """
        if weights is None or self._weights is None or weights.shape != self._weights.shape:
            self._plan = None
            self._hover(-1)
        if image_shape != self._image_shape or tuple(names) != self._names:
            self._plan = None
        self._names = tuple(names)
        self._weights, self._limit, self._image_shape = weights, limit, image_shape
        self._stale = True
        self.update()

    def set_highlight(self, neuron: int) -> None:
        """Draw a frame around one neuron's weights; -1 for none."""
        if neuron != self._highlight:
            self._highlight = neuron
            self.update()

    # --- what is shown -----------------------------------------------------------------------

    def shown_neurons(self) -> int:
        """How many of the layer's neurons there is room for, counted from the first."""
        plan = self._current_plan()
        return plan.count if plan else 0

    def shows_tiles(self) -> bool:
        """Whether each neuron is a picture of its own; otherwise the layer is shown as its matrix."""
        return self._weights is not None and self._image_shape is not None

    def neuron_at(self, position: QPointF) -> int:
        plan = self._current_plan()
        if plan is None:
            return -1
        target, ratio = self._target(plan), self.devicePixelRatioF()
        column = int((position.x() - target.left()) * ratio // plan.pitch[0])
        row = int((position.y() - target.top()) * ratio // plan.pitch[1])
        neuron = row * plan.columns + column
        inside = 0 <= column < plan.columns and row >= 0 and neuron < plan.count
        return neuron if inside else -1

    def neuron_rect(self, neuron: int) -> QRectF:
        """Where neuron's weights are painted, in the widget's coordinates; empty if they are not."""
        plan = self._current_plan()
        if plan is None or not 0 <= neuron < plan.count:
            return QRectF()
        target, ratio = self._target(plan), self.devicePixelRatioF()
        row, column = divmod(neuron, plan.columns)
        return QRectF(
            target.left() + column * plan.pitch[0] / ratio,
            target.top() + row * plan.pitch[1] / ratio,
            (plan.pitch[0] - plan.gap * plan.scale[0]) / ratio,
            (plan.pitch[1] - plan.gap * plan.scale[1]) / ratio,
        )

    # --- layout ------------------------------------------------------------------------------

    def _current_plan(self) -> MosaicPlan | None:
        if self._plan is None and self._weights is not None:
            ratio = self.devicePixelRatioF()
            width, height = (int((side - 2 * _EDGE) * ratio) for side in (self.width(), self.height()))
            inputs, neurons = self._weights.shape
            if self._image_shape is not None:
                self._plan = plan_tiles(neurons, self._image_shape, width, height)
            else:
                self._plan = plan_matrix(inputs, neurons, width - round(self._label_width() * ratio), height)
        return self._plan

    def _target(self, plan: MosaicPlan) -> QRectF:
        """Where the picture is painted: in the middle, on whole device pixels."""
        ratio = self.devicePixelRatioF()
        width, height = (plan.picture[k] * plan.scale[k] for k in (0, 1))
        labels = 0 if plan.tiles else round(self._label_width() * ratio)
        left = labels + (int(self.width() * ratio) - labels - int(width)) // 2
        top = (int(self.height() * ratio) - int(height)) // 2
        return QRectF(left / ratio, max(top, 0) / ratio, width / ratio, height / ratio)

    # --- painting ----------------------------------------------------------------------------

    def _gutter(self, plan: MosaicPlan) -> str:
        # Thin gutters are lines between the tiles, wide ones just room.
        return self._theme.border if plan.scale[0] == 1 else self._theme.panel

    def _compose(self, plan: MosaicPlan) -> None:
        """Turn the weights into codes, scale them to the picture's pixels, lay them out, colour them."""
        assert self._weights is not None
        self._picture.resize(*plan.picture)
        if plan != self._composed:
            self._picture.codes[:] = 0
            self._composed = plan
        weights = self._weights[:, : plan.count]
        codes = self._resampler.buffer("codes", weights.shape)
        if self._scratch.shape != weights.shape:
            self._scratch = np.empty(weights.shape, np.float32)
        # Codes 1 to 255 are weights; 0 is kept for the gutters.
        encode(weights, -self._limit * 128 / 127, self._limit, codes, self._scratch, least=1)
        if plan.tiles:
            self._lay_out_tiles(codes, plan)
        else:
            wide, tall = plan.picture
            turned = self._resampler.buffer("turned", (plan.count, wide))
            turned[:] = self._resampler.scale("columns", codes, wide, axis=0).T
            self._picture.codes[:] = self._resampler.scale("rows", turned, tall, axis=0)
        self._picture.colorize(_with_gutter(self._theme, self._gutter(plan)))

    def _lay_out_tiles(self, codes: Codes, plan: MosaicPlan) -> None:
        """Put (inputs, count) codes into the picture, one tile a neuron."""
        assert self._image_shape is not None
        (high, broad), (wide, tall) = self._image_shape, plan.cell
        tiles = self._resampler.scale("rows", codes.reshape(high, broad * plan.count), tall, axis=0)
        tiles = self._resampler.scale("columns", tiles.reshape(tall, broad, plan.count), wide, axis=1)
        board = self._picture.codes.reshape(plan.rows, tall + plan.gap, plan.columns, wide + plan.gap)
        full = plan.count // plan.columns
        cut = full * plan.columns
        rows = tiles[:, :, :cut].reshape(tall, wide, full, plan.columns)
        board[:full, :tall, :, :wide] = rows.transpose(2, 0, 3, 1)
        if cut < plan.count:
            board[full, :tall, : plan.count - cut, :wide] = tiles[:, :, cut:].transpose(0, 2, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        plan = self._current_plan()
        if plan is None:
            return
        if self._stale:
            self._compose(plan)
            self._stale = False
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter, plan)

    def _paint(self, painter: QPainter, plan: MosaicPlan) -> None:
        target = self._target(plan)
        if plan.gap:  # the picture holds the gutters right of and below each tile: add the first ones
            gap = plan.gap * plan.scale[0] / self.devicePixelRatioF()
            painter.fillRect(target.adjusted(-gap, -gap, 0, 0), color(self._gutter(plan)))
        painter.drawImage(target, self._picture.image)
        unused = plan.rows * plan.columns - plan.count
        if unused:
            last = self.neuron_rect(plan.count - 1)
            rest = QRectF(target)
            rest.setTopLeft(last.topRight())
            painter.fillRect(rest, color(self._theme.panel))
        if self._names:
            self._draw_names(painter, plan)
        for neuron, tint in ((self._hovered, self._theme.text), (self._highlight, self._theme.accent)):
            rect = self.neuron_rect(neuron)
            if not rect.isEmpty():
                painter.setPen(frame_pen(tint))
                painter.drawRect(rect.adjusted(-1, -1, 1, 1))

    def _label_width(self) -> float:
        """The room left of a matrix for the names of its rows; 0 where the rows are too low for names."""
        if not self._names or self.height() < _LEAST_ROW * len(self._names):
            return 0.0
        widest = max(text_width(name, SMALL) for name in self._names)
        return float(np.ceil(min(widest, _WIDEST_LABEL, 0.3 * self.width()) + GRID))

    def _draw_names(self, painter: QPainter, plan: MosaicPlan) -> None:
        """Left of each row of a matrix its name; on tiles that are large enough in a corner of their own."""
        painter.setFont(text_font(SMALL))
        metrics, label = text_metrics(SMALL), self._label_width()
        for neuron, name in enumerate(self._names[: plan.count]):
            rect = self.neuron_rect(neuron)
            if not plan.tiles:
                if label:
                    place = QRectF(rect.left() - label, rect.center().y() - 8, label - GRID, 16)
                    text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, label - GRID)
                    painter.setPen(color(self._theme.muted))
                    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
            elif rect.width() >= _LEAST_NAMED_TILE:
                text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, rect.width() - GRID)
                ground = QRectF(rect.left(), rect.top(), metrics.horizontalAdvance(text) + GRID, 15)
                painter.fillRect(ground, color(self._theme.panel, 0.8))
                painter.setPen(color(self._theme.text))
                painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget_plan()

    def _forget_plan(self) -> None:
        self._plan = None
        self._stale = True
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(464, 232)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 96)

    # --- the mouse ---------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.neuron_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        neuron = self.neuron_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and neuron >= 0:
            self.neuron_clicked.emit(neuron)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def _hover(self, neuron: int) -> None:
        if neuron != self._hovered:
            self._hovered = neuron
            self.neuron_hovered.emit(neuron)
            self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._forget_plan()
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            neuron = self.neuron_at(QPointF(event.pos()))
            if neuron >= 0:
                QToolTip.showText(
                    event.globalPos(), self.describe(neuron), self, self.neuron_rect(neuron).toAlignedRect()
                )
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def describe(self, neuron: int) -> str:
        """One line on a neuron's weights, as its tooltip shows it."""
        assert self._weights is not None
        weights = self._weights[:, neuron]
        name = self._names[neuron] if self._names else f"Neuron {neuron}"
        low, high = format_value(float(weights.min()), signed=True), format_value(float(weights.max()), signed=True)
        return f"{name} · weights {low} to {high}"


@cache
def _with_gutter(theme: Theme, between: str) -> LookupTable:
    """The diverging table with code 0, which no weight uses, in the colour between the tiles."""
    table = np.empty_like(theme.diverging)
    table[1:] = theme.diverging[np.linspace(0, 255, 255).round().astype(np.intp)]
    gutter = color(between)
    table[0] = gutter.blue(), gutter.green(), gutter.red(), 255
    return table
