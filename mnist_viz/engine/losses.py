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

    def loss_and_delta(self, logits: Floats, labels: NDArray[np.integer], smoothing: float = 0.0) -> tuple[float, int]:
        """Turn `logits` in place into the gradient of the mean loss; return the summed loss and the hits.

        Args:
            logits: (batch, classes), C-contiguous.
            labels: (batch,) integers in 0..classes-1.
            smoothing: the share of the target that is spread over all classes.
        """


class _Softmax:
    """The probabilities, the hits, and where each sample's label stands; the losses build on it."""

    def __init__(self, batch: int, classes: int, dtype: np.dtype[np.floating]) -> None:
        self._classes = classes
        self._row_starts = np.arange(batch, dtype=np.intp) * classes
        self._places = np.empty(batch, np.intp)
        self._of_label = np.empty(batch, dtype)
        self._column = np.empty((batch, 1), dtype)
        self._row = self._column.reshape(-1)  # the same numbers without the second axis
        self._ones: Floats = np.ones((classes, 1), dtype)
        self._winners = np.empty(batch, np.intp)
        self._hits = np.empty(batch, np.bool_)
        self._mean = dtype.type(1.0 / batch)

    def _count_hits(self, logits: Floats, labels: NDArray[np.integer]) -> int:
        np.argmax(logits, axis=1, out=self._winners)
        np.equal(self._winners, labels, out=self._hits)
        return int(np.count_nonzero(self._hits))

    def _probabilities(self, logits: Floats, labels: NDArray[np.integer]) -> None:
        """Turn logits into probabilities, shifted so that none overflows; each label's shifted logit is kept.

        The greatest logit stands where the hits were counted, and a product with ones sums faster than `np.sum`.
        """
        flat = logits.reshape(-1)
        np.add(self._row_starts, self._winners, out=self._places)
        np.take(flat, self._places, out=self._row, mode="clip")
        np.subtract(logits, self._column, out=logits)
        np.add(self._row_starts, labels, out=self._places)
        np.take(flat, self._places, out=self._of_label, mode="clip")
        np.exp(logits, out=logits)
        np.matmul(logits, self._ones, out=self._column)
        np.divide(logits, self._column, out=logits)

    def _subtract_targets(self, probabilities: Floats, smoothing: float) -> None:
        if smoothing:
            np.subtract(probabilities, smoothing / self._classes, out=probabilities)
        probabilities.reshape(-1)[self._places] -= 1.0 - smoothing


class SoftmaxCrossEntropy(_Softmax):
    """-log p[y] for probabilities p and label y.

    Its derivative with respect to the logits is p - onehot(y), softmax included (Bridle 1990).
    """

    def loss_and_delta(self, logits: Floats, labels: NDArray[np.integer], smoothing: float = 0.0) -> tuple[float, int]:
        correct = self._count_hits(logits, labels)
        self._probabilities(logits, labels)
        np.log(self._column, out=self._column)
        loss = float(np.add.reduce(self._row)) - float(np.add.reduce(self._of_label))
        self._subtract_targets(logits, smoothing)
        np.multiply(logits, self._mean, out=logits)
        return loss, correct


class SoftmaxSquaredError(_Softmax):
    """Half the squared distance of the probabilities from the one-hot label, the score of Brier 1950.

    With d = p - onehot(y), the derivative with respect to the logits is p * (d - the sum of d * p).
    """

    def __init__(self, batch: int, classes: int, dtype: np.dtype[np.floating]) -> None:
        super().__init__(batch, classes, dtype)
        self._distance = np.empty((batch, classes), dtype)
        self._product = np.empty((batch, classes), dtype)

    def loss_and_delta(self, logits: Floats, labels: NDArray[np.integer], smoothing: float = 0.0) -> tuple[float, int]:
        correct = self._count_hits(logits, labels)
        self._probabilities(logits, labels)
        distance, product = self._distance, self._product
        np.copyto(distance, logits)
        self._subtract_targets(distance, 0.0)
        np.multiply(distance, distance, out=product)
        loss = 0.5 * float(product.sum())
        if smoothing:
            np.copyto(distance, logits)
            self._subtract_targets(distance, smoothing)
        np.multiply(distance, logits, out=product)
        np.sum(product, axis=1, keepdims=True, out=self._column)
        np.subtract(distance, self._column, out=distance)
        np.multiply(logits, distance, out=logits)
        np.multiply(logits, self._mean, out=logits)
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
