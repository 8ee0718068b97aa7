"""The panel that shows the very next batch of the training, stage by stage."""

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.slow_motion import Held, SlowMotion, chosen_neuron, next_batch
from mnist_viz.analysis.slow_motion_numbers import numbers
from mnist_viz.analysis.subject import Question
from mnist_viz.engine.layer_names import layer_title
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import ElidedLabel, FittingLabel
from mnist_viz.views.gallery import CaptionLine, Example, Examples, Gallery
from mnist_viz.views.network.activations_figure import LayerCells, NetworkFigure
from mnist_viz.views.number_text import format_number
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.questions.stage_player import StagePlayer
from mnist_viz.views.questions.weight_editor import as_picture
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import HiddenWhenSmall, column, label, push_button, row

Floats = NDArray[np.floating]

_ROOM_FOR_PICTURES, _ROOM_FOR_WEIGHTS = 430, 520  # units of width
_ROOM_FOR_FIGURE, _ROOM_FOR_FORMULA = 230, 300  # units of height


class SlowMotionPanel(QuestionPanel):
    """Plays the next step of the training without making it, and at the end makes it."""

    key = "slow"
    title = "One batch in slow motion"
    sentence = "What the next batch will do, stage by stage: the numbers are of the picture and the neuron you click"
    questions: ClassVar[Mapping[str, Question]] = {
        "step": Question(next_batch, frozenset({"next_step"})),
        "neuron": Question(chosen_neuron, frozenset({"neuron"}), quick=True),
    }

    def make_content(self) -> QWidget:
        self._theme = DARK
        self.motion: SlowMotion | None = None
        self._sample = 0
        self._layer = 0  # looked at where a stage is about all
        self._neurons: dict[int, int] = {}  # the chosen one of each layer
        self.heading = FittingLabel("title")
        self.formula = ElidedLabel("muted")
        self.numbers = label(wrap=True)
        self.numbers.setTextFormat(Qt.TextFormat.PlainText)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.numbers.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.pictures = Gallery("slow-pictures", "Pictures of the batch; a click chooses the one that is followed")
        self.pictures.frames_chosen = True
        self.pictures.example_chosen.connect(self._on_picture_chosen)
        self.count = ElidedLabel("caption")
        pictures = QWidget()
        column((self.pictures, 1), self.count, spacing=2, parent=pictures)
        self.figure = NetworkFigure(None, name="slow-network", accessible_name="What each layer holds at this stage")
        self.figure.neuron_clicked.connect(self._on_neuron_clicked)
        self.figure.neuron_hovered.connect(self._on_neuron_hovered)
        self.reading = FittingLabel("muted")
        self.weights = HeatmapFigure("slow-weights", "Weights of the chosen neuron")
        self.weights_name = FittingLabel("muted")
        weights = QWidget()
        column(self.weights_name, (self.weights, 1), spacing=GRID // 2, parent=weights)
        middle = column((self.figure, 1), self.reading, spacing=GRID // 2)
        HiddenWhenSmall(pictures, self, _ROOM_FOR_PICTURES)
        HiddenWhenSmall(weights, self, _ROOM_FOR_WEIGHTS)
        for widget, least in ((self.figure, _ROOM_FOR_FIGURE), (self.formula, _ROOM_FOR_FORMULA)):
            HiddenWhenSmall(widget, self, height=least)
        HiddenWhenSmall(self.reading, self, height=_ROOM_FOR_FORMULA)
        self.player = StagePlayer("slow")
        self.player.stage_changed.connect(self._show_stage)
        self.shows = {"step": self._take_step, "neuron": self._take_neuron}
        tip = "After the last stage: train on this batch, and go to the next"
        self.do_step = push_button("slow-do", "Do this step", tip, "primary")
        self.do_step.clicked.connect(self._on_do_step)
        content = QWidget()
        column(
            self.heading, self.formula, self.numbers,
            (row((pictures, 2), (middle, 6), (weights, 4)), 1),
            row((self.player, 1), self.do_step, spacing=GRID // 2),
            spacing=GRID // 2, parent=content,
        )  # fmt: skip
        return content

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show_pictures()

    def _take_neuron(self, neuron: tuple[int, int] | None) -> None:
        if neuron is not None:
            self._layer, self._neurons[neuron[0]] = neuron
            self._show_stage()

    def _take_step(self, answer: SlowMotion) -> None:
        before, self.motion = self.motion, answer
        structure = answer.before.sizes, answer.image_shape
        if before is None or structure != (before.before.sizes, before.image_shape):
            self._show_structure(answer)
            self._sample = 0
        self._sample = min(self._sample, len(answer.step.labels) - 1)
        self._show_pictures()
        self.player.set_count(len(answer.stages))
        if before is None or not _same_batch(before, answer):
            self.player.go_to(0)
        self._show_stage()

    def set_problem(self, name: str, sentence: str) -> None:
        super().set_problem(name, sentence)
        if sentence:
            self.player.stop()

    def _show_structure(self, motion: SlowMotion) -> None:
        shape = motion.image_shape
        size = " × ".join(map(str, shape[:2])) if shape is not None else f"{motion.before.sizes[0]:,}"
        self.figure.set_structure(motion.before.sizes[1:], shape, ("Input", size))

    def _show_pictures(self) -> None:
        motion = self.motion
        if motion is not None:
            self.pictures.set_examples(Examples(range(len(motion.step.labels)), partial(self._example, motion)))
            self.pictures.choose(self._sample)
            shown, all_of_them = len(motion.step.labels), motion.step.samples
            self.count.setText(f"First {shown:,} of {all_of_them:,}")
            self.count.setToolTip(f"The first {shown:,} of the {all_of_them:,} pictures of the batch")
            self.count.setVisible(shown < all_of_them)

    def _example(self, motion: SlowMotion, k: int) -> Example:
        names, probabilities = motion.class_names, motion.step.layers[-1].outputs[k]
        wanted, read = int(motion.step.labels[k]), int(probabilities.argmax())
        tint = self._theme.text if wanted == read else self._theme.bad
        loss = -float(np.log(max(probabilities[wanted], 1e-38)))
        tooltip = (
            f"Picture {k + 1} of {motion.step.samples}: labelled {names[wanted]}, read as {names[read]} "
            f"({probabilities[read]:.1%}), −log p {format_number(loss)}"
        )
        lines = CaptionLine(names[wanted], bold=True), CaptionLine(f"{names[read]} {probabilities[read]:.0%}", tint)
        return Example(k, _picture(motion, k), lines, tooltip)

    @Slot()
    def _show_stage(self) -> None:
        motion = self.motion
        if motion is None:
            return
        stage, last = self.player.stage, len(motion.stages) - 1
        now = motion.stages[stage]
        layer, neuron = self._place()
        self.heading.set_texts(f"{stage + 1} of {last + 1} · {now.title}", now.title)
        self.formula.setText(now.formula)
        text = numbers(motion, stage, self._sample, layer, neuron)
        self.numbers.setText(text)
        self.numbers.setToolTip(text)
        self.figure.set_input(_picture(motion, self._sample))
        cells = [_cells(each) for each in motion.held(stage, self._sample)]
        self.figure.set_layers(cells, input_lit=motion.input_lit(stage))
        self.figure.mark("chosen", (layer, neuron) if now.what != "input" else (-1, -1))
        self._show_weights(layer, neuron)
        self._on_neuron_hovered(-1, -1)
        self.do_step.setEnabled(stage == last)

    def _show_weights(self, layer: int, neuron: int) -> None:
        assert self.motion is not None
        name, values = self.motion.weights(self.player.stage, layer, neuron)
        limit = _limit(values)
        self.weights.set_values(as_picture(values, None if layer else self.motion.image_shape), -limit, limit)
        of = self._name(layer, neuron)
        self.weights_name.set_texts(f"{name}: {of}", name)

    def _place(self) -> tuple[int, int]:
        """Layer and neuron whose numbers are shown."""
        motion = self.motion
        assert motion is not None
        layer = motion.stages[self.player.stage].layer
        layer = layer if layer >= 0 else min(self._layer, len(motion.step.layers) - 1)
        width = motion.before.sizes[layer + 1]
        if self._neurons.get(layer, width) >= width:
            self._neurons[layer] = motion.usual_neuron(layer, self._sample)
        return layer, self._neurons[layer]

    def _name(self, layer: int, neuron: int) -> str:
        assert self.motion is not None
        if layer == len(self.motion.step.layers) - 1:
            return f"output {self.motion.class_names[neuron]}"
        return f"{layer_title(layer).lower()}, neuron {neuron}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width, has_figure = zoom.units(self.width()), zoom.units(self.height()) >= _ROOM_FOR_FIGURE
        lines = 2 if width >= _ROOM_FOR_WEIGHTS else 3 if width >= _ROOM_FOR_PICTURES else 4
        lines = lines if has_figure else 5
        self.numbers.setFixedHeight(lines * self.numbers.fontMetrics().lineSpacing() + 2)

    @Slot(int)
    def _on_picture_chosen(self, k: int) -> None:
        self._sample = k
        self._show_stage()

    @Slot(int, int)
    def _on_neuron_clicked(self, layer: int, neuron: int) -> None:
        self._take_neuron((layer, neuron))
        self.neuron_chosen.emit(layer, neuron)

    @Slot(int, int)
    def _on_neuron_hovered(self, layer: int, neuron: int) -> None:
        """Say what the neuron under the mouse, or else the chosen one, holds."""
        if self.motion is None:
            return
        if layer < 0:
            layer, neuron = self._place()
        held = self.motion.held(self.player.stage, self._sample)[layer]
        name = self._name(layer, neuron)
        name = name[0].upper() + name[1:]
        if held.values is None:
            self.reading.set_texts(f"{name}: nothing has come there yet", name)
            return
        symbol = {"sums": "z", "activations": "a", "probabilities": "p", "deltas": "δ"}[held.kind]
        value = f"{name}: {symbol} = {format_number(float(held.values[neuron]))}"
        top = format_number(float(np.abs(held.values).max()))
        self.reading.set_texts(f"{value} · strongest of its layer {top}", value)

    @Slot()
    def _on_do_step(self) -> None:
        self.do_step.setEnabled(False)
        self.step_requested.emit()


def _same_batch(one: SlowMotion, other: SlowMotion) -> bool:
    """Whether both are the same step from the same moment, perhaps with other settings."""
    a, b = one.step, other.step
    return (a.epoch, a.batch, len(one.stages)) == (b.epoch, b.batch, len(other.stages)) and np.array_equal(
        a.before, b.before
    )


def _picture(motion: SlowMotion, k: int) -> NDArray[np.uint8]:
    shape = motion.image_shape if motion.image_shape is not None else (1, -1)
    picture: NDArray[np.uint8] = np.rint(255 * motion.step.images[k].clip(0, 1)).astype(np.uint8)
    return picture.reshape(shape)


def _cells(held: Held) -> LayerCells:
    limit = 1.0 if held.kind == "probabilities" or held.values is None else _limit(held.values)
    return LayerCells(held.values, limit, "diverging" if held.signed else "sequential", held.lit)


def _limit(values: Floats) -> float:
    """The value of the strongest colours."""
    limit = float(np.abs(values).max(initial=0.0))
    return limit if np.isfinite(limit) and limit > 0 else 1.0
