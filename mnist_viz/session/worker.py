"""The thread that trains: it drives the training generator and touches nothing of Qt."""

import logging
import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.diagnosis import Finding, better_rate
from mnist_viz.engine.progress import BatchEnd, Diverged, EpochEnd, Event
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.snapshot import Frame, capture
from mnist_viz.recording.timeline import is_recorded
from mnist_viz.session.conditions import Condition
from mnist_viz.session.watch import Watch

SANE_LOSS = 4.0
"""A batch whose loss is this many times that of guessing shows a network on its way to diverge."""

REPLAYED_FRAMES, REPLAYED_BYTES = 16, 32 * 2**20
"""A replay gives its last frames too, so many, or of so many bytes: who steps back is likely to do so again."""

log = logging.getLogger(__name__)


class Stop(Enum):
    """Why the worker became idle."""

    READY = "ready"  # a new run stands at its first weights
    PAUSED = "paused"
    STEPPED = "stepped"  # the steps asked for are done
    REACHED = "reached"  # the condition asked for is met
    FINISHED = "finished"  # the last epoch is done
    EARLY = "early"  # early stopping ended it
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True)
class Stopped:
    """The worker is idle.

    Attributes:
        message: what went wrong, if anything did, or why it stopped.
        best: for an early stop, the step of the best parameters.
        finding: for a divergence, what helps.
    """

    reason: Stop
    message: str = ""
    best: int | None = None
    finding: Finding | None = None


@dataclass(frozen=True)
class Loading:
    """A trainer is being built; everything published after this belongs to `request`, as it was given to `load`."""

    request: object = None


@dataclass(frozen=True)
class Ready:
    """A run's trainer has been built and stands at `frame`; everything published after this belongs to it."""

    trainer: Trainer
    frame: Frame


@dataclass(frozen=True)
class Configured:
    """What was set for the run came into force."""

    config: RunConfig


@dataclass(frozen=True)
class _OfFrame:
    frame: Frame


class Recorded(_OfFrame):
    """A frame to keep."""


class Returned(_OfFrame):
    """Training went back to this frame; what came after it is void."""


class Replayed(_OfFrame):
    """A frame of the past, worked out again on request."""


@dataclass(frozen=True)
class Found:
    """Something keeps the run from learning."""

    finding: Finding


@dataclass(frozen=True)
class Tested:
    """How the network of `step` does on the test set: mean loss, and accuracy from 0 to 1."""

    step: int
    loss: float
    accuracy: float


Note = Loading | Ready | Configured | Recorded | Returned | Found | Replayed | BatchEnd | EpochEnd | Tested | Stopped


@dataclass
class Mailbox:
    """What the worker publishes. Notes are never dropped; `live` is one slot, filled when it has been emptied."""

    notes: deque[Note] = field(default_factory=deque)
    live: Frame | None = None
    replayed: float = 0.0  # how much of a replay is done, from 0 to 1

    def take_notes(self) -> list[Note]:
        taken = []
        while self.notes:
            taken.append(self.notes.popleft())
        return taken

    def take_live(self) -> Frame | None:
        frame, self.live = self.live, None
        return frame


class Worker:
    """Runs training in a thread of its own.

    Every method returns at once; what comes of it appears in `mailbox`. A batch is never interrupted: pausing
    takes effect after the one that is under way.
    """

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self._commands: queue.SimpleQueue[tuple[Callable[[threading.Event], None], threading.Event] | None]
        self._commands = queue.SimpleQueue()
        # Each command has its own event to stop it, so that a pause can neither be lost to the command before
        # nor stop the one after.
        self._halt = threading.Event()
        self._gives_way = False  # what was asked for last, to anything else
        self._closing = threading.Event()
        self._seconds_per_batch = 0.0
        self._settings: deque[Settings] = deque(maxlen=1)  # to be used from the next batch on; the newest alone
        self._trainer: Trainer | None = None
        self._latest: Frame | None = None  # captured last; whether it is good shows in the next batch's loss
        self._good: Frame | None = None  # the last frame whose loss was within reason
        self._watch: Watch | None = None  # over the trainer
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()

    def load(self, build: Callable[[], Trainer], request: object = None) -> None:
        """Put another trainer in place of the present one, built in the thread; `request` comes back in `Loading`."""
        self._halt.set()
        self._settings.clear()  # what was set for the run before
        self._submit(lambda _: self._load(build, request))

    def run(self, *, steps: int | None = None, epochs: int | None = None, until: Condition | None = None) -> None:
        """Train `steps` batches, or until `epochs` epochs are done in all or `until` holds, or until paused."""
        self._submit(lambda halt: self._run(halt, steps, epochs, until))

    def replay(self, start: Frame, step: int) -> None:
        """Work out the frame of an earlier `step` by running its batches again from `start`."""
        self._submit(lambda halt: self._replay(halt, start, step))

    def replay_ahead(self, start: Frame, step: int) -> None:
        """The same for a frame that may be asked for: it gives way to whatever is, and says nothing of its end."""
        self._submit(lambda halt: self._replay_ahead(halt, start, step))
        self._gives_way = True

    def test(self, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        self._submit(lambda _: self._test(images, labels))

    def pause(self) -> None:
        self._halt.set()

    def set_speed(self, batches_per_second: float | None) -> None:
        """Go no faster than this; None is full speed."""
        self._seconds_per_batch = 1.0 / batches_per_second if batches_per_second else 0.0

    @property
    def at_full_speed(self) -> bool:
        return not self._seconds_per_batch

    def change(self, settings: Settings) -> None:
        """Use `settings`, which differ in live ones alone, from the next batch on."""
        self._settings.append(settings)
        self._commands.put((lambda _: self._take_settings(), self._halt))  # in case the worker rests

    def close(self, timeout: float = 1.0) -> bool:
        """Stop after the present batch and end the thread; return whether it ended within `timeout` seconds."""
        self._closing.set()
        self._halt.set()
        self._commands.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _submit(self, command: Callable[[threading.Event], None]) -> None:
        if self._gives_way:
            self._halt.set()
        self._gives_way, self._halt = False, threading.Event()
        self._commands.put((command, self._halt))

    def _work(self) -> None:
        while (item := self._commands.get()) is not None and not self._closing.is_set():
            command, halt = item
            try:
                command(halt)
            except Diverged as error:
                finding = self._return_to_good(error)
                self.mailbox.notes.append(Stopped(Stop.DIVERGED, str(error), finding=finding))
            except MemoryError:
                log.exception("out of memory")
                self._stopped(Stop.FAILED, "There is not enough memory for this network.")
            except Exception as error:
                log.exception("training failed")
                self._stopped(Stop.FAILED, str(error) or type(error).__name__)

    def _stopped(self, reason: Stop, message: str = "") -> None:
        self.mailbox.notes.append(Stopped(reason, message))

    def _load(self, build: Callable[[], Trainer], request: object) -> None:
        self.mailbox.notes.append(Loading(request))
        self._trainer, self._latest, self._good, self._watch = None, None, None, None
        trainer = build()
        self._trainer, self._watch = trainer, Watch(trainer)
        self.mailbox.live = None
        self._good = self._capture(trainer)
        self.mailbox.notes.append(Ready(trainer, self._good))
        self._stopped(Stop.READY)

    def _run(self, halt: threading.Event, steps: int | None, epochs: int | None, until: Condition | None) -> None:
        trainer = self._require_trainer()
        last_step = None
        if steps is not None:
            last_step = trainer.step + steps
            epochs = max(trainer.epochs, trainer.grid.at(last_step - 1)[0] + 1)
        if epochs is not None:
            trainer.epochs = epochs
        reason, reached = Stop.FINISHED, ""
        is_met = until.watch(trainer) if until is not None else None
        self._take_settings()
        with blas_threads(trainer.network, shared_with_window=True):
            for event in trainer.run():
                self.mailbox.notes.append(event)
                if isinstance(event, EpochEnd):
                    self._record(trainer)
                else:
                    if event.loss < SANE_LOSS * math.log(trainer.network.sizes[-1]):
                        self._good = self._latest
                    self._after_batch(trainer, halt)
                if self._watch is not None and (finding := self._watch.look(event)) is not None:
                    self.mailbox.notes.append(Found(finding))
                if is_met is not None:
                    reached = reached or is_met(event)
                if isinstance(event, BatchEnd) and event.batch + 1 == trainer.batches_per_epoch:
                    continue  # the validation that closes an epoch belongs to its last batch
                if reached:
                    reason = Stop.REACHED
                    break
                if last_step is not None and trainer.step >= last_step:
                    reason = Stop.STEPPED
                    break
                if halt.is_set():
                    reason = Stop.PAUSED
                    break
        self._record(trainer)  # where one stops, one wants to come back to
        best = trainer.best
        if reason is Stop.FINISHED and trainer.stopped_early and best is not None:
            patience = trainer.settings.early_stopping
            since = "in the last epoch" if patience == 1 else f"for {patience} epochs"
            message = f"The validation loss has not fallen {since}; the best was after epoch {best.epoch + 1}."
            self.mailbox.notes.append(Stopped(Stop.EARLY, message, best.step))
        else:
            self._stopped(reason, reached)

    def _after_batch(self, trainer: Trainer, halt: threading.Event) -> None:
        self._take_settings()
        if is_recorded(trainer.step, trainer.grid):
            if trainer.grid.at(trainer.step)[1]:  # an epoch's end is recorded after its validation
                self._record(trainer)
        elif self.mailbox.live is None:
            self.mailbox.live = self._capture(trainer)
        since = time.monotonic()
        # In short pieces, so that a new speed is heard at once.
        while (left := since + self._seconds_per_batch - time.monotonic()) > 0:
            if halt.wait(min(left, 0.05)):
                return

    def _replay(self, halt: threading.Event, start: Frame, step: int) -> None:
        self._run_again(halt, start, step)
        self._stopped(Stop.STEPPED)

    def _replay_ahead(self, halt: threading.Event, start: Frame, step: int) -> None:
        try:
            self._run_again(halt, start, step)
        except Exception:  # nobody asked for it; who does is told
            log.info("the way back cannot be worked out ahead", exc_info=True)

    def _run_again(self, halt: threading.Event, start: Frame, step: int) -> None:
        trainer = self._require_trainer()
        if start.state is None:
            raise ValueError("a model from a file has no training to go back in")
        present, epochs = trainer.state(), trainer.epochs
        try:
            trainer.go_to(start.state)
            trainer.epochs = trainer.grid.at(step)[0] + 1  # the run's end may since have been set to before here
            near = min(REPLAYED_FRAMES, max(2, REPLAYED_BYTES // start.nbytes))
            first = trainer.step
            with blas_threads(trainer.network, shared_with_window=True):
                for event in _past_early_stops(trainer, step):
                    self.mailbox.replayed = (trainer.step - first) / (step - first)
                    if isinstance(event, BatchEnd) and event.batch + 1 == trainer.batches_per_epoch:
                        continue  # the validation that closes an epoch belongs to its last batch
                    if _is_given(step - trainer.step, near):
                        self.mailbox.notes.append(Replayed(capture(trainer)))
                    if trainer.step >= step or halt.is_set():
                        break
        finally:
            trainer.go_to(present)
            trainer.epochs = epochs

    def _test(self, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        """Evaluate the network, or the best one where early stopping ended the run."""
        trainer = self._trainer
        if trainer is not None:
            here = trainer.state()
            step = trainer.step
            try:
                if trainer.stopped_early and trainer.best is not None:
                    trainer.take_best()
                    step = trainer.best.step
                loss, accuracy = trainer.network.evaluate(images, labels)
            finally:
                trainer.go_to(here)
            self.mailbox.notes.append(Tested(step, loss, accuracy))

    def _require_trainer(self) -> Trainer:
        if self._trainer is None:
            raise RuntimeError("there is no network to train; reset, or choose other settings")
        return self._trainer

    def _take_settings(self) -> None:
        if self._trainer is None:
            return
        try:
            settings = self._settings.pop()  # at once, so that newer ones that come meanwhile are not lost
        except IndexError:
            return
        self._trainer.change(settings)
        self.mailbox.notes.append(Configured(self._trainer.config))

    def _record(self, trainer: Trainer) -> None:
        self.mailbox.notes.append(Recorded(self._capture(trainer)))

    def _capture(self, trainer: Trainer) -> Frame:
        """Copy the present moment, which must be fit to be shown and to come back to."""
        if not np.isfinite(trainer.network.parameters).all():
            raise Diverged(trainer.step, trainer.learning_rate)
        self._latest = capture(trainer)
        return self._latest

    def _return_to_good(self, error: Diverged) -> Finding | None:
        """Go back to the last good frame; return what helps."""
        trainer, good, watch = self._trainer, self._good, self._watch
        if trainer is None or good is None or good.state is None or watch is None:
            return None
        settings = trainer.settings
        smaller = replace(settings, learning_rate=better_rate(settings))
        back = min(watch.good, good.step)
        trainer.go_to(good.state)
        self._latest = good
        self._watch = Watch(trainer)
        self.mailbox.notes.append(Returned(good))
        return Finding("exploding", error.step, str(error), back, smaller)


def _past_early_stops(trainer: Trainer, step: int) -> Iterator[Event]:
    """What the run yields up to `step`, also where early stopping has ended it once and somebody has trained on."""
    before = None
    while trainer.step < step and trainer.step != before:
        before = trainer.step
        yield from trainer.run()


def _is_given(distance: int, near: int) -> bool:
    """Whether a replay gives the frame `distance` steps before the wanted one: it is `near`, or a power of two away.

    So the next replay, which begins at one of these, is never longer than the way that was gone back since.
    """
    return distance < near or distance & (distance - 1) == 0
