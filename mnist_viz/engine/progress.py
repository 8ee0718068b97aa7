"""What training says as it goes on: batches, epochs, a divergence, the state to continue from, a step taken apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.layer_names import layer_phrase
from mnist_viz.engine.network import LayerTrace
from mnist_viz.engine.settings import Settings

Floats = NDArray[np.floating]


class Diverged(ArithmeticError):
    """The loss or the gradient is no longer a finite number. The parameters are those from before the step.

    Where only the validation loss shows it, they are those of the epoch's end, and no layer is named.

    Args:
        step: steps done before it.
        learning_rate: with which it happened.
        layer: the first layer with numbers that are not finite, from 0; None if it shows in the loss alone.
        layers: how many there are.
    """

    def __init__(self, step: int, learning_rate: float, layer: int | None = None, layers: int = 0) -> None:
        what = "the loss is no longer a finite number"
        if layer is not None:
            where = layer_phrase(layer, layers)
            what = f"{where} no longer holds finite numbers"
        super().__init__(
            f"Training diverged at step {step + 1:,}: {what}. "
            f"The learning rate was {learning_rate:.3g}: try a smaller one."
        )
        self.step = step
        self.learning_rate = learning_rate
        self.layer = layer


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """One step is done.

    Attributes:
        step: steps done since the first weights.
        epoch: the epoch it belongs to, from 0.
        batch: its place in the epoch, from 0.
        loss: mean loss over the batch, before the step.
        accuracy: share of the batch classified rightly, before the step, 0 to 1.
        seconds: training time in this epoch so far.
    """

    step: int
    epoch: int
    batch: int
    loss: float
    accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """All samples have been seen once more.

    Attributes:
        step: steps done since the first weights.
        epoch: from 0.
        train_loss, train_accuracy: means over the epoch's batches, each before its step.
        val_loss, val_accuracy: over the validation set, after the epoch.
        learning_rate: that of the epoch's last step.
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


@dataclass(frozen=True, eq=False)
class Best:
    """The parameters with the lowest validation loss so far, kept for early stopping; read-only.

    Attributes:
        epoch: after which they were reached, from 0.
        step: steps done by then.
        loss: on the validation set.
        parameters, statistics: the network's vectors.
    """

    epoch: int
    step: int
    loss: float
    parameters: Floats
    statistics: Floats


@dataclass(frozen=True, eq=False)
class TrainerState:
    """All that is needed to go on with a run from one moment bit for bit.

    Random numbers need no state: shuffles, augmentation and dropout are functions of the run's key, epoch and batch.

    Attributes:
        epoch, batch: the next batch to run, both from 0.
        parameters, statistics, optimizer_state: copies, read-only.
        optimizer: whose state that is; another one starts with an empty memory.
        loss, correct: sums over the samples of this epoch so far.
        seconds: training time in this epoch so far.
        best: the best parameters so far, if early stopping asks for them.
        waited: epochs since then.
    """

    epoch: int
    batch: int
    parameters: Floats
    statistics: Floats
    optimizer_state: Floats
    optimizer: str
    loss: float
    correct: int
    seconds: float
    best: Best | None = None
    waited: int = 0

    @property
    def nbytes(self) -> int:
        # The best parameters are shared by all states of a run.
        return self.parameters.nbytes + self.statistics.nbytes + self.optimizer_state.nbytes


@dataclass(frozen=True, eq=False)
class NextStep:
    """A step, taken apart.

    Attributes:
        epoch, batch: its place, both from 0.
        samples: in the batch.
        settings: that hold for it.
        learning_rate: its schedule included.
        loss: the mean over the batch, before the step.
        images, labels: the first n samples of the batch, (n, inputs) from 0 to 1, augmented if they are, and (n,).
        layers: what each does with them.
        gradient: of the loss over the batch, without penalties and clipping, laid out as the parameters.
        before, after: the parameters on both sides of the step.
        memory_before, memory_after: what the optimizer remembers.
    """

    epoch: int
    batch: int
    samples: int
    settings: Settings
    learning_rate: float
    loss: float
    images: Floats
    labels: NDArray[np.integer]
    layers: list[LayerTrace]
    gradient: Floats
    before: Floats
    after: Floats
    memory_before: Floats
    memory_after: Floats
