"""A dense layer: z = x W + b, and its gradients."""

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.normalization import BatchNorm

Floats = NDArray[np.floating]


class Dense:
    """A fully connected layer whose parameters are views of the network's flat vectors.

    For a batch X of shape (batch, inputs) and the loss's gradient D with respect to Z = X W + b, the chain rule
    gives: dL/dW = Xᵀ D, dL/db = the sum of D's rows, dL/dX = D Wᵀ.

    Args:
        inputs, outputs: the layer's width on either side.
        biases: without, the layer is Z = X W.
        parameters, gradient: 1-D slices of length `size(inputs, outputs, biases)` that the layer makes views of.

    Attributes:
        norm: the batch normalization between X W and b; None without. The network sets it.
    """

    def __init__(self, inputs: int, outputs: int, biases: bool, parameters: Floats, gradient: Floats) -> None:
        weights = inputs * outputs
        self.weights = parameters[:weights].reshape(inputs, outputs)
        self.weights_gradient = gradient[:weights].reshape(inputs, outputs)
        self.biases = parameters[weights:] if biases else None
        self.biases_gradient = gradient[weights:] if biases else None
        self.norm: BatchNorm | None = None

    @staticmethod
    def size(inputs: int, outputs: int, biases: bool) -> int:
        return inputs * outputs + (outputs if biases else 0)

    def __repr__(self) -> str:
        inputs, outputs = self.weights.shape
        return f"Dense({inputs} -> {outputs}{'' if self.biases is not None else ', no biases'})"

    def forward(self, x: Floats, out: Floats, normalized: Floats | None = None) -> None:
        """Write Z = X W + b, of shape (batch, outputs), into `out`; `normalized` is for a layer with a norm."""
        np.matmul(x, self.weights, out=out)
        if self.norm is not None and normalized is not None:
            self.norm.forward(out, normalized)
        if self.biases is not None:
            np.add(out, self.biases, out=out)

    def backward(
        self,
        x: Floats,
        delta: Floats,
        ones: Floats,
        out: Floats | None,
        normalized: Floats | None = None,
        spare: Floats | None = None,
    ) -> None:
        """Write the gradients, given X and D = dL/dZ; dL/dX goes into `out` if there is one.

        `ones` holds a one a sample: its product with D is the sum of D's rows, and faster than `np.sum`.
        A layer with a norm overwrites `delta`, and wants `normalized` from the forward pass and a spare buffer.
        """
        if self.biases_gradient is not None:
            ones.dot(delta, self.biases_gradient)
        if self.norm is not None and normalized is not None and spare is not None:
            self.norm.backward(normalized, delta, spare)
        np.matmul(x.T, delta, out=self.weights_gradient)
        if out is not None:
            np.matmul(delta, self.weights.T, out=out)
