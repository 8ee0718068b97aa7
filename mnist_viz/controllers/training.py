"""Connects the controls of training with the session."""

import time
from dataclasses import replace
from functools import partial
from typing import cast

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.film_export import FilmExportController
from mnist_viz.controllers.notices import Notices
from mnist_viz.controllers.timeline import FilmController
from mnist_viz.data.user.examples import plural
from mnist_viz.engine.metrics import format_accuracy, guesses
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import LIVE_FIELDS, Settings
from mnist_viz.recording.run_words import changes_in_words, moment_in_words
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.conditions import Condition, Kind
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY, RESTING, State
from mnist_viz.session.worker import Stop, Stopped, Tested
from mnist_viz.views.actions import TransportState
from mnist_viz.views.run_until import RunUntilDialog
from mnist_viz.views.settings.panel import SettingsPanel
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow

SECONDS_UNTOLD = 0.5
"""Progress of recomputing a moment is shown after so long."""


class TrainingController(QObject):
    """Turns the controls' signals into calls of the session."""

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        transport: TransportBar,
        settings: SettingsPanel,
        notices: Notices,
        film: FilmController,
        film_export: FilmExportController,
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._transport = transport
        self._settings = settings
        self._notices = notices
        self._film = film
        self._film_export = film_export
        self._way_since, self._tells_way = 0.0, False
        self._until_is_open = False  # the dialog of "Run until", which begins with what was chosen last
        self._until_kind, self._until_values = "epochs", dict[str, float]()
        self._early = ""  # why training stopped early; empty once it continues
        window.commands.play.triggered.connect(self._on_play_toggled)
        window.commands.forward_batch.triggered.connect(session.step_batch)
        window.commands.forward_epoch.triggered.connect(session.step_epoch)
        window.commands.back_batch.triggered.connect(session.back_batch)
        window.commands.back_epoch.triggered.connect(session.back_epoch)
        window.commands.live.triggered.connect(session.go_live)
        window.commands.first.triggered.connect(self._on_first_requested)
        window.commands.run_until.triggered.connect(self._on_run_until_requested)
        window.commands.reset_same.triggered.connect(self._on_reset_same_requested)
        window.commands.reset_new.triggered.connect(session.reset_new)
        transport.speed_changed.connect(session.set_speed)
        transport.preset_chosen.connect(self._on_preset_chosen)
        settings.apply_requested.connect(self._reset)
        settings.live_changed.connect(self._on_live_changed)
        session.state_changed.connect(self._on_state_changed)
        session.run_changed.connect(self._on_run_changed)
        session.shown_changed.connect(self._show_rate)
        session.stopped.connect(self._on_stopped)
        session.tested.connect(self._on_tested)
        transport.set_presets([(p.name, p.title, p.description) for p in PRESETS.values()])
        settings.set_settings(session.settings)
        transport.set_current_preset(session.settings.preset)
        self._on_state_changed()

    @Slot(object)
    def _reset(self, settings: Settings) -> None:
        self._notices.clear()
        if settings.batch_size == 1:  # at a speed meant for batches an epoch of single digits takes 15 minutes
            self._transport.set_speed(None)
            self._session.set_speed(None)
        self._session.reset(settings)
        self._show_settings()

    def _show_settings(self) -> None:
        settings = self._session.settings
        self._settings.set_settings(settings)
        self._settings.set_running(settings)
        self._transport.set_current_preset(settings.preset)

    @Slot()
    def _show_rate(self) -> None:
        """Show the learning rate of the moment, where the schedule has made it another one than was set."""
        session, frame = self._session, self._session.shown
        rate = frame.learning_rate if frame is not None and not session.guest else None
        if frame is not None and rate == session.run.config.at(frame.step).learning_rate:
            rate = None
        self._settings.set_present_rate(rate, live=session.at_live)

    def refresh(self) -> None:
        """Show the progress of recomputing a past moment, if it takes long."""
        done, now = self._session.worked_out, time.monotonic()
        if done is None:
            if self._tells_way:
                self._notices.end_progress()
            self._way_since, self._tells_way = now, False
        elif now - self._way_since > SECONDS_UNTOLD:
            self._tells_way = True
            text = "Recomputing batches from the nearest recorded moment…"
            self._notices.progress(text, done, {"Cancel": self._session.pause})

    @Slot()
    def _on_play_toggled(self) -> None:
        if self._film.pause() or self._film_export.is_filming:  # it pauses the training
            return
        if self._session.state in BUSY:
            self._session.pause()
        else:
            self._notices.clear()
            self._play()

    def _play(self) -> None:
        """Train on from the newest moment; say so where another one was shown."""
        session = self._session
        run, shown, tail = session.run, session.timeline.shown, session.timeline.tail
        jumps = not session.guest and shown is not None and tail is not None and shown.step < tail.step
        session.play()
        if jumps and shown is not None and tail is not None:
            newest, left = (moment_in_words(frame.step, run.history.grid) for frame in (tail, shown))
            self._notices.tell(
                f"Training goes on from the newest moment, {newest}.",
                {f"Continue from {left} instead…": partial(self._continue_from, shown)},
                about=run,
            )

    def _continue_from(self, frame: Frame) -> None:
        """Go back to a moment of the run, and ask for the settings to continue with."""
        self._session.pause()
        self._session.timeline.show(frame)
        self._session.go_to_step(frame.step)
        self._window.commands.branch.trigger()

    @Slot()
    def _on_first_requested(self) -> None:
        self._session.go_to(0)

    @Slot()
    def _on_reset_same_requested(self) -> None:
        self._notices.clear()
        self._session.reset()

    @Slot(str)
    def _on_preset_chosen(self, name: str) -> None:
        self._transport.set_current_preset(self._session.settings.preset)  # until the reset is done
        self._reset(PRESETS[name].settings)

    @Slot(object)
    def _on_live_changed(self, settings: Settings) -> None:
        session, before = self._session, self._session.settings
        live = {name: getattr(settings, name) for name in LIVE_FIELDS}
        session.change(replace(before, **live))  # a reset may have come before the form knows
        self._settings.set_running(session.settings)
        if words := changes_in_words(before, session.settings):
            undo = partial(self._set_again, session.run.number, session.settings, before)
            redo = partial(self._set_again, session.run.number, before, session.settings)
            self._window.commands.undo_stack.note(words, undo, redo)

    def _set_again(self, number: int, present: Settings, wanted: Settings) -> bool:
        """Give a run what `wanted` has in the place of `present`; return whether it still had that."""
        session = self._session
        if session.run.number != number and session.state in RESTING:
            session.activate(number)
        names = [name for name in LIVE_FIELDS if getattr(present, name) != getattr(wanted, name)]
        settings = replace(session.settings, **{name: getattr(wanted, name) for name in names})
        had = all(getattr(session.settings, name) == getattr(present, name) for name in names)
        if session.run.number != number or not had or settings.problems():
            self._notices.tell("The run that was changed has other settings now, or is not shown: nothing was changed.")
            return False
        session.change(settings)
        for name in names:  # what else was typed stays
            self._settings.fields[name].set_value(getattr(settings, name))
        self._settings.set_running(settings)
        return True

    @Slot()
    def _on_run_until_requested(self) -> None:
        session = self._session
        if self._until_is_open or session.state not in RESTING or session.timeline.tail is None:
            return
        dialog = RunUntilDialog(session.end_of_training, layers=len(session.settings.hidden), parent=self._window)
        dialog.choose(self._until_kind, self._until_values)
        dialog.chosen.connect(self._on_until_chosen)
        dialog.finished.connect(self._on_until_finished)
        self._until_is_open = True
        dialog.open()

    @Slot(str, float)
    def _on_until_chosen(self, kind: str, value: float) -> None:
        self._until_kind = kind
        self._until_values[kind] = value
        if kind == "batches":
            self._session.run_until(steps=int(value))
        elif kind == "epochs":
            self._session.run_until(epochs=int(value))
        else:
            share = value / 100 if kind == "accuracy-above" else value
            self._session.run_until(condition=Condition(cast(Kind, kind), share))

    @Slot()
    def _on_until_finished(self) -> None:
        self._until_is_open = False

    @Slot()
    def _on_state_changed(self) -> None:
        session = self._session
        self._transport.set_state(TransportState(session.state.value, session.can_go_back, session.at_live))

    @Slot()
    def _on_run_changed(self) -> None:
        dataset = self._session.dataset
        self._notices.leave(self._session.run)
        if not self._session.guest:
            self._window.set_title(self._session.settings.preset)
        if dataset is not None:
            self._settings.set_sizes(dataset.input_size, len(dataset.class_names))
        if self._settings.waiting:  # keep what the user has typed
            self._settings.set_running(self._session.settings)
        else:
            self._show_settings()

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        self._early = note.message if note.reason is Stop.EARLY else ""
        run = self._session.run
        if note.reason in (Stop.EARLY, Stop.REACHED):
            self._notices.tell(note.message, about=run)
        elif note.reason is Stop.FAILED:
            self._notices.warn(f"Training stopped: {note.message}", {"Reset": self._session.reset}, about=run)

    @Slot(object)
    def _on_tested(self, note: Tested) -> None:
        dataset = self._session.dataset
        if dataset is not None and self._session.state is not State.RUNNING and not self._session.guest:
            if guesses(note.accuracy, len(dataset.class_names)):  # `DiagnosisController` says what helps
                return
            run = self._session.run
            right = (
                f"network reads {format_accuracy(note.accuracy)} of {dataset.counted(len(dataset.test), 'test')} "
                "it has never seen"
            )
            if self._early:
                self._notices.tell(f"{self._early} The best {right}.", about=run)
            else:
                epochs = plural(len(run.history.epochs), "epoch")
                self._notices.tell(f"Trained {epochs}: the {right}. Play continues.", about=run)
