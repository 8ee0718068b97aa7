"""How well a network reads, beyond one number; and how loss, accuracy and probability are written."""

import math

import numpy as np
from numpy.typing import NDArray

GUESSING = 0.1
"""Below this share of the way from guessing to being always right (Cohen's kappa, 1960), a network only guesses."""


def confusion_matrix(labels: NDArray[np.integer], predictions: NDArray[np.integer], classes: int) -> NDArray[np.intp]:
    """Count how often each class was read as each.

    Args:
        labels: (n,) what the digits are, 0 to classes - 1.
        predictions: (n,) what they were read as, likewise.

    Returns:
        Counts, (classes, classes): row is the label, column what it was read as.

    Raises:
        ValueError: arrays of different shapes, or a class out of range.
    """
    if labels.shape != predictions.shape:
        raise ValueError(f"The predictions must have the labels' shape {labels.shape}, not {predictions.shape}.")
    for name, values in (("label", labels), ("prediction", predictions)):
        outside = values[(values < 0) | (values >= classes)]
        if outside.size:
            raise ValueError(f"Each {name} must be 0 to {classes - 1}, not {outside[0]}.")
    pairs = labels.astype(np.intp) * classes + predictions.astype(np.intp)
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_accuracy(matrix: NDArray[np.intp]) -> list[float]:
    """The share of each class read rightly, 0 to 1; 0 for a class that does not occur."""
    return [float(x) for x in np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)]


def most_confused(matrix: NDArray[np.intp], count: int) -> list[tuple[int, int, int]]:
    """The most frequent mistakes as (label, read as, how often), at most `count`, most frequent first.

    Equally frequent ones come in the order of their labels. What never happened is not among them.
    """
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:count]
    places = [divmod(int(place), len(matrix)) for place in order]
    return [(label, read, int(wrong[label, read])) for label, read in places if wrong[label, read]]


def kappa(accuracy: float, classes: int) -> float:
    """How far an accuracy is from guessing (0) to always being right (1); below 0 if it is worse than guessing."""
    guess = 1 / classes
    return (accuracy - guess) / (1 - guess) if classes > 1 else 1.0


def guesses(accuracy: float, classes: int) -> bool:
    """Whether a network with this accuracy does no better than guessing."""
    return kappa(accuracy, classes) < GUESSING


def format_loss(value: float) -> str:
    """A loss as it is written everywhere: four decimals, or two figures and a power of ten where that is shorter.

    >>> format_loss(0.14826), format_loss(1234.5)
    ('0.1483', '1.2e3')
    """
    if value < 100 or not math.isfinite(value):
        return f"{value:.4f}"
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(power)}"


def format_accuracy(share: float) -> str:
    """The share of right answers, 0 to 1, as it is written everywhere: a percentage with two decimals.

    >>> format_accuracy(0.9786)
    '97.86%'
    """
    return f"{share:.2%}"


def format_probability(share: float) -> str:
    """The probability of an answer, 0 to 1, as it is written everywhere: a percentage with one decimal.

    >>> format_probability(0.5238)
    '52.4%'
    """
    return f"{share:.1%}"
