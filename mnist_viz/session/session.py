"""The runs in the window: what the active one is doing, what may happen then, and the signals that tell the window."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.samples import Shape, usual_shape
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.engine.training import BatchEnd, EpochEnd, Trainer
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.run_words import RUN_COLORS
from mnist_viz.recording.runs import Removed, Runs
from mnist_viz.recording.session_contents import copy_of
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.timeline import Timeline
from mnist_viz.session.conditions import Condition
from mnist_viz.session.replay_cache import ReplayCache
from mnist_viz.session.speed import Speed
from mnist_viz.session.trainers import Trainers, resumed_run, resumed_trainer
from mnist_viz.session.tree import Guest, Tree
from mnist_viz.session.worker import (
    Configured,
    Loading,
    Note,
    Ready,
    Recorded,
    Replayed,
    Returned,
    Stop,
    Stopped,
    Tested,
    Worker,
)


class State(Enum):
    """What the session is doing. Every question of what is possible now is answered from this."""

    PREPARING = "preparing"  # data or a network are on their way
    IDLE = "idle"  # at the first weights
    RUNNING = "running"
    PAUSED = "paused"
    STEPPING = "stepping"  # a counted number of batches, forwards or backwards
    FAILED = "failed"  # training stopped by itself; the last good frame is there


@dataclass(frozen=True, eq=False)
class Action:
    """Something that waits until the worker rests.

    Attributes:
        do: does it; called at rest.
        trains: whether the worker must have the active run's trainer, and so its data, before.
    """

    do: Callable[[], None]
    trains: bool = True


RESTING = frozenset({State.IDLE, State.PAUSED, State.FAILED})
BUSY = frozenset({State.RUNNING, State.STEPPING})


class Session(Tree):
    """The tree with its training: the active run is trained and stepped through.

    Everything here happens on the GUI thread. `tick` takes what the worker has published; the signals go out
    from there. The worker has the trainer of one run, which is the active one whenever it works; looking at another
    run needs no trainer, and one is built from the run's last frame when there is something to train or to work out.
    """

    stopped = Signal(object)  # a Stopped: the worker came to rest
    tested = Signal(object)  # a Tested
    data_needed = Signal(str)  # the name of a data set, without which the active run cannot go on

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._proposed: Settings | None = settings  # what was set and has not come into force yet
        self.dataset: Dataset | None = None  # that of the active run, and of the next new one
        self._datasets: dict[tuple[str, int], Dataset] = {}  # by name and number of training examples
        self._first_weights: NDArray[np.floating] | None = None
        self._state = State.PREPARING
        self._waiting: list[Action] = []  # see `_request`
        self._playing = Action(self._play_on)
        self._wanted_step: int | None = None  # where a replay will put the cursor
        self._replay_cache = ReplayCache()
        self._goal: tuple[int | None, int | None, Condition | None] = (None, None, None)  # epochs, a step, a condition
        self._speed = Speed()
        self._worker = Worker()
        self._trainers = Trainers(self._worker)

    # What is shown

    @property
    def state(self) -> State:
        return self._state

    @property
    def samples_per_second(self) -> float | None:
        """Training speed, while it trains."""
        return self._speed.samples_per_second if self._state is State.RUNNING else None

    @property
    def follows_training(self) -> bool:
        """Whether what is shown changes because training goes on."""
        return self.at_live and self._state in BUSY

    @property
    def worked_out(self) -> float | None:
        """How much of the way to a moment of the past is done, from 0 to 1; None if nothing is being worked out."""
        return self._worker.mailbox.replayed if self._wanted_step is not None else None

    @property
    def settings(self) -> Settings:
        """Those of the next batch, or of the run that is on its way."""
        return self._proposed or self.run.settings

    @property
    def epochs(self) -> int:
        """When the active run ends."""
        return self.run.epochs

    @property
    def end_of_training(self) -> int:
        """After how many epochs Play pauses: a run that is done goes on for as long as the first time."""
        done = self.history.epochs[-1].epoch + 1 if self.history.epochs else 0
        return self.epochs if done < self.epochs else done + self.settings.epochs

    def show_guest(self, model: Model, class_names: tuple[str, ...], image_shape: Shape | None = None) -> None:
        """Show a model that is not of these runs, until the user does something with a run.

        Args:
            model: the network.
            class_names: one a class.
            image_shape: of the pictures that it reads; by default a square.
        """
        self.pause()
        shape = image_shape if image_shape is not None else usual_shape(model.sizes[0])
        self._guest = Guest(Frame(model), class_names, shape)
        self.shown_changed.emit()
        self.state_changed.emit()

    # A new run

    def set_dataset(self, dataset: Dataset) -> None:
        """Use other data; starts a new run with the present settings."""
        self.dataset = dataset
        self._first_weights = None
        if self._guest is not None:
            sizes = self._guest.frame.model.sizes
            if (sizes[0], sizes[-1]) != (dataset.input_size, len(dataset.class_names)):
                self._guest = None  # it can read none of these data
        self._start(self.settings)

    def expect_dataset(self) -> None:
        """Data are on their way: until they come, nothing can run."""
        if self.dataset is None:
            self._set_state(State.PREPARING)

    def reset(self, settings: Settings | None = None, *, first_weights: Model | None = None) -> None:
        """Start again from the first weights: the same ones if the settings are the same.

        The run before stays in the tree, if it has been trained.

        Args:
            settings: of the new run; by default the present ones.
            first_weights: train on from this model, whose architecture the settings must have.
        """
        self._guest = None
        self._waiting.clear()
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
        self._proposed = settings.check()
        if self.dataset is None:
            return
        dataset, parameters = self.dataset, self._first_weights
        train = dataset.train.images, dataset.train.labels
        validation = dataset.validation.images, dataset.validation.labels
        classes, shape = len(dataset.class_names), dataset.image_shape
        # Whoever pressed Play before the data were there wants the run to come to be trained; all else is of the past.
        self._waiting = [action for action in self._waiting if action is self._playing]
        self._build(
            lambda: Trainer(settings, train, validation, classes=classes, parameters=parameters, image_shape=shape),
            lambda ready: self._new_run(ready, dataset, from_model=parameters is not None),
        )

    def _new_run(self, ready: Ready, dataset: Dataset, *, from_model: bool) -> Run:
        before, trainer = self.runs.active, ready.trainer
        number, color = self.runs.next_number, self.runs.next_color(RUN_COLORS)
        replaced = before is not None and before.steps == 0 and not self.runs.children(before)
        if before is not None and replaced:  # there is nothing in it that the new one has not
            number, color = before.number, before.color
            self.runs.drop(before)
        run = Run(
            number, f"Run {number}", color, dataset.name, dataset.class_names, dataset.image_shape,
            trainer.config, trainer.epochs, Timeline(), History(trainer.grid), from_model=from_model,
        )  # fmt: skip
        run.timeline.add(ready.frame)
        self._datasets[dataset.name, len(dataset.train)] = dataset
        self.runs.add(run)
        self.runs.activate(number)
        return run

    # The tree

    def activate(self, number: int) -> None:
        """Show and train the run of that number; the one before pauses."""
        if number not in self.runs or (self.runs.get(number) is self.runs.active and not self.guest):
            return
        if self._is_at_work:
            self._request(Action(partial(self.activate, number), trains=False))
            return
        self._guest = None
        self._take_over()
        self.runs.activate(number)
        self._show_run()

    def branch(self, settings: Settings | None = None, name: str = "") -> None:
        """Make a run that goes on from the moment that is shown; it becomes the active one, and is paused there.

        Args:
            settings: from there on; by default those of that moment. Only live ones may differ.
            name: of the run.

        Raises:
            ValueError: they are impossible, or differ in something that a branch cannot change.
        """
        frame = self.timeline.shown
        if frame is None or not len(self.runs):
            return
        if settings is not None and (fixed := self.settings.needs_reset(settings.check())):
            raise ValueError(f"{SPECS[fixed[0]].title} cannot change in a branch: it needs a new run.")
        self._branch(self.run, frame, settings, name)

    def _branch(self, run: Run, frame: Frame, settings: Settings | None, name: str) -> None:
        if run is not self.run:
            return  # another one was chosen while this waited
        self._guest = None
        self.timeline.show(frame)  # whatever has come meanwhile
        self._cursor_moved()
        branch = partial(self._branch, run, frame, settings, name)
        if self._is_at_work:
            self._request(Action(branch, trains=False))
        elif frame.resumable:
            self._add_branch(frame, settings, name)
        else:  # a frame that was made lighter: worked out again with all that goes with it
            step = frame.step
            branch = partial(self._branch_worked_out, run, step, settings, name)
            self._request(Action(partial(self._replay, step)), Action(branch, trains=False))

    def _branch_worked_out(self, run: Run, step: int, settings: Settings | None, name: str) -> None:
        frame = self._replay_cache.find(step)
        if frame is not None and frame.place is not None:  # unless that was cancelled
            self._branch(run, frame, settings, name)

    def _add_branch(self, frame: Frame, settings: Settings | None, name: str) -> None:
        parent, number = self.run, self.runs.next_number
        self._take_over()
        config, epochs = parent.config.until(frame.step), parent.epochs
        if settings is not None:
            epochs = settings.epochs if settings.epochs != config.settings.epochs else epochs
            config = config.changed(frame.step, settings)
        run = Run(
            number, name or f"Run {number}", self.runs.next_color(RUN_COLORS),
            parent.dataset, parent.class_names, parent.image_shape, config, epochs,
            parent.timeline.until(frame), parent.history.copy_until(frame.step, config.grid),
            parent=parent.number, root_step=frame.step, from_model=parent.from_model,
            pins={step for step in parent.pins if step <= frame.step},
        )  # fmt: skip
        while parent.parent is not None and frame.step < parent.root_step:  # a moment of the run that it left
            parent = self.runs.get(parent.parent)
        run.parent = parent.number
        if parent.timeline.find(frame.step) is None:
            parent.timeline.insert(frame)  # where a branch leaves one wants to come back to
        self.runs.add(run)
        self.runs.activate(number)
        self._show_run()

    def delete(self, number: int) -> Removed | None:
        """Take a run out of the tree, and return what puts it back; the last one stays, and None is returned.

        While training runs, the active one stays too: it has to be paused first.
        """
        run = self.runs.get(number)
        if run is self.runs.active:
            others = [other for other in self.runs if other is not run]
            if not others or self._state in BUSY or self._state is State.PREPARING:
                return None
            parent = next((other for other in others if other.number == run.parent), others[-1])
            self.activate(parent.number)
        if self._trainers.has(run):
            self._trainers.forget()
        removed = self.runs.remove(number)
        self.runs_changed.emit()
        return removed

    def restore_run(self, removed: Removed) -> None:
        """Put a deleted run back, with its branches."""
        self.runs.put_back(removed)
        self.runs.keep_to_budget()
        self.runs_changed.emit()

    def snapshot(self) -> Runs:
        """A copy of the runs as they are now, which nothing changes any more; the frames are the same ones."""
        result = copy_of(self.runs)
        if result.active is not None:
            result.active.configure(self._present_config())
        return result

    @property
    def can_restore(self) -> bool:
        """Whether nothing is being trained or built, so that the runs can be replaced."""
        return self._state not in BUSY and not self._trainers.builds

    def restore(self, runs: Runs) -> None:
        """Put an opened session's runs, one of which is active, in the place of these.

        They are shown at once; training goes on once the data are there, see `data_needed`.

        Raises:
            RuntimeError: it does not rest, see `can_restore`.
        """
        if not self.can_restore:
            raise RuntimeError("the runs cannot be replaced while one of them is trained")
        self._guest = None
        self._trainers.forget()
        self.runs = runs
        self._show_run()

    def _show_run(self) -> None:
        """The active run is another one: show it, without training."""
        run = self.run
        self._waiting.clear()
        self._proposed = None
        first = run.timeline.first
        self._first_weights = first.model.parameters if run.from_model and first is not None else None
        self._replay_cache.clear()
        self.dataset = self._data_of(run) or self.dataset
        self._set_state(State.PAUSED if run.steps else State.IDLE)
        self._announce_run()

    def _data_of(self, run: Run) -> Dataset | None:
        return self._datasets.get((run.dataset, run.config.samples))

    @property
    def lacks_data(self) -> bool:
        """Whether the data of the active run are not here, so that it can only be looked at."""
        return self.run is not self._none and self._data_of(self.run) is None

    def provide_dataset(self, dataset: Dataset) -> bool:
        """Give the data that `data_needed` asked for; return whether they are those of the active run."""
        run = self.run
        fits = (dataset.input_size, len(dataset.class_names)) == (run.config.sizes[0], run.config.sizes[-1])
        if not fits or (dataset.name, len(dataset.train)) != (run.dataset, run.config.samples):
            return False
        self._datasets[run.dataset, len(dataset.train)] = self.dataset = dataset
        if self._waits_for_data:
            self._set_state(State.PAUSED if run.steps else State.IDLE)
            self._proceed()
        return True

    def give_up_data(self) -> None:
        """The data that `data_needed` asked for will not come: what waits for them does not come to pass."""
        if self._waits_for_data:
            self._waiting.clear()
            self._set_state(State.PAUSED if self.run.steps else State.IDLE)

    # The trainer

    @property
    def _waits_for_data(self) -> bool:
        """Whether something is to be done with a run that is there, once its data are."""
        return self._state is State.PREPARING and not self._trainers.builds and len(self.runs) > 0

    def _build(self, make: Callable[[], Trainer], on_ready: Callable[[Ready], Run]) -> None:
        self._wanted_step = None
        self._set_state(State.PREPARING)
        self._trainers.build(make, on_ready)

    # What waits

    @property
    def _is_at_work(self) -> bool:
        """Whether the worker does not rest, or not for long."""
        return self._state in BUSY or self._trainers.builds

    def _request(self, *actions: Action) -> None:
        """Do these one after the other, each as soon as the worker rests and has what it takes.

        They take the place of whatever waited: the latest wish counts.
        """
        self._waiting = list(actions)
        if self._state in BUSY:
            self._worker.pause()
        else:
            self._proceed()

    def _proceed(self) -> None:
        """Do what waits; called whenever the worker has come to rest, and when data have come."""
        while self._waiting and not self._is_at_work:
            if self._waiting[0].trains and not self._can_train():
                return
            self._waiting.pop(0).do()

    def _can_train(self) -> bool:
        """Whether the worker has the active run; if not, the data are asked for, or the trainer is built."""
        run = self.run
        if run is self._none or self._trainers.has(run):
            return run is not self._none or self._state is not State.PREPARING
        data, frame = self._data_of(run), run.timeline.tail
        place = frame.place if frame is not None else None
        if data is not None and place is not None:
            self._build(
                partial(resumed_trainer, run.config, run.epochs, place, data), lambda ready: resumed_run(ready, run)
            )
        elif data is None and self._state is not State.PREPARING:
            self._set_state(State.PREPARING)
            self.data_needed.emit(run.dataset)
        return False

    def _present_config(self) -> RunConfig:
        """The active run's, with what was set and has not come into force yet."""
        run, tail = self.run, self.timeline.tail
        if self._proposed is None or tail is None or self._trainers.builds:
            return run.config
        return run.config.changed(tail.step, self._proposed)

    def _take_over(self) -> None:
        """What was set for the active run comes into force where it rests, before it is left."""
        if self.runs.active is not None and not self._trainers.builds:
            self.run.configure(self._present_config())
            self._proposed = None

    # Training

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

    def go_to_step(self, step: int) -> None:
        """Show the moment after `step` batches, working its frame out again if it is not recorded."""
        tail = self.timeline.tail
        if tail is not None:
            self._guest = None
            self._show_step(min(max(step, 0), tail.step))

    def go_live(self) -> None:
        self._guest = None
        self.timeline.go_live()
        self._cursor_moved()

    def forget_replay_cache(self) -> None:
        """Forget what was worked out on the way back, as if nobody had gone there."""
        self._replay_cache.clear()

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
        self._proposed = settings
        if longer and not self._trainers.builds:
            self.run.epochs = settings.epochs
        run, tail = self.run, self.timeline.tail
        if self._trainers.builds:
            pass  # the trainer that comes gets them: what runs until then is another one
        elif self._trainers.has(run):
            self._worker.change(settings)
        elif tail is not None:
            self._take_over()
        if longer:
            self.recorded_changed.emit()

    def close(self, timeout: float = 1.0) -> bool:
        """Stop training and end the worker; return whether it ended within `timeout` seconds."""
        return self._worker.close(timeout)

    # What the worker says

    def tick(self) -> None:
        """Take what the worker has published. Called by a timer, 30 to 60 times a second."""
        notes = self._worker.mailbox.take_notes()
        live = self._worker.mailbox.take_live()
        could_go_back = self.can_go_back
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
        self._speed.measure(self.history, running=self._state is State.RUNNING)
        if live is not None and self._state in BUSY:
            self.timeline.follow(live)
            changed.shown = True
        if changed.recorded:
            self.runs.keep_to_budget()
            self.recorded_changed.emit()
        if changed.metrics:
            self.metrics_changed.emit()
        if changed.shown and not self.guest:
            self.shown_changed.emit()
        if self.can_go_back != could_go_back:
            self.state_changed.emit()
        if raised is not None:
            raise raised

    def _take(self, note: Note, changed: "_Changed") -> None:
        """Take a note that is not of a single batch."""
        run = self._trainers.run
        if self._trainers.awaited and not isinstance(note, Loading | Configured | EpochEnd | Recorded | Returned):
            return  # a trainer that is not wanted any more; what its run has been trained it keeps
        match note:
            case Loading():
                self._trainers.begun()
            case EpochEnd() if run is not None:
                run.history.add_epoch(note)
                changed.metrics = True
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
            case Replayed(frame):
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

    def _take_batches(self, batches: list[BatchEnd]) -> bool:
        run = self._trainers.run
        if run is None:
            return False
        run.history.add_batches(batches)
        return True

    def _begin(self, ready: Ready) -> None:
        before = self.runs.active
        run = self._trainers.take(ready)
        if run is None:
            return
        if run.settings != self.settings:  # they were changed while it was being built
            run.epochs = self.settings.epochs
            self._worker.change(self.settings)
        else:
            self._proposed = None
        used = {(each.dataset, each.config.samples) for each in self.runs}
        self._datasets = {key: dataset for key, dataset in self._datasets.items() if key in used}
        if run is not before:
            self._replay_cache.clear()
            self._announce_run()

    def _rest(self, note: Stopped) -> None:
        self._wanted_step = None  # a way back that was cancelled ends where it is
        if note.reason is Stop.READY:
            self._set_state(State.PAUSED if self.run.steps else State.IDLE)
        elif note.reason in (Stop.DIVERGED, Stop.FAILED):
            self._waiting.clear()
            self._trainers.give_up()
            if self._trainers.run is None:  # the run before stays, and can go on
                self._proposed = None
                self.dataset = self._data_of(self.run) or self.dataset
            self._incident("diverged" if note.reason is Stop.DIVERGED else "failed", note.message)
            self._set_state(State.FAILED)
        else:
            self._set_state(State.PAUSED)
        if note.reason is Stop.EARLY:
            self._incident("stopped-early", note.message)
        if note.best is not None:
            self._show_best(note.best)
        if note.reason in (Stop.FINISHED, Stop.EARLY) and self.dataset is not None:
            self._worker.test(self.dataset.test.images, self.dataset.test.labels)
        self.stopped.emit(note)
        self._proceed()

    def _incident(self, kind: str, text: str) -> None:
        tail = self.timeline.tail
        if self._trainers.run is not None and tail is not None:
            self.run.incidents.append(Incident(tail.step, kind, text))
            self.runs_changed.emit()

    # Helpers

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
        frame = self.timeline.find(step) or self._replay_cache.find(step)
        if frame is not None:
            self.timeline.show(frame)
            self._cursor_moved()
        elif self._state is State.RUNNING:
            self._request(Action(partial(self._show_step, step), trains=False))
        elif self._state in RESTING:
            self._request(Action(partial(self._replay, step)))

    def _replay(self, step: int) -> None:
        """Put the cursor on `step`, with all that training needs to go on from there, by training there once more."""
        known = [self.timeline.keyframe(step - 1), self.shown, self._replay_cache.before(step)]
        starts = [frame for frame in known if frame is not None and frame.resumable and frame.step < step]
        if starts:
            self._wanted_step = step
            self._worker.mailbox.replayed = 0.0
            self._worker.replay(max(starts, key=lambda frame: frame.step), step)
            self._set_state(State.STEPPING)

    def _show_best(self, step: int) -> None:
        """Put the cursor on the best parameters' frame, or on the nearest where that one was thinned out."""
        self.go_to_epoch(self.history.grid.position(step))

    def _set_state(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit()


@dataclass
class _Changed:
    """What a turn has changed, and is then told of once."""

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
