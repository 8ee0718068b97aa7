"""The panel that compares two runs at the same epoch: their weights, and the pictures that only one reads correctly."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from mnist_viz.views import icons, zoom
from mnist_viz.views.compare.chooser import Field, RunField
from mnist_viz.views.compare.sides import LETTERS, A, Answers, B, Change, RunChoice, Side
from mnist_viz.views.compare.strip import DigitStrip
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.message import MessageStack
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Floats
from mnist_viz.views.plots.heatmap import BAR_WIDTH
from mnist_viz.views.plots.zoom_link import ZoomLink
from mnist_viz.views.theme import DARK, GRID, Theme

_ONE_RUN = ("Only one run so far", "“Continue from here…” (C) makes a second one, to be compared with it")
_NOT_YET = "Not examined yet"
_HINT = "Point at a weight to read it; zooming in one picture zooms in all"
_LEAST_READING = 360  # units of a panel's height in which one more line has room


class ComparePanel(QWidget):
    """Two runs, A and B, and B − A."""

    pair_chosen = Signal(int, int)  # the numbers of the runs to show as A and B
    layer_chosen = Signal(int)  # the index, among the layers given, of the one to show
    example_chosen = Signal(int)  # the index, among the pictures examined, of the one to put on the pad

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare-panel")
        self.setAccessibleName("Compare")
        self._theme = DARK
        self._pair: tuple[int, int] | None = None
        self._layers: tuple[str, ...] = ()
        self._sides: tuple[Side, Side] | None = None
        self._change = Change(None)
        self._stronger = 1.0  # how many times as strong the colours of B − A are
        self._answers: Answers | None = None
        self._pointed: tuple[_Column, str, tuple[int, int]] | None = None  # with the weight's text and its place
        self._runs = tuple(
            RunField(f"compare-{letter.lower()}", f"Run {letter} of the comparison", self) for letter in LETTERS
        )
        self._layer = Field("compare-layer", "The layer whose weights are compared", self)
        self._swap = QToolButton()
        self._swap.setObjectName("compare-swap")
        self._swap.setProperty("kind", "small")
        self._swap.setToolTip("Swap A and B")
        self._swap.setAccessibleName("Swap A and B")
        self._columns = (
            _Column("A", "of A", self._runs[A], bar=False),  # the range is that of B
            _Column("B", "of B", self._runs[B]),
            _Column("B − A", "of B minus those of A", self._layer),
        )
        self._columns[B].head.insertWidget(0, self._swap)
        ZoomLink(self.mosaics, self)
        self._reading = FittingLabel("caption")
        self._counts = FittingLabel()
        self._strips = tuple(DigitStrip(side) for side in (A, B))
        self._lay_out()
        for mosaic in self.mosaics:
            mosaic.neuron_hovered.connect(self._on_neuron_hovered)
            mosaic.weight_hovered.connect(self._on_weight_hovered)
            mosaic.hovered.connect(self._on_value_hovered)
            mosaic.count_changed.connect(self._show_texts)
        for strip in self._strips:
            strip.example_chosen.connect(self.example_chosen)
        self._runs[A].activated.connect(self._on_a_activated)
        self._runs[B].activated.connect(self._on_b_activated)
        self._swap.clicked.connect(self._on_swap)
        self._layer.activated.connect(self.layer_chosen)
        self.setMinimumSize(304, 232)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        grid.setRowStretch(2, 1)
        # The colour bars have grid columns of their own, so that all three pictures are equally wide.
        for column, (first, span) in zip(self._columns, ((0, 1), (1, 2), (3, 2)), strict=True):
            grid.setColumnStretch(first, 1)
            if span == 2:
                grid.setColumnMinimumWidth(first + 1, BAR_WIDTH - GRID)
            grid.addLayout(column.head, 0, first, 1, span)
            grid.addWidget(column.moment, 1, first, 1, span)
            grid.addWidget(column.pages, 2, first, 1, span)
        strips, content = QWidget(), QWidget()
        row = QHBoxLayout(strips)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        for strip in self._strips:
            row.addWidget(strip, 1)
        self._lower = MessageStack(strips, "", _NOT_YET)
        inside = QVBoxLayout(content)
        inside.setContentsMargins(12, GRID // 2, 12, GRID)
        inside.setSpacing(GRID // 2)
        inside.addLayout(grid, 3)
        for line in (self._reading, self._counts):
            inside.addWidget(line)
        inside.addWidget(self._lower, 2)
        self._contents = MessageStack(content, *_ONE_RUN)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._contents)

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._swap.setIcon(icons.icon("swap", theme.muted))
        self._show_tints()

    def set_runs(self, choices: Sequence[RunChoice], a: int, b: int) -> None:
        """Set the runs to choose from, and the numbers of those that are compared; with fewer than two none are."""
        pair = (a, b) if len(choices) > 1 else None
        if pair is not None:
            self._runs[A].set_choices(choices, a)
            self._runs[B].set_choices(choices, b)
        if pair != self._pair:
            self._pair = pair
            self.set_answers(None)
        if pair is None:
            self._sides = None
            self._contents.set_message(*_ONE_RUN)
        self._show_tints()

    def set_layers(self, names: Sequence[str]) -> None:
        """Set the layers to choose from; one of the same name stays chosen."""
        if tuple(names) != self._layers:
            self._layers = tuple(names)
            self._layer.set_entries([(name, None) for name in names])

    def set_weights(self, sides: tuple[Side, Side], limit: float, change: Change, change_limit: float) -> None:
        """Show the weights of both runs and their difference.

        Args:
            sides: A and B.
            limit: the value of the strongest colours of both.
            change: B − A.
            change_limit: the value of its strongest colours.
        """
        self._sides, self._change = sides, change
        self._stronger = limit / change_limit if change_limit > 0 else 1.0
        self._contents.set_message()
        for column, side in zip(self._columns, sides, strict=False):
            column.set_weights(side.weights, limit, side, side.note)
        self._columns[2].set_weights(change.weights, change_limit, sides[B], change.note)
        self._show_texts()

    def set_answers(self, answers: Answers | None, sentence: str = _NOT_YET) -> None:
        """Show the pictures that only one side reads correctly, or a sentence why there are none."""
        self._answers = answers
        for strip in self._strips:
            strip.set_answers(answers)
        self._lower.set_message("", sentence if answers is None else "")
        self._counts.set_texts(*(answers.summaries if answers is not None else ("",)))

    # --- what is shown -----------------------------------------------------------------------

    @property
    def mosaics(self) -> tuple[WeightMosaic, ...]:
        """Of A, of B, and of B − A."""
        return tuple(column.mosaic for column in self._columns)

    @property
    def strips(self) -> tuple[DigitStrip, ...]:
        """The pictures that only A reads correctly, and those that only B reads correctly."""
        return self._strips

    @property
    def pair(self) -> tuple[int, int] | None:
        """The numbers of the runs that are compared."""
        return self._pair

    @property
    def layer(self) -> int:
        """The index of the chosen layer among those given."""
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
        """The summary of the answers, or why there is nothing to compare."""
        shown = self._contents.message or self._lower.message
        return shown or (self._answers.summaries[0] if self._answers is not None else "")

    def notes(self) -> tuple[str, ...]:
        """Why a mosaic is missing, for A, B and B − A; "" where it is not."""
        return tuple(column.pages.message for column in self._columns) if self._sides is not None else ()

    def _show_tints(self) -> None:
        chosen = [field.chosen for field in self._runs]
        a, b = (self._theme.run_color(run.color) if run is not None else self._theme.text for run in chosen)
        for strip in self._strips:
            strip.set_tints((a, b))
        for column, tint in zip(self._columns, (a, b), strict=False):
            if tint not in column.title.styleSheet():
                column.title.setStyleSheet(f"color: {tint};")

    @Slot()
    def _show_texts(self) -> None:
        if self._sides is None:
            return
        for column, side in zip(self._columns, self._sides, strict=False):
            column.show_moment(side)
        captions, explanation = self._change.captions, self._change.explanation
        colours = f"colours ×{self._stronger:.3g}"
        if captions and colours != "colours ×1":
            captions = (f"{colours} · {captions[0]}", f"{colours} · {captions[-1]}", colours)
            explanation = f"Its colours are {self._stronger:.3g} times as strong as those of A and B. {explanation}"
        self._columns[2].moment.set_texts(*captions)
        self._columns[2].moment.setToolTip(explanation)
        self._show_reading()

    def _show_reading(self) -> None:
        """The value under the mouse, and those at the same place of the others."""
        if self._pointed is None:
            self._reading.set_texts(_HINT)
            return
        pointed, words, place = self._pointed
        texts = [f"{pointed.title.text()}: {words}"]
        if self._change.weights is not None and not any(self.notes()):
            for column in self._columns:
                if column is not pointed and column.mosaic.values is not None:
                    value = format_value(float(column.mosaic.values[place]), signed=True)
                    texts.append(f"{column.title.text()}: {value}")
        self._reading.set_texts(", ".join(texts), texts[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reading.setVisible(zoom.units(self.height()) >= _LEAST_READING)
        self._show_texts()

    def sizeHint(self) -> QSize:
        return zoom.size(600, 480)

    # --- the mouse ---------------------------------------------------------------------------

    @Slot(int)
    def _on_neuron_hovered(self, neuron: int) -> None:
        """Frame the same neuron in all three."""
        for mosaic in self.mosaics:
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
        column = next(column for column in self._columns if column.mosaic is self.sender())
        place = self._pointed[2] if self._pointed is not None else (0, 0)
        self._pointed = (column, words, place) if words else None
        self._show_reading()

    @Slot(int)
    def _on_a_activated(self, index: int) -> None:
        self._choose(A, self._runs[A].run_at(index))

    @Slot(int)
    def _on_b_activated(self, index: int) -> None:
        self._choose(B, self._runs[B].run_at(index))

    def _choose(self, side: int, number: int) -> None:
        """Choosing the run of the other side swaps the two."""
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


class _Column:
    """One of the three mosaics, with its heading, its caption, and the message in its place."""

    def __init__(self, name: str, whose: str, field: Field, *, bar: bool = True) -> None:
        self.title = QLabel(name)
        self.title.setProperty("role", "title")
        self.head = QHBoxLayout()
        self.head.setSpacing(GRID // 2)
        self.head.addWidget(self.title)
        self.head.addWidget(field, 1)
        self.moment = FittingLabel("caption")
        self.mosaic = WeightMosaic(bar=bar)
        self.mosaic.setAccessibleName(f"Weights {whose}")
        self.pages = MessageStack(self.mosaic)
        self._given: object = None
        self._finite = True

    def set_weights(self, weights: Floats | None, limit: float, side: Side, note: str) -> None:
        """Show weights, or why there are none."""
        given = id(weights), limit, side.image_shape, side.names
        if given != self._given:  # or the same picture would be painted again
            self._given = given
            self._finite = weights is None or bool(np.isfinite(weights).any())
            self.mosaic.set_weights(weights, limit, side.image_shape, side.names)
        self.pages.set_message("", note if self._finite else f"No weight of {self.title.text()} is a number")

    def show_moment(self, side: Side) -> None:
        """Write the moment, and how many neurons are shown where not all have room."""
        shown, moment = self.mosaic.shown_neurons(), side.moment
        if side.weights is not None and shown != (total := side.weights.shape[1]):
            texts = f"{moment[0]} · first {shown:,} of {total:,} neurons", f"{moment[0]} · {shown:,}/{total:,}"
            self.moment.set_texts(*texts, *moment)
        else:
            self.moment.set_texts(*moment)
        self.moment.setToolTip(moment[0])
