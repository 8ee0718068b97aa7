"""Which run the worker has the trainer of, and which one it is asked to build."""

from collections.abc import Callable

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.training import Place, Trainer
from mnist_viz.recording.run import Run
from mnist_viz.session.worker import Ready, Worker


class Trainers:
    """Keeps account of the worker, which has one trainer at a time and publishes what becomes of it later.

    Args:
        worker: that trains.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._run: Run | None = None
        self._awaited = 0  # asked for, and the worker has not begun to build them
        self._on_ready: Callable[[Ready], Run] | None = None  # makes the run of the one that is being built

    @property
    def run(self) -> Run | None:
        """The run that what the worker publishes belongs to."""
        return self._run

    @property
    def awaited(self) -> bool:
        """Whether what the worker publishes is of a trainer that is not wanted any more."""
        return self._awaited > 0

    @property
    def builds(self) -> bool:
        """Whether one is being built."""
        return self._awaited > 0 or self._on_ready is not None

    def has(self, run: Run) -> bool:
        """Whether the worker can train `run` at once."""
        return self.run is run

    def build(self, make: Callable[[], Trainer], on_ready: Callable[[Ready], Run]) -> None:
        """Let the worker make another trainer in the place of the one it has.

        Args:
            make: called in the worker's thread.
            on_ready: called when it is there, gives the run that it is of.
        """
        self._on_ready = on_ready
        self._awaited += 1
        self._worker.load(make)

    def begun(self) -> None:
        """The worker has begun to build: it has left the run before."""
        self._awaited -= 1
        self._run = None

    def take(self, ready: Ready) -> Run | None:
        """The run whose trainer is there now; None if nobody wants it any more."""
        make, self._on_ready = self._on_ready, None
        if make is None:
            return None
        self._run = make(ready)
        return self._run

    def give_up(self) -> None:
        """What is being built is not wanted, or could not be built."""
        self._on_ready = None

    def forget(self) -> None:
        """The run that the worker has is not there any more."""
        self._run = None


def resumed_trainer(config: RunConfig, epochs: int, place: Place, data: Dataset) -> Trainer:
    """The trainer of a run that is there, to go on from `place` to the end of `epochs`; made in the worker's thread."""
    trainer = Trainer.resume(
        config,
        place,
        (data.train.images, data.train.labels),
        (data.validation.images, data.validation.labels),
        classes=len(data.class_names),
        image_shape=data.image_shape,
    )
    trainer.epochs = epochs
    return trainer


def resumed_run(ready: Ready, run: Run) -> Run:
    run.configure(ready.trainer.config)
    run.history.rewind(ready.trainer.step)  # a run that was left in a hurry has metrics beyond its last frame
    return run
