"""Softmax and cross-entropy, fused: the gradient of the two together is simply p - y."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def softmax(logits: Floats) -> None:
    """Turn logits of shape (batch, classes) into probabilities, in place.

    The greatest logit of a row is subtracted first: the result is the same, and the exponential cannot overflow.
    """
    np.subtract(logits, logits.max(axis=1, keepdims=True), out=logits)
    np.exp(logits, out=logits)
    np.divide(logits, logits.sum(axis=1, keepdims=True), out=logits)


class SoftmaxCrossEntropy:
    """The loss of a batch of fixed size, with its buffers.

    For logits z and probabilities p = softmax(z), the loss of a sample with label y is -log p[y], and its
    derivative with respect to z is p - onehot(y) (Bridle 1990); so the one-hot matrix is never built.
    """

    def __init__(self, batch: int, classes: int, dtype: np.dtype[np.floating]) -> None:
        self._row_starts = np.arange(batch, dtype=np.intp) * classes
        self._label_places = np.empty(batch, np.intp)
        self._label_logits = np.empty(batch, dtype)
        self._column = np.empty((batch, 1), dtype)
        self._winners = np.empty(batch, np.intp)
        self._mean = dtype.type(1.0 / batch)

    def loss_and_delta(self, logits: Floats, labels: NDArray[np.integer]) -> tuple[float, int]:
        """Turn `logits` in place into the gradient of the mean loss; return the summed loss and the hits.

        Args:
            logits: (batch, classes), C-contiguous, overwritten with (p - y) / batch.
            labels: (batch,) integers in 0..classes-1.
        """
        column, flat = self._column, logits.reshape(-1)
        np.argmax(logits, axis=1, out=self._winners)
        correct = int(np.count_nonzero(self._winners == labels))
        np.max(logits, axis=1, keepdims=True, out=column)
        np.subtract(logits, column, out=logits)
        np.add(self._row_starts, labels, out=self._label_places)
        np.take(flat, self._label_places, out=self._label_logits, mode="clip")
        np.exp(logits, out=logits)
        np.sum(logits, axis=1, keepdims=True, out=column)
        np.divide(logits, column, out=logits)
        np.log(column, out=column)
        loss = float(column.sum()) - float(self._label_logits.sum())
        flat[self._label_places] -= 1.0
        np.multiply(logits, self._mean, out=logits)
        return loss, correct
