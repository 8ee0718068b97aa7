"""Says what keeps a run from learning, and does what helps at one click."""

from dataclasses import replace
from functools import partial
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.notices import Choices, Notices
from mnist_viz.controllers.runs import RunsController
from mnist_viz.engine.diagnosis import Finding, better_rate
from mnist_viz.engine.metrics import format_accuracy, guesses
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import moment_in_words, name_of_changes
from mnist_viz.session.session import Session
from mnist_viz.session.work import State
from mnist_viz.session.worker import Stop, Stopped, Tested

_MILD = ("overfitting", "plateau")
"""Such a run has learned something."""


class DiagnosisController(QObject):
    """Shows each finding about the active run, with a button that goes back and continues with other settings."""

    def __init__(self, session: Session, notices: Notices, runs: RunsController) -> None:
        super().__init__()
        self._session = session
        self._notices = notices
        self._runs = runs
        self._findings: WeakKeyDictionary[Run, Finding] = WeakKeyDictionary()  # the latest that is not mild
        session.diagnosed.connect(self._on_diagnosed)
        session.stopped.connect(self._on_stopped)
        session.tested.connect(self._on_tested)

    @Slot(object)
    def _on_diagnosed(self, finding: Finding) -> None:
        run = self._session.run
        if finding.kind in _MILD:
            self._notices.tell(finding.text, self._remedy(run, finding), stands=True, about=run)
        else:
            self._findings[run] = finding
            self._notices.warn(finding.text, self._remedy(run, finding), stands=True, about=run)

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason is Stop.DIVERGED:
            run = self._session.run
            choices = self._remedy(run, note.finding) if note.finding is not None else None
            self._notices.warn(f"{note.message} The last good network is shown.", choices, about=run)

    @Slot(object)
    def _on_tested(self, note: Tested) -> None:
        session, dataset = self._session, self._session.dataset
        if dataset is None or session.state is State.RUNNING or session.guest:
            return
        if not guesses(note.accuracy, len(dataset.class_names)):
            return
        run = session.run
        text = f"The network only guesses: {format_accuracy(note.accuracy)} of the test {dataset.noun} are right."
        finding = self._findings.get(run)
        if finding is not None:
            self._notices.warn(f"{text} {finding.text}", self._remedy(run, finding), stands=True, about=run)
            return
        rate = better_rate(session.settings)
        self._notices.warn(text, {f"Reset with {rate:g}": partial(self._reset, rate)}, about=run)

    def _remedy(self, run: Run, finding: Finding) -> Choices:
        before, after = run.config.at(max(finding.step - 1, 0)), finding.settings
        name = name_of_changes(before, after)
        if before.needs_reset(after):
            return {f"Start again with {name}": partial(self._session.reset, after)}
        moment = moment_in_words(finding.back, run.history.grid)
        back = finding.back < finding.step
        where = f"Continue from {moment}" if not back else f"Back to {moment}" if finding.back else "Restart"
        label = f"{where} with {name}"
        return {label: partial(self._runs.continue_from, finding.back, after, name)}

    def _reset(self, rate: float) -> None:
        self._session.reset(replace(self._session.settings, learning_rate=rate))
