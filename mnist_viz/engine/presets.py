"""The settings of a run, and the four published networks that the program brings together as presets."""

import math
from dataclasses import dataclass, fields, replace
from itertools import pairwise

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.optimizers import OPTIMIZERS

MAX_HIDDEN_LAYERS = 16
MAX_LAYER_WIDTH = 8192
MAX_BATCH_SIZE = 10_000
MAX_EPOCHS = 10_000


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run, apart from the data.

    Attributes:
        preset: the name of the preset these settings started from.
        hidden: the hidden layers' widths, from the inputs on; () has no hidden layer.
        activation, initializer, optimizer: names in the engine's tables.
        biases: whether layers have biases.
        momentum: used by the optimizers that have one; Adam calls it beta 1.
        learning_rate: of the first epoch.
        decay: the learning rate of epoch e (from 0) is learning_rate / (1 + decay * e).
        batch_size: samples a step; 1 trains one sample at a time.
        epochs: when to stop.
        seed: decides the first weights and the order of the samples.
    """

    preset: str = "relu-128-64"
    hidden: tuple[int, ...] = (128, 64)
    activation: str = "relu"
    initializer: str = "he-normal"
    biases: bool = True
    optimizer: str = "sgd"
    momentum: float = 0.9
    learning_rate: float = 0.1
    decay: float = 0.0
    batch_size: int = 128
    epochs: int = 10
    seed: int = 0

    def problems(self) -> list[str]:
        """Say what is impossible about these settings, one sentence each; empty if nothing is."""
        found = []
        if len(self.hidden) > MAX_HIDDEN_LAYERS:
            found.append(f"At most {MAX_HIDDEN_LAYERS} hidden layers, not {len(self.hidden)}.")
        for width in self.hidden:
            if not 1 <= width <= MAX_LAYER_WIDTH:
                found.append(f"A hidden layer needs 1 to {MAX_LAYER_WIDTH:,} neurons, not {width}.")
        names = {
            "activation": tuple(ACTIVATIONS),
            "initializer": tuple(INITIALIZERS),
            "optimizer": tuple(OPTIMIZERS),
        }
        for name, known in names.items():
            if (value := getattr(self, name)) not in known:
                found.append(f"There is no {name} {value!r}; there are {', '.join(known)}.")
        if not (math.isfinite(self.learning_rate) and 0 < self.learning_rate <= 100):
            found.append(f"The learning rate must be above 0 and at most 100, not {self.learning_rate:g}.")
        if not 0 <= self.momentum < 1:
            found.append(f"The momentum must be 0 or more and below 1, not {self.momentum:g}.")
        if not (math.isfinite(self.decay) and self.decay >= 0):
            found.append(f"The decay must be 0 or more, not {self.decay:g}.")
        if not 1 <= self.batch_size <= MAX_BATCH_SIZE:
            found.append(f"The batch size must be 1 to {MAX_BATCH_SIZE:,}, not {self.batch_size}.")
        if not 1 <= self.epochs <= MAX_EPOCHS:
            found.append(f"The number of epochs must be 1 to {MAX_EPOCHS:,}, not {self.epochs}.")
        if self.seed < 0:
            found.append(f"The seed must be 0 or more, not {self.seed}.")
        return found

    def check(self) -> "Settings":
        """Return these settings, or raise ValueError with the first problem."""
        if found := self.problems():
            raise ValueError(found[0])
        return self

    def needs_reset(self, other: "Settings") -> list[str]:
        """The names of the fields in which `other` differs and which cannot change while a run goes on."""
        return [
            field.name
            for field in fields(self)
            if field.name not in LIVE_FIELDS and getattr(self, field.name) != getattr(other, field.name)
        ]

    def parameter_count(self, inputs: int, classes: int) -> int:
        sizes = (inputs, *self.hidden, classes)
        bias = 1 if self.biases else 0
        return sum((i + bias) * o for i, o in pairwise(sizes))


LIVE_FIELDS = frozenset({"preset", "learning_rate", "epochs"})
"""What may change while training runs; the preset's name decides nothing by itself."""


@dataclass(frozen=True)
class Preset:
    """A published network: its settings and where they come from."""

    name: str
    title: str
    description: str
    source: str
    settings: Settings


def _preset(name: str, description: str, source: str, settings: Settings) -> Preset:
    return Preset(name, name, description, source, replace(settings, preset=name))


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _preset(
            "relu-128-64",
            "Two hidden layers of ReLU, mini-batches of 128.",
            "MNIST-numpy-neural-network",
            # Its description leaves rate and batch open: the best of 9 pairs on validation data, medians of 3 seeds.
            Settings(hidden=(128, 64), learning_rate=0.3, decay=0.1, batch_size=128, epochs=20),
        ),
        _preset(
            "relu-128",
            "One hidden layer of 128 ReLU neurons.",
            "behjattabrizi",
            Settings(hidden=(128,), initializer="glorot-uniform", batch_size=128, epochs=50),
        ),
        _preset(
            "leaky-relu-500",
            "Three wide layers of leaky ReLU, a falling rate.",
            "a five-layer network on torchvision's data",
            Settings(
                hidden=(500, 300, 100), activation="leaky-relu", initializer="glorot-uniform",
                learning_rate=0.01, decay=0.005, batch_size=60, epochs=30,
            ),
        ),
        _preset(
            "sigmoid-sgd",
            "Sigmoid, no biases, one digit at a time.",
            "shabnam-codes/NeuralNetwork",
            Settings(
                hidden=(128, 64), activation="sigmoid", initializer="scaled-normal", biases=False,
                learning_rate=0.1, batch_size=1, epochs=10,
            ),
        ),
    )
}  # fmt: skip
