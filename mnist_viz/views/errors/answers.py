"""What a network answered to many pictures, as the panel is given it, and the sentences about it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_viz.views.gallery import CaptionLine, Example

Cell = tuple[int, int]
"""A label, and what it was read as."""

_SHORT = 2  # letters of names of which two stand in a line
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to n pictures.

    Attributes:
        images: uint8 (n, pixels).
        labels: (n,) class numbers.
        class_names: of all classes.
        image_shape: of a picture, (height, width) or (height, width, 3).
        confusion: (classes, classes) counts; row is the label, column the answer.
        predicted: (n,) the answers.
        confidence: (n,) the probability of each.
        noun: what the pictures are called: "digits".
        source: where they come from, as "of MNIST"; empty where that goes without saying.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...]
    confusion: NDArray[np.integer]
    predicted: NDArray[np.integer]
    confidence: NDArray[np.float32]
    noun: str = "digits"
    source: str = ""

    @property
    def wrong(self) -> int:
        return int(self.confusion.sum() - np.trace(self.confusion))

    @property
    def accuracy(self) -> str:
        """The share of right answers in percent."""
        count = len(self.labels)
        return f"{(count - self.wrong) / count if count else 0.0:.1%}"

    @property
    def summaries(self) -> tuple[str, str]:
        """What goes on the same line after the accuracy: at length, and for little room."""
        count, wrong = len(self.labels), self.wrong
        source = f" {self.source}" if self.source else ""
        return f"of {count:,} validation {self.noun}{source}, {wrong:,} wrong", f"of {count:,}, {wrong:,} wrong"

    def mistakes(self, most: int) -> NDArray[np.intp]:
        """The wrong answers, the surest first, at most so many."""
        return self._sorted(np.flatnonzero(self.predicted != self.labels), -1.0)[:most]

    def in_cell(self, cell: Cell, most: int) -> NDArray[np.intp]:
        """The pictures of a cell, the surest first, of right answers the most doubtful ones; at most so many."""
        label, answer = cell
        found = np.flatnonzero((self.labels == label) & (self.predicted == answer))
        return self._sorted(found, 1.0 if label == answer else -1.0)[:most]

    def _sorted(self, indices: NDArray[np.intp], sign: float) -> NDArray[np.intp]:
        return indices[np.argsort(sign * self.confidence[indices], kind="stable")]

    def describe(self, cell: Cell) -> str:
        """One line on a cell, as "17 of 203 fours read as 9 (8.4%)"."""
        label, answer = cell
        count, total = int(self.confusion[cell]), int(self.confusion[label].sum())
        things = _plural(self.class_names[label], self.noun)
        if not total:
            return f"There are no {things} here"
        how = "read rightly" if label == answer else f"read as {self.class_names[answer]}"
        return (
            f"{count:,} of {total:,} {things} {how} ({count / total:.1%})"
            if count
            else f"0 of {total:,} {things} {how}"
        )

    def titles(self, cell: Cell) -> tuple[str, ...]:
        """What a cell is called, the longest first."""
        label, answer = cell
        pair = f"{self.class_names[label]}→{self.class_names[answer]}"
        count, total = int(self.confusion[cell]), int(self.confusion[label].sum())
        return self.describe(cell), f"{pair}: {count:,} of {total:,}", f"{pair}: {count:,}"

    @cached_property
    def _short_names(self) -> bool:
        return all(len(name) <= _SHORT for name in self.class_names)

    def example(self, index: int) -> Example:
        """A picture as the gallery shows it: what it is, what it was read as, and how surely."""
        label, answer = int(self.labels[index]), int(self.predicted[index])
        name, read_as = self.class_names[label], self.class_names[answer]
        if self._short_names:
            words: tuple[str, ...] = (name if label == answer else f"{name}→{read_as}",)
        else:
            words = (name, f"→ {read_as}")
        return Example(
            index,
            self.images[index].reshape(self.image_shape),
            (*(CaptionLine(text, bold=True) for text in words), CaptionLine(f"{self.confidence[index]:.0%}")),
            f"{self.describe_picture(index)}; click to put it on the pad",
        )

    def describe_picture(self, index: int) -> str:
        """One line on a picture."""
        name, answer = (self.class_names[int(numbers[index])] for numbers in (self.labels, self.predicted))
        return f"{name}, read as {answer} with {self.confidence[index]:.1%}"


def worst_cell(confusion: NDArray[np.integer]) -> Cell:
    """The most frequent mistake; of several the first, and without mistakes the first cell."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    label, answer = divmod(int(wrong.argmax()), len(wrong))
    return label, answer


def _plural(name: str, noun: str) -> str:
    if name in set("0123456789"):
        word = _DIGITS[int(name)]
        return f"{word}es" if word.endswith("x") else f"{word}s"
    return f"{noun} of {name}"
