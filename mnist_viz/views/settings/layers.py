"""The fields of the hidden layers: how wide they are, and their activations."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from mnist_viz.engine.activations import ACTIVATIONS, activation_problem
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, Spec
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.settings.fields import Field
from mnist_viz.views.settings.inputs import ChoiceInput, parse_activations, parse_layers
from mnist_viz.views.settings.layer_rows import LayerRows
from mnist_viz.views.widgets import gap, set_look

ONE_A_LAYER = ""
"""The entry in the choice of activations that reveals a line for one a layer; no activation has this name."""


class HiddenField(Field):
    """The widths of the hidden layers as a text and as rows, and the whole network, from the inputs to the classes.

    The text is the value; the rows show what it says, and change it.

    Attributes:
        chain: says the widths of all layers.
        rows: a row for each layer.
    """

    wide = True

    def __init__(self, name: str, spec: Spec) -> None:
        self.input = QLineEdit()
        self.input.setPlaceholderText("none: inputs to outputs")
        super().__init__(name, spec, self.input)
        self.input.textEdited.connect(self.edited)
        self.chain = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.chain.setObjectName("layer-sizes")
        self.chain.setProperty("role", "caption")
        self._column.addWidget(self.chain)
        self.rows = LayerRows()
        self.rows.widths_edited.connect(self._on_widths_edited)
        self._column.addWidget(self.rows)
        self._activations: tuple[str, ...] = ()
        self.input.textChanged.connect(self._show_rows)

    def inputs(self) -> list[QWidget]:
        return [self.input, *self.rows.inputs()]

    def show_activations(self, names: tuple[str, ...]) -> None:
        """Let each layer show its own activation; none where all have the same."""
        self._activations = names
        self._show_rows()

    def show_sizes(self, sizes: tuple[int, ...]) -> None:
        """Say how wide all layers of the network are, from the inputs to the classes."""
        whole = " → ".join(f"{size:,}" for size in sizes)
        self.chain.setText(whole)
        self.chain.setToolTip(f"The widths of all layers, from the inputs to the classes: {whole}")

    def value(self) -> tuple[int, ...]:
        return parse_layers(self.input.text())

    def set_value(self, value: tuple[int, ...]) -> None:
        self.input.setText(", ".join(map(str, value)))

    @Slot()
    def _show_rows(self) -> None:
        try:
            widths = self.value()
        except ValueError:
            return  # it is being typed
        if len(widths) <= MAX_HIDDEN_LAYERS:
            each = self._activations if len(self._activations) == len(widths) > 0 else None
            self.rows.set_layers(widths, each, self.input)

    @Slot(str)
    def _on_widths_edited(self, text: str) -> None:
        self.input.setText(text)
        self.edited.emit()


class ActivationField(Field):
    """The activation of all hidden layers, or a line that names one a layer.

    Attributes:
        layers: how many hidden layers there are; whoever shows the field keeps it right.
    """

    def __init__(self, name: str, spec: Spec) -> None:
        self.input = ChoiceInput({key: item.title for key, item in ACTIVATIONS.items()})
        self.input.addItem("One a layer…", ONE_A_LAYER)
        super().__init__(name, spec, self.input)
        self.layers = 1
        self._one = next(iter(ACTIVATIONS))  # the last one for all, to begin a line with
        self.line = QLineEdit()
        self.line.setObjectName(f"{name}-line")
        self.line.setAccessibleName(f"{spec.title} of each hidden layer")
        self.line.setPlaceholderText("relu, tanh")
        self.line.setToolTip(f"One for each hidden layer, with commas between them: {', '.join(ACTIVATIONS)}")
        self.line.hide()
        self._column.addWidget(gap(0))
        self._column.addWidget(self.line)
        self.input.activated.connect(self._on_activated)
        self.line.textEdited.connect(self.edited)

    def value(self) -> str:
        if self.input.currentData() != ONE_A_LAYER:
            return str(self.input.currentData())
        names = parse_activations(self.line.text())
        if problem := activation_problem(names, self.layers):
            raise ValueError(problem)
        return names

    def set_value(self, value: str) -> None:
        each = "," in value
        if not each:
            self._one = value
        self.input.choose(ONE_A_LAYER if each else value)
        self.line.setText(", ".join(value.split(",")) if each else "")
        self.line.setVisible(each)

    def inputs(self) -> list[QWidget]:
        return [self.input, self.line]

    @property
    def each(self) -> tuple[str, ...]:
        """The activation of each layer; none if all have the same, or if they do not fit the layers."""
        names = self._names()
        fits = len(names) == self.layers and activation_problem(",".join(names), self.layers) is None
        return tuple(names) if self.input.currentData() == ONE_A_LAYER and fits else ()

    @Slot(int)
    def add_layer(self, layers: int) -> None:
        """There are now so many layers: the new one has the activation of the one before."""
        names = self._names()
        if names and len(names) < layers:
            self._set_names([*names, names[-1]])

    @Slot(int)
    def remove_layer(self, number: int) -> None:
        """Its activation goes with a layer."""
        names = self._names()
        if len(names) > 1:
            self._set_names(names[:number] + names[number + 1 :])

    @Slot(int, str)
    def choose(self, number: int, name: str) -> None:
        """The user has chosen the activation of one layer."""
        names = self._names()
        names[number] = name
        self._set_names(names)
        self.edited.emit()

    def _names(self) -> list[str]:
        try:
            return parse_activations(self.line.text()).split(",")
        except ValueError:
            return []

    def _set_names(self, names: Sequence[str]) -> None:
        self.line.setText(", ".join(names))

    def _show_invalid(self) -> None:
        set_look(self.line, invalid=self.invalid)

    @Slot()
    def _on_activated(self) -> None:
        chosen = str(self.input.currentData())
        if chosen != ONE_A_LAYER:
            self._one = chosen
        elif self.line.isHidden():
            self.line.setText(", ".join([self._one] * max(self.layers, 1)))
        self.line.setVisible(chosen == ONE_A_LAYER)
        self.edited.emit()
