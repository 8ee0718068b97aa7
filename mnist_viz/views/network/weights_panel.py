"""The weights panel: the weights of a layer or their change as heatmaps, with a choice of layer and colour channel."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QSizePolicy, QWidget

from mnist_viz.analysis.comparison import weight_limit
from mnist_viz.engine.layer_names import layer_phrase, layer_title
from mnist_viz.engine.samples import CHANNELS, Shape, is_colour
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.message import MessageStack
from mnist_viz.views.network.closer_look import CloserLook
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.painting import Floats
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, row, tab_bar, tool_button

Weights = Sequence[Floats]
"""Those of each layer, (inputs, neurons)."""

Ranges = dict[tuple[int, bool, bool], float]
"""The value of the strongest colours, by the layer, whether it is of the change, and whether of a sum of channels."""

_SUM = -1  # in place of a channel: all of them
_CHANNELS = (
    ("All", "Show the sum of the weights for red, green and blue: what a grey picture of that brightness meets"),
    ("R", "Show the weights for red"),
    ("G", "Show the weights for green"),
    ("B", "Show the weights for blue"),
)
_NO_NETWORK = ("No network yet", "Press Play to train one: its weights take shape here")
_NOTHING_LEARNED = ("Nothing learned yet", "Press Play: what each neuron learns takes shape here")
_TELLING = (
    "The most telling neurons are those whose answers differ most from picture to picture, and whose outgoing weights "
    "are large; they are chosen anew at the end of an epoch and when the training pauses. On: all neurons"
)
_MOST_NAMED = 4  # layers; the tabs of more have only numbers
_COLOURS = ("red", "green", "blue")


class WeightsPanel(QWidget):
    """One layer's weights, or their change since the first ones, as the user chooses."""

    neuron_hovered = Signal(int, int)
    """Layer and neuron under the mouse; neuron -1 when it has left."""
    neuron_clicked = Signal(int, int)
    neuron_opened = Signal(int, int)
    """The user wants to look closer at this one."""
    all_shown_changed = Signal(bool)
    """The user wants to see all neurons, or the most telling ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("weights-panel")
        self.setAccessibleName("Weights")
        self._weights: Weights = ()
        self._first: Weights | None = None
        self._last: Weights | None = None
        self._measured: tuple[Weights, tuple[int, bool, bool]] | None = None  # the last ones that a range holds
        self._image_shape: Shape | None = None
        self._class_names: tuple[str, ...] = ()
        self._telling: Sequence[Sequence[int]] = ()
        self._ranges: Ranges = {}
        self._pointed = ""  # in words
        self._text = FittingLabel("muted")
        self.mosaic = WeightMosaic(histogram=True)
        self.mosaic.neuron_hovered.connect(self._on_hovered)
        self.mosaic.neuron_clicked.connect(self._on_clicked)
        self.mosaic.weight_hovered.connect(self._on_weight_hovered)
        self.mosaic.count_changed.connect(self._describe)
        self._closer = CloserLook(self.mosaic, self._neuron_at)
        self._closer.neuron_opened.connect(self.neuron_opened)
        self._change = _switch("weights-change", "Learned", "Show what has changed since the first weights")
        self._change.setToolTip("Show what has changed since the first weights; off, the weights themselves")
        self._change.setChecked(True)
        self._change.toggled.connect(self._show_layer)
        self._all = _switch("weights-all", "Show all", "Show all neurons")
        self._all.setToolTip(_TELLING)
        self._all.toggled.connect(self._show_layer)
        self._all.clicked.connect(self.all_shown_changed)
        self._channels = QButtonGroup(self)
        self._channels.idClicked.connect(self._show_layer)
        self.layers = tab_bar("weights-layers", "The layer whose weights are shown", {})
        self.layers.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.layers.currentChanged.connect(self._show_layer)
        for number, (short, tip) in enumerate(_CHANNELS):
            button = tool_button(f"weights-channel-{short.lower()}", short, tip, kind="quiet", title=tip)
            button.setProperty("low", True)
            button.setCheckable(True)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._channels.addButton(button, number)
        self._channels.button(0).setChecked(True)
        self._pages = MessageStack(self.mosaic, *_NO_NETWORK)
        channels = row(*self._channels.buttons(), spacing=2)
        header = row((self.layers, 1), None, channels, margins=(0, 0, GRID, 0))
        shown = row((self._text, 1), self._change, self._all, margins=(0, 0, GRID, 0))
        column(header, shown, (self._pages, 1), spacing=GRID // 2, margins=(12, 2, 4, GRID), parent=self)
        self.setMinimumSize(220, 160)
        self._show_layer()

    def set_model(
        self,
        weights: Weights,
        first: Weights | None = None,
        last: Weights | None = None,
        image_shape: Shape | None = None,
        class_names: Sequence[str] = (),
        ranges: Ranges | None = None,
        telling: Sequence[Sequence[int]] = (),
    ) -> None:
        """Show the weights of a network.

        Args:
            weights: float32 (inputs, neurons) of each layer, the output last. They must not change.
            first: those before any training, if they are known.
            last: further weights that the colour range must cover, so that earlier moments compare with the end.
            image_shape: of the picture that the inputs make, (height, width) or (height, width, 3); None for none.
            class_names: what the neurons of the last layer stand for.
            ranges: the run's colour ranges, which are widened here; None for new ones.
            telling: the numbers of the neurons of each hidden layer that are shown unless all are; none for all.
        """
        if len(weights) != self.layers.count():
            self._name_layers(len(weights))
        self._weights, self._first, self._last = weights, first, last
        self._image_shape, self._class_names, self._telling = image_shape, tuple(class_names), telling
        if ranges is None or ranges is not self._ranges:
            self._ranges, self._measured = ranges if ranges is not None else {}, None
        self._show_layer()

    def set_highlight(self, layer: int, neuron: int) -> None:
        """Frame one neuron of `layer`, if that is shown, as if the mouse were over it; neuron -1 for none."""
        self.mosaic.highlight_neuron(neuron if layer == self.selected_layer() else -1)

    def set_chosen(self, layer: int, neuron: int) -> None:
        """Show and frame the chosen neuron of `layer`; -1 for none."""
        self._closer.chosen = (layer, neuron)
        if 0 <= layer < len(self._weights) and layer != self.selected_layer():
            self.layers.setCurrentIndex(layer)
        else:
            self._show_layer()  # the chosen neuron is shown also where it is none of the most telling ones

    def set_all_shown(self, shown: bool) -> None:
        """Show all neurons, or the most telling ones; emits nothing."""
        self._all.setChecked(shown)

    def selected_layer(self) -> int:
        """The layer whose weights are shown, counted from 0."""
        return max(self.layers.currentIndex(), 0)

    def shows_change(self) -> bool:
        """Whether the change since the first weights is shown."""
        return self._change.isChecked() and self._first is not None

    def text(self) -> str:
        """The caption, or the weight under the mouse."""
        return self._text.texts[0]

    def message(self) -> str:
        """Why no weights are shown; "" if they are."""
        return self._pages.message

    @Slot()
    def _show_layer(self) -> None:
        layer, change = self.selected_layer(), self.shows_change()
        shape = self._image_shape if layer == 0 else None
        colour = is_colour(shape)
        channel = self._channels.checkedId() - 1 if colour else None
        for button in self._channels.buttons():
            button.setVisible(colour)
        self._change.setVisible(self._first is not None)
        self._all.setVisible(bool(self._most_telling(layer) or self._most_telling(layer - 1)))
        weights = self._of(self._weights, layer, channel) if self._weights else None
        if weights is not None:
            weights, limit = self._ranged(weights, layer, channel)
            size = (shape[0], shape[1]) if shape is not None else None
            output = layer == len(self._weights) - 1
            shown = None if change and not weights.any() else weights
            names = self._class_names if output else ()
            sources = f"Neurons of {layer_phrase(layer - 1)}" if layer else "Inputs"
            neurons, inputs = self._shown_of(layer), self._shown_of(layer - 1)
            self.mosaic.set_weights(shown, limit, size, names, sources=sources, neurons=neurons, inputs=inputs)
            self.mosaic.choose_neuron(self._chosen_of(layer))
            weights = shown
        missing = _NOTHING_LEARNED if self._weights else _NO_NETWORK
        self._pages.set_message(*(missing if weights is None else ()))
        self._describe()

    def _most_telling(self, layer: int) -> Sequence[int]:
        """The neurons of a hidden layer to which the first look goes; none where those are all."""
        found = self._telling[layer] if 0 <= layer < len(self._telling) else ()
        return found if found and len(found) < self._weights[layer].shape[1] else ()

    def _shown_of(self, layer: int) -> Sequence[int] | None:
        """The neurons of a layer that are shown, the chosen one among them; None for all."""
        found = None if self._all.isChecked() else self._most_telling(layer)
        if not found:
            return None
        chosen = self._chosen_of(layer)
        return found if chosen < 0 or chosen in found else (*found[:-1], chosen)

    def _chosen_of(self, layer: int) -> int:
        """The chosen neuron, if it is of this layer and the network shown here has it; else -1."""
        of, neuron = self._closer.chosen
        return neuron if of == layer and neuron < self._weights[layer].shape[1] else -1

    def _ranged(self, weights: Floats, layer: int, channel: int | None) -> tuple[Floats, float]:
        """The weights or their change, and the value of the strongest colours.

        The range only widens, in round steps, so that the colours of different epochs and channels can be compared.
        """
        key = layer, self.shows_change(), channel == _SUM
        least, before = 0.0, None
        if self.shows_change() and self._first is not None:
            before = self._of(self._first, layer, channel)
            weights = weights - before
            # Relative to the first weights, so that a small change is dark instead of filling its range.
            least = weight_limit(before) / 10
        limit = max(self._ranges.get(key, least), weight_limit(weights))
        measured = self._measured is not None and self._measured[0] is self._last and self._measured[1] == key
        if self._last is not None and not measured:
            self._measured = self._last, key
            end = self._of(self._last, layer, channel)
            limit = max(limit, weight_limit(end if before is None else end - before))
        self._ranges[key] = limit
        return weights, limit

    def _of(self, weights: Weights, layer: int, channel: int | None) -> Floats:
        """A layer's weights, of a colour picture those of one channel or the sum of all."""
        found = weights[layer]
        if channel is None:
            return found
        by_channel = found.reshape(-1, CHANNELS, found.shape[1])
        summed: Floats = by_channel.sum(axis=1) if channel == _SUM else by_channel[:, channel]
        return summed

    def _name_layers(self, count: int) -> None:
        self.layers.blockSignals(True)
        while self.layers.count():
            self.layers.removeTab(0)
        for index in range(count):
            name = layer_title(index, count)
            self.layers.addTab(name if count <= _MOST_NAMED else name.removeprefix("Hidden "))
            self.layers.setTabToolTip(index, f"Show the weights into {layer_phrase(index, count)}")
        self.layers.blockSignals(False)
        self.layers.setVisible(count > 1)
        self.layers.updateGeometry()

    @Slot()
    def _describe(self) -> None:
        """Say what is shown, or the weight under the mouse."""
        if self._pointed:
            name, *_, value = self._pointed.split(" · ")
            # A narrow panel leaves out the pixel rather than the value.
            self._text.set_texts(self._pointed, f"{name} · {value}", f"{name.removeprefix('Neuron ')} · {value}")
        else:
            self._text.set_texts(*(self._captions() if not self.message() else ("",)))

    def _captions(self) -> tuple[str, ...]:
        """What is shown in words, the longest first."""
        layer, channel = self.selected_layer(), self._channels.checkedId() - 1
        output, learned = layer == len(self._weights) - 1, self.shows_change()
        noun, nouns = ("class", "classes") if output else ("neuron", "neurons")
        inputs, neurons = self._weights[layer].shape
        few, which = self.mosaic.shown_neurons(), "first" if self._shown_of(layer) is None else "most telling"
        count = f"{neurons:,} {noun if neurons == 1 else nouns}"
        short, count = _part(few, neurons, count, ""), _part(few, neurons, count, which)
        if self.mosaic.shows_tiles():
            they, each = ("it", "it") if neurons == 1 else ("they", "each")
            what = f"what {they} learned" if learned else f"what {each} looks for"
            colour = f" in {_COLOURS[channel]}" if is_colour(self._image_shape) and channel != _SUM else ""
            return f"{count} · {what}{colour}", f"{count}{colour}", f"{short}{colour}", ""
        row = f"a row is one {noun}{', what it learned' if learned else ''}"
        by = _part(self.mosaic.shown_inputs(), inputs, f"{inputs:,} inputs", "")
        return f"{count} × {by} · {row}", f"{short} × {by}", short, ""

    def sizeHint(self) -> QSize:
        return zoom.size(464, 272)

    def _neuron_at(self, position: QPointF) -> tuple[int, int]:
        return self.selected_layer(), self.mosaic.neuron_at(*self.mosaic.cell_at(position))

    @Slot(int)
    def _on_hovered(self, neuron: int) -> None:
        self.neuron_hovered.emit(self.selected_layer(), neuron)

    @Slot(int)
    def _on_clicked(self, neuron: int) -> None:
        self.neuron_clicked.emit(self.selected_layer(), neuron)

    @Slot(str)
    def _on_weight_hovered(self, text: str) -> None:
        self._pointed = text
        self._describe()


def _part(shown: int, of: int, count: str, which: str) -> str:
    """How many of so many are shown: "first 12 of 500 neurons", or the count where all are."""
    if shown == of:
        return count
    return f"{which} {shown:,} of {count}".strip() if which != "most telling" else f"{shown:,} {which} of {count}"


def _switch(name: str, text: str, accessible_name: str) -> QCheckBox:
    switch = QCheckBox(text)
    switch.setObjectName(name)
    switch.setProperty("kind", "low")
    switch.setAccessibleName(accessible_name)
    switch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return switch
