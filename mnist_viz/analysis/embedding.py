"""Pictures as points: what a layer makes of each, laid on a plane that keeps its direction through training."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import PROBE_SIZE, Probe
from mnist_viz.analysis.subject import BROKEN, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.losses import softmax
from mnist_viz.engine.network import Network, as_input

Floats = NDArray[np.floating]

LAST_HIDDEN = -2
"""Places count from the far end, so that a choice suits networks of any depth: -1 are the logits."""
_STEPS = 2  # of subspace iteration: more come nearer to the principal plane, and jump where two components swap
_STEPS_TO_PIXELS = 30
_ROWS = 500  # at a time


@dataclass(frozen=True, eq=False)
class Embedding:
    """n pictures as points.

    Attributes:
        place: of the layer among `widths`, from 0.
        widths: of the pixels, each hidden layer, and the logits.
        points: (n, 2); the root of their mean squared distance from the middle is 1, or 0 where all are at one place.
        share: of the activations' variance that is in the plane, 0 to 1.
        predicted: (n,) the network's answers.
        confidence: (n,) their probabilities, 0 to 1.
        middle, axes: (width,) and (width, 2): a point is (activations - middle) @ axes.
    """

    place: int
    widths: tuple[int, ...]
    points: Floats
    share: float
    probe: Probe
    predicted: NDArray[np.integer]
    confidence: Floats
    middle: Floats
    axes: Floats

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which answers are wrong, (n,)."""
        return np.asarray(self.predicted != self.probe.labels)


@dataclass(frozen=True, eq=False)
class DrawingActivations:
    """What the chosen layer makes of the picture on the pad: its place, and (width,)."""

    place: int
    values: Floats


def embed(subject: Subject, place: int, watch: Watch) -> Embedding:
    """Lay the first `PROBE_SIZE` validation pictures on a plane by the activations of a layer.

    The plane is near to that of the first two principal components (Pearson 1901) of the activations C (n, width),
    less their mean. These two may swap with others from one moment to the next, or turn, and then all points would
    jump. So the plane is found by two steps of subspace iteration (Rutishauser 1969) on the covariance S = C'C, begun
    where it resembles that of the pixels most: A = S S C'R, where R (n, 2) are the pixels' principal components; the
    axes are the orthonormal matrix nearest to A, which is UV' with A = U D V' (Schönemann 1966). The same moment has
    the same picture in any order, and the plane holds nearly as much of the variance as the principal one does.

    Args:
        place: of the layer, from the far end: -1 for the logits.
    """
    probe, network = subject.wanted_examples().first(PROBE_SIZE), subject.network
    widths = network.sizes
    place = max(len(widths) + place, 0)
    values = np.empty((len(probe), widths[place]), np.float32)
    logits = np.empty((len(probe), widths[-1]), np.float32)
    for start in range(0, len(probe), _ROWS):
        watch.check()
        part = slice(start, start + _ROWS)
        outputs = activations(network, probe.images[part])
        values[part], logits[part] = outputs[place], outputs[-1]
    with np.errstate(over="ignore", invalid="ignore"):
        middle = values.mean(axis=0)
        values -= middle
        total = _squares(values)
    if not (np.isfinite(logits).all() and np.isfinite(total)):
        raise ValueError(BROKEN)
    predicted = logits.argmax(axis=1)
    softmax(logits)
    confidence = logits[np.arange(len(logits)), predicted]
    watch.check()
    axes = nearest_axes(values, _of_pixels(probe, watch), _STEPS)
    points = values @ axes
    spread = _squares(points)
    scale = np.float32(np.sqrt(spread / len(points)) or 1.0)
    for array in (points, predicted, confidence):
        array.setflags(write=False)
    return Embedding(
        place, widths, points / scale, spread / total if total else 0.0, probe, predicted, confidence, middle,
        axes / scale,
    )  # fmt: skip


def drawing_activations(subject: Subject, place: int, _watch: Watch) -> DrawingActivations | None:
    """What the layer makes of the picture on the pad; None if there is none that the network reads."""
    if (picture := subject.read_picture) is None:
        return None
    outputs = activations(subject.network, picture)
    place = max(len(outputs) + place, 0)
    return DrawingActivations(place, outputs[place][0])


def activations(network: Network, images: NDArray[np.uint8]) -> list[Floats]:
    """The pixels, 0 to 1, the output of each hidden layer, and the logits, (n, width) each, of `images` (n, inputs)."""
    return [as_input(images, network.dtype), *network.outputs(images)]


def nearest_axes(values: Floats, reference: Floats, steps: int) -> Floats:
    """Axes (width, 2) for `values` (n, width), with mean 0: see `embed`.

    Args:
        reference: (n, 2): what the projections should resemble.
    """
    aim = _unit(values.T @ reference)
    for _ in range(steps):
        aim = _unit(values.T @ (values @ aim))
    left, _, right = np.linalg.svd(aim, full_matrices=False)
    return cast(Floats, left @ right)


def _of_pixels(probe: Probe, watch: Watch) -> Floats:
    """The first two principal components of the pictures, (n, 2): they are the same for all networks."""
    if "components" not in probe.known:
        pixels = as_input(probe.images, np.dtype(np.float32))
        pixels = pixels - pixels.mean(axis=0)
        axes: Floats = np.random.default_rng(0).standard_normal((pixels.shape[1], 4), np.float32)
        for _ in range(_STEPS_TO_PIXELS):
            watch.check()
            axes = np.linalg.qr(pixels.T @ (pixels @ axes))[0]
        _, within = np.linalg.eigh(axes.T @ (pixels.T @ (pixels @ axes)))
        axes = axes @ within[:, :-3:-1]
        axes *= np.sign(axes[np.abs(axes).argmax(axis=0), (0, 1)])  # else the signs would be left to chance
        probe.known["components"] = pixels @ axes
    return cast(Floats, probe.known["components"])


def _unit(values: Floats) -> Floats:
    length = float(np.linalg.norm(values))
    return values / np.float32(length) if length else values


def _squares(values: Floats) -> float:
    return float(np.vdot(values, values))
