"""A neuron's weighted sum: weights and contributions as pictures or as a table, the equation, and its votes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from mnist_viz.analysis.neuron import NeuronReading
from mnist_viz.engine.samples import is_colour
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.network.color_legend import ColorLegend
from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.rows import RowFigure
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import HiddenWhenSmall, OwnKeys, column, row

Floats = NDArray[np.floating]

NO_DRAWING = "Draw a digit"
MOST_INPUTS = 48
"""Rows of the table: those with the strongest contributions; the last row sums up the others."""

_ROOM_FOR_VOTES, _ROOM_FOR_TWO = 420, 300  # units of width
_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NeuronSumView(QWidget):
    """Shows a `NeuronReading`."""

    neuron_chosen = Signal(int, int)  # layer and number of one of its inputs

    def __init__(self) -> None:
        super().__init__()
        self._reading: NeuronReading | None = None
        self._equation = FittingLabel("title")
        self._captions = [FittingLabel("caption") for _ in range(3)]
        self.weights = HeatmapFigure("neuron-weights", "Its weights, one a pixel", bar=False)
        self.contributions = HeatmapFigure("neuron-contributions", "What each pixel contributes", "evidence", bar=False)
        self.votes = RowFigure("neuron-votes", "What it adds to each class")
        self.table = InputTable()
        self._legends = ColorLegend(), ColorLegend(scale="evidence")
        for figure in (self.weights, self.contributions):
            figure.hovered.connect(self._on_hovered)
        self.table.input_chosen.connect(self._on_input_chosen)
        second = QWidget()
        column(self._captions[1], (self.contributions, 1), self._legends[1], spacing=4, parent=second)
        self._pictures = QWidget()
        first = column(self._captions[0], (self.weights, 1), self._legends[0], spacing=4)
        row((first, 1), (second, 1), parent=self._pictures)
        sent = QWidget()
        column(self._captions[2], (self.votes, 1), spacing=2, parent=sent)
        shown = row((self._pictures, 5), (self.table, 5), (sent, 3), spacing=2 * GRID)
        column(self._equation, (shown, 1), spacing=4, parent=self)
        self.setMinimumSize(0, 0)
        HiddenWhenSmall(sent, self, _ROOM_FOR_VOTES)
        HiddenWhenSmall(second, self, _ROOM_FOR_TWO)
        for legend in self._legends:
            HiddenWhenSmall(legend, self, height=20 * GRID)

    def set_reading(self, reading: NeuronReading) -> None:
        self._reading = reading
        shape = reading.image_shape
        self._pictures.setVisible(shape is not None)
        self.table.setVisible(shape is None)
        if shape is not None:
            of_all = ", red + green + blue" if is_colour(shape) else ""
            self._captions[0].set_texts(f"Weights{of_all}", "Weights")
            self._captions[1].set_texts(f"Pixel × weight{of_all}", "Pixel × weight")
            for figure, values in ((self.weights, reading.weights), (self.contributions, reading.contributions)):
                figure.set_values(None if values is None else summed(values, shape), -reading.limit, reading.limit)
            for legend in self._legends:
                legend.set_range(-reading.limit, reading.limit)
            self.contributions.set_note("" if reading.inputs is not None else NO_DRAWING)
        else:
            self.table.set_inputs(reading)
        self._show_votes(reading)
        self._equation.set_texts(*equation(reading))

    def _show_votes(self, reading: NeuronReading) -> None:
        if reading.is_output:
            titles: tuple[str, ...] = "Logit of each class", "Logits"
        elif reading.sends_to_outputs:
            titles = "What it adds to each logit", "Votes"
        else:
            titles = "Linear part of its effect on each logit", "Effect on each logit (linear)", "Votes (linear)"
        self._captions[2].set_texts(*titles)
        self.votes.set_note("" if reading.votes is not None else NO_DRAWING)
        self.votes.set_bars(reading.votes, reading.class_names, reading.neuron if reading.is_output else -1)

    @property
    def equation(self) -> str:
        return self._equation.texts[0] if self._equation.texts else ""

    @Slot(int, int)
    def _on_hovered(self, y: int, x: int) -> None:
        reading = self._reading
        for figure in (self.weights, self.contributions):
            figure.set_highlight(y, x)
        if reading is None or reading.image_shape is None:
            return
        if y < 0:
            self._equation.set_texts(*equation(reading))
            return
        weight = format_value(float(summed(reading.weights, reading.image_shape)[y, x]), signed=True)
        text = f"Pixel ({x}, {y}): weight {weight}"
        if reading.contributions is not None:
            share = float(summed(reading.contributions, reading.image_shape)[y, x])
            text += f", contributes {format_value(share, signed=True)}"
        self._equation.set_texts(text)

    @Slot(int)
    def _on_input_chosen(self, number: int) -> None:
        if self._reading is not None and self._reading.layer > 0:
            self.neuron_chosen.emit(self._reading.layer - 1, number)


class InputTable(QTreeWidget):
    """The inputs of a neuron with the strongest contributions, or weights without a picture; click or Enter chooses."""

    input_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("neuron-inputs")
        self.setAccessibleName("Inputs of the neuron, the strongest contribution first")
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setStyleSheet("QTreeView::item { padding: 1px 2px; }")
        self.header().setMinimumSectionSize(3 * GRID)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setSectionsMovable(False)
        self.itemClicked.connect(self._on_chosen)
        self.itemActivated.connect(self._on_chosen)
        OwnKeys(self, *_KEYS)  # the arrows lead from input to input, and not through the training

    def set_inputs(self, reading: NeuronReading) -> None:
        inputs, contributions = reading.inputs, reading.contributions
        strength = reading.weights if contributions is None else contributions
        order = np.argsort(-np.abs(strength), kind="stable")
        listed, others = order[:MOST_INPUTS], order[MOST_INPUTS:]
        self.setHeaderLabels(["Neuron" if reading.layer else "Input", "Output", "Weight", "Product"])
        lines = [
            (
                int(k),
                f"{k}",
                "" if inputs is None else format_value(float(inputs[k])),
                format_value(float(reading.weights[k]), signed=True),
                "" if contributions is None else format_value(float(contributions[k]), signed=True),
            )
            for k in listed
        ]
        if len(others):
            rest = "" if contributions is None else format_value(float(contributions[others].sum()), signed=True)
            lines.append((-1, f"{len(others):,} others", "", "", rest))
        if reading.bias:
            lines.append((-1, "Bias", "", "", format_value(reading.bias, signed=True)))
        while self.topLevelItemCount() > len(lines):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(lines):
            added = QTreeWidgetItem(self)
            for number in range(1, 4):
                added.setTextAlignment(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for at, (number, *texts) in enumerate(lines):
            item = self.topLevelItem(at)
            assert item is not None
            item.setData(0, Qt.ItemDataRole.UserRole, number)
            for place, text in enumerate(texts):
                if item.text(place) != text:
                    item.setText(place, text)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters are keys of the window."""

    def minimumSizeHint(self) -> QSize:
        return zoom.size(160, 60)

    @Slot(QTreeWidgetItem)
    def _on_chosen(self, item: QTreeWidgetItem) -> None:
        number = item.data(0, Qt.ItemDataRole.UserRole)
        if number >= 0:
            self.input_chosen.emit(number)


def summed(values: Floats, shape: Sequence[int]) -> NDArray[np.float32]:
    """(height, width) of (inputs,) values; the channels of a colour picture are added up."""
    picture = np.asarray(values, np.float32).reshape(shape)
    return picture.sum(axis=2) if picture.ndim == 3 else picture


def equation(reading: NeuronReading) -> tuple[str, ...]:
    """The sum with its numbers, the longest text first."""
    bias = format_value(reading.bias)
    if reading.inputs is None:
        return f"z = contributions + bias, bias = {bias}, then {reading.function}", f"bias {bias}"
    write: Callable[[float], str] = format_value
    z = write(reading.sum)
    if reading.is_output:
        name = reading.class_names[reading.neuron]
        answer = f"softmax of all z: {reading.output:.1%} for {name}"
    else:
        answer = f"{reading.function}(z) = {write(reading.output)}"
    added = f"({bias})" if reading.bias < 0 else bias
    return (
        f"z = {write(reading.total)} from its inputs + bias {added} = {z}  ·  {answer}",
        f"z = {write(reading.total)} + {added} = {z}  ·  {answer}",
        f"z = {z}  ·  {answer}",
    )
