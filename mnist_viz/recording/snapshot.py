"""A frame: the network's parameters at one moment of training, immutable."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.layers import Dense
from mnist_viz.engine.network import Network
from mnist_viz.engine.training import Place, Trainer

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Model:
    """A network as a value: its shape and its parameters, which are read-only.

    Attributes:
        sizes: the width of every layer, from the inputs to the classes.
        activation: of the hidden layers, as `Network` takes it: one name, or names joined by commas.
        biases: whether the layers have biases.
        parameters: one flat float32 vector, as `Network` lays it out.
    """

    sizes: tuple[int, ...]
    activation: str
    biases: bool
    parameters: Floats

    def network(self) -> Network:
        """A network that computes with these parameters. It has buffers: use it from one thread."""
        return Network(self.sizes, self.activation, biases=self.biases, parameters=self.parameters)

    @cached_property
    def weights(self) -> tuple[Floats, ...]:
        """Views of each layer's weights, (inputs, neurons)."""
        found, start = [], 0
        for inputs, neurons in pairwise(self.sizes):
            found.append(self.parameters[start : start + inputs * neurons].reshape(inputs, neurons))
            start += Dense.size(inputs, neurons, self.biases)
        return tuple(found)

    @classmethod
    def of(cls, network: Network, parameters: Floats | None = None) -> "Model":
        """The network's present state, copied; batch normalization is folded into weights and biases.

        Args:
            network: to copy.
            parameters: a read-only copy of its parameters, if one has been made already.
        """
        plain = network.plain()
        if parameters is None or plain is not network:
            parameters = plain.parameters.copy()
            parameters.setflags(write=False)
        return cls(plain.sizes, plain.activation, plain.biases, parameters)


@dataclass(frozen=True, eq=False)
class Frame:
    """What the window shows: a model, and where in training it stands.

    Attributes:
        model: the parameters of that moment.
        step: batches trained since the first weights.
        epoch: the same in epochs, a fraction within an epoch.
        learning_rate: that of the next step.
        place: from which training goes on bit for bit; None for a model that was opened from a file, and for a frame
            that was made lighter.
        on_disk: whether the arrays are mapped from a file, and so take no memory of their own.
    """

    model: Model
    step: int = 0
    epoch: float = 0.0
    learning_rate: float = 0.0
    place: Place | None = None
    on_disk: bool = False

    @cached_property
    def nbytes(self) -> int:
        """Bytes of its arrays, in memory or on disk."""
        own = self.model.parameters
        if self.place is None:
            return own.nbytes
        return self.place.nbytes + (0 if own is self.place.parameters else own.nbytes)

    def lighter(self) -> "Frame | None":
        """The same picture without what training needs to go on from it; None where that saves less than half."""
        if self.place is None or 2 * self.model.parameters.nbytes > self.nbytes:
            return None
        return replace(self, place=None)


def capture(trainer: Trainer) -> Frame:
    """Copy the trainer's present moment."""
    place = trainer.place()
    return Frame(
        model=Model.of(trainer.network, place.parameters),
        step=trainer.step,
        epoch=trainer.grid.position(trainer.step),
        learning_rate=trainer.learning_rate,
        place=place,
    )
