"""Whether a model and a data set belong together: the same pictures, and classes that the model knows."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.samples import Shape, size_in_words

_ALL, _FIRST = 3, 2
"""So many names of classes all stand in a sentence; of more, so many."""


class ImageReader(Protocol):
    """A model with what its outputs and inputs stand for, such as a model file."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The width of every layer, from the inputs to the classes."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """One a class."""

    @property
    def image_shape(self) -> Shape | None:
        """Of the images it reads, (height, width) or (height, width, 3); None if that is not known."""


def reads(model: ImageReader, dataset: Dataset) -> bool:
    inputs, shape = model.sizes[0], model.image_shape
    return inputs == dataset.input_size and shape in (None, dataset.image_shape)


def can_train_on(model: ImageReader, dataset: Dataset) -> bool:
    """Whether the model can be trained further on the data set; its outputs then stand for that one's classes."""
    return reads(model, dataset) and model.sizes[-1] == len(dataset.class_names)


def numbers_of_classes(model: ImageReader, dataset: Dataset) -> NDArray[np.intp]:
    """What number the model has for each class of the data set, which may lack some and have another order.

    Raises:
        ValueError: the model reads other pictures, or knows other classes.
    """
    known = {name: number for number, name in enumerate(model.class_names)}
    if not reads(model, dataset) or not set(dataset.class_names) <= set(known):
        raise ValueError(f"{difference(model, dataset)}; choose another data set or another model")
    return np.array([known[name] for name in dataset.class_names], np.intp)


def difference(model: ImageReader, dataset: Dataset, name: str = "the model", times: str = "x") -> str:
    """Say what each of the two is about, to explain why they do not belong together; no full stop."""
    own = _things(model.image_shape, model.sizes[0], model.class_names, times)
    other = _things(dataset.image_shape, dataset.input_size, dataset.class_names, times)
    return f"{name} reads {own}, and {dataset.title} has {other}"


def _things(shape: Shape | None, inputs: int, names: Sequence[str], times: str) -> str:
    what = size_in_words(shape, inputs, times) + (" pictures" if shape is not None else "")
    if set(names) <= set("0123456789"):
        return f"{what} of digits" if len(names) == 10 else f"{what} of the digits {', '.join(names)}"
    if len(names) <= _ALL:
        return f"{what} of {', '.join(names)}"
    return f"{what} of {len(names)} classes ({', '.join(names[:_FIRST])}, ...)"
