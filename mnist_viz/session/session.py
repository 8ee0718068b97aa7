"""The run in the window: its states, what may happen in each, and the signals that tell the window."""

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.pictures import Shape, usual_shape
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.engine.training import BatchEnd, EpochEnd, Trainer
from mnist_viz.recording.history import History
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.timeline import Timeline
from mnist_viz.session.worker import Loading, Ready, Recorded, Replayed, Returned, Stop, Stopped, Tested, Worker


class State(Enum):
    """What the session is doing. Every question of what is possible now is answered from this."""

    PREPARING = "preparing"  # data or a new network are on their way
    IDLE = "idle"  # at the first weights
    RUNNING = "running"
    PAUSED = "paused"
    STEPPING = "stepping"  # a counted number of batches, forwards or backwards
    FAILED = "failed"  # training stopped by itself; the last good frame is there


SPEED_SECONDS = 0.5

RESTING = frozenset({State.IDLE, State.PAUSED, State.FAILED})
BUSY = frozenset({State.RUNNING, State.STEPPING})


class Session(QObject):
    """One run at a time, and the frame of it that is shown.

    Everything here happens on the GUI thread. `tick` takes what the worker has published; the signals go out
    from there.
    """

    state_changed = Signal()
    run_changed = Signal()  # a new network stands at its first weights
    shown_changed = Signal()  # another frame is shown
    recorded_changed = Signal()  # the timeline has other frames, or another end
    metrics_changed = Signal()
    stopped = Signal(object)  # a Stopped: the worker came to rest
    tested = Signal(object)  # a Tested

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.epochs = settings.epochs  # when the present run ends: later than its settings say, if asked for more
        self.dataset: Dataset | None = None
        self._run_dataset: Dataset | None = None  # of the run that is shown; other data come with the next run
        self.timeline = Timeline()
        self.history = History(EpochGrid(1, 1))
        self.tested_at: Tested | None = None
        self._guest: Frame | None = None
        self._guest_names: tuple[str, ...] = ()
        self._guest_shape: Shape | None = None
        self._first_weights: NDArray[np.floating] | None = None
        self._state = State.PREPARING
        self._play_when_ready = False
        self._pending: Callable[[], None] | None = None  # what waits for a running training to pause
        self._wanted_step: int | None = None  # where a replay will put the cursor
        self._replayed: dict[int, Frame] = {}  # frames of the last replay, by step
        self._measured = (0.0, 0)  # time and steps when the speed was last measured
        self._speed: float | None = None
        self._awaited = 0  # runs asked for that the worker has not begun to build
        self._worker = Worker()

    # What is shown

    @property
    def state(self) -> State:
        return self._state

    @property
    def shown(self) -> Frame | None:
        """The frame the window draws: a guest's, or the one at the timeline's cursor."""
        return self._guest or self.timeline.shown

    @property
    def guest(self) -> bool:
        """Whether a model from a file is shown in place of the run."""
        return self._guest is not None

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the outputs of the network shown stand for."""
        if self._guest is not None:
            return self._guest_names
        return self._run_dataset.class_names if self._run_dataset is not None else ()

    @property
    def image_shape(self) -> Shape | None:
        """The shape of the pictures that the network shown reads; None if its inputs are no picture."""
        if self._guest is not None:
            return self._guest_shape
        return self._run_dataset.image_shape if self._run_dataset is not None else None

    @property
    def samples_per_second(self) -> float | None:
        """Training speed, while it trains."""
        return self._speed if self._state is State.RUNNING else None

    @property
    def at_live(self) -> bool:
        return self._guest is None and self.timeline.live

    @property
    def has_trained(self) -> bool:
        """Whether there is work in this run that a reset would throw away."""
        tail = self.timeline.tail
        return tail is not None and tail.step > 0

    @property
    def can_go_back(self) -> bool:
        shown = self.shown
        return self._guest is None and shown is not None and shown.step > 0

    def show_guest(self, model: Model, class_names: tuple[str, ...], image_shape: Shape | None = None) -> None:
        """Show a model that is not of this run, until the user does something with the run.

        Args:
            model: the network.
            class_names: one a class.
            image_shape: of the pictures that it reads; by default a square.
        """
        self.pause()
        self._guest, self._guest_names = Frame(model), class_names
        self._guest_shape = image_shape if image_shape is not None else usual_shape(model.sizes[0])
        self.shown_changed.emit()
        self.state_changed.emit()

    # A new run

    def set_dataset(self, dataset: Dataset) -> None:
        """Use other data; starts a new run with the present settings."""
        self.dataset = dataset
        self._first_weights = None
        if self._guest is not None:
            sizes = self._guest.model.sizes
            if (sizes[0], sizes[-1]) != (dataset.input_size, len(dataset.class_names)):
                self._guest = None  # it can read none of these data
        self._start(self.settings)

    def expect_dataset(self) -> None:
        """Data are on their way: until they come, nothing can run."""
        if self.dataset is None:
            self._set_state(State.PREPARING)

    def reset(self, settings: Settings | None = None, *, first_weights: Model | None = None) -> None:
        """Start again from the first weights: the same ones if the settings are the same.

        Args:
            settings: of the new run; by default the present ones.
            first_weights: train on from this model, whose architecture the settings must have.
        """
        self._guest = None
        self._play_when_ready = False
        self._start(settings or self.settings, first_weights)

    def reset_new(self) -> None:
        """Start again from other first weights, and another order of the samples."""
        self._first_weights = None
        self.reset(replace(self.settings, seed=self.settings.seed + 1))

    def _start(self, settings: Settings, first_weights: Model | None = None) -> None:
        if first_weights is not None:
            self._first_weights = first_weights.parameters
        elif self.settings.needs_reset(settings.check()):
            self._first_weights = None  # another network has first weights of its own
        self.settings = settings.check()
        self.epochs = settings.epochs
        if self.dataset is None:
            return
        self._pending = self._wanted_step = None
        self._set_state(State.PREPARING)
        dataset, parameters = self.dataset, self._first_weights
        train = dataset.train.images, dataset.train.labels
        validation = dataset.validation.images, dataset.validation.labels
        classes, shape = len(dataset.class_names), dataset.image_shape
        self._awaited += 1
        self._worker.load(
            lambda: Trainer(settings, train, validation, classes=classes, parameters=parameters, image_shape=shape)
        )

    # Training

    def play(self) -> None:
        """Train from the newest state on, whatever is shown."""
        if self._state is State.PREPARING:
            self._play_when_ready = True
        elif self._state in RESTING:
            self.go_live()
            done = self.history.epochs[-1].epoch + 1 if self.history.epochs else 0
            if done >= self.epochs:  # asked for more
                self.epochs = done + self.settings.epochs
                self.recorded_changed.emit()
            self._worker.run(epochs=self.epochs)
            self._set_state(State.RUNNING)

    def pause(self) -> None:
        self._play_when_ready = False
        if self._state in BUSY:
            self._worker.pause()

    def step_batch(self) -> None:
        """Forwards by one batch: to what is recorded, or at the end by training it."""
        self._forwards(1)

    def step_epoch(self) -> None:
        """Forwards to the end of the epoch."""
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

    def back_epoch(self) -> None:
        """Backwards to the end of the epoch before."""
        if self.can_go_back and self.shown is not None:
            grid = self.history.grid
            self._show_step(grid.start(grid.at(self.shown.step - 1)[0]))

    def go_to(self, index: int) -> None:
        """Show the recorded frame number `index`; training goes on meanwhile."""
        self._guest = None
        self.timeline.go_to(index)
        self._cursor_moved()

    def go_to_epoch(self, epoch: float) -> None:
        """Show the recorded frame nearest to `epoch`."""
        frames = self.timeline.frames
        if frames:
            self.go_to(min(range(len(frames)), key=lambda i: abs(frames[i].epoch - epoch)))

    def go_live(self) -> None:
        self._guest = None
        self.timeline.go_live()
        self._cursor_moved()

    def set_speed(self, batches_per_second: float | None) -> None:
        self._worker.set_speed(batches_per_second)

    def change(self, settings: Settings) -> None:
        """Use `settings` from the next batch on, a new batch size from the next epoch on; a reset starts with them.

        Raises:
            ValueError: they are impossible, or differ from the present ones in something that needs a reset.
        """
        if fixed := self.settings.needs_reset(settings.check()):
            raise ValueError(f"{SPECS[fixed[0]].title} cannot change while a run goes on: it needs a reset.")
        longer = settings.epochs != self.settings.epochs
        self.settings = settings
        if longer:
            self.epochs = settings.epochs
        self._worker.change(settings)
        if longer:
            self.recorded_changed.emit()

    def close(self) -> bool:
        """Stop training and end the worker; return whether it ended."""
        return self._worker.close()

    # What the worker says

    def tick(self) -> None:
        """Take what the worker has published. Called by a timer, 30 to 60 times a second."""
        notes = self._worker.mailbox.take_notes()
        live = self._worker.mailbox.take_live()
        could_go_back = self.can_go_back
        batches: list[BatchEnd] = []
        recorded = moved = metrics = False
        for note in notes:
            if isinstance(note, Loading):
                self._awaited -= 1
            if self._awaited:
                continue  # the last words of a run that is not wanted any more
            if isinstance(note, BatchEnd):
                batches.append(note)
                continue
            metrics |= bool(batches)
            self.history.add_batches(batches)
            batches = []
            match note:
                case EpochEnd():
                    self.history.add_epoch(note)
                    metrics = True
                case Recorded(frame):
                    self.timeline.add(frame)
                    recorded = moved = True
                case Returned(frame):
                    self.timeline.rewind(frame)
                    self.history.rewind(frame.step)
                    recorded = moved = metrics = True
                case Replayed(frame):
                    self._replayed[frame.step] = frame
                    if frame.step == self._wanted_step:
                        self._wanted_step = None
                        self.timeline.show(frame)
                        moved = True
                case Ready(trainer):
                    self._begin(trainer)
                case Tested():
                    self.tested_at = note
                    self.tested.emit(note)
                case Stopped():
                    self._rest(note)
        metrics |= bool(batches)
        self.history.add_batches(batches)
        self._measure_speed()
        if live is not None and self._state in BUSY:
            self.timeline.follow(live)
            moved = True
        if recorded:
            self.recorded_changed.emit()
        if metrics:
            self.metrics_changed.emit()
        if moved and not self.guest:
            self.shown_changed.emit()
        if self.can_go_back != could_go_back:
            self.state_changed.emit()

    def _begin(self, trainer: Trainer) -> None:
        self._run_dataset = self.dataset
        self.timeline.clear()
        self._replayed.clear()
        self.history = History(trainer.grid)
        self.tested_at = None
        self.run_changed.emit()
        self.metrics_changed.emit()

    def _rest(self, note: Stopped) -> None:
        if note.reason is Stop.READY:
            self._set_state(State.IDLE)
        elif note.reason in (Stop.DIVERGED, Stop.FAILED):
            self._pending = None
            self._set_state(State.FAILED)
        else:
            self._set_state(State.PAUSED)
        if note.best is not None:
            self._show_best(note.best)
        if note.reason in (Stop.FINISHED, Stop.EARLY) and self.dataset is not None:
            self._worker.test(self.dataset.test.images, self.dataset.test.labels)
        self.stopped.emit(note)
        if self._pending is not None:
            pending, self._pending = self._pending, None
            pending()
        elif self._play_when_ready and self._state is State.IDLE:
            self._play_when_ready = False
            self.play()

    # Helpers

    def _measure_speed(self) -> None:
        """Samples a second over the last half second or more."""
        now, steps = time.monotonic(), self.history.steps
        since, before = self._measured
        if steps < before or self._state is not State.RUNNING:
            self._measured, self._speed = (now, steps), None
        elif now - since >= SPEED_SECONDS and self.dataset is not None:
            grid = self.history.grid
            epochs = grid.position(steps) - grid.position(before)
            self._speed = epochs * len(self.dataset.train) / (now - since)
            self._measured = now, steps

    def _forwards(self, steps: int) -> None:
        """To the moment `steps` further on, worked out again if it is not recorded; at the end, train."""
        if self.guest:
            self.go_live()
        shown, tail = self.shown, self.timeline.tail
        if shown is not None and tail is not None and shown.step < tail.step:
            self._show_step(min(shown.step + steps, tail.step))
        elif self._state in RESTING:
            self.timeline.go_live()
            self._worker.run(steps=steps)
            self._set_state(State.STEPPING)

    def _show_step(self, step: int) -> None:
        """Put the cursor on `step`, working its frame out again if it is not recorded."""
        frame = self.timeline.find(step) or self._replayed.get(step)
        if frame is not None:
            self.timeline.show(frame)
            self._cursor_moved()
        elif self._state is State.RUNNING:
            self._after_pause(lambda: self._show_step(step))
        elif self._state in RESTING:
            known = [f for f in (self.timeline.before(step), self.shown) if f is not None and f.step < step]
            if known:
                self._replayed.clear()
                self._wanted_step = step
                self._worker.replay(max(known, key=lambda f: f.step), step)
                self._set_state(State.STEPPING)

    def _show_best(self, step: int) -> None:
        """Put the cursor on the best parameters' frame, or on the nearest where that one was thinned out."""
        self.go_to_epoch(self.history.grid.position(step))

    def _after_pause(self, action: Callable[[], None]) -> None:
        self._pending = action
        self._worker.pause()

    def _cursor_moved(self) -> None:
        self.shown_changed.emit()
        self.state_changed.emit()

    def _set_state(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit()
