"""A fully connected network whose parameters are one flat vector."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.activations import Activation, activations_of
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.layers import Dense
from mnist_viz.engine.losses import LOSSES, softmax
from mnist_viz.engine.normalization import BatchNorm
from mnist_viz.engine.regularization import Dropout

Floats = NDArray[np.floating]

PIXEL_SCALE = 1.0 / 255.0
"""Pixels are bytes in memory and numbers from 0 to 1 for the network."""

FLOAT32: np.dtype[np.floating] = np.dtype(np.float32)

EVALUATION_BATCH = 1000
"""Rows at a time where no gradient is needed: large enough for the matrix product, small enough for the cache."""

# What is not finite is found by its value: OpenBLAS raises the flag over finite numbers too (OpenBLAS issue 1924).
_FOUND_BY_VALUE = np.errstate(over="ignore", invalid="ignore")


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """A layer's part in a step, of the first n samples of the batch.

    Attributes:
        inputs: (n, inputs), what it gets to see, after dropout.
        sums: (n, outputs), z = x W + b, normalized if the network is.
        outputs: (n, outputs), what the activation makes of them; of the last layer the probabilities.
        deltas: (n, outputs), the gradient of the batch's mean loss with respect to the sums; with batch normalization
            with respect to x W.
    """

    inputs: Floats
    sums: Floats
    outputs: Floats
    deltas: Floats


class Network:
    """Dense layers with activations between them and a softmax at the end.

    Args:
        sizes: the width of every layer from the inputs to the classes, such as (784, 128, 64, 10).
        activation: what follows every layer but the last: a name in `ACTIVATIONS`, or names joined by commas, one a
            hidden layer.
        batch_norm: whether the hidden layers are normalized over the batch.
        loss: a name in `LOSSES`.
        dtype: float32; float64 serves to check gradients.
        parameters: a vector to compute with as it is, not copied, possibly read-only; by default zeros.

    Raises:
        ValueError: fewer than two layers, an empty layer, unknown names, or parameters of another number.

    Attributes:
        parameters: all trained numbers in one vector, layer by layer: W, then b, then batch normalization's gain.
        gradient: the loss's gradient, laid out alike.
        statistics: batch normalization's running means and variances in one vector; empty without.
        layers: the layers, whose arrays are views of these vectors.
        activations: one a hidden layer.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        *,
        biases: bool = True,
        batch_norm: bool = False,
        loss: str = "cross-entropy",
        dtype: np.dtype[np.floating] = FLOAT32,
        parameters: Floats | None = None,
    ) -> None:
        if len(sizes) < 2 or any(size < 1 for size in sizes):
            raise ValueError(f"a network needs at least two layers of one neuron or more, not {tuple(sizes)}")
        self.sizes = tuple(int(size) for size in sizes)
        hidden = self.sizes[1:-1]
        self.activation = activation
        self.activations: tuple[Activation, ...] = activations_of(activation, len(hidden))
        self.biases = biases
        self.batch_norm = batch_norm and bool(hidden)
        self.loss = loss
        self.dtype: np.dtype[np.floating] = dtype if parameters is None else parameters.dtype
        counts = [Dense.size(inputs, outputs, biases) for inputs, outputs in pairwise(self.sizes)]
        gains = [*hidden, 0] if self.batch_norm else [0] * len(counts)
        total = sum(counts) + sum(gains)
        self.parameters: Floats = np.zeros(total, self.dtype) if parameters is None else parameters
        if self.parameters.shape != (total,):
            raise ValueError(f"{self.sizes} needs {total:,} parameters, not {self.parameters.size:,}")
        self.gradient: Floats = np.zeros(total, self.dtype)  # unlike zeros_like, takes no time while it is not used
        self.statistics: Floats = np.zeros(2 * sum(gains), self.dtype)
        self.layers: list[Dense] = []
        start = seen = 0
        for (inputs, outputs), count, gain in zip(pairwise(self.sizes), counts, gains, strict=True):
            part = slice(start, start + count)
            layer = Dense(inputs, outputs, biases, self.parameters[part], self.gradient[part])
            start += count
            if gain:
                own = slice(start, start + gain)
                mean, variance = self.statistics[seen : seen + gain], self.statistics[seen + gain : seen + 2 * gain]
                layer.norm = BatchNorm(self.parameters[own], self.gradient[own], mean, variance)
                start, seen = start + gain, seen + 2 * gain
            self.layers.append(layer)
        if parameters is None:
            self._reset_norms()
        self._workspaces: dict[int, _Workspace] = {}
        self._plain: Network | None = None
        self._last: _Workspace | None = None  # that of the last `loss_and_gradient`

    def __repr__(self) -> str:
        shape = "-".join(map(str, self.sizes))
        norm = "batch norm, " if self.batch_norm else ""
        return f"Network({shape}, {self.activation}, {norm}{self.parameters.size:,} parameters)"

    def over(self, parameters: Floats) -> "Network":
        """Another network of this kind, with buffers of its own, that computes with `parameters` as they are."""
        return Network(
            self.sizes, self.activation,
            biases=self.biases, batch_norm=self.batch_norm, loss=self.loss, parameters=parameters,
        )  # fmt: skip

    def initialize(self, initializer: str, rng: np.random.Generator) -> None:
        """Draw the weights as `INITIALIZERS` names it, set the biases to zero and the gains to one."""
        self.parameters[:] = 0
        for layer in self.layers:
            layer.weights[:] = INITIALIZERS[initializer].draw(*layer.weights.shape, rng)
        self._reset_norms()

    def loss_and_gradient(
        self,
        x: Floats,
        labels: NDArray[np.integer],
        *,
        smoothing: float = 0.0,
        dropout: Dropout | None = None,
        scale: float = 1.0,
    ) -> tuple[float, int]:
        """Run a batch forwards and backwards; the gradient of its mean loss is then in `gradient`.

        Args:
            x: (batch, inputs) in the network's dtype.
            labels: (batch,) class numbers.
            scale: what the gradient is multiplied with.

        Returns:
            The batch's summed loss, against the plain labels, and how many samples were classified rightly.
        """
        work = self._last = self._workspace(len(x))
        if dropout is not None and dropout.input_rate:
            x = work.dropped(0, x, dropout, dropout.input_rate)
        inputs = self._forward(x, work, dropout)
        delta = work.outputs[-1]
        loss, correct = work.loss.loss_and_delta(delta, labels, smoothing, scale)
        for k in range(len(self.layers) - 1, 0, -1):
            below = work.deltas[k - 1]
            self._backward(k, inputs[k], delta, below, work)
            if dropout is not None and dropout.hidden_rate:
                np.multiply(below, work.masks[k], out=below)
            self.activations[k - 1].backward(work.outputs[k - 1], below, work.kept[k - 1])
            delta = below
        self._backward(0, inputs[0], delta, None, work)  # nobody asks for the gradient of the pixels
        return loss, correct

    def trace(
        self,
        x: Floats,
        labels: NDArray[np.integer],
        most: int,
        *,
        smoothing: float = 0.0,
        dropout: Dropout | None = None,
    ) -> tuple[float, list[LayerTrace]]:
        """Run `loss_and_gradient`, and return its summed loss and each layer's part in it.

        Args:
            x, labels, smoothing, dropout: as for `loss_and_gradient`.
            most: how many samples to copy it of.
        """
        loss, _ = self.loss_and_gradient(x, labels, smoothing=smoothing, dropout=dropout)
        work = self._workspace(len(x))
        layers = []
        for k, layer in enumerate(self.layers):
            rate = 0.0 if dropout is None else dropout.hidden_rate if k else dropout.input_rate
            inputs = work.last_dropped(k) if rate else work.outputs[k - 1] if k else x
            sums = np.empty_like(work.outputs[k])  # the activation has overwritten them
            layer.forward(inputs, sums, work.normalized(k) if layer.norm is not None else None)
            if k < len(work.deltas):
                outputs, deltas = work.outputs[k], work.deltas[k]
            else:
                outputs, deltas = sums.copy(), work.outputs[k]
                softmax(outputs)
            layers.append(LayerTrace(*(each[:most].copy() for each in (inputs, sums, outputs, deltas))))
        return loss, layers

    @property
    def first_layer_learns(self) -> bool:
        """Whether the last `loss_and_gradient` brought any gradient down to the first hidden layer."""
        deltas = self._last.deltas if self._last is not None else []
        # Most often the first sample alone says so.
        return not deltas or bool(deltas[0][0].any() or deltas[0].any())

    def update_statistics(self) -> None:
        """Let batch normalization's running statistics follow the batch of the last `loss_and_gradient`."""
        for layer in self.layers:
            if layer.norm is not None:
                layer.norm.update_statistics()

    @_FOUND_BY_VALUE
    def predict_proba(self, images: NDArray[np.generic]) -> Floats:
        """Return the probabilities (n, classes) for `images` (n, inputs): bytes 0..255, or numbers 0..1."""
        result = self.logits(images)
        softmax(result)
        return result

    @_FOUND_BY_VALUE
    def evaluate(self, images: NDArray[np.generic], labels: NDArray[np.integer]) -> tuple[float, float]:
        """Return the mean loss and the accuracy (0 to 1) over `images` and `labels`."""
        loss, correct = 0.0, 0
        for part, work in self._passes(images):
            more = work.loss.loss_and_delta(work.outputs[-1], labels[part])
            loss, correct = loss + more[0], correct + more[1]
        return loss / len(images), correct / len(images)

    def hidden_outputs(self, images: NDArray[np.generic]) -> list[Floats]:
        """Return what each hidden layer puts out, (n, width), for `images` (n, inputs)."""
        return self.outputs(images)[:-1]

    @_FOUND_BY_VALUE
    def outputs(self, images: NDArray[np.generic]) -> list[Floats]:
        """Return the output of every layer, (n, width): the hidden ones, then the logits."""
        results: list[Floats] = [np.empty((len(images), size), self.dtype) for size in self.sizes[1:]]
        for part, work in self._passes(images):
            for result, output in zip(results, work.outputs, strict=True):
                result[part] = output
        return results

    @_FOUND_BY_VALUE
    def logits(self, images: NDArray[np.generic]) -> Floats:
        """Return the logits, (n, classes), for `images` (n, inputs): what softmax makes probabilities of."""
        result = np.empty((len(images), self.sizes[-1]), self.dtype)
        for part, work in self._passes(images):
            result[part] = work.outputs[-1]
        return result

    @_FOUND_BY_VALUE
    def input_gradient(self, images: NDArray[np.generic], weights: Floats) -> Floats:
        """Return the gradient, (n, inputs), of the weighted sum of each image's logits with respect to its inputs.

        Args:
            images: (n, inputs).
            weights: of the logits, (classes,) or (n, classes).
        """
        network = self.plain()
        result = np.empty((len(images), self.sizes[0]), self.dtype)
        weights = np.broadcast_to(weights, (len(images), self.sizes[-1])).astype(self.dtype, copy=False)
        for part, work in self._passes(images):
            delta = weights[part]
            for k in range(len(network.layers) - 1, 0, -1):
                below = work.deltas[k - 1]
                np.matmul(delta, network.layers[k].weights.T, out=below)
                network.activations[k - 1].backward(work.outputs[k - 1], below, work.kept[k - 1])
                delta = below
            np.matmul(delta, network.layers[0].weights.T, out=result[part])
        return result

    def plain(self) -> "Network":
        """This network as dense layers alone: itself, or with batch normalization folded into weights and biases."""
        if not self.batch_norm:
            return self
        if self._plain is None:
            self._plain = Network(self.sizes, self.activation, loss=self.loss, dtype=self.dtype)
        for layer, folded in zip(self.layers, self._plain.layers, strict=True):
            weights, biases = layer.weights, layer.biases
            if layer.norm is not None:
                weights, biases = layer.norm.folded(weights, biases)
            assert folded.biases is not None
            folded.weights[:] = weights
            folded.biases[:] = 0.0 if biases is None else biases
        return self._plain

    def set_plain(self, parameters: Floats) -> None:
        """Take the parameters of a network of the same sizes without batch normalization.

        With batch normalization the weights are taken, and a shift only where this network has biases.
        """
        if not self.batch_norm:
            self.parameters[:] = parameters
            return
        given = Network(self.sizes, self.activation, parameters=parameters)
        self._reset_norms()
        for layer, source in zip(self.layers, given.layers, strict=True):
            layer.weights[:] = source.weights
            if layer.biases is not None:
                layer.biases[:] = source.biases

    def not_finite(self, x: Floats) -> int | None:
        """The layer, from 0, where numbers stop being finite; None if all are.

        The first in whose outputs for `x` they do; else, since the gradient comes from the far end, the last in whose
        gradient, or the length of it.
        """
        work = self._workspace(len(x))
        with np.errstate(all="ignore"):
            self._forward(x, work, None)
            for k, output in enumerate(work.outputs):
                if not np.isfinite(output).all():
                    return k
            for k in reversed(range(len(self.layers))):
                gradient = self.layers[k].weights_gradient
                if not np.isfinite(np.vdot(gradient, gradient)):
                    return k
        return None

    def _reset_norms(self) -> None:
        for layer in self.layers:
            if layer.norm is not None:
                layer.norm.gain[:] = 1.0
                layer.norm.mean[:] = 0.0
                layer.norm.variance[:] = 1.0

    def _passes(self, images: NDArray[np.generic]) -> Iterator[tuple[slice, "_Workspace"]]:
        """Run images forwards, some at a time: which they are, and the workspace of their outputs, the last logits."""
        network = self.plain()
        for start in range(0, len(images), EVALUATION_BATCH):
            x = as_input(images[start : start + EVALUATION_BATCH], self.dtype)
            work = network._workspace(len(x))
            network._forward(x, work, None)
            yield slice(start, start + len(x)), work

    def _forward(self, x: Floats, work: "_Workspace", dropout: Dropout | None) -> list[Floats]:
        """Fill the workspace's outputs, and return what each layer got to see."""
        inputs = []
        last = len(self.layers) - 1
        for k, layer in enumerate(self.layers):
            inputs.append(x)
            output = work.outputs[k]
            layer.forward(x, output, work.normalized(k) if layer.norm is not None else None)
            if k < last:
                self.activations[k].forward(output, work.kept[k], work.deltas[k])
            drop = dropout is not None and dropout.hidden_rate and k < last
            x = work.dropped(k + 1, output, dropout, dropout.hidden_rate) if drop and dropout is not None else output
        return inputs

    def _backward(self, k: int, x: Floats, delta: Floats, below: Floats | None, work: "_Workspace") -> None:
        layer = self.layers[k]
        if layer.norm is None:
            layer.backward(x, delta, work.ones, below)
        else:
            layer.backward(x, delta, work.ones, below, work.normalized(k), work.spare(k))

    def _workspace(self, batch: int) -> "_Workspace":
        if batch not in self._workspaces:
            if len(self._workspaces) >= 8:  # odd sizes come and go; the buffers must not pile up
                self._workspaces.clear()
            self._workspaces[batch] = _Workspace(batch, self.sizes, self.loss, self.dtype)
        return self._workspaces[batch]


class _Workspace:
    """The buffers of a forward and backward pass over `batch` samples, so that the step allocates nothing.

    What only dropout and batch normalization need is made when it is first asked for.
    """

    def __init__(self, batch: int, sizes: Sequence[int], loss: str, dtype: np.dtype[np.floating]) -> None:
        hidden = sizes[1:-1]
        self._batch, self._sizes, self._dtype = batch, sizes, dtype
        self.outputs: list[Floats] = [np.empty((batch, size), dtype) for size in sizes[1:]]
        self.deltas: list[Floats] = [np.empty((batch, size), dtype) for size in hidden]
        self.kept: list[Floats] = [np.empty((batch, size), dtype) for size in hidden]
        self.ones: Floats = np.ones(batch, dtype)
        self.loss = LOSSES[loss].make(batch, sizes[-1], dtype)
        self.masks: dict[int, Floats] = {}
        self._dropped: dict[int, Floats] = {}
        self._normalized: dict[int, Floats] = {}
        self._spare: dict[int, Floats] = {}

    def dropped(self, place: int, values: Floats, dropout: Dropout, rate: float) -> Floats:
        """`values` with a share left out; `place` 0 is the input, k + 1 the output of layer k."""
        mask, result = self._buffer(self.masks, place, place), self._buffer(self._dropped, place, place)
        dropout.draw(mask, rate)
        np.multiply(values, mask, out=result)
        return result

    def last_dropped(self, place: int) -> Floats:
        return self._dropped[place]

    def normalized(self, layer: int) -> Floats:
        return self._buffer(self._normalized, layer, layer + 1)

    def spare(self, layer: int) -> Floats:
        return self._buffer(self._spare, layer, layer + 1)

    def _buffer(self, buffers: dict[int, Floats], key: int, size: int) -> Floats:
        if key not in buffers:
            buffers[key] = np.empty((self._batch, self._sizes[size]), self._dtype)
        return buffers[key]


def as_input(images: NDArray[np.generic], dtype: np.dtype[np.floating] = FLOAT32) -> Floats:
    """Return `images` as the network takes them: bytes become 0..1, other numbers keep their value."""
    if images.dtype == np.uint8:
        scaled: Floats = np.multiply(images, PIXEL_SCALE, dtype=dtype)
        return scaled
    return np.ascontiguousarray(images, dtype=dtype)
