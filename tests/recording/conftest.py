"""A good model file, and what opening a bad one says."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, save_model

MakeModel = Callable[..., Model]
Refusal = Callable[[Path], str]


def make_model(*sizes: int, activation: str = "relu", biases: bool = True) -> Model:
    network = Network(sizes, activation, biases=biases)
    network.parameters[:] = np.random.default_rng(0).normal(0, 1, network.parameters.size)
    return Model.of(network)


@pytest.fixture
def model() -> MakeModel:
    """Makes a model of given layer sizes with weights that all differ."""
    return make_model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good model file of a 6-4-3 network."""
    where = tmp_path / "model.npz"
    save_model(where, ModelFile(make_model(6, 4, 3), ("a", "b", "c"), {"program": "a test", "steps": 7}))
    return where


def refusal_of(path: Path) -> str:
    with pytest.raises((ModelFileError, OSError)) as caught:
        load_model(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


@pytest.fixture
def refusal() -> Refusal:
    """What opening a file says; it must be one line of the promised kind, and name the file."""
    return refusal_of
