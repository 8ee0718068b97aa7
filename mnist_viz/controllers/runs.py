"""Fills the panel "Runs" from the session's runs, and carries out its requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.controllers.redraw import Redraw
from mnist_viz.data.user.data_name import title_of
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import changes_in_words, moment_in_words, settings_in_words, shortened
from mnist_viz.recording.runs import Removed, Runs
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.session import Edit, Session
from mnist_viz.session.work import BUSY, State
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.runs.branch_dialog import BranchDialog
from mnist_viz.views.runs.panel import RunsPanel
from mnist_viz.views.runs.tree import RunRow
from mnist_viz.views.window import MainWindow

SECONDS_BETWEEN_FIGURES = 0.25


@dataclass(eq=False)
class _Deleted:
    """A run that was deleted, and what brings it back; the tree is not held, since another session may be opened."""

    removed: Removed
    was_active: bool
    tree: "ref[Runs]"
    text: str  # of the message that says so


class RunsController(QObject):
    """Fills the panel "Runs", and turns its signals into calls of the session."""

    def __init__(self, session: Session, panel: RunsPanel, window: MainWindow, notices: Notices) -> None:
        super().__init__()
        self._stack = window.commands.undo_stack
        self._session = session
        self._panel = panel
        self._window = window
        self._notices = notices
        self._asked: tuple[Run, Frame] | None = None  # the moment that the open dialog is about
        self._to_train: tuple[int, int] | None = None  # number and first step of a branch to train once it exists
        self._state = session.state
        # With the last epoch among which it was found.
        self._bests: WeakKeyDictionary[Run, tuple[EpochEnd | None, float | None]] = WeakKeyDictionary()
        self._redraw = Redraw(self._show, self, SECONDS_BETWEEN_FIGURES, panel=panel)
        session.runs_changed.connect(self._redraw.at_once)
        session.run_changed.connect(self._on_run_changed)
        session.state_changed.connect(self._on_state_changed)
        session.metrics_changed.connect(self._redraw.mark)
        session.stopped.connect(self._on_stopped)
        panel.tree.run_activated.connect(self._on_activated)
        panel.tree.renamed.connect(self._on_renamed)
        panel.tree.recolored.connect(session.recolor)
        panel.tree.visibility_toggled.connect(session.set_visible)
        panel.tree.delete_requested.connect(self._on_delete_requested)
        panel.branch_requested.connect(self.ask_for_branch)
        window.commands.branch.triggered.connect(self.ask_for_branch)

    def refresh(self) -> None:
        """Show the figures of the run that trains; start a branch that is to be trained."""
        self._redraw.tick()
        run = self._session.run
        if self._to_train is not None and (run.number, run.root_step) == self._to_train:
            self._to_train = None
            self._session.play()

    # What the panel shows

    def _show(self) -> None:
        session = self._session
        self._panel.set_rows([self._row(run, depth) for run, depth in self._tree()])
        self._panel.set_can_branch(bool(len(session.runs)) and session.state is not State.PREPARING)

    def _tree(self) -> Iterator[tuple[Run, int]]:
        """Each run after the one that it left, with how many runs were left for it."""
        runs = self._session.runs
        waiting = [(run, 0) for run in reversed(runs.all) if run.parent is None]
        while waiting:
            run, depth = waiting.pop()
            yield run, depth
            waiting += [(child, depth + 1) for child in reversed(runs.children(run))]

    def _row(self, run: Run, depth: int) -> RunRow:
        session = self._session
        active = run is session.run
        parent = session.runs.get(run.parent) if run.parent is not None else None
        trained_with = run.trained_with  # not what was set since, with which no batch was trained
        if parent is None:
            datasets = {other.dataset for other in session.runs}
            origin = f"first weights on {title_of(run.dataset)}" if len(datasets) > 1 else "first weights"
            settings = settings_in_words(trained_with)
        else:
            origin = f"from {moment_in_words(run.root_step, run.history.grid)} of {shortened(parent.name)}"
            left = parent.config.until(run.root_step).settings
            settings = changes_in_words(left, trained_with) or "same settings"
        if parent is None and trained_with != run.config.changes[0][1]:
            settings = f"now {settings}"
        return RunRow(
            run.number,
            run.name,
            run.color,
            depth,
            origin,
            settings,
            run.history.grid.position(run.steps),
            self._best(run),
            run.visible,
            active,
            active and session.state in BUSY,
        )

    def _best(self, run: Run) -> float | None:
        """Its best validation accuracy, looked for again only where epochs have come or gone."""
        epochs = run.history.epochs
        last = epochs[-1] if epochs else None
        known = self._bests.get(run)
        if known is None or known[0] is not last:
            known = last, max((epoch.val_accuracy for epoch in epochs), default=None)
            self._bests[run] = known
        return known[1]

    # Branching

    @Slot()
    def ask_for_branch(self) -> None:
        """Ask for the settings of a branch from the shown moment; training continues meanwhile."""
        session = self._session
        run, frame = session.run, session.timeline.shown
        if frame is None or run not in session.runs.all or self._asked is not None:
            return
        if session.guest:  # the moment that would be meant is not on screen
            self._notices.tell("A network from a file has no recorded moments: press End to go back to the run.")
            return
        moment = moment_in_words(frame.step, run.history.grid)
        # What was changed a moment ago is not in the run's settings yet.
        settings = session.settings if session.timeline.live else run.config.until(frame.step).settings
        dialog = BranchDialog(moment, run.name, settings, f"Run {session.runs.next_number}", self._window)
        dialog.chosen.connect(self._on_branch_chosen)
        dialog.finished.connect(self._on_branch_finished)
        self._asked = run, frame
        dialog.open()

    @Slot(object, str, bool)
    def _on_branch_chosen(self, settings: Settings, name: str, train: bool) -> None:
        session = self._session
        assert self._asked is not None
        run, frame = self._asked
        if run is not session.run or frame.step > run.steps:
            self._notices.warn("The run has changed meanwhile, and that moment is not in it: choose another one.")
            return
        self._notices.clear()
        session.timeline.show(frame)  # training may have gone on
        self._to_train = (session.runs.next_number, frame.step) if train else None
        session.branch(settings, name)

    @Slot()
    def _on_branch_finished(self) -> None:
        self._asked = None

    def continue_edited(self, frame: Frame, settings: Settings, name: str, edit: Edit) -> None:
        """Make a branch of the active run from an edited network in the place of the one of `frame`, and train it."""
        session = self._session
        session.timeline.show(frame)
        self._to_train = (session.runs.next_number, frame.step)
        session.branch(settings, name, edit)

    def continue_from(self, step: int, settings: Settings, name: str) -> None:
        """Make a branch of the active run from the moment after `step` batches, and train it."""
        self._to_train = (self._session.runs.next_number, step)
        self._session.branch_at(step, settings, name)

    # What is done with a run

    @Slot(int)
    def _on_activated(self, number: int) -> None:
        if number in self._session.runs:
            self._to_train = None
            self._session.activate(number)

    @Slot(int)
    def _on_delete_requested(self, number: int) -> None:
        session = self._session
        if number not in session.runs:
            return
        run, was_active = session.runs.get(number), session.run.number == number
        if (removed := self._delete(run)) is None:
            return
        gone = _Deleted(removed, was_active, ref(session.runs), f"Deleted “{shortened(run.name)}”.")
        held = sum(frame.nbytes for frame in run.timeline.frames)
        step = self._stack.note(
            f"delete {shortened(run.name)}", partial(self._restore, gone), partial(self._delete_again, gone), held
        )
        self._notices.tell(gone.text, {"Undo delete": partial(self._stack.take_back, step)}, stands=True)

    def _delete(self, run: Run) -> Removed | None:
        """Take a run out, or say why it stays."""
        if len(self._session.runs) == 1:
            self._notices.tell("The only run cannot be deleted. Reset starts another one.")
        elif (removed := self._session.delete(run.number)) is None:
            self._notices.tell("The run that is training cannot be deleted: pause it first.")
        else:
            return removed
        return None

    def _delete_again(self, gone: "_Deleted") -> bool:
        removed = self._delete(gone.removed.run)
        gone.removed = removed or gone.removed
        return removed is not None

    def _restore(self, gone: "_Deleted") -> bool:
        self._notices.withdraw(gone.text)
        if self._session.runs is not gone.tree():
            self._notices.tell("The deleted run belongs to a session that is no longer open.")
            return False
        self._session.restore_run(gone.removed)
        if gone.was_active:
            self._session.activate(gone.removed.run.number)
        return True

    @Slot(int, str)
    def _on_renamed(self, number: int, name: str) -> None:
        session = self._session
        if number not in session.runs:
            return
        run = session.runs.get(number)
        before = run.name
        session.rename(number, name)
        if run.name != before:
            again = partial(self._rename, ref(run), run.name)
            self._stack.note(f"rename {shortened(before)}", partial(self._rename, ref(run), before), again)

    def _rename(self, run: "ref[Run]", name: str) -> bool:
        named = run()
        if named is None or named not in self._session.runs.all:
            return False
        self._session.rename(named.number, name)
        return True

    # What the session says

    @Slot()
    def _on_run_changed(self) -> None:
        self._redraw.at_once()
        run = self._session.run
        if (run.number, run.root_step) != self._to_train:
            self._to_train = None  # another run was chosen meanwhile

    @Slot()
    def _on_state_changed(self) -> None:
        if self._session.state is not self._state:  # the signal also follows each move of the cursor
            self._state = self._session.state
            self._redraw.at_once()

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason in (Stop.FAILED, Stop.DIVERGED):
            self._to_train = None  # there is no branch
