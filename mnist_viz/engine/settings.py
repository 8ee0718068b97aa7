"""The settings of a run: what each one means, what values it may have, and which may change while it runs."""

import math
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from mnist_viz.engine.activations import activation_problem
from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.losses import LOSSES
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.schedules import SCHEDULES

MAX_HIDDEN_LAYERS = 16
MAX_LAYER_WIDTH = 8192


_MOST_EXACT = 2**53 - 1  # up to here every whole number is one that JSON's readers and floats can hold


@dataclass(frozen=True)
class Number:
    """A setting that is a number.

    Attributes:
        least, most: the limits, which belong to the range unless they are `open`.
        whole: whether it must be a whole number.
        live: whether it may change while training runs.
        hint: what it does, in one phrase.
    """

    title: str
    hint: str
    least: float = 0.0
    most: float = math.inf
    open_least: bool = False
    open_most: bool = False
    whole: bool = False
    live: bool = True

    def problem(self, value: float) -> str | None:
        above = value > self.least if self.open_least else value >= self.least
        below = value < self.most if self.open_most else value <= self.most
        if above and below and math.isfinite(value) and (not self.whole or value == int(value)):
            return None
        title = self.title if self.title.isupper() else self.title.lower()
        shown = "a larger number" if _MOST_EXACT < abs(value) < math.inf else f"{value:g}"
        return f"The {title} must be {self.range}, not {shown}."

    @property
    def range(self) -> str:
        """The limits in words, such as "0 or more and below 1"."""
        if self.whole:
            return f"{self.least:,.0f} {f'to {self.most:,.0f}' if math.isfinite(self.most) else 'or more'}"
        low = f"above {self.least:g}" if self.open_least else f"{self.least:g} or more"
        if not math.isfinite(self.most):
            return low
        return f"{low} and {'below' if self.open_most else 'at most'} {self.most:g}"


@dataclass(frozen=True)
class Choice:
    """A setting that is one of a few names; `titles` says how a person reads them."""

    title: str
    hint: str
    titles: dict[str, str]
    live: bool = False

    def problem(self, value: object) -> str | None:
        if value in self.titles:
            return None
        return f"There is no {self.title.lower()} {value!r}; there are {', '.join(self.titles)}."


@dataclass(frozen=True)
class _Plain:
    title: str
    hint: str
    live: bool = False


class Layers(_Plain):
    """The hidden layers: their widths, or their activations."""


class Switch(_Plain):
    """A setting that is on or off."""


class Group(_Plain):
    """A setting that is made of several numbers."""


Spec = Number | Choice | Layers | Switch | Group


def _setting(default: object, spec: Spec | None) -> Any:
    return field(default=default, metadata={"spec": spec})


def _titles(table: dict[str, Any]) -> dict[str, str]:
    return {name: item.title for name, item in table.items()}


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run, apart from the data. What each one means stands in its `SPECS` entry."""

    preset: str = _setting("relu-128-64", None)  # the preset these settings started from; decides nothing by itself
    hidden: tuple[int, ...] = _setting(
        (128, 64), Layers("Hidden layers", "Neurons of each hidden layer, from the inputs on; none if empty")
    )
    activation: str = _setting(
        "relu",
        Layers("Activation", "What a hidden neuron makes of its weighted sum; one for all layers, or one a layer"),
    )
    loss: str = _setting("cross-entropy", Choice("Loss", "What training makes small", _titles(LOSSES)))
    initializer: str = _setting(
        "he-normal", Choice("Initializer", "From what the first weights are drawn", _titles(INITIALIZERS))
    )
    biases: bool = _setting(True, Switch("Biases", "Whether each neuron has a threshold of its own"))
    batch_norm: bool = _setting(
        False, Switch("Batch normalization", "Whether each hidden neuron's sums are brought to the same size a batch")
    )
    optimizer: str = _setting(
        "sgd", Choice("Optimizer", "How the weights follow the gradient", _titles(OPTIMIZERS), live=True)
    )
    momentum: float = _setting(
        0.9, Number("Momentum", "How much of the last step the next one keeps", most=1.0, open_most=True)
    )
    learning_rate: float = _setting(0.1, Number("Learning rate", "How far each step goes", most=100.0, open_least=True))
    schedule: str = _setting(
        "constant", Choice("Schedule", "How the learning rate changes over the epochs", _titles(SCHEDULES), live=True)
    )
    decay: float = _setting(0.0, Number("Decay", "How fast the schedule lowers the learning rate"))
    decay_every: int = _setting(
        10, Number("Decay interval", "Epochs between the falls of the step schedule", 1, 10_000, whole=True)
    )
    warmup: float = _setting(
        0.0, Number("Warm-up", "Epochs over which the learning rate rises from almost nothing", most=1000.0)
    )
    l1: float = _setting(0.0, Number("L1", "Pulls each weight towards zero by the same force", most=1.0))
    l2: float = _setting(0.0, Number("L2", "Weight decay: pulls each weight towards zero by its size", most=1.0))
    max_norm: float = _setting(0.0, Number("Max norm", "The longest a neuron's weight vector may be; 0 sets no limit"))
    gradient_clip: float = _setting(
        0.0, Number("Gradient clipping", "The longest the gradient may be; 0 sets no limit")
    )
    input_dropout: float = _setting(
        0.0, Number("Input dropout", "The share of the pixels left out in each step", most=1.0, open_most=True)
    )
    dropout: float = _setting(
        0.0, Number("Dropout", "The share of the hidden neurons left out in each step", most=1.0, open_most=True)
    )
    label_smoothing: float = _setting(
        0.0,
        Number("Label smoothing", "The share of the target spread evenly over all classes", most=1.0, open_most=True),
    )
    keep_zeros: bool = _setting(
        False,
        Switch("Keep zeros", "Weights that are exactly zero stay zero, so that what was pruned stays gone", live=True),
    )
    augmentation: Augmentation = _setting(  # noqa: RUF009 - immutable
        Augmentation(), Group("Augmentation", "How the training digits are varied each time they are seen", live=True)
    )
    early_stopping: int = _setting(
        0,
        Number(
            "Early stopping",
            "Stops after so many epochs without a better validation loss and returns to the best; 0 never does",
            most=10_000,
            whole=True,
        ),
    )
    batch_size: int = _setting(128, Number("Batch size", "How many digits each step looks at", 1, 10_000, whole=True))
    epochs: int = _setting(
        10, Number("Number of epochs", "How many times to go through the data", 1, 10_000, whole=True)
    )
    seed: int = _setting(
        0,
        Number(
            "Seed",
            "Decides the first weights, the order of the digits and all chance",
            most=_MOST_EXACT,
            whole=True,
            live=False,
        ),
    )

    def problems(self) -> list[str]:
        """Say what is impossible about these settings, one sentence each; empty if nothing is."""
        found = []
        if len(self.hidden) > MAX_HIDDEN_LAYERS:
            found.append(f"At most {MAX_HIDDEN_LAYERS} hidden layers, not {len(self.hidden)}.")
        for width in self.hidden:
            if not 1 <= width <= MAX_LAYER_WIDTH:
                found.append(f"A hidden layer needs 1 to {MAX_LAYER_WIDTH:,} neurons, not {width}.")
        if problem := activation_problem(self.activation, len(self.hidden)):
            found.append(problem)
        for name, spec in SPECS.items():
            if isinstance(spec, Number | Choice) and (problem := spec.problem(getattr(self, name))):
                found.append(problem)
        if self.batch_norm and self.batch_size == 1:
            found.append("Batch normalization needs batches of 2 or more: the mean of one sample is that sample.")
        if self.schedule in ("step", "exponential") and not self.decay < 1:
            found.append(f"The decay of this schedule must be below 1, not {self.decay:g}.")
        return found + self.augmentation.problems()

    def check(self) -> "Settings":
        """Return these settings, or raise ValueError with the first problem."""
        if found := self.problems():
            raise ValueError(found[0])
        return self

    def needs_reset(self, other: "Settings") -> list[str]:
        """The names of the fields in which `other` differs and which cannot change while a run goes on."""
        return [name for name in SPECS if name not in LIVE_FIELDS and getattr(self, name) != getattr(other, name)]

    def parameter_count(self, inputs: int, classes: int) -> int:
        """Weights and biases of the network that these settings make, without batch normalization's own."""
        sizes = (inputs, *self.hidden, classes)
        bias = 1 if self.biases else 0
        return sum((i + bias) * o for i, o in pairwise(sizes))


SPECS: dict[str, Spec] = {f.name: f.metadata["spec"] for f in fields(Settings) if f.metadata["spec"] is not None}
"""Each setting's title, hint and limits."""

LIVE_FIELDS = frozenset(name for name, spec in SPECS.items() if spec.live)
"""What may change while training runs: a new batch size from the next epoch on, the rest from the next step."""
