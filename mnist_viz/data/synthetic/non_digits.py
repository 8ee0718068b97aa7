"""What people draw that is no digit: letters, symbols, scribbles, numbers of two digits, digits the wrong way round.

A network that has seen nothing but digits reads each of these as one of them, often with certainty.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing import ink
from mnist_viz.data.synthetic.handwriting import HAND, drawn, written
from mnist_viz.data.synthetic.signs import SIGNS
from mnist_viz.data.synthetic.templates import NO_DIGIT, TEMPLATES, Curves, curves

Paths = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]
"""Points, where the pen comes down, and how many points each drawing has, as `ink.render_many` takes them."""

_BLOCK = 1000
# Signs that vary as far as the synthetic digits do would often look like a digit, and the digits like a sign.
_HAND = replace(
    HAND, tidiest=1, jitter=0.03, drift=0.08, shift=0.05, reach=0.12, bend=0.07, aspect=0.15, slant=0.18, turn=0.08
)
_DIGITS_HAND = replace(
    HAND, tidiest=1, jitter=0.045, drift=0.12, shift=0.07, reach=0.17, bend=0.10, aspect=0.19, slant=0.22, turn=0.11
)
_POINTS = 64

DIGITS_SHARE = 0.4
"""Of the set that holds digits too."""

# Digits that are another sign when they are mirrored, or turned by a quarter or half a circle.
_MIRRORED, _QUARTER, _HALF = (3, 4, 7, 9), (2, 3, 4, 5, 7, 8), (3, 4, 7)


def generate(count: int, seed: int) -> NDArray[np.uint8]:
    """Draw what is no digit: uint8 (count, 784), the same bits for the same seed.

    Raises:
        ValueError: count or seed is negative.
    """
    _check(count, seed)
    images = np.empty((count, ink.SIDE * ink.SIDE), np.uint8)
    for block, first in enumerate(range(0, count, _BLOCK)):
        pictures = _no_digits(_BLOCK, np.random.default_rng([seed, block, 1]))
        images[first : first + _BLOCK] = pictures[: count - first]
    return images


def _check(count: int, seed: int) -> None:
    if count < 0 or seed < 0:
        raise ValueError(f"the number of drawings and the seed must be 0 or more, not {count} and {seed}")


def _no_digits(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    kinds = rng.choice(len(KINDS), count, p=[share for _, share in KINDS.values()])
    pictures = np.empty((count, ink.SIDE * ink.SIDE), np.uint8)
    for kind, (make, _) in enumerate(KINDS.values()):
        mine = np.flatnonzero(kinds == kind)
        pictures[mine] = drawn(*make(len(mine), rng), _HAND, rng).reshape(len(mine), -1)
    return pictures


def generate_with_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw digits and what is none: images uint8 (count, 784) and labels uint8 (count,), shuffled.

    Raises:
        ValueError: count or seed is negative.
    """
    _check(count, seed)
    images, labels = np.empty((count, ink.SIDE * ink.SIDE), np.uint8), np.full(count, NO_DIGIT, np.uint8)
    rng = np.random.default_rng([seed, 2])
    is_digit = rng.random(count) < DIGITS_SHARE
    shapes = curves(TEMPLATES)
    for first in range(0, count, _BLOCK):
        there = np.arange(first, min(first + _BLOCK, count))
        part, others = there[is_digit[there]], there[~is_digit[there]]
        images[others] = _no_digits(len(others), rng)
        digits = rng.integers(10, size=len(part))
        labels[part] = digits
        # Each way of writing a digit is as frequent as the others: a slashed zero is no less a digit for being rare.
        which = _templates(shapes, digits, rng, np.ones(len(shapes.share)))
        paths = _together(shapes, which, written(shapes, which, _DIGITS_HAND, rng))
        images[part] = drawn(*paths, _DIGITS_HAND, rng).reshape(len(part), -1)
    return images, labels


def signs(count: int, rng: np.random.Generator) -> Paths:
    """Letters and symbols."""
    shapes = curves(SIGNS)
    which = rng.choice(len(shapes.share), count, p=shapes.share / shapes.share.sum())
    return _together(shapes, which, written(shapes, which, _HAND, rng))


def turned_digits(count: int, rng: np.random.Generator) -> Paths:
    """Digits mirrored, lying on their side or standing on their head, where that is another sign."""
    ways = [(digit, way) for way, digits in enumerate((_MIRRORED, _QUARTER, _QUARTER, _HALF)) for digit in digits]
    chosen = np.array(ways)[rng.integers(len(ways), size=count)]
    shapes = curves(TEMPLATES)
    which = _templates(shapes, chosen[:, 0], rng)
    matrices = np.array([[[-1, 0], [0, 1]], [[0, 1], [-1, 0]], [[0, -1], [1, 0]], [[-1, 0], [0, -1]]], np.float64)
    return _together(shapes, which, written(shapes, which, _HAND, rng) @ matrices[chosen[:, 1]])


def numbers(count: int, rng: np.random.Generator) -> Paths:
    """Two digits side by side."""
    shapes = curves(TEMPLATES)
    halves = []
    for _ in range(2):
        which = _templates(shapes, rng.integers(10, size=count), rng)
        halves.append((which, written(shapes, which, _HAND, rng)))
    (left, first), (right, second) = halves
    edge = np.where(_real(shapes, left), first[..., 0], -np.inf).max(axis=1)
    start = np.where(_real(shapes, right), second[..., 0], np.inf).min(axis=1)
    second[..., 0] += (edge - start + rng.uniform(0.05, 0.6, count))[:, None]
    path = np.concatenate([first, second], axis=1)
    begins = np.concatenate([shapes.begins[left], shapes.begins[right]], axis=1)
    real = np.concatenate([_real(shapes, left), _real(shapes, right)], axis=1)
    return path[real], begins[real], real.sum(axis=1)


def loops(count: int, rng: np.random.Generator) -> Paths:
    """Scribbles of curves: sums of a few waves (Fourier series) with a drift to the side or none."""
    t = np.linspace(0, 2 * np.pi, _POINTS)
    waves = np.arange(1, 7)
    height = rng.normal(0, 1, (count, 2, 6)) / waves ** rng.uniform(0.2, 0.9, (count, 1, 1))
    phase = rng.uniform(0, 2 * np.pi, (count, 2, 6, 1))
    path = np.einsum("nck,nckt->ntc", height, np.cos(waves[:, None] * t + phase))
    path[..., 0] += rng.choice([0.0, 0.8], (count, 1)) * t
    return _alone(path)


def zigzags(count: int, rng: np.random.Generator) -> Paths:
    """Hatching: a line to and fro that goes on in one direction, then turned by any angle."""
    t = np.arange(_POINTS)
    turns = rng.integers(4, 16, (count, 1))
    at = t * turns / (_POINTS - 1)
    fro = 1 - 2 * np.abs(at % 2 - 1) + rng.normal(0, 0.08, (count, _POINTS))
    along = at / turns * rng.uniform(0.4, 3.0, (count, 1)) + rng.normal(0, 0.03, (count, _POINTS))
    return _alone(_any_angle(np.stack([fro, along], axis=2), rng))


def polygons(count: int, rng: np.random.Generator) -> Paths:
    """Straight lines from one place to another, in one to four strokes."""
    corners = rng.integers(6, 11, count)
    path = rng.uniform(-1, 1, (count, 10, 2))
    real = np.arange(10) < corners[:, None]
    begins = rng.random((count, 10)) < rng.choice([0.0, 0.3], (count, 1))
    begins[:, 1:] &= ~begins[:, :-1]  # no stroke of a single point
    return path[real], begins[real], corners


def blots(count: int, rng: np.random.Generator) -> Paths:
    """Places filled by rubbing to and fro, and clouds of dots."""
    radius, angle = np.sqrt(rng.uniform(0, 1, (count, _POINTS))), rng.uniform(0, 2 * np.pi, (count, _POINTS))
    path = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=2)
    path[..., 0] *= np.exp(rng.normal(0, 0.4, (count, 1)))
    dots = rng.random(count) < 0.5
    sizes = np.where(dots, rng.integers(2, 9, count), _POINTS)
    real = np.arange(_POINTS) < sizes[:, None]
    begins = np.repeat(dots[:, None], _POINTS, axis=1)
    return path[real], begins[real], sizes


KINDS: dict[str, tuple[Callable[[int, np.random.Generator], Paths], float]] = {
    "signs": (signs, 0.48),
    "turned digits": (turned_digits, 0.08),
    "numbers": (numbers, 0.05),
    "loops": (loops, 0.12),
    "zigzags": (zigzags, 0.04),
    "polygons": (polygons, 0.20),
    "blots": (blots, 0.03),
}
"""What is made, and its share."""


def _templates(
    shapes: Curves, digits: NDArray[np.int64], rng: np.random.Generator, share: NDArray[np.float64] | None = None
) -> NDArray[np.int64]:
    """A template for each digit, by their shares or by others (t,)."""
    weight = (shapes.share if share is None else share) * (shapes.digit == digits[:, None])
    reached = np.cumsum(weight, axis=1)
    chosen: NDArray[np.int64] = np.argmax(reached > rng.random((len(digits), 1)) * reached[:, -1:], axis=1)
    return chosen


def _real(shapes: Curves, which: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.arange(shapes.begins.shape[1]) < shapes.sizes[which][:, None]


def _together(shapes: Curves, which: NDArray[np.int64], path: NDArray[np.float64]) -> Paths:
    real = _real(shapes, which)
    return path[real], shapes.begins[which][real], shapes.sizes[which]


def _alone(path: NDArray[np.float64]) -> Paths:
    """Drawings (n, p, 2) of one stroke each."""
    count, points, _ = path.shape
    begins = np.zeros((count, points), np.bool_)
    begins[:, :1] = True
    return path.reshape(-1, 2), begins.ravel(), np.full(count, points)


def _any_angle(path: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi, (len(path), 1))
    x, y = path[..., 0], path[..., 1]
    return np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=2)
