"""Which neurons of a hidden layer tell most: those whose answers differ from picture to picture and are listened to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]

MOST_TELLING = 32
"""So many neurons of a layer are worth a look first: large enough to be read in the smallest window."""

_MOST_PICTURES, _FEWEST_PICTURES = 256, 16
_MULTIPLICATIONS = 50_000_000  # of an examination at most: some milliseconds
_BETTER = 1.25  # times the score of a neuron that is shown must another one have to take its place


def telling_scores(network: Network, images: NDArray[np.uint8]) -> list[Floats]:
    """How much each neuron of each hidden layer tells the next layer, (width,) each.

    The score of neuron j is s_j |w_j|: s_j is the standard deviation of its output over the pictures, w_j its outgoing
    weights. That is the root of the mean square of what it changes in the inputs of the next layer, sqrt(E |(a_j -
    E a_j) w_j|^2): a neuron whose output is always the same only adds a bias, and one with small outgoing weights is
    not heard. Of weights to the classes their mean is subtracted first, since what is added to all logits alike
    changes no probability. Without pictures s_j is the norm of the incoming weights, which it is for independent
    inputs of variance 1 and a linear layer.

    Args:
        images: uint8 (n, inputs), of which the first 16 to 256 are read, the fewer the larger the network.
    """
    weights = [layer.weights for layer in network.layers]
    count = min(max(_MULTIPLICATIONS // max(network.parameters.size, 1), _FEWEST_PICTURES), _MOST_PICTURES)
    with np.errstate(all="ignore"):  # a network that diverges
        if len(images):
            spreads = [outputs.std(axis=0) for outputs in network.hidden_outputs(images[:count])]
        else:
            spreads = [np.linalg.norm(incoming, axis=0) for incoming in weights[:-1]]
        heard = [*weights[1:-1], weights[-1] - weights[-1].mean(axis=1, keepdims=True)] if spreads else []
        return [
            np.nan_to_num(spread * np.linalg.norm(outgoing, axis=1), nan=0.0, posinf=0.0)
            for spread, outgoing in zip(spreads, heard, strict=True)
        ]


def most_telling(scores: Floats, before: Sequence[int] = (), most: int = MOST_TELLING) -> tuple[int, ...]:
    """The numbers of the neurons with the highest scores, (width,), ascending; all of them if there are few.

    Args:
        before: what was chosen earlier, in its order, which is kept. A neuron of it gives its place to another one
            only if that has a score a quarter higher, so that the choice stays steady while training goes on.
    """
    ranked = np.argsort(-scores, kind="stable")[: most if len(scores) > 3 * most // 2 else len(scores)].tolist()
    if len(before) != len(ranked):
        return tuple(sorted(ranked))
    chosen = list(before)
    places = sorted(range(len(chosen)), key=lambda place: float(scores[chosen[place]]))  # the weakest first
    for number, place in zip([number for number in ranked if number not in before], places, strict=False):
        if scores[number] <= _BETTER * scores[chosen[place]]:
            break
        chosen[place] = number
    return tuple(chosen)
