"""A network with neurons and weights taken out or changed by hand: what it reads, and how its accuracy falls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.comparison import weight_limit
from mnist_viz.analysis.evaluation import Probe, examine
from mnist_viz.analysis.subject import NO_NUMBERS, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape

Floats = NDArray[np.floating]
Place = tuple[int, int, int]
"""A weight: its layer, from 0, the input, and the neuron."""

SHARES = (
    0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.84, 0.87, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99,
    1.0,
)  # fmt: skip
"""Of the weights that are removed, where the accuracy is worked out."""

MOST_EXAMPLES = 2_000
"""Validation pictures behind each of them."""

NOT_FINITE = "The weights are not finite numbers, since training has diverged: step back to an earlier moment"


@dataclass(frozen=True)
class Edits:
    """What is changed in a network. It can be done to the network of any moment.

    Attributes:
        share: of the weights, 0 to 1, that are removed: the smallest.
        by_layer: whether the smallest are sought in each layer rather than in the whole network.
        removed: layers and numbers of neurons whose weights, in and out, are removed with their bias.
        weights: set by hand, 0 for those that were rubbed out. What is set to another value stays in spite of `share`.
    """

    share: float = 0.0
    by_layer: bool = False
    removed: frozenset[tuple[int, int]] = frozenset()
    weights: Mapping[Place, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.share or self.removed or self.weights)

    @property
    def words(self) -> str:
        """What is done, such as "80% pruned, 2 neurons removed, 1 weight set"."""
        rubbed = sum(value == 0 for value in self.weights.values())
        counts = (
            ("neuron", len(self.removed), "removed"),
            ("weight", rubbed, "rubbed out"),
            ("weight", len(self.weights) - rubbed, "set"),
        )
        parts = [f"{100 * self.share:.3g}% pruned"] if self.share else []
        parts += [f"{count:,} {what}{'s' if count > 1 else ''} {done}" for what, count, done in counts if count]
        return ", ".join(parts)


@dataclass(frozen=True, eq=False)
class EditedNetwork:
    """A network before and after it was edited.

    Attributes:
        sizes: of its layers, the inputs first.
        untrained: whether these are the first weights of a run.
        gone: how many of them are zero after the edits.
        before, after: (inputs,) its weights.
        limit: of the colours for its weights.
        image_shape: of the picture that its inputs are; None if they are neurons, or no picture.
        reads_before, reads_after: class and probability, 0 to 1, of the picture on the pad; None without one.
    """

    sizes: tuple[int, ...]
    untrained: bool
    weights: int
    gone: int
    neuron: tuple[int, int] | None = None
    before: Floats = field(default_factory=lambda: np.zeros(0))
    after: Floats = field(default_factory=lambda: np.zeros(0))
    limit: float = 1.0
    image_shape: Shape | None = None
    reads_before: tuple[str, float] | None = None
    reads_after: tuple[str, float] | None = None


@dataclass(frozen=True)
class AccuracyAfter:
    """The shares, 0 to 1, of right answers to `count` validation pictures, called `noun`, before and after edits."""

    before: float
    after: float
    count: int
    noun: str


@dataclass(frozen=True, eq=False)
class AccuracyByShare:
    """The shares of right answers to `count` validation pictures, (shares,) each, after pruning `SHARES`.

    Attributes:
        whole: with the smallest weights of the whole network removed.
        layers: with the smallest of each layer removed.
    """

    whole: Floats
    layers: Floats
    count: int
    noun: str


def edited(network: Network, edits: Edits) -> Network:
    """A copy of `network` with `edits` done to it: what it does not have is left out.

    The smallest weights are removed first (magnitude pruning: Han, Pool, Tran and Dally 2015, "Learning both weights
    and connections", arXiv:1506.02626), of the whole network or of each layer; biases stay. Then come the neurons, and
    the weights that were set by hand.

    Args:
        network: without batch normalization.
    """
    result = network.over(network.parameters.copy())
    weights = [layer.weights for layer in result.layers]
    limits = thresholds(weights, [edits.share], by_layer=edits.by_layer)[0] if edits.share else []
    for own, limit in zip(weights, limits, strict=False):
        if limit >= 0:
            np.copyto(own, 0.0, where=np.abs(own) <= limit)
    for layer, neuron in edits.removed:
        if layer < len(weights) and neuron < weights[layer].shape[1]:
            weights[layer][:, neuron] = 0.0
            biases = result.layers[layer].biases
            if biases is not None:
                biases[neuron] = 0.0
            if layer + 1 < len(weights):
                weights[layer + 1][neuron] = 0.0
    for (layer, entry, neuron), value in edits.weights.items():
        if layer < len(weights) and entry < weights[layer].shape[0] and neuron < weights[layer].shape[1]:
            weights[layer][entry, neuron] = value
    return result


def thresholds(weights: Sequence[Floats], shares: Sequence[float], *, by_layer: bool) -> list[list[float]]:
    """For each share and each layer, the magnitude up to which its weights are removed; -1 for none.

    Of n weights those of the smallest magnitude are removed, round(share * n) of them, and with the last one all that
    are as small as it is.
    """
    groups = [np.abs(own).ravel() for own in weights]
    if not by_layer:
        groups = [np.concatenate(groups)]
    limits: Floats = np.full((len(shares), len(groups)), -1.0)
    for k, magnitudes in enumerate(groups):
        counts = np.array([round(share * magnitudes.size) for share in shares])
        some = counts > 0
        magnitudes.partition(np.unique(counts[some]) - 1)
        limits[some, k] = magnitudes[counts[some] - 1]
    found: list[list[float]] = np.broadcast_to(limits, (len(shares), len(weights))).tolist()
    return found


def with_zeros_of(network: Network, pruned: Network) -> Network:
    """A copy of `network` without the weights that are zero in `pruned`.

    With its first weights and those that were pruned after training, what is left is what Frankle and Carbin call a
    winning ticket if it learns as well as the whole ("The lottery ticket hypothesis", 2018, arXiv:1803.03635).
    """
    result = network.over(network.parameters.copy())
    for own, other in zip(result.layers, pruned.layers, strict=True):
        own.weights[other.weights == 0] = 0.0
    return result


def edited_network(subject: Subject, edits: Edits, _watch: Watch) -> EditedNetwork:
    """What the edits make of the network, of the chosen neuron, and of the answer to the picture on the pad."""
    network, picture = _finite(subject.network), subject.read_picture
    after = edited(network, edits)
    total = sum(layer.weights.size for layer in network.layers)
    gone = total - sum(int(np.count_nonzero(layer.weights)) for layer in after.layers)
    reads: list[tuple[str, float] | None] = [None, None]
    if picture is not None:
        reads = [_reading(each, picture, subject.class_names) for each in (network, after)]
    known = (network.sizes, not subject.step and not subject.from_file, total, gone)
    if subject.known_neuron is None:
        return EditedNetwork(*known, reads_before=reads[0], reads_after=reads[1])
    layer, neuron = subject.known_neuron
    own = np.ascontiguousarray(network.layers[layer].weights[:, neuron])
    return EditedNetwork(
        *known, (layer, neuron), own, np.ascontiguousarray(after.layers[layer].weights[:, neuron]),
        weight_limit(own), subject.image_shape if layer == 0 else None, *reads,
    )  # fmt: skip


def accuracy_after(subject: Subject, edits: Edits, watch: Watch) -> AccuracyAfter:
    """The accuracy over the validation pictures before and after the edits."""
    probe, network = subject.wanted_examples(), _finite(subject.network)
    both = [network, edited(network, edits)] if edits else [network]
    right = [_accuracy(each, probe, watch, k / len(both), 1 / len(both)) for k, each in enumerate(both)]
    return AccuracyAfter(right[0], right[-1], len(probe), probe.noun)


def accuracy_by_share(subject: Subject, _choice: object, watch: Watch) -> AccuracyByShare:
    """How the accuracy falls with the share of the smallest weights that is removed, without other edits."""
    probe, network = subject.wanted_examples().first(MOST_EXAMPLES), _finite(subject.network)
    weights = [layer.weights for layer in network.layers]
    pruned = network.over(network.parameters.copy())
    right = np.zeros((2, len(SHARES)))
    for which, by_layer in enumerate((False, True)):
        watch.check()
        for k, limits in enumerate(thresholds(weights, SHARES, by_layer=by_layer)):
            for layer, own, limit in zip(pruned.layers, weights, limits, strict=True):
                np.multiply(own, np.abs(own) > limit, out=layer.weights)
            done = which / 2 + k / 2 / len(SHARES)
            right[which, k] = _accuracy(pruned, probe, watch, done, 1 / 2 / len(SHARES))
    return AccuracyByShare(right[0], right[1], len(probe), probe.noun)


def _accuracy(network: Network, probe: Probe, watch: Watch, start: float, part: float) -> float:
    def between(share: float) -> None:
        watch.at("the validation pictures are read", start + part * share)

    return examine(network, probe.images, probe.labels, len(probe.class_names), between).accuracy


def _reading(network: Network, row: NDArray[np.uint8], names: Sequence[str]) -> tuple[str, float]:
    probabilities = network.predict_proba(row)[0]
    if not np.isfinite(probabilities).all():
        raise ValueError(NO_NUMBERS)
    answer = int(probabilities.argmax())
    return names[answer], float(probabilities[answer])


def _finite(network: Network) -> Network:
    if not np.isfinite(network.parameters).all():
        raise ValueError(NOT_FINITE)
    return network
