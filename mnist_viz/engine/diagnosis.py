"""What is wrong with a training run: a cause with its evidence, and the settings that help.

Each function takes numbers that training has measured and answers with a `Finding`, or None where nothing is plainly
wrong: a false alarm is worse than silence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mnist_viz.engine.activations import activations_of
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.layer_health import FADED, LayerHealth
from mnist_viz.engine.layer_names import layer_phrase
from mnist_viz.engine.metrics import guesses, kappa
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.settings import Settings

Kind = Literal["dead-layer", "saturated", "exploding", "vanishing", "stuck", "overfitting", "plateau"]

MOSTLY = 0.9
"""The share of dead units, or of saturated outputs, that stops a layer: healthy ones stay below 0.7 and 0.2."""

EXPLODED = 4.0
"""A mean training loss of this many times that of guessing belongs to a network that is torn apart."""

OVERFIT_EPOCHS, OVERFIT_RISE, OVERFIT_GAP = 3, 1.2, 0.5
"""For so many epochs the validation loss has been this many times its least, the training loss this share of it."""

PLATEAU_EPOCHS, PLATEAU_FALL, PLATEAU_KAPPA = 5, 0.01, 0.9
"""For so many epochs the training loss has fallen by less than this share, and there was this much left to learn."""

MANY_STEPS = 300
"""A network that guesses after fewer batches may only be at its beginning."""


@dataclass(frozen=True)
class Finding:
    """Something that keeps a run from learning.

    Attributes:
        step: batches trained when it showed.
        text: cause and evidence, a sentence.
        back: batches trained at the last moment before it, from where to continue.
        settings: to continue with from there; where they need a reset, to begin anew with.
    """

    kind: Kind
    step: int
    text: str
    back: int
    settings: Settings


@dataclass(frozen=True)
class Course:
    """What is known of a run when its network is examined.

    Attributes:
        step: batches trained.
        good: batches trained at the last moment whose loss was within reason.
        settings: of the next batch.
        grid: turns steps into epochs and batches.
    """

    step: int
    good: int
    settings: Settings
    grid: EpochGrid
    classes: int


def guessing_loss(loss: str, classes: int) -> float:
    """The mean loss of a network that gives each class the same probability."""
    return math.log(classes) if loss == "cross-entropy" else 0.5 * (1 - 1 / classes)


def usual_rate(settings: Settings) -> float:
    """A learning rate that suits the optimizer: that of the preset, unless another optimizer was chosen."""
    preset = PRESETS.get(settings.preset)
    if preset is not None and preset.settings.optimizer == settings.optimizer:
        return preset.settings.learning_rate
    return OPTIMIZERS[settings.optimizer].usual_rate


def better_rate(settings: Settings) -> float:
    """A smaller rate than one that was too high; the usual one if it was far too small."""
    usual = usual_rate(settings)
    return usual if settings.learning_rate < usual / 10 else min(settings.learning_rate / 10, usual)


def dead_layer_found(course: Course, layer: int) -> Finding:
    """All units of hidden layer number `layer`, from 0, put out the same for every picture since the last step."""
    width = course.settings.hidden[layer] if layer < len(course.settings.hidden) else 0
    units = f"All {width:,} neurons" if width else "All neurons"
    silent = _stops_at_zero(course.settings, layer)
    what = "stopped firing" if silent else "answer the same to every picture"
    when = f"{'at' if silent else 'since'} {_moment(course)}"
    return _rate_too_high(course, "dead-layer", f"{units} of {layer_phrase(layer)} {what} {when}")


def of_losses(course: Course, usual: float, mean: float) -> Finding | None:
    """Judge the mean training loss over some batches up to now.

    Args:
        usual: the loss at the last good moment.
        mean: over the latest batches, all of them.
    """
    if mean <= EXPLODED * guessing_loss(course.settings.loss, course.classes) or mean <= EXPLODED * usual:
        return None
    text = f"The loss exploded from {usual:.3g} to {mean:,.{0 if mean >= 100 else 1}f} by {_moment(course)}"
    return _rate_too_high(course, "exploding", text)


def of_layers(course: Course, health: Sequence[LayerHealth]) -> Finding | None:
    """Judge why a network guesses, from its layers: from the first hidden one to the output."""
    settings = course.settings
    for number, layer in enumerate(health[:-1]):
        dead = layer.dead or 0.0
        if dead >= MOSTLY and _stops_at_zero(settings, number):
            width = settings.hidden[number]
            share = f"{round(dead * width):,} of {width:,} neurons"
            return _rate_too_high(
                course, "dead-layer", f"{share} of {layer_phrase(number)} never fire at {_moment(course)}"
            )
    for number, layer in enumerate(health[:-1]):
        if (layer.saturated or 0.0) >= MOSTLY:
            title = activations_of(settings.activation, len(settings.hidden))[number].title.lower()
            text = f"{layer.saturated:.0%} of the outputs of {layer_phrase(number)} are at the flat ends of the {title}"
            return _rate_too_high(course, "saturated", f"{text} at {_moment(course)}")
    relative = [layer.gradient_norm / layer.weight_norm if layer.weight_norm else 0.0 for layer in health]
    if len(relative) > 2 and relative[-1] > 0 and relative[0] < FADED * relative[-1]:
        first, last = health[0].gradient_norm, health[-1].gradient_norm
        text = (
            f"The gradient vanishes on its way down: {last:.2g} in the output layer, {first:.2g} in {layer_phrase(0)}"
        )
        if settings.activation != "relu":
            title = activations_of(settings.activation, len(settings.hidden))[0].title.lower()
            return Finding(
                "vanishing", course.step, f"{text}. {len(settings.hidden)} layers of {title} shrink it.", 0,
                replace(settings, activation="relu", initializer="he-normal"),
            )  # fmt: skip
        if not settings.batch_norm and settings.batch_size > 1:
            normalized = replace(settings, batch_norm=True, initializer="he-normal")
            return Finding("vanishing", course.step, f"{text}.", 0, normalized)
    if settings.learning_rate > 2 * usual_rate(settings):
        return _rate_too_high(course, "stuck", f"The network still guesses after {_moment(course)}")
    if settings.learning_rate < usual_rate(settings) / 10:
        text = f"The network still guesses after {_moment(course)}: the learning rate {_rate(settings)} is too small."
        return Finding("stuck", course.step, text, course.step, _with_rate(settings, usual_rate(settings)))
    return None


def of_epochs(epochs: Sequence[EpochEnd], settings: Settings, classes: int) -> Finding | None:
    """Judge the epochs that a run has done: whether it overfits, or learns nothing any more.

    Args:
        epochs: all of the run so far, or those since the settings were changed last.
        settings: of the next batch.
    """
    if not epochs or guesses(epochs[-1].val_accuracy, classes):
        return None
    return _overfitting(epochs, settings) or _plateau(epochs, settings, classes)


def _overfitting(epochs: Sequence[EpochEnd], settings: Settings) -> Finding | None:
    best = min(epochs, key=lambda epoch: epoch.val_loss)
    last, since = epochs[-1], epochs[-OVERFIT_EPOCHS:]
    if best.epoch + OVERFIT_EPOCHS > last.epoch or len(since) < OVERFIT_EPOCHS:
        return None
    rose = all(epoch.val_loss > OVERFIT_RISE * best.val_loss for epoch in since)
    if not rose or last.train_loss > OVERFIT_GAP * last.val_loss or last.train_loss >= best.train_loss:
        return None
    text = (
        f"Overfitting since epoch {best.epoch + 1}: the validation loss rose from {best.val_loss:.4f} to "
        f"{last.val_loss:.4f}, the training loss fell to {last.train_loss:.4f}."
    )
    dropout = 0.2 if settings.dropout < 0.2 else min(settings.dropout + 0.2, 0.6)
    return Finding("overfitting", last.step, text, best.step, replace(settings, dropout=dropout))


def _plateau(epochs: Sequence[EpochEnd], settings: Settings, classes: int) -> Finding | None:
    last = epochs[-1]
    recent = [epoch.train_loss for epoch in epochs[-PLATEAU_EPOCHS - 1 :]]
    if len(recent) <= PLATEAU_EPOCHS or kappa(last.train_accuracy, classes) > PLATEAU_KAPPA:
        return None
    before, *since = recent
    if min(since) < (1 - PLATEAU_FALL) * before:
        return None
    falls = all(a > b for a, b in zip(recent, since, strict=False))
    usual = usual_rate(settings)
    # A loss that creeps downwards asks for longer steps, one that jumps up and down for shorter ones.
    rate = max(3 * settings.learning_rate, usual) if falls else settings.learning_rate / 10
    how = f"still falls, but by {before - last.train_loss:.2g} only" if falls else "only jumps up and down"
    text = (
        f"No progress for {PLATEAU_EPOCHS} epochs: the training loss {how}, around {last.train_loss:.4f}. The learning "
        f"rate {_rate(settings)} is too {'small' if falls else 'high'} now."
    )
    return Finding("plateau", last.step, text, last.step, _with_rate(settings, rate))


def _rate_too_high(course: Course, kind: Kind, what: str) -> Finding:
    settings = course.settings
    text = f"{what}: the learning rate {_rate(settings)} is too high."
    return Finding(kind, course.step, text, course.good, _with_rate(settings, better_rate(settings)))


def _with_rate(settings: Settings, rate: float) -> Settings:
    return replace(settings, learning_rate=float(f"{rate:.2g}"))


def _rate(settings: Settings) -> str:
    return f"{settings.learning_rate:g}"


def _stops_at_zero(settings: Settings, layer: int) -> bool:
    activation = activations_of(settings.activation, len(settings.hidden))[layer]
    return activation.bounds == (0.0, None)


def _moment(course: Course) -> str:
    epoch, batch = course.grid.at(course.step)
    if not batch:
        return f"epoch {epoch:,}" if epoch else "the start"
    return f"epoch {epoch + 1:,}, batch {batch:,}" if epoch else f"batch {batch:,}"
