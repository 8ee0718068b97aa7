"""The hidden layers as rows: the width of each, and its own activation if it has one; layers are added and removed."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.layer_names import layer_phrase
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, MAX_LAYER_WIDTH
from mnist_viz.views.settings.inputs import ChoiceInput, NumberInput
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, row, tool_button

_FIRST_WIDTH = 64
"""Of a layer that is added where there is none."""


class LayerRows(QWidget):
    """Proposes other hidden layers; whoever shows it gives it the layers that there are then."""

    widths_edited = Signal(str)  # with commas between them, as they are in the fields
    activation_chosen = Signal(int, str)  # the number of the layer, from 0, and its activation
    added = Signal(int)  # how many layers there are then; before `widths_edited`
    removed = Signal(int)  # the number of the layer, likewise

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[LayerRow] = []
        self._shape = (0, 0)  # of the grid: how many rows, and how many side by side
        self.add_button = tool_button(
            "add-layer", "+ Layer", "Add a hidden layer before the outputs", kind="", title="Add a hidden layer"
        )
        self.add_button.setProperty("low", True)
        self.add_button.clicked.connect(self._on_add)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID + 4)
        self._grid.setVerticalSpacing(2)
        for side in range(2):
            self._grid.setColumnStretch(side, 1)
        column(self._grid, row(self.add_button, None), spacing=2, parent=self)

    def set_layers(self, widths: Sequence[int], activations: Sequence[str] | None, before: QWidget) -> None:
        """Show a row for each of `widths`, with its activation, or without if all have the same one.

        Args:
            before: which has the focus before the rows.
        """
        shape = len(widths), 2 if activations is None else 1
        if shape != self._shape:
            self._shape = shape
            self._lay_out(*shape, before)
        for number, shown in enumerate(self.rows):
            shown.show_layer(widths[number], activations[number] if activations is not None else None)
        self.add_button.setEnabled(len(widths) < MAX_HIDDEN_LAYERS)

    def _lay_out(self, count: int, across: int, before: QWidget) -> None:
        for number in range(len(self.rows), count):
            made = self._make_row(number)
            for one, other in pairwise([self.rows[-1].remove_button if self.rows else before, *made.inputs()]):
                QWidget.setTabOrder(one, other)
            self.rows.append(made)
        while len(self.rows) > count:
            gone = self.rows.pop()
            gone.hide()  # what is deleted later still has its place until then
            gone.deleteLater()
        for number, shown in enumerate(self.rows):
            self._grid.addWidget(shown, *divmod(number, across), 1, 3 - across)

    def inputs(self) -> list[QWidget]:
        """What takes the keyboard focus, in reading order."""
        return [widget for shown in self.rows for widget in shown.inputs()] + [self.add_button]

    def _make_row(self, number: int) -> "LayerRow":
        made = LayerRow(number, self)
        made.width_input.edited.connect(self._on_width_edited)
        made.activation_chosen.connect(self.activation_chosen)
        made.removed.connect(self._on_removed)
        return made

    def _texts(self) -> list[str]:
        # Without any text a layer is not gone: its width is about to be typed.
        return [shown.width_input.text().strip() or "?" for shown in self.rows]

    @Slot()
    def _on_width_edited(self) -> None:
        self.widths_edited.emit(", ".join(self._texts()))

    @Slot()
    def _on_add(self) -> None:
        texts = self._texts()
        self.added.emit(len(texts) + 1)
        self.widths_edited.emit(", ".join([*texts, texts[-1] if texts else str(_FIRST_WIDTH)]))

    @Slot(int)
    def _on_removed(self, number: int) -> None:
        texts = self._texts()
        had_focus = self.rows[number].remove_button.hasFocus()
        self.removed.emit(number)
        self.widths_edited.emit(", ".join(texts[:number] + texts[number + 1 :]))
        if had_focus:  # that of the layer which has taken its place
            left = [shown.remove_button for shown in self.rows]
            (left[min(number, len(left) - 1)] if left else self.add_button).setFocus()


class LayerRow(QWidget):
    """A hidden layer: its width, its activation if it has one of its own, and a button that removes it."""

    activation_chosen = Signal(int, str)
    removed = Signal(int)

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self.width_input = NumberInput(_width_problem, first_step=1.0, whole=True)
        self.activation = ChoiceInput({key: item.title for key, item in ACTIVATIONS.items()})
        self.remove_button = tool_button("", "−", kind="", size=(26, 26))
        self.remove_button.setProperty("low", True)
        for widget, name, title in (
            (self.width_input, "layer-width", "Neurons of"),
            (self.activation, "layer-activation", "Activation of"),
            (self.remove_button, "remove-layer", "Remove"),
        ):
            widget.setObjectName(f"{name}-{number + 1}")
            widget.setAccessibleName(f"{title} {layer_phrase(number)}")
            widget.setToolTip(f"{title} {layer_phrase(number)}")
        row((self.width_input, 1), (self.activation, 1), self.remove_button, spacing=2, parent=self)
        self.activation.activated.connect(self._on_activated)
        self.remove_button.clicked.connect(self._on_clicked)

    def show_layer(self, width: int, activation: str | None) -> None:
        if self.width_input.value() != width:
            self.width_input.set_value(width)
        self.activation.setVisible(activation is not None)
        self.activation.choose(activation)

    def inputs(self) -> list[QWidget]:
        """What takes the keyboard focus, in reading order."""
        return [self.width_input, self.activation, self.remove_button]

    @Slot()
    def _on_activated(self) -> None:
        self.activation_chosen.emit(self._number, str(self.activation.currentData()))

    @Slot()
    def _on_clicked(self) -> None:
        self.removed.emit(self._number)


def _width_problem(width: float) -> str | None:
    return None if 1 <= width <= MAX_LAYER_WIDTH else f"1 to {MAX_LAYER_WIDTH:,}"
