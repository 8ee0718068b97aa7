"""The worker that trains the runs, its state, and the actions that wait until it is idle."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from PySide6.QtCore import Signal

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.trainers import resumed_trainer
from mnist_viz.session.replay_cache import ReplayCache
from mnist_viz.session.tree import Tree
from mnist_viz.session.worker import Ready, Worker


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
    """An action that waits until the worker is idle.

    Attributes:
        trains: whether the worker must have the active run's trainer, and so its data, before.
    """

    do: Callable[[], None]
    trains: bool = True


@dataclass(eq=False)
class TrainerRequest:
    """A trainer that the worker was asked to build.

    Attributes:
        make_run: called when it is there, gives the run that it trains.
        run: that run; None until then, and where the trainer could not be built.
        pending: whether it is still to come.
    """

    make_run: Callable[[Ready], Run]
    run: Run | None = None
    pending: bool = True


RESTING = frozenset({State.IDLE, State.PAUSED, State.FAILED})
BUSY = frozenset({State.RUNNING, State.STEPPING})


class WorkSession(Tree):
    """The tree of runs with one worker, which has the trainer of one run at a time.

    While it trains that is the active run. Looking at another run needs no trainer; one is built from that run's last
    frame when it is trained or replayed.
    """

    settings_changed = Signal()  # those of the next batch
    data_needed = Signal(str)  # the name of a data set, without which the active run cannot go on

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._proposed: Settings | None = settings  # what was set and has not come into force yet
        self.dataset: Dataset | None = None  # that of the active run, and of the next new one
        self._datasets: dict[tuple[str, int], Dataset] = {}  # by name and number of training examples
        self._state = State.PREPARING
        self._waiting: list[Action] = []  # see `_request`
        self._wanted_step: int | None = None  # where a replay will put the cursor
        self._replay_cache = ReplayCache()
        self._worker = Worker()
        self._requested: TrainerRequest | None = None  # the newest
        self._publishing: TrainerRequest | None = None  # that what the worker publishes belongs to
        self._samples_per_second: float | None = None  # of the last half second or more; None until it is known

    @property
    def state(self) -> State:
        return self._state

    @property
    def samples_per_second(self) -> float | None:
        """Training speed, while it trains."""
        return self._samples_per_second if self._state is State.RUNNING else None

    @property
    def follows_training(self) -> bool:
        """Whether what is shown changes because training goes on."""
        return self.at_live and self._state in BUSY

    @property
    def at_full_speed(self) -> bool:
        """Whether training goes on as fast as it can."""
        return self._state in BUSY and self._worker.at_full_speed

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

    # Data

    @property
    def shown_dataset(self) -> Dataset | None:
        """The data that are loaded, if the network shown is of them; of a guest any."""
        run, data = self.run, self.dataset
        own = data is not None and (data.name, data.class_names, data.image_shape) == (
            run.dataset, run.class_names, run.image_shape,
        )  # fmt: skip
        return data if own or self.guest else None

    @property
    def resumption(self) -> tuple[Frame, RunConfig, Dataset] | None:
        """The frame shown, with what another trainer needs to go on from it; None in training, or if it cannot."""
        frame, data = self.shown, self._data_of(self.run)
        if self._state in (State.RUNNING, State.PREPARING) or frame is None or data is None:
            return None
        return (frame, self._present_config(), data) if frame.resumable and not self.guest else None

    def _data_of(self, run: Run) -> Dataset | None:
        return self._datasets.get((run.dataset, run.config.samples))

    def _forget_unused_data(self) -> None:
        """Let go of the data of deleted runs; they are loaded again should one of these be taken back and trained."""
        used = {(run.dataset, run.config.samples) for run in self.runs}
        self._datasets = {key: dataset for key, dataset in self._datasets.items() if key in used}

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
        """Cancel what waits for the data that `data_needed` asked for."""
        if self._waits_for_data:
            self._waiting.clear()
            self._set_state(State.PAUSED if self.run.steps else State.IDLE)

    def expect_dataset(self) -> None:
        """Data are on their way: until they come, nothing can run."""
        if self.dataset is None:
            self._set_state(State.PREPARING)

    @property
    def _waits_for_data(self) -> bool:
        return self._state is State.PREPARING and not self._builds and len(self.runs) > 0

    # What waits

    @property
    def _builds(self) -> bool:
        return self._requested is not None and self._requested.pending

    def _has_trainer_of(self, run: Run) -> bool:
        """Whether the worker can train `run` at once."""
        return self._requested is not None and self._requested.run is run

    @property
    def _is_at_work(self) -> bool:
        """Whether the worker is training or about to build a trainer."""
        return self._state in BUSY or self._builds

    def _request(self, *actions: Action) -> None:
        """Do these one after the other, each as soon as the worker is idle and has the trainer that it needs.

        They replace the actions that were waiting.
        """
        self._waiting = list(actions)
        if self._state in BUSY:
            self._worker.pause()
        else:
            self._proceed()

    def _proceed(self) -> None:
        """Do the waiting actions; called whenever the worker has become idle, and when data have come."""
        while self._waiting and not self._is_at_work:
            if self._waiting[0].trains and not self._can_train():
                return
            self._waiting.pop(0).do()

    def _can_train(self) -> bool:
        """Whether the worker has the active run's trainer; if not, request its data or build it."""
        run = self.run
        if run is self._none or self._has_trainer_of(run):
            return run is not self._none or self._state is not State.PREPARING
        data, frame = self._data_of(run), run.timeline.tail
        state = frame.state if frame is not None else None
        if data is not None and state is not None:
            self._build(partial(resumed_trainer, run.config, run.epochs, state, data), partial(_resumed, run))
        elif data is None and self._state is not State.PREPARING:
            self._set_state(State.PREPARING)
            self.data_needed.emit(run.dataset)
        return False

    def _build(self, make: Callable[[], Trainer], make_run: Callable[[Ready], Run]) -> None:
        """Have another trainer made in the worker's thread, in the place of the one it has."""
        self._wanted_step = None
        self._set_state(State.PREPARING)
        self._requested = TrainerRequest(make_run)
        self._worker.load(make, self._requested)

    # Settings

    def _present_config(self) -> RunConfig:
        """The active run's, with what was set and has not come into force yet."""
        run, tail = self.run, self.timeline.tail
        if self._proposed is None or tail is None or self._builds:
            return run.config
        return run.config.changed(tail.step, self._proposed)

    def _take_over(self) -> None:
        """Apply the pending settings to the active run at its newest step, before another run is shown."""
        if self.runs.active is not None and not self._builds:
            self.run.configure(self._present_config())
            self._proposed = None

    def change(self, settings: Settings) -> None:
        """Use `settings` from the next batch on, a new batch size from the next epoch on; a reset starts with them.

        Raises:
            ValueError: they are impossible, or differ from the present ones in something that needs a reset.
        """
        if fixed := self.settings.needs_reset(settings.check()):
            raise ValueError(f"{SPECS[fixed[0]].title} cannot change while a run goes on: it needs a reset.")
        longer = settings.epochs != self.settings.epochs
        self._proposed = settings
        if longer and not self._builds:
            self.run.epochs = settings.epochs
        run, tail = self.run, self.timeline.tail
        if self._builds:
            pass  # the trainer that comes gets them: what runs until then is another one
        elif self._has_trainer_of(run):
            self._worker.change(settings)
        elif tail is not None:
            self._take_over()
        if longer:
            self.recorded_changed.emit()
        self.settings_changed.emit()

    def set_speed(self, batches_per_second: float | None) -> None:
        self._worker.set_speed(batches_per_second)

    def _set_state(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit()

    def close(self, timeout: float = 1.0) -> bool:
        """Stop training and end the worker; return whether it ended within `timeout` seconds."""
        return self._worker.close(timeout)


def _resumed(run: Run, ready: Ready) -> Run:
    run.configure(ready.trainer.config)
    run.history.rewind(ready.trainer.step)  # a run that was left in a hurry has metrics beyond its last frame
    return run
