"""Two networks side by side: how their weights differ, and which images only one of them reads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Examination
from mnist_viz.engine.network import Network

OUTPUT = -1
"""In place of a layer's index: the last one, however many there are before it."""

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]


# --- weights ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Difference:
    """How the weights into a layer differ in two networks.

    Attributes:
        weights: (inputs, neurons), those of the second minus those of the first.
        distance: the Euclidean length of it, measured by that of the first; not finite where there is no such number.
        cosine: between the two as vectors, -1 to 1; not finite where there is no such number.
    """

    weights: Floats
    distance: float
    cosine: float


def layer_weights(network: Network, layer: int) -> Floats | None:
    """The weights into a layer, (inputs, neurons); None if the network has no such layer.

    Args:
        layer: a hidden layer, from 0, or `OUTPUT`.
    """
    return network.layers[layer].weights if layer < len(network.sizes) - 2 else None


def weight_limit(weights: Floats) -> float:
    """A round symmetric range for showing `weights`: about four times their root mean square."""
    wanted = 4.0 * float(np.sqrt(np.vdot(weights, weights) / weights.size))
    if not np.isfinite(wanted) or wanted < 1e-6:
        return 1e-2
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(step * power for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0) if step * power >= wanted * 0.999))


def weight_difference(a: Floats | None, b: Floats | None) -> Difference | None:
    """What `b`, the weights into a layer, has more than `a`; None if one is missing or has another shape."""
    if a is None or b is None or a.shape != b.shape:
        return None
    with np.errstate(all="ignore"):  # a network that diverged has weights too
        weights = b - a
        squares = [float(np.vdot(one, other)) for one, other in ((weights, weights), (a, a), (b, b), (a, b))]
        distance = np.sqrt(np.float64(squares[0]) / squares[1])
        cosine = squares[3] / np.sqrt(np.float64(squares[1]) * squares[2])
    return Difference(weights, float(distance), float(np.clip(cosine, -1.0, 1.0)))


# --- answers ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Known:
    """Which images two networks read rightly: arrays of their indices, which together are all of them.

    Attributes:
        only_a, only_b: read by one of them; first where both are surest of their answers.
        neither, both: ascending.
    """

    only_a: Indices
    only_b: Indices
    neither: Indices
    both: Indices


def known_by_one(a: Examination, b: Examination) -> Known:
    """Sort the pictures by who reads them.

    Raises:
        ValueError: the two were not examined on the same number of pictures.
    """
    if len(a.right) != len(b.right):
        raise ValueError(f"one was examined on {len(a.right):,} pictures, the other on {len(b.right):,}")
    sure = a.confidence + b.confidence

    def surest_first(which: NDArray[np.bool_]) -> Indices:
        indices = np.flatnonzero(which)
        return indices[np.argsort(-sure[indices], kind="stable")]

    return Known(
        surest_first(a.right & ~b.right),
        surest_first(b.right & ~a.right),
        np.flatnonzero(~(a.right | b.right)),
        np.flatnonzero(a.right & b.right),
    )
