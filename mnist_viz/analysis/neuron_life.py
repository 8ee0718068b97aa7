"""One neuron over the recorded moments of a run: mean activation, norm of the weights, how often it is silent."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.neuron_examples import is_silent, neuron_outputs
from mnist_viz.analysis.subject import Subject, evenly_spaced
from mnist_viz.data.progress import UNWATCHED, Watch

Floats = NDArray[np.floating]

MOST_MOMENTS = 50
LIFE_PICTURES = 300


@dataclass(frozen=True, eq=False)
class NeuronLife:
    """A neuron at n recorded moments.

    Attributes:
        steps: (n,) batches trained by then, ascending.
        epochs: (n,) the same in epochs.
        activation: (n,) its mean output over `pictures` validation pictures, of an output neuron its mean logit; NaN
            where it is not finite.
        weight_norm: (n,) the Euclidean norm of its weights.
        silent: (n,) the share of the pictures, 0 to 1, on which it is silent; NaN for an output.
    """

    steps: NDArray[np.int64]
    epochs: Floats
    activation: Floats
    weight_norm: Floats
    silent: Floats
    pictures: int
    noun: str


def life_of_neuron(subject: Subject, _choice: object, watch: Watch) -> NeuronLife:
    """The chosen neuron at the recorded moments, at most `MOST_MOMENTS`, evenly spaced and with both ends.

    Raises:
        ValueError: no neuron, fewer than two moments, or no picture.
    """
    layer, neuron = subject.wanted_neuron()
    moments = evenly_spaced(subject.wanted_moments(2), MOST_MOMENTS)
    probe = subject.wanted_examples()
    images = probe.images[:LIFE_PICTURES]
    activation, norm, silent = (np.full(len(moments), np.nan) for _ in range(3))
    for k, moment in enumerate(moments):
        watch.at("the recorded moments are looked through", k / len(moments))
        network = moment.network()
        with np.errstate(all="ignore"):
            norm[k] = np.linalg.norm(network.layers[layer].weights[:, neuron])
        try:
            _, outputs = neuron_outputs(network, images, layer, neuron, UNWATCHED)
        except ValueError:
            continue  # a network that has diverged
        activation[k] = outputs.mean()
        if layer < len(network.activations):
            silent[k] = is_silent(outputs, network.activations[layer]).mean()
    return NeuronLife(
        np.array([moment.step for moment in moments]), np.array([moment.epoch for moment in moments]),
        activation, norm, silent, len(images), probe.noun,
    )  # fmt: skip
