"""How a network whose file does not say it is meant: found by letting it read digits in every usual way."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]
Layer = tuple[Floats, Floats | None]
"""Weights of shape (inputs, neurons), and biases of shape (neurons,) or None."""

SCALES: dict[str, tuple[float, float]] = {
    "pixels 0 to 1": (0.0, 1.0),
    "pixels 0 to 255": (0.0, 1 / 255),
    "pixels -1 to 1": (0.5, 0.5),
    "standardized pixels": (0.1307, 0.3081),
    "inverted pixels 0 to 1": (1.0, -1.0),
    "inverted pixels 0 to 255": (1.0, -1 / 255),
}
"""By name, the mean m and the deviation s with which pixels x from 0 to 1 become the network's inputs, (x - m) / s."""

_DIGITS = 2000
_CLEARLY = 0.005
"""The first of the usual ways is taken unless another reads so much more of `_DIGITS`; of fewer, chance counts more."""
GUESSED = 0.3
"""Who reads less is not understood: differences of some per cent say nothing then; the most usual way is taken."""


@dataclass(frozen=True, eq=False)
class Interpretation:
    """One way to read the weights.

    Attributes:
        network: of pixels from 0 to 1: their scale is in its first layer.
        scale: a key of `SCALES`.
        accuracy: the share of digits that it reads rightly, 0 to 1.
    """

    network: Network
    scale: str
    accuracy: float

    @property
    def activation(self) -> str:
        """For a person; empty without a hidden layer."""
        return ACTIVATIONS[self.network.activation].title if len(self.network.sizes) > 2 else ""

    @property
    def title(self) -> str:
        """Such as "ReLU with pixels 0 to 1"."""
        return f"{self.activation} with {self.scale}" if self.activation else self.scale


def interpret(
    candidates: Sequence[Sequence[Layer]], images: NDArray[np.uint8], labels: NDArray[np.integer]
) -> list[Interpretation]:
    """Try every activation and scale of pixels on digits that the network has not learned from.

    Args:
        candidates: the layers; where their order or orientation is not certain, each that is possible.
        images: (n, inputs) or (n, height, width), light on dark.
        labels: (n,) class numbers.

    Returns:
        The best interpretation of each activation, the best first.
    """
    images, labels = images[:_DIGITS].reshape(min(len(images), _DIGITS), -1), labels[:_DIGITS]
    clearly = _CLEARLY * math.sqrt(_DIGITS / len(images))
    best: dict[str, Interpretation] = {}
    usual: Interpretation | None = None
    for layers in candidates:
        for network, scale in _ways(layers):
            winners = network.predict_proba(images).argmax(axis=1)
            found = Interpretation(network, scale, float((winners == labels).mean()))
            usual = usual or found
            known = best.get(network.activation)
            if known is None or found.accuracy > known.accuracy + clearly:
                best[network.activation] = found
    ranked = sorted(best.values(), key=lambda found: -found.accuracy)
    if usual is not None and ranked[0].accuracy < GUESSED:
        return [usual]
    first = next(found for found in best.values() if found.accuracy >= ranked[0].accuracy - clearly)
    return [first, *(found for found in ranked if found is not first)]


def _ways(layers: Sequence[Layer]) -> Iterator[tuple[Network, str]]:
    sizes = [layers[0][0].shape[0], *(weights.shape[1] for weights, _ in layers)]
    for scale, (mean, deviation) in SCALES.items():
        for activation in ACTIVATIONS if len(layers) > 1 else ("relu",):
            biases = mean != 0 or any(bias is not None for _, bias in layers)
            network = Network(sizes, activation, biases=biases)
            for own, (weights, bias) in zip(network.layers, layers, strict=True):
                own.weights[:] = weights
                if own.biases is not None and bias is not None:
                    own.biases[:] = bias
            first = network.layers[0]
            first.weights /= deviation
            if mean and first.biases is not None:
                first.biases -= mean * first.weights.sum(axis=0)
            yield network, scale
