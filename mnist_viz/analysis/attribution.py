"""Why this class and not another: how much each pixel speaks for the one against the other."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.contrast import Contrast, WhyChoice, contrast
from mnist_viz.analysis.evaluation import rows_at_once
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network, as_input
from mnist_viz.engine.samples import Shape

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]

METHODS = ("Integrated gradients", "Occlusion", "Gradient × input")

FEWEST_POINTS, MOST_POINTS = 64, 1024
"""On the way from an empty picture."""
CLOSE = 0.01
"""The share of the difference that the sum of integrated gradients may miss it by before more points are taken."""
OCCLUDED = 4
"""Pixels of the side of the square that occlusion covers."""
_PIECE = 30_000_000  # multiplications of one piece of work, which takes a few milliseconds
_MOST_CONTROLS = 8  # that are kept


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each pixel speaks for the answer against the rival.

    Attributes:
        maps: float32 (2, 3, height, width): of the network and of one with random weights, by each of `METHODS`;
            above zero a pixel speaks for the answer. The channels of a colour are added up.
        total: the sum of the integrated gradients of the network.
        difference: what it should be: the difference of the two logits, minus that of an empty picture.
        points: of the integral.
    """

    found: Contrast
    maps: NDArray[np.float32]
    total: float
    difference: float
    points: int


def attribute(subject: Subject, choice: WhyChoice, watch: Watch) -> Attribution:
    """Explain the answer to the picture on the pad against another class, by three methods.

    A network with random weights serves as a control: where its maps look the same they show the picture, and not
    what was learned (Adebayo et al., "Sanity checks for saliency maps", 2018).
    """
    network, picture = subject.network, subject.wanted_picture()
    found = contrast(network, subject.class_names, picture, choice.rival)
    assert subject.picture is not None
    shape = subject.picture.shape
    maps, points = _maps(network, picture, shape, found.weights, watch)
    total = float(maps[0].sum(dtype=np.float64))
    control = _control_maps(network, picture, shape, found, watch)
    ends = network.logits(np.stack([picture, np.zeros_like(picture)])) @ found.weights
    result = np.stack([maps, control]).astype(np.float32)
    return Attribution(found, result, total, float(ends[0] - ends[1]), points)


def _maps(network: Network, picture: Bytes, shape: Shape, weights: Floats, watch: Watch) -> tuple[Floats, int]:
    """(methods, height, width), and of how many points the integral is."""
    integrated, points = integrated_gradients(network, picture, weights, watch)
    occluded = occlusion(network, picture.reshape(shape), weights, watch)
    slopes = as_input(picture) * network.input_gradient(picture[None], weights)[0]
    colours = [each.reshape(*shape[:2], -1).sum(axis=2) for each in (integrated, slopes)]
    return np.stack([colours[0], occluded, colours[1]]), points


_known_controls: dict[tuple[object, ...], Floats] = {}


def _control_maps(network: Network, picture: Bytes, shape: Shape, found: Contrast, watch: Watch) -> Floats:
    """The same of a network with random weights; while training goes on they stay, as long as the question does."""
    asked = network.sizes, network.activation, network.biases, shape, picture.tobytes(), found.answer, found.rival
    if asked not in _known_controls:
        if len(_known_controls) >= _MOST_CONTROLS:
            _known_controls.clear()
        control = network.over(np.empty_like(network.parameters))
        control.initialize("he-normal", np.random.default_rng(0))
        _known_controls[asked] = _maps(control, picture, shape, found.weights, watch)[0]
    return _known_controls[asked]


def integrated_gradients(network: Network, picture: Bytes, weights: Floats, watch: Watch) -> tuple[Floats, int]:
    """How much each input adds to a weighted sum of the logits on the way from an empty picture, and of how many points
    the integral is.

    x_i times the mean of dF/dx_i over the straight line from 0 to x, where F is the weighted sum. Over all inputs this
    adds up to F(x) - F(0) (Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", 2017, eq. 1). The
    mean is taken over the middles of equal parts, twice as many each time until the sum is within `CLOSE` of that.

    Args:
        picture: uint8 (inputs,).
        weights: of the logits, (classes,).
    """
    x = as_input(picture)
    start, end = (float(value) for value in network.logits(np.stack([np.zeros_like(x), x])) @ weights)
    points, rows = FEWEST_POINTS, rows_at_once(network, _PIECE)
    while True:
        shares = ((np.arange(points) + 0.5) / points).astype(np.float32)
        total = np.zeros(x.size, np.float64)
        for first in range(0, points, rows):
            watch.check()
            part = shares[first : first + rows, None] * x
            total += network.input_gradient(part, weights).sum(axis=0, dtype=np.float64)
        result = x * (total / points)
        close = abs(float(result.sum()) - (end - start)) <= CLOSE * max(abs(end - start), 0.1)
        if close or points >= MOST_POINTS or not np.isfinite(result).all():
            return result, points
        points *= 2


def occlusion(network: Network, picture: Bytes, weights: Floats, watch: Watch) -> Floats:
    """How much a weighted sum of the logits falls when a square around a pixel is emptied, (height, width).

    The mean over all squares of `OCCLUDED` pixels a side, inside the picture, that cover the pixel (Zeiler and Fergus,
    "Visualizing and understanding convolutional networks", 2014, section 4.2, with a square as large as a stroke is
    wide).

    Args:
        picture: uint8 (height, width) or (height, width, 3).
        weights: of the logits, (classes,).
    """
    height, width = picture.shape[:2]
    side = min(OCCLUDED, height, width)
    across, down = width - side + 1, height - side + 1
    whole = float((network.logits(picture.reshape(1, -1)) @ weights)[0])
    within = np.arange(side)
    falls, count_at_once = np.empty(down * across), rows_at_once(network, _PIECE)
    for first in range(0, len(falls), count_at_once):
        watch.check()
        rows, columns = np.divmod(np.arange(first, min(first + count_at_once, len(falls))), across)
        covered = np.repeat(picture[None], len(rows), axis=0)
        which = np.arange(len(rows))[:, None, None]
        covered[which, rows[:, None, None] + within[:, None], columns[:, None, None] + within] = 0
        falls[first : first + len(rows)] = whole - network.logits(covered.reshape(len(rows), -1)) @ weights
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for row, column in product(range(side), repeat=2):
        part = slice(row, row + down), slice(column, column + across)
        total[part] += falls.reshape(down, across)
        count[part] += 1
    return total / count
