"""Digits drawn from the project's own templates, each as another writer would: a data set without a file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing import ink
from mnist_viz.data.synthetic.templates import TEMPLATES, Curves, curves

# So many digits are made at once, from a generator of their own: memory stays bounded, and a shorter data set
# is the beginning of a longer one.
_BLOCK = 1000


@dataclass(frozen=True)
class Hand:
    """How far writers differ: standard deviations, in units of half a digit's height where they are lengths.

    Found by looking at MNIST's training digits, and at how many of them a network reads that has seen
    nothing but these.

    Attributes:
        jitter: of each point that the pen passes, on its own.
        drift: of the points together, smoothly along the stroke.
        shift: of whole strokes against each other, which leaves gaps and overlaps.
        reach: by which the ends of strokes fall short or go too far, relative to their last piece.
        bend: of the quadratic distortion of the whole digit: a larger head, a hollow back.
        tidiest: the least factor of the five above; each digit has its own, from this to 1.
        aspect: of the logarithm of the width, height being as it is.
        lean: mean of the slant to the right, the tangent of its angle.
        turn: of the rotation, in radians.
        pen: median width of the pen, in pixels.
        weight: of the logarithm of the pen's width.
        thinnest, thickest: the pens that are left, in pixels.
        off_centre: share of digits moved by a pixel, in each direction: scans are not as exact as we are.
    """

    jitter: float = 0.055
    drift: float = 0.15
    shift: float = 0.08
    reach: float = 0.20
    bend: float = 0.12
    tidiest: float = 0.3
    aspect: float = 0.22
    lean: float = 0.10
    slant: float = 0.25
    turn: float = 0.13
    pen: float = 2.3
    weight: float = 0.28
    thinnest: float = 1.3
    thickest: float = 6.0
    off_centre: float = 0.5


HAND = Hand()


def generate(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw digits as many writers would.

    The same seed gives the same bits, and the first digits of a larger set are those of a smaller one.

    Args:
        seed: which ones; 0 or more.

    Returns:
        images: uint8 (count, 784), 0 = background, 255 = ink.
        labels: uint8 (count,), shuffled, each run of ten from the start holding each digit once.

    Raises:
        ValueError: count or seed is negative.
    """
    if count < 0 or seed < 0:
        raise ValueError(f"the number of digits and the seed must be 0 or more, not {count} and {seed}")
    shapes = curves(TEMPLATES)
    images = np.empty((count, ink.SIDE * ink.SIDE), np.uint8)
    labels = np.empty(count, np.uint8)
    for block, first in enumerate(range(0, count, _BLOCK)):
        pictures, digits = _block(shapes, HAND, np.random.default_rng([seed, block]))
        images[first : first + _BLOCK] = pictures[: count - first].reshape(-1, images.shape[1])
        labels[first : first + _BLOCK] = digits[: count - first]
    return images, labels


def _block(shapes: Curves, hand: Hand, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw _BLOCK digits: pictures (n, 28, 28) and labels (n,)."""
    labels = rng.permuted(np.tile(np.arange(10), (_BLOCK // 10, 1)), axis=1).ravel()
    which = _chosen(shapes, labels, rng)
    path = written(shapes, which, hand, rng)
    real = np.arange(path.shape[1]) < shapes.sizes[which][:, None]
    return drawn(path[real], shapes.begins[which][real], shapes.sizes[which], hand, rng), labels


def written(shapes: Curves, which: NDArray[np.int64], hand: Hand, rng: np.random.Generator) -> NDArray[np.float64]:
    """The templates with the numbers `which` (n,) as many writers write them: points (n, p, 2)."""
    untidy = rng.uniform(hand.tidiest, 1, (len(which), 1, 1))
    return _written(shapes.curve[which] @ _moved(shapes, which, hand, untidy, rng), hand, untidy, rng)


def drawn(
    points: NDArray[np.float64],
    starts: NDArray[np.bool_],
    sizes: NDArray[np.int64],
    hand: Hand,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """Draw points as `ink.render_many` takes them, each picture with a pen of its own: (n, 28, 28)."""
    pens = np.exp(rng.normal(np.log(hand.pen), hand.weight, len(sizes)))
    pens = pens.clip(hand.thinnest, hand.thickest)
    return _off_centre(ink.render_many(points, starts, sizes, pens), hand.off_centre, rng)


def _chosen(shapes: Curves, labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Choose a template for each label, by the templates' shares: (n,)."""
    which = np.empty(len(labels), np.int64)
    for digit in range(10):
        mine = labels == digit
        own = np.flatnonzero(shapes.digit == digit)
        share = shapes.share[own]
        which[mine] = rng.choice(own, size=mine.sum(), p=share / share.sum())
    return which


def _moved(
    shapes: Curves, which: NDArray[np.int64], hand: Hand, untidy: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Move the templates' control points as a hand does, so far as it is `untidy` (n, 1, 1): (n, k, 2)."""
    controls = shapes.controls[which]
    n, k, _ = controls.shape
    controls += untidy * rng.normal(0, hand.jitter, controls.shape)
    controls += untidy * hand.drift * (shapes.drift[which] @ rng.normal(0, 1, controls.shape))
    shift = untidy * rng.normal(0, hand.shift, (n, shapes.stroke.max() + 1, 2))
    controls += np.take_along_axis(shift, shapes.stroke[which][:, :, None], axis=1)
    inward = np.take_along_axis(controls, shapes.inward[which][:, :, None], axis=1)
    controls += untidy * rng.normal(0, hand.reach, (n, k, 1)) * (controls - inward)
    return controls


def _written(
    points: NDArray[np.float64], hand: Hand, untidy: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Give each digit (n, p, 2) its writer's bend, width, slant and rotation."""
    n = len(points)
    x, y = points[..., 0], points[..., 1]
    terms = np.stack([x * x, 1.5 * x * y, y * y], axis=2)
    x, y = np.moveaxis(points + terms @ (untidy * rng.normal(0, hand.bend, (n, 3, 2))), 2, 0)
    x = x * np.exp(rng.normal(0, hand.aspect, (n, 1))) - y * rng.normal(hand.lean, hand.slant, (n, 1))
    angle = rng.normal(0, hand.turn, (n, 1))
    turned = [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)]
    return np.stack(turned, axis=2)


def _off_centre(pictures: NDArray[np.uint8], share: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Move a share of the pictures (n, side, side) by a pixel, up or down, and a share left or right."""
    n, side, _ = pictures.shape
    moved = np.zeros((n, side + 2, side + 2), np.uint8)
    moved[:, 1:-1, 1:-1] = pictures
    step = rng.choice([-1, 0, 1], (2, n), p=[share / 2, 1 - share, share / 2]) + 1
    rows, columns = step[:, :, None] + np.arange(side)
    kept: NDArray[np.uint8] = moved[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return kept
