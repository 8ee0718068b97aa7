"""The weights panel: a layer's weights as heatmaps, with the choice of the layer and the scale."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from mnist_viz.views.legend import ColorLegend
from mnist_viz.views.mosaic import WeightMosaic
from mnist_viz.views.painting import Floats, draw_heading, draw_message
from mnist_viz.views.theme import DARK, GRID, Theme

_MARGIN = 12
_HEADER = 28
_LEGEND = 16
_TITLE_ROOM = 160
_NO_NETWORK = ("No network yet", "Press Play to train one: its weights take shape here")
_NOTHING_LEARNED = ("Nothing learned yet", "Press Play: what each neuron learns takes shape here")


class WeightsPanel(QWidget):
    """One layer's weights at a time; which one is the user's choice."""

    layer_selected = Signal(int)
    """The index of the layer whose weights are wanted."""
    neuron_hovered = Signal(int, int)
    """Layer and neuron under the mouse; neuron -1 when there is none any more."""
    neuron_clicked = Signal(int, int)
    change_toggled = Signal(bool)
    """Whether the change since the first weights is wanted, in place of the weights themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weights-panel")
        self.setAccessibleName("Weights")
        self._theme = DARK
        self._layers: tuple[str, ...] = ()
        self._selected = 0
        self._caption = ""
        self._weights: Floats | None = None
        self._mosaic = WeightMosaic(self)
        self._mosaic.neuron_hovered.connect(self._on_hovered)
        self._mosaic.neuron_clicked.connect(self._on_clicked)
        self._legend = ColorLegend("Weight", diverging=True, parent=self)
        self._selector = QWidget(self)
        self._selector_layout = QHBoxLayout(self._selector)
        self._selector_layout.setContentsMargins(0, 0, 0, 0)
        self._selector_layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._on_layer_clicked)
        self._change = QToolButton(self)
        self._change.setObjectName("weights-change")
        self._change.setProperty("kind", "quiet")
        self._change.setStyleSheet("QToolButton { padding: 0 8px; min-height: 20px; }")
        self._change.setText("Learned")
        self._change.setCheckable(True)
        self._change.setChecked(True)
        self._change.setToolTip("Show what has changed since the first weights; off, the weights themselves")
        self._change.setAccessibleName("Show the change since the first weights")
        self._change.setCursor(Qt.CursorShape.PointingHandCursor)
        self._change.toggled.connect(self._on_change_toggled)
        self._change_available = False
        self._show_parts()
        self.setMinimumSize(264, 160)

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._mosaic.set_theme(theme)
        self._legend.set_theme(theme)
        self.update()

    def set_layers(self, names: Sequence[str]) -> None:
        """The layers to choose from, as 'Layer 1', 'Layer 2', 'Output'; the first is chosen."""
        if tuple(names) == self._layers:
            return
        self._layers, self._selected = tuple(names), 0
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._selector_layout.removeWidget(button)
            button.setParent(None)
            button.deleteLater()
        for index, name in enumerate(self._layers):
            button = QToolButton(self._selector)
            button.setObjectName(f"weights-layer-{index}")
            button.setProperty("kind", "quiet")
            button.setStyleSheet("QToolButton { padding: 0 8px; min-height: 20px; }")
            button.setText(name)
            button.setCheckable(True)
            button.setChecked(index == 0)
            button.setToolTip(f"Show the weights into {_into(name)}")
            button.setAccessibleName(f"Weights of {name}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._group.addButton(button, index)
            self._selector_layout.addWidget(button)
            button.show()
        self._group.setExclusive(True)
        self.set_weights(0, None)
        self._show_parts()
        self._arrange()

    def selected_layer(self) -> int:
        return self._selected

    def set_weights(
        self, layer: int, weights: Floats | None, limit: float = 1.0, image_shape: tuple[int, int] = (28, 28)
    ) -> None:
        """Show `weights`, float32 (inputs, neurons), on a scale from -limit to limit.

        Ignored unless `layer` is the chosen one: what arrives late for another is out of date.
        """
        if layer != self._selected:
            return
        changed_shape = (weights is None) != (self._weights is None) or (
            weights is not None and self._weights is not None and weights.shape != self._weights.shape
        )
        self._weights = weights
        self._mosaic.set_weights(weights, limit, image_shape)
        self._legend.set_range(-limit, limit)
        self._legend.set_title("Change" if self.shows_change() else "Weight")
        if changed_shape:
            self._show_parts()

    def set_change_available(self, available: bool) -> None:
        """Whether the first weights are known; if not, the weights themselves are shown."""
        if available != self._change_available:
            self._change_available = available
            self._arrange()
            self._caption = self._describe()
            self.update()

    def shows_change(self) -> bool:
        """Whether the user wants the change since the first weights."""
        return self._change.isChecked() and self._change_available

    def heading(self) -> tuple[str, str]:
        """What the panel says it shows, and how to read it."""
        return self._title(), self._caption

    def set_highlight(self, layer: int, neuron: int) -> None:
        """Frame one neuron of `layer` if that layer is shown; neuron -1 for none."""
        self._mosaic.set_highlight(neuron if layer == self._selected else -1)

    # --- inside ------------------------------------------------------------------------------

    @Slot(int)
    def _on_layer_clicked(self, layer: int) -> None:
        if layer != self._selected:
            self._selected = layer
            self._mosaic.set_highlight(-1)
            self.set_weights(layer, None)
            self.layer_selected.emit(layer)

    @Slot(bool)
    def _on_change_toggled(self, checked: bool) -> None:
        self._caption = self._describe()
        self.update()
        self.change_toggled.emit(checked)

    @Slot(int)
    def _on_hovered(self, neuron: int) -> None:
        self.neuron_hovered.emit(self._selected, neuron)

    @Slot(int)
    def _on_clicked(self, neuron: int) -> None:
        self.neuron_clicked.emit(self._selected, neuron)

    def _show_parts(self) -> None:
        present = self._weights is not None
        self._mosaic.setVisible(present)
        self._legend.setVisible(present)
        self._selector.setVisible(len(self._layers) > 1)
        self._caption = self._describe()
        self.update()

    def _title(self) -> str:
        if not self._layers:
            return "Weights"
        name = self._layers[self._selected]
        if len(self._layers) == 1:
            return "Weights"
        return "First-layer weights" if self._selected == 0 else f"{name} weights"

    def _describe(self) -> str:
        if self._weights is None:
            return ""
        inputs, neurons = self._weights.shape
        shown = self._mosaic.shown_neurons()
        count = (
            "1 neuron"
            if neurons == 1
            else f"{neurons:,} neurons"
            if shown == neurons
            else f"first {shown:,} of {neurons:,} neurons"
        )
        if self._mosaic.shows_tiles():
            return f"{count} · " + ("what they learned" if self.shows_change() else "what each looks for")
        learned = ", what it learned" if self.shows_change() else ""
        return f"{count} × {inputs:,} inputs · a row is one neuron{learned}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        self._caption = self._describe()

    def _arrange(self) -> None:
        width, height = self.width(), self.height()
        self._name_buttons(short=False)
        change = self._change.sizeHint().width() + GRID if self._change_available else 0
        if self._selector.sizeHint().width() > width - 2 * _MARGIN - _TITLE_ROOM - change:
            self._name_buttons(short=True)
        wanted = self._selector.sizeHint()
        tall = min(wanted.height(), _HEADER - 4)
        top = (_HEADER - tall) // 2
        self._selector.setGeometry(width - _MARGIN - wanted.width(), top, wanted.width(), tall)
        room = self._selector.x() - change
        self._change.setVisible(self._change_available and room >= _MARGIN)
        self._change.setGeometry(room, top, max(change - GRID, 0), tall)
        top = _HEADER + GRID
        self._mosaic.setGeometry(_MARGIN, top, width - 2 * _MARGIN, height - top - _LEGEND - 2 * GRID - 4)
        self._legend.setGeometry(_MARGIN, height - _LEGEND - GRID, width - 2 * _MARGIN, _LEGEND)

    def _name_buttons(self, short: bool) -> None:
        for button, name in zip(self._group.buttons(), self._layers, strict=True):
            button.setText(_short(name) if short else name)
        self._selector_layout.activate()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        taken = self._selector.width() + GRID if self._selector.isVisible() else 0
        taken += self._change.width() + GRID if self._change.isVisible() else 0
        header = QRectF(_MARGIN, 0, self.width() - 2 * _MARGIN - taken, _HEADER)
        draw_heading(painter, header, self._theme, self._title(), self._caption)
        if self._weights is None:
            draw_message(
                painter, QRectF(self.rect()).adjusted(_MARGIN, _HEADER, -_MARGIN, 0), self._theme,
                *(_NOTHING_LEARNED if self.shows_change() else _NO_NETWORK),
            )  # fmt: skip


def _short(name: str) -> str:
    return "Out" if name == "Output" else name.removeprefix("Layer ")


def _into(name: str) -> str:
    return "the output" if name.lower() == "output" else name[:1].lower() + name[1:]
