"""The network at work on one drawing: from the picture through every hidden neuron to the answer."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_viz.engine.activations import Activation, activations_of
from mnist_viz.engine.pictures import Shape, is_colour, size_in_words
from mnist_viz.views.legend import ColorLegend
from mnist_viz.views.network.activations_ground import draw_still_parts, key_width
from mnist_viz.views.network.activations_plan import HEADER, LEGEND, MARGIN, Block, NetworkPlan, plan_network
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import (
    Bytes,
    Floats,
    Picture,
    digit_picture,
    draw_heading,
    draw_picture,
    encode,
    frame_pen,
    mixed,
)
from mnist_viz.views.probabilities import DIGITS, ProbabilityBars
from mnist_viz.views.theme import DARK, GRID, Theme, color

Link = tuple[int, int, float]

_SHADES = 40  # of a path
_SMALLEST_GRID = 7  # pixels a cell; smaller ones would drown in lines


class ActivationsPanel(QWidget):
    """Every hidden neuron's activation as a cell, the outputs, and the strongest paths to the winner.

    Layers are counted from 0, the first hidden one; the outputs are the last layer.
    """

    neuron_hovered = Signal(int, int)
    """Layer and neuron under the mouse; -1, -1 when there is none any more."""
    neuron_clicked = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activations-panel")
        self.setAccessibleName("Activations")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 216)
        self._theme = DARK
        self._sizes: tuple[int, ...] = ()
        self._activation = "relu"
        self._names: tuple[str, ...] = DIGITS
        self._inputs = 784
        self._image_shape: Shape | None = (28, 28)
        self._layers: tuple[Floats, ...] | None = None
        self._probabilities: NDArray[np.floating] | None = None
        self._paths: Sequence[Sequence[Link]] = ()
        self._input: Bytes | None = None
        self._input_picture: Picture | None = None
        self._pictures: list[Picture] = []
        self._stale = True
        self._still = QPixmap()
        self._highlight = (-1, -1)
        self._hovered = (-1, -1)
        self._outputs = ProbabilityBars(self)
        self._outputs.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._legend = ColorLegend("Activation", diverging=False, parent=self)
        self._set_legend()
        self._lay_out()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._legend.set_theme(theme)
        self._outputs.set_theme(theme)
        self._input_picture = None
        self._still = QPixmap()
        self._change()

    def set_structure(
        self,
        hidden: Sequence[int],
        activation: str = "relu",
        class_names: Sequence[str] = DIGITS,
        inputs: int = 784,
        image_shape: Shape | None = (28, 28),
    ) -> None:
        """What the network is made of.

        Args:
            hidden: the width of each hidden layer.
            activation: the function they use.
            class_names: what the outputs stand for.
            inputs: how many there are.
            image_shape: of the picture that they make, (height, width) or (height, width, 3); None if they make none.
        """
        structure = (tuple(hidden), activation, tuple(class_names), inputs, image_shape)
        if structure == (self._sizes, self._activation, self._names, self._inputs, self._image_shape):
            return
        self._sizes, self._activation, self._names, self._inputs, self._image_shape = structure
        self._layers, self._probabilities, self._paths = None, None, ()
        self._outputs.set_class_names(self._names)
        self._hover((-1, -1))
        self._set_legend()
        self._lay_out()

    def set_input(self, image: Bytes | None) -> None:
        """The uint8 picture, grey or in colour, that goes into the network; None when there is none."""
        if image is not self._input:
            self._input, self._input_picture = image, None
            self.update()

    def set_activations(
        self,
        layers: Sequence[Floats] | None,
        probabilities: NDArray[np.floating] | None,
        paths: Sequence[Sequence[Link]] = (),
    ) -> None:
        """Show the hidden layers' activations, the outputs' probabilities and the strongest paths.

        `layers` holds a float32 vector for each hidden layer; None or no `probabilities` shows the network
        at rest. `paths[k]` lists (neuron of layer k, neuron of layer k + 1, contribution). The
        strongest colour is for the function's bound, or where it has none for the layer's largest activation.
        """
        if layers is None or probabilities is None:
            self._layers, self._probabilities, self._paths = None, None, ()
        else:
            sizes = tuple(len(layer) for layer in layers)
            if sizes != self._sizes:
                activation = self._activation.split(",")[0]
                self.set_structure(sizes, activation, self._names, self._inputs, self._image_shape)
            self._layers, self._probabilities, self._paths = tuple(layers), probabilities, paths
        self._outputs.set_probabilities(self._probabilities)
        self._stale = True
        # Without the parts that know when they have something new to say: text costs more than all the rest.
        self.update(QRegion(self.rect()) - QRegion(self._outputs.geometry()) - QRegion(self._legend.geometry()))

    def set_highlight(self, layer: int, neuron: int) -> None:
        """Frame one neuron; -1 for none."""
        if (layer, neuron) != self._highlight:
            self._highlight = (layer, neuron)
            self.update()

    def describe(self, layer: int, neuron: int) -> str:
        """One line on a neuron, as its tooltip shows it."""
        if layer == len(self._sizes):
            text = f"Output · {self._names[neuron]}"
            return text if self._probabilities is None else f"{text} · {self._probabilities[neuron]:.1%}"
        text = f"Hidden {layer + 1} · neuron {neuron}"
        if self._layers is None:
            return text
        return f"{text} · activation {format_value(float(self._layers[layer][neuron]))}"

    def caption(self) -> str:
        """What the panel says about what it shows."""
        if self._probabilities is None:
            return f"{self._invitation()} to see which neurons answer"
        winner = self._names[int(np.argmax(self._probabilities))]
        if not self._sizes:
            return f"No hidden layer: the pixels vote for {winner} directly"
        return f"Which neurons answer, and the strongest paths to {winner}"

    def neuron_at(self, position: QPointF) -> tuple[int, int]:
        """(layer, neuron) painted at `position`, (-1, -1) if there is none."""
        plan = self._plan
        for layer, block in enumerate(plan.blocks):
            neuron = block.neuron_at(position)
            if neuron >= 0:
                return layer, neuron
        if plan.outputs.contains(position):
            output = self._outputs.class_at(position.y() - self._outputs.y())
            return (len(plan.blocks), output) if output >= 0 else (-1, -1)
        return -1, -1

    def neuron_rect(self, layer: int, neuron: int) -> QRectF:
        """Where a neuron is painted, in the widget's coordinates; empty if it is not."""
        plan = self._plan
        if 0 <= layer < len(plan.blocks) and 0 <= neuron < plan.blocks[layer].count:
            return plan.blocks[layer].rect_of(neuron)
        if layer == len(plan.blocks):
            row = self._outputs.row_of(neuron)
            return QRectF() if row.isEmpty() else row.translated(self._outputs.pos())
        return QRectF()

    # --- inside ------------------------------------------------------------------------------

    def _invitation(self) -> str:
        if is_colour(self._image_shape) or self._image_shape is None:
            return "Ask for an example"
        return "Draw a digit" if set(self._names) <= set(DIGITS) else "Draw something"

    def _change(self) -> None:
        self._stale = True
        self.update()

    def _set_legend(self) -> None:
        bounds = {activation.bounds for activation in self._functions()}
        low, high = bounds.pop() if len(bounds) == 1 else (None, None)
        if low is not None and high is not None:
            self._legend.set_range(low, high, diverging=low < 0)
        elif self._diverging():
            self._legend.set_range("negative", "strongest of its layer", diverging=True)
        else:
            self._legend.set_range("silent", "strongest of its layer", diverging=False)

    def _diverging(self) -> bool:
        """Whether some function has values below zero, which need colours of their own."""
        return any(low is None or low < 0 for low, _ in (activation.bounds for activation in self._functions()))

    def _functions(self) -> tuple[Activation, ...]:
        """The activation of each hidden layer."""
        return activations_of(self._activation, len(self._sizes))

    def _lay_out(self) -> None:
        size, ratio = (self.width(), self.height()), self.devicePixelRatioF()
        wanted = self._outputs.sizeHint()
        shape = self._image_shape[:2] if self._image_shape is not None else None
        self._plan = plan_network(self._sizes, (wanted.width(), self._outputs.tallest()), size, ratio, shape)
        self._outputs.setGeometry(self._plan.outputs.toAlignedRect())
        self._still = QPixmap()
        self._change()

    def _encode_layers(self, plan: NetworkPlan) -> None:
        functions = self._functions()
        diverging = self._diverging()
        table = self._theme.diverging if diverging else self._theme.sequential
        while len(self._pictures) < len(plan.blocks):
            self._pictures.append(Picture())
        for k, block in enumerate(plan.blocks):
            picture = self._pictures[k]
            picture.resize(block.columns, block.rows)
            picture.codes[:] = 128 if diverging else 0
            if self._layers is not None:
                values = self._layers[k]
                _, high = functions[k].bounds
                limit = high if high is not None else float(np.abs(values).max(initial=0.0))
                cells = picture.codes.reshape(-1)[: block.count]
                encode(values, -limit if diverging else 0.0, limit, cells, np.empty_like(values))
            picture.colorize(table)

    # --- painting ----------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(620, 300)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()
        room = self.width() - 2 * MARGIN - key_width(self.width())
        self._legend.setGeometry(MARGIN, self.height() - LEGEND - GRID, room, LEGEND)

    def paintEvent(self, event: QPaintEvent) -> None:
        plan = self._plan
        if self._stale:
            self._encode_layers(plan)
            self._stale = False
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter, plan)

    def _paint(self, painter: QPainter, plan: NetworkPlan) -> None:
        header = QRectF(MARGIN, 0, self.width() - 2 * MARGIN, HEADER)
        draw_heading(painter, header, self._theme, "", self.caption())
        painter.drawPixmap(0, 0, self._still_parts(plan))
        self._draw_input(painter, plan.input)
        for k, block in enumerate(plan.blocks):
            self._draw_block(painter, k, block)
        self._draw_paths(painter, plan)
        self._draw_frames(painter)

    def _still_parts(self, plan: NetworkPlan) -> QPixmap:
        """What depends on the layout and the theme alone, painted once."""
        if self._still.isNull():
            ratio = self.devicePixelRatioF()
            self._still = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            captions = size_in_words(self._image_shape, self._inputs, "×"), f"{len(self._names)} classes"
            draw_still_parts(painter, plan, self._theme, captions, (self.width(), self.height()))
            painter.end()
        return self._still

    def _draw_input(self, painter: QPainter, rect: QRectF) -> None:
        if self._input is not None:
            if self._input_picture is None:
                self._input_picture = digit_picture(self._input, self._theme)
            draw_picture(painter, rect, self._input_picture.image, self.devicePixelRatioF())

    def _draw_block(self, painter: QPainter, layer: int, block: Block) -> None:
        theme, rect = self._theme, block.rect
        painter.drawImage(rect, self._pictures[layer].image)
        if block.cell >= _SMALLEST_GRID:
            painter.setPen(QPen(color(theme.border), 1))
            lines = [
                QLineF(rect.left() + k * block.cell, rect.top(), rect.left() + k * block.cell, rect.bottom())
                for k in range(1, block.columns)
            ] + [
                QLineF(rect.left(), rect.top() + k * block.cell, rect.right(), rect.top() + k * block.cell)
                for k in range(1, block.rows)
            ]
            painter.drawLines(lines)
        if block.rows * block.columns > block.count:
            last = block.rect_of(block.count - 1)
            rest = QRectF(last.topRight(), rect.bottomRight()).adjusted(1, 1, 1, 1)
            painter.fillRect(rest, color(theme.panel))

    def _draw_paths(self, painter: QPainter, plan: NetworkPlan) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rects: dict[tuple[int, int], QRectF] = {}  # many paths meet in one neuron
        for layer, paths in enumerate(self._paths[: len(plan.blocks)]):
            strongest = max((abs(c) for *_, c in paths), default=0.0)
            for source, target, contribution in sorted(paths, key=lambda p: abs(p[2])):
                for place in ((layer, source), (layer + 1, target)):
                    if place not in rects:
                        rects[place] = self.neuron_rect(*place)
                start, end = rects[layer, source], rects[layer + 1, target]
                if start.isEmpty() or end.isEmpty() or not strongest:
                    continue
                share = abs(contribution) / strongest
                scale = self._theme.positive[-2] if contribution > 0 else self._theme.negative[1]
                painter.setPen(_path_pen(self._theme.panel, scale, round(_SHADES * share)))
                a = start.center()
                last = layer + 1 == len(plan.blocks)
                b = QPointF(end.left() - 4, end.center().y()) if last else end.center()
                bend = (b.x() - a.x()) / 2
                curve = QPainterPath(a)
                curve.cubicTo(a.x() + bend, a.y(), b.x() - bend, b.y(), b.x(), b.y())
                painter.drawPath(curve)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_frames(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place, tint in ((self._hovered, self._theme.text), (self._highlight, self._theme.accent)):
            rect = self.neuron_rect(*place)
            if not rect.isEmpty():
                painter.setPen(frame_pen(tint))
                painter.drawRect(rect.adjusted(-1, -1, 1, 1))

    # --- the mouse ---------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.neuron_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.neuron_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place[0] >= 0:
            self.neuron_clicked.emit(*place)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover((-1, -1))

    def _hover(self, place: tuple[int, int]) -> None:
        if place != self._hovered:
            self._hovered = place
            self.neuron_hovered.emit(*place)
            self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._lay_out()
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.neuron_at(QPointF(event.pos()))
            if place[0] >= 0:
                QToolTip.showText(
                    event.globalPos(), self.describe(*place), self, self.neuron_rect(*place).toAlignedRect()
                )
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


@cache
def _path_pen(ground: str, tint: str, shade: int) -> QPen:
    """For a path whose contribution is `shade` / `_SHADES` of the strongest."""
    share = shade / _SHADES
    # Mixed with the ground, not transparent: Qt draws opaque curves four times as fast.
    return QPen(mixed(ground, tint, 0.35 + 0.65 * share), 0.75 + 1.75 * share)
