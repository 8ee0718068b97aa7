"""Undo and redo of what puts another run in the place of the run: a preset, data, settings, a reset, a branch."""

from dataclasses import dataclass, replace
from functools import partial
from weakref import ref

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.run import EDITED, Run
from mnist_viz.recording.runs import Removed
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.session import Session
from mnist_viz.views.undo_stack import Step, UndoStack


@dataclass(eq=False)
class _Place:
    """A run as it was left or entered; one that is no longer there can be begun again, and a branch be put back."""

    run: ref[Run]
    settings: Settings
    dataset: Dataset | None
    name: str = ""
    first_weights: Model | None = None  # unless they were drawn
    edited: str = ""
    removed: Removed | None = None  # a branch that was left untrained

    @classmethod
    def of(cls, run: Run, dataset: Dataset | None) -> "_Place":
        place, first = cls(ref(run), run.settings, dataset), run.timeline.first
        if run.from_model and first is not None:
            place.name, place.first_weights = run.name, first.model
            place.edited = next((one.text for one in run.incidents if one.kind == EDITED and one.step == 0), "")
        return place

    def is_of(self, run: Run) -> bool:
        """Whether a new run is what comes of it."""
        return run.settings == self.settings and (self.dataset is None or run.dataset == self.dataset.name)


class UndoController(QObject):
    """Notes each new network as a step.

    A run that was trained is still in the tree, and is entered again; one that was not is begun again with its settings
    and its data, or put back if it is a branch.
    """

    def __init__(self, session: Session, stack: UndoStack, notices: Notices) -> None:
        super().__init__()
        self._notices = notices
        self._session = session
        self._stack = stack
        self._run, self._dataset, self._runs = session.run, session.dataset, session.runs
        self._seen: set[int] = set()  # the numbers of the runs that were there
        self._begun: _Place | None = None  # its run is on its way
        session.run_changed.connect(self._on_run_changed)

    def _go(self, place: _Place, leaving: _Place) -> None:
        session, run = self._session, place.run()
        left = session.run
        if place.removed is not None:
            self._begun, removed, place.removed = place, place.removed, None
            session.restore_run(removed)
            session.activate(removed.run.number)
        elif run is None or run not in session.runs.all:
            self._begun = place
            if place.dataset is not None and place.dataset is not session.dataset:
                session.set_dataset(place.dataset, place.settings)
            else:
                session.reset(
                    place.settings, first_weights=place.first_weights, name=place.name, edited=place.edited
                )  # fmt: skip
        elif run is not left:
            session.activate(run.number)
            if session.run is run and left.steps == left.root_step and not session.runs.children(left):
                empty = session.delete(left.number)
                leaving.removed = empty if left.parent is not None else None

    @Slot()
    def _on_run_changed(self) -> None:
        session, run, left = self._session, self._session.run, self._run
        if session.runs is not self._runs:  # another session was opened
            self._stack.clear()
        elif run is not left and left.number and run.parent in (None, left.number) and not self._was_there(run):
            begun, self._begun = self._begun, None
            before, after = _Place.of(left, self._dataset), _Place.of(run, session.dataset)
            if begun is not None and begun.is_of(run):
                begun.run = ref(run)
            elif words := _in_words(before, after, left, run):
                held = before.dataset.nbytes if before.dataset not in (None, after.dataset) else 0
                step = self._stack.note(words, partial(self._go, before, after), partial(self._go, after, before), held)
                if run.parent is None and left in session.runs.all:
                    self._say_what_is_kept(left, step)
        self._run, self._dataset, self._runs = run, session.dataset, session.runs
        self._seen = {run.number for run in session.runs}

    def _say_what_is_kept(self, left: Run, step: Step) -> None:
        batches = f"{left.steps:,} batch{'es' if left.steps > 1 else ''}"
        self._notices.tell(
            f"A new network. {left.name}, which trained {batches}, is kept in Runs.",
            {"Back to it": partial(self._stack.take_back, step)},
            about=self._session.run,
        )

    def _was_there(self, run: Run) -> bool:
        """Whether it was chosen rather than made; one that takes the place of an untrained run has its number."""
        return run.number in self._seen and self._run in self._session.runs.all


def _in_words(before: _Place, after: _Place, left: Run, run: Run) -> str:
    """What was done; "" if nothing that could be missed."""
    if run.parent is not None:
        return f"continue {left.name}"
    if before.dataset is not None and after.dataset is not None and before.dataset.name != after.dataset.name:
        return f"data {after.dataset.title}"
    if before.settings.preset != after.settings.preset:
        return f"preset {after.settings.preset}"
    if replace(before.settings, seed=after.settings.seed) != after.settings:
        return "other settings"
    return "reset" if left.steps or before.settings != after.settings else ""
