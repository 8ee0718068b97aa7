"""A good model file, what opening a bad one says, and the runs of a session."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Labelled, Trainer
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.session_file import save_session
from mnist_viz.recording.snapshot import Model, capture
from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, save_model
from mnist_viz.recording.timeline import Timeline
from tests.small_runs import train

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


def pictures(count: int, seed: int) -> Labelled:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 16), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8)


TRAIN, VALIDATION = pictures(90, 1), pictures(20, 2)


def recorded(number: int, trainer: Trainer, batches: int, before: Run | None = None) -> Run:
    """A run of so many batches more, whose frames are those after each third batch and at the ends of epochs."""
    grid = trainer.grid
    run = Run(
        number, f"Run {number}", number, "mnist", ("a", "b", "c"), (4, 4), trainer.config, 3, Timeline(), History(grid)
    )
    if before is not None:
        root = before.timeline.before(trainer.step)
        assert root is not None
        run.parent, run.root_step = before.number, root.step
        run.timeline, run.history = before.timeline.until(root), before.history.copy_until(root.step, grid)
    else:
        run.timeline.add(capture(trainer))
    last = trainer.step + batches
    trainer.epochs = 10_000
    train(run, trainer, last)
    return run


def make_runs(settings: Settings, batches: int = 20) -> Runs:
    """A run, and one that leaves it halfway with another learning rate."""
    trainer = Trainer(settings, TRAIN, VALIDATION, classes=3)
    first = recorded(1, trainer, batches)
    root = first.timeline.before(batches // 2)
    assert root is not None
    assert root.place is not None
    changed = replace(settings, learning_rate=settings.learning_rate / 3)
    config = first.config.until(root.step).changed(root.step, changed)
    branch = Trainer.resume(config, root.place, TRAIN, VALIDATION, classes=3)
    second = recorded(2, branch, batches, first)
    runs = Runs()
    runs.add(first)
    runs.add(second)
    runs.activate(2)
    return runs


@pytest.fixture
def runs_of() -> MakeRuns:
    """Makes the runs of given settings."""
    return make_runs


@pytest.fixture
def data() -> tuple[Labelled, Labelled]:
    """What they are trained on, and validated on."""
    return TRAIN, VALIDATION


WILD = Settings(
    preset="", hidden=(6, 5), batch_size=16, epochs=3, optimizer="adam", learning_rate=0.005, batch_norm=True,
    dropout=0.3, input_dropout=0.1, label_smoothing=0.1, schedule="cosine", l2=1e-3, early_stopping=50,
    augmentation=Augmentation(shift=0.5, rotation=10.0),
)  # fmt: skip


@pytest.fixture(scope="session")
def saved_runs() -> Runs:
    """Two runs, with chance of every kind, batch normalization and early stopping; nobody may change them."""
    runs = make_runs(WILD)
    first = runs.get(1)
    first.name, first.visible, first.pins, first.tested = "début ✎", False, {3, 6}, (20, 0.5, 0.75)
    first.incidents.append(Incident(12, "diverged", "It diverged."))
    first.timeline.go_to(2)
    return runs


@pytest.fixture
def session_path(tmp_path: Path, saved_runs: Runs) -> Path:
    """The file of these runs, with a drawing."""
    where = tmp_path / "lesson.mnistviz"
    points = np.linspace(0, 1, 14, dtype=np.float32).reshape(7, 2)
    drawing = Drawing((Stroke(points, 0.06), Stroke(points[::-1], 0.03, np.linspace(0, 1, 7, dtype=np.float32))))
    save_session(where, SessionContents(copy_of(saved_runs), drawing))
    return where
