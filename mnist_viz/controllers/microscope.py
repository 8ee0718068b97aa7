"""Asks the questions of the open panels about what the window shows, and shows the answers."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from mnist_viz.analysis.compatibility import numbers_of_classes
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import OtherNetwork, Question, RecordedMoment, Subject
from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.redraw import Redraw
from mnist_viz.data.dataset import Dataset
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import NextStep
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.recording.run import frame_at
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.storage import ModelFile
from mnist_viz.recording.trainers import resumed_trainer
from mnist_viz.session.background_tasks import BackgroundTasks, Task
from mnist_viz.session.examiner import Examiner
from mnist_viz.session.session import Session
from mnist_viz.views.panel import is_seen
from mnist_viz.views.questions.blend import BlendPanel
from mnist_viz.views.questions.embedding import EmbeddingPanel
from mnist_viz.views.questions.health import HealthPanel
from mnist_viz.views.questions.landscape import LandscapePanel
from mnist_viz.views.questions.neighbours import NeighboursPanel
from mnist_viz.views.questions.neuron import NeuronPanel
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.questions.pruning import PruningPanel
from mnist_viz.views.questions.slow_motion import SlowMotionPanel
from mnist_viz.views.questions.why import WhyPanel
from mnist_viz.views.widgets import recolor
from mnist_viz.views.window import MainWindow

PANELS: Sequence[type[QuestionPanel]] = (
    NeuronPanel,
    SlowMotionPanel,
    WhyPanel,
    BlendPanel,
    EmbeddingPanel,
    HealthPanel,
    PruningPanel,
    LandscapePanel,
    NeighboursPanel,
)
"""What can be asked: a panel here has a place in the menu *Look closer*."""

SECONDS_BETWEEN_ANSWERS = 0.1
"""While training is followed: answers take time from it."""

MOST_EXAMPLES = 10_000
"""Validation pictures that are asked about."""

_PATIENCE = 0.1  # seconds that a newer question waits for the answer to the one before
_SECONDS_WITHOUT_PROGRESS = 0.3  # a bar that comes and goes with each answer would only disturb
_PAUSE = 0.0005  # seconds
_FOLLOWS = frozenset({"network", "moments", "others"})  # training changes them: an answer is waited for all the same


class MicroscopeController(QObject):
    """Keeps the open panels answering for the moment that is shown.

    A panel is made when it is first seen. Of each question one answer is worked out at a time, and if meanwhile
    something else is asked the newest of it comes next; an answer about another run or neuron is dropped.

    Args:
        examiner: keeps the validation pictures.
        choose_neuron: selects a neuron everywhere.
        panels: what can be opened; the window has a dock for each.
    """

    panel_made = Signal(object)
    answered = Signal(str, str, object, object)
    """Panel, question, the answer that is shown, and the frame that it is about; None if it is about no frame."""

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        drawing: DrawingController,
        tasks: BackgroundTasks,
        examiner: Examiner,
        choose_neuron: Callable[[int, int], object],
        panels: Sequence[type[QuestionPanel]],
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._drawing = drawing
        self._tasks = tasks
        self._examiner = examiner
        self._choose_neuron = choose_neuron
        self._docks = {kind.key: window.docks[kind.key] for kind in panels}
        self._open: dict[str, _Open] = {}
        self._neuron: tuple[int, int] | None = None
        self._known: WeakKeyDictionary[Frame, dict[object, Any]] = WeakKeyDictionary()
        for kind in panels:
            self._docks[kind.key].visibilityChanged.connect(partial(self._on_visibility_changed, kind))
        for changed in (
            session.shown_changed, session.run_changed, session.state_changed, session.recorded_changed,
            session.settings_changed, drawing.picture_changed,
        ):  # fmt: skip
            changed.connect(self._on_changed)

    @property
    def panels(self) -> Mapping[str, QuestionPanel]:
        """Those that have been made, by their keys."""
        return {key: one.panel for key, one in self._open.items()}

    @property
    def settled(self) -> bool:
        """Whether the panels that can be seen are up to date."""
        return not any(
            is_seen(one.panel) and (one.redraw.dirty or any(lane.task for lane in one.lanes.values()))
            for one in self._open.values()
        )

    def set_neuron(self, layer: int, neuron: int) -> None:
        """This neuron is chosen; -1, -1 for none."""
        self._neuron = (layer, neuron) if layer >= 0 else None
        self._on_changed()

    @Slot(int, int)
    def open_neuron(self, layer: int, neuron: int) -> None:
        """Choose this neuron and show the panel that looks closely at it."""
        self._choose_neuron(layer, neuron)
        self._window.open_panel(NeuronPanel.key)

    def refresh(self) -> None:
        """Ask what has not been asked yet."""
        for one in self._open.values():
            one.redraw.tick()

    # Asking

    def _make(self, kind: type[QuestionPanel]) -> "_Open":
        panel = kind()
        recolor(panel, self._window.theme)
        redraw = Redraw(
            partial(self._ask, kind.key),
            self,
            SECONDS_BETWEEN_ANSWERS,
            session=self._session,
            following=True,
            panel=panel,
        )
        panel.choice_changed.connect(redraw.at_once)
        panel.stop_requested.connect(partial(self._stop, kind.key))
        panel.neuron_chosen.connect(self._choose_neuron)
        panel.example_chosen.connect(partial(self._give, "validation"))
        panel.training_example_chosen.connect(partial(self._give, "training"))
        panel.picture_made.connect(self._drawing.show_picture)
        panel.picture_moved.connect(self._drawing.move_picture)
        panel.moment_chosen.connect(self._on_moment_chosen)
        panel.step_requested.connect(self._session.step_batch)
        return _Open(panel, redraw, {name: _Lane() for name in kind.questions})

    def _ask(self, key: str) -> bool:
        """Ask each question of a panel whose subject has changed; False if one has to wait."""
        one, frame = self._open[key], self._session.shown
        if frame is None:
            one.panel.set_message("Load a data set or a network first")
            return True
        parts = self._parts(frame, one.panel)
        questions = {name: one.panel.questions[name] for name in one.panel.wanted()}
        quick = [self._ask_one(one, name, parts) for name, question in questions.items() if question.quick]
        one.waits = any(quick) and not one.waits
        if one.waits:
            return False
        slow = [self._ask_one(one, name, parts) for name, question in questions.items() if not question.quick]
        return None not in slow

    def _ask_one(self, one: "_Open", name: str, parts: Mapping[str, Any]) -> bool | None:
        """Ask a question if its subject has changed, and return whether it has; None if it has to wait."""
        question, lane = one.panel.questions[name], one.lanes[name]
        key = {part: parts[part] for part in ("owner", *question.of)}
        changed = _changed(lane.key, key)
        if not changed:
            return False
        if lane.task is not None:
            if changed - _FOLLOWS and time.monotonic() - lane.began > _PATIENCE:
                lane.task.cancel()
            return None
        lane.key = key
        subject, choice = self._subject(parts, question), parts["choice"]
        if question.quick:
            try:
                answer = question.answer(subject, choice, UNWATCHED)
            except ValueError as error:
                one.panel.set_problem(name, str(error))
            else:
                self._show(one, name, answer)
            return True
        lane.began = time.monotonic()
        lane.task = self._tasks.submit(
            partial(_answer, question, subject, choice),
            partial(self._on_answered, one, name), partial(self._on_not_answered, one, name),
            partial(self._on_progress, one, name),
            queue=f"question {one.panel.key} {name}", failure="It could not be worked out",
        )  # fmt: skip
        return True

    def _on_answered(self, one: "_Open", name: str, answer: object) -> None:
        if self._end(one, name):
            self._show(one, name, answer)

    def _show(self, one: "_Open", name: str, answer: object) -> None:
        one.panel.set_problem(name, "")
        one.panel.set_answer(name, answer)
        self.answered.emit(one.panel.key, name, answer, one.lanes[name].key.get("network"))

    def _on_not_answered(self, one: "_Open", name: str, why: str) -> None:
        if self._end(one, name) and why:
            one.panel.set_problem(name, why)

    def _on_progress(self, one: "_Open", name: str, _text: str, fraction: float | None) -> None:
        if time.monotonic() - one.lanes[name].began > _SECONDS_WITHOUT_PROGRESS:
            one.panel.set_progress(fraction, stoppable=True)

    def _end(self, one: "_Open", name: str) -> bool:
        """The answer has come; whether it is about what is still shown."""
        lane, frame = one.lanes[name], self._session.shown
        lane.task = None
        one.panel.set_progress(None)
        if frame is None:
            return False
        parts = self._parts(frame, one.panel)
        changed = _changed(lane.key, {part: parts[part] for part in lane.key})
        if changed:
            one.redraw.mark()
        return not changed & {"owner", "neuron"}

    def _stop(self, key: str) -> None:
        for lane in self._open[key].lanes.values():
            if lane.task is not None:
                lane.task.cancel()

    # The subject

    def _parts(self, frame: Frame, panel: QuestionPanel) -> dict[str, Any]:
        """What the questions of the panel are about; a part that none of them asks for is not worked out."""
        session = self._session
        parts: dict[str, Callable[[], Any]] = {
            "owner": lambda: None if session.guest else session.run,
            "network": lambda: frame,
            "picture": lambda: self._drawing.picture,
            "neuron": lambda: self._neuron,
            "examples": lambda: self._probe("validation"),
            "training": lambda: self._probe("training"),
            "moments": lambda: () if session.guest else session.timeline.frames,
            "others": lambda: self._others(frame),
            "next_step": lambda: session.resumption,
            "choice": panel.choice,
        }
        wanted = {"owner", "network", "neuron", "choice"}.union(*(question.of for question in panel.questions.values()))
        return {name: make() for name, make in parts.items() if name in wanted}

    def _subject(self, parts: Mapping[str, Any], question: Question) -> Subject:
        session, frame, next_step = self._session, parts["network"], parts.get("next_step")
        moments, others = (parts[part] if part in question.of else () for part in ("moments", "others"))
        known = self._known
        return Subject(
            frame.model.network(), frame.step, session.class_names, session.image_shape,
            parts.get("picture"), self._drawing.label, parts["neuron"], parts.get("examples"),
            [RecordedMoment(at.step, at.epoch, partial(_network, at), known.setdefault(at, {})) for at in moments],
            [OtherNetwork(key, name, partial(_network, at)) for key, name, at in others],
            parts.get("training"),
            partial(_next_step, *next_step) if next_step is not None else None,
            from_file=parts["owner"] is None,
        )  # fmt: skip

    def _others(self, frame: Frame) -> tuple[tuple[str, str, Frame], ...]:
        """Key, name and frame of what can be compared with the shown moment."""
        session, run = self._session, self._session.run
        wanted = []
        if run.best is not None and not session.guest:
            wanted.append(("best", "Best epoch", run, run.history.grid.position(run.best.step)))
        wanted += [
            (f"run {other.number}", other.name, other, frame.epoch)
            for other in session.runs
            if (other is not run or session.guest) and other.class_names == session.class_names
        ]
        found = ((key, name, frame_at(one, epoch)) for key, name, one, epoch in wanted)
        return tuple((key, name, moment.frame) for key, name, moment in found if moment is not None)

    def _probe(self, part: str) -> Probe | None:
        """Pictures of a part of the data set, if the network shown can read them."""
        session, frame = self._session, self._session.shown
        data, names = session.shown_dataset, session.class_names
        if data is None or frame is None:
            return None
        try:
            numbers = numbers_of_classes(ModelFile(frame.model, names, {}, session.image_shape), data)
        except ValueError:
            return None
        return self._examiner.probe(data, names, numbers, part, MOST_EXAMPLES if part == "validation" else None)

    @Slot()
    def _on_changed(self) -> None:
        for one in self._open.values():
            if not is_seen(one.panel):
                one.forget()
            if self._session.follows_training:  # in a turn of its own, after that of the weights
                one.redraw.mark()
            else:
                one.redraw.soon()

    def _on_visibility_changed(self, kind: type[QuestionPanel], visible: bool) -> None:
        if visible and kind.key not in self._open:
            self._open[kind.key] = one = self._make(kind)
            self._docks[kind.key].set_panel(one.panel)
            self.panel_made.emit(one.panel)
            one.redraw.soon()

    def _give(self, part: str, index: int) -> None:
        """Put this picture of a part of the data set on the pad."""
        if (probe := self._probe(part)) is not None:
            self._drawing.give(probe, index)

    @Slot(int)
    def _on_moment_chosen(self, step: int) -> None:
        steps = [frame.step for frame in self._session.timeline.frames]
        if step in steps:
            self._session.go_to(steps.index(step))


@dataclass(eq=False)
class _Lane:
    """A question of an open panel.

    Attributes:
        key: the parts of the subject that were asked about last.
        task: works the answer out; None if nothing does.
        began: when.
    """

    key: dict[str, Any] = field(default_factory=dict)
    task: Task | None = None
    began: float = 0.0


@dataclass(eq=False)
class _Open:
    """A panel that has been made.

    Attributes:
        redraw: asks its questions.
        waits: whether those that are not quick have been put off until the quick answers are painted: once, or they
            would never be asked while the cursor is dragged.
    """

    panel: QuestionPanel
    redraw: Redraw
    lanes: dict[str, _Lane]
    waits: bool = False

    def forget(self) -> None:
        """Let go of what was asked about: it would keep a run that may be deleted, with all its moments."""
        for lane in self.lanes.values():
            if lane.task is None:
                lane.key = {}


class _GivingWay(Watch):
    """Lets the window and the training have the interpreter between two pieces of the work."""

    def check(self) -> None:
        super().check()
        time.sleep(_PAUSE)


def _answer(question: Question, subject: Subject, choice: object, task: Task) -> object:
    return question.answer(subject, choice, _GivingWay(task.at, task.cancelled))


def _network(frame: Frame) -> Network:
    return frame.read()[0].network()


def _next_step(frame: Frame, config: RunConfig, data: Dataset, most: int) -> NextStep:
    state = frame.read()[1]
    assert state is not None
    return resumed_trainer(config, config.settings.epochs, state, data).next_step(most)


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(part for part, value in now.items() if part not in before or not _same(before[part], value))


def _same(one: object, other: object) -> bool:
    return one is other or (not isinstance(one, np.ndarray) and not isinstance(other, np.ndarray) and one == other)
