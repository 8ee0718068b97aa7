"""The weights of a layer: the weight maps of all neurons as one picture, or the weight matrix."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QRect, Signal, Slot
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Floats
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.histogram import WIDTH as HISTOGRAM_WIDTH
from mnist_viz.views.plots.histogram import ValueHistogram
from mnist_viz.views.plots.items import Texts
from mnist_viz.views.theme import SMALL, Theme, color

_MOST_NEURONS = 1024
_MOST_VALUES = 2_000_000  # of a matrix; more rows would take too long
_LEAST_TILE = 16  # device pixels of the longer side: smaller maps cannot be read
_STRETCH = 1.2  # the largest ratio by which a map is stretched to fill the figure
_MOST_NAMES = 2000  # inputs; of more, every tenth is named
_LEAST_NUMBERED_TILE, _LEAST_NAMED_TILE = 36, 44  # pixels


class WeightMosaic(HeatmapFigure):
    """The weights into each neuron of a layer, blue below zero and orange above.

    A layer whose inputs are a picture is shown as tiles, one a neuron; any other layer as its matrix, one row a neuron.
    """

    neuron_hovered = Signal(int)
    """The neuron under the mouse; -1 when it has left."""
    neuron_clicked = Signal(int)
    weight_hovered = Signal(str)
    """The weight under the mouse in words; "" when it has left."""
    count_changed = Signal()
    """The number of neurons that have room has changed."""

    weights: Floats | None = None  # read by `fit` before __init__ sets it

    def __init__(self, parent: QWidget | None = None, *, bar: bool = True, histogram: bool = False) -> None:
        super().__init__("weight-mosaic", "Weights of each neuron", bar=bar, parent=parent)
        self.histogram = ValueHistogram(self.bar) if histogram else None
        if self.histogram is not None:
            self.bar.addItem(self.histogram, 1, 0)
            self.bar.layout.setColumnFixedWidth(0, HISTOGRAM_WIDTH)
        self.limit = 1.0  # the value of the strongest colours
        self._image_shape: tuple[int, int] | None = None
        self._names: tuple[str, ...] = ()
        self._sources = ""
        self._neurons: Sequence[int] = ()  # the numbers of those that are wanted
        self._inputs: Sequence[int] = ()
        self._shown: Sequence[int] = ()  # the neurons that have room
        self._columns = 1  # so many of them side by side
        self._named: object = None  # what the names are of
        self._value = (-1, -1)  # row and column of the one under the mouse
        self._pointed = self._highlighted = self._chosen = -1
        self._texts = Texts(SMALL, anchor=(0.0, 0.0), offset=(3.0, 1.0))
        self.view.addItem(self._texts, ignoreBounds=True)
        self.hovered.connect(self._on_value_hovered)
        self.clicked.connect(self._on_value_clicked)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        if self.histogram is not None:
            self.histogram.set_theme(theme)
        self._texts.set_colors(color(theme.text))

    def set_weights(
        self,
        weights: Floats | None,
        limit: float = 1.0,
        image_shape: tuple[int, int] | None = None,
        names: Sequence[str] = (),
        *,
        sources: str = "",
        neurons: Sequence[int] | None = None,
        inputs: Sequence[int] | None = None,
    ) -> None:
        """Show `weights` on a scale from -limit to limit.

        Args:
            weights: float32 (inputs, neurons); None for none.
            limit: the value of the strongest colours.
            image_shape: height and width of the picture that the inputs make; None if they make none.
            names: what the neurons are called, one each; none if they only have numbers.
            sources: what the inputs are, "Inputs" or "Neurons of hidden layer 1", as a title of a matrix's columns.
            neurons: the numbers of those that are shown, in this order; None for all.
            inputs: likewise of the columns of a matrix.
        """
        self.weights, self.limit, self._image_shape, self._names = weights, limit, image_shape, tuple(names)
        self._sources = sources
        count_in, count = weights.shape if weights is not None else (0, 0)
        self._neurons = range(count) if neurons is None else tuple(neurons)
        self._inputs = range(count_in) if inputs is None or image_shape is not None else tuple(inputs)
        self.stretch = _STRETCH if image_shape is not None else math.inf
        self._lay_out()
        if self.histogram is not None:
            self.histogram.set_values(weights)
        if self._pointed >= 0:
            self.weight_hovered.emit(self._describe_weight(*self._value))

    def highlight_neuron(self, neuron: int) -> None:
        """Frame a neuron's weights as if the mouse were over them; -1 for none."""
        self._highlighted = neuron
        self.set_highlight(*self._place(neuron))

    def choose_neuron(self, neuron: int) -> None:
        """Frame the chosen neuron's weights; -1 for none."""
        self._chosen = neuron
        self.set_chosen(*self._place(neuron))

    @property
    def pointing(self) -> bool:
        return self._pointed not in (-1, self._chosen)

    def shown_neurons(self) -> int:
        """How many of the layer's neurons are shown."""
        return len(self._shown)

    def shown_inputs(self) -> int:
        """How many of the layer's inputs are shown."""
        return len(self._inputs)

    def shows_tiles(self) -> bool:
        """Whether the neurons are shown as tiles; otherwise as a matrix."""
        return self.weights is not None and self._image_shape is not None

    def neuron_at(self, row: int, column: int) -> int:
        """The neuron that the value at `row` and `column` belongs to; -1 if there is none."""
        if row < 0 or self.weights is None:
            return -1
        high, wide = self._image_shape or (1, len(self._inputs))
        return self._shown[row // high * self._columns + column // wide]

    def describe(self, neuron: int) -> str:
        """One line on a neuron's weights, as its tooltip shows it."""
        assert self.weights is not None
        weights = self.weights[:, neuron]
        low, high = (format_value(float(value), signed=True) for value in (weights.min(), weights.max()))
        return f"{self._name_of(neuron)} · weights {low} to {high}"

    def _describe_weight(self, row: int, column: int) -> str:
        assert self.weights is not None
        neuron = self.neuron_at(row, column)
        if self._image_shape is None:
            source = self._inputs[column]
            place = f"from {'input' if self._sources == 'Inputs' else 'neuron'} {source}"
        else:
            high, wide = self._image_shape
            y, x = row % high, column % wide
            source, place = y * wide + x, f"pixel ({x}, {y})"
        return f"{self._name_of(neuron)} · {place} · {format_value(float(self.weights[source, neuron]), signed=True)}"

    def _name_of(self, neuron: int) -> str:
        return self._names[neuron] if self._names else f"Neuron {neuron}"

    def fit(self) -> None:
        if self.weights is not None and self._planned() != (len(self._shown), self._columns):
            self._lay_out()
            self.count_changed.emit()
        super().fit()

    def _planned(self) -> tuple[int, int]:
        """How many neurons have room, and how many of them side by side."""
        if self.weights is None:
            return 0, 1
        if self._image_shape is None:
            return min(len(self._neurons), _MOST_NEURONS, max(_MOST_VALUES // len(self._inputs), 1)), 1
        wide, high = (side * zoom.ratio(self) for side in (self.view.width(), self.view.height()))
        return plan_tiles(len(self._neurons), self._image_shape, wide, high)

    def _lay_out(self) -> None:
        """Show as many neurons as have room."""
        count, self._columns = self._planned()
        self._shown = self._neurons[:count]
        if self.weights is None:
            self.set_values(None)
        elif self._image_shape is None:
            self.set_values(self._matrix(self.weights), -self.limit, self.limit, (1, len(self._inputs)))
        else:
            tiles = compose_tiles(self.weights[:, _indices(self._shown)], self._image_shape, self._columns)
            self.set_values(tiles, -self.limit, self.limit, self._image_shape, count)
        self._name()
        self.set_chosen(*self._place(self._chosen))
        self.set_highlight(*self._place(self._pointed if self._pointed >= 0 else self._highlighted))

    def _name(self) -> None:
        """Name the rows and columns of a matrix, and the tiles in a corner of each."""
        named = self._image_shape, self._shown, self._columns, self._inputs, self._names, self._sources
        if named == self._named:
            return
        self._named = named
        if self._image_shape is None:
            self._texts.set_texts((), ())
            each = 10 if len(self._inputs) > _MOST_NAMES else 1
            self.top.set_title(self._sources)
            self.set_names([self._name_of(k) for k in self._shown], [str(k) for k in self._inputs[::each]])
            return
        self.set_names()
        high, wide = self._image_shape
        places = [(k % self._columns * wide, k // self._columns * high) for k in range(len(self._shown))]
        least = _LEAST_NAMED_TILE if self._names else _LEAST_NUMBERED_TILE
        self._texts.set_texts(places, [self._names[k] if self._names else str(k) for k in self._shown], least / wide)

    def _matrix(self, weights: Floats) -> Floats:
        """One row a neuron."""
        return np.ascontiguousarray(weights[:, _indices(self._shown)][_indices(self._inputs)].T)

    def _place(self, neuron: int) -> tuple[int, int]:
        """Row and column of a neuron's first value; -1, -1 if it is not shown."""
        if neuron not in self._shown:
            return -1, -1
        row, column = divmod(self._shown.index(neuron), self._columns)
        high, wide = self._image_shape or (1, 1)
        return row * high, column * wide

    @Slot(int, int)
    def _on_value_hovered(self, row: int, column: int) -> None:
        self._value = (row, column)
        neuron = self.neuron_at(row, column)
        if neuron != self._pointed:
            self._pointed = neuron
            self.neuron_hovered.emit(neuron)
        self.weight_hovered.emit(self._describe_weight(row, column) if neuron >= 0 else "")

    @Slot(int, int)
    def _on_value_clicked(self, row: int, column: int) -> None:
        self.neuron_clicked.emit(self.neuron_at(row, column))

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            if self._pointed >= 0:
                around = QRect(event.pos(), event.pos()).adjusted(-8, -8, 8, 8)
                QToolTip.showText(event.globalPos(), self.describe(self._pointed), self, around)
            else:
                QToolTip.hideText()
            return True
        return bool(super().viewportEvent(event))


def _indices(numbers: Sequence[int]) -> slice | list[int]:
    """Of rows or columns; without a copy of them where they are all or the first ones."""
    return slice(len(numbers)) if isinstance(numbers, range) else list(numbers)


def plan_tiles(neurons: int, shape: tuple[int, int], width: float, height: float) -> tuple[int, int]:
    """How many tiles of `shape`, height and width, to show in so many device pixels, and how many side by side.

    All of them if they are large enough to be read, otherwise as many as are.
    """
    (tall, wide), count = shape, min(neurons, _MOST_NEURONS)
    unit = _LEAST_TILE / max(shape)
    least_wide, least_tall = wide * unit, tall * unit
    columns = np.arange(1, count + 1)
    rows = -(-count // columns)
    across, down = width / (columns * wide), height / (rows * tall)  # device pixels a value
    across, down = np.minimum(across, down * _STRETCH), np.minimum(down, across * _STRETCH)
    # The share of the room that the tiles fill, with a small preference for squares.
    score = count * across * down * (np.minimum(across, down) / np.maximum(across, down)) ** 0.25
    best = int(np.argmax(score))
    if count == 1 or (across[best] >= unit and down[best] >= unit):
        return count, int(columns[best])
    side_by_side = min(max(int(width / least_wide), 1), count)
    return min(count, side_by_side * max(int(height / least_tall), 1)), side_by_side


def compose_tiles(weights: Floats, shape: tuple[int, int], columns: int) -> Floats:
    """Lay weights, (inputs, neurons), out as tiles of `shape`, `columns` side by side; the rest is zero."""
    (high, wide), neurons = shape, weights.shape[1]
    full, rest = divmod(neurons, columns)
    board = np.zeros((full + (rest > 0), high, columns, wide), np.float32)
    maps = weights.reshape(high, wide, neurons)
    board[:full] = maps[:, :, : full * columns].reshape(high, wide, full, columns).transpose(2, 0, 3, 1)
    if rest:
        board[full, :, :rest] = maps[:, :, full * columns :].transpose(0, 2, 1)
    return board.reshape(-1, columns * wide)
