"""What a network makes of many images: its answers, the confusion matrix, and where it is wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.metrics import confusion_matrix
from mnist_viz.engine.network import Network, as_input
from mnist_viz.engine.samples import Shape

PROBE_SIZE = 2_000
"""Pictures of a part that a moment is examined on while training goes on, which they take time from."""

PARTS = ("validation", "test")
"""The parts of a data set that are not trained on."""

MOST_ROWS, LEAST_ROWS = 250, 16
_PIECE = 200_000_000
"""Multiplications of one piece at most, while that leaves `LEAST_ROWS`: about 20 ms on one core."""


@dataclass(frozen=True, eq=False)
class Probe:
    """Pictures with labels on which models are examined.

    Attributes:
        images: uint8 (n, inputs).
        labels: (n,) numbers of classes, as the models that are examined know them.
        class_names: what the models' outputs stand for.
        image_shape: of a picture, (height, width) or (height, width, 3).
        title: of the data set.
        noun: what a sentence calls the pictures.
        part: which part of the data set they are the first of, one of `PARTS` or "training".
        total: how many that part has; 0 for as many as there are here.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    image_shape: Shape
    title: str
    noun: str = "pictures"
    part: str = "validation"
    total: int = 0

    def __len__(self) -> int:
        return len(self.labels)

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
            dataset: whose.
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
        """How many answers are wrong."""
        return len(self.right) - int(np.count_nonzero(self.right))

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1; 0 of no pictures."""
        return 1.0 - self.wrong / len(self.right) if len(self.right) else 0.0


class Examining:
    """An examination that goes on piece by piece, so that whoever runs it can do something else between.

    Args:
        network: to examine; its buffers are used, so by one thread at a time.
        images: uint8 (n, inputs).
        labels: (n,) class numbers.
        classes: how many there are.

    Raises:
        ValueError: the network has other inputs or another number of outputs, or labels and images differ in number.
    """

    def __init__(self, network: Network, images: NDArray[np.uint8], labels: NDArray[np.integer], classes: int) -> None:
        if network.sizes[-1] != classes or images.ndim != 2 or images.shape[1] != network.sizes[0]:
            raise ValueError(
                f"a network {network.sizes} cannot be examined on pictures {images.shape} of {classes} classes"
            )
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} pictures need as many labels, not {len(labels)}")
        self._network = network
        self._images, self._labels, self._classes = images, labels, classes
        self._rows = min(max(_PIECE // max(network.parameters.size, 1), LEAST_ROWS), MOST_ROWS)
        self._predicted: NDArray[np.integer] = np.zeros(len(images), np.uint8 if classes <= 256 else np.intp)
        self._confidence = np.zeros(len(images), np.float32)
        self._loss = 0.0
        self._examined = 0

    @property
    def done(self) -> bool:
        return self._examined >= len(self._images)

    @property
    def progress(self) -> float:
        """How much has been examined, 0 to 1."""
        return self._examined / len(self._images) if len(self._images) else 1.0

    def advance(self) -> None:
        """Examine one more piece."""
        part = slice(self._examined, self._examined + self._rows)
        images, labels = self._images[part], self._labels[part]
        if len(images):
            # A network that diverges has answers too.
            with np.errstate(all="ignore"):
                self._examine(part, images, labels)
        self._examined += len(images)

    def _examine(self, part: slice, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        network = self._network
        hidden = network.hidden_outputs(images)
        last = network.layers[-1]
        # The logits, not the probabilities: the logarithm of a probability that rounds to 0 would be infinite.
        logits = (hidden[-1] if hidden else as_input(images)) @ last.weights
        if last.biases is not None:
            logits += last.biases
        answers = logits.argmax(axis=1)
        rows = np.arange(len(images))
        logits -= logits[rows, answers][:, None]
        sums = np.exp(logits).sum(axis=1)
        self._predicted[part] = answers
        self._confidence[part] = np.nan_to_num(1.0 / sums, nan=0.0)
        self._loss += float(np.log(sums).sum(dtype=np.float64) - logits[rows, labels].sum(dtype=np.float64))

    def result(self) -> Examination:
        """What came out; only once `done`."""
        assert self.done
        confusion = confusion_matrix(self._labels, self._predicted, self._classes).astype(np.int64, copy=False)
        right = self._predicted == self._labels
        for array in (confusion, self._predicted, right, self._confidence):
            array.setflags(write=False)
        loss = self._loss / max(len(right), 1)
        return Examination(confusion, self._predicted, loss, right, self._confidence)


def examine(network: Network, images: NDArray[np.uint8], labels: NDArray[np.integer], classes: int) -> Examination:
    """Let `network` read all `images`, uint8 (n, inputs), and compare its answers with `labels`, (n,).

    Raises:
        ValueError: see `Examining`.
    """
    examining = Examining(network, images, labels, classes)
    while not examining.done:
        examining.advance()
    return examining.result()
