"""A small problem that a network learns within a few epochs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.small_data import blobs

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@pytest.fixture(scope="session")
def train_set() -> Labelled:
    return blobs(205, 1)


@pytest.fixture(scope="session")
def validation_set() -> Labelled:
    return blobs(60, 2)
