"""What a layer does in a step of training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """A layer's part in a step, of the first n samples of the batch.

    Attributes:
        inputs: (n, inputs), what it gets to see, after dropout.
        sums: (n, outputs), z = x W + b, normalized if the network is.
        outputs: (n, outputs), what the activation makes of them; of the last layer the probabilities.
        deltas: (n, outputs), the gradient of the batch's mean loss with respect to the sums; with batch normalization
            with respect to x W.
    """

    inputs: Floats
    sums: Floats
    outputs: Floats
    deltas: Floats
