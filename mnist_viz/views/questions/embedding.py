"""The panel that shows validation pictures as points, by what a layer makes of them."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from mnist_viz.analysis.embedding import LAST_HIDDEN, DrawingActivations, Embedding, drawing_activations, embed
from mnist_viz.analysis.subject import Question
from mnist_viz.engine.layer_names import layer_title
from mnist_viz.views import zoom
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.gallery import CaptionLine, Example, Gallery
from mnist_viz.views.plots.cloud import CloudFigure
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import Choice, column, row, tool_button

_MOST = 120  # pictures in the gallery
_SIDE, _PICTURE = 150, 104  # pixels of the pictures beside the points
_LEAST_WIDE, _LEAST_HIGH = 420, 340  # in smaller panels there are no pictures beside, or below, the points
_HINT = "Drag around points to see their pictures"


class EmbeddingPanel(QuestionPanel):
    """A layer to choose, the points, and beside or below them the picture at the mouse and those that were chosen."""

    key = "embedding"
    title = "Embedding"
    sentence = "Pictures that this layer answers alike lie together; a ring has the colour of a wrong answer"
    questions: ClassVar[Mapping[str, Question]] = {
        "points": Question(embed, frozenset({"network", "examples", "choice"})),
        "drawing": Question(drawing_activations, frozenset({"network", "picture", "choice"}), quick=True),
    }

    def make_content(self) -> QWidget:
        self._found: Embedding | None = None
        self._drawn: DrawingActivations | None = None
        self._place = LAST_HIDDEN
        self._gallery_shows: object = None
        self.layer = Choice("embedding-layer", "Layer", "The layer whose activations lay out the points")
        self.layer.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.layer.activated.connect(self._on_layer_activated)
        self.mistakes = tool_button(
            "embedding-mistakes", "Mistakes", "Choose the points that are read wrongly", kind="pill"
        )
        self.mistakes.clicked.connect(self._on_mistakes_clicked)
        self.words = FittingLabel("muted")
        self.cloud = CloudFigure("embedding-cloud", "Pictures as points")
        self.pointed = DigitView("Point at a dot")
        self.pointed.setMaximumSize(_PICTURE, _PICTURE + 24)
        self.gallery = Gallery("embedding-pictures", "Chosen pictures")
        self.cloud.hovered.connect(self._on_hovered)
        self.cloud.clicked.connect(self.example_chosen)
        self.cloud.selected.connect(self._show_pictures)
        self.gallery.example_chosen.connect(self.example_chosen)
        self._side = QWidget()
        self._side_box = column(self.pointed, (self.gallery, 1), parent=self._side)
        content = QWidget()
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setSpacing(GRID)
        self._halves.addWidget(self.cloud, 1)
        self._halves.addWidget(self._side)
        column(row(self.layer, (self.words, 1), self.mistakes), (self._halves, 1), spacing=GRID // 2, parent=content)
        return content

    def choice(self) -> int:
        return self._place

    def set_answer(self, name: str, answer: object) -> None:
        if isinstance(answer, Embedding):
            self._found = answer
            self._show_layers(answer)
            probe, wrong = answer.probe, int(np.count_nonzero(answer.wrong))
            seen = slice(None) if answer.share else slice(0)  # where all lie on each other there is nothing to see
            self.cloud.set_points(answer.points[seen], probe.labels[seen], answer.predicted[seen], probe.class_names)
            width = answer.widths[answer.place]
            mistakes = f"{wrong:,} of {len(probe):,} {probe.noun} read wrongly"
            self.words.set_texts(
                f"{answer.share:.0%} of the variance of {width:,} values · {mistakes}",
                f"{answer.share:.0%} of the variance · {wrong:,} wrong",
                f"{answer.share:.0%} · {wrong:,} wrong",
            )
            self.cloud.set_note("" if answer.share else "The layer puts out the same for every picture")
            self._show_pictures(self.cloud.chosen)
        elif name == "drawing":
            assert answer is None or isinstance(answer, DrawingActivations)
            self._drawn = answer
        self._show_star()

    def _show_layers(self, found: Embedding) -> None:
        names = layer_names(found.widths)
        self.layer.offer(dict(enumerate(names, start=-len(names))))
        self.layer.choose(found.place - len(names))

    def _show_star(self) -> None:
        """The drawing, if it was worked out for the layer that is shown."""
        found, drawn = self._found, self._drawn
        is_same = found is not None and drawn is not None and drawn.place == found.place
        if found is None or drawn is None or not (is_same and found.share and len(drawn.values) == len(found.middle)):
            self.cloud.set_star(None)
        else:
            x, y = ((drawn.values - found.middle) @ found.axes).tolist()
            self.cloud.set_star((x, y))

    @Slot(object)
    def _show_pictures(self, numbers: NDArray[np.intp]) -> None:
        """Show those that were gone around; nothing changes while they are read as before."""
        found = self._found
        if found is None:
            return
        numbers = numbers[:_MOST]
        shown = found.probe, numbers.tolist(), found.predicted[numbers].tolist()
        if shown != self._gallery_shows:
            self._gallery_shows = shown
            self.gallery.set_examples([self._example(found, number) for number in numbers.tolist()], _HINT)

    def _example(self, found: Embedding, number: int) -> Example:
        image, name, read_as = self._picture(found, number)
        words = name if name == read_as else f"{name}→{read_as}"
        return Example(
            number, image, (CaptionLine(words, bold=name != read_as),),
            f"{name}, read as {read_as} with {found.confidence[number]:.0%}; click to put it on the pad",
        )  # fmt: skip

    def _picture(self, found: Embedding, number: int) -> tuple[NDArray[np.uint8], str, str]:
        names = found.probe.class_names
        label, answer = names[int(found.probe.labels[number])], names[int(found.predicted[number])]
        return found.probe.images[number].reshape(found.probe.image_shape), label, answer

    # What the user does

    @Slot(int)
    def _on_layer_activated(self, _index: int) -> None:
        self._place = int(self.layer.currentData())
        self.choice_changed.emit()

    @Slot()
    def _on_mistakes_clicked(self) -> None:
        if self._found is not None:
            numbers = np.flatnonzero(self._found.wrong)
            self.cloud.set_chosen(numbers)
            self._show_pictures(numbers)

    @Slot(int)
    def _on_hovered(self, number: int) -> None:
        if number < 0 or self._found is None:
            return  # the last one stays: nothing jumps on the way to the next
        image, name, read_as = self._picture(self._found, number)
        self.pointed.set_image(image)
        self.pointed.set_caption(f"{name}, read as {read_as}\n{self._found.confidence[number]:.1%}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the pictures beside the points in a wide panel, below them in a high one, nowhere in a small one."""
        super().resizeEvent(event)
        beside = self.width() >= self.height()
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._side_box.setDirection(ways.TopToBottom if beside else ways.LeftToRight)
        self._side.setMaximumSize(zoom.px(_SIDE) if beside else 16_777_215, 16_777_215 if beside else zoom.px(_SIDE))
        self._side.setVisible(
            zoom.units(self.width()) >= _LEAST_WIDE if beside else zoom.units(self.height()) >= _LEAST_HIGH
        )


def layer_names(widths: tuple[int, ...]) -> list[str]:
    """What the layers are called, from the pixels to the logits."""
    hidden = [f"{layer_title(k)} ({width:,})" for k, width in enumerate(widths[1:-1])]
    return [f"Pixels ({widths[0]:,})", *hidden, f"Logits ({widths[-1]:,})"]
