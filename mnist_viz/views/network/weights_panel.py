"""The weights panel: a layer's weights as heatmaps, with the choice of the layer and the scale."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from mnist_viz.views.legend import ColorLegend
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.painting import Floats, draw_heading, draw_message
from mnist_viz.views.theme import DARK, GRID, Theme

_MARGIN = 12
_HEADER = 28
_LEGEND = 16
_TITLE_ROOM = 160
_LEAST_TITLE = 64
_CHANNELS = (
    ("All", "Show the sum of the weights for red, green and blue: what a grey picture of that brightness meets"),
    ("R", "Show the weights for red"),
    ("G", "Show the weights for green"),
    ("B", "Show the weights for blue"),
)
_IN_WORDS = {-1: "red + green + blue", 0: "red", 1: "green", 2: "blue"}
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
    channel_selected = Signal(int)
    """The colour whose weights are wanted: 0 red, 1 green, 2 blue; -1 the sum of all three."""

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
        self._change = _button(self, "weights-change", "Learned")
        self._change.setChecked(True)
        self._change.setToolTip("Show what has changed since the first weights; off, the weights themselves")
        self._change.setAccessibleName("Show the change since the first weights")
        self._change.toggled.connect(self._on_change_toggled)
        self._change_available = False
        self._colour = False  # whether the pictures of the network are in colour
        self._channels = QWidget(self)
        self._channel_group = QButtonGroup(self)
        row = QHBoxLayout(self._channels)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for number, (short, tip) in enumerate(_CHANNELS, start=-1):
            button = _button(self._channels, f"weights-channel-{short.lower()}", short)
            button.setChecked(number < 0)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            self._channel_group.addButton(button, number + 1)  # Qt keeps -1 for itself
            row.addWidget(button)
        self._channel_group.idClicked.connect(self._on_channel_clicked)
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
            button = _button(self._selector, f"weights-layer-{index}", name)
            button.setChecked(index == 0)
            button.setToolTip(f"Show the weights into {_into(name)}")
            button.setAccessibleName(f"Weights of {name}")
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
        self,
        layer: int,
        weights: Floats | None,
        limit: float = 1.0,
        image_shape: tuple[int, int] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        """Show `weights` on a scale from -limit to limit.

        Ignored unless `layer` is the chosen one: what arrives late for another is out of date.

        Args:
            layer: from 0, the first one.
            weights: float32 (inputs, neurons), of colour pictures those of the chosen channel; None for none.
            limit: the value of the strongest colours.
            image_shape: height and width of the picture that the inputs make; None if they make none.
            names: what the neurons are called, one each; none if they only have numbers.
        """
        if layer != self._selected:
            return
        changed_shape = (
            (weights is None) != (self._weights is None)
            or (weights is not None and self._weights is not None and weights.shape != self._weights.shape)
            or (image_shape is not None) != self._mosaic.shows_tiles()
        )
        self._weights = weights
        self._mosaic.set_weights(weights, limit, image_shape, names)
        self._legend.set_range(-limit, limit)
        self._legend.set_title(self._quantity())
        if changed_shape:
            self._show_parts()

    def set_change_available(self, available: bool) -> None:
        """Whether the first weights are known; if not, the weights themselves are shown."""
        if available != self._change_available:
            self._change_available = available
            self._arrange()
            self._caption = self._describe()
            self.update()

    def set_colour(self, colour: bool) -> None:
        """Whether the network reads colour pictures, so that its first layer has weights for each colour."""
        if colour != self._colour:
            self._colour = colour
            self._arrange()
            self.update()

    def selected_channel(self) -> int:
        """The colour whose weights are wanted: 0 red, 1 green, 2 blue; -1 the sum of all three."""
        return self._channel_group.checkedId() - 1

    def shows_change(self) -> bool:
        """Whether the user wants the change since the first weights."""
        return self._change.isChecked() and self._change_available

    def legend(self) -> str:
        """What the panel says its colours stand for."""
        return self._legend.accessibleName()

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
            self._arrange()
            self.layer_selected.emit(layer)

    @Slot(int)
    def _on_channel_clicked(self, button: int) -> None:
        self.channel_selected.emit(button - 1)

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

    def _quantity(self) -> str:
        """What the colours stand for."""
        quantity = "Change" if self.shows_change() else "Weight"
        return f"{quantity}, {_IN_WORDS[self.selected_channel()]}" if self._colour and not self._selected else quantity

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
        output = len(self._layers) > 0 and self._selected == len(self._layers) - 1
        noun, nouns = ("class", "classes") if output else ("neuron", "neurons")
        count = (
            f"1 {noun}"
            if neurons == 1
            else f"{neurons:,} {nouns}"
            if shown == neurons
            else f"first {shown:,} of {neurons:,} {nouns}"
        )
        if self._mosaic.shows_tiles():
            return f"{count} · " + ("what they learned" if self.shows_change() else "what each looks for")
        learned = ", what it learned" if self.shows_change() else ""
        return f"{count} × {inputs:,} inputs · a row is one {noun}{learned}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        self._caption = self._describe()

    def _arrange(self) -> None:
        width, height = self.width(), self.height()
        self._name_buttons(short=False)
        change = self._change.sizeHint().width() + GRID if self._change_available else 0
        channels = self._channels.sizeHint().width() + GRID if self._colour and self._selected == 0 else 0
        if self._selector.sizeHint().width() > width - 2 * _MARGIN - _TITLE_ROOM - change - channels:
            self._name_buttons(short=True)
        wanted = self._selector.sizeHint()
        tall = min(wanted.height(), _HEADER - 4)
        top = (_HEADER - tall) // 2
        self._selector.setGeometry(width - _MARGIN - wanted.width(), top, wanted.width(), tall)
        left = self._selector.x() if len(self._layers) > 1 else width - _MARGIN + GRID
        for part, wide in ((self._change, change), (self._channels, channels)):
            fits = wide > 0 and left - wide >= _MARGIN
            part.setVisible(fits)
            if fits:
                left -= wide
                part.setGeometry(left, top, wide - GRID, tall)
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
        parts = (self._selector, self._change, self._channels)
        taken = sum(part.width() + GRID for part in parts if part.isVisible())
        header = QRectF(_MARGIN, 0, self.width() - 2 * _MARGIN - taken, _HEADER)
        title = self._title() if header.width() >= _LEAST_TITLE else ""  # the buttons say it too
        draw_heading(painter, header, self._theme, title, self._caption)
        if self._weights is None:
            draw_message(
                painter, QRectF(self.rect()).adjusted(_MARGIN, _HEADER, -_MARGIN, 0), self._theme,
                *(_NOTHING_LEARNED if self.shows_change() else _NO_NETWORK),
            )  # fmt: skip


def _button(parent: QWidget, name: str, text: str) -> QToolButton:
    """A small switch in the header."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setProperty("kind", "quiet")
    button.setStyleSheet("QToolButton { padding: 0 8px; min-height: 20px; }")
    button.setText(text)
    button.setCheckable(True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def _short(name: str) -> str:
    return "Out" if name == "Output" else name.removeprefix("Layer ")


def _into(name: str) -> str:
    return "the output" if name.lower() == "output" else name[:1].lower() + name[1:]
