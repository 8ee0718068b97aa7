"""A good model file, what opening a bad one says, and the runs of a session."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.engine.network import Network
from mnist_viz.engine.training import Labelled
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_file import save_session
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, save_model
from tests import small_runs

MakeModel = Callable[..., Model]
Refusal = Callable[[Path], str]
MakeRuns = Callable[..., Runs]


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


# Sessions


@pytest.fixture
def runs_of() -> MakeRuns:
    """Makes the runs of given settings."""
    return small_runs.make_runs


@pytest.fixture
def data() -> tuple[Labelled, Labelled]:
    """What they are trained on, and validated on."""
    return small_runs.TRAIN, small_runs.VALIDATION


@pytest.fixture(scope="session")
def saved_runs() -> Runs:
    """Two runs, with chance of every kind, batch normalization and early stopping; nobody may change them."""
    return small_runs.make_varied_runs()


@pytest.fixture
def session_path(tmp_path: Path, saved_runs: Runs) -> Path:
    """The file of these runs, with a drawing."""
    where = tmp_path / "lesson.mnistviz"
    save_session(where, small_runs.session_contents(saved_runs))
    return where
