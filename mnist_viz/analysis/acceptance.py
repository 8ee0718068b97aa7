"""Whether a reading deserves trust: what was drawn is a digit at all, and the network is sure which.

A network that was trained on digits reads a scribble as one of them, often with certainty (Nguyen et al. 2015). So
another, smaller network, trained on digits and on what is none, is asked first: the guard.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.reading import Reading
from mnist_viz.engine.network import Network

DIGITS = tuple("0123456789")
NONE = "none"
"""The name of the class of what is no digit."""

MIN_INK = 10 * 255
"""Less ink than ten full pixels is a dot, not a digit; the thinnest digits of MNIST's training set hold twice that."""
LEAST_CERTAIN = 0.5
"""Below this probability of the likeliest class the network is not sure."""
LEAST_LIKE_A_DIGIT = 0.25
"""Below this probability that the picture is a digit, and the digit that is read, it counts as none.

Above are 99.4 % of MNIST's validation digits.
"""


def digit_likeness(guard: Network, pictures: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The probability that each picture, (n, 784) or (28, 28) for one, shows a digit at all: (n,)."""
    return 1 - guard.predict_proba(pictures.reshape(-1, 784))[:, -1]


def certain(reading: Reading) -> bool:
    """Whether the network prefers one class clearly."""
    return float(reading.probabilities.max()) >= LEAST_CERTAIN


def accepted(
    picture: NDArray[np.uint8], reading: Reading, guard: Network | None, class_names: tuple[str, ...] = DIGITS
) -> bool:
    """Whether the reading deserves trust: enough ink, one class clearly preferred, and of digits, that it is one.

    Args:
        picture: what was read, bytes, light on dark.
        guard: the network that tells digits from what is none; without it whatever is read counts as a digit.
        class_names: of the network. What is no digit is told from digits alone: other classes are not doubted.
    """
    if int(picture.sum()) < MIN_INK or not certain(reading):
        return False
    if class_names == (*DIGITS, NONE):
        return class_names[reading.digit] != NONE
    if guard is None or class_names != DIGITS or picture.size != 784:
        return True
    return float(reading.probabilities.max()) * _likeness(guard, picture.tobytes()) >= LEAST_LIKE_A_DIGIT


@lru_cache(maxsize=64)
def _likeness(guard: Network, picture: bytes) -> float:
    """Kept, since one drawing is read by many frames and the guard is the larger network."""
    return float(digit_likeness(guard, np.frombuffer(picture, np.uint8))[0])


def is_number(
    digits: Sequence[tuple[NDArray[np.uint8], Reading]],
    whole: tuple[NDArray[np.uint8], Reading],
    guard: Network | None,
    class_names: tuple[str, ...] = DIGITS,
    *,
    touching: bool = False,
) -> bool:
    """Whether what looks like several digits is.

    It is not where one of them is in doubt and all together are a digit, nor where their ink touches and one of them
    is no digit: a K, say, of which the stem alone would be a 1.

    Args:
        digits: the picture and the reading of each.
        guard, class_names: as `accepted` takes them.
        touching: whether the ink of two neighbours touches, see `inks_touch`.
    """
    if any(len(name) > 1 for name in class_names):
        return False
    if touching and guard is not None and class_names == DIGITS:
        pictures = [picture for picture, _ in digits if picture.size == 784]
        if any(_likeness(guard, picture.tobytes()) < LEAST_LIKE_A_DIGIT for picture in pictures):
            return False
    return all(accepted(*digit, guard, class_names) for digit in digits) or not accepted(*whole, guard, class_names)
