"""The loss of networks whose parameters lie on a line or a plane."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.parts import after_layer
from mnist_viz.engine.layers import Dense
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]

MOST_PICTURES, LEAST_PICTURES = 1_000, 200
_WORK = 200_000_000
"""Multiplications for the loss at one place, while that leaves `LEAST_PICTURES`."""


class LossSurface:
    """The loss at origin + c₁ direction₁ + c₂ direction₂ + ..., over the first pictures of a probe.

    The sums of the first layer are linear in its parameters, so they are worked out once for the origin and once for
    each direction; only the layers after it run at each place.

    Args:
        like: has the shape and the activations; no batch normalization, which would have to be folded first.
        origin: parameters, (parameters,).
        directions: (parameters,) each.
        probe: the pictures, one at least.
        most: pictures at most.
    """

    def __init__(
        self, like: Network, origin: Floats, directions: Sequence[Floats], probe: Probe, most: int = MOST_PICTURES
    ) -> None:
        sizes, functions = like.sizes, like.activations
        images = probe.images[: max(min(most, _WORK // like.parameters.size), min(most, LEAST_PICTURES))]
        self.pictures = len(images)
        self._labels = probe.labels[: self.pictures].astype(np.intp)
        count = Dense.size(sizes[0], sizes[1], like.biases)
        pixels = as_input(images)
        parts = origin, *directions
        with np.errstate(all="ignore"):
            self._sums = [_sums(pixels, part[:count], sizes[1], like.biases) for part in parts]
        self._rests = [part[count:] for part in parts]
        self._after = functions[0] if functions else None
        rest = after_layer(like, 0) if functions else None
        self._network = rest.over(rest.parameters.copy()) if rest is not None else None
        self._kept, self._spare = np.empty_like(self._sums[0]), np.empty_like(self._sums[0])

    def at(self, place: Sequence[float]) -> tuple[float, float]:
        """Mean cross-entropy in nats, NaN where it is not finite, and accuracy, 0 to 1, at the coefficients `place`."""
        with np.errstate(all="ignore"):
            values = _mixed(self._sums, place)
            if self._network is not None and self._after is not None:
                self._after.forward(values, self._kept, self._spare)
                self._network.parameters[:] = _mixed(self._rests, place)
                values = self._network.logits(values)
            rows = np.arange(self.pictures)
            right = float((values.argmax(axis=1) == self._labels).mean())
            values -= values.max(axis=1, keepdims=True)
            loss = float((np.log(np.exp(values).sum(axis=1)) - values[rows, self._labels]).mean(dtype=np.float64))
        return (loss if np.isfinite(loss) else np.nan), right


def _sums(pixels: Floats, parameters: Floats, outputs: int, biases: bool) -> Floats:
    weights = parameters[: pixels.shape[1] * outputs].reshape(pixels.shape[1], outputs)
    sums: Floats = pixels @ weights
    if biases:
        sums += parameters[weights.size :]
    return sums


def _mixed(parts: Sequence[Floats], place: Sequence[float]) -> Floats:
    result = parts[0].copy()
    for part, share in zip(parts[1:], place, strict=True):
        result += np.float32(share) * part
    return result
