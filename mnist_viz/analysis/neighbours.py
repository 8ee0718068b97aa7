"""The training pictures nearest to the one on the pad, by their pixels and by what the network makes of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import BROKEN, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]

COUNT = 30
NO_TRAINING = "There are no training pictures that this network can read: choose its data set"
ALL_ALIKE = "The layer puts out the same for every picture: none is nearer than another"

_ROWS = 1_000  # at a time
_WORK, _LEAST = 10_000_000_000, 2_000
"""Multiplications for all pictures, while that leaves so many."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest of n training pictures.

    Attributes:
        indices: (k,) which, the nearest first.
        distances: (k,) Euclidean, with pixels from 0 to 1.
        searched: n; the first ones of the training set.
        answer: the class that the network reads in the picture on the pad; None where it was not asked.
    """

    probe: Probe
    indices: NDArray[np.intp]
    distances: Floats
    searched: int
    answer: int | None = None

    def votes(self) -> list[tuple[int, int]]:
        """Class and number of neighbours of that class, the most first (Cover and Hart 1967)."""
        counts = np.bincount(self.probe.labels[self.indices], minlength=len(self.probe.class_names))
        order = np.argsort(-counts, kind="stable")
        return [(int(k), int(counts[k])) for k in order if counts[k]]


def nearest_by_pixels(subject: Subject, _choice: object, watch: Watch) -> Neighbours:
    """The training pictures with the least Euclidean distance of their pixels."""
    picture, probe = as_input(subject.wanted_picture()), _training(subject)
    squares = np.empty(len(probe), np.float32)
    for start in range(0, len(probe), _ROWS):
        watch.at("the training pictures", start / len(probe))
        away = as_input(probe.images[start : start + _ROWS]) - picture
        squares[start : start + _ROWS] = np.einsum("ij,ij->i", away, away)
    return Neighbours(probe, *_least(squares), len(probe))


def nearest_by_activations(subject: Subject, _choice: object, watch: Watch) -> Neighbours:
    """Those with the least Euclidean distance of the last hidden layer's outputs; without one, of the logits."""
    picture, probe, network = subject.wanted_picture()[None], _training(subject), subject.network
    searched = min(len(probe), max(_WORK // network.parameters.size, _LEAST))
    own = _last(network, picture)
    squares = np.empty(searched, np.float32)
    with np.errstate(all="ignore"):
        for start in range(0, searched, _ROWS):
            watch.at("the training pictures", start / searched)
            away = _last(network, probe.images[start : min(start + _ROWS, searched)]) - own
            squares[start : start + _ROWS] = np.einsum("ij,ij->i", away, away)
    if not np.isfinite(squares).any():
        raise ValueError(BROKEN)
    if squares.max() == 0:
        raise ValueError(ALL_ALIKE)
    answer = int(network.logits(picture)[0].argmax())
    return Neighbours(probe, *_least(squares), searched, answer)


def _training(subject: Subject) -> Probe:
    if subject.training is None or not len(subject.training):
        raise ValueError(NO_TRAINING)
    return subject.training


def _last(network: Network, images: NDArray[np.uint8]) -> Floats:
    return network.outputs(images)[-2 if len(network.layers) > 1 else -1]


def _least(squares: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The places of the smallest, ascending, and their roots."""
    squares = np.nan_to_num(squares, nan=np.inf)
    count = min(COUNT, len(squares))
    some = np.argpartition(squares, count - 1)[:count]
    indices = some[np.lexsort((some, squares[some]))]
    distances = np.sqrt(squares[indices])
    for array in (indices, distances):
        array.setflags(write=False)
    return indices, distances
