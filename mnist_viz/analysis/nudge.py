"""Small changes of every pixel: against the network, and at random for comparison."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.contrast import Contrast, WhyChoice, contrast, log_odds
from mnist_viz.analysis.evaluation import rows_at_once
from mnist_viz.analysis.subject import NO_NUMBERS, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]

SIZES = (0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.25, 0.3)
"""Of the nudges for which the accuracy is worked out: shares of full ink by which every pixel changes."""

MOST_EXAMPLES = 1_000
_PIECE = 20_000_000  # multiplications of one piece of work


@dataclass(frozen=True, eq=False)
class Nudge:
    """A picture, and what becomes of it.

    Attributes:
        pictures: uint8: as it is, nudged against the network, nudged at random.
        label: the class that the nudge leads away from.
        size: by which every pixel changes, a share of full ink.
    """

    pictures: tuple[Bytes, Bytes, Bytes]
    readings: tuple[Contrast, Contrast, Contrast]
    label: int
    size: float


@dataclass(frozen=True, eq=False)
class AccuracyBySize:
    """The share of right answers over n validation pictures, (sizes,) each, for nudges of `SIZES`."""

    against: Floats
    random: Floats
    count: int


def nudge(subject: Subject, choice: WhyChoice, watch: Watch) -> Nudge:
    """Nudge the picture on the pad away from its class: the label of an example, the answer to a drawing."""
    network, names, picture = subject.network, subject.class_names, choice.picture(subject)
    read = contrast(network, names, picture)
    label = subject.label if subject.label is not None and picture is subject.picture else read.answer
    row = picture.reshape(1, -1)
    against = nudged(row, uphill(network, row, np.array([label])), choice.size)
    random = nudged(row, random_signs(row.shape), choice.size)
    others = tuple(each.reshape(picture.shape) for each in (against, random))
    readings = tuple(contrast(network, names, each) for each in others)
    return Nudge((picture, *others), (read, *readings), label, choice.size)  # type: ignore[arg-type]


def accuracy_by_size(subject: Subject, choice: object, watch: Watch) -> AccuracyBySize | None:
    """How the accuracy falls with the size of the nudge, over the first validation pictures; None if there are none."""
    network, examples = subject.network, subject.examples
    if examples is None or not len(examples):
        return None
    images, labels = examples.images[:MOST_EXAMPLES], examples.labels[:MOST_EXAMPLES]
    rows = rows_at_once(network, _PIECE)
    signs = random_signs(images.shape)
    right = np.zeros((2, len(SIZES)))
    for first in range(0, len(images), rows):
        part, wanted = images[first : first + rows], labels[first : first + rows]
        directions = uphill(network, part, wanted), signs[first : first + rows]
        for which, direction in enumerate(directions):
            for k, size in enumerate(SIZES):
                watch.check()
                answers = network.logits(nudged(part, direction, size)).argmax(axis=1)
                right[which, k] += np.count_nonzero(answers == wanted)
        watch.at("nudging validation pictures", (first + len(part)) / len(images))
    against, random = right / len(images)
    return AccuracyBySize(against, random, len(images))


def uphill(network: Network, images: Bytes, labels: NDArray[np.integer]) -> NDArray[np.int8]:
    """The direction, -1, 0 or 1 for each input, (n, inputs), in which the loss of each image grows fastest.

    The sign of the gradient of the cross-entropy with respect to the inputs (Goodfellow, Shlens and Szegedy,
    "Explaining and harnessing adversarial examples", 2014, section 4), which is that of the odds of the other classes.

    Raises:
        ValueError: the outputs are no numbers.
    """
    logits = network.logits(images)
    if not np.isfinite(logits).all():
        raise ValueError(NO_NUMBERS)
    weights = -log_odds(logits, labels)[1]
    return np.sign(network.input_gradient(images, weights)).astype(np.int8)


def random_signs(shape: tuple[int, ...]) -> NDArray[np.int8]:
    """-1 or 1, always the same for a shape."""
    return np.random.default_rng(0).integers(0, 2, shape, dtype=np.int8) * 2 - 1


def nudged(images: Bytes, direction: NDArray[np.int8], size: float) -> Bytes:
    """Change every input by `size`, a share of full ink, in its direction, where it is not full or empty by then."""
    return (images + direction * np.int16(round(255 * size))).clip(0, 255).astype(np.uint8)
