"""A small problem that a network learns within a few epochs."""

import numpy as np
import pytest
from numpy.typing import NDArray

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def blobs(count: int, seed: int) -> Labelled:
    """Pictures of 16 pixels in three classes: each class lights four pixels of its own, on a noisy ground."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count).astype(np.uint8)
    images = rng.integers(0, 90, (count, 16), dtype=np.uint8)
    for pixel in range(4):
        images[np.arange(count), 4 * labels + pixel] += rng.integers(60, 160, count, dtype=np.uint8)
    return images, labels


@pytest.fixture(scope="session")
def train_set() -> Labelled:
    return blobs(205, 1)


@pytest.fixture(scope="session")
def validation_set() -> Labelled:
    return blobs(60, 2)
