"""Training as a generator: it yields after each batch and each epoch, so that pausing is not asking for more."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine import regularization, schedules
from mnist_viz.engine.batches import Batches
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS, TINY_EVERY, forget_tiny
from mnist_viz.engine.progress import BatchEnd, Best, Diverged, EpochEnd, Event, NextStep, TrainerState
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.samples import Shape, check_samples, shape_problem, usual_shape
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.engine.single_sample import SingleSampleSGD

Floats = NDArray[np.floating]
Labelled = tuple[NDArray[np.generic], NDArray[np.integer]]
"""Images (n, inputs), bytes or numbers from 0 to 1, and labels (n,)."""

LEAST_SCALE = 1e-6
"""A smaller rate is left to the optimizer: a gradient that is multiplied with it may vanish, and the rate may be 0."""


class Trainer:
    """A network in training: it knows the data, the optimizer and its place in the shuffle.

    Args:
        settings: checked here.
        train, validation: images and labels; the trainer does not copy them.
        classes: how many classes there are.
        rng: one generator for the first weights and the key of all chance; by default from the settings' seed.
        parameters: the first weights, instead of drawn ones: those of a plain network of the same sizes.
        network: train this one from where it stands, instead of a new one.
        image_shape: of a picture, (height, width) or (height, width, 3), for the augmentation; by default a square.

    Raises:
        ValueError: impossible settings or data that do not fit.

    Attributes:
        network: the network in training.
        epochs: when `run` ends; may be changed while it runs.
        config: the settings over the run, and its random key.
        image_shape: of a picture; None if the inputs make none.
        best: the best parameters so far, if early stopping asks for them.
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
        network: Network | None = None,
        image_shape: Shape | None = None,
    ) -> None:
        inputs = network.sizes[0] if network is not None else None
        self.train = train = check_samples(*train, classes, "train", inputs)
        self.validation = check_samples(*validation, classes, "val", train[0].shape[1])
        self.image_shape = usual_shape(train[0].shape[1]) if image_shape is None else image_shape
        if self.image_shape is not None and (problem := shape_problem(self.image_shape, train[0].shape[1])):
            raise ValueError(f"The shape of a picture, {self.image_shape}, is {problem}.")
        self._check(settings)
        rng = rng if rng is not None else np.random.default_rng(settings.seed)
        if network is None:
            network = Network(
                (train[0].shape[1], *settings.hidden, classes),
                settings.activation,
                biases=settings.biases,
                batch_norm=settings.batch_norm,
                loss=settings.loss,
            )
            network.initialize(settings.initializer, rng)
        if parameters is not None:
            network.set_plain(parameters)
        self.network = network
        self.config = RunConfig(int(rng.integers(2**63)), len(train[0]), network.sizes, ((0, settings),))
        self.batches = Batches(*train, self.config.grid, self.config.key, self.image_shape)
        self._optimizer_name = ""
        self._used: Settings | None = None
        self.epochs = settings.epochs
        self.best: Best | None = None
        self._waited = 0
        self._epoch, self._batch = 0, 0
        self._loss, self._correct, self._seconds = 0.0, 0, 0.0
        self._single: SingleSampleSGD | None = None
        self._scratch: Floats = network.parameters[:0]
        self._use(settings)

    @classmethod
    def resume(
        cls,
        config: RunConfig,
        state: TrainerState,
        train: Labelled,
        validation: Labelled,
        *,
        classes: int = 10,
        image_shape: Shape | None = None,
    ) -> "Trainer":
        """Return a trainer that goes on with the run of `config` at `state`; the rest is as for the class.

        Raises:
            ValueError: the data are not those of the run.
        """
        if len(train[0]) != config.samples or (train[0].shape[1], classes) != (config.sizes[0], config.sizes[-1]):
            raise ValueError(
                f"The run was trained on {config.samples:,} samples of {config.sizes[0]} inputs and "
                f"{config.sizes[-1]} classes, and these are {len(train[0]):,} of {train[0].shape[1]} and {classes}: "
                "give the same data set, and the same limit."
            )
        trainer = cls(config.changes[0][1], train, validation, classes=classes, image_shape=image_shape)
        trainer._configure(config)
        trainer.epochs = config.settings.epochs
        trainer.go_to(state)
        return trainer

    @property
    def grid(self) -> EpochGrid:
        return self.config.grid

    @property
    def settings(self) -> Settings:
        return self.config.at(self.step)

    @property
    def step(self) -> int:
        """Steps done since the first weights."""
        return self.grid.start(self._epoch) + self._batch

    @property
    def epoch(self) -> int:
        """The epoch of the next batch, from 0."""
        return self._epoch

    @property
    def batches_per_epoch(self) -> int:
        """Batches in the present epoch."""
        return self.grid.batches(self._epoch)

    @property
    def learning_rate(self) -> float:
        """The rate of the next step, its schedule included."""
        return self._rate(self._epoch, self._batch)

    @property
    def stopped_early(self) -> bool:
        """Whether the validation loss has not fallen for as many epochs as the settings allow."""
        # As it was set for the last step: what is set after an epoch does not judge it.
        return 0 < self.config.at(max(self.step - 1, 0)).early_stopping <= self._waited

    def change(self, settings: Settings) -> None:
        """Use other settings from the next step on, and a new batch size from the next epoch on.

        Raises:
            ValueError: they are impossible, or differ in something that cannot change while a run goes on.
        """
        self._check(settings)
        if fixed := self.settings.needs_reset(settings):
            raise ValueError(f"{SPECS[fixed[0]].title} cannot change while a run goes on: it needs a reset.")
        if settings.epochs != self.settings.epochs:
            self.epochs = settings.epochs
        self._configure(self.config.changed(self.step, settings))

    def _configure(self, config: RunConfig) -> None:
        self.config = config
        self.batches.grid, self.batches.key = config.grid, config.key

    def state(self) -> TrainerState:
        """Return a copy of all that `go_to` needs to come back here."""
        return TrainerState(
            self._epoch,
            self._batch,
            _frozen(self.network.parameters),
            _frozen(self.network.statistics),
            _frozen(self.optimizer.state),
            self._optimizer_name,
            self._loss,
            self._correct,
            self._seconds,
            self.best,
            self._waited,
        )

    def go_to(self, state: TrainerState) -> None:
        """Continue from `state`, as if nothing after it had happened."""
        self.network.parameters[:] = state.parameters
        self.network.statistics[:] = state.statistics
        self._epoch, self._batch = state.epoch, state.batch
        self._make_optimizer(state.optimizer)
        self.optimizer.state[:] = state.optimizer_state
        self._used = None  # what was set since is used from the next step on
        self._loss, self._correct, self._seconds = state.loss, state.correct, state.seconds
        self.best, self._waited = state.best, state.waited

    def take_best(self) -> None:
        """Give the network the best parameters that early stopping has kept, if it has kept any."""
        if self.best is not None:
            self.network.parameters[:] = self.best.parameters
            self.network.statistics[:] = self.best.statistics

    def next_update(self) -> Floats:
        """Return how the next step will change the parameters, laid out as they are; the run stays where it is.

        Raises:
            Diverged: the step cannot be made.
        """
        with self._at_next_batch() as here:
            self._train_batch()
            update: Floats = self.network.parameters - here.parameters
        return update

    def next_step(self, most: int) -> NextStep:
        """Take the next step apart, for the first `most` samples of its batch; the run stays where it is.

        Raises:
            Diverged: the step cannot be made.
        """
        with self._at_next_batch() as here:
            step, settings = self.step, self.settings
            self._use(settings)
            memory = self.optimizer.state.copy()
            x, y = self.batches.take(self._epoch, self._batch)
            images, labels, samples = x[:most].copy(), y[:most].copy(), len(y)
            with np.errstate(over="ignore", invalid="ignore"):
                loss, layers = self.network.trace(
                    x, y, most, smoothing=settings.label_smoothing, dropout=self._dropout(settings, step)
                )
            gradient, rate, epoch, batch = self.network.gradient.copy(), self.learning_rate, self._epoch, self._batch
            self._train_batch()
            after = self.state()
        return NextStep(
            epoch, batch, samples, settings, rate, loss / samples, images, labels, layers, gradient,
            here.parameters, after.parameters, memory, after.optimizer_state,
        )  # fmt: skip

    @contextmanager
    def _at_next_batch(self) -> Iterator[TrainerState]:
        """Stand before the next batch, also where an epoch has no more; come back to the state that is yielded."""
        here = self.state()
        if self._batch == self.batches_per_epoch:
            self._epoch, self._batch = self._epoch + 1, 0
        try:
            yield here
        finally:
            self.go_to(here)
            self.batches.close()

    def run(self) -> Iterator[Event]:
        """Train until `epochs` epochs are done in all, or early stopping ends it; yields what happened.

        Who runs again after an early stop gets as many epochs more as the first time.

        Raises:
            Diverged: the loss or the gradient is not finite any more.
        """
        if self.stopped_early and self._batch == 0:
            self._waited = 0
        try:
            while self._epoch < self.epochs:
                while self._batch < self.batches_per_epoch:
                    yield self._train_batch()
                yield self._end_epoch()
                if self.stopped_early:
                    return
        finally:
            self.batches.close()

    def _train_batch(self) -> BatchEnd:
        start = time.perf_counter()
        step = self.step
        settings = self.config.at(step)
        if settings is not self._used:
            self._use(settings)
        x, y = self.batches.take(self._epoch, self._batch)
        rate = self.learning_rate
        # A diverging run overflows on its way to the checks below: that is an answer, not an accident.
        with np.errstate(over="ignore", invalid="ignore"):
            if self._is_single and len(y) == 1:
                if self._single is None:
                    self._single = SingleSampleSGD(self.network)
                loss, correct = self._single.step(x[0], int(y[0]), rate)
                if not math.isfinite(loss):
                    self.network.loss_and_gradient(x, y)  # the gradient, by which the layer is found
                    raise self._diverged(x, step, rate)
            else:
                loss, correct = self._step(settings, x, y, step, rate)
        batch = self._batch
        self._loss += loss
        self._correct += correct
        self._batch += 1
        self._seconds += time.perf_counter() - start
        return BatchEnd(step + 1, self._epoch, batch, loss / len(y), correct / len(y), self._seconds)

    def _step(self, settings: Settings, x: Floats, y: NDArray[np.integer], step: int, rate: float) -> tuple[float, int]:
        network = self.network
        dropout = self._dropout(settings, step)
        scale = rate if self._scales and rate >= LEAST_SCALE else 1.0
        loss, correct = network.loss_and_gradient(
            x, y, smoothing=settings.label_smoothing, dropout=dropout, scale=scale
        )
        squared_norm = float(network.gradient.dot(network.gradient))
        if not (math.isfinite(loss) and math.isfinite(squared_norm)):
            raise self._diverged(x, step, rate)
        if settings.gradient_clip:
            regularization.clip_gradient(network.gradient, squared_norm, settings.gradient_clip)
        l2 = settings.l2
        if l2 and OPTIMIZERS[settings.optimizer].decoupled_decay:
            regularization.decay_weights(network.layers, rate * l2)
            l2 = 0.0
        if settings.l1 or l2:
            regularization.add_penalties(network.layers, settings.l1, l2, self._scratch)
        if step % TINY_EVERY == 0:
            forget_tiny(self.optimizer.state)
        if self._kept_zeros is not None:
            self._kept_zeros.before_step()
        self.optimizer.step(network.parameters, network.gradient, rate / scale)
        if self._kept_zeros is not None:
            self._kept_zeros.after_step()
        if settings.max_norm:
            regularization.limit_norms(network.layers, settings.max_norm)
        if settings.batch_norm:
            network.update_statistics()
        return loss, correct

    def _dropout(self, settings: Settings, step: int) -> regularization.Dropout | None:
        if not (settings.dropout or settings.input_dropout):
            return None
        # A third number keeps this chance apart from that of the shuffles and the variations.
        rng = np.random.default_rng([self.batches.key, step, 0, 1])
        return regularization.Dropout(settings.input_dropout, settings.dropout, rng)

    def _end_epoch(self) -> EpochEnd:
        samples = self.grid.samples
        val_loss, val_accuracy = self.network.evaluate(*self.validation)
        rate = self._rate(self._epoch, self._batch - 1)
        if not math.isfinite(val_loss):
            raise Diverged(self.step - 1, rate)
        done = EpochEnd(
            step=self.step,
            epoch=self._epoch,
            train_loss=self._loss / samples,
            train_accuracy=self._correct / samples,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=rate,
            seconds=self._seconds,
            samples_per_second=samples / self._seconds if self._seconds else 0.0,
        )
        self._waited += 1
        if self.config.at(self.step - 1).early_stopping and (self.best is None or val_loss < self.best.loss):
            parameters, statistics = _frozen(self.network.parameters), _frozen(self.network.statistics)
            self.best, self._waited = Best(self._epoch, self.step, val_loss, parameters, statistics), 0
        self._epoch, self._batch = self._epoch + 1, 0
        self._loss, self._correct, self._seconds = 0.0, 0, 0.0
        return done

    def _rate(self, epoch: int, batch: int) -> float:
        settings = self.config.at(self.grid.start(epoch) + batch)
        if settings.schedule == "constant" and not settings.warmup:
            return settings.learning_rate
        return settings.learning_rate * schedules.factor(
            settings.schedule,
            epoch + batch / self.grid.batches(epoch),
            epochs=settings.epochs,
            decay=settings.decay,
            decay_every=settings.decay_every,
            warmup=settings.warmup,
        )

    def _check(self, settings: Settings) -> None:
        """Raise ValueError for settings that are impossible, also with these data."""
        settings.check()
        inputs = self.train[0].shape[1]
        if settings.augmentation.active and self.image_shape is None:
            raise ValueError(f"Augmentation is for pictures, and {inputs:,} inputs without a known shape are none.")

    def _use(self, settings: Settings) -> None:
        """Prepare for steps with `settings`."""
        self._used = settings
        self._make_optimizer(settings.optimizer)
        self.optimizer.momentum = settings.momentum
        self.batches.augmentation = settings.augmentation
        # The path of single samples is plain gradient descent on the cross-entropy and nothing else.
        self._is_single = settings.optimizer == "sgd" and settings.loss == "cross-entropy" and not (
            settings.l1 or settings.l2 or settings.max_norm or settings.gradient_clip or settings.dropout
            or settings.input_dropout or settings.label_smoothing or settings.batch_norm or settings.keep_zeros
        )  # fmt: skip
        # What acts on the gradient itself needs it without the rate.
        self._scales = OPTIMIZERS[settings.optimizer].scales and not (
            settings.l1 or settings.l2 or settings.gradient_clip
        )
        self._kept_zeros = regularization.KeptZeros(self.network.layers) if settings.keep_zeros else None
        if (settings.l1 or settings.l2) and not self._scratch.size:
            self._scratch = np.empty_like(self.network.parameters)

    def _make_optimizer(self, name: str) -> None:
        """Use another optimizer, with an empty memory; one that is in use stays as it is."""
        if name != self._optimizer_name:
            self.optimizer = OPTIMIZERS[name].make(self.network.parameters, self.settings.momentum)
            self._optimizer_name = name

    def _diverged(self, x: Floats, step: int, rate: float) -> Diverged:
        return Diverged(step, rate, self.network.not_finite(x), len(self.network.layers))


def train(settings: Settings, train: Labelled, validation: Labelled, *, classes: int = 10) -> Iterator[Event]:
    """Train a new network as `settings` say; yields a BatchEnd a batch and an EpochEnd an epoch."""
    yield from Trainer(settings, train, validation, classes=classes).run()


def _frozen(array: Floats) -> Floats:
    copy = array.copy()
    copy.setflags(write=False)
    return copy
