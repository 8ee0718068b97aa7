"""Fills the panel "Errors": what the shown network gets wrong, examined in the background."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Slot

from mnist_viz.analysis.compatibility import numbers_of_classes
from mnist_viz.analysis.evaluation import PROBE_SIZE, Examination, Probe
from mnist_viz.controllers.redraw import Redraw
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile
from mnist_viz.session.examiner import Examiner
from mnist_viz.session.session import Session
from mnist_viz.session.work import State
from mnist_viz.views.errors.answers import Answers
from mnist_viz.views.errors.panel import ErrorsPanel
from mnist_viz.views.errors.scale import error_limit
from mnist_viz.views.panel import is_seen

SECONDS_BETWEEN_EXAMINATIONS = 1 / 3
"""While training is followed: an examination takes time from it."""

_LATE = 4  # requests whose answers are still shown when they come late


@dataclass(frozen=True, eq=False)
class _Question:
    """What to examine.

    Attributes:
        model: of that moment.
        probe: on which pictures.
        owner: whose colours it is shown in: a run's, or a guest's own.
        source: what is said of where the pictures come from.
    """

    model: Model
    probe: Probe
    owner: Run | Model
    source: str = ""


class ErrorsController(QObject):
    """Keeps the panel "Errors" showing the session's frame while the panel is visible.

    The panel keeps its content until there is something newer, so nothing flickers.
    """

    def __init__(
        self,
        session: Session,
        panel: ErrorsPanel,
        examiner: Examiner,
        give: Callable[[Probe, int], None],
    ) -> None:
        super().__init__()
        self._session = session
        self._panel = panel
        self._examiner = examiner
        self._give = give
        self._asked: deque[_Question] = deque(maxlen=_LATE)  # the newest last
        self._shown: _Question | None = None
        # The colours only get wider, so those of different moments can be compared.
        self._limits: WeakKeyDictionary[Run | Model, dict[Probe, int]] = WeakKeyDictionary()
        self._redraw = Redraw(
            self._ask, self, SECONDS_BETWEEN_EXAMINATIONS, session=session, following=True, panel=panel
        )
        examiner.examined.connect(self._on_examined)
        session.shown_changed.connect(self._redraw.soon)
        session.run_changed.connect(self._on_run_changed)
        session.state_changed.connect(self._redraw.mark)  # data may have come, or there is time for all pictures
        panel.example_chosen.connect(self._on_example_chosen)
        panel.part_chosen.connect(self._redraw.at_once)

    @property
    def shown_model(self) -> Model | None:
        """The model whose answers the panel shows now."""
        return self._shown.model if self._shown is not None else None

    @property
    def settled(self) -> bool:
        """Whether the panel is up to date, or not visible."""
        return not is_seen(self._panel) or not (self._redraw.dirty or self._asked)

    def refresh(self) -> None:
        """Ask about the shown moment, if it is another one."""
        self._redraw.tick()

    @Slot()
    def _on_examined(self) -> None:
        """Show the newest of what is known."""
        for question in reversed(self._asked):
            found = self._examiner.get(question.model, question.probe)
            if found is not None:
                self._show(question, found)
                while self._asked.popleft() is not question:
                    pass
                return

    def _ask(self) -> bool:
        """Show what is known of the shown moment, or ask; False if it is not clear yet what to ask."""
        question = self._question()
        if isinstance(question, str):
            self._say(question)
        elif question is not None:
            known = self._examiner.get(question.model, question.probe)
            if known is not None:
                self._asked.clear()
                if self._shown is None or (self._shown.model, self._shown.probe) != (question.model, question.probe):
                    self._show(question, known)
            else:
                if self._asked and self._asked[-1].owner is not question.owner:
                    self._asked.clear()
                self._examiner.ask(question.model, question.probe)
                self._asked.append(question)
        return question is not None

    def _question(self) -> _Question | str | None:
        """What to ask about the shown moment, or a sentence why that is impossible; None if that is not clear yet."""
        session = self._session
        frame, data = session.shown, session.shown_dataset
        if frame is None:
            return ""
        which = self._panel.part, PROBE_SIZE if session.follows_training else None  # all once there is time
        if session.guest:
            if data is None:
                return "Choose a data set: what this network gets wrong in it is shown here."
            names = session.class_names
            try:
                numbers = numbers_of_classes(ModelFile(frame.model, names, {}, session.image_shape), data)
            except ValueError as error:
                return f"{str(error)[:1].upper()}{str(error)[1:]}."
            probe = self._examiner.probe(data, names, numbers, *which)
            return _Question(frame.model, probe, frame.model, f"of {data.title}")
        if data is None:
            waits = session.state is State.PREPARING
            return None if waits else "The data of this run are not loaded: press Play to load them and train on."
        return _Question(frame.model, self._examiner.probe(data, None, None, *which), session.run)

    def _say(self, sentence: str) -> None:
        self._asked.clear()
        self._shown = None
        if sentence:
            self._panel.set_message("Nothing to examine it on", sentence)
        else:
            self._panel.set_message()

    def _show(self, question: _Question, found: Examination) -> None:
        limits = self._limits.setdefault(question.owner, {})
        limit = limits[question.probe] = max(limits.get(question.probe, 0), error_limit(found.confusion))
        self._panel.set_answers(Answers(question.probe, found, question.source), limit)
        self._shown = question

    @Slot()
    def _on_run_changed(self) -> None:
        if not is_seen(self._panel):  # what was on it would keep a run that may be deleted, with all its moments
            self._shown = None
            self._asked.clear()
        self._redraw.soon()

    @Slot(int)
    def _on_example_chosen(self, index: int) -> None:
        if self._shown is not None:
            self._give(self._shown.probe, index)
