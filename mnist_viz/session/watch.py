"""Watches over training at next to no cost: what keeps a run from learning is found when it happens."""

from collections import deque

from mnist_viz.engine.diagnosis import (
    MANY_STEPS,
    Course,
    Finding,
    Kind,
    dead_layer_found,
    guessing_loss,
    of_layers,
    of_losses,
)
from mnist_viz.engine.layer_health import dead_layer, layer_health
from mnist_viz.engine.metrics import guesses
from mnist_viz.engine.progress import BatchEnd, EpochEnd, Event
from mnist_viz.engine.training import Trainer

PARTS = 50
"""The training loss is judged by its mean over such a part of an epoch, and over this many batches or more."""
LEAST_BATCHES = 8

SINGLE_STRIDE = 8
"""Of batches of one sample, which are over in no time, every so many are looked at."""

PROBES = 200
"""So many validation pictures tell how a layer is."""

WILD, TAME = 1.8, 0.9
"""A batch whose loss is this many times that of guessing is out of reason, until the mean shows that it has learned."""


class Watch:
    """Takes each event of a trainer, and says what it finds, each kind once until the settings are changed.

    A healthy run costs a mean each batch. While the loss is no better than that of guessing, the gradient of the first
    layer is looked at; where it is empty, and after an epoch that leaves the network guessing, all layers are.

    Args:
        trainer: whose events these are, from where it stands.

    Attributes:
        good: batches trained at the last moment whose loss was within reason.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._guess = guessing_loss(trainer.settings.loss, trainer.network.sizes[-1])
        self._usual = self._guess  # the mean loss at the last good moment
        self._wild = False
        self._told: set[Kind] = set()
        self._not_before = 0  # the step before which no layer is looked at again
        self.good = trainer.step
        self._take_settings()

    def _take_settings(self) -> None:
        self._settings = self._trainer.settings
        self._told.clear()
        self._stride = SINGLE_STRIDE if self._settings.batch_size == 1 else 1
        part = self._trainer.batches_per_epoch // PARTS // self._stride
        self._losses: deque[float] = deque(maxlen=max(LEAST_BATCHES, part))
        self._sum = 0.0

    def look(self, event: Event) -> Finding | None:
        """What `event` tells, if it tells anything new."""
        if event.step % self._stride and isinstance(event, BatchEnd):
            return None
        if self._trainer.settings is not self._settings:
            self._take_settings()
        finding = self._after_batch(event) if isinstance(event, BatchEnd) else self._after_epoch(event)
        if finding is None or finding.kind in self._told or "dead-layer" in self._told:  # nothing is worse
            return None
        self._told.add(finding.kind)
        return finding

    def _after_batch(self, event: BatchEnd) -> Finding | None:
        losses, loss = self._losses, event.loss
        # With a dead layer all answers are the same, so that the loss is no better than that of guessing.
        if loss > TAME * self._guess and (dead := self._dead_layer(event)) is not None:
            return dead_layer_found(self._course(event.step - 1), dead)
        if len(losses) == losses.maxlen:
            self._sum -= losses[0]
        losses.append(loss)
        self._sum += loss
        mean = self._sum / len(losses)
        if loss > WILD * self._guess:
            self._wild = True
        elif mean < TAME * self._guess:
            self._wild = False
        if not self._wild:
            self.good, self._usual = event.step - 1, mean
        elif len(losses) == losses.maxlen:
            return of_losses(self._course(event.step), self._usual, mean)
        return None

    def _dead_layer(self, event: BatchEnd) -> int | None:
        """The hidden layer through which no gradient comes any more; None if none is known to be dead."""
        network = self._trainer.network
        if event.step < self._not_before or "dead-layer" in self._told:
            return None
        if self._stride == 1 and network.first_layer_learns:  # a single sample leaves no gradient to look at
            return None
        every = self._stride * (self._losses.maxlen or 1)
        self._not_before = event.step + every  # also of a batch that is learned by heart nothing comes
        return dead_layer(network, self._trainer.validation[0][:PROBES])

    def _after_epoch(self, event: EpochEnd) -> Finding | None:
        network, (images, labels) = self._trainer.network, self._trainer.validation
        if event.step < MANY_STEPS or not guesses(event.val_accuracy, network.sizes[-1]) or len(images) < 2:
            return None
        return of_layers(self._course(event.step), layer_health(network, images[:PROBES], labels[:PROBES]))

    def _course(self, step: int) -> Course:
        trainer = self._trainer
        return Course(step, min(self.good, step), self._settings, trainer.grid, trainer.network.sizes[-1])
