"""The panel that shows the training pictures nearest to the one on the pad."""

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from mnist_viz.analysis.neighbours import Neighbours, nearest_by_activations, nearest_by_pixels
from mnist_viz.analysis.subject import Question
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.gallery import CaptionLine, Example, Gallery
from mnist_viz.views.message import MessageStack
from mnist_viz.views.number_text import format_value
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, row

_NAMES = {"pixels": ("By pixels", "Pixels"), "activations": ("By the last hidden layer", "Layer")}  # long and short
_MOST_VOTES = 3  # classes that are named


class NeighboursPanel(QuestionPanel):
    """Two galleries: the nearest by their pixels, and by what the network makes of them."""

    key = "neighbours"
    title = "Nearest training digits"
    sentence = "The training pictures most like the one on the pad, by their pixels and as the network sees them"
    questions: ClassVar[Mapping[str, Question]] = {
        "pixels": Question(nearest_by_pixels, frozenset({"picture", "training"})),
        "activations": Question(nearest_by_activations, frozenset({"network", "picture", "training"})),
    }

    def make_content(self) -> QWidget:
        self.words = {name: FittingLabel("muted") for name in _NAMES}
        self.galleries = {
            name: Gallery(f"nearest-{name}", f"Nearest {how.lower()}") for name, (how, _) in _NAMES.items()
        }
        self._parts: dict[str, MessageStack] = {}
        for name, gallery in self.galleries.items():
            gallery.example_chosen.connect(self.training_example_chosen)
            page = QWidget()
            column(self.words[name], (gallery, 1), spacing=GRID // 2, parent=page)
            self._parts[name] = MessageStack(page)
        self.places = {name: (part,) for name, part in self._parts.items()}
        content = QWidget()
        self._halves = row(*((part, 1) for part in self._parts.values()), spacing=2 * GRID, parent=content)
        return content

    def set_answer(self, name: str, answer: object) -> None:
        assert isinstance(answer, Neighbours)
        names = answer.probe.class_names
        votes = ", ".join(f"{count} are {names[label]}" for label, count in answer.votes()[:_MOST_VOTES])
        what, short = _NAMES[name]
        if answer.answer is not None:
            what += f", read as {names[answer.answer]}"
        self.words[name].set_texts(
            f"{what}: {votes}, of {answer.searched:,} {answer.probe.noun}", f"{what}: {votes}", f"{short}: {votes}"
        )
        self.words[name].setToolTip(self.words[name].texts[0])
        examples = [
            _example(answer, index, distance)
            for index, distance in zip(answer.indices.tolist(), answer.distances.tolist(), strict=True)
        ]
        self.galleries[name].update_examples(examples)

    def said(self, name: str) -> str:
        """What is said of a gallery, or why it is empty."""
        return self._parts[name].message or self.words[name].texts[0]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside each other in a wide panel."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if self.width() >= self.height() else ways.TopToBottom)


def _example(found: Neighbours, index: int, distance: float) -> Example:
    probe = found.probe
    name, far = probe.class_names[int(probe.labels[index])], format_value(distance)
    told = f"{name}, training picture {index:,}, distance {far}; click to put it on the pad"
    return Example(index, probe.images[index].reshape(probe.image_shape), (CaptionLine(f"{name} · {far}"),), told)
