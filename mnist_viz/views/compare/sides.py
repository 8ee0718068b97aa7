"""What the panel that compares is given: two runs, their weights, and their answers to the same pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.views.painting import Floats

A, B = 0, 1
LETTERS = ("A", "B")


@dataclass(frozen=True)
class RunChoice:
    """A run that can be chosen: its number, name, and the number of its colour."""

    number: int
    name: str
    color: int


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two runs at a moment.

    Attributes:
        moment: which one, in words; the longest first.
        late: whether the run ends before the epoch that is wanted.
        weights: float32 (inputs, neurons) of the chosen layer; None if it has none.
        note: why it has none.
        image_shape: height and width of the picture that the layer's inputs make; None if they make none.
        names: what the neurons are called, one each; none if they only have numbers.
    """

    moment: tuple[str, ...]
    late: bool
    weights: Floats | None
    note: str = ""
    image_shape: tuple[int, int] | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Change:
    """What B's weights are more than A's.

    Attributes:
        weights: float32 (inputs, neurons); None if they cannot be subtracted, or are the same.
        note: why there are none.
        distance: the length of the difference, measured by that of A's weights.
        cosine: between A's weights and B's.
    """

    weights: Floats | None
    note: str = ""
    distance: float = 0.0
    cosine: float = 1.0

    @property
    def captions(self) -> tuple[str, ...]:
        """The figures in words, the longest first."""
        if not self._has_figures:
            return ()
        share, cosine = f"{self.distance:.0%}", f"{self.cosine:.3f}".replace("-", "−")
        if self.distance < 0.1:
            share = f"{self.distance:.1%}"
        return (
            f"{share} of A in size, cosine of A and B {cosine}",
            f"{share} of A, cosine {cosine}",
            f"{share}, cos {cosine}",
        )

    @property
    def explanation(self) -> str:
        """The figures in a sentence that says what they are."""
        if not self._has_figures:
            return ""
        cosine = f"{self.cosine:.4f}".replace("-", "−")
        return (
            f"All weights of this layer taken as one vector: B − A is {self.distance:.2%} as long as A, "
            f"and the cosine of the angle between A and B is {cosine} (1: the same direction)"
        )

    @property
    def _has_figures(self) -> bool:
        return self.weights is not None and bool(np.isfinite(self.distance) and np.isfinite(self.cosine))


@dataclass(frozen=True, eq=False)
class Answers:
    """What both networks answered to n pictures.

    Attributes:
        images: uint8 (n, pixels).
        labels: (n,) class numbers.
        class_names: of all classes.
        image_shape: of a picture, (height, width) or (height, width, 3).
        predicted: A's and B's answers, (n,) each.
        confidence: the probability of each, (n,) each.
        only: indices of what only A reads, and of what only B reads, in the order in which they are shown.
        both: how many both read.
        noun: what the pictures are called: "digits".
        source: where they come from, as "of MNIST"; empty where that goes without saying.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    predicted: tuple[NDArray[np.integer], NDArray[np.integer]]
    confidence: tuple[NDArray[np.float32], NDArray[np.float32]]
    only: tuple[NDArray[np.intp], NDArray[np.intp]]
    both: int
    noun: str = "digits"
    source: str = ""

    @property
    def neither(self) -> int:
        """How many none of the two reads."""
        return len(self.labels) - self.both - len(self.only[A]) - len(self.only[B])

    @property
    def summaries(self) -> tuple[str, ...]:
        """How many both read and none, the longest first."""
        total, source = f"{len(self.labels):,}", f" {self.source}" if self.source else ""
        both, neither = f"{self.both:,}", f"{self.neither:,}"
        return (
            f"Of {total} validation {self.noun}{source} both read {both}, and neither reads {neither}",
            f"Of {total} {self.noun} both read {both}, neither {neither}",
            f"Both read {both}, neither {neither}",
        )

    def titles(self, side: int) -> tuple[str, ...]:
        """What the pictures are that only one of them reads, the longest first."""
        letter, count = LETTERS[side], f"{len(self.only[side]):,}"
        return f"Only {letter} reads these ({count})", f"Only {letter} ({count})"

    def describe(self, index: int) -> str:
        """One line on a picture."""
        words = [
            f"{letter} reads {self.class_names[int(predicted[index])]} with {confidence[index]:.1%}"
            for letter, predicted, confidence in zip(LETTERS, self.predicted, self.confidence, strict=True)
        ]
        return f"{self.class_names[int(self.labels[index])]}: {', '.join(words)}"
