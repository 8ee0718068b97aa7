"""A fully connected network whose parameters are one flat vector."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS, Activation
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.layers import Dense
from mnist_viz.engine.losses import SoftmaxCrossEntropy, softmax

Floats = NDArray[np.floating]

PIXEL_SCALE = 1.0 / 255.0
"""Pixels are bytes in memory and numbers from 0 to 1 for the network."""

FLOAT32: np.dtype[np.floating] = np.dtype(np.float32)

EVALUATION_BATCH = 1000
"""Rows at a time where no gradient is needed: large enough for the matrix product, small enough for the cache."""


class Network:
    """Dense layers with one activation between them and a softmax at the end.

    Args:
        sizes: the width of every layer from the inputs to the classes, such as (784, 128, 64, 10).
        activation: a name in `ACTIVATIONS`, used after every layer but the last.
        biases: whether the layers have biases.
        dtype: float32; float64 serves to check gradients.
        parameters: a vector to compute with as it is, not copied, possibly read-only; by default zeros.

    Raises:
        ValueError: fewer than two layers, an empty layer, or parameters of another number.

    Attributes:
        parameters: all weights and biases in one vector, layer by layer, W before b.
        gradient: the loss's gradient, laid out alike.
        layers: the layers, whose arrays are views of the two vectors.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        *,
        biases: bool = True,
        dtype: np.dtype[np.floating] = FLOAT32,
        parameters: Floats | None = None,
    ) -> None:
        if len(sizes) < 2 or any(size < 1 for size in sizes):
            raise ValueError(f"a network needs at least two layers of one neuron or more, not {tuple(sizes)}")
        self.sizes = tuple(int(size) for size in sizes)
        self.activation: Activation = ACTIVATIONS[activation]
        self.biases = biases
        self.dtype: np.dtype[np.floating] = dtype if parameters is None else parameters.dtype
        counts = [Dense.size(inputs, outputs, biases) for inputs, outputs in pairwise(self.sizes)]
        self.parameters: Floats = np.zeros(sum(counts), self.dtype) if parameters is None else parameters
        if self.parameters.shape != (sum(counts),):
            raise ValueError(f"{self.sizes} needs {sum(counts):,} parameters, not {self.parameters.size:,}")
        self.gradient: Floats = np.zeros_like(self.parameters)
        self.layers: list[Dense] = []
        start = 0
        for (inputs, outputs), count in zip(pairwise(self.sizes), counts, strict=True):
            part = slice(start, start + count)
            self.layers.append(Dense(inputs, outputs, biases, self.parameters[part], self.gradient[part]))
            start += count
        self._workspaces: dict[int, _Workspace] = {}

    def __repr__(self) -> str:
        shape = "-".join(map(str, self.sizes))
        return f"Network({shape}, {self.activation.name}, {self.parameters.size:,} parameters)"

    def initialize(self, initializer: str, rng: np.random.Generator) -> None:
        """Draw the weights as `INITIALIZERS` names it and set the biases to zero."""
        self.parameters[:] = 0
        for layer in self.layers:
            layer.weights[:] = INITIALIZERS[initializer].draw(*layer.weights.shape, rng)

    def loss_and_gradient(self, x: Floats, labels: NDArray[np.integer]) -> tuple[float, int]:
        """Run a batch forwards and backwards; the gradient of its mean loss is then in `gradient`.

        Args:
            x: (batch, inputs) in the network's dtype.
            labels: (batch,) class numbers.

        Returns:
            The batch's summed loss and how many samples were classified rightly.
        """
        work = self._workspace(len(x))
        logits = self._forward(x, work)
        loss, correct = work.loss.loss_and_delta(logits, labels)
        delta = logits
        for k in range(len(self.layers) - 1, 0, -1):
            below = work.outputs[k - 1]
            self.layers[k].backward(below, delta, work.deltas[k - 1])
            delta = work.deltas[k - 1]
            self.activation.backward(below, delta, work.scratch[k - 1])
        self.layers[0].backward(x, delta, None)  # nobody asks for the gradient of the pixels
        return loss, correct

    def predict_proba(self, images: NDArray[np.generic]) -> Floats:
        """Return the probabilities (n, classes) for `images` (n, inputs): bytes 0..255, or numbers 0..1."""
        result = np.empty((len(images), self.sizes[-1]), self.dtype)
        for start in range(0, len(images), EVALUATION_BATCH):
            x = as_input(images[start : start + EVALUATION_BATCH], self.dtype)
            logits = self._forward(x, self._workspace(len(x)))
            softmax(logits)
            result[start : start + len(x)] = logits
        return result

    def evaluate(self, images: NDArray[np.generic], labels: NDArray[np.integer]) -> tuple[float, float]:
        """Return the mean loss and the accuracy (0 to 1) over `images` and `labels`."""
        loss, correct = 0.0, 0
        for start in range(0, len(images), EVALUATION_BATCH):
            x = as_input(images[start : start + EVALUATION_BATCH], self.dtype)
            work = self._workspace(len(x))
            part = work.loss.loss_and_delta(self._forward(x, work), labels[start : start + len(x)])
            loss, correct = loss + part[0], correct + part[1]
        return loss / len(images), correct / len(images)

    def activations(self, image: NDArray[np.generic]) -> list[Floats]:
        """Return the output of every hidden layer and the class probabilities, for one image (inputs,)."""
        x = as_input(image.reshape(1, -1), self.dtype)
        work = self._workspace(1)
        softmax(self._forward(x, work))
        return [output[0].copy() for output in work.outputs]

    def _forward(self, x: Floats, work: "_Workspace") -> Floats:
        """Fill the workspace's outputs; the last one, which is returned, holds logits."""
        last = len(self.layers) - 1
        for k, layer in enumerate(self.layers):
            layer.forward(x, work.outputs[k])
            x = work.outputs[k]
            if k < last:
                self.activation.forward(x, work.scratch[k])
        return x

    def _workspace(self, batch: int) -> "_Workspace":
        if batch not in self._workspaces:
            if len(self._workspaces) >= 8:  # odd sizes come and go; the buffers must not pile up
                self._workspaces.clear()
            self._workspaces[batch] = _Workspace(batch, self.sizes, self.dtype)
        return self._workspaces[batch]


class _Workspace:
    """The buffers of a forward and backward pass over `batch` samples, so that the step allocates nothing."""

    def __init__(self, batch: int, sizes: Sequence[int], dtype: np.dtype[np.floating]) -> None:
        hidden = sizes[1:-1]
        self.outputs: list[Floats] = [np.empty((batch, size), dtype) for size in sizes[1:]]
        self.deltas: list[Floats] = [np.empty((batch, size), dtype) for size in hidden]
        self.scratch: list[Floats] = [np.empty((batch, size), dtype) for size in hidden]
        self.loss = SoftmaxCrossEntropy(batch, sizes[-1], dtype)


def as_input(images: NDArray[np.generic], dtype: np.dtype[np.floating] = FLOAT32) -> Floats:
    """Return `images` as the network takes them: bytes become 0..1, other numbers keep their value."""
    if images.dtype == np.uint8:
        scaled: Floats = np.multiply(images, PIXEL_SCALE, dtype=dtype)
        return scaled
    return np.ascontiguousarray(images, dtype=dtype)
