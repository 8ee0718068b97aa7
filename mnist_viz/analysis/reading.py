"""What a network makes of one image: its probabilities, its hidden activations, and the paths that decided."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.losses import softmax
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]
Path = tuple[int, int, float]
"""From a pixel or neuron, to a neuron of the next layer, and the contribution activation * weight."""

BRANCHES = 3
"""How many inputs of each neuron on a path are followed downwards."""
MAX_PATHS = 12
"""At most so many between two layers: more is a thicket."""


@dataclass(frozen=True, eq=False)
class Reading:
    """The answer to one image.

    Attributes:
        probabilities: (classes,), summing to 1.
        hidden: the output of every hidden layer.
        paths: between consecutive layers from the pixels to the classes, the strongest contributions to the
            winning class, strongest first.
    """

    probabilities: Floats
    hidden: list[Floats]
    paths: list[list[Path]]

    @property
    def digit(self) -> int:
        return int(self.probabilities.argmax())


def read(network: Network, image: NDArray[np.uint8]) -> Reading:
    """Run one 28x28 image (or any array of `inputs` bytes) through the network."""
    pixels = image.reshape(1, -1)
    *hidden, logits = network.outputs(pixels)
    softmax(logits)
    *hidden, probabilities = (rows[0] for rows in (*hidden, logits))
    targets = [int(probabilities.argmax())]
    paths: list[list[Path]] = []
    layers = [as_input(pixels, network.dtype)[0], *hidden]
    for layer, below in zip(reversed(network.layers), reversed(layers), strict=True):
        lit = np.flatnonzero(below)  # of the pixels a fifth
        with np.errstate(over="ignore", invalid="ignore"):  # a network about to diverge
            contributions = np.nan_to_num(layer.weights[np.ix_(lit, np.array(targets, np.intp))].T * below[lit])
        if (branches := BRANCHES if len(targets) > 1 else 2 * BRANCHES) < len(lit):
            strongest = np.argpartition(-np.abs(contributions), branches)[:, :branches]
        else:
            strongest = np.broadcast_to(np.arange(len(lit)), contributions.shape)
        values = np.take_along_axis(contributions, strongest, axis=1)
        found = [
            (source, target, value)
            for target, sources, row in zip(targets, lit[strongest].tolist(), values.tolist(), strict=True)
            for source, value in zip(sources, row, strict=True)
            if value
        ]
        found = sorted(found, key=lambda path: -abs(path[2]))[:MAX_PATHS]
        paths.insert(0, found)
        targets = list(dict.fromkeys(path[0] for path in found))
    return Reading(probabilities, hidden, paths)
