"""One neuron over the validation pictures: what excites it, its answers by class, the accuracy without it, its life."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import LEAST_ROWS, MOST_ROWS, Probe
from mnist_viz.analysis.forward_pass import LayerPass, forward
from mnist_viz.analysis.neuron import NOT_FINITE, finite_neuron
from mnist_viz.analysis.subject import Subject, evenly_spaced
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.engine.activations import Activation
from mnist_viz.engine.network import Network, as_input
from mnist_viz.engine.samples import Shape

Floats = NDArray[np.floating]

MOST_EXCITING = 16
MOST_MOMENTS = 50
LIFE_PICTURES = 300
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SILENT_SHARE = 0.01

_PIECE = 60_000_000  # multiplications between two looks at the watch: a few milliseconds


@dataclass(frozen=True, eq=False)
class NeuronAnswers:
    """How a neuron answers to the validation pictures: its output, or of an output neuron the logit.

    Attributes:
        best: (at most `MOST_EXCITING`,) indices of the pictures with the largest sums, the largest first.
        values: (best,) its answers to them.
        images: uint8 (best, inputs).
        labels: (best,) their classes.
        quantiles: (classes, 5) of the answers to each class, at `QUANTILES`; NaN for a class without pictures.
        means: (classes,) likewise.
        silent: the share of pictures, 0 to 1, on which it is silent, see `is_silent`; None for an output.
    """

    best: NDArray[np.intp]
    values: Floats
    images: NDArray[np.uint8]
    image_shape: Shape
    labels: NDArray[np.integer]
    class_names: tuple[str, ...]
    quantiles: Floats
    means: Floats
    silent: float | None
    pictures: int
    noun: str


@dataclass(frozen=True, eq=False)
class NeuronRole:
    """What a neuron does for the accuracy: all shares are from 0 to 1.

    Attributes:
        with_it, without_it: (classes,) the share of each class's pictures read rightly; NaN for a class without.
        all_with, all_without: of all pictures.
    """

    with_it: Floats
    without_it: Floats
    all_with: float
    all_without: float
    class_names: tuple[str, ...]
    pictures: int
    noun: str


def answers_to_examples(subject: Subject, _choice: object, watch: Watch) -> NeuronAnswers:
    """The chosen neuron's answers to the validation pictures, by class, and those that excite it most.

    Raises:
        ValueError: there is no neuron or no picture, or the network has diverged.
    """
    layer, neuron = finite_neuron(subject)
    probe, network = subject.wanted_examples(), subject.network
    sums, outputs = neuron_outputs(network, probe.images, layer, neuron, watch)
    last = layer == len(network.layers) - 1
    answers = sums if last else outputs
    best = np.argsort(-sums, kind="stable")[:MOST_EXCITING]
    classes = len(probe.class_names)
    quantiles, means = np.full((classes, len(QUANTILES)), np.nan), np.full(classes, np.nan)
    for k in range(classes):
        own = answers[probe.labels == k]
        if own.size:
            quantiles[k], means[k] = np.quantile(own, QUANTILES), own.mean()
    silent = None if last else float(is_silent(outputs, network.activations[layer]).mean())
    return NeuronAnswers(
        best, answers[best], probe.images[best], probe.image_shape, probe.labels[best], probe.class_names, quantiles,
        means, silent, len(probe), probe.noun,
    )  # fmt: skip


def neuron_outputs(
    network: Network, images: NDArray[np.uint8], layer: int, neuron: int, watch: Watch
) -> tuple[Floats, Floats]:
    """A neuron's sums z and outputs f(z), (n,) each, for `images`, uint8 (n, inputs); of an output the logits twice.

    Only the layers below are computed whole.

    Raises:
        ValueError: a sum is not finite.
    """
    its = network.layers[layer]
    weights = np.ascontiguousarray(its.weights[:, neuron])
    bias = 0.0 if its.biases is None else float(its.biases[neuron])
    sums = np.empty(len(images), network.dtype)
    for part, below in _passes(network, images, layer, watch):
        x = below[-1].outputs if below else as_input(images[part], network.dtype)
        with np.errstate(all="ignore"):
            sums[part] = x @ weights + bias
    if not np.isfinite(sums).all():
        raise ValueError(NOT_FINITE)
    outputs = sums.copy()
    if layer < len(network.activations):
        network.activations[layer].forward(outputs, np.empty_like(sums), np.empty_like(sums))
    return sums, outputs


def is_silent(outputs: Floats, activation: Activation) -> NDArray[np.bool_]:
    """Where a neuron sends nothing on: as a ReLU it puts out exactly 0; else at most 1% of what it can at most.

    That is 1% of the distance of the function's bounds, or where there are none of its largest output here.
    """
    low, high = activation.bounds
    most = high - low if low is not None and high is not None else float(np.abs(outputs).max(initial=0.0))
    silent: NDArray[np.bool_] = np.abs(outputs) <= (0.0 if activation.name == "relu" else SILENT_SHARE * most)
    return silent


def role_in_accuracy(subject: Subject, _choice: object, watch: Watch) -> NeuronRole:
    """The accuracy over the validation pictures with the chosen neuron, and with its output set to 0 (ablation).

    An output that is left out is never the answer. (Morcos et al. 2018, "On the importance of single directions for
    generalization", section 2.3, ablate so.)

    Raises:
        ValueError: there is no neuron or no picture, or its weights are not finite.
    """
    layer, neuron = finite_neuron(subject)
    probe, network = subject.wanted_examples(), subject.network
    with_it, without_it = np.zeros(len(probe), np.bool_), np.zeros(len(probe), np.bool_)
    for part, passes in _passes(network, probe.images, len(network.layers), watch):
        labels = probe.labels[part]
        with_it[part] = passes[-1].sums.argmax(axis=1) == labels
        without_it[part] = _without(network, passes, layer, neuron).argmax(axis=1) == labels
    return NeuronRole(
        _by_class(with_it, probe), _by_class(without_it, probe), float(with_it.mean()), float(without_it.mean()),
        probe.class_names, len(probe), probe.noun,
    )  # fmt: skip


def _without(network: Network, passes: list[LayerPass], layer: int, neuron: int) -> Floats:
    """The logits with one neuron left out, of which only what follows it is computed again."""
    with np.errstate(all="ignore"):
        sums = passes[-1].sums.copy()
        if layer == len(passes) - 1:
            sums[:, neuron] = -np.inf
            return sums
        above = passes[layer + 1]
        sums = above.sums - np.outer(passes[layer].outputs[:, neuron], network.layers[layer + 1].weights[neuron])
        for k in range(layer + 1, len(passes) - 1):
            network.activations[k].forward(sums, np.empty_like(sums), np.empty_like(sums))
            upper = network.layers[k + 1]
            sums = sums @ upper.weights
            if upper.biases is not None:
                sums += upper.biases
    return sums


def _passes(
    network: Network, images: NDArray[np.uint8], layers: int, watch: Watch
) -> Iterator[tuple[slice, list[LayerPass]]]:
    """Run the pictures through the first `layers`, piece by piece; also says which pictures a piece is."""
    work = sum(layer.weights.size for layer in network.layers[:layers])
    rows = min(max(_PIECE // max(work, 1), LEAST_ROWS), MOST_ROWS)
    for start in range(0, len(images), rows):
        watch.at("the validation pictures are read", start / len(images))
        part = slice(start, start + rows)
        yield part, forward(network, as_input(images[part], network.dtype), layers) if layers else []


def _by_class(right: NDArray[np.bool_], probe: Probe) -> Floats:
    classes = len(probe.class_names)
    counts = np.bincount(probe.labels, minlength=classes)[:classes]
    hits = np.bincount(probe.labels[right], minlength=classes)[:classes]
    with np.errstate(invalid="ignore"):
        shares: Floats = hits / counts
    return shares


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
