"""One neuron over the validation pictures: what excites it, its answers by class, the accuracy without it, its life."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.neuron import NOT_FINITE, finite_neuron
from mnist_viz.analysis.parts import up_to_neuron
from mnist_viz.analysis.subject import Subject, evenly_spaced
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.engine.activations import Activation
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]

MOST_EXCITING = 16
MOST_MOMENTS = 50
LIFE_PICTURES = 300
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SILENT_SHARE = 0.01

_ROWS = 250  # pictures between two looks at the watch


@dataclass(frozen=True, eq=False)
class NeuronAnswers:
    """How a neuron answers to the validation pictures: its output, or of an output neuron the logit.

    Attributes:
        best: (at most `MOST_EXCITING`,) indices of the pictures with the largest sums, the largest first.
        values: (best,) its answers to them.
        quantiles: (classes, 5) of the answers to each class, at `QUANTILES`; NaN for a class without pictures.
        means: (classes,) likewise.
        silent: the share of pictures, 0 to 1, on which it is silent, see `is_silent`; None for an output.
    """

    probe: Probe
    best: NDArray[np.intp]
    values: Floats
    quantiles: Floats
    means: Floats
    silent: float | None


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


def answers_to_examples(subject: Subject, _choice: object, watch: Watch) -> NeuronAnswers:
    """The chosen neuron's answers to the validation pictures, by class, and those that excite it most."""
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
    return NeuronAnswers(probe, best, answers[best], quantiles, means, silent)


def neuron_outputs(
    network: Network, images: NDArray[np.uint8], layer: int, neuron: int, watch: Watch
) -> tuple[Floats, Floats]:
    """A neuron's sums z and outputs f(z), (n,) each, for `images`, uint8 (n, inputs); of an output the logits twice.

    Raises:
        ValueError: a sum is not finite.
    """
    its = up_to_neuron(network, layer, neuron)
    sums = np.concatenate([its.logits(images[part])[:, 0] for part in _parts(images, watch)])
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
    """
    layer, neuron = finite_neuron(subject)
    probe, network = subject.wanted_examples(), subject.network
    without, is_output = network.over(network.parameters.copy()), layer == len(network.layers) - 1
    if not is_output:
        without.layers[layer + 1].weights[neuron] = 0.0
    right = np.zeros((2, len(probe)), np.bool_)
    for part in _parts(probe.images, watch):
        for k, each in enumerate((network, without)):
            logits = each.logits(probe.images[part])
            if is_output and each is without:
                logits[:, neuron] = -np.inf
            right[k, part] = logits.argmax(axis=1) == probe.labels[part]
    with_it, without_it = (_by_class(each, probe) for each in right)
    return NeuronRole(with_it, without_it, float(right[0].mean()), float(right[1].mean()), probe.class_names)


def _parts(images: NDArray[np.uint8], watch: Watch) -> Iterator[slice]:
    """Which pictures to read next, and then next."""
    for start in range(0, len(images), _ROWS):
        watch.at("the validation pictures are read", start / len(images))
        yield slice(start, start + _ROWS)


def _by_class(right: NDArray[np.bool_], probe: Probe) -> Floats:
    classes = len(probe.class_names)
    counts, hits = (np.bincount(labels, minlength=classes) for labels in (probe.labels, probe.labels[right]))
    with np.errstate(invalid="ignore"):
        shares: Floats = hits / counts
    return shares


@dataclass(frozen=True, eq=False)
class NeuronLife:
    """A neuron at n recorded moments.

    Attributes:
        steps: (n,) batches trained by then, ascending.
        activation: (n,) its mean output over the first validation pictures, of an output neuron its mean logit; NaN
            where it is not finite.
        weight_norm: (n,) the Euclidean norm of its weights.
        silent: (n,) the share of the pictures, 0 to 1, on which it is silent; NaN for an output.
    """

    steps: NDArray[np.int64]
    activation: Floats
    weight_norm: Floats
    silent: Floats


def life_of_neuron(subject: Subject, _choice: object, watch: Watch) -> NeuronLife:
    """The chosen neuron at the recorded moments, at most `MOST_MOMENTS`, evenly spaced and with both ends."""
    layer, neuron = subject.wanted_neuron()
    moments = evenly_spaced(subject.wanted_moments(2), MOST_MOMENTS)
    images = subject.wanted_examples().images[:LIFE_PICTURES]
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
    return NeuronLife(np.array([moment.step for moment in moments]), activation, norm, silent)
