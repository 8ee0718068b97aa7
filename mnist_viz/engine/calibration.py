"""Whether probabilities mean what they say: of what is read with 80 %, 80 % should be right."""

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]

BINS = 15
"""Into so many bins of confidence the error of calibration sorts the answers (Guo et al. 2017: 15)."""
COLDEST, HOTTEST = 0.05, 20.0
"""Between these the temperature is looked for."""
_STEPS = 60


def calibration_error(probabilities: Floats, labels: NDArray[np.integer], bins: int = BINS) -> float:
    """The expected calibration error (Naeini et al. 2015; Guo et al. 2017, eq. 3).

    The mean distance between the confidence and the accuracy of the answers, sorted by confidence into bins of equal
    width and weighted by how many answers each bin has.

    Args:
        probabilities: (n, classes).
        labels: (n,).

    Returns:
        0 to 1; 0 is best.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    which = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    gaps = np.bincount(which, right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def temperature(probabilities: Floats, labels: NDArray[np.integer]) -> float:
    """The temperature by which logits must be divided for the least cross-entropy (Guo et al. 2017, section 4.2).

    Args:
        probabilities: (n, classes), what the network says without it.
        labels: (n,), of samples that it was not trained on.

    Returns:
        Above 1 for a network that is too sure of itself; found by golden-section search on its logarithm.
    """
    # Logits but for a constant in each row, which softmax takes away again.
    logits = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny))
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        top = scaled.max(axis=1)
        return float((top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - scaled[rows, labels]).mean())

    low, high, golden = np.log(COLDEST), np.log(HOTTEST), (np.sqrt(5) - 1) / 2
    a, b = high - golden * (high - low), low + golden * (high - low)
    at_a, at_b = loss(a), loss(b)
    for _ in range(_STEPS):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - golden * (high - low)
            at_a = loss(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + golden * (high - low)
            at_b = loss(b)
    return float(np.exp((low + high) / 2))


def calibrate(network: Network, images: NDArray[np.generic], labels: NDArray[np.integer]) -> float:
    """Divide the last layer by the temperature that fits these samples, and return it.

    The answers stay the same; only how sure the network is of them changes.

    Args:
        images: (n, inputs), bytes or numbers from 0 to 1, that the network was not trained on.
        labels: (n,).
    """
    divisor = temperature(network.predict_proba(images), labels)
    last = network.layers[-1]
    last.weights /= np.float32(divisor)
    if last.biases is not None:
        last.biases /= np.float32(divisor)
    return divisor
