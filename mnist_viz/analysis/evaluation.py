"""What a network makes of many images: its answers, the confusion matrix, and where it is wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.metrics import confusion_matrix
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape

PROBE_SIZE = 2_000
"""Pictures of a part that a moment is examined on while training goes on, which they take time from."""

PARTS = ("validation", "test")
"""The parts of a data set that are not trained on."""

_MOST_ROWS, _LEAST_ROWS = 250, 16


@dataclass(frozen=True, eq=False)
class Probe:
    """Pictures with labels on which models are examined.

    Attributes:
        images: uint8 (n, inputs).
        labels: (n,) numbers of classes, as the models that are examined know them.
        class_names: what the models' outputs stand for.
        image_shape: of a picture, (height, width) or (height, width, 3).
        part: which part of the data set they are the first of, one of `PARTS` or "training".
        total: how many that part has; 0 for as many as there are here.
        known: what has been worked out about them, by what was asked.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    image_shape: Shape
    title: str
    noun: str = "pictures"
    part: str = "validation"
    total: int = 0
    known: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, most: int) -> "Probe":
        """The first pictures, the same object each time; a copy, which does not keep the whole data set."""
        if len(self) <= most:
            return self
        if most not in self.known:
            images, labels = self.images[:most].copy(), self.labels[:most].copy()
            self.known[most] = Probe(images, labels, self.class_names, self.image_shape, self.title, self.noun)
        first: Probe = self.known[most]
        return first

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        class_names: tuple[str, ...] | None = None,
        numbers: NDArray[np.integer] | None = None,
        part: str = "validation",
        most: int | None = PROBE_SIZE,
    ) -> "Probe":
        """The first pictures of a part of a data set.

        Args:
            class_names: those of the models, where they are not the data set's.
            numbers: the models' number for each class of the data set, where those differ.
            part: one of `PARTS`, or "training".
            most: at most so many; None for all.
        """
        subset = {"training": dataset.train, "validation": dataset.validation, "test": dataset.test}[part]
        images, labels = subset.images[:most], subset.labels[:most]
        return cls(
            images,
            labels if numbers is None else numbers[labels],
            dataset.class_names if class_names is None else class_names,
            dataset.image_shape,
            dataset.title,
            dataset.noun,
            part,
            len(subset),
        )


@dataclass(frozen=True, eq=False)
class Examination:
    """What a model makes of n pictures.

    Attributes:
        confusion: int64 (classes, classes); row is the label, column the answer.
        predicted: (n,) the answers.
        loss: the mean cross-entropy; not a finite number where the network's outputs are none.
        right: bool (n,).
        confidence: float32 (n,), the probability of each answer; 0 where that is no number.
    """

    confusion: NDArray[np.int64]
    predicted: NDArray[np.integer]
    loss: float
    right: NDArray[np.bool_]
    confidence: NDArray[np.float32]

    @property
    def wrong(self) -> int:
        return len(self.right) - int(np.count_nonzero(self.right))

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1; 0 of no pictures."""
        return 1.0 - self.wrong / len(self.right) if len(self.right) else 0.0


def examine(
    network: Network,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    classes: int,
    between: Callable[[float], object] = lambda _: None,
) -> Examination:
    """Let a network read all `images` and compare its answers with `labels`.

    Args:
        network: to examine; its buffers are used, so by one thread at a time.
        images: uint8 (n, inputs).
        labels: (n,) class numbers.
        between: called before each piece of the work with the share that is done, 0 to 1; may raise, to end it.

    Raises:
        ValueError: the network has other inputs or another number of outputs, or labels and images differ in number.
    """
    if network.sizes[-1] != classes or images.ndim != 2 or images.shape[1] != network.sizes[0]:
        raise ValueError(
            f"a network {network.sizes} cannot be examined on pictures {images.shape} of {classes} classes"
        )
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} pictures need as many labels, not {len(labels)}")
    step = rows_at_once(network)
    predicted: NDArray[np.integer] = np.zeros(len(images), np.uint8 if classes <= 256 else np.intp)
    confidence, loss = np.zeros(len(images), np.float32), 0.0
    for start in range(0, len(images), step):
        between(start / len(images))
        part = slice(start, start + step)
        with np.errstate(all="ignore"):  # a network that diverges has answers too
            # The logits, not the probabilities: the logarithm of a probability that rounds to 0 would be infinite.
            logits = network.logits(images[part])
            answers, rows = logits.argmax(axis=1), np.arange(len(logits))
            logits -= logits[rows, answers][:, None]
            sums = np.exp(logits).sum(axis=1)
            predicted[part] = answers
            confidence[part] = np.nan_to_num(1.0 / sums, nan=0.0)
            loss += float(np.log(sums).sum(dtype=np.float64) - logits[rows, labels[part]].sum(dtype=np.float64))
    confusion = confusion_matrix(labels, predicted, classes).astype(np.int64, copy=False)
    right = predicted == labels
    for array in (confusion, predicted, right, confidence):
        array.setflags(write=False)
    return Examination(confusion, predicted, loss / max(len(right), 1), right, confidence)


def rows_at_once(network: Network, multiplications: int = 200_000_000) -> int:
    """How many pictures to read in one piece: for so many multiplications, usually some 20 ms, but not too few."""
    return min(max(multiplications // network.parameters.size, _LEAST_ROWS), _MOST_ROWS)
