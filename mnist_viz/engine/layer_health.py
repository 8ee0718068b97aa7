"""How well each layer learns: the size of its gradient and of its steps, and the units that have stopped to answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.activations import Activation
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]

NEAR_BOUND = 0.01
"""How near to a bound an output counts as saturated, as a share of the distance between the bounds."""

FADED = 1e-2
"""A gradient, relative to its weights, that is this much smaller in the first layer than in the last has vanished."""


@dataclass(frozen=True)
class LayerHealth:
    """What a layer's numbers say about its training.

    Attributes:
        gradient_norm: the Euclidean norm of the gradient with respect to the layer's weights (not its biases). From
            layer to layer it should stay of one order: where it vanishes or explodes, the layers before it do not
            learn (Glorot and Bengio 2010, section 4).
        weight_norm: the Euclidean norm of the weights.
        update_ratio: the norm of the weights' change in one step over `weight_norm`. About 0.001 is healthy; far more
            and the learning rate is too high, far less and it is too low (Karpathy's notes for the course CS231n,
            "Neural Networks Part 3", section "Ratio of weights:updates"). None if no step is given or all weights
            are zero.
        dead: the share, 0 to 1, of the layer's units that put out the same for all samples. If the activation has the
            least value 0 and no greatest, as ReLU, a unit counts only if it puts out exactly 0 for all samples: its
            slope is 0 there, so that nothing can change it. None for the output layer.
        saturated: the share, 0 to 1, of all outputs of all units for all samples that are at most `NEAR_BOUND` of the
            activation's range away from its least or greatest value, where its slope is nearly 0. None for the output
            layer, and for an activation that is not bounded on both sides.
    """

    gradient_norm: float
    weight_norm: float
    update_ratio: float | None
    dead: float | None
    saturated: float | None


def layer_health(
    network: Network, images: NDArray[np.generic], labels: NDArray[np.integer], update: Floats | None = None
) -> list[LayerHealth]:
    """Examine a network with some samples, a few hundred say: all are run as one batch.

    The network itself is only read; its gradient stays as it is. The gradient examined is that of the mean loss alone,
    without penalties, dropout or label smoothing. `dead` and `saturated` are about the network as it reads digits,
    with batch normalization's running statistics.

    Args:
        images: (n, inputs), bytes 0..255 or numbers 0..1; n at least 2.
        labels: (n,) class numbers.
        update: the change of the parameters in one step, laid out as they are.

    Returns:
        One a layer, from the first hidden one to the output layer.

    Raises:
        ValueError: fewer than two samples, labels of another number or out of range, or an update of another length.
    """
    if len(images) < 2:
        raise ValueError(f"The health of a layer needs 2 samples or more, not {len(images)}.")
    if len(labels) != len(images):
        raise ValueError(f"{len(images):,} images need as many labels, not {len(labels):,}.")
    classes = network.sizes[-1]
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"The labels must be 0 to {classes - 1}, not {labels.min()} to {labels.max()}.")
    if update is not None and update.shape != network.parameters.shape:
        raise ValueError(f"The update must have the shape {network.parameters.shape}, not {update.shape}.")
    twin = network.over(network.parameters)
    twin.statistics[:] = network.statistics
    with np.errstate(all="ignore"):  # a network that has diverged may be examined too
        twin.loss_and_gradient(as_input(images, network.dtype), labels)
        outputs = twin.hidden_outputs(images)
    return health_of(twin, outputs, update)


def health_of(network: Network, outputs: Sequence[Floats], update: Floats | None = None) -> list[LayerHealth]:
    """Likewise, of a network that holds the gradient of some samples already.

    Args:
        network: its `gradient` is that of the mean loss.
        outputs: what its hidden layers put out, (n, width) each.
        update: the change of the parameters in one step, laid out as they are.
    """
    steps: list[Floats | None] = [None] * len(network.layers)
    if update is not None:
        steps = [layer.weights for layer in network.over(update).layers]
    with np.errstate(all="ignore"):
        shares: list[tuple[float | None, float | None]] = [
            (float(dead_units(output, activation).mean()), _mean(saturation(output, activation)))
            for output, activation in zip(outputs, network.activations, strict=True)
        ]
        shares.append((None, None))
        health = []
        for layer, step, (dead, saturated) in zip(network.layers, steps, shares, strict=True):
            norm = norm_of(layer.weights)
            ratio = norm_of(step) / norm if step is not None and norm else None
            health.append(LayerHealth(norm_of(layer.weights_gradient), norm, ratio, dead, saturated))
    return health


def dead_layer(network: Network, images: NDArray[np.generic]) -> int | None:
    """The first hidden layer, from 0, all of whose neurons put out the same for all `images`; None if none does."""
    for number, outputs in enumerate(network.hidden_outputs(images)):
        if (outputs == outputs[0]).all():
            return number
    return None


def dead_units(outputs: Floats, activation: Activation) -> NDArray[np.bool_]:
    """Which units of a hidden layer, (width,), are dead, see `LayerHealth`, given its `outputs` (n, width)."""
    off = 0.0 if activation.bounds == (0.0, None) else outputs[0]
    return np.asarray((outputs == off).all(axis=0))


def saturation(outputs: Floats, activation: Activation) -> NDArray[np.floating] | None:
    """The share of each unit's outputs, (width,), that are saturated, see `LayerHealth`; None if none can be."""
    least, greatest = activation.bounds
    if least is None or greatest is None:
        return None
    margin = NEAR_BOUND * (greatest - least)
    return np.asarray(((outputs <= least + margin) | (outputs >= greatest - margin)).mean(axis=0))


def norm_of(values: Floats) -> float:
    """The Euclidean norm of an array of any shape, in float64, where the squares of large numbers do not overflow."""
    return float(np.linalg.norm(values.astype(np.float64)))


def _mean(values: Floats | None) -> float | None:
    return None if values is None else float(values.mean())
