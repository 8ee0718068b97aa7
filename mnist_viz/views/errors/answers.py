"""A network's answers to many pictures, and the texts of the errors panel about them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Examination, Probe
from mnist_viz.engine.metrics import format_accuracy, format_probability
from mnist_viz.views.gallery import CaptionLine, Example

Cell = tuple[int, int]
"""A label and the class that was answered."""

_SHORT = 2  # letters of names of which two stand in a line
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to some pictures.

    Attributes:
        probe: the pictures.
        found: the answers.
        source: the data set, as "of MNIST"; empty if it is the run's own.
    """

    probe: Probe
    found: Examination
    source: str = ""

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.probe.class_names

    @property
    def confusion(self) -> NDArray[np.integer]:
        return self.found.confusion

    @property
    def accuracy(self) -> str:
        return format_accuracy(self.found.accuracy)

    @property
    def summaries(self) -> tuple[str, ...]:
        """What follows the accuracy on its line: in full, and for less room."""
        count, wrong = len(self.probe), self.found.wrong
        source = f" {self.source}" if self.source else ""
        some = f"the first {count:,} of {self.probe.total:,}" if count < self.probe.total else f"{count:,}"
        return (
            f"of {some} {self.probe.part} {self.probe.noun}{source}, {wrong:,} wrong",
            f"of {some}, {wrong:,} wrong",
            f"of {count:,}, {wrong:,} wrong",
        )

    @property
    def mistakes(self) -> NDArray[np.intp]:
        """The indices of all wrong answers, the most confident first."""
        return self._sorted(np.flatnonzero(~self.found.right), -1.0)

    def in_cell(self, cell: Cell) -> NDArray[np.intp]:
        """The indices in a cell: the most confident mistakes first, or the least confident right answers."""
        label, answer = cell
        indices = np.flatnonzero((self.probe.labels == label) & (self.found.predicted == answer))
        return self._sorted(indices, 1.0 if label == answer else -1.0)

    def _sorted(self, indices: NDArray[np.intp], sign: float) -> NDArray[np.intp]:
        return indices[np.argsort(sign * self.found.confidence[indices], kind="stable")]

    def describe(self, cell: Cell) -> str:
        """One line on a cell, as "17 of 203 fours read as 9 (8.4%)"."""
        label, answer = cell
        count, total = int(self.confusion[cell]), int(self.confusion[label].sum())
        things = _plural(self.class_names[label], self.probe.noun)
        if not total:
            return f"There are no {things} here"
        how = "read correctly" if label == answer else f"read as {self.class_names[answer]}"
        return (
            f"{count:,} of {total:,} {things} {how} ({format_accuracy(count / total)})"
            if count
            else f"0 of {total:,} {things} {how}"
        )

    def titles(self, cell: Cell) -> tuple[str, ...]:
        """Headings for the pictures of a cell, the longest first."""
        label, answer = cell
        pair = f"{self.class_names[label]}→{self.class_names[answer]}"
        count, total = int(self.confusion[cell]), int(self.confusion[label].sum())
        return self.describe(cell), f"{pair}: {count:,} of {total:,}", f"{pair}: {count:,}"

    @cached_property
    def _short_names(self) -> bool:
        return all(len(name) <= _SHORT for name in self.class_names)

    def example(self, index: int) -> Example:
        """A picture for the gallery, with label, answer and confidence."""
        name, read_as = self._names(index)
        sure = format_probability(float(self.found.confidence[index]))
        if self._short_names:
            words: tuple[str, ...] = (name if name == read_as else f"{name}→{read_as}",)
        else:
            words = (name, f"→ {read_as}")
        return Example(
            index,
            self.probe.images[index].reshape(self.probe.image_shape),
            (
                *(CaptionLine(text, bold=True) for text in words),
                CaptionLine(sure),
            ),
            f"{name}, read as {read_as} with {sure}; click to put it on the pad",
        )

    def _names(self, index: int) -> tuple[str, str]:
        return (
            self.class_names[int(self.probe.labels[index])],
            self.class_names[int(self.found.predicted[index])],
        )


def worst_cell(confusion: NDArray[np.integer]) -> Cell:
    """The first of the most frequent mistakes; without mistakes the first cell."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    label, answer = divmod(int(wrong.argmax()), len(wrong))
    return label, answer


def _plural(name: str, noun: str) -> str:
    if name in set("0123456789"):
        word = _DIGITS[int(name)]
        return f"{word}es" if word.endswith("x") else f"{word}s"
    return f"{noun} of {name}"
