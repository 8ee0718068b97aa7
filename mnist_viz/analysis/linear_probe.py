"""How well a straight cut through a layer's activations tells the classes apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.subject import BROKEN, Subject
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.engine.network import as_input

Floats = NDArray[np.floating]

RIDGE = 1e-3
"""The penalty, as a share of the mean variance of an activation."""

_MOST = 4_000  # pictures: half are for fitting, half for measuring
_ROWS = 500  # at a time


@dataclass(frozen=True)
class ProbeAccuracies:
    """The accuracy, 0 to 1, of a linear probe.

    Attributes:
        pixels: on the pixels themselves.
        layers: on the outputs of each hidden layer, and on the logits.
    """

    pixels: float
    layers: tuple[float, ...]


def probe_accuracies(subject: Subject, _choice: object, watch: Watch) -> ProbeAccuracies:
    """Fit a linear classifier to the activations of each layer, as Alain and Bengio (2016) do.

    What a linear classifier can read from a layer should grow from layer to layer.
    """
    probe = subject.wanted_examples().first(_MOST)
    half, classes = len(probe) // 2, len(probe.class_names)
    if not half:
        raise ValueError("A linear probe needs two validation pictures or more")
    if "linear" not in probe.known:
        probe.known["linear"] = ridge_accuracy(as_input(probe.images), probe.labels, half, classes, watch)
    parts = []
    for start in range(0, len(probe), _ROWS):
        watch.check()
        parts.append(subject.network.outputs(probe.images[start : start + _ROWS]))
    found = []
    for layer in zip(*parts, strict=True):
        values = np.concatenate(layer)
        if not np.isfinite(values).all():
            raise ValueError(BROKEN)
        found.append(ridge_accuracy(values, probe.labels, half, classes, watch))
    return ProbeAccuracies(probe.known["linear"], tuple(found))


def ridge_accuracy(
    values: Floats, labels: NDArray[np.integer], fitted: int, classes: int, watch: Watch = UNWATCHED
) -> float:
    """The share of the later rows whose class a ridge regression names that is fitted to the first `fitted` rows.

    With X, the activations less their means, and Y, a one in the column of each row's class less the means, the weights
    are W = (X'X + k I)^-1 X'Y (Hoerl and Kennard 1970), and the answer is the greatest of x W + the mean of Y. Here k
    is `RIDGE` of the mean of the diagonal of X'X.

    Args:
        values: (n, width).
        labels: (n,).
        fitted: fewer than n.
    """
    scale = float(np.abs(values).max()) or 1.0  # squares of large numbers would overflow
    values = values / np.float32(scale)
    mean = values[:fitted].mean(axis=0)
    values -= mean
    x, targets = values[:fitted], np.eye(classes, dtype=values.dtype)[labels[:fitted]]
    usual = targets.mean(axis=0)
    products = (x.T @ x).astype(np.float64)
    watch.check()
    penalty = RIDGE * float(np.trace(products)) / len(products)
    products[np.diag_indices_from(products)] += penalty or 1.0
    weights = np.linalg.solve(products, (x.T @ (targets - usual)).astype(np.float64))
    answers = (values[fitted:] @ weights.astype(values.dtype) + usual).argmax(axis=1)
    return float((answers == labels[fitted:]).mean())
