"""The base of the panels that answer a question about the network shown."""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QWhatsThis, QWidget

from mnist_viz.analysis.subject import Question
from mnist_viz.system.paths import resource
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.message import MessageStack
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import ProgressBar, column, row, tool_button


class QuestionPanel(QWidget):
    """A sentence on what is shown, a *?* with formula and source, and the answer below; or why there is none.

    A subclass sets the class attributes, and makes its widgets in `make_content`. An answer is asked for only while the
    panel can be seen.

    Attributes:
        key: its name in the program.
        title: of the panel.
        sentence: what is shown, and how to read it.
        questions: what it asks, by name.
        shows: shows the answer to each question; set in `make_content`.
        places: where it is said why a question has no answer; of others the whole panel shows the first reason.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    questions: ClassVar[Mapping[str, Question]]
    shows: Mapping[str, Callable[[Any], object]]
    places: Mapping[str, Sequence[MessageStack]] = MappingProxyType({})

    choice_changed = Signal()  # it asks something else now
    neuron_chosen = Signal(int, int)  # layer and number
    example_chosen = Signal(int)  # index of a validation picture to put on the pad
    training_example_chosen = Signal(int)  # the same of a training picture
    picture_made = Signal(object)  # uint8 (h, w) or (h, w, 3) to put on the pad
    picture_moved = Signal(object)  # the same in the place of the one made before: one undo takes both back
    moment_chosen = Signal(int)  # step of a recorded moment to show
    step_requested = Signal()  # train on the next batch
    stop_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName(f"{self.key}-panel")
        self._problems: dict[str, str] = {}
        self.setAccessibleName(self.title)
        self.setWhatsThis(f"<p><b>{self.title}.</b> {self.sentence}.</p>{_formulas().get(self.key, '')}")
        caption = ElidedLabel("muted")
        caption.setText(self.sentence)
        caption.setToolTip(self.sentence)
        self._progress = ProgressBar()
        self._stop = tool_button(f"{self.key}-stop", "Stop", "Stop working it out", kind="small")
        self._stop.clicked.connect(self.stop_requested)
        self._stop.hide()
        self._why = tool_button(f"{self.key}-why", "?", "The formula, and where it is from", kind="small")
        self._why.clicked.connect(self._on_why_clicked)
        self._pages = MessageStack(self.make_content())
        head = row((caption, 1), self._progress, self._stop, self._why, spacing=GRID // 2)
        column(head, (self._pages, 1), spacing=GRID // 2, margins=(12, GRID // 2, 12, GRID), parent=self)
        self._progress.setFixedWidth(10 * GRID)
        self.setMinimumSize(240, 22 * GRID)

    def make_content(self) -> QWidget:
        """What shows the answers; called once."""
        raise NotImplementedError

    def set_answer(self, name: str, answer: object) -> None:
        self.shows[name](answer)

    def set_problem(self, name: str, sentence: str) -> None:
        """Say why there is no answer to the question of that name; an empty sentence if there is one."""
        if name in self.places:
            for place in self.places[name]:
                place.set_message(text=sentence)
        else:
            self._problems[name] = sentence
            self.set_message(next(filter(None, self._problems.values()), ""))

    def wanted(self) -> Collection[str]:
        """The questions whose answers can be seen; only they are asked. Emit `choice_changed` when others can."""
        return self.questions

    def choice(self) -> object:
        """What the user has chosen in the panel, an immutable value that the questions get."""
        return None

    def set_message(self, text: str = "") -> None:
        """Show only this sentence; the answer again if it is empty."""
        self._pages.set_message(text=text)

    @property
    def message(self) -> str:
        return self._pages.message

    def set_progress(self, fraction: float | None, *, stoppable: bool = False) -> None:
        """Show how much of an answer has been worked out, 0 to 1; None for no bar."""
        self._progress.show_progress(fraction)
        self._stop.setVisible(stoppable)

    def sizeHint(self) -> QSize:
        return zoom.size(560, 400)

    @Slot()
    def _on_why_clicked(self) -> None:
        at = self._why.mapToGlobal(self._why.rect().bottomLeft())
        QWhatsThis.showText(at, self.whatsThis(), self)


@cache
def _formulas() -> dict[str, str]:
    """Rich text on the formula of each panel and its source, by the panel's key."""
    return tomllib.loads(resource("look_closer.toml").read_text(encoding="utf-8"))
