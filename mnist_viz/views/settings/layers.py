"""The fields of the hidden layers: how wide they are, and their activations."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from mnist_viz.engine.activations import ACTIVATIONS, activation_problem
from mnist_viz.engine.settings import Spec
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.settings.fields import Field
from mnist_viz.views.settings.inputs import ChoiceInput, parse_activations, parse_layers
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import set_look

ONE_A_LAYER = ""
"""The entry in the choice of activations that reveals a line for one a layer; no activation has this name."""


class HiddenField(Field):
    """The widths of the hidden layers, and below them the whole network, from the inputs to the classes.

    Attributes:
        chain: says the widths of all layers.
    """

    wide = True

    def __init__(self, name: str, spec: Spec) -> None:
        self.input = QLineEdit()
        self.input.setPlaceholderText("none: inputs to outputs")
        super().__init__(name, spec, self.input)
        self.input.textEdited.connect(self._on_edited)
        self.chain = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.chain.setObjectName("layer-sizes")
        self.chain.setProperty("role", "caption")
        self._column.addWidget(self.chain)

    def show_sizes(self, sizes: tuple[int, ...]) -> None:
        """Say how wide all layers of the network are, from the inputs to the classes."""
        whole = " → ".join(f"{size:,}" for size in sizes)
        self.chain.setText(whole)
        self.chain.setToolTip(f"The widths of all layers, from the inputs to the classes: {whole}")

    def value(self) -> tuple[int, ...]:
        return parse_layers(self.input.text())

    def set_value(self, value: tuple[int, ...]) -> None:
        self.input.setText(", ".join(map(str, value)))


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
        self._column.addSpacing(GRID // 2 - 2)
        self._column.addWidget(self.line)
        self.input.activated.connect(self._on_activated)
        self.line.textEdited.connect(self._on_edited)

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

    def _show_invalid(self) -> None:
        set_look(self.line, invalid=self._invalid)

    @Slot()
    def _on_activated(self) -> None:
        chosen = str(self.input.currentData())
        if chosen != ONE_A_LAYER:
            self._one = chosen
        elif self.line.isHidden():
            self.line.setText(", ".join([self._one] * max(self.layers, 1)))
        self.line.setVisible(chosen == ONE_A_LAYER)
        self.edited.emit()
