"""The picture with a bounded amount of ink that a neuron answers to most strongly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.neuron import NOT_FINITE, finite_neuron
from mnist_viz.analysis.parts import up_to_neuron
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape

Floats = NDArray[np.floating]

USUAL_INK = 0.13
"""The share of a picture that is ink where there are no pictures to measure: MNIST's mean."""

STARTS, STEPS = 6, 60
_BISECTIONS = 24


@dataclass(frozen=True, eq=False)
class PreferredInput:
    """What a neuron looks for.

    Attributes:
        image: uint8 in `image_shape`, or (inputs,) if the inputs are no picture.
        image_shape: None if they are none.
        sum: the neuron's z for it.
        ink: the sum of its pixels, each 0 to 1, as a share of all.
        moved: whether there was a direction in which z grows.
    """

    image: NDArray[np.uint8]
    image_shape: Shape | None
    sum: float
    ink: float
    moved: bool


def preferred_input(subject: Subject, _choice: object, watch: Watch) -> PreferredInput:
    """The picture that maximizes the chosen neuron's z, with no more ink than validation pictures have on average."""
    layer, neuron = finite_neuron(subject)
    network, probe = subject.network, subject.examples
    inputs = network.sizes[0]
    share = float(probe.images[:500].mean()) / 255 if probe is not None and len(probe) else USUAL_INK
    ink = max(share * inputs, 1.0)
    found, sums, moved = ascend(network, layer, neuron, ink, watch)
    if not np.isfinite(sums).all():
        raise ValueError(NOT_FINITE)
    best = int(sums.argmax())
    image = np.round(255 * found[best]).astype(np.uint8)
    shape = subject.image_shape
    if shape is not None:
        image = image.reshape(shape)
    return PreferredInput(image, shape, float(sums[best]), float(found[best].mean()), moved)


def ascend(network: Network, layer: int, neuron: int, ink: float, watch: Watch) -> tuple[Floats, Floats, bool]:
    """Projected gradient ascent on a neuron's z over pictures with pixels 0 to 1 whose sum is at most `ink`.

    Activation maximization (Erhan, Bengio, Courville and Vincent 2009, "Visualizing higher-layer features of a deep
    network", section 3), with a bound on the ink in place of one on the norm. From several starts, grey and random,
    x <- P(x + t g / max |g|), where g is the gradient of z and t decreases; P is the Euclidean projection onto the
    pictures allowed. In the first layer the best picture is known: the ink on the pixels with the largest weights.

    Returns:
        The pictures, (starts, inputs), their sums z, (starts,), and whether any gradient was not zero.
    """
    rng = np.random.default_rng(0)
    inputs = network.sizes[0]
    x = np.concatenate([np.ones((1, inputs)), rng.random((STARTS - 1, inputs))]).astype(network.dtype)
    x = inked(x * (ink / inputs), ink)
    best, sums = x.copy(), np.full(STARTS, -np.inf, network.dtype)
    its, moved = up_to_neuron(network, layer, neuron), False
    for k in range(STEPS + 1):
        watch.at("its preferred input is looked for", k / STEPS)
        now = its.logits(x)[:, 0]
        better = ~(now <= sums)  # also where it is not a number, which is said
        best[better], sums[better] = x[better], now[better]
        gradient = its.input_gradient(x, np.ones(1))
        with np.errstate(all="ignore"):
            size = np.abs(gradient).max(axis=1, keepdims=True)
            if not np.isfinite(size).all():
                return best, np.full(STARTS, np.nan), False
            moved = moved or bool(size.any())
            x = inked(x + (1.0 - 0.9 * k / STEPS) * gradient / np.maximum(size, 1e-12), ink)
    return best, sums, moved


def inked(x: Floats, ink: float) -> Floats:
    """The nearest pictures, (n, inputs), with pixels 0 to 1 whose sum is at most `ink`.

    The projection is clip(x - s, 0, 1) with the least s >= 0 that is enough, found by bisection (Wang and Lu 2015,
    "Projection onto the capped simplex", arXiv:1503.01002).
    """
    low, high = np.zeros((len(x), 1)), np.maximum(x.max(axis=1, keepdims=True), 0.0).astype(np.float64)
    high = np.where(x.clip(0.0, 1.0).sum(axis=1, keepdims=True) <= ink, 0.0, high)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        over = (x - middle).clip(0.0, 1.0).sum(axis=1, keepdims=True) > ink
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return (x - high.astype(x.dtype)).clip(0.0, 1.0)
