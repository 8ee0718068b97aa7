"""Whether a reading deserves trust: what was drawn is a digit at all, and the network is sure which.

A network that was trained on digits reads a scribble as one of them, often with certainty (Nguyen et al. 2015). So
another, smaller network, trained on digits and on what is none, is asked first.
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import Network
from mnist_viz.paths import resource
from mnist_viz.recording.readout import Reading
from mnist_viz.recording.storage import ModelFileError, load_model

DIGITS = tuple("0123456789")
NONE = "none"
"""The name of the class of what is no digit."""

MIN_INK = 10 * 255
"""Less ink than ten full pixels is a dot, not a digit; the thinnest digits of MNIST's training set hold twice that."""
LEAST_CERTAIN = 0.5
"""Below this probability of the likeliest class the network is not sure."""
LEAST_LIKE_A_DIGIT = 0.25
"""Below this probability of being a digit the picture counts as none; 99.6 % of MNIST's validation digits are above."""


def guard_path() -> Path:
    """The file of the network that tells digits from what is none."""
    return resource("digits-or-none.npz")


def digit_likeness(pictures: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The probability that each picture, (n, 784) or (28, 28) for one, shows a digit at all: (n,)."""
    return 1 - _guard().predict_proba(pictures.reshape(-1, 784))[:, -1]


def certain(reading: Reading) -> bool:
    """Whether the network prefers one class clearly."""
    return float(reading.probabilities.max()) >= LEAST_CERTAIN


def accepted(picture: NDArray[np.uint8], reading: Reading, class_names: tuple[str, ...] = DIGITS) -> bool:
    """Whether the reading deserves trust: enough ink, one class clearly preferred, and of digits, that it is one.

    Args:
        picture: what was read, bytes, light on dark.
        reading: what the network made of it.
        class_names: of the network. What is no digit is told from digits alone: other classes are not doubted.
    """
    if int(picture.sum()) < MIN_INK or not certain(reading):
        return False
    if class_names == (*DIGITS, NONE):
        return class_names[reading.digit] != NONE
    if class_names != DIGITS or picture.size != 784:
        return True
    try:
        return float(digit_likeness(picture)[0]) >= LEAST_LIKE_A_DIGIT
    except (OSError, ModelFileError):  # a file of the program's own is damaged or missing: no reason not to read
        return True


@cache
def _guard() -> Network:
    return load_model(guard_path()).model.network()
