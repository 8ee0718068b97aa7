"""The panel that compares two runs at the same epoch: weights side by side, and the pictures that only one reads."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from mnist_viz.views import icons
from mnist_viz.views.compare.chooser import Field, RunField
from mnist_viz.views.compare.sides import LETTERS, A, Answers, B, Change, RunChoice, Side
from mnist_viz.views.compare.strip import DigitStrip
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.heatmap import BAR_WIDTH
from mnist_viz.views.plots.zoom_link import ZoomLink
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import EmptyMessage

_ONE_RUN = ("Only one run so far", "“Continue from here…” (C) makes a second one, to be compared with it")
_NOT_YET = "Not examined yet"
_HINT = "Point at a weight to read it; zooming in one picture zooms in all"
_DIFFERENCE = 2  # the third mosaic
_NAMES = (*LETTERS, "B − A")
_COLUMNS = ((0, 1), (1, 2), (3, 2))  # of the grid: where each mosaic begins, and how many it has
_LEAST_STRIPS, _LEAST_READING = 230, 290  # pixels of a panel's height in which pictures have room, and one more line


class ComparePanel(QWidget):
    """Two runs, A and B, and B − A."""

    pair_chosen = Signal(int, int)
    """The numbers of the runs that are wanted as A and B."""
    layer_chosen = Signal(int)
    """The place, among the layers given, of the one whose weights are wanted."""
    example_chosen = Signal(int)
    """The index, among the pictures examined, of the one that the user wants on the pad."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare-panel")
        self.setAccessibleName("Compare")
        self._theme = DARK
        self._pair: tuple[int, int] | None = None
        self._layers: tuple[str, ...] = ()
        self._sides: tuple[Side, Side] | None = None
        self._change = Change(None)
        self._answers: Answers | None = None
        self._sentence = _NOT_YET
        # What each mosaic shows; a mosaic that is given the same again would paint it again.
        self._given: list[object] = [None, None, None]
        self._no_numbers = [False, False, False]
        self._pointed: tuple[int, str, tuple[int, int]] | None = None  # the mosaic, its words, and the value's place
        self._runs = tuple(
            RunField(f"compare-{letter.lower()}", f"Run {letter} of the comparison", self) for letter in LETTERS
        )
        self._swap = QToolButton()
        self._swap.setObjectName("compare-swap")
        self._swap.setProperty("kind", "small")
        self._swap.setToolTip("Swap A and B")
        self._swap.setAccessibleName("Swap A and B")
        self._layer = Field("compare-layer", "The layer whose weights are compared", self)
        self._titles = tuple(QLabel(name) for name in _NAMES)
        self._moments = tuple(FittingLabel("caption") for _ in _NAMES)
        self._mosaics = tuple(WeightMosaic(bar=k != A) for k in range(3))  # A's range is that of B
        self._notes = tuple(EmptyMessage() for _ in _NAMES)
        ZoomLink(self._mosaics, self)
        self._reading = FittingLabel("caption")
        self._counts = FittingLabel()
        self._strips = tuple(DigitStrip(side) for side in (A, B))
        self._no_answers = EmptyMessage("", _NOT_YET)
        self._lay_out()
        for mosaic, what in zip(self._mosaics, ("of A", "of B", "of B minus those of A"), strict=True):
            mosaic.setAccessibleName(f"Weights {what}")
            mosaic.neuron_hovered.connect(self._on_neuron_hovered)
            mosaic.weight_hovered.connect(self._on_weight_hovered)
            mosaic.hovered.connect(self._on_value_hovered)
        for strip in self._strips:
            strip.example_chosen.connect(self.example_chosen)
        self._runs[A].activated.connect(self._on_a_activated)
        self._runs[B].activated.connect(self._on_b_activated)
        self._swap.clicked.connect(self._on_swap)
        self._layer.activated.connect(self.layer_chosen)
        self.setMinimumSize(380, 180)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        bar = BAR_WIDTH - GRID
        # The colour bars have columns of their own, so all three pictures are equally wide.
        for column, (stretch, least) in enumerate(((1, 0), (1, 0), (0, bar), (1, 0), (0, bar))):
            grid.setColumnStretch(column, stretch)
            grid.setColumnMinimumWidth(column, least)
        self._pages: list[QStackedLayout] = []
        fields = (*self._runs, self._layer)
        for k, (column, span) in enumerate(_COLUMNS):
            head = QHBoxLayout()
            head.setSpacing(GRID // 2)
            if k == B:
                head.addWidget(self._swap)
            self._titles[k].setProperty("role", "title")
            head.addWidget(self._titles[k])
            head.addWidget(fields[k], 1)
            pages = QStackedLayout()
            pages.addWidget(self._mosaics[k])
            pages.addWidget(self._notes[k])
            self._pages.append(pages)
            grid.addLayout(head, 0, column, 1, span)
            grid.addWidget(self._moments[k], 1, column, 1, span)
            grid.addLayout(pages, 2, column, 1, span)
        grid.setRowStretch(2, 1)
        strips = QWidget()
        row = QHBoxLayout(strips)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        for strip in self._strips:
            row.addWidget(strip, 1)
        self._lower = QWidget()
        self._answers_pages = QStackedLayout(self._lower)
        for page in (self._no_answers, strips):
            self._answers_pages.addWidget(page)
        content, message = QWidget(), EmptyMessage(*_ONE_RUN)
        inside = self._inside = QVBoxLayout(content)
        inside.setContentsMargins(12, GRID // 2, 12, GRID)
        inside.setSpacing(GRID // 2)
        inside.addLayout(grid, 3)
        for line in (self._reading, self._counts):
            inside.addWidget(line)
        inside.addWidget(self._lower, 2)
        self._contents = QStackedLayout(self)
        for page in (message, content):
            self._contents.addWidget(page)

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for parts in (self._runs, self._mosaics, self._strips):
            for part in parts:
                part.set_theme(theme)
        self._swap.setIcon(icons.icon("swap", theme.muted))
        self._show_tints()

    def set_runs(self, choices: Sequence[RunChoice], a: int, b: int) -> None:
        """The runs to choose from, and the numbers of those that are compared; of less than two none is."""
        pair = (a, b) if len(choices) > 1 else None
        if pair is not None:
            self._runs[A].set_choices(choices, a)
            self._runs[B].set_choices(choices, b)
        if pair != self._pair:
            self._pair = pair
            self.set_answers(None)
        if pair is None:
            self._sides = None
            self._contents.setCurrentIndex(0)
        self._show_tints()

    def set_layers(self, names: Sequence[str]) -> None:
        """The layers to choose from; one of the same name stays chosen."""
        if tuple(names) != self._layers:
            self._layers = tuple(names)
            self._layer.set_entries([(name, None) for name in names])

    def set_weights(self, sides: tuple[Side, Side], limit: float, change: Change, change_limit: float) -> None:
        """Show the weights of both runs, and how they differ.

        Args:
            sides: A and B.
            limit: the value of the strongest colours of both.
            change: what B has more than A.
            change_limit: the value of its strongest colours.
        """
        self._sides, self._change = sides, change
        self._contents.setCurrentIndex(1)
        for k, (side, most) in enumerate(((sides[A], limit), (sides[B], limit), (sides[A], change_limit))):
            weights = change.weights if k == _DIFFERENCE else side.weights
            given = id(weights), most, side.image_shape, side.names
            if given != self._given[k]:
                self._given[k] = given
                self._no_numbers[k] = weights is not None and not np.isfinite(weights).any()
                self._mosaics[k].set_weights(weights, most, side.image_shape, side.names)
        for pages, message, note in zip(self._pages, self._notes, self.notes(), strict=True):
            message.set_message("", note)
            pages.setCurrentIndex(int(bool(note)))
        self._show_texts()

    def set_answers(self, answers: Answers | None, sentence: str = _NOT_YET) -> None:
        """Show what only one of them reads, or why nothing of the kind is known."""
        self._answers, self._sentence = answers, sentence
        for strip in self._strips:
            strip.set_answers(answers)
        self._no_answers.set_message("", sentence)
        self._answers_pages.setCurrentIndex(int(answers is not None))
        self._counts.set_texts(*(answers.summaries if answers is not None else ("",)))

    # --- what is shown -----------------------------------------------------------------------

    @property
    def mosaics(self) -> tuple[WeightMosaic, ...]:
        """Of A, of B, and of B − A."""
        return self._mosaics

    @property
    def strips(self) -> tuple[DigitStrip, ...]:
        """What only A reads, and what only B reads."""
        return self._strips

    @property
    def pair(self) -> tuple[int, int] | None:
        """The numbers of the runs that are compared."""
        return self._pair

    @property
    def layer(self) -> int:
        """The place of the chosen layer among those given."""
        return max(self._layer.currentIndex(), 0)

    @property
    def reading(self) -> str:
        """The values under the mouse."""
        return self._reading.texts[0] if self._reading.texts else ""

    def headings(self) -> tuple[str, ...]:
        """Which run is shown on each side, and at which moment."""
        if self._sides is None:
            return ()
        names = [field.currentText() for field in self._runs]
        return tuple(
            f"{name}{': ' if side.late else ', '}{side.moment[0]}"
            for name, side in zip(names, self._sides, strict=True)
        )

    def text(self) -> str:
        """What is said of the pictures, or why there is nothing to compare."""
        if self._sides is None:
            return " ".join(_ONE_RUN)
        return self._answers.summaries[0] if self._answers is not None else self._sentence

    def notes(self) -> tuple[str, ...]:
        """Why a mosaic is missing, for A, B and B − A; "" where it is not."""
        if self._sides is None:
            return ()
        given = (*(side.note for side in self._sides), self._change.note)
        return tuple(
            f"No weight of {name} is a number" if broken else note
            for name, broken, note in zip(_NAMES, self._no_numbers, given, strict=True)
        )

    def _show_tints(self) -> None:
        chosen = [field.chosen for field in self._runs]
        a, b = (self._theme.run_color(run.color) if run is not None else self._theme.text for run in chosen)
        for strip in self._strips:
            strip.set_tints((a, b))
        for title, tint in zip(self._titles, (a, b), strict=False):
            if tint not in title.styleSheet():
                title.setStyleSheet(f"color: {tint};")

    def _show_texts(self) -> None:
        if self._sides is None:
            return
        for k, side in enumerate(self._sides):
            self._moments[k].set_texts(*self._moment_texts(k, side))
            self._moments[k].setToolTip(side.moment[0])
        self._moments[_DIFFERENCE].set_texts(*self._change.captions)
        self._moments[_DIFFERENCE].setToolTip(self._change.explanation)
        self._show_reading()

    def _moment_texts(self, number: int, side: Side) -> tuple[str, ...]:
        """Which moment it is, and where not all neurons have room, how many are shown."""
        shown = self._mosaics[number].shown_neurons()
        if side.weights is None or shown == side.weights.shape[1]:
            return side.moment
        first, total = side.moment[0], side.weights.shape[1]
        return f"{first} · first {shown:,} of {total:,} neurons", f"{first} · {shown:,}/{total:,}", *side.moment

    def _show_reading(self) -> None:
        """The value under the mouse, and those at the same place of the others."""
        if self._pointed is None:
            self._reading.set_texts(_HINT)
            return
        number, words, place = self._pointed
        texts = [f"{_NAMES[number]}: {words}"]
        if self._change.weights is not None and not any(self.notes()):
            for k, mosaic in enumerate(self._mosaics):
                if k != number and mosaic.values is not None:
                    texts.append(f"{_NAMES[k]}: {format_value(float(mosaic.values[place]), signed=True)}")
        self._reading.set_texts(", ".join(texts), texts[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        pictures = self.height() >= _LEAST_STRIPS
        for strip in self._strips:  # a low panel says how many there are
            strip.gallery.setVisible(pictures)
        self._inside.setStretchFactor(self._lower, 2 if pictures else 0)
        self._reading.setVisible(self.height() >= _LEAST_READING)
        self._show_texts()

    def sizeHint(self) -> QSize:
        return QSize(600, 480)

    # --- the mouse ---------------------------------------------------------------------------

    @Slot(int)
    def _on_neuron_hovered(self, neuron: int) -> None:
        """The same neuron in all three."""
        for mosaic in self._mosaics:
            if mosaic is not self.sender():
                mosaic.highlight_neuron(neuron)

    @Slot(int, int)
    def _on_value_hovered(self, row: int, column: int) -> None:
        if row < 0:
            self._pointed = None
        elif self._pointed is not None:
            self._pointed = (*self._pointed[:2], (row, column))
        self._show_reading()

    @Slot(str)
    def _on_weight_hovered(self, words: str) -> None:
        """Of a mosaic whose signal for the place follows."""
        number = next(k for k, mosaic in enumerate(self._mosaics) if mosaic is self.sender())
        place = self._pointed[2] if self._pointed is not None else (0, 0)
        self._pointed = (number, words, place) if words else None
        self._show_reading()

    @Slot(int)
    def _on_a_activated(self, index: int) -> None:
        self._choose(A, self._runs[A].run_at(index))

    @Slot(int)
    def _on_b_activated(self, index: int) -> None:
        self._choose(B, self._runs[B].run_at(index))

    def _choose(self, side: int, number: int) -> None:
        """A run that is on the other side already changes places with the one that was here."""
        if self._pair is None or self._pair[side] == number:
            return
        before, other = self._pair[side], self._pair[1 - side]
        if number == other:
            other = before
        self.pair_chosen.emit(*((number, other) if side == A else (other, number)))

    @Slot()
    def _on_swap(self) -> None:
        if self._pair is not None:
            self.pair_chosen.emit(self._pair[B], self._pair[A])
