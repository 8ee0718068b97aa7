"""Two runs side by side at the epoch of the shown moment: their weights at once, their answers when they are known."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.analysis.comparison import known_by_one
from mnist_viz.analysis.compatibility import difference
from mnist_viz.analysis.evaluation import Examination, Probe
from mnist_viz.controllers.compared_weights import ComparedWeights
from mnist_viz.recording.run import Run, frame_at, moment_of
from mnist_viz.recording.run_words import shortened
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile
from mnist_viz.session.examiner import COMPARED, Examiner
from mnist_viz.session.session import Session, State
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.compare.panel import ComparePanel
from mnist_viz.views.compare.sides import LETTERS, A, Answers, B, RunChoice
from mnist_viz.views.panel import is_seen

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_EXAMINATIONS = 1 / 3
"""While training is followed: both take time from it."""


@dataclass(frozen=True, eq=False)
class _Question:
    """What is asked: of which two models, on which pictures, and what is said of where those come from."""

    models: tuple[Model, Model]
    probe: Probe
    source: str


class CompareController(QObject):
    """Keeps the panel "Compare" at the session's shown moment, while somebody can see it.

    Run A is the active one and run B the one that was active before, until the user chooses two.

    Args:
        session: whose runs.
        panel: to fill.
        examiner: finds out what a model reads.
        give: puts the picture of that index on the pad.
    """

    def __init__(
        self, session: Session, panel: ComparePanel, examiner: Examiner, give: Callable[[Probe, int], None]
    ) -> None:
        super().__init__()
        self._session = session
        self._panel = panel
        self._examiner = examiner
        self._give = give
        self._recent: list[int] = []  # numbers of runs, the one that was active last first
        self._chosen: tuple[int, int] | None = None  # by the user
        self._pair: tuple[Run, Run] | None = None
        self._dirty = True
        self._due = self._examination_due = 0.0
        self._weights = ComparedWeights(panel)
        self._wanted: _Question | None = None  # what the panel should show, and does not yet
        self._asked: _Question | None = None
        self._shown: _Question | None = None
        # What the user did is shown in this turn of the event loop, not at the next tick.
        self._soon = QTimer(panel)  # and with the panel it ends
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        examiner.examined.connect(self._on_examined)
        session.shown_changed.connect(self._on_shown_changed)
        session.run_changed.connect(self._on_run_changed)
        session.runs_changed.connect(self._on_runs_changed)
        session.recorded_changed.connect(self._on_changed)
        session.state_changed.connect(self._on_changed)
        session.stopped.connect(self._on_stopped)
        panel.pair_chosen.connect(self._on_pair_chosen)
        panel.layer_chosen.connect(self._on_layer_chosen)
        panel.example_chosen.connect(self._on_example_chosen)

    @property
    def settled(self) -> bool:
        """Whether nothing that somebody can see is still to come."""
        return not is_seen(self._panel) or not (self._dirty or self._wanted is not None)

    @Slot()
    def refresh(self) -> None:
        """Show what has changed since the last time, and ask for the answers."""
        if not is_seen(self._panel):
            return
        now = time.monotonic()
        if self._dirty and (not self._session.follows_training or now >= self._due):
            self._dirty = False
            self._due = now + SECONDS_BETWEEN_LOOKS
            self._show()
        self._examine()

    def redraw(self) -> None:
        """Show what has changed at once, also what is usually shown less often."""
        self._due = self._examination_due = 0.0
        self.refresh()

    # Which runs

    def _numbers(self) -> tuple[int, int] | None:
        """Those of A and B; None of less than two runs."""
        runs = self._session.runs
        if len(runs) < 2:
            return None
        if self._chosen is not None and all(number in runs for number in self._chosen):
            return self._chosen
        active = self._session.run
        others = [run.number for run in runs if run is not active]
        known = [number for number in self._recent if number in others]
        return active.number, known[0] if known else active.parent if active.parent in others else others[-1]

    def _show(self) -> None:
        session = self._session
        numbers, shown = self._numbers(), session.timeline.shown
        if numbers is None or shown is None:
            self._forget()
            self._panel.set_runs((), 0, 0)
            return
        pair = session.runs.get(numbers[A]), session.runs.get(numbers[B])
        if pair != self._pair:
            self._forget()
            self._pair = pair
        choices = [RunChoice(run.number, run.name, run.color) for run in session.runs]
        self._panel.set_runs(choices, *numbers)
        a, b = (moment_of(run, shown) if run is session.run else frame_at(run, shown.epoch) for run in pair)
        if a is not None and b is not None:
            self._weights.show(pair, (a, b), follows=self._session.follows_training)
            self._want(pair, (a.frame.model, b.frame.model))

    def _forget(self) -> None:
        """Another pair is shown, or none."""
        self._pair = self._wanted = self._asked = self._shown = None
        self._weights.forget()

    # The answers

    def _want(self, pair: tuple[Run, Run], models: tuple[Model, Model]) -> None:
        """Let the answers of both be shown, as soon as they are known."""
        question = self._question(pair, models)
        if isinstance(question, str):
            self._wanted = self._asked = self._shown = None
            self._panel.set_answers(None, question)
        elif question is not None:
            shown = self._shown
            same = shown is not None and shown.models == question.models and shown.probe is question.probe
            self._wanted = None if same else question

    def _question(self, pair: tuple[Run, Run], models: tuple[Model, Model]) -> _Question | str | None:
        """What to ask, or a sentence why that is impossible; None if that is not clear yet."""
        session, run = self._session, self._session.run
        data = session.dataset
        if data is None or (data.name, data.class_names, data.image_shape) != (
            run.dataset, run.class_names, run.image_shape,
        ):  # fmt: skip
            waits = session.state is State.PREPARING
            return None if waits else f"The data of {shortened(run.name)} are not loaded: press Play to load them."
        for letter, one, model in zip(LETTERS, pair, models, strict=True):
            if (one.class_names, one.image_shape) != (data.class_names, data.image_shape):
                contents = ModelFile(model, one.class_names, {}, one.image_shape)
                return f"{difference(contents, data, letter, '×')}: there are no pictures that both could read."
        foreign = any(one.dataset != data.name for one in pair)
        return _Question(models, self._examiner.probe(data), f"of {data.title}" if foreign else "")

    def _examine(self) -> None:
        """Show what is known; one question is asked at a time, the newest after the one before is answered."""
        wanted = self._wanted
        if wanted is None or self._show_if_known(wanted):
            self._wanted = self._asked = None
            return
        if self._examiner.busy(COMPARED):
            return
        asked, self._asked = self._asked, None
        if asked is wanted:  # its examination failed
            self._wanted = None
            return
        if asked is not None:
            self._show_if_known(asked)
        now = time.monotonic()
        if self._session.follows_training and now < self._examination_due:
            return
        self._examination_due = now + SECONDS_BETWEEN_EXAMINATIONS
        self._asked = wanted
        for model in wanted.models:
            self._examiner.ask(model, wanted.probe, COMPARED)

    def _show_if_known(self, question: _Question) -> bool:
        a, b = (self._examiner.get(model, question.probe) for model in question.models)
        if a is None or b is None:
            return False
        self._panel.set_answers(_answers(question, a, b))
        self._shown = question
        return True

    # Slots

    @Slot()
    def _on_examined(self) -> None:
        if is_seen(self._panel):
            self._examine()

    @Slot()
    def _on_changed(self) -> None:
        self._dirty = True

    @Slot()
    def _on_shown_changed(self) -> None:
        self._show_soon()

    @Slot()
    def _on_run_changed(self) -> None:
        number = self._session.run.number
        self._recent = [number, *(other for other in self._recent if other != number)]
        self._show_soon()

    @Slot()
    def _on_runs_changed(self) -> None:
        runs = self._session.runs
        if self._pair is not None and any(run not in runs.all for run in self._pair):
            self._forget()  # what is deleted is not held here, even if nobody looks
        self._show_soon()

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason is Stop.DIVERGED:  # the range of weights that exploded would hide all others
            self._weights.forget_limits()
        self._dirty = True

    @Slot(int, int)
    def _on_pair_chosen(self, a: int, b: int) -> None:
        self._chosen = None
        if (a, b) != self._numbers():
            self._chosen = a, b
        self._show_soon()

    @Slot(int)
    def _on_layer_chosen(self, _layer: int) -> None:
        self._show_soon()

    def _show_soon(self) -> None:
        self._dirty = True
        if is_seen(self._panel):
            self._soon.start(0)

    @Slot(int)
    def _on_example_chosen(self, index: int) -> None:
        if self._shown is not None:
            self._give(self._shown.probe, index)


def _answers(question: _Question, a: Examination, b: Examination) -> Answers:
    known, probe = known_by_one(a, b), question.probe
    return Answers(
        probe.images,
        probe.labels,
        probe.class_names,
        probe.image_shape,
        (a.predicted, b.predicted),
        (a.confidence, b.confidence),
        (known.only_a, known.only_b),
        len(known.both),
        probe.noun,
        question.source,
    )
