"""Batch normalization (Ioffe and Szegedy 2015): each neuron's weighted sums get mean 0 and variance 1 a batch."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

EPSILON = 1e-5
"""Added to every variance, so that a neuron that is the same for the whole batch does not divide by zero."""

NEW_SHARE = 0.1
"""How much of the running mean and variance each batch replaces, as torch has it."""


class BatchNorm:
    """The normalization after one dense layer, whose biases become the shift.

    In training: y = gain * (z - mean) / sqrt(variance + epsilon) + bias, with the batch's own mean and variance.
    A trained network uses running averages of the two instead; then the normalization is linear, and `folded` moves
    it into the layer's weights and biases.

    Args:
        gain, gain_gradient: (width,) views of the network's flat vectors.
        mean, variance: (width,) views of its running statistics.
    """

    def __init__(self, gain: Floats, gain_gradient: Floats, mean: Floats, variance: Floats) -> None:
        self.gain, self.gain_gradient = gain, gain_gradient
        self.mean, self.variance = mean, variance
        self._batch_mean, self._batch_variance = np.empty_like(mean), np.empty_like(mean)
        self._inverse_deviation = np.empty_like(mean)
        self._row = np.empty_like(mean)
        self._batch = 0

    def forward(self, z: Floats, normalized: Floats) -> None:
        """Turn z (batch, width) into gain * z-hat in place; z-hat stays in `normalized` for the way back."""
        self._batch = len(z)
        np.mean(z, axis=0, out=self._batch_mean)
        np.subtract(z, self._batch_mean, out=normalized)
        np.multiply(normalized, normalized, out=z)
        np.mean(z, axis=0, out=self._batch_variance)
        np.add(self._batch_variance, EPSILON, out=self._inverse_deviation)
        np.sqrt(self._inverse_deviation, out=self._inverse_deviation)
        np.divide(1.0, self._inverse_deviation, out=self._inverse_deviation)
        np.multiply(normalized, self._inverse_deviation, out=normalized)
        np.multiply(normalized, self.gain, out=z)

    def backward(self, normalized: Floats, delta: Floats, spare: Floats) -> None:
        """Write the gain's gradient and turn delta = dL/dy into dL/dz in place.

        dL/dz = gain / deviation * (delta - its mean - z-hat * the mean of delta * z-hat), means over the batch.
        """
        np.multiply(delta, normalized, out=spare)
        np.sum(spare, axis=0, out=self.gain_gradient)
        np.divide(self.gain_gradient, self._batch, out=self._row)
        np.multiply(normalized, self._row, out=spare)
        np.mean(delta, axis=0, out=self._row)
        np.subtract(delta, self._row, out=delta)
        np.subtract(delta, spare, out=delta)
        np.multiply(self.gain, self._inverse_deviation, out=self._row)
        np.multiply(delta, self._row, out=delta)

    def update_statistics(self) -> None:
        """Let the running statistics follow the last batch; the variance without bias, as torch has it."""
        unbiased = self._batch / max(self._batch - 1, 1)
        self.mean += NEW_SHARE * (self._batch_mean - self.mean)
        self.variance += NEW_SHARE * (self._batch_variance * unbiased - self.variance)

    def folded(self, weights: Floats, biases: Floats | None) -> tuple[Floats, Floats]:
        """The weights (inputs, width) and biases (width,) of a plain layer that computes what both do together."""
        scale = self.gain / np.sqrt(self.variance + EPSILON)
        shift = -self.mean * scale
        return weights * scale, shift if biases is None else biases + shift
