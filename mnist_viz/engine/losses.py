"""What training makes small: a loss over softmax probabilities, fused with its gradient.

Both losses take logits and overwrite them with the gradient of the batch's mean; the one-hot matrix is never built.
With label smoothing (Szegedy et al. 2016, section 7) the target of a sample is 1 - s for its class plus s / classes for
every class. It acts on the gradient alone: the loss that is returned is always against the plain labels, so that
training and validation compare.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

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


class Loss(Protocol):
    """The loss of batches of one size, with its buffers."""

    def loss_and_delta(
        self, logits: Floats, labels: NDArray[np.integer], smoothing: float = 0.0, scale: float = 1.0
    ) -> tuple[float, int]:
        """Turn `logits` in place into the gradient of the mean loss; return the summed loss and the hits.

        Args:
            logits: (batch, classes), C-contiguous.
            labels: (batch,) integers in 0..classes-1.
            smoothing: the share of the target that is spread over all classes.
            scale: what the gradient is multiplied with.
        """


class _Softmax:
    """The probabilities, the hits and the targets; the losses build on it.

    Its arrays are small and the code around them large, so what counts is how many functions are called, and arrays'
    methods cost half of NumPy's functions of the same name. A product with ones sums faster than `np.sum`.
    """

    def __init__(self, batch: int, classes: int, dtype: np.dtype[np.floating]) -> None:
        self._classes = classes
        self._row_starts = np.arange(batch, dtype=np.intp) * classes
        self._places = np.empty(batch, np.intp)
        self._column = np.empty((batch, 1), dtype)
        self._row = self._column.reshape(-1)  # the same numbers without the second axis
        self._one_hot_rows: Floats = np.eye(classes, dtype=dtype)
        self._targets: Floats = np.empty((batch, classes), dtype)
        self._flat_targets = self._targets.reshape(-1)
        self._ones: Floats = np.ones((classes, 1), dtype)
        self._ones_row: Floats = np.ones(batch, dtype)
        self._mean = dtype.type(1.0 / batch)

    def _probabilities(self, logits: Floats, labels: NDArray[np.integer]) -> tuple[float, int]:
        """Turn logits into probabilities; return the sum of the labels' log-probabilities, and the hits.

        `_targets` then holds the one-hot rows. The greatest logit of a row is subtracted first, so that no exponential
        overflows.
        """
        flat = logits.reshape(-1)
        self._one_hot_rows.take(labels, 0, self._targets, "clip")
        logits.argmax(1, self._places)
        np.add(self._places, self._row_starts, out=self._places)
        self._flat_targets.take(self._places, None, self._row, "clip")
        correct = int(self._row.dot(self._ones_row))
        flat.take(self._places, None, self._row, "clip")
        np.subtract(logits, self._column, out=logits)
        of_labels = float(flat.dot(self._flat_targets))
        np.exp(logits, out=logits)
        logits.dot(self._ones, self._column)
        np.divide(logits, self._column, out=logits)
        np.log(self._column, out=self._column)
        return of_labels - float(self._row.dot(self._ones_row)), correct

    def _smooth_targets(self, smoothing: float) -> None:
        np.multiply(self._targets, 1.0 - smoothing, out=self._targets)
        np.add(self._targets, smoothing / self._classes, out=self._targets)


class SoftmaxCrossEntropy(_Softmax):
    """-log p[y] for probabilities p and label y.

    Its derivative with respect to the logits is p - onehot(y), softmax included (Bridle 1990).
    """

    def loss_and_delta(
        self, logits: Floats, labels: NDArray[np.integer], smoothing: float = 0.0, scale: float = 1.0
    ) -> tuple[float, int]:
        log_likelihood, correct = self._probabilities(logits, labels)
        if smoothing:
            self._smooth_targets(smoothing)
        np.subtract(logits, self._targets, out=logits)
        np.multiply(logits, self._mean * scale, out=logits)
        return -log_likelihood, correct


class SoftmaxSquaredError(_Softmax):
    """Half the squared distance of the probabilities from the one-hot label, the score of Brier 1950.

    With d = p - onehot(y), the derivative with respect to the logits is p * (d - the sum of d * p).
    """

    def __init__(self, batch: int, classes: int, dtype: np.dtype[np.floating]) -> None:
        super().__init__(batch, classes, dtype)
        self._distance = np.empty((batch, classes), dtype)
        self._product = np.empty((batch, classes), dtype)

    def loss_and_delta(
        self, logits: Floats, labels: NDArray[np.integer], smoothing: float = 0.0, scale: float = 1.0
    ) -> tuple[float, int]:
        _, correct = self._probabilities(logits, labels)
        distance, product = self._distance, self._product
        np.subtract(logits, self._targets, out=distance)
        np.multiply(distance, distance, out=product)
        loss = 0.5 * float(product.sum())
        if smoothing:
            self._smooth_targets(smoothing)
            np.subtract(logits, self._targets, out=distance)
        np.multiply(distance, logits, out=product)
        product.dot(self._ones, self._column)
        np.subtract(distance, self._column, out=distance)
        np.multiply(logits, distance, out=logits)
        np.multiply(logits, self._mean * scale, out=logits)
        return loss, correct


@dataclass(frozen=True)
class LossKind:
    """A loss to choose: its name in settings, its title, and ``make(batch, classes, dtype)``."""

    name: str
    title: str
    make: Callable[[int, int, np.dtype[np.floating]], Loss]


LOSSES: dict[str, LossKind] = {
    kind.name: kind
    for kind in (
        LossKind("cross-entropy", "Cross-entropy", SoftmaxCrossEntropy),
        LossKind("mse", "Mean squared error", SoftmaxSquaredError),
    )
}
