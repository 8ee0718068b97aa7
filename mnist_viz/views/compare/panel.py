"""The panel that compares two runs at the same epoch: weights side by side, and the pictures that only one reads."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolButton, QToolTip, QWidget

from mnist_viz.views import icons
from mnist_viz.views.compare.chooser import Field, RunField
from mnist_viz.views.compare.plan import Plan, plan_panel
from mnist_viz.views.compare.sides import LETTERS, A, Answers, B, Change, RunChoice, Side
from mnist_viz.views.compare.strip import DigitStrip
from mnist_viz.views.legend import ColorLegend
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.painting import draw_message, text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, DARK, SMALL, Theme, color

_ONE_RUN = ("Only one run so far", "“Continue from here…” (C) makes a second one, to be compared with it")
_NOT_YET = "Not examined yet"
_DIFFERENCE = 2  # the third mosaic
_CENTRED = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


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
        self._runs = tuple(
            RunField(f"compare-{letter.lower()}", f"Run {letter} of the comparison", self) for letter in LETTERS
        )
        self._swap = QToolButton(self)
        self._swap.setObjectName("compare-swap")
        self._swap.setProperty("kind", "small")
        self._swap.setToolTip("Swap A and B")
        self._swap.setAccessibleName("Swap A and B")
        self._swap.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._layer = Field("compare-layer", "The layer whose weights are compared", self)
        self._mosaics = tuple(WeightMosaic(self) for _ in range(3))
        for mosaic, what in zip(self._mosaics, ("of A", "of B", "of B minus those of A"), strict=True):
            mosaic.setAccessibleName(f"Weights {what}")
            mosaic.neuron_hovered.connect(self._on_hovered)
        self._legends = (
            ColorLegend("Weight", diverging=True, parent=self),
            ColorLegend(diverging=True, parent=self),
        )
        self._strips = tuple(DigitStrip(side, self) for side in (A, B))
        self._parts: tuple[QWidget, ...] = (
            *self._runs,
            self._swap,
            self._layer,
            *self._mosaics,
            *self._legends,
            *self._strips,
        )
        for strip in self._strips:
            strip.example_chosen.connect(self.example_chosen)
        self._runs[A].activated.connect(self._on_a_activated)
        self._runs[B].activated.connect(self._on_b_activated)
        self._swap.clicked.connect(self._on_swap)
        self._layer.activated.connect(self.layer_chosen)
        self._plan = plan_panel(self.width(), self.height())
        self.setMinimumSize(380, 180)
        self._show_parts()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for parts in (self._runs, self._mosaics, self._legends, self._strips):
            for part in parts:
                part.set_theme(theme)
        self._swap.setIcon(icons.icon("swap", theme.muted))
        self._show_tints()
        self.update()

    def set_runs(self, choices: Sequence[RunChoice], a: int, b: int) -> None:
        """The runs to choose from, and the numbers of those that are compared; of less than two none is."""
        pair = (a, b) if len(choices) > 1 else None
        if pair is not None:
            self._runs[A].set_choices(choices, a)
            self._runs[B].set_choices(choices, b)
        if pair != self._pair:
            self._pair = pair
            self.set_answers(None)
        if pair is None and self._sides is not None:
            self._sides = None
            self._show_parts()
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
        first = self._sides is None
        self._sides, self._change = sides, change
        for k, (side, most) in enumerate(((sides[A], limit), (sides[B], limit), (sides[A], change_limit))):
            weights = change.weights if k == _DIFFERENCE else side.weights
            given = id(weights), most, side.image_shape, side.names
            if given != self._given[k]:
                self._given[k] = given
                self._mosaics[k].set_weights(weights, most, side.image_shape, side.names)
                self._mosaics[k].setVisible(weights is not None)
        self._legends[0].set_range(-limit, limit)
        self._legends[1].set_range(-change_limit, change_limit)
        self._legends[1].setVisible(change.weights is not None)
        if first:
            self._show_parts()
        self._update_texts()

    def set_answers(self, answers: Answers | None, sentence: str = _NOT_YET) -> None:
        """Show what only one of them reads, or why nothing of the kind is known."""
        self._answers, self._sentence = answers, sentence
        for strip in self._strips:
            strip.set_answers(answers)
            strip.setVisible(answers is not None and self._sides is not None)
        self.update(self._plan.pictures)

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
        sides = self._sides or ()
        return (*(side.note for side in sides), self._change.note)

    def _tints(self) -> tuple[str, str]:
        a, b = (
            self._theme.run_color(field.chosen.color) if field.chosen is not None else self._theme.text
            for field in self._runs
        )
        return a, b

    def _show_tints(self) -> None:
        for strip in self._strips:
            strip.set_tints(self._tints())
        self.update()

    def _show_parts(self) -> None:
        """Everything is there or nothing, but for mosaics and pictures that are missing."""
        present = self._sides is not None
        for part in self._parts:
            part.setVisible(present)
        if present:
            for mosaic, given in zip(self.mosaics, self._weights(), strict=True):
                mosaic.setVisible(given is not None)
            self._legends[1].setVisible(self._change.weights is not None)
            for strip in self._strips:
                strip.setVisible(self._answers is not None)
        self.update()

    def _weights(self) -> tuple[object, ...]:
        assert self._sides is not None
        return (*(side.weights for side in self._sides), self._change.weights)

    # --- layout and painting -----------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        plan = self._plan = plan_panel(self.width(), self.height())
        fields: tuple[QWidget, ...] = (*self._runs, self._layer)
        places: tuple[tuple[QWidget, QRect], ...] = (
            *zip(fields, plan.fields, strict=True),
            (self._swap, plan.swap),
            *zip(self._mosaics, plan.mosaics, strict=True),
            *zip(self._legends, plan.legends, strict=True),
            *zip(self._strips, plan.strips, strict=True),
        )
        for part, place in places:
            part.setGeometry(place)
        self._legends[1].set_title("Difference, own scale" if plan.legends[1].width() >= 280 else "Own scale")

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._sides is None:
                draw_message(painter, QRectF(self.rect()).adjusted(16, 0, -16, 0), self._theme, *_ONE_RUN)
            else:
                self._paint(painter, self._plan, self._sides)

    def _paint(self, painter: QPainter, plan: Plan, sides: tuple[Side, Side]) -> None:
        theme = self._theme
        painter.setFont(text_font(BODY, QFont.Weight.DemiBold))
        for place, text, tint in zip(plan.titles, (*LETTERS, "B − A"), (*self._tints(), theme.text), strict=True):
            painter.setPen(color(tint))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
        for k, side in enumerate(sides):
            tint = theme.text if side.late else theme.muted
            self._draw_line(painter, plan.moments[k], self._moment_texts(k, side), tint)
        self._draw_line(painter, plan.moments[_DIFFERENCE], self._change.captions, theme.muted)
        painter.setPen(color(theme.muted))
        painter.setFont(text_font(BODY if plan.mosaics[A].width() > 200 else SMALL))
        for place, note in zip(plan.mosaics, self.notes(), strict=True):
            if note:
                painter.drawText(place, _CENTRED, note)
        if self._answers is not None:
            self._draw_line(painter, plan.counts, self._answers.summaries, theme.text, BODY)
        else:
            painter.setFont(text_font(BODY))
            painter.drawText(plan.pictures, _CENTRED, self._sentence)

    def _draw_line(self, painter: QPainter, place: QRect, texts: Sequence[str], tint: str, size: int = SMALL) -> None:
        """The longest of `texts` that fits."""
        if not texts:
            return
        text = next((text for text in texts if text_width(text, size) <= place.width()), texts[-1])
        painter.setFont(text_font(size))
        painter.setPen(color(tint))
        fitting = text_metrics(size).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, fitting)

    def _moment_texts(self, number: int, side: Side) -> tuple[str, ...]:
        """Which moment it is, and where not all neurons have room, how many are shown."""
        shown = self._mosaics[number].shown_neurons()
        if side.weights is None or shown == side.weights.shape[1]:
            return side.moment
        first, total = side.moment[0], side.weights.shape[1]
        return f"{first} · first {shown:,} of {total:,} neurons", f"{first} · {shown:,}/{total:,}", *side.moment

    def _update_texts(self) -> None:
        for place in (*self._plan.moments, *self._plan.mosaics):
            self.update(place)

    def sizeHint(self) -> QSize:
        return QSize(600, 480)

    # --- the mouse ---------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._sides is not None:
            texts = (*(side.moment[0] for side in self._sides), self._change.explanation)
            for place, text in zip(self._plan.moments, texts, strict=True):
                if place.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), text, self, place)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    @Slot(int)
    def _on_hovered(self, neuron: int) -> None:
        """The same neuron in all three."""
        for mosaic in self._mosaics:
            mosaic.highlight_neuron(neuron if mosaic is not self.sender() else -1)

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
