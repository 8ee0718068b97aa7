"""The pictures that only one of two networks reads correctly, each with both answers."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mnist_viz.views.compare.sides import LETTERS, Answers
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.gallery import CaptionLine, Example, Examples, Gallery
from mnist_viz.views.theme import DARK
from mnist_viz.views.throttle import Throttle


class DigitStrip(QWidget):
    """The pictures that only network number `side` reads correctly; a click chooses one."""

    example_chosen = Signal(int)
    """The index of the picture among all that were examined."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._answers: Answers | None = None
        self._tints = (DARK.text, DARK.text)
        self.title = FittingLabel("title")
        self.gallery = Gallery(f"only-{LETTERS[side].lower()}", f"What only {LETTERS[side]} reads")
        self._pictures = Throttle(self._show_pictures, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.gallery, 1)
        self.gallery.example_chosen.connect(self.example_chosen)

    def set_tints(self, tints: tuple[str, str]) -> None:
        """Set the colours of both runs."""
        if tints != self._tints:
            self._tints = tints
            self.title.setStyleSheet(f"color: {tints[self._side]};")
            self._pictures.request(at_once=True)

    def set_answers(self, answers: Answers | None) -> None:
        """Show the pictures for which only this side is right; None for none."""
        before, self._answers = self._answers, answers
        same = before is not None and answers is not None and before.probe is answers.probe
        self._pictures.request(at_once=not same)

    def _show_pictures(self) -> None:
        answers = self._answers
        self.title.set_texts(*(answers.titles(self._side) if answers is not None else ()))
        examples: Sequence[Example] = ()
        if answers is not None:
            examples = Examples(answers.only[self._side].tolist(), partial(self._example, answers))
        self.gallery.set_examples(examples, "None")

    def _example(self, answers: Answers, index: int) -> Example:
        """A picture with each answer in its run's colour, the right one bold."""
        probe, numbers = answers.probe, (int(found.predicted[index]) for found in answers.found)
        caption = tuple(
            CaptionLine(f"{LETTERS[k]} {probe.class_names[number]}", self._tints[k], k == self._side)
            for k, number in enumerate(numbers)
        )
        image = probe.images[index].reshape(probe.image_shape)
        return Example(index, image, caption, f"{answers.describe(index)}; click to put it on the pad")
