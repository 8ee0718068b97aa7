"""A small network with validation pictures, and one of its neurons chosen."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import RecordedMoment, Subject
from mnist_viz.engine.network import Network

NAMES = tuple("abcd")


def network(*sizes: int, activation: str = "relu", seed: int = 0) -> Network:
    made = Network(sizes, activation, dtype=np.dtype(np.float64))
    made.initialize("he-normal", np.random.default_rng(seed))
    for layer in made.layers:
        assert layer.biases is not None
        layer.biases[:] = np.random.default_rng(seed + 1).normal(0, 0.1, layer.biases.shape)
    return made


def pictures(count: int = 300) -> Probe:
    """Of 5 x 5 pixels in four classes, of which the last has none."""
    rng = np.random.default_rng(5)
    labels = np.arange(count) % 3
    images = rng.integers(0, 100, (count, 25), dtype=np.uint8)
    images[np.arange(count), labels] += 150
    return Probe(images, labels, NAMES, (5, 5), "Small pictures", "pictures")


def subject(
    shown: Network,
    neuron: tuple[int, int] | None,
    *,
    picture: NDArray[np.uint8] | None = None,
    examples: Probe | None = None,
    moments: Sequence[Callable[[], Network]] = (),
) -> Subject:
    recorded = [RecordedMoment(10 * k, k / 2, each) for k, each in enumerate(moments)]
    return Subject(shown, 0, NAMES, (5, 5), picture, None, neuron, examples, recorded)
