"""Until when to train: a condition that is looked at while training goes on."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from mnist_viz.engine.layer_health import dead_layer
from mnist_viz.engine.layer_names import layer_phrase
from mnist_viz.engine.metrics import format_accuracy, format_loss
from mnist_viz.engine.progress import BatchEnd, Event
from mnist_viz.engine.training import Trainer
from mnist_viz.session.watch import PARTS, PROBES

Kind = Literal["accuracy-above", "loss-below", "dead-layer"]


@dataclass(frozen=True)
class Condition:
    """When to pause.

    Attributes:
        kind: the validation accuracy of an epoch's end, from 0 to 1, is at least `value`; the training loss has fallen
            below it; or some hidden layer answers the same to every picture, for which `value` means nothing.
    """

    kind: Kind
    value: float = 0.0

    def watch(self, trainer: Trainer) -> Callable[[Event], str]:
        """A function that takes each event of the training and says that the condition is met; "" until then."""
        if self.kind == "accuracy-above":
            return self._accuracy
        if self.kind == "loss-below":
            return self._watch_loss(trainer)
        return self._watch_layers(trainer)

    def _accuracy(self, event: Event) -> str:
        if isinstance(event, BatchEnd) or event.val_accuracy < self.value:
            return ""
        return (
            f"Paused: the validation accuracy is {format_accuracy(event.val_accuracy)} after epoch {event.epoch + 1:,}."
        )

    def _watch_loss(self, trainer: Trainer) -> Callable[[Event], str]:
        losses: deque[float] = deque(maxlen=max(1, trainer.batches_per_epoch // PARTS))

        def watch(event: Event) -> str:
            if not isinstance(event, BatchEnd):
                return ""
            losses.append(event.loss)
            mean = sum(losses) / len(losses)
            if len(losses) < (losses.maxlen or 1) or mean >= self.value:
                return ""
            return f"Paused: the training loss is {format_loss(mean)}, the mean of {len(losses):,} batches."

        return watch

    def _watch_layers(self, trainer: Trainer) -> Callable[[Event], str]:
        images = trainer.validation[0][:PROBES]
        every = max(1, trainer.batches_per_epoch // PARTS)

        def watch(event: Event) -> str:
            if not isinstance(event, BatchEnd) or event.step % every:
                return ""
            layer = dead_layer(trainer.network, images)
            return "" if layer is None else f"Paused: {layer_phrase(layer)} answers the same to every picture."

        return watch
