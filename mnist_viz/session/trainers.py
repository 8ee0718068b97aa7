"""Which run the worker has the trainer of, and which one it is asked to build."""

from collections.abc import Callable
from dataclasses import replace

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.course import Course
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
        self._held: tuple[Run, Trainer] | None = None
        self._awaited = 0  # asked for, and the worker has not begun to build them
        self._on_ready: Callable[[Ready], Run] | None = None  # makes the run of the one that is being built

    @property
    def run(self) -> Run | None:
        """The run that what the worker publishes belongs to."""
        return self._held[0] if self._held is not None else None

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
        """The worker has begun to build: it has left the run before, to which belongs what was set on the way."""
        self._awaited -= 1
        if self._held is not None:
            run, trainer = self._held
            run.course = replace(Course.of(trainer), epochs=run.course.epochs)
        self._held = None

    def take(self, ready: Ready) -> Run | None:
        """The run whose trainer is there now; None if nobody wants it any more."""
        make, self._on_ready = self._on_ready, None
        if make is None:
            return None
        run = make(ready)
        self._held = run, ready.trainer
        return run

    def give_up(self) -> None:
        """What is being built is not wanted, or could not be built."""
        self._on_ready = None

    def forget(self) -> None:
        """The run that the worker has is not there any more."""
        self._held = None

    def course_of(self, run: Run) -> Course:
        """The course of a run, with what its trainer has been told since it rested last."""
        return Course.of(self._held[1]) if self._held is not None and self._held[0] is run else run.course

    def refresh_course(self) -> None:
        """Take over into the run what its trainer has been told since."""
        if self._held is not None:
            run, trainer = self._held
            run.course = Course.of(trainer)


def resumed_trainer(course: Course, place: Place, data: Dataset) -> Trainer:
    """The trainer of a run that is there, to go on from `place`; made in the worker's thread."""
    return course.resume(
        place,
        (data.train.images, data.train.labels),
        (data.validation.images, data.validation.labels),
        classes=len(data.class_names),
        image_shape=data.image_shape,
    )


def resumed_run(ready: Ready, run: Run) -> Run:
    run.history.grid = ready.trainer.grid
    run.history.rewind(ready.trainer.step)  # a run that was left in a hurry has metrics beyond its last frame
    return run
