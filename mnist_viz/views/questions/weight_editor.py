"""The weights into one neuron as a picture: rubbed out, set by hand, or removed with the neuron."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QPainterPath, QPolygonF
from PySide6.QtWidgets import QCheckBox, QGraphicsPathItem, QSizePolicy, QWidget

from mnist_viz.analysis.pruning import EditedNetwork, Edits
from mnist_viz.engine.layer_names import layer_title
from mnist_viz.engine.samples import Shape, is_colour
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.number_text import format_number
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.settings.inputs import NumberInput
from mnist_viz.views.theme import GRID, Theme, color
from mnist_viz.views.widgets import column, row

Floats = NDArray[np.floating]
LARGEST_WEIGHT = 1000.0
LEAST_FIGURE = 13 * GRID
_COLOURS = "red", "green", "blue"


class WeightPicture(HeatmapFigure):
    """One value a weight; what is gone is grey. The three colours of a pixel stand in pictures side by side.

    With the focus on it the arrows choose a weight, and Delete rubs it out.
    """

    weight_chosen = Signal(int)  # number of the input
    rubbed = Signal(object, bool)  # frozenset of numbers of inputs; whether the stroke has ended

    keeps_arrows = True
    further_keys = frozenset({Qt.Key.Key_Delete, Qt.Key.Key_Backspace})

    def __init__(self) -> None:
        super().__init__("pruning-weights", "Weights into the neuron")
        self.setAccessibleDescription(
            "click to choose a weight, drag to rub out, Ctrl+drag to pan; arrows choose, Delete rubs out"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._inputs: NDArray[np.intp] = np.zeros((0, 0), np.intp)  # the number of the input at each place; -1 for none
        self._shape: tuple[int, Shape | None] = (0, None)
        self.chosen = -1
        self._gone = QGraphicsPathItem()  # below the picture, which leaves them out
        self._gone.setPen(Qt.PenStyle.NoPen)
        self._gone.setZValue(-10)
        self.view.addItem(self._gone, ignoreBounds=True)
        self.view.lassos = True
        self.view.lasso_dragged.connect(self._on_dragged)
        self.clicked.connect(self._choose)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._gone.setBrush(color(theme.muted, 0.35))

    def set_weights(self, weights: Floats, image_shape: Shape | None, limit: float) -> None:
        """Show `weights`, (inputs,), in colours from -limit to limit, as pictures of that shape if there is one."""
        if self._shape != (len(weights), image_shape):
            self._shape = len(weights), image_shape
            self._inputs = input_places(len(weights), image_shape)
            self.chosen = -1
            rows, columns = self._inputs.shape
            area = QPainterPath()
            area.addRect(0, 0, columns, rows - 1)
            area.addRect(0, rows - 1, int(np.count_nonzero(self._inputs[-1] >= 0)), 1)
            self._gone.setPath(area)
        self.set_values(as_picture(np.where(weights == 0, np.nan, weights), image_shape), -limit, limit)
        self.set_chosen_input(self.chosen)

    def set_chosen_input(self, number: int) -> None:
        """Frame the weight from this input; -1 for none."""
        self.chosen = number
        self.set_chosen(*(self.place_of(number) if number >= 0 else (-1, -1)))

    def place_of(self, number: int) -> tuple[int, int]:
        """Row and column of the weight from this input."""
        row, column = np.argwhere(self._inputs == number)[0].tolist()
        return row, column

    def step(self, right: int, down: int) -> bool:
        if self._inputs.size and self.chosen < 0:
            self.weight_chosen.emit(0)
        elif self._inputs.size:
            row, column = self.place_of(self.chosen)
            self._choose(row + down, column + right)
        return bool(self._inputs.size)

    def press(self, key: Qt.Key) -> None:
        if self.chosen >= 0:
            self.rubbed.emit(frozenset({self.chosen}), True)

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        number = self.input_at(row, column)
        if number >= 0:
            self.weight_chosen.emit(number)

    def input_at(self, row: int, column: int) -> int:
        """The number of the input whose weight is there; -1 if there is none."""
        rows, columns = self._inputs.shape
        return int(self._inputs[row, column]) if 0 <= row < rows and 0 <= column < columns else -1

    @Slot(object, bool)
    def _on_dragged(self, way: QPolygonF, ended: bool) -> None:
        start, end = way.at(max(way.count() - 2, 0)), way.last()
        between = end - start
        steps = max(math.ceil(2 * max(abs(between.x()), abs(between.y()))), 1)
        points = (start + between * (k / steps) for k in range(steps + 1))
        numbers = frozenset(self._input_under(point) for point in points) - {-1}
        self.rubbed.emit(numbers, ended)

    def _input_under(self, point: QPointF) -> int:
        return self.input_at(math.floor(point.y()), math.floor(point.x()))


def as_picture(weights: Floats, shape: Shape | None) -> NDArray[np.float32]:
    """The weights, (inputs,), at the places of their inputs; NaN where there is none."""
    return np.append(weights.astype(np.float32), np.float32(np.nan))[input_places(len(weights), shape)]


def input_places(inputs: int, shape: Shape | None) -> NDArray[np.intp]:
    """The number of the input at each row and column; -1 where there is none."""
    numbers = np.arange(inputs)
    if shape is not None and len(shape) == 3:
        height, width, colours = shape
        return numbers.reshape(height, width, colours).transpose(0, 2, 1).reshape(height, width * colours)
    if shape is not None:
        return numbers.reshape(shape)
    columns = math.ceil(math.sqrt(inputs))
    rows = -(-inputs // columns)
    return np.append(numbers, np.full(rows * columns - inputs, -1)).reshape(rows, columns)


class WeightEditor(QWidget):
    """A picture of the weights into the chosen neuron, the value of one of them, and a switch for the neuron."""

    removal_toggled = Signal(bool)
    rubbed = Signal(object, bool)  # frozenset of numbers of inputs; whether the stroke has ended
    weight_set = Signal(int, float)  # number of the input, and the value

    def __init__(self) -> None:
        super().__init__()
        self._found = EditedNetwork((), False, 0, 0)
        self._edits = Edits()
        self._neuron = FittingLabel("caption")
        self.picture = WeightPicture()
        self.picture.weight_chosen.connect(self._on_weight_chosen)
        self.picture.rubbed.connect(self.rubbed)
        self.picture.hovered.connect(self._on_hovered)
        self.picture.setMinimumHeight(LEAST_FIGURE)
        self.removed = QCheckBox("Remove")
        self.removed.setObjectName("pruning-remove")
        self.removed.setToolTip("Set the neuron's bias and its weights, in and out, to 0")
        self.removed.toggled.connect(self.removal_toggled)
        self.value = NumberInput(_too_large, step=0.1)
        self.value.setObjectName("pruning-value")
        self.value.setAccessibleName("Value of the chosen weight")
        self.value.setToolTip("The value of the chosen weight; 0 rubs it out")
        self.value.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.value.committed.connect(self._on_value_committed)
        column(row((self._neuron, 1), self.removed, self.value), (self.picture, 1), spacing=4, parent=self)

    def set_found(self, found: EditedNetwork, edits: Edits) -> None:
        """Show the chosen neuron of an edited network; `edits` are the latest ones."""
        before, self._found, self._edits = self._found.neuron, found, edits
        if found.neuron is None:
            return
        if found.neuron != before:
            self.picture.set_chosen_input(-1)
        self.picture.set_weights(found.after, found.image_shape, found.limit)
        with QSignalBlocker(self.removed):
            self.removed.setChecked(found.neuron in edits.removed)
        if found.neuron != before or not (self.value.hasFocus() and self.value.lineEdit().isModified()):
            self._show_weight()  # else somebody is typing

    def _show_weight(self) -> None:
        found, chosen = self._found, self.picture.chosen
        self.value.setEnabled(chosen >= 0)
        if chosen >= 0 and found.neuron is not None:
            layer, number = found.neuron
            now = float(f"{float(found.after[chosen]):.4g}")
            self.value.set_value(self._edits.weights.get((layer, chosen, number), now))
        else:
            self.value.lineEdit().clear()
        self._say_which(chosen)

    def _say_which(self, entry: int) -> None:
        """Name the neuron, and the weight from this input; -1 for none."""
        found = self._found
        if found.neuron is None:
            return
        layer, number = found.neuron
        name = f"Output {number}" if layer == len(found.sizes) - 2 else f"{layer_title(layer)}, neuron {number}"
        if entry < 0:
            self._neuron.set_texts(f"{name}: rub out weights, or click one to set it", name)
            return
        now, before = (format_number(float(each[entry])) for each in (found.after, found.before))
        said = f"{self._name_of(entry)}: {now}" + (f", was {before}" if now != before else "")
        self._neuron.set_texts(f"{name}, weight from {said}", f"From {said}", said)

    def _name_of(self, entry: int) -> str:
        shape = self._found.image_shape
        if shape is None:
            return f"neuron {entry}" if self._found.neuron and self._found.neuron[0] else f"number {entry}"
        pixel, colour = divmod(entry, 3) if is_colour(shape) else (entry, -1)
        y, x = divmod(pixel, shape[1])
        return f"pixel ({x}, {y})" + (f", {_COLOURS[colour]}" if colour >= 0 else "")

    @Slot(int)
    def _on_weight_chosen(self, number: int) -> None:
        self.picture.set_chosen_input(number)
        self._show_weight()

    @Slot()
    def _on_value_committed(self) -> None:
        value, chosen = self.value.value(), self.picture.chosen
        if chosen < 0 or value is None or _too_large(value):
            self._show_weight()
        else:
            self.value.set_value(value)
            self.weight_set.emit(chosen, value)

    @Slot(int, int)
    def _on_hovered(self, row: int, column: int) -> None:
        self._say_which(self.picture.input_at(row, column) if row >= 0 else self.picture.chosen)


def _too_large(number: float) -> str | None:
    return None if abs(number) <= LARGEST_WEIGHT else f"A weight is at most {LARGEST_WEIGHT:,.0f}"
