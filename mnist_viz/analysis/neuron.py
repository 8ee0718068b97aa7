"""One neuron and the picture on the pad: what its inputs contribute, the sum, and what it sends on to the classes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.comparison import weight_limit
from mnist_viz.analysis.parts import after_layer
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.losses import softmax
from mnist_viz.engine.network import Network, as_input
from mnist_viz.engine.samples import Shape

Floats = NDArray[np.floating]

NOT_FINITE = "Its weights are not finite numbers, since training has diverged: step back to an earlier moment"


@dataclass(frozen=True, eq=False)
class NeuronReading:
    """A neuron's weights, and its answer to the picture if there is one.

    Attributes:
        layer, neuron: which; the last layer is the output.
        layers: the widths of all layers, the inputs first.
        image_shape: of the picture that the neuron's inputs are; None if they are neurons, or no picture.
        weights: (inputs,).
        bias: 0 if there are none.
        limit: for the strongest colours, of the weights and of what pixels contribute.
        function: the title of the activation; softmax for an output.
        inputs: (inputs,) what comes in, pixels as 0 to 1; None without a picture.
        total: the sum of the contributions, input times weight.
        output: f(z), or the probability of an output's class.
        votes: (classes,) what a hidden neuron adds to each logit, see `votes`; of an output all logits; None without a
            picture.
    """

    layer: int
    neuron: int
    layers: tuple[int, ...]
    class_names: tuple[str, ...]
    image_shape: Shape | None
    weights: Floats
    bias: float
    limit: float
    function: str
    inputs: Floats | None = None
    total: float = 0.0
    output: float = 0.0
    votes: Floats | None = None

    @property
    def is_output(self) -> bool:
        return self.layer == len(self.layers) - 2

    @property
    def sends_to_outputs(self) -> bool:
        """Whether its votes are exact: between it and the logits there is no other activation."""
        return self.layer >= len(self.layers) - 3

    @property
    def contributions(self) -> Floats | None:
        """(inputs,) input times weight."""
        return None if self.inputs is None else self.inputs * self.weights

    @property
    def sum(self) -> float:
        """z = total + bias."""
        return self.total + self.bias


@dataclass(frozen=True)
class NeuronPlace:
    """Where the chosen neuron is.

    Attributes:
        layers: the widths of all layers, the inputs first.
        neuron: its layer, from 0, and number; None if none is chosen that the network has.
        step: batches trained by the moment shown.
    """

    layers: tuple[int, ...]
    neuron: tuple[int, int] | None
    step: int


def place_of_neuron(subject: Subject, _choice: object, _watch: Watch) -> NeuronPlace:
    """Which neurons there are, and which is chosen."""
    return NeuronPlace(subject.network.sizes, subject.known_neuron, subject.step)


def finite_neuron(subject: Subject) -> tuple[int, int]:
    """Layer and number of the chosen neuron.

    Raises:
        ValueError: none is chosen, or its weights are not finite.
    """
    layer, neuron = subject.wanted_neuron()
    its = subject.network.layers[layer]
    if not np.isfinite(its.weights[:, neuron]).all() or not (its.biases is None or np.isfinite(its.biases[neuron])):
        raise ValueError(NOT_FINITE)
    return layer, neuron


def read_neuron(subject: Subject, _choice: object, _watch: Watch) -> NeuronReading:
    """What the chosen neuron does with the picture on the pad, or only its weights if there is none.

    z = sum over i of x_i w_i + b, and a = f(z).
    """
    layer, neuron = finite_neuron(subject)
    network = subject.network
    its, last = network.layers[layer], layer == len(network.layers) - 1
    weights = np.ascontiguousarray(its.weights[:, neuron])
    known = (
        layer, neuron, network.sizes, subject.class_names, subject.image_shape if layer == 0 else None, weights,
        0.0 if its.biases is None else float(its.biases[neuron]), weight_limit(weights),
        "softmax" if last else network.activations[layer].title,
    )  # fmt: skip
    if (picture := subject.read_picture) is None:
        return NeuronReading(*known)
    *hidden, logits = network.outputs(picture)
    inputs = hidden[layer - 1][0] if layer else as_input(picture[0], network.dtype)
    with np.errstate(all="ignore"):
        total = float((inputs.astype(np.float64) * weights).sum())
    if not np.isfinite(total):
        raise ValueError(NOT_FINITE)
    if last:
        probabilities = logits.copy()
        softmax(probabilities)
        return NeuronReading(*known, inputs, total, float(probabilities[0, neuron]), logits[0])
    outputs = hidden[layer][0]
    return NeuronReading(*known, inputs, total, float(outputs[neuron]), votes(network, layer, outputs)[neuron])


def votes(network: Network, layer: int, outputs: Floats) -> Floats:
    """What each neuron of a hidden layer adds to the logits: its activation times the derivative of each by it.

    From the last hidden layer that is a_j w_jc, exactly its part of the sum. From layers before it is the linear
    part of its effect, as the layers between answer to this picture (gradient times input, Shrikumar et al. 2016,
    arXiv:1605.01713, with the hidden layer in the place of the input).

    Args:
        network: without batch normalization.
        outputs: (neurons,) of the layer.

    Returns:
        (neurons, classes).
    """
    classes = network.sizes[-1]
    slopes = after_layer(network, layer).input_gradient(np.tile(outputs, (classes, 1)), np.eye(classes))
    with np.errstate(all="ignore"):
        sent: Floats = outputs[:, None] * slopes.T
    return sent
