"""How well digits that are drawn side by side are told apart: single drawings set beside each other, and alone."""

from collections.abc import Sequence

import numpy as np

from mnist_viz.data.drawing.ink import Stroke
from mnist_viz.data.drawing.numbers import group

GAPS = (0.05, 0.4)
"""The room between two digits, in heights."""
SIZES = (0.85, 1.15)
"""The digits of a number are not equally high,"""
RISE = 0.1
"""nor do they stand on one line: in heights, up or down."""
DIGITS = (2, 3, 4)


def measure_grouping(drawings: Sequence[Sequence[Stroke]], numbers: int = 3_000, seed: int = 0) -> dict[str, float]:
    """Set drawings of single digits beside each other, and tell them apart.

    Args:
        drawings: the strokes of each digit, (points, 2), x and y with y downwards.
        numbers: how many numbers to put together.

    Returns:
        `told_apart`, the share of numbers whose strokes all came out with their own digit; `kept_whole`, the share
        of drawings alone that came out as one.
    """
    rng = np.random.default_rng(seed)
    right = 0
    for _ in range(numbers):
        chosen = rng.integers(0, len(drawings), rng.choice(DIGITS))
        right += _told_apart(_beside([drawings[k] for k in chosen], rng))
    whole = sum(len(group(drawing)) == 1 for drawing in drawings)
    return {"told_apart": right / numbers, "kept_whole": whole / len(drawings)}


def _beside(digits: Sequence[Sequence[Stroke]], rng: np.random.Generator) -> list[list[Stroke]]:
    """The strokes of each digit in its place in the number."""
    x = 0.0
    row: list[list[Stroke]] = []
    for digit in digits:
        points = np.concatenate([np.asarray(stroke, np.float64) for stroke in digit])
        low, span = points.min(axis=0), np.ptp(points, axis=0)
        size = rng.uniform(*SIZES) / max(float(span.max()), 1e-9)
        place = np.array([x, (1 - span[1] * size) / 2 + rng.uniform(-RISE, RISE)])
        row.append([(np.asarray(stroke, np.float64) - low) * size + place for stroke in digit])
        x += float(span[0]) * size + rng.uniform(*GAPS)
    return row


def _told_apart(row: list[list[Stroke]]) -> bool:
    found = group([stroke for digit in row for stroke in digit])
    return [[id(stroke) for stroke in digit] for digit in found] == [[id(stroke) for stroke in digit] for digit in row]
