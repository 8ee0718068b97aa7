"""The loss around the path of a run, on the plane that holds most of the path; and on the line between two networks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.loss_surface import MOST_PICTURES, LossSurface
from mnist_viz.analysis.subject import NO_NUMBERS, RecordedMoment, Subject, evenly_spaced
from mnist_viz.data.progress import Watch
from mnist_viz.engine.network import Network

Floats = NDArray[np.floating]

MOST_MOMENTS, LEAST_MOMENTS = 100, 3
SIDE, COARSE_SIDE, COARSE_PICTURES = 25, 9, 250
LINE_POINTS = 41

TOO_FEW = "Train on: a path needs three recorded moments"
NO_PATH = "The recorded moments are all the same: there is no path"

_ROOM = 128 * 2**20  # bytes of parameters at once
_COLUMNS = 50_000  # parameters at a time
_MARGIN = 0.25  # of the path's extent, on each side of it
_THINNEST = 1e-3  # the least extent of the plane in one direction, as a share of that in the other
_LOADED = 0.2  # of the work is done once the plane is known


@dataclass(frozen=True, eq=False)
class Path:
    """m recorded moments on the plane of their two principal directions about the last one.

    Attributes:
        steps: (m,) batches trained by then.
        points: (m, 2) their coordinates; a unit is a unit of the parameters' Euclidean distance.
        off_plane: (m,) their distances from the plane.
        distances: (m,) their distances from the last moment.
        shares: of the sum of all squared distances from the last moment, what each of the two directions holds.
        origin: the same object while the run is the same.
    """

    steps: NDArray[np.int64]
    points: Floats
    off_plane: Floats
    distances: Floats
    shares: tuple[float, float]
    recorded: int
    origin: object


@dataclass(frozen=True, eq=False)
class Landscape:
    """The loss on the plane of a path.

    Attributes:
        x, y: (columns,) and (rows,) the coordinates of the losses.
        losses: (rows, columns) mean cross-entropy in nats; NaN where it is not finite.
        pictures: over how many validation pictures.
    """

    path: Path
    x: Floats
    y: Floats
    losses: Floats
    pictures: int
    noun: str


@dataclass(frozen=True)
class Ends:
    """What a line can be drawn between.

    Attributes:
        choices: keys and names.
        origin: the same object as that of a path of this run.
        step: of the moment shown.
    """

    choices: tuple[tuple[str, str], ...]
    origin: object
    step: int


@dataclass(frozen=True, eq=False)
class LossLine:
    """The loss from network A to network B.

    Attributes:
        names: of A and B.
        shares: (n,) how far each place is on the way, 0 to 1.
        losses: (n,) mean cross-entropy in nats; NaN where it is not finite.
        accuracies: (n,) 0 to 1.
        distance: Euclidean, between the parameters.
        pictures: over how many validation pictures.
    """

    names: tuple[str, str]
    shares: Floats
    losses: Floats
    accuracies: Floats
    distance: float
    pictures: int
    noun: str

    @property
    def barrier(self) -> float:
        """By how much the loss rises above the straight line between its ends, at most (Frankle et al. 2020)."""
        straight = self.losses[0] + self.shares * (self.losses[-1] - self.losses[0])
        over = self.losses - straight
        return float(np.nanmax(over)) if np.isfinite(over).any() else float("nan")


def coarse_landscape(subject: Subject, choice: object, watch: Watch) -> Landscape:
    """The same of fewer places and pictures, which comes sooner."""
    return landscape(subject, choice, watch, COARSE_SIDE, COARSE_PICTURES)


def landscape(
    subject: Subject, _choice: object, watch: Watch, side: int = SIDE, most: int = MOST_PICTURES
) -> Landscape:
    """The loss on the plane that holds most of the path of the recorded moments (Li et al. 2018, section 7).

    With D (m, parameters) the moments' parameters less those of the last, the plane's directions are the first two
    right singular vectors of D. They are found from the Gram matrix D D' (m, m) = U L U': the directions are
    D' u / √l, the coordinates u √l. So the work grows with the parameters and not with their square.

    A recorded moment holds batch normalization folded into weights and biases, so its running means and variances
    move along the path with them, and nothing has to be estimated again between two moments.

    Args:
        side: losses in each direction.
        most: validation pictures at most.
    """
    probe = subject.wanted_examples()
    path, like, origin, directions = find_path(subject.moments, watch)
    surface = LossSurface(like, origin, directions, probe, most)
    x, y = (np.linspace(*_range(path.points, axis), side) for axis in range(2))
    losses = np.empty((side, side))
    for row in range(side):
        for column in range(side):
            done = (row * side + column) / side**2
            watch.at("the loss on the plane", _LOADED + (1 - _LOADED) * done)
            losses[row, column] = surface.at((x[column], y[row]))[0]
    losses.setflags(write=False)
    return Landscape(path, x, y, losses, surface.pictures, probe.noun)


def find_path(moments: Sequence[RecordedMoment], watch: Watch) -> tuple[Path, Network, Floats, tuple[Floats, Floats]]:
    """The path, a network of its shape, the last moment's parameters, and the two directions, (parameters,) each.

    Raises:
        ValueError: fewer than three moments, or moments that are all the same.
    """
    if len(moments) < LEAST_MOMENTS:
        raise ValueError(TOO_FEW)
    like = moments[-1].network()
    fits = _ROOM // like.parameters.nbytes
    some = evenly_spaced(moments, max(min(MOST_MOMENTS, fits), LEAST_MOMENTS))
    rows: list[Floats] = []
    known: list[RecordedMoment] = []
    for k, moment in enumerate(some):
        watch.at("the recorded moments", _LOADED / 2 * k / len(some))
        parameters = moment.network().parameters
        if parameters.size == like.parameters.size and np.isfinite(parameters).all():
            rows.append(parameters)
            known.append(moment)
    if not known:
        raise ValueError(NO_NUMBERS)
    if len(known) < LEAST_MOMENTS:
        raise ValueError(TOO_FEW)
    origin = rows[-1]
    gram = np.zeros((len(rows), len(rows)))
    for start in range(0, origin.size, _COLUMNS):
        watch.at("the plane of the path", _LOADED / 2 * (1 + start / origin.size))
        part = np.stack([each[start : start + _COLUMNS] for each in rows]) - origin[start : start + _COLUMNS]
        gram += part @ part.T
    squares = gram.diagonal().clip(0.0)
    total = float(squares.sum())
    if not total > 0:
        raise ValueError(NO_PATH)
    values, vectors = np.linalg.eigh(gram)
    values, vectors = values[:-3:-1].clip(0.0), vectors[:, :-3:-1]
    points = vectors * np.sqrt(values)
    # The signs are left to chance: the first moment is at the left, and the farthest to the side is above.
    signs = np.array([-1.0 if points[0, 0] > 0 else 1.0, -1.0 if points[np.abs(points[:, 1]).argmax(), 1] > 0 else 1.0])
    points = points * signs - 0.0
    axes: list[Floats] = []
    for axis in range(2):
        watch.check()
        if values[axis] > 1e-9 * values[0]:
            mix = (vectors[:, axis] * signs[axis] / np.sqrt(values[axis])).astype(np.float32)
            direction = np.zeros_like(origin)
            for share, each in zip(mix, rows, strict=True):
                direction += share * (each - origin)
        else:  # a straight path has no second direction: any other one
            direction = np.random.default_rng(0).standard_normal(origin.size, np.float32)
            direction -= float(direction @ axes[0]) * axes[0]
            direction /= np.linalg.norm(direction)
        axes.append(direction)
    off_plane = np.sqrt((squares - (points**2).sum(axis=1)).clip(0.0))
    return (
        Path(
            np.array([moment.step for moment in known]), points, off_plane, np.sqrt(squares),
            (float(values[0] / total), float(values[1] / total)), len(moments), moments[0].known,
        ),
        like, origin, (axes[0], axes[1]),
    )  # fmt: skip


def ends(subject: Subject, _choice: object, _watch: Watch) -> Ends:
    """What a line can be drawn between: moments of the run, and other runs."""
    choices = tuple((key, name) for key, name, _ in _candidates(subject))
    return Ends(choices, subject.moments[0].known if subject.moments else None, subject.step)


def loss_line(subject: Subject, choice: tuple[str, str], watch: Watch) -> LossLine:
    """Loss and accuracy at (1 − t) A + t B, with the parameters A and B of two networks (Goodfellow et al. 2014).

    Args:
        choice: the keys of A and B, of `ends`.
    """
    probe = subject.wanted_examples()
    found = {key: (name, network) for key, name, network in _candidates(subject)}
    if not all(key in found for key in choice):
        raise ValueError("Choose two networks above")
    (name_a, read_a), (name_b, read_b) = (found[key] for key in choice)
    a, b = read_a(), read_b()
    if _shape(a) != _shape(b):
        raise ValueError(f"{name_a} and {name_b} differ in layers or activations: there is no line between them")
    direction = b.parameters - a.parameters
    with np.errstate(all="ignore"):
        distance = float(np.linalg.norm(direction))
    if not np.isfinite(distance):
        raise ValueError(NO_NUMBERS)
    if not distance:
        raise ValueError(f"{name_a} and {name_b} are the same network")
    surface = LossSurface(a, a.parameters, [direction], probe)
    shares = np.linspace(0.0, 1.0, LINE_POINTS)
    values = np.empty((LINE_POINTS, 2))
    for k, share in enumerate(shares.tolist()):
        watch.at("the loss on the line", k / LINE_POINTS)
        values[k] = surface.at([share])
    values.setflags(write=False)
    return LossLine((name_a, name_b), shares, values[:, 0], values[:, 1], distance, surface.pictures, probe.noun)


def _candidates(subject: Subject) -> list[tuple[str, str, Callable[[], Network]]]:
    found: list[tuple[str, str, Callable[[], Network]]] = []
    if subject.moments:
        found += [
            ("first", "First moment", subject.moments[0].network),
            ("last", "Last moment", subject.moments[-1].network),
        ]
    found.append(("shown", "Moment shown", lambda: subject.network))
    return found + [(other.key, other.name, other.network) for other in subject.others]


def _range(points: Floats, axis: int) -> tuple[float, float]:
    """From where to where the plane is shown: around the path, and never a strip too thin to see."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = high - low
    half = max((0.5 + _MARGIN) * float(extent[axis]), _THINNEST * float(extent.max()))
    middle = float(low[axis] + high[axis]) / 2
    return middle - half, middle + half


def _shape(network: Network) -> tuple[object, ...]:
    return network.sizes, network.biases, tuple(each.name for each in network.activations)
