"""Blends of two or three pictures: what a network reads on the line or the plane between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import NO_NUMBERS, Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.losses import softmax

Floats = NDArray[np.floating]
Bytes = NDArray[np.uint8]
Place = tuple[float, float]
"""x to the right and y downwards, both 0 to 1 over the map."""

SIDE = 64
"""Places of a map from left to right, and of one of three pictures also from top to bottom."""
CORNERS: dict[int, tuple[Place, ...]] = {
    2: ((0.1, 0.5), (0.9, 0.5)),
    3: ((0.1, 0.88), (0.9, 0.88), (0.5, 0.12)),
}
"""Where the pictures themselves are, by their number. Beyond them some have less than no share in the blend."""
_ROWS = 256  # blends of one piece of work


@dataclass(frozen=True, eq=False)
class Corners:
    """The pictures to blend, uint8 of one shape."""

    pictures: tuple[Bytes, ...]


@dataclass(frozen=True, eq=False)
class Material:
    """What pictures can be taken from.

    Attributes:
        picture: the one on the pad, if the network reads it; None if there is none.
        name: the class that it is, or that it is read as.
        examples: validation pictures, if there are some.
    """

    picture: Bytes | None
    name: str
    examples: Probe | None
    names: tuple[str, ...]
    inputs: int

    @property
    def labels(self) -> list[int]:
        """The classes of the examples, in the order in which they come."""
        return [] if self.examples is None else list(dict.fromkeys(self.examples.labels.tolist()))

    def of_class(self, label: int) -> NDArray[np.intp]:
        """The examples of a class, (n,)."""
        return np.zeros(0, np.intp) if self.examples is None else np.flatnonzero(self.examples.labels == label)


def material(subject: Subject, choice: object, watch: Watch) -> Material:
    """What can be blended with what."""
    network, row, name = subject.network, subject.read_picture, ""
    if row is not None:
        label = subject.label if subject.label is not None else int(network.logits(row).argmax())
        name = subject.class_names[label]
    picture = subject.picture if row is not None else None
    return Material(picture, name, subject.examples, subject.class_names, network.sizes[0])


@dataclass(frozen=True, eq=False)
class BlendMap:
    """What is read at every place of a line or a plane.

    Attributes:
        answers: (1, SIDE) or (SIDE, SIDE), the likeliest class.
        certainty: float32, its probability.
    """

    pictures: tuple[Bytes, ...]
    answers: NDArray[np.intp]
    certainty: NDArray[np.float32]
    names: tuple[str, ...]

    def at(self, place: Place) -> tuple[int, float]:
        rows, columns = self.answers.shape
        x, y = place
        cell = min(max(int(y * rows), 0), rows - 1), min(max(int(x * columns), 0), columns - 1)
        return int(self.answers[cell]), float(self.certainty[cell])


def blend_map(subject: Subject, choice: Corners, watch: Watch) -> BlendMap | None:
    """Read every blend of two or three pictures; None if there are fewer, or the network reads others."""
    network, pictures = subject.network, choice.pictures
    if len(pictures) not in CORNERS or any(picture.size != network.sizes[0] for picture in pictures):
        return None
    rows = SIDE if len(pictures) == 3 else 1
    y, x = (np.mgrid[:rows, :SIDE] + 0.5) / np.array([rows, SIDE]).reshape(2, 1, 1)
    shares = shares_at(np.stack([x.ravel(), y.ravel()], axis=1), len(pictures))
    answers = np.zeros(len(shares), np.intp)
    certainty = np.zeros(len(shares), np.float32)
    for first in range(0, len(shares), _ROWS):
        watch.check()
        part = slice(first, first + _ROWS)
        logits = network.logits(blended(pictures, shares[part]))
        softmax(logits)
        answers[part], certainty[part] = logits.argmax(axis=1), logits.max(axis=1)
    if not np.isfinite(certainty).all():
        raise ValueError(NO_NUMBERS)
    shape = rows, SIDE
    return BlendMap(pictures, answers.reshape(shape), certainty.reshape(shape), subject.class_names)


def shares_at(places: Floats, count: int) -> Floats:
    """How much of each of `count` pictures there is at `places`, (n, 2): (n, count), which add up to 1.

    Barycentric coordinates (Möbius 1827): the share of a picture is 1 at its own corner, 0 on the line through the
    others, and changes evenly between.
    """
    corners = np.array(CORNERS[count])
    if count == 2:
        share = (places[:, 0] - corners[0, 0]) / (corners[1, 0] - corners[0, 0])
        return np.stack([1 - share, share], axis=1)
    edges = (corners[1:] - corners[0]).T  # columns
    rest = np.linalg.solve(edges, (places - corners[0]).T).T
    return np.concatenate([1 - rest.sum(axis=1, keepdims=True), rest], axis=1)


def blended(pictures: Sequence[Bytes], shares: Floats) -> Floats:
    """The sums of pictures with `shares`, (n, pictures): float32 (n, inputs), 0 to 1; what is beyond that is cut."""
    rows = np.stack([picture.reshape(-1) for picture in pictures]).astype(np.float32) / np.float32(255)
    sums: Floats = shares.astype(np.float32) @ rows
    return sums.clip(0, 1, out=sums)


def blend_at(pictures: Sequence[Bytes], place: Place) -> Bytes:
    """The blend at a place, as a picture."""
    shares = shares_at(np.array([place]), len(pictures))
    levels: Bytes = np.rint(255 * blended(pictures, shares)[0]).astype(np.uint8)
    return levels.reshape(pictures[0].shape)
