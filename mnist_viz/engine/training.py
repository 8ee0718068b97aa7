"""Training as a generator: it yields after each batch and each epoch, so that pausing is not asking for more."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.batches import Batches
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import Settings
from mnist_viz.engine.schedules import inverse_time
from mnist_viz.engine.single_sample import SingleSampleSGD

Floats = NDArray[np.floating]
Labelled = tuple[NDArray[np.generic], NDArray[np.integer]]
"""Images (n, inputs), bytes or numbers from 0 to 1, and labels (n,)."""


class Diverged(ArithmeticError):
    """The loss or a weight is no longer a finite number.

    Args:
        step: steps done before it was noticed.
        learning_rate: with which it happened.
    """

    def __init__(self, step: int, learning_rate: float) -> None:
        super().__init__(
            f"Training diverged at step {step + 1:,}: the loss is no longer a number. "
            f"The learning rate was {learning_rate:g}: try a smaller one."
        )
        self.step = step
        self.learning_rate = learning_rate


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """One step is done.

    Attributes:
        step: steps done since the first weights.
        epoch: the epoch it belongs to, from 0.
        batch: its place in the epoch, from 0.
        loss: mean cross-entropy over the batch, before the step.
        accuracy: share of the batch classified rightly, before the step, 0 to 1.
    """

    step: int
    epoch: int
    batch: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """All samples have been seen once more.

    Attributes:
        step: steps done since the first weights.
        epoch: from 0.
        train_loss, train_accuracy: means over the epoch's batches, each before its step.
        val_loss, val_accuracy: over the validation set, after the epoch.
        learning_rate: that of this epoch.
        seconds: the training pass alone.
        samples_per_second: likewise.
    """

    step: int
    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float
    samples_per_second: float


Event = BatchEnd | EpochEnd


@dataclass(frozen=True)
class Place:
    """Where a run stands, with all that is needed to go on from there bit for bit.

    Attributes:
        epoch, batch: the next batch to run, both from 0.
        parameters, optimizer_state: copies, read-only.
        loss, correct: sums over the samples of this epoch so far.
        seconds: training time in this epoch so far.
    """

    epoch: int
    batch: int
    parameters: Floats
    optimizer_state: Floats
    loss: float
    correct: int
    seconds: float

    @property
    def nbytes(self) -> int:
        return self.parameters.nbytes + self.optimizer_state.nbytes


@dataclass
class RateChanges:
    """The learning rates that the user set while training, by the step from which each one holds."""

    first: float
    changes: list[tuple[int, float]] = field(default_factory=list)

    def at(self, step: int) -> float:
        return next((rate for since, rate in reversed(self.changes) if since <= step), self.first)

    def set(self, step: int, rate: float) -> None:
        # What was set for later steps belonged to a future that will not come.
        self.changes = [(since, old) for since, old in self.changes if since < step] + [(step, rate)]


class Trainer:
    """A network in training: it knows the data, the optimizer and its place in the shuffle.

    Args:
        settings: checked here.
        train, validation: images and labels; the trainer does not copy them.
        classes: how many classes there are.
        rng: one generator for the first weights and the shuffles; by default from the settings' seed.
        parameters: the first weights, instead of drawn ones.

    Raises:
        ValueError: impossible settings or data that do not fit.

    Attributes:
        network: the network in training.
        epochs: when `run` ends; may be changed while it runs.
        rates: the learning rates that were set.
    """

    def __init__(
        self,
        settings: Settings,
        train: Labelled,
        validation: Labelled,
        *,
        classes: int = 10,
        rng: np.random.Generator | None = None,
        parameters: Floats | None = None,
    ) -> None:
        self.settings = settings.check()
        self.train = train
        self.validation = validation
        rng = rng if rng is not None else np.random.default_rng(settings.seed)
        sizes = (train[0].shape[1], *settings.hidden, classes)
        self.network = Network(sizes, settings.activation, biases=settings.biases)
        self.network.initialize(settings.initializer, rng)
        if parameters is not None:
            self.network.parameters[:] = parameters
        self.batches = Batches(*train, settings.batch_size, rng)
        self.optimizer = OPTIMIZERS[settings.optimizer].make(self.network.parameters, settings.momentum)
        self.rates = RateChanges(settings.learning_rate)
        self.epochs = settings.epochs
        self._epoch, self._batch = 0, 0
        self._loss, self._correct, self._seconds = 0.0, 0, 0.0
        self._single = (
            SingleSampleSGD(self.network)
            if self.batches.size == 1 and settings.optimizer == "sgd"
            else None
        )  # fmt: skip

    @property
    def step(self) -> int:
        """Steps done since the first weights."""
        return self._epoch * len(self.batches) + self._batch

    @property
    def epoch(self) -> int:
        """The epoch of the next batch, from 0."""
        return self._epoch

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, decay included."""
        return inverse_time(self.rates.at(self.step), self.settings.decay, self._epoch)

    def set_learning_rate(self, rate: float) -> None:
        """Use `rate` (before decay) from the next step on.

        Raises:
            ValueError: it is not a possible rate.
        """
        replace(self.settings, learning_rate=rate).check()
        self.rates.set(self.step, rate)

    def place(self) -> Place:
        """Return a copy of all that `go_to` needs to come back here."""
        parameters, state = self.network.parameters.copy(), self.optimizer.state.copy()
        parameters.setflags(write=False)
        state.setflags(write=False)
        return Place(
            self._epoch, self._batch, parameters, state, self._loss, self._correct, self._seconds
        )  # fmt: skip

    def go_to(self, place: Place) -> None:
        """Continue from `place`, as if nothing after it had happened."""
        self.network.parameters[:] = place.parameters
        self.optimizer.state[:] = place.optimizer_state
        self._epoch, self._batch = place.epoch, place.batch
        self._loss, self._correct, self._seconds = place.loss, place.correct, place.seconds

    def run(self) -> Iterator[Event]:
        """Train until `epochs` epochs are done in all, yielding what happened.

        Raises:
            Diverged: the loss is not finite any more.
        """
        while self._epoch < self.epochs:
            while self._batch < len(self.batches):
                yield self._train_batch()
            yield self._end_epoch()

    def _train_batch(self) -> BatchEnd:
        start = time.perf_counter()
        x, y = self.batches.take(self._epoch, self._batch)
        rate = self.learning_rate
        # A diverging run overflows on its way to the check below: that is an answer, not an accident.
        with np.errstate(over="ignore", invalid="ignore"):
            if self._single is not None:
                loss, correct = self._single.step(x[0], int(y[0]), rate)
            else:
                loss, correct = self.network.loss_and_gradient(x, y)
                self.optimizer.step(self.network.parameters, self.network.gradient, rate)
        if not math.isfinite(loss):
            raise Diverged(self.step, rate)
        done = BatchEnd(self.step + 1, self._epoch, self._batch, loss / len(y), correct / len(y))
        self._loss += loss
        self._correct += correct
        self._batch += 1
        self._seconds += time.perf_counter() - start
        return done

    def _end_epoch(self) -> EpochEnd:
        samples = self.batches.samples
        with np.errstate(over="ignore", invalid="ignore"):
            val_loss, val_accuracy = self.network.evaluate(*self.validation)
        if not math.isfinite(val_loss):
            raise Diverged(self.step - 1, self.learning_rate)
        done = EpochEnd(
            step=self.step,
            epoch=self._epoch,
            train_loss=self._loss / samples,
            train_accuracy=self._correct / samples,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=inverse_time(self.rates.at(self.step - 1), self.settings.decay, self._epoch),
            seconds=self._seconds,
            samples_per_second=samples / self._seconds if self._seconds else 0.0,
        )
        self._epoch, self._batch = self._epoch + 1, 0
        self._loss, self._correct, self._seconds = 0.0, 0, 0.0
        return done


def train(settings: Settings, train: Labelled, validation: Labelled, *, classes: int = 10) -> Iterator[Event]:
    """Train a new network as `settings` say; yields a BatchEnd a batch and an EpochEnd an epoch."""
    yield from Trainer(settings, train, validation, classes=classes).run()
