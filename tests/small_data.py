"""Small pictures that a network learns within a few epochs, and what a run on them says."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.progress import EpochEnd, Event

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def blobs(count: int, seed: int) -> Labelled:
    """Pictures of 16 pixels in three classes: each class lights four pixels of its own, on a noisy ground."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count).astype(np.uint8)
    images = rng.integers(0, 90, (count, 16), dtype=np.uint8)
    for pixel in range(4):
        images[np.arange(count), 4 * labels + pixel] += rng.integers(60, 160, count, dtype=np.uint8)
    return images, labels


def timeless(events: Iterable[Event]) -> list[Event]:
    """The events without what no two runs share."""
    return [
        replace(event, seconds=0.0, samples_per_second=0.0) if isinstance(event, EpochEnd)
        else replace(event, seconds=0.0)
        for event in events
    ]  # fmt: skip
