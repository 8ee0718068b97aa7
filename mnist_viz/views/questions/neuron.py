"""The panel that looks closely at one neuron."""

from collections.abc import Collection, Mapping
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from mnist_viz.analysis.neuron import NeuronPlace, place_of_neuron, read_neuron
from mnist_viz.analysis.neuron_examples import (
    NeuronAnswers,
    NeuronLife,
    NeuronRole,
    answers_to_examples,
    life_of_neuron,
    role_in_accuracy,
)
from mnist_viz.analysis.preferred_input import PreferredInput, preferred_input
from mnist_viz.analysis.subject import NO_NEURON, Question
from mnist_viz.engine.layer_names import layer_title
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.gallery import CaptionLine, Example, Gallery
from mnist_viz.views.message import MessageStack
from mnist_viz.views.number_text import format_number, format_percent, format_value
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.rows import RowFigure
from mnist_viz.views.plots.series_figure import Series, SeriesFigure
from mnist_viz.views.questions.neuron_sum import NeuronSumView
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.settings.inputs import NumberInput
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import Choice, HiddenWhenSmall, column, label, pages, push_button, row, tab_bar

_EXAMPLES = frozenset({"network", "neuron", "examples"})
_ROOM_FOR_ONE_ROW, _ROOM_FOR_DISTRIBUTION = 480, 400  # units of width
_PAGES = {
    "Sum": ("place", "reading"),
    "Examples": ("place", "answers"),
    "Role": ("place", "role", "preferred"),
    "Life": ("place", "life"),
}
_TIPS = (
    "Its weights, what each input contributes to the sum, and what it adds to each class",
    "The validation pictures that excite it most, and how it answers to each class",
    "The picture it prefers, and the accuracy without it",
    "How it has changed over the recorded moments",
)


_LIFE_TITLES = "Mean activation, or logit of an output", "Norm of its weights", "Silent on"


class NeuronPanel(QuestionPanel):
    """One neuron: its sum, the pictures that excite it, what the network is without it, and its life."""

    key = "neuron"
    title = "Neuron"
    sentence = "What one neuron looks for, and what it says for (green) and against (magenta)"
    questions: ClassVar[Mapping[str, Question]] = {
        "place": Question(place_of_neuron, frozenset({"network", "neuron"}), quick=True),
        "reading": Question(read_neuron, frozenset({"network", "neuron", "picture"}), quick=True),
        "answers": Question(answers_to_examples, _EXAMPLES),
        "role": Question(role_in_accuracy, _EXAMPLES),
        "preferred": Question(preferred_input, _EXAMPLES),
        "life": Question(life_of_neuron, frozenset({"neuron", "examples", "moments"})),
    }

    def make_content(self) -> QWidget:
        self._theme = DARK
        self._place = NeuronPlace((), None, 0)
        self._stale: set[str] = set()  # what is shown of it is about the neuron before
        self.layer = Choice("neuron-layer", "Layer of the neuron", "The layer of the neuron")
        self.layer.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.layer.activated.connect(self._on_layer_chosen)
        self.number = NumberInput(self._problem, step=1, whole=True)
        self.number.setObjectName("neuron-number")
        self.number.setAccessibleName("Number of the neuron")
        self.number.setToolTip("The number of the neuron in its layer, from 0")
        self.number.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.number.committed.connect(self._on_number_chosen)
        self.tabs = tab_bar("neuron-pages", "What is shown of the neuron", dict(zip(_PAGES, _TIPS, strict=True)))
        self.sum = NeuronSumView()
        self.sum.neuron_chosen.connect(self.neuron_chosen)
        life = "neuron-life", "The neuron over the recorded moments"
        self.life = SeriesFigure(
            *life, (format_number, format_number, format_percent), "batches trained", bounds=_life_bounds
        )
        self.life.chosen.connect(self._on_moment_chosen)
        self._parts = {
            "reading": MessageStack(self.sum),
            "answers": MessageStack(self._make_examples()),
            "role": MessageStack(self._make_accuracy()),
            "preferred": MessageStack(self._make_preferred()),
            "life": MessageStack(self.life),
        }
        self.places = {name: (part,) for name, part in self._parts.items()}
        self.shows = {
            "place": self._show_place, "reading": self.sum.set_reading, "answers": self._show_examples,
            "role": self._show_role, "preferred": self._show_preferred, "life": self._show_life,
        }  # fmt: skip
        both = QWidget()
        row((self._parts["preferred"], 1), (self._parts["role"], 1), spacing=2 * GRID, parent=both)
        self._stack = pages(self.tabs, self._parts["reading"], self._parts["answers"], both, self._parts["life"])
        self.tabs.currentChanged.connect(self._show_step)
        self.tabs.currentChanged.connect(self.choice_changed)
        self._body = MessageStack(self._stack)
        content = QWidget()
        self._head = row(row(self.layer, self.number), (self.tabs, 1))
        column(self._head, (self._body, 1), spacing=GRID // 2, parent=content)
        return content

    def _make_examples(self) -> QWidget:
        self._answers = label(wrap=True)
        self.gallery = Gallery("neuron-examples", "The pictures that excite it most; Enter puts one on the pad")
        self.gallery.example_chosen.connect(self.example_chosen)
        self.distribution = RowFigure("neuron-distribution", "How it answers to each class")
        page = QWidget()
        beside = QWidget()
        column(self._answers, (self.distribution, 1), spacing=4, parent=beside)
        HiddenWhenSmall(beside, self, _ROOM_FOR_DISTRIBUTION)
        row((self.gallery, 13), (beside, 7), spacing=2 * GRID, parent=page)
        return page

    def _make_accuracy(self) -> QWidget:
        self._accuracy, caption = FittingLabel("title"), FittingLabel("caption")
        caption.set_texts("Change of each class without it, in percentage points", "Points without it")
        self.lost = RowFigure("neuron-lost", "Change of the accuracy of each class without it")
        page = QWidget()
        column(self._accuracy, caption, (self.lost, 1), spacing=2, parent=page)
        return page

    def _make_preferred(self) -> QWidget:
        self._preferred = FittingLabel("title")
        self.preferred = HeatmapFigure("neuron-preferred", "The picture that it prefers", "digit", bar=False)
        self.pad_button = push_button("neuron-to-pad", "Put it on the pad", "Let the network read this picture")
        self.pad_button.clicked.connect(self._on_pad_clicked)
        page = QWidget()
        column(self._preferred, (self.preferred, 1), row(self.pad_button, None), spacing=4, parent=page)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = zoom.units(self.width()) >= _ROOM_FOR_ONE_ROW
        self._head.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def wanted(self) -> Collection[str]:
        return list(_PAGES.values())[self.tabs.currentIndex()]

    def set_problem(self, name: str, sentence: str) -> None:
        self._stale.discard(name)
        super().set_problem(name, sentence)

    def set_progress(self, fraction: float | None, *, stoppable: bool = False) -> None:
        """Answers about the neuron before are not left standing for longer than it takes to notice them."""
        super().set_progress(fraction, stoppable=stoppable)
        for name in self._stale:
            self._parts[name].set_message(text="Stopped" if fraction is None else "Working it out")

    def set_answer(self, name: str, answer: object) -> None:
        self._stale.discard(name)
        super().set_answer(name, answer)

    @property
    def sentences(self) -> dict[str, str]:
        """What it says of each page, or why there is nothing to say."""
        shown = {
            "reading": self.sum.equation, "answers": self._answers.text(),
            "role": " ".join(self._accuracy.texts[:1]), "preferred": " ".join(self._preferred.texts[:1]),
        }  # fmt: skip
        said = {name: page.message for name, page in self._parts.items()}
        return {name: self._body.message or why or shown.get(name, "") for name, why in said.items()}

    def _show_place(self, place: NeuronPlace) -> None:
        widths = place.layers[1:]
        self.layer.offer({k: f"{layer_title(k, len(widths))} ({width:,})" for k, width in enumerate(widths)})
        if place.neuron != self._place.neuron or place.layers != self._place.layers:
            if place.neuron is None:
                self.layer.choose(None)
                self.number.lineEdit().clear()
            else:
                self.layer.choose(place.neuron[0])
                self.number.set_value(place.neuron[1])
            self._stale = {"answers", "role", "preferred", "life"}
        self._place = place
        self._show_step()
        self._body.set_message(text="" if place.neuron is not None else f"{NO_NEURON}, or choose its layer above")

    @Slot()
    def _show_step(self) -> None:
        if self._stack.currentWidget() is self._parts["life"]:
            self.life.set_cursor(float(self._place.step))

    def _show_examples(self, answers: NeuronAnswers) -> None:
        probe = answers.probe
        names, said = probe.class_names, f"{len(probe):,} {probe.noun}"
        if answers.silent == 1.0:
            text = f"A dead neuron: silent on all {said}"
        else:
            most = int(np.nanargmax(answers.means))
            text = f"Most to {names[most]}: {format_value(float(answers.means[most]))} on average"
            text += "" if answers.silent is None else f". Silent on {answers.silent:.0%} of {said}"
        self._answers.setText(text)
        examples = []
        for index, value in zip(answers.best.tolist(), answers.values.tolist(), strict=True):
            name, written = names[probe.labels[index]], format_value(value)
            told = f"{name}, number {index}: {written}. Click to put it on the pad"
            image = probe.images[index].reshape(probe.image_shape)
            examples.append(Example(index, image, (CaptionLine(f"{name} · {written}"),), told))
        self.gallery.update_examples(examples)
        tints = [self._theme.class_color(k, len(names)) for k in range(len(names))]
        self.distribution.set_boxes(answers.quantiles, names, tints)
        self.distribution.set_title("logit" if answers.silent is None else "activation")

    def _show_role(self, role: NeuronRole) -> None:
        points = 100 * (role.without_it - role.with_it)
        change = _points(100 * (role.all_without - role.all_with), 2)
        self._accuracy.set_texts(
            f"{role.all_with:.2%} right with it, {role.all_without:.2%} without ({change})",
            f"{role.all_with:.2%} → {role.all_without:.2%} without it", f"Without it {change}",
        )  # fmt: skip
        texts = [_points(one, 1) for one in points.tolist()]
        self.lost.set_bars(points, role.class_names, texts=texts)

    def _show_preferred(self, found: PreferredInput) -> None:
        drawable = found.image_shape is not None
        self.pad_button.setEnabled(drawable and found.moved)
        self.preferred.set_values(found.image if drawable and found.moved else None, 0, 255)
        self.preferred.set_note("" if drawable else "Its inputs form no picture")
        z = f"z = {format_value(found.sum)}"
        if not found.moved:
            self._preferred.set_texts("No pixel changes it: its inputs are silent")
            return
        self._preferred.set_texts(f"Prefers this picture, {found.ink:.0%} ink: {z}", f"Prefers this: {z}", z)

    def _show_life(self, life: NeuronLife) -> None:
        self._life_steps = life.steps
        series = [[Series(each)] for each in (life.activation, life.weight_norm, life.silent)]
        self.life.set_series(life.steps, series, _LIFE_TITLES)

    def _problem(self, number: float) -> str | None:
        layer = self.layer.currentData()
        inside = layer is not None and 0 <= number < self._place.layers[layer + 1] and number == int(number)
        return None if inside else "There is no such neuron"

    @Slot()
    def _on_layer_chosen(self) -> None:
        layer = self.layer.currentData()
        before = self.number.value()
        number = 0 if before is None else min(max(int(before), 0), self._place.layers[layer + 1] - 1)
        self.neuron_chosen.emit(layer, number)

    @Slot()
    def _on_number_chosen(self) -> None:
        layer, number = self.layer.currentData(), self.number.value()
        if layer is not None and number is not None and self._problem(number) is None:
            self.neuron_chosen.emit(layer, int(number))
        elif self._place.neuron is not None:
            self.number.set_value(self._place.neuron[1])

    @Slot(int)
    def _on_moment_chosen(self, number: int) -> None:
        self.moment_chosen.emit(int(self._life_steps[number]))

    @Slot()
    def _on_pad_clicked(self) -> None:
        if isinstance(self.preferred.values, np.ndarray):
            self.picture_made.emit(self.preferred.values)


def _life_bounds(number: int, low: float, high: float) -> tuple[float, float]:
    """Of an activation zero is seen; a norm that hardly changes is in the middle of its plot."""
    return ((min(low, 0.0), high), (low, max(high, 1.02 * low)), (0.0, 1.0))[number]


def _points(change: float, places: int) -> str:
    if np.isnan(change):
        return "–"
    text = f"{change:+.{places}f}".replace("-", "−")
    return text if text.strip("+−0.") else "0"
