"""A step of training, taken apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import LayerTrace
from mnist_viz.engine.settings import Settings

Floats = NDArray[np.floating]


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
