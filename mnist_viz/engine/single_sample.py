"""Training one sample at a time: matrix-vector products and updates in place, with no gradient vector between."""

import math

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]


class SingleSampleSGD:
    """The gradient descent step for a batch of one (Robbins and Monro 1951), the same arithmetic as the batch's.

    For one sample the gradient of W is the outer product x dᵀ. It is subtracted from W at once, and for the
    first layer only in the rows where the pixel is not zero: about a fifth of a digit's 784. The same rows
    are all that the forward product reads.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        sizes, dtype = network.sizes, network.dtype
        self._outputs: list[Floats] = [np.empty(size, dtype) for size in sizes[1:]]
        self._deltas: list[Floats] = [*(np.empty(size, dtype) for size in sizes[1:-1]), self._outputs[-1]]
        self._kept: list[Floats] = [np.empty(size, dtype) for size in sizes[1:]]
        self._products: list[Floats] = [np.empty(layer.weights.shape, dtype) for layer in network.layers]
        self._rows = np.empty((sizes[0], sizes[1]), dtype)

    def step(self, x: Floats, label: int, learning_rate: float) -> tuple[float, int]:
        """Move the network one step along the gradient of the sample `x` (inputs,); return loss and hit.

        Where the loss or the gradient is no finite number, the network stays as it is and the loss is NaN.
        """
        layers, outputs, activations = self._network.layers, self._outputs, self._network.activations
        lit = x.nonzero()[0]
        pixels, rows = x[lit], self._rows[: len(lit)]
        np.take(layers[0].weights, lit, axis=0, out=rows, mode="clip")
        np.dot(pixels, rows, out=outputs[0])
        for k, layer in enumerate(layers):
            if k > 0:
                activations[k - 1].forward(outputs[k - 1], self._kept[k - 1], self._deltas[k - 1])
                np.dot(outputs[k - 1], layer.weights, out=outputs[k])
            if layer.biases is not None:
                np.add(outputs[k], layer.biases, out=outputs[k])

        delta = outputs[-1]
        winner = delta.argmax()
        hit = int(winner == label)
        np.subtract(delta, delta[winner], out=delta)
        label_logit = float(delta[label])
        np.exp(delta, out=delta)
        total = float(np.add.reduce(delta))
        np.divide(delta, total, out=delta)
        delta[label] -= 1.0

        # All deltas come before the first update: a step that diverges leaves the parameters as they were.
        squared_norm = 0.0
        for k in range(len(layers) - 1, 0, -1):
            below, next_delta = outputs[k - 1], self._deltas[k - 1]
            squared_norm += float(delta.dot(delta)) * float(below.dot(below))
            np.dot(layers[k].weights, delta, out=next_delta)
            activations[k - 1].backward(below, next_delta, self._kept[k - 1])
            delta = next_delta
        squared_norm += float(delta.dot(delta)) * float(pixels.dot(pixels))
        loss = math.log(total) - label_logit if total > 0 else math.nan
        if not (math.isfinite(loss) and math.isfinite(squared_norm)):
            return math.nan, hit

        for k in range(1, len(layers)):
            layer, delta = layers[k], self._deltas[k]
            np.multiply(delta, learning_rate, out=delta)
            np.multiply(outputs[k - 1][:, None], delta, out=self._products[k])
            np.subtract(layer.weights, self._products[k], out=layer.weights)
            if layer.biases is not None:
                np.subtract(layer.biases, delta, out=layer.biases)
        first, delta = layers[0], self._deltas[0]
        np.multiply(delta, learning_rate, out=delta)
        product = self._products[0][: len(lit)]
        np.multiply(pixels[:, None], delta, out=product)
        np.subtract(rows, product, out=rows)
        first.weights[lit] = rows
        if first.biases is not None:
            np.subtract(first.biases, delta, out=first.biases)
        return loss, hit
