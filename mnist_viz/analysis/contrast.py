"""The answer to a picture, and the class that it is compared with."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.subject import NO_NUMBERS, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.losses import softmax
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]

ONE_CLASS = "This network knows one class: there is nothing to compare it with"


@dataclass(frozen=True)
class WhyChoice:
    """What is chosen in the panel "Why this digit".

    Attributes:
        rival: the class to compare with; None for the likeliest but the answer.
        size: of a nudge, 0 to 1.
        start, made: the picture on the pad may be one that the panel has `made` of the picture `start`; questions on
            changes are then about `start`.
    """

    rival: int | None = None
    size: float = 0.0
    start: Bytes | None = field(default=None, compare=False)
    made: Bytes | None = field(default=None, compare=False)

    def picture(self, subject: Subject) -> Bytes:
        """The picture to change, in its shape.

        Raises:
            ValueError: there is none.
        """
        subject.wanted_picture()
        picture = self.start if self.start is not None and subject.picture is self.made else subject.picture
        assert picture is not None
        return picture


@dataclass(frozen=True, eq=False)
class Contrast:
    """What a network reads, and a class that it does not read.

    Attributes:
        logits, probabilities: (classes,).
    """

    names: tuple[str, ...]
    logits: Floats
    probabilities: Floats
    answer: int
    rival: int

    @property
    def answer_name(self) -> str:
        return self.names[self.answer]

    @property
    def rival_name(self) -> str:
        return self.names[self.rival]

    @property
    def certainty(self) -> float:
        """The probability of the answer."""
        return float(self.probabilities[self.answer])

    @property
    def weights(self) -> Floats:
        """Of the logits, (classes,): their sum with these is the logit of the answer minus that of the rival."""
        result = np.zeros_like(self.logits)
        result[self.answer], result[self.rival] = 1.0, -1.0
        return result


def contrast(
    network: Network, names: tuple[str, ...], picture: NDArray[np.generic], wanted: int | None = None
) -> Contrast:
    """Read a picture, of any shape, and compare its answer with class `wanted`, or with the runner-up.

    The runner-up also takes the place of a wanted class that is the answer, or that there is not.

    Raises:
        ValueError: the outputs are no numbers, or there is one class.
    """
    logits = network.logits(picture.reshape(1, -1))
    if not np.isfinite(logits).all():
        raise ValueError(NO_NUMBERS)
    if logits.size < 2:
        raise ValueError(ONE_CLASS)
    probabilities = logits.copy()
    softmax(probabilities)
    answer, second = (int(k) for k in np.argsort(-logits[0], kind="stable")[:2])
    known = wanted is not None and 0 <= wanted < logits.size and wanted != answer
    return Contrast(names, logits[0], probabilities[0], answer, wanted if known and wanted is not None else second)


def log_odds(logits: Floats, classes: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """log p / (1 - p) for the probability p of a class in each row of logits, and its derivative to the logits.

    With q, the softmax over the other classes alone, the derivative is onehot(class) - q. The cross-entropy of a class,
    -log p, has the derivative -(1 - p) (onehot(class) - q): the same direction downwards, but zero in floating point
    where the network is sure.

    Args:
        logits: (n, classes).
        classes: (n,).

    Returns:
        float64 (n,) and (n, classes).

    Raises:
        ValueError: there is one class.
    """
    if logits.shape[1] < 2:
        raise ValueError(ONE_CLASS)
    rows = np.arange(len(logits))
    others = logits.astype(np.float64)
    others[rows, classes] = -np.inf
    highest = others.max(axis=1)
    shares = np.exp(others - highest[:, None])
    sums = shares.sum(axis=1)
    slopes = -shares / sums[:, None]
    slopes[rows, classes] = 1.0
    return logits[rows, classes] - highest - np.log(sums), slopes


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """The picture on the pad, and the network's answer."""

    picture: Bytes
    found: Contrast


def read_picture(subject: Subject, choice: WhyChoice, watch: Watch) -> ReadPicture:
    """What the network reads on the pad."""
    found = contrast(subject.network, subject.class_names, subject.wanted_picture(), choice.rival)
    assert subject.picture is not None
    return ReadPicture(subject.picture, found)
