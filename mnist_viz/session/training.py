"""Training the active run, stepping through it, and handling what the worker publishes."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal

from mnist_viz.engine.diagnosis import Finding, of_epochs
from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.conditions import Condition
from mnist_viz.session.work import BUSY, RESTING, Action, State, TrainerRequest, WorkSession
from mnist_viz.session.worker import (
    Configured,
    Found,
    Loading,
    Note,
    Ready,
    Recorded,
    Replayed,
    Returned,
    Stop,
    Stopped,
    Tested,
)

SECONDS_BETWEEN_FRAMES = 0.1
"""While training is followed: capturing a frame and painting it take time from it."""

SECONDS_STILL = 0.15
"""So long the cursor rests before the way back is worked out, which would slow down who goes through the past."""

WORKED_OUT_AHEAD = 16
"""Batches before the shown moment that one can go back at once, where training rests and it takes no more than this."""
MOST_BATCHES_AHEAD, MOST_BYTES_AHEAD = 128, 2 * 2**20
"""To run again, and of a frame: more would warm the machine for what perhaps nobody asks for."""

SECONDS_TO_MEASURE = 0.5
"""The speed of training is that over so long or more."""


class TrainingSession(WorkSession):
    """The active run is trained, and stepped through forwards and backwards."""

    stopped = Signal(object)  # a Stopped: the worker came to rest
    tested = Signal(object)  # a Tested
    diagnosed = Signal(object)  # a Finding: something keeps the active run from learning

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._playing = Action(self._play_on)
        self._goal: tuple[int | None, int | None, Condition | None] = (None, None, None)  # epochs, a step, a condition
        self._measured_at, self._measured_steps = 0.0, 0
        self._live_due = 0.0
        self._seen: Frame | None = None  # shown at the last tick, and since when
        self._still_since = 0.0
        self._ahead: int | None = None  # the step that is being worked out ahead

    def play(self) -> None:
        """Train from the newest state on, whatever is shown."""
        if self._state in RESTING:
            self.go_live()
        if self._state not in BUSY:
            self._request(self._playing)

    def _play_on(self) -> None:
        self.go_live()
        self._extend(0)
        self._train(epochs=self.epochs)

    def run_until(
        self, *, steps: int | None = None, epochs: int | None = None, condition: Condition | None = None
    ) -> None:
        """Train so many batches more, or to the end of so many epochs more, or until the condition holds; then pause.

        The rest of an epoch that has begun counts as one. Without a number it ends with the run's last epoch.
        """
        if self._state not in RESTING:
            return
        self.go_live()
        tail = self.timeline.tail
        if tail is None:
            return
        grid = self.history.grid
        if epochs is not None:
            steps = grid.start(grid.at(tail.step)[0] + epochs) - tail.step
        if steps is None:
            self._extend(0)
            self._request(Action(lambda: self._train(epochs=self.epochs, until=condition)))
        else:
            self._extend(-(-int(1e6 * grid.position(tail.step + steps)) // 10**6))
            self._request(Action(lambda: self._train(steps=steps, until=condition)))

    def _extend(self, epochs: int) -> None:
        """Let the run end no sooner than after `epochs`; a run that is done goes on for as long as the first time."""
        wanted = max(self.end_of_training, epochs)
        if wanted != self.epochs:
            self.run.epochs = wanted
            self.recorded_changed.emit()

    def _train(self, *, steps: int | None = None, epochs: int | None = None, until: Condition | None = None) -> None:
        tail = self.timeline.tail
        self._goal = epochs, tail.step + steps if steps is not None and tail is not None else None, until
        self._worker.run(steps=steps, epochs=epochs, until=until)
        self._set_state(State.RUNNING)

    def resume(self) -> None:
        """Go on with the training that was paused, to where it was to go."""
        epochs, step, until = self._goal
        tail = self.timeline.tail
        if self._state not in RESTING or tail is None or (step is not None and step <= tail.step):
            return
        self.go_live()
        steps = step - tail.step if step is not None else None
        self._request(Action(lambda: self._train(steps=steps, epochs=epochs, until=until)))

    def pause(self) -> None:
        if self._state in BUSY:
            self._worker.pause()
        elif self._state is State.PREPARING:
            self._waiting.clear()

    # Steps

    def step_batch(self) -> None:
        """Forwards by one batch: to what is recorded, or at the end by training it."""
        self._forwards(1)

    def step_epoch(self) -> None:
        if self.guest:
            self.go_live()
        shown = self.shown
        if shown is not None:
            grid = self.history.grid
            self._forwards(grid.start(grid.at(shown.step)[0] + 1) - shown.step)

    def back_batch(self) -> None:
        """Backwards by one batch, exactly: worked out again from the frame before if it is not recorded."""
        if self.can_go_back and self.shown is not None:
            self._show_step(self.shown.step - 1)
            self._work_ahead()

    def back_epoch(self) -> None:
        if self.can_go_back and self.shown is not None:
            grid = self.history.grid
            self._show_step(grid.start(grid.at(self.shown.step - 1)[0]))

    def go_to_step(self, step: int) -> None:
        """Show the moment after `step` batches, working its frame out again if it is not recorded."""
        tail = self.timeline.tail
        if tail is not None:
            self._guest = None
            self._show_step(min(max(step, 0), tail.step))

    def forget_replayed(self) -> None:
        self._ahead = None
        self._replay_cache.clear()

    def _forwards(self, steps: int) -> None:
        """To the moment `steps` further on, worked out again if it is not recorded; at the end, train."""
        if self.guest:
            self.go_live()
        shown, tail = self.shown, self.timeline.tail
        if shown is not None and tail is not None and shown.step < tail.step:
            self._show_step(min(shown.step + steps, tail.step))
        elif self._state in RESTING:
            self.timeline.go_live()
            self._request(Action(partial(self._step, steps)))

    def _step(self, steps: int) -> None:
        self._worker.run(steps=steps)
        self._set_state(State.STEPPING)

    def _show_step(self, step: int) -> None:
        """Put the cursor on `step`, working its frame out again if it is not recorded."""
        frame = self._known(step)
        if frame is not None:
            self.timeline.show(frame)
            self._cursor_moved()
        elif self._state is State.RUNNING:
            self._request(Action(partial(self._show_step, step), trains=False))
        elif self._state in RESTING:
            self._request(Action(partial(self._replay, step)))

    def _known(self, step: int) -> Frame | None:
        return self.timeline.find(step) or self._replay_cache.find(step)

    def _start_of_replay(self, step: int) -> Frame | None:
        """The nearest frame before `step` from which training can be run again."""
        known = [self.timeline.keyframe(step - 1), self.shown, self._replay_cache.before(step)]
        starts = [frame for frame in known if frame is not None and frame.resumable and frame.step < step]
        return max(starts, key=lambda frame: frame.step, default=None)

    def _replay(self, step: int) -> None:
        """Put the cursor on `step`, with all that training needs to go on from there, by training there once more."""
        start = self._start_of_replay(step)
        if start is not None:
            self._wanted_step = step
            self._worker.mailbox.replayed = 0.0
            self._worker.replay(start, step)
            self._set_state(State.STEPPING)

    def _work_ahead(self) -> None:
        """Have the next moment back that is not known worked out while training rests, if it is near."""
        shown = self.shown
        if shown is None or self.guest or self._state not in RESTING or not self._has_trainer_of(self.run):
            return
        steps = range(shown.step - 1, max(shown.step - WORKED_OUT_AHEAD, 0), -1)
        step = next((step for step in steps if self._known(step) is None), None)
        start = self._start_of_replay(step) if step is not None and step != self._ahead else None
        if step is None or start is None:
            return
        self._ahead = step
        if step - start.step <= MOST_BATCHES_AHEAD and start.nbytes <= MOST_BYTES_AHEAD:
            self._worker.replay_ahead(start, step)

    # What the worker says

    def tick(self) -> None:
        """Take what the worker has published. Called by a timer, 30 to 60 times a second."""
        notes = self._worker.mailbox.take_notes()
        live = None
        if (now := time.monotonic()) >= self._live_due and (live := self._worker.mailbox.take_live()) is not None:
            self._live_due = now + SECONDS_BETWEEN_FRAMES
        before, shown = (self.can_go_back, self.at_live), self.shown
        changed = _Changed()
        raised: Exception | None = None
        for note in _grouped(notes):
            try:
                if isinstance(note, list):
                    changed.metrics |= self._take_batches(note)
                else:
                    self._take(note, changed)
            except Exception as error:  # the other notes are taken all the same: with a Stopped lost it would hang
                raised = raised or error
        self._measure_speed()
        if shown is not self._seen:
            self._seen, self._still_since = shown, now
        elif now - self._still_since > SECONDS_STILL:
            self._work_ahead()
        if live is not None and self._state in BUSY:
            self.timeline.follow(live)
            changed.shown = True
        if changed.recorded:
            self.runs.keep_to_budget()
            self.recorded_changed.emit()
        if changed.metrics:
            self.metrics_changed.emit()
        if changed.shown and self.shown is not shown:  # else it is a guest, or a moment of the past
            self.shown_changed.emit()
        if (self.can_go_back, self.at_live) != before:
            self.state_changed.emit()
        if raised is not None:
            raise raised

    def _take(self, note: Note, changed: "_Changed") -> None:
        run = self._publishing.run if self._publishing is not None else None
        stale = self._publishing is not self._requested
        if stale and not isinstance(note, Loading | Configured | EpochEnd | Recorded | Returned | Found):
            return  # a trainer that is not wanted any more; what its run has been trained it keeps
        match note:
            case Loading(TrainerRequest() as request):
                self._publishing = request
            case EpochEnd() if run is not None:
                run.history.add_epoch(note)
                changed.metrics = True
                self._judge_epochs(run)
            case Configured(config) if run is not None:
                run.configure(config)
                if run is self.run and config.settings == self._proposed:
                    self._proposed = None
            case Recorded(frame) if run is not None:
                run.timeline.add(frame)
                changed.recorded = changed.shown = True
            case Returned(frame) if run is not None:
                run.rewind(frame)
                self._replay_cache.clear()
                changed.recorded = changed.shown = changed.metrics = True
            case Found(finding) if run is not None:
                self._note_finding(run, finding)
            case Replayed(frame) if run is self.run:  # else it was worked out ahead, and another one was entered
                self._replay_cache.add(frame)
                if frame.step == self._wanted_step:
                    self._wanted_step = None
                    self.timeline.show(frame)
                    changed.shown = True
            case Ready():
                self._begin(note)
            case Tested() if run is not None:
                run.tested = note.step, note.loss, note.accuracy
                if run is self.run:
                    self.tested.emit(note)
            case Stopped():
                self._rest(note)

    def _judge_epochs(self, run: Run) -> None:
        """Note whether it overfits or learns nothing any more, once after each change of its settings."""
        since = run.config.changes[-1][0]
        epochs = [epoch for epoch in run.history.epochs if epoch.step > since]
        finding = of_epochs(epochs, run.settings, len(run.class_names))
        if finding is not None and not any(each.kind == finding.kind and each.step > since for each in run.incidents):
            self._note_finding(run, finding)

    def _note_finding(self, run: Run, finding: Finding) -> None:
        run.incidents.append(Incident(finding.step, finding.kind, finding.text))
        self.runs_changed.emit()
        if run is self.run:
            self.diagnosed.emit(finding)

    def _take_batches(self, batches: list[BatchEnd]) -> bool:
        if self._publishing is None or self._publishing.run is None:
            return False
        self._publishing.run.history.add_batches(batches)
        return True

    def _begin(self, ready: Ready) -> None:
        request, before = self._requested, self.runs.active
        if request is None:
            return
        request.run = run = request.make_run(ready)
        request.pending = False
        if run.settings != self.settings:  # they were changed while it was being built
            run.epochs = self.settings.epochs
            self._worker.change(self.settings)
        else:
            self._proposed = None
        self._forget_unused_data()
        if run is not before:
            self._replay_cache.clear()
            self._announce_run()

    def _rest(self, note: Stopped) -> None:
        self._wanted_step = self._ahead = None  # a way back that was cancelled ends where it is
        if note.reason is Stop.READY:
            self._set_state(State.PAUSED if self.run.steps else State.IDLE)
        elif note.reason in (Stop.DIVERGED, Stop.FAILED):
            self._waiting.clear()
            if self._requested is not None:
                self._requested.pending = False
            if not self._has_trainer:  # it could not be built: the run before stays, and can go on
                self._proposed = None
                self.dataset = self._data_of(self.run) or self.dataset
            self._incident("diverged" if note.reason is Stop.DIVERGED else "failed", note.message)
            self._set_state(State.FAILED)
        else:
            self._set_state(State.PAUSED)
        if note.reason is Stop.EARLY:
            self._incident("stopped-early", note.message)
        if note.best is not None:
            # The best parameters' frame, or the nearest where that one was thinned out.
            self.go_to_epoch(self.history.grid.position(note.best))
        if note.reason in (Stop.FINISHED, Stop.EARLY) and self.dataset is not None:
            self._worker.test(self.dataset.test.images, self.dataset.test.labels)
        self.stopped.emit(note)
        self._proceed()

    @property
    def _has_trainer(self) -> bool:
        return self._requested is not None and self._requested.run is not None

    def _incident(self, kind: str, text: str) -> None:
        tail = self.timeline.tail
        if self._has_trainer and tail is not None:
            self.run.incidents.append(Incident(tail.step, kind, text))
            self.runs_changed.emit()

    def _measure_speed(self) -> None:
        now, steps = time.monotonic(), self.history.steps
        if steps < self._measured_steps or self._state is not State.RUNNING:
            self._samples_per_second = None
        elif now - self._measured_at < SECONDS_TO_MEASURE:
            return
        else:
            grid = self.history.grid
            epochs = grid.position(steps) - grid.position(self._measured_steps)
            self._samples_per_second = epochs * grid.samples / (now - self._measured_at)
        self._measured_at, self._measured_steps = now, steps


@dataclass
class _Changed:
    """What a tick has changed; each is signalled once at its end."""

    recorded: bool = False
    metrics: bool = False
    shown: bool = False


def _grouped(notes: Iterable[Note]) -> Iterator[Note | list[BatchEnd]]:
    """The notes in order; batches that follow each other come together."""
    batches: list[BatchEnd] = []
    for note in notes:
        if isinstance(note, BatchEnd):
            batches.append(note)
            continue
        if batches:
            yield batches
            batches = []
        yield note
    if batches:
        yield batches
