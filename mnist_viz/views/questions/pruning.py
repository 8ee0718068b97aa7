"""The panel in which weights and neurons are taken out of the network, and from which it learns on without them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QScrollArea, QWidget

from mnist_viz.analysis.pruning import (
    SHARES,
    AccuracyAfter,
    AccuracyByShare,
    EditedNetwork,
    Edits,
    accuracy_after,
    accuracy_by_share,
    edited_network,
)
from mnist_viz.analysis.subject import NO_NEURON, Question
from mnist_viz.engine.metrics import format_accuracy, format_probability
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.message import MessageStack
from mnist_viz.views.number_text import format_percent
from mnist_viz.views.plots.series_figure import Series, SeriesFigure, all_shares
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.questions.weight_editor import LEAST_FIGURE, WeightEditor
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import (
    HiddenWhenSmall,
    Slider,
    column,
    label,
    pages,
    push_button,
    row,
    tab_bar,
    tool_button,
)

MOST_UNDONE = 100

_PAGES = {"Prune": ("edited", "accuracy", "curve"), "Neuron": ("edited", "accuracy")}
_TIPS = (
    "Remove the smallest weights of the network",
    "Remove the chosen neuron, rub out weights into it, or set one by hand",
)
_STEPS = 1000  # of the slider, from no weight to all of them
_ROOM_FOR_WORDS, _ROOM_FOR_ALL = 420, 260  # units of width and of height


class PruningPanel(QuestionPanel):
    """Edits of the network: the accuracy with them, what is read with them, and buttons that train on from there."""

    key = "pruning"
    title = "Break and prune"
    sentence = "Take weights out of the network, at whichever moment is shown"
    questions: ClassVar[Mapping[str, Question]] = {
        "edited": Question(edited_network, frozenset({"network", "picture", "neuron", "choice"})),
        "accuracy": Question(accuracy_after, frozenset({"network", "examples", "choice"})),
        "curve": Question(accuracy_by_share, frozenset({"network", "examples"})),
    }

    branch_requested = Signal(object)  # Edits: train on from the moment shown
    restart_requested = Signal(object)  # Edits: train the run's first weights without what is gone

    def make_content(self) -> QWidget:
        self._edits = Edits()
        self._by_share: AccuracyByShare | None = None
        self._past: list[Edits] = []  # what can be undone, the latest last
        self._last: object = None  # what the last edit was of: more of the same is undone with it
        self._shown = EditedNetwork((), False, 0, 0)
        self.tabs = tab_bar("pruning-pages", "What is edited", dict(zip(_PAGES, _TIPS, strict=True)))
        self.tabs.currentChanged.connect(self.choice_changed)
        self.undo_button = tool_button("pruning-undo", "Undo", "Take back the last edit", kind="pill")
        self.undo_button.clicked.connect(self.undo)
        self.restore_button = tool_button("pruning-restore", "Restore all", "Take back all edits", kind="pill")
        self.restore_button.clicked.connect(self.restore)
        self.neuron = WeightEditor()
        self.neuron.removal_toggled.connect(self._on_removal_toggled)
        self.neuron.rubbed.connect(self._on_rubbed)
        self.neuron.weight_set.connect(self._on_weight_set)
        self.neuron_page = MessageStack(self.neuron)
        self._accuracy, self._done, self._reading = FittingLabel("title"), FittingLabel("muted"), FittingLabel("muted")
        self.branch_button = push_button(
            "pruning-branch", "Go on from here", "Train on from this moment; what is gone stays gone", "primary"
        )
        self.branch_button.clicked.connect(self._on_branch_clicked)
        self.restart_button = push_button(
            "pruning-restart", "Start again from the first weights",
            "Train the run's first weights once more, without those that are gone here",
        )  # fmt: skip
        self.restart_button.clicked.connect(self._on_restart_clicked)
        stack, content, area = pages(self.tabs, self._make_pruning(), self.neuron_page), QWidget(), QScrollArea()
        column(
            row((self.tabs, 1), self.undo_button, self.restore_button, spacing=GRID // 2), (stack, 1),
            self._accuracy, self._done, self._reading,
            row(self.branch_button, self.restart_button, None, spacing=GRID // 2), spacing=GRID // 2, parent=content,
        )  # fmt: skip
        content.setMinimumWidth(1)  # parts are squeezed rather than cut
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.shows = {"edited": self._show, "accuracy": self._show_accuracy, "curve": self._show_curve}
        HiddenWhenSmall(self.restore_button, self, _ROOM_FOR_WORDS)
        HiddenWhenSmall(self._done, self, height=_ROOM_FOR_ALL)
        self._show_edits()
        return area

    def _make_pruning(self) -> QWidget:
        self.slider = Slider("pruning-share", "Share of the weights removed", "Remove this share, the smallest", _STEPS)
        self.slider.setSingleStep(_STEPS // 100)
        self.slider.valueChanged.connect(self._on_slider_moved)
        self.slider.sliderReleased.connect(self._end_edit)
        self._share = label(role="muted")
        self.by_layer = QCheckBox("in each layer")
        self.by_layer.setObjectName("pruning-by-layer")
        self.by_layer.setToolTip("Seek the smallest in each layer, rather than among all weights together")
        self.by_layer.toggled.connect(self._on_by_layer_toggled)
        self.curve = SeriesFigure(
            "pruning-curve", "Accuracy against the share of the weights removed", (format_percent,),
            "share of the weights removed, the smallest first", format_percent, all_shares,
        )  # fmt: skip
        self.curve.place_chosen.connect(self._on_share_chosen)
        self.curve.setMinimumHeight(LEAST_FIGURE)
        page = QWidget()
        caption = label("Remove the smallest", "muted")
        HiddenWhenSmall(caption, self, _ROOM_FOR_WORDS)
        column(row(caption, (self.slider, 1), self._share, self.by_layer), (self.curve, 1), spacing=4, parent=page)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = zoom.units(self.width()) >= _ROOM_FOR_WORDS
        self.branch_button.setText("Go on from here" if wide else "Go on")
        self.restart_button.setText("Start again from the first weights" if wide else "Start again")

    def wanted(self) -> Collection[str]:
        return list(_PAGES.values())[self.tabs.currentIndex()]

    def choice(self) -> Edits:
        return self._edits

    def set_problem(self, name: str, sentence: str) -> None:
        if name == "edited":
            self.set_message(sentence)
        elif sentence and name == "accuracy":
            self._accuracy.set_texts(sentence)
        elif name == "curve":
            self.curve.set_note(sentence)
            if sentence:
                self._show_curve(None)

    @property
    def sentences(self) -> tuple[str, str, str]:
        """What it says of the accuracy, of the edits, and of the picture on the pad."""
        said = [one.texts[0] if one.texts else "" for one in (self._accuracy, self._done, self._reading)]
        return said[0], said[1], said[2]

    def _show(self, found: EditedNetwork) -> None:
        before, self._shown = self._shown, found
        if before.sizes and before.sizes != found.sizes and (self._edits or self._past):
            self._past = []  # they are about another network
            self._set(Edits())
        untrained = "Not trained yet. " if found.untrained else ""
        self._done.set_texts(
            f"{untrained}{self._edits.words + ': ' if self._edits else ''}"
            f"{found.gone:,} of {found.weights:,} weights are zero",
            f"{found.gone:,} of {found.weights:,} weights are zero",
        )
        self._reading.set_texts(*_of_the_picture(found, edited=bool(self._edits)))
        self.neuron_page.set_message(text="" if found.neuron is not None else NO_NEURON)
        self.neuron.set_found(found, self._edits)

    def _show_accuracy(self, found: AccuracyAfter) -> None:
        right, of = format_accuracy(found.after), f"of {found.count:,} validation {found.noun} right"
        if self._edits:
            right = f"{format_accuracy(found.before)} → {right}"
        self._accuracy.set_texts(f"{right} {of}", f"{right} of {found.count:,}", right)

    def _show_curve(self, found: AccuracyByShare | None) -> None:
        """Show how the accuracy falls, of the kind that is chosen in the stronger line; None where it is not known."""
        self._by_share = found
        if found is None:
            self.curve.set_series(np.array(SHARES), [[]])
            return
        whole, layers = ("muted", "validation") if self._edits.by_layer else ("validation", "muted")
        lines = [Series(found.whole, whole, whole != "muted"), Series(found.layers, layers, layers != "muted")]
        self.curve.set_series(
            np.array(SHARES), [lines if self._edits.by_layer else lines[::-1]],
            [f"<span style='color:$text'>Right of {found.count:,} validation {found.noun}: by the <span style='color:"
             f"${whole}'>whole network</span> or <span style='color:${layers}'>each layer</span></span>"],
        )  # fmt: skip

    def _show_edits(self) -> None:
        edits = self._edits
        with QSignalBlocker(self.slider), QSignalBlocker(self.by_layer):
            self.slider.setValue(round(_STEPS * edits.share))
            self.by_layer.setChecked(edits.by_layer)
        self._share.setText(f"{edits.share:6.1%}")
        self._show_curve(self._by_share)
        self.curve.set_cursor(edits.share)
        self.undo_button.setEnabled(bool(self._past))
        for button in (self.restore_button, self.branch_button, self.restart_button):
            button.setEnabled(bool(edits))

    def _edit(self, edits: Edits, what: object = None) -> None:
        """Make these the edits; one undo takes back all that came without a break of the same, `what` is not None."""
        if edits == self._edits:
            return
        if what is None or what != self._last:
            self._past = [*self._past[1 - MOST_UNDONE :], self._edits]
        self._last = what
        self._set(edits)

    def _set(self, edits: Edits) -> None:
        self._edits = edits
        self._show_edits()
        self.choice_changed.emit()

    def _set_weights(self, values: Mapping[int, float], what: object = None) -> None:
        """Set weights into the chosen neuron, by the number of the input."""
        if self._shown.neuron is not None:
            layer, number = self._shown.neuron
            places = {(layer, entry, number): value for entry, value in values.items()}
            self._edit(replace(self._edits, weights={**self._edits.weights, **places}), what)

    @Slot()
    def undo(self) -> None:
        """Take back the last edit."""
        if self._past:
            self._last = None
            edits = self._past.pop()
            self._set(edits)

    @Slot()
    def restore(self) -> None:
        """Take back all edits, which can be undone."""
        self._edit(Edits())

    @Slot()
    def _on_branch_clicked(self) -> None:
        self.branch_requested.emit(self._edits)

    @Slot()
    def _on_restart_clicked(self) -> None:
        self.restart_requested.emit(self._edits)

    @Slot(int)
    def _on_slider_moved(self, step: int) -> None:
        self._edit(replace(self._edits, share=step / _STEPS), "share")

    @Slot()
    def _end_edit(self) -> None:
        self._last = None

    @Slot(float)
    def _on_share_chosen(self, share: float) -> None:
        self.slider.setValue(round(_STEPS * share))

    @Slot(bool)
    def _on_by_layer_toggled(self, checked: bool) -> None:
        self._edit(replace(self._edits, by_layer=checked))

    @Slot(bool)
    def _on_removal_toggled(self, checked: bool) -> None:
        if self._shown.neuron is not None:
            one = frozenset({self._shown.neuron})
            removed = self._edits.removed | one if checked else self._edits.removed - one
            self._edit(replace(self._edits, removed=removed))

    @Slot(int, float)
    def _on_weight_set(self, entry: int, value: float) -> None:
        self._set_weights({entry: value}, ("set", self._shown.neuron, entry))

    @Slot(object, bool)
    def _on_rubbed(self, numbers: frozenset[int], ended: bool) -> None:
        self._set_weights(dict.fromkeys(numbers, 0.0), "rubbed")
        if ended:
            self._end_edit()


def _of_the_picture(found: EditedNetwork, *, edited: bool) -> tuple[str, ...]:
    if found.reads_before is None or found.reads_after is None:
        return ("Draw a digit to see what the edited network reads",)
    (name, share), (now, certainty) = found.reads_before, found.reads_after
    if not edited:
        return (f"Reads the picture on the pad as {name} ({format_probability(share)})", f"Reads {name}")
    change = f"{name} ({format_probability(share)}) → {now} ({format_probability(certainty)})"
    return f"Reads the picture on the pad as {change}", f"Reads {change}", f"{name} → {now}"
