"""What each layer makes of pictures, from the pixels to the logits."""

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]

BROKEN = "The network's outputs are no numbers any more: step back to an earlier moment"

_parts: WeakKeyDictionary[Probe, dict[int, Probe]] = WeakKeyDictionary()


def activations(network: Network, images: NDArray[np.uint8]) -> list[Floats]:
    """The pixels, 0 to 1, the output of each hidden layer, and the logits, (n, width) each, of `images` (n, inputs)."""
    return [as_input(images, network.dtype), *network.outputs(images)]


def first_of(probe: Probe, most: int) -> Probe:
    """The first pictures of a probe, the same object each time; a copy, which does not keep the whole data set."""
    if len(probe) <= most:
        return probe
    parts = _parts.setdefault(probe, {})
    if most not in parts:
        parts[most] = Probe(
            probe.images[:most].copy(), probe.labels[:most].copy(),
            probe.class_names, probe.image_shape, probe.title, probe.noun,
        )  # fmt: skip
    return parts[most]
