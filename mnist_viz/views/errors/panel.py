"""The errors panel: the confusion matrix of the shown moment, and the pictures that are read wrongly."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from mnist_viz.analysis.evaluation import PARTS
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.errors.answers import Answers, Cell
from mnist_viz.views.errors.matrix import NOWHERE, ConfusionMatrix
from mnist_viz.views.errors.scale import LEAST_LIMIT
from mnist_viz.views.gallery import Examples, Gallery
from mnist_viz.views.message import MessageStack
from mnist_viz.views.theme import GRID
from mnist_viz.views.throttle import Throttle
from mnist_viz.views.widgets import Choice, column, label, row

_NOTHING = ("Nothing examined yet", "Train or open a network: what it gets wrong is shown here")
_HINT = "Point at a cell to read it, click it for its pictures"


class ErrorsPanel(QWidget):
    """Heading, matrix, a sentence on a cell, and pictures beside or below them.

    Attributes:
        answers: what is shown; None while nothing is.
        chosen: label and answer of the chosen cell; NOWHERE for none.
    """

    example_chosen = Signal(int)
    """The index, among the examined pictures, of the one to put on the pad."""

    part_chosen = Signal(str)
    """One of `PARTS`: whose pictures are to be examined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errors-panel")
        self.setAccessibleName("Errors")
        self.answers: Answers | None = None
        self.chosen: Cell = NOWHERE
        self._pointed: Cell = NOWHERE
        self._accuracy = label(role="title")
        self._summary = FittingLabel("muted")
        self.part_choice = Choice("errors-part", "Pictures to examine", "Validation pictures or test pictures")
        for name in PARTS:
            self.part_choice.addItem(f"{name.capitalize()} set", name)
        self.matrix = ConfusionMatrix()
        self._sentence = FittingLabel("muted")
        self._title = FittingLabel("title")
        self.gallery = Gallery("error-pictures", "Pictures read wrongly")
        self._pictures = Throttle(self._show_pictures, self)

        left = column((self.matrix, 1), self._sentence, spacing=GRID // 2)
        right = column(self._title, (self.gallery, 1), spacing=GRID // 2)
        self._halves = row((left, 2), (right, 1), spacing=2 * GRID)
        heading, content = row(self._accuracy, (self._summary, 1), self.part_choice), QWidget()
        column(heading, (self._halves, 1), spacing=GRID // 2, margins=(12, GRID // 2, 12, GRID), parent=content)
        self._pages = MessageStack(content, *_NOTHING)
        column(self._pages, parent=self)
        self.matrix.hovered.connect(self._on_hovered)
        self.matrix.cell_chosen.connect(self._on_cell_chosen)
        self.matrix.cell_opened.connect(self.gallery.setFocus)
        self.gallery.example_chosen.connect(self.example_chosen)
        self.part_choice.activated.connect(self._on_part_activated)
        self.setMinimumSize(240, 200)

    def set_answers(self, answers: Answers, limit: int = LEAST_LIMIT) -> None:
        """Show a network's answers; `limit` mistakes have the strongest colour.

        A chosen cell stays chosen while the classes are the same.
        """
        before, self.answers = self.answers, answers
        self.matrix.set_answers(answers, limit)
        if before is None or before.class_names != answers.class_names:
            self._pointed = self.chosen = NOWHERE
            self.matrix.set_chosen(*NOWHERE)
        self._pages.set_message()
        self._accuracy.setText(answers.accuracy)
        self._summary.set_texts(*answers.summaries)
        self._show_sentence()
        self._pictures.request(at_once=before is None or before.probe is not answers.probe)

    def set_message(self, title: str = _NOTHING[0], text: str = _NOTHING[1]) -> None:
        self._pages.set_message(title, text)
        self.answers = None
        self.matrix.set_answers(None)
        self.gallery.set_examples(())

    @property
    def part(self) -> str:
        """Whose pictures are to be examined: one of `PARTS`."""
        return str(self.part_choice.currentData())

    def text(self) -> str:
        """The heading, or why there is none."""
        answers = self.answers
        return f"{answers.accuracy} {answers.summaries[0]}" if answers is not None else self._pages.message

    @property
    def sentence(self) -> str:
        """The description of the cell under the mouse, or of the chosen one."""
        return self._sentence.texts[0]

    @property
    def title(self) -> str:
        return self._title.texts[0]

    def _show_sentence(self) -> None:
        cell = self._pointed if self._pointed != NOWHERE else self.chosen
        if self.answers is not None:
            self._sentence.set_texts(self.answers.describe(cell) if cell != NOWHERE else _HINT)

    @Slot()
    def _show_pictures(self) -> None:
        answers = self.answers
        if answers is None:
            return
        if self.chosen == NOWHERE:
            nothing, indices = "No mistakes", answers.mistakes
            count = f"{len(indices):,} mistake{'' if len(indices) == 1 else 's'}"
            titles: tuple[str, ...] = (f"{count}, the most confident first", count)
        else:
            nothing, indices = "None now", answers.in_cell(self.chosen)
            titles = answers.titles(self.chosen)
        self._title.set_texts(*titles)
        self.gallery.set_examples(Examples(indices.tolist(), answers.example), nothing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the pictures beside the matrix in a wide panel, else below it."""
        super().resizeEvent(event)
        beside = self.width() > 1.1 * self.height()
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def sizeHint(self) -> QSize:
        return zoom.size(480, 320)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.gallery.clearFocus()
            self.matrix.set_chosen(*NOWHERE)
            self._on_cell_chosen(*NOWHERE)
        else:
            super().keyPressEvent(event)

    @Slot(int)
    def _on_part_activated(self, _index: int) -> None:
        self.part_chosen.emit(self.part)

    @Slot(int, int)
    def _on_hovered(self, label: int, answer: int) -> None:
        self._pointed = label, answer
        self._show_sentence()

    @Slot(int, int)
    def _on_cell_chosen(self, label: int, answer: int) -> None:
        self.chosen = label, answer
        self._show_sentence()
        self._pictures.request(at_once=True)
