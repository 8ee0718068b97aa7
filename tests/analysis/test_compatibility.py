"""Whether a model and a data set belong together, and how it is said that they do not."""

from dataclasses import dataclass

import numpy as np
import pytest

from mnist_viz.analysis.compatibility import can_train_on, difference, numbers_of_classes, reads
from mnist_viz.data.dataset import Dataset, Subset

DIGITS = tuple("0123456789")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True)
class Reader:
    """A model as far as the question goes."""

    sizes: tuple[int, ...]
    class_names: tuple[str, ...]
    image_shape: tuple[int, ...] | None


def model(inputs: int, names: tuple[str, ...], shape: tuple[int, ...] | None = None) -> Reader:
    return Reader((inputs, len(names)), names, shape)


def data(names: tuple[str, ...], shape: tuple[int, ...] = (28, 28), title: str = "Some data") -> Dataset:
    part = Subset(np.zeros((2, int(np.prod(shape))), np.uint8), np.zeros(2, np.uint8))
    return Dataset("some", title, names, part, part, part, "made in a test", shape)


def test_a_model_reads_pictures_of_its_own_shape_and_is_trained_further_on_as_many_classes() -> None:
    assert reads(model(784, DIGITS, (28, 28)), data(DIGITS))
    assert reads(model(784, DIGITS, (28, 28)), data(THINGS))
    assert not reads(model(784, DIGITS, (28, 28)), data(DIGITS, (16, 16)))
    assert not reads(model(3072, THINGS, (48, 64)), data(THINGS, (32, 32, 3)))
    assert reads(model(3072, THINGS), data(THINGS, (32, 32, 3)))  # its file does not say what the inputs are
    assert can_train_on(model(784, DIGITS, (28, 28)), data(THINGS))
    assert not can_train_on(model(784, DIGITS, (28, 28)), data(DIGITS[:3]))
    assert not can_train_on(model(784, DIGITS, (28, 28)), data(DIGITS, (20, 20)))
    assert numbers_of_classes(model(784, DIGITS, (28, 28)), data(DIGITS)).tolist() == list(range(10))
    assert numbers_of_classes(model(784, DIGITS, (28, 28)), data(("7", "2"))).tolist() == [7, 2]


def test_what_does_not_belong_together_is_told_in_one_sentence() -> None:
    for contents, dataset, sentence in (
        (model(784, DIGITS, (28, 28)), data(THINGS, (32, 32, 3), "CIFAR-10"),
         "the model reads 28 x 28 pictures of digits, and CIFAR-10 has 32 x 32 x 3 pictures of 10 classes "
         "(airplane, automobile, ...)"),
        (model(1000, ("cat", "dog")), data(("3", "5")),
         "the model reads 1,000 numbers of cat, dog, and Some data has 28 x 28 pictures of the digits 3, 5"),
    ):  # fmt: skip
        assert difference(contents, dataset) == sentence
        with pytest.raises(ValueError, match="choose another data set or another model"):
            numbers_of_classes(contents, dataset)
