"""What the compare panel shows: two runs, their weights, and their answers to the same pictures."""

from dataclasses import dataclass

import numpy as np

from mnist_viz.analysis.comparison import Indices, Known
from mnist_viz.analysis.evaluation import Examination, Probe
from mnist_viz.engine.metrics import format_probability
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
        moment: its names, the longest first.
        late: whether the run ends before the epoch of the comparison.
        weights: float32 (inputs, neurons) of the chosen layer; None if the run has no such layer.
        note: why there are no weights.
        image_shape: height and width of the picture that the layer's inputs form; None if they form none.
        names: of the neurons; empty if they only have numbers.
    """

    moment: tuple[str, ...]
    late: bool
    weights: Floats | None
    note: str = ""
    image_shape: tuple[int, int] | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Change:
    """B's weights minus A's.

    Attributes:
        weights: float32 (inputs, neurons); None if the shapes differ or the weights are equal.
        note: why there are none.
        distance: the norm of the difference divided by the norm of A's weights.
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
        """The figures with an explanation."""
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
    """The answers of both networks to some pictures.

    Attributes:
        probe: the pictures.
        found: the answers of A and of B.
        known: which pictures are read by A, by B, by both and by neither.
        source: the data set, as "of MNIST"; empty if it is the runs' own.
    """

    probe: Probe
    found: tuple[Examination, Examination]
    known: Known
    source: str = ""

    @property
    def only(self) -> tuple[Indices, Indices]:
        """Indices of the pictures that only A reads, and that only B reads, in the order to show them."""
        return self.known.only_a, self.known.only_b

    @property
    def summaries(self) -> tuple[str, ...]:
        """How many pictures both read and how many neither, the longest first."""
        total, source = f"{len(self.probe):,}", f" {self.source}" if self.source else ""
        both, neither, noun = f"{len(self.known.both):,}", f"{len(self.known.neither):,}", self.probe.noun
        return (
            f"Of {total} validation {noun}{source} both read {both}, and neither reads {neither}",
            f"Of {total} {noun} both read {both}, neither {neither}",
            f"Both read {both}, neither {neither}",
        )

    def titles(self, side: int) -> tuple[str, ...]:
        """Headings for the pictures that only one side reads, the longest first."""
        letter, count = LETTERS[side], f"{len(self.only[side]):,}"
        return f"Only {letter} is right ({count})", f"Only {letter} ({count})"

    def describe(self, index: int) -> str:
        """One line on a picture."""
        names = self.probe.class_names
        words = [
            f"{letter} reads {names[int(found.predicted[index])]} with {format_probability(found.confidence[index])}"
            for letter, found in zip(LETTERS, self.found, strict=True)
        ]
        return f"{names[int(self.probe.labels[index])]}: {', '.join(words)}"
