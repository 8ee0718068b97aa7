"""The weights into one neuron, which can be rubbed out, set by hand, or removed with the neuron."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from mnist_viz.analysis.pruning import EditedNetwork, Edits
from mnist_viz.engine.samples import is_colour
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.number_text import format_number
from mnist_viz.views.questions.weight_picture import WeightPicture
from mnist_viz.views.settings.inputs import NumberInput
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, row

LARGEST_WEIGHT = 1000.0
LEAST_FIGURE = 13 * GRID
_COLOURS = "red", "green", "blue"


class WeightEditor(QWidget):
    """A picture of the weights into the chosen neuron, the value of one of them, and a switch for the neuron."""

    removal_toggled = Signal(bool)
    rubbed = Signal(object, bool)  # frozenset of numbers of inputs; whether the stroke has ended
    weight_set = Signal(int, float)  # number of the input, and the value

    def __init__(self) -> None:
        super().__init__()
        self._found = EditedNetwork((), 0, 0, 0)
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
        name = f"Output {number}" if layer == len(found.sizes) - 2 else f"Hidden {layer + 1}, neuron {number}"
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
