"""A frame: the network's parameters at one moment of training, immutable."""

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Protocol
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.layers import Dense
from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import TrainerState
from mnist_viz.engine.training import Trainer

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Model:
    """A network as a value: its shape and its parameters, which are read-only.

    Attributes:
        sizes: the width of every layer, from the inputs to the classes.
        activation: of the hidden layers, as `Network` takes it: one name, or names joined by commas.
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
            parameters: a read-only copy of its parameters, if one has been made already.
        """
        plain = network.plain()
        if parameters is None or plain is not network:
            parameters = plain.parameters.copy()
            parameters.setflags(write=False)
        return cls(plain.sizes, plain.activation, plain.biases, parameters)


class StoredModel(Protocol):
    """The row of a database that holds a frame's model; it stays as long as a frame refers to it."""

    def read(self, like: Model) -> Model: ...

    def count_in(self, frame: "Frame", nbytes: int) -> None:
        """So many bytes of the frame have come into memory; in time it is released."""


class StoredState(Protocol):
    """Likewise, its trainer state."""

    def read(self, model: Model) -> TrainerState: ...


class Frame:
    """What the window shows: a model, and where in training it stands. It never changes.

    Once a database holds its arrays they may leave the memory; they are read again when they are asked for.

    Args:
        step: batches trained since the first weights.
        epoch: the same in epochs, a fraction within an epoch.
        learning_rate: that of the next step.
        state: from which training goes on bit for bit; None for a model that was opened from a file, and for a frame
            that was made lighter.

    Attributes:
        nbytes: of its arrays, in memory or on disk, without the best network, which many frames share.
        stored_model, stored_state: the rows that hold them, once there are some.
    """

    def __init__(
        self,
        model: Model,
        step: int = 0,
        epoch: float = 0.0,
        learning_rate: float = 0.0,
        state: TrainerState | None = None,
    ) -> None:
        self.step = step
        self.epoch = epoch
        self.learning_rate = learning_rate
        self.resumable = state is not None
        self._model_bytes = self.nbytes = model.parameters.nbytes
        if state is not None:
            self.nbytes = state.nbytes + (0 if model.parameters is state.parameters else self._model_bytes)
        self.stored_model: StoredModel | None = None
        self.stored_state: StoredState | None = None
        self._like = replace(model, parameters=model.parameters[:0].copy())
        self._model: Model | None = model
        self._state = state
        self._last_model = ref(model)  # which somebody else may still have when it is released here

    @property
    def model(self) -> Model:
        model = self._model
        if model is None:
            self._model = model = self._read_model()
            self._count_in(self._model_bytes)
        return model

    @property
    def state(self) -> TrainerState | None:
        """From which training goes on bit for bit; None if it does not."""
        state = self._state
        if state is None and self.stored_state is not None:
            self._state = state = self.stored_state.read(self.model)
            self._count_in(self.nbytes - self._model_bytes)
        return state

    @property
    def memory(self) -> int:
        """Bytes of its arrays that are in memory."""
        if self._state is None and self.resumable:
            return self._model_bytes if self._model is not None else 0
        return self.nbytes if self._model is not None else 0

    def read(self) -> tuple[Model, TrainerState | None]:
        """Its model and trainer state; those that are not in memory are read, and not kept there."""
        model, state = self._model or self._read_model(), self._state
        if state is None and self.stored_state is not None:
            state = self.stored_state.read(model)
        return model, state

    def release(self) -> None:
        """Let the arrays leave the memory, if they are stored."""
        if self.stored_model is not None:
            self._model = self._state = None

    def lighter(self) -> "Frame | None":
        """The same picture without what training needs to go on from it; None where that saves less than half."""
        if not self.resumable or 2 * self._model_bytes > self.nbytes:
            return None
        return self.without_state()

    def without_state(self) -> "Frame":
        """The same picture, from which training cannot go on."""
        result = copy(self)
        result.resumable, result.nbytes = False, self._model_bytes
        result._state = result.stored_state = None
        return result

    def _count_in(self, nbytes: int) -> None:
        assert self.stored_model is not None
        self.stored_model.count_in(self, nbytes)

    def _read_model(self) -> Model:
        model = self._last_model()
        if model is None:
            assert self.stored_model is not None
            model = self.stored_model.read(self._like)
            self._last_model = ref(model)
        return model


def capture(trainer: Trainer) -> Frame:
    state = trainer.state()
    return Frame(
        model=Model.of(trainer.network, state.parameters),
        step=trainer.step,
        epoch=trainer.grid.position(trainer.step),
        learning_rate=trainer.learning_rate,
        state=state,
    )
