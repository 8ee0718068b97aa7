"""Undo and redo of what puts another network in the place of the run: a preset, other data, settings, a reset."""

from dataclasses import dataclass, replace
from weakref import ref

from PySide6.QtCore import QObject, Slot

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.run import EDITED, Run
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.session import Session
from mnist_viz.views.actions import Actions

MOST = 50
"""Steps that can be undone."""


@dataclass(eq=False)
class _Place:
    """A run as it was left or entered; one that is no longer there can be begun again."""

    run: ref[Run]
    settings: Settings
    dataset: Dataset | None
    name: str = ""
    first_weights: Model | None = None  # unless they were drawn
    edited: str = ""

    @classmethod
    def of(cls, run: Run, dataset: Dataset | None) -> "_Place":
        place, first = cls(ref(run), run.settings, dataset), run.timeline.first
        if run.from_model and first is not None:
            place.name, place.first_weights = run.name, first.model
            place.edited = next((one.text for one in run.incidents if one.kind == EDITED and one.step == 0), "")
        return place


@dataclass(frozen=True, eq=False)
class _Step:
    """What was done, and from where to where it led."""

    words: str
    before: _Place
    after: _Place


class UndoController(QObject):
    """Notes each new network, and goes back and forth between them.

    A run that was trained is still in the tree, and is entered again; one that was not is begun again with its settings
    and its data.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self._actions = actions
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._run, self._dataset, self._runs = session.run, session.dataset, session.runs
        self._seen: set[int] = set()  # the numbers of the runs that were there
        self._awaited: _Place | None = None  # on its way there
        session.run_changed.connect(self._on_run_changed)
        actions.undo_work.triggered.connect(self.undo)
        actions.redo_work.triggered.connect(self.redo)
        self._show()

    @Slot()
    def undo(self) -> None:
        if self._done and self._awaited is None:
            self._undone.append(step := self._done.pop())
            self._go(step.before)

    @Slot()
    def redo(self) -> None:
        if self._undone and self._awaited is None:
            self._done.append(step := self._undone.pop())
            self._go(step.after)

    def _go(self, place: _Place) -> None:
        session, run = self._session, place.run()
        left = session.run
        self._awaited = place
        if run is None or run not in session.runs.all:
            if place.dataset is not None and place.dataset is not session.dataset:
                session.set_dataset(place.dataset, place.settings)
            else:
                session.reset(
                    place.settings, first_weights=place.first_weights, name=place.name, edited=place.edited
                )  # fmt: skip
        elif run is not left:
            session.activate(run.number)
            if session.run is run and not left.steps and not session.runs.children(left):
                session.delete(left.number)  # there is nothing in it
        self._show()

    @Slot()
    def _on_run_changed(self) -> None:
        session, run, left = self._session, self._session.run, self._run
        if session.runs is not self._runs:  # another session was opened
            self._done, self._undone, self._awaited = [], [], None
        elif self._awaited is not None:
            self._awaited.run, self._awaited = ref(run), None
        elif run is not left and left.number and run.parent is None and not self._was_there(run):
            before, after = _Place.of(left, self._dataset), _Place.of(run, session.dataset)
            if words := _in_words(before, after, trained=left.steps > 0):
                self._done = [*self._done[1 - MOST :], _Step(words, before, after)]
                self._undone = []
        self._run, self._dataset, self._runs = run, session.dataset, session.runs
        self._seen = {run.number for run in session.runs}
        self._show()

    def _was_there(self, run: Run) -> bool:
        """Whether it was chosen rather than made; one that takes the place of an untrained run has its number."""
        return run.number in self._seen and self._run in self._session.runs.all

    def _show(self) -> None:
        done = self._done[-1].words if self._done else ""
        self._actions.set_undo(done, self._undone[-1].words if self._undone else "")


def _in_words(before: _Place, after: _Place, *, trained: bool) -> str:
    """What was done; "" if nothing that could be missed."""
    if before.dataset is not None and after.dataset is not None and before.dataset.name != after.dataset.name:
        return f"data {after.dataset.title}"
    if before.settings.preset != after.settings.preset:
        return f"preset {after.settings.preset}"
    if replace(before.settings, seed=after.settings.seed) != after.settings:
        return "other settings"
    return "reset" if trained or before.settings != after.settings else ""
