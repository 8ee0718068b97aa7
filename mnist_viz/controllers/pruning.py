"""Trains on from a network that was edited in the panel "Break and prune"."""

from dataclasses import replace

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.pruning import Edits, edited, with_zeros_of
from mnist_viz.controllers.notices import Notices
from mnist_viz.controllers.runs import RunsController
from mnist_viz.recording.run_words import MAX_NAME, moment_in_words, shortened
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.session.session import Edit, Session
from mnist_viz.session.work import State
from mnist_viz.views.questions.pruning import PruningPanel


class PruningController(QObject):
    """Does the edits to the moment shown, and makes a run of the result, in which weights that are zero stay zero."""

    def __init__(self, session: Session, runs: RunsController, notices: Notices) -> None:
        super().__init__()
        self._session = session
        self._runs = runs
        self._notices = notices
        self._panel: PruningPanel | None = None

    @Slot(object)
    def connect_panel(self, panel: QWidget) -> None:
        """Do what this panel asks for, if it is the one."""
        if isinstance(panel, PruningPanel):
            self._panel = panel
            panel.branch_requested.connect(self._on_branch_requested)
            panel.restart_requested.connect(self._on_restart_requested)

    @Slot(object)
    def _on_branch_requested(self, edits: Edits) -> None:
        session, frame = self._session, self._shown()
        if frame is None:
            return
        model = Model.of(edited(frame.model.network(), edits))
        settings = session.settings if session.timeline.live else session.run.config.until(frame.step).settings
        edit = Edit(model, f"{edits.words} at {moment_in_words(frame.step, session.history.grid)}.")
        self._made()
        self._runs.continue_edited(frame, replace(settings, keep_zeros=True), edits.words[:MAX_NAME], edit)

    @Slot(object)
    def _on_restart_requested(self, edits: Edits) -> None:
        session, frame, first = self._session, self._shown(), self._session.timeline.first
        if frame is None or first is None:
            return
        run = session.run
        model = Model.of(with_zeros_of(first.model.network(), edited(frame.model.network(), edits)))
        moment = moment_in_words(frame.step, session.history.grid)
        text = f"The first weights of {shortened(run.name)} without those that were gone at {moment}: {edits.words}."
        self._made()
        session.reset(
            replace(run.config.at(0), keep_zeros=True), first_weights=model,
            name=f"First weights, {edits.words}"[:MAX_NAME], edited=text,
        )  # fmt: skip
        session.play()

    def _made(self) -> None:
        """The edits go into a run of their own; what is shown next is seen as it is."""
        self._notices.clear()
        if self._panel is not None:
            self._panel.restore()

    def _shown(self) -> Frame | None:
        """The moment shown, if a run can be made from it; else it is said why not."""
        session = self._session
        if session.guest:
            self._notices.tell("A network from a file has no recorded moments: press End to go back to the run.")
        elif session.state is State.PREPARING or not len(session.runs):
            self._notices.tell("There is no run to go on from yet: load a data set first.")
        else:
            return session.timeline.shown
        return None
