"""Two runs side by side: their frames at the same epoch, how their weights differ, and what only one of them reads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.examination import Examination
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import moment_in_words
from mnist_viz.recording.snapshot import Frame, Model

OUTPUT = -1
"""In place of a layer's index: the last one, however many there are before it."""

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Moment:
    """What is shown of a run where a certain epoch is wanted.

    Attributes:
        frame: the recorded one nearest to it, or the newest state if that is nearer.
        late: whether the run ends before that epoch.
        words: which moment it is, as "after epoch 3", and if it is late that there is none later; the longest first.
    """

    frame: Frame
    late: bool
    words: tuple[str, ...]


def frame_at(run: Run, epoch: float) -> Moment | None:
    """The moment of `run` nearest to `epoch`, of two equally near ones the earlier; None if there is none at all."""
    tail = run.timeline.tail
    if tail is None:
        return None
    frame = min((*run.timeline.frames, tail), key=lambda frame: abs(frame.epoch - epoch))
    return _moment(run, frame, tail.epoch < epoch)


def moment_of(run: Run, frame: Frame) -> Moment:
    """`frame`, one of `run`, recorded or not."""
    return _moment(run, frame, False)


def _moment(run: Run, frame: Frame, late: bool) -> Moment:
    moment = moment_in_words(frame.step, run.history.grid)
    if frame.step == 0:
        return Moment(frame, late, (f"not trained yet: {moment}", "not trained yet") if late else (moment,))
    if not late:
        return Moment(frame, late, (f"after {moment}",))
    if frame.epoch == round(frame.epoch):
        epochs = f"only {frame.epoch:,.0f} epoch{'' if frame.epoch == 1 else 's'}"
        return Moment(frame, late, (f"{epochs}: after {moment}", epochs))
    return Moment(frame, late, (f"ends after {moment}", f"ends at {frame.epoch:,.1f}"))


# --- weights ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Difference:
    """How the weights into a layer differ in two models.

    Attributes:
        weights: (inputs, neurons), those of the second minus those of the first.
        distance: the Euclidean length of it, measured by that of the first; not finite where there is no such number.
        cosine: between the two as vectors, -1 to 1; not finite where there is no such number.
    """

    weights: Floats
    distance: float
    cosine: float


def layer_weights(model: Model, layer: int) -> Floats | None:
    """The weights into a layer, (inputs, neurons); None if the model has no such layer.

    Args:
        model: whose.
        layer: a hidden layer, from 0, or `OUTPUT`.
    """
    return model.network().layers[layer].weights if layer < len(model.sizes) - 2 else None


def weight_difference(a: Floats | None, b: Floats | None) -> Difference | None:
    """What `b`, the weights into a layer, has more than `a`; None if one is missing or has another shape."""
    if a is None or b is None or a.shape != b.shape:
        return None
    with np.errstate(all="ignore"):  # a network that diverged has weights too
        weights = b - a
        squares = [float(np.vdot(one, other)) for one, other in ((weights, weights), (a, a), (b, b), (a, b))]
        distance = np.sqrt(np.float64(squares[0]) / squares[1])
        cosine = squares[3] / np.sqrt(np.float64(squares[1]) * squares[2])
    return Difference(weights, float(distance), float(np.clip(cosine, -1.0, 1.0)))


# --- answers ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Known:
    """Which pictures two models read rightly: arrays of their indices, which together are all of them.

    Attributes:
        only_a, only_b: read by one of them; first where both are surest of their answers.
        neither, both: ascending.
    """

    only_a: Indices
    only_b: Indices
    neither: Indices
    both: Indices


def known_by_one(a: Examination, b: Examination) -> Known:
    """Sort the pictures by who reads them.

    Raises:
        ValueError: the two were not examined on the same number of pictures.
    """
    if len(a.right) != len(b.right):
        raise ValueError(f"one was examined on {len(a.right):,} pictures, the other on {len(b.right):,}")
    sure = a.confidence + b.confidence

    def surest_first(which: NDArray[np.bool_]) -> Indices:
        indices = np.flatnonzero(which)
        return indices[np.argsort(-sure[indices], kind="stable")]

    return Known(
        surest_first(a.right & ~b.right),
        surest_first(b.right & ~a.right),
        np.flatnonzero(~(a.right | b.right)),
        np.flatnonzero(a.right & b.right),
    )
