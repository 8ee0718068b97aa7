"""The numbers of each layer, now and over the recorded moments: how they are spread, and whether the layer learns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import BROKEN, RecordedMoment, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.layer_health import LayerHealth, dead_units, health_of, norm_of, saturation
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]
Kind = Literal["weights", "activations", "gradients"]

KINDS: tuple[Kind, ...] = ("weights", "activations", "gradients")

POINTS = 129
"""Of a `spread`."""

LEAST_GRADIENT = 1e-12
"""Gradients are shown by the logarithm of their size; smaller ones count as this."""

MOSTLY_SATURATED = 0.9
"""A unit with this share of saturated outputs is named."""

_NOW, _THEN = 1_000, 250  # pictures that a layer is examined with: at the shown moment, and at each recorded one
_MOST_COUNTED = 20_000  # of more values, an evenly spaced sample is sorted
_SOME = 4  # moments that may be examined without showing progress


@dataclass(frozen=True, eq=False)
class LayerReport:
    """A layer at one moment.

    Attributes:
        activation: its title; empty for the output layer.
        stops_at_zero: whether a dead unit is one that never fires, as with ReLU, and not one that is always the same.
        dead: the numbers of its dead units.
        saturated: the numbers of its units that are mostly saturated.
        spreads: of its weights, its outputs (the logits of the output layer), and log10 of the sizes of the gradients
            of its weights.
    """

    health: LayerHealth
    units: int
    activation: str
    stops_at_zero: bool
    dead: tuple[int, ...]
    saturated: tuple[int, ...]
    spreads: Mapping[Kind, Floats]


@dataclass(frozen=True, eq=False)
class LayersNow:
    """The layers of the shown moment.

    Attributes:
        step: batches trained by then.
        layers: from the first hidden one to the output layer.
        accuracy: the share of right answers to the pictures that they were examined with.
    """

    step: int
    layers: tuple[LayerReport, ...]
    accuracy: float


@dataclass(frozen=True, eq=False)
class LayersOverTime:
    """The layers at m recorded moments.

    Attributes:
        steps, epochs: (m,) when that was.
        gradient_norms: (layers, m), see `LayerHealth`.
        update_ratios: (layers, m): the norm of the change of a layer's weights since the recorded moment before, a
            step, over the norm of the weights; not a number at the first one. Steps that undo each other make it less
            than `LayerHealth.update_ratio`.
        spreads: (layers, m, `POINTS`); not a number where the network's numbers are none.
    """

    steps: NDArray[np.int64]
    epochs: Floats
    gradient_norms: Floats
    update_ratios: Floats
    spreads: Mapping[Kind, Floats]


def layers_now(subject: Subject, _choice: object, watch: Watch) -> LayersNow:
    """Examine the layers of the shown moment with some validation pictures."""
    probe = subject.wanted_examples().first(_NOW)
    network = subject.network
    watch.check()
    logits, layers = examine(network, probe)
    if not (np.isfinite(logits).all() and np.isfinite(network.parameters).all()):
        raise ValueError(BROKEN)
    return LayersNow(subject.step, layers, float((logits.argmax(axis=1) == probe.labels).mean()))


def shown_step(subject: Subject, _choice: object, _watch: Watch) -> int:
    """Batches trained by the shown moment, to find it among those that have been examined already."""
    return subject.step


def examine(network: Network, probe: Probe) -> tuple[Floats, tuple[LayerReport, ...]]:
    """The logits of the pictures, and a report of each layer; the gradient of the mean loss is then the network's."""
    with np.errstate(all="ignore"):  # a network that has diverged may be examined too
        network.loss_and_gradient(as_input(probe.images, network.dtype), probe.labels)
        outputs = network.outputs(probe.images)
        healths = health_of(network, outputs[:-1])
        reports: list[LayerReport] = []
        for layer, values, health in zip(network.layers, outputs, healths, strict=True):
            number = len(reports)
            kind = network.activations[number] if number < len(network.activations) else None
            sizes = np.log10(np.maximum(np.abs(_some(layer.weights_gradient)), LEAST_GRADIENT))
            spreads: dict[Kind, Floats] = {
                "weights": spread(layer.weights), "activations": spread(values), "gradients": spread(sizes)
            }  # fmt: skip
            shares = saturation(values, kind) if kind is not None else None
            reports.append(
                LayerReport(
                    health,
                    values.shape[1],
                    kind.title if kind is not None else "",
                    kind is not None and kind.bounds == (0.0, None),
                    _numbers(dead_units(values, kind) if kind is not None else None),
                    _numbers(shares >= MOSTLY_SATURATED if shares is not None else None),
                    spreads,
                )
            )
    return outputs[-1], tuple(reports)


def layers_over_time(subject: Subject, _choice: object, watch: Watch) -> LayersOverTime:
    """Examine the layers of all recorded moments; those that are known already take no time."""
    moments = subject.wanted_moments()
    probe = subject.wanted_examples().first(_THEN)
    new = [moment for moment in moments if ("layers", probe) not in moment.known]
    for before, moment in zip((None, *moments), moments, strict=False):
        if len(new) > _SOME and moment in new:
            watch.at("Examining the recorded moments", new.index(moment) / len(new))
        watch.check()
        _examine_moment(moment, before, probe)
    reports = [moment.known["layers", probe] for moment in moments]
    ratios = [moment.known[key] for moment, key in zip(moments[1:], map(_ratios_key, moments), strict=False)]
    depth = len(reports[0])
    return LayersOverTime(
        np.array([moment.step for moment in moments]),
        np.array([moment.epoch for moment in moments]),
        np.array([[layer.health.gradient_norm for layer in layers] for layers in reports]).T,
        np.array([np.full(depth, np.nan), *ratios]).T,
        {kind: np.array([[layer.spreads[kind] for layer in layers] for layers in reports]).swapaxes(0, 1)
         for kind in KINDS},
    )  # fmt: skip


def _examine_moment(moment: RecordedMoment, before: RecordedMoment | None, probe: Probe) -> None:
    """Have the moment know its layers, and how they have changed since the moment before."""
    network = None
    if ("layers", probe) not in moment.known:
        network = moment.network()
        moment.known["layers", probe] = examine(network, probe)[1]
    if before is not None and _ratios_key(before) not in moment.known:
        network, earlier = network or moment.network(), before.network()
        steps = max(moment.step - before.step, 1)
        with np.errstate(all="ignore"):
            moment.known[_ratios_key(before)] = [
                norm_of(layer.weights - old.weights) / steps / (norm_of(layer.weights) or np.nan)
                for layer, old in zip(network.layers, earlier.layers, strict=True)
            ]


def _ratios_key(before: RecordedMoment) -> tuple[str, int]:
    return "update ratios", before.step


def spread(values: Floats) -> Floats:
    """How values of any shape are spread: the least, the greatest, and evenly spaced quantiles between, (`POINTS`,).

    From these a histogram can be made over any bins, see `shares`. Not a number where some values are none.
    """
    some = np.sort(_some(values))
    if not len(some) or not np.isfinite(some[[0, -1]]).all():
        return np.full(POINTS, np.nan, np.float32)
    return some[np.linspace(0, len(some) - 1, POINTS).round().astype(np.intp)]


def shares(quantiles: Floats, edges: Floats) -> Floats:
    """The share of the values in each bin, (m, bins), given their `spread` at m moments and the bins' edges.

    Values beyond the ends count to the first and the last bin. Not a number where a spread is none.

    Args:
        quantiles: (m, `POINTS`).
        edges: (bins + 1,) ascending.
    """
    low, high = float(edges[0]), float(edges[-1])
    # One interpolation for all: each moment has an interval of its own.
    places = 2 * (high - low) * np.arange(len(quantiles))[:, None]
    levels = np.broadcast_to(_LEVELS, quantiles.shape) + np.arange(len(quantiles))[:, None]
    known = np.nan_to_num(quantiles.astype(np.float64), nan=low).clip(low, high) + places
    below = np.interp((edges + places).ravel(), known.ravel(), levels.ravel()).reshape(len(quantiles), -1)
    below -= levels[:, :1]
    below[:, 0], below[:, -1] = 0.0, 1.0
    found: Floats = np.diff(below, axis=1)
    found[~np.isfinite(quantiles).all(axis=1)] = np.nan
    return found


def _some(values: Floats) -> Floats:
    """Evenly spaced values, of all columns alike."""
    step = max(1, values.size // _MOST_COUNTED)
    while gcd(step, values.shape[-1]) > 1:
        step += 1
    return values.ravel()[::step]


def _numbers(found: NDArray[np.bool_] | None) -> tuple[int, ...]:
    return () if found is None else tuple(np.flatnonzero(found).tolist())


def last_before(steps: Sequence[int] | NDArray[np.int64], step: int) -> int:
    """The index of the last of the ascending `steps` that is not after `step`; -1 if there is none."""
    return int(np.searchsorted(np.asarray(steps), step, side="right")) - 1


_LEVELS = np.linspace(0.0, 1.0, POINTS)  # of the quantiles
