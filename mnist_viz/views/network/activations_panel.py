"""The activations panel: the network's input, hidden activations and outputs for one picture."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from mnist_viz.engine.activations import Activation, activations_of
from mnist_viz.engine.layer_names import layer_title
from mnist_viz.engine.metrics import format_probability
from mnist_viz.engine.samples import Shape, is_colour, size_in_words
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.network.activations_figure import LayerCells, Link, NetworkFigure
from mnist_viz.views.network.activations_plan import CAPTIONS
from mnist_viz.views.network.closer_look import NOWHERE, CloserLook, Neuron
from mnist_viz.views.network.color_legend import ColorLegend
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Bytes, Floats
from mnist_viz.views.plots.heatmap import Scale
from mnist_viz.views.probabilities import DIGITS, ProbabilityBars
from mnist_viz.views.theme import GRID, Theme
from mnist_viz.views.widgets import column, label, row

_ROOM_FOR_KEY = 520  # pixels of the panel's width


class ActivationsPanel(QWidget):
    """Every hidden neuron's activation as a cell, the outputs, and the strongest paths to the winner.

    Layers are counted from 0, the first hidden one; the outputs are the last layer.
    """

    neuron_hovered = Signal(int, int)
    """Layer and neuron under the mouse; -1, -1 when it has left."""
    neuron_clicked = Signal(int, int)
    neuron_opened = Signal(int, int)
    """The user wants to look closer at this one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activations-panel")
        self.setAccessibleName("Activations")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 168)
        self._sizes: tuple[int, ...] = ()
        self._activation = "relu"
        self._names: tuple[str, ...] = DIGITS
        self._inputs = 784
        self._image_shape: Shape | None = (28, 28)
        self._scale: Scale = "sequential"
        self._layers: tuple[Floats, ...] | None = None
        self._probabilities: NDArray[np.floating] | None = None
        self._pointed = NOWHERE
        self._text = FittingLabel("muted")
        self.figure = NetworkFigure(self._row_in_figure)
        self.figure.neuron_hovered.connect(self._on_hovered)
        self.figure.neuron_clicked.connect(self.neuron_clicked)
        self.figure.neuron_double_clicked.connect(self.neuron_opened)
        self._closer = CloserLook(self.figure, self.figure.neuron_at)
        self._closer.neuron_opened.connect(self.neuron_opened)
        self._outputs = ProbabilityBars()
        self._outputs.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._legend = ColorLegend("Activation", "sequential")
        self._classes, self._key = label(role="caption"), label(role="caption")
        for text in (self._classes, self._key):
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._classes.setFixedHeight(CAPTIONS)
        self._classes.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        outputs = column(None, (self._outputs, 1000), None, self._classes, spacing=0)
        body, foot = row((self.figure, 1), outputs, spacing=4), row((self._legend, 1), self._key, spacing=-1)
        column(self._text, (body, 1), foot, spacing=4, margins=(12, 4, 12, GRID), parent=self)
        self._show_structure()

    def set_theme(self, theme: Theme) -> None:
        self._key.setText(
            f'<span style="color: {theme.support[-2]}">━</span> path for &nbsp; '
            f'<span style="color: {theme.against[1]}">━</span> path against'
        )

    def set_structure(
        self,
        hidden: Sequence[int],
        activation: str = "relu",
        class_names: Sequence[str] = DIGITS,
        inputs: int = 784,
        image_shape: Shape | None = (28, 28),
    ) -> None:
        """Set the structure of the network.

        Args:
            hidden: the width of each hidden layer.
            activation: the function they use.
            class_names: what the outputs stand for.
            inputs: how many there are.
            image_shape: of the picture that they form, (height, width) or (height, width, 3); None if they form none.
        """
        structure = (tuple(hidden), activation, tuple(class_names), inputs, image_shape)
        if structure != (self._sizes, self._activation, self._names, self._inputs, self._image_shape):
            self._sizes, self._activation, self._names, self._inputs, self._image_shape = structure
            self._show_structure()

    def set_input(self, image: Bytes | None) -> None:
        """Show the network's input, a uint8 picture in grey or colour; None for none."""
        self.figure.set_input(image)

    def set_activations(
        self,
        layers: Sequence[Floats] | None,
        probabilities: NDArray[np.floating] | None,
        paths: Sequence[Sequence[Link]] = (),
    ) -> None:
        """Show the hidden layers' activations, the outputs' probabilities and the strongest paths.

        `layers` holds a float32 vector for each hidden layer; without layers or probabilities no activations are
        shown. `paths[0]` lists (input, neuron of the first layer, contribution), `paths[k]` (neuron of layer k - 1,
        neuron of layer k, contribution). The strongest colour is for the activation function's bound, or if it has
        none for the layer's largest activation.
        """
        if layers is None or probabilities is None:
            self._layers, self._probabilities, paths = None, None, ()
        else:
            sizes = tuple(len(layer) for layer in layers)
            if sizes != self._sizes:
                activation = self._activation.split(",")[0]
                self.set_structure(sizes, activation, self._names, self._inputs, self._image_shape)
            self._layers, self._probabilities = tuple(layers), probabilities
        self._outputs.set_probabilities(self._probabilities)
        shown = []
        for function, values in zip(self._functions(), self._layers or (), strict=False):
            limit = function.bounds[1] or float(np.abs(values).max(initial=0.0))
            shown.append(LayerCells(values, limit if np.isfinite(limit) else 1.0, self._scale))
        self.figure.set_layers(shown, paths)
        self._show_text()

    def set_highlight(self, layer: int, neuron: int) -> None:
        """Frame one neuron as if the mouse were over it; -1 for none."""
        self._mark("hovered", (layer, neuron))

    def set_chosen(self, layer: int, neuron: int) -> None:
        """Frame the chosen neuron; -1 for none."""
        self._closer.chosen = (layer, neuron)
        self._mark("chosen", (layer, neuron))

    def describe(self, layer: int, neuron: int) -> str:
        """One line on a neuron, as its tooltip shows it."""
        if layer == len(self._sizes):
            text = f"Output · {self._names[neuron]}"
            return (
                text if self._probabilities is None else f"{text} · {format_probability(self._probabilities[neuron])}"
            )
        text = f"{layer_title(layer)} · neuron {neuron}"
        if self._layers is None:
            return text
        return f"{text} · activation {format_value(float(self._layers[layer][neuron]))}"

    def caption(self) -> str:
        if self._probabilities is None:
            return f"{self._invitation()} to see which neurons answer"
        winner = self._names[int(np.argmax(self._probabilities))]
        if not self._sizes:
            return f"No hidden layer: the pixels vote for {winner} directly"
        return f"Which neurons answer, and the strongest paths to {winner}"

    def text(self) -> str:
        """The caption, or the description of the neuron under the mouse."""
        return self._text.texts[0]

    def neuron_at(self, position: QPointF) -> Neuron:
        """(layer, neuron) at `position`, (-1, -1) if there is none."""
        if self._outputs.geometry().contains(position.toPoint()):
            output = self._outputs.class_at(zoom.units(position.y() - self._outputs.y()))
            return (len(self._sizes), output) if output >= 0 else NOWHERE
        return self.figure.neuron_at((position - QPointF(self.figure.pos())) / zoom.scale())

    def neuron_rect(self, layer: int, neuron: int) -> QRectF:
        """Where a neuron is painted, in the widget's coordinates; empty if it is not."""
        rect = self.figure.neuron_rect(layer, neuron)
        if rect.isEmpty():
            return rect
        scale = zoom.scale()
        return QRectF(rect.topLeft() * scale, rect.size() * scale).translated(QPointF(self.figure.pos()))

    def _show_structure(self) -> None:
        self._layers, self._probabilities = None, None
        self._outputs.set_class_names(self._names)
        self._outputs.setMaximumHeight(zoom.px(self._outputs.tallest()))
        self._classes.setText(f"Output\n{len(self._names)} classes")
        self._point_at(NOWHERE)
        bounds = {activation.bounds for activation in self._functions()}
        low, high = bounds.pop() if len(bounds) == 1 else (None, None)
        # Negative values need the diverging scale.
        diverging = any(f.bounds[0] is None or f.bounds[0] < 0 for f in self._functions())
        self._scale = "diverging" if diverging else "sequential"
        if low is not None and high is not None:
            self._legend.set_range(low, high, self._scale)
        else:
            self._legend.set_range("negative" if diverging else "silent", "strongest of its layer", self._scale)
        captions = "Input", size_in_words(self._image_shape, self._inputs, "×")
        self._share_room()
        self.figure.set_structure(self._sizes, self._image_shape, captions)
        self.figure.set_layers(())
        self._show_text()

    def _functions(self) -> tuple[Activation, ...]:
        return activations_of(self._activation, len(self._sizes))

    def _invitation(self) -> str:
        if is_colour(self._image_shape) or self._image_shape is None:
            return "Ask for an example"
        return "Draw a digit" if set(self._names) <= set(DIGITS) else "Draw something"

    def _show_text(self) -> None:
        self._text.set_texts(self.describe(*self._pointed) if self._pointed != NOWHERE else self.caption())

    def _share_room(self) -> None:
        """Lay the outputs out immediately, since the paths end at them."""
        self._outputs.setFixedWidth(
            round(max(self._outputs.sizeHint().width(), min(self.width() * 0.22, zoom.px(240))))
        )
        self._key.setVisible(zoom.units(self.width()) >= _ROOM_FOR_KEY)
        self._legend.setVisible(bool(self._sizes))
        if (layout := self.layout()) is not None:
            layout.activate()
        top = (self._outputs.y() - self.figure.y()) / zoom.scale()
        self.figure.place_outputs(top, top + zoom.units(self._outputs.height()))

    def _row_in_figure(self, k: int) -> QRectF:
        row = self._outputs.row_of(k)
        return row if row.isEmpty() else row.translated(QPointF(self._outputs.pos() - self.figure.pos()) / zoom.scale())

    def _mark(self, which: str, neuron: Neuron) -> None:
        self.figure.mark(which, neuron)
        self._outputs.set_framed(which, neuron[1] if neuron[0] == len(self._sizes) else -1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def sizeHint(self) -> QSize:
        return zoom.size(620, 300)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_at(self.neuron_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        neuron = self.neuron_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and neuron != NOWHERE:
            self.neuron_clicked.emit(*neuron)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        neuron = self.neuron_at(event.position())
        if neuron != NOWHERE:
            self.neuron_opened.emit(*neuron)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Over the outputs, beside the figure."""
        neuron = self.neuron_at(QPointF(event.pos()))
        if neuron != NOWHERE:
            self._closer.offer(neuron)
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self._closer.action)
            menu.popup(event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(NOWHERE)

    @Slot(int, int)
    def _on_hovered(self, layer: int, neuron: int) -> None:
        self._point_at((layer, neuron))

    def _point_at(self, neuron: Neuron) -> None:
        if neuron != self._pointed:
            self._pointed = neuron
            self._mark("hovered", neuron)
            self._show_text()
            self.neuron_hovered.emit(*neuron)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            neuron = self.neuron_at(QPointF(event.pos()))
            if neuron != NOWHERE:
                area = self.neuron_rect(*neuron).toAlignedRect()
                QToolTip.showText(event.globalPos(), self.describe(*neuron), self, area)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
