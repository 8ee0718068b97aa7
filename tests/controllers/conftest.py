"""The whole program without its start: the window, a small data set, a tick that is driven, and a loader's stand-in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.app import App
from mnist_viz.controllers.picture_export import What
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.data.datasets import DIGITS, Dataset, Subset
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.storage import ModelFile, save_model
from mnist_viz.session.loader import Failure, Kind, Outcome
from mnist_viz.session.session import RESTING, State

MakeGuest = Callable[..., Path]

PATIENCE = 60_000
"""Milliseconds until a test gives up on something that should have come at once."""

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def subset(count: int, seed: int) -> Subset:
    """Pictures of 28 × 28 pixels in ten classes: each class lights two rows of its own, on a noisy ground."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
    for row in range(2):
        images[np.arange(count), 4 + 2 * labels + row] += rng.integers(80, 180, (count, 28), dtype=np.uint8)
    return Subset(images.reshape(count, 784), labels)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset(
        "synthetic", "Few digits", DIGITS, subset(100, 1), subset(20, 2), subset(30, 3), "made in a test"
    )  # fmt: skip


@pytest.fixture(scope="session")
def other_dataset() -> Dataset:
    return Dataset("mnist", "Other digits", DIGITS, subset(60, 4), subset(20, 5), subset(20, 6), "made in a test")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Ten batches an epoch, and more epochs than any test waits for."""
    return Settings(hidden=(8,), batch_size=10, epochs=5_000, learning_rate=0.1)


class FakeLoader:
    """Does nothing: a test puts what it publishes into `outcomes`.

    Attributes:
        asked: what was asked for, and with which data set.
    """

    def __init__(self, data_dir: str | None) -> None:
        self.data_dir = data_dir
        self.outcomes: list[Outcome] = []
        self.asked: list[tuple[Kind, str]] = []
        self.cancels: list[tuple[Kind, str | None]] = []

    def load(self, name: str, *, limit: int | None = None) -> None:
        self.asked.append(("load", name))
        self.outcomes.clear()

    def check(self, name: str) -> None:
        self.asked.append(("check", name))

    def fetch(self, name: str) -> None:
        self.asked.append(("fetch", name))

    def verify(self, name: str) -> None:
        self.asked.append(("verify", name))

    def remove(self, name: str) -> None:
        self.asked.append(("remove", name))

    def samples(self, name: str) -> None:
        self.asked.append(("samples", name))

    def work(self) -> list[tuple[Kind, str]]:
        """What was asked for, without samples, which nobody asks for by hand."""
        return [(kind, name) for kind, name in self.asked if kind != "samples"]

    def take(self) -> list[Outcome]:
        taken, self.outcomes = self.outcomes, []
        return taken

    def cancel(self, kind: Kind, name: str | None = None) -> None:
        self.cancels.append((kind, name))
        if (last := next((n for k, n in reversed(self.asked) if k == kind), None)) is not None:
            self.outcomes = [Failure(last, "", kind)]

    def close(self, timeout: float = 1.0) -> bool:
        return True


class Program:
    """The program, driven as its timer and a user's hand would drive it."""

    def __init__(self, app: App, qtbot: QtBot) -> None:
        self.app = app
        self.session = app.session
        self.qtbot = qtbot

    def until(self, condition: Callable[[], bool]) -> None:
        def ticked() -> bool:
            self.app.tick()
            return condition()

        self.qtbot.waitUntil(ticked, timeout=PATIENCE)

    def rest(self) -> None:
        """Until the session rests, and the panels show it."""
        self.until(lambda: self.state() in RESTING)
        self.app.display.refresh()

    def open_model(self, path: str) -> None:
        self.app.files.open_model(path)
        self.until(lambda: not self.app.tasks.busy("files"))
        self.app.display.refresh()

    def save_model(self, path: str) -> None:
        self.app.files.save_model(path)
        self.until(lambda: not self.app.tasks.busy("files"))

    def export_curves(self, path: str, what: What = "epochs", *, selected: bool = False) -> None:
        self.app.pictures.export_curves(path, what, selected=selected)
        self.until(lambda: not self.app.tasks.busy("files"))

    def train(self, steps: int) -> None:
        """Train so many batches and stop there."""
        for _ in range(steps):
            self.session.step_batch()
            self.rest()

    def state(self) -> State:
        """Its state now; a function, since a type checker takes an attribute to stay as it was."""
        return self.session.state

    def steps(self) -> int:
        return self.session.history.steps

    @property
    def first(self) -> Frame:
        frame = self.session.timeline.first
        assert frame is not None
        return frame

    # What the line of messages says

    def text(self) -> str:
        return self.app.messages.text

    def kind(self) -> str:
        return self.app.messages.kind

    def buttons(self) -> list[str]:
        return [b.text() for b in self._message_buttons()]

    def press(self, label: str) -> None:
        """Press a button of the message."""
        next(b for b in self._message_buttons() if b.text() == label).click()

    def _message_buttons(self) -> list[QToolButton]:
        # By the layout: a new button is shown only in the next turn of the event loop.
        row = self.app.messages.layout()
        assert row is not None
        items = [row.itemAt(i) for i in range(row.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [w for w in widgets if isinstance(w, QToolButton) and w.objectName() != "dismiss-message"]

    # What a user's hand does

    def choose(self, combo: QComboBox, key: str) -> None:
        """Choose the entry `key`, as a click in the list does."""
        index = combo.findData(key)
        assert index >= 0
        combo.setCurrentIndex(index)
        combo.activated.emit(index)

    def choose_preset(self, name: str) -> None:
        self.choose(self.app.transport.preset, name)

    def choose_dataset(self, name: str) -> None:
        self.choose(self.app.transport.dataset, name)

    def button(self, name: str) -> QToolButton:
        """A button anywhere in the window, by its object's name."""
        found: QToolButton | None = self.app.window.findChild(QToolButton, name)
        assert found is not None
        return found

    def draw(self, *points: tuple[float, float]) -> None:
        """Draw a stroke through `points`, in shares of the pad; the button stays down until the next."""
        pad = self.app.draw.pad
        first, *others = [QPoint(int(x * pad.width()), int(y * pad.height())) for x, y in points]
        QTest.mousePress(pad, LEFT, NO_KEY, first)
        for point in others:
            QTest.mouseMove(pad, point)

    def note(self) -> str:
        """The quiet line below the answer, unshortened."""
        label = self.app.draw.findChild(QLabel, "draw-note")
        assert isinstance(label, QLabel)
        return label.toolTip()


@pytest.fixture
def empty(qtbot: QtBot, tmp_path: Path, settings: Settings) -> Iterator[Program]:
    """The program that waits for data."""
    app = App(preferences=Preferences(theme="dark", speed=None), data_dir=str(tmp_path))
    qtbot.addWidget(app.window)
    app.session.reset(settings)
    app.window.show()
    yield Program(app, qtbot)
    app.window.close()


@pytest.fixture
def program(empty: Program, dataset: Dataset) -> Program:
    """The program at its first weights."""
    empty.session.set_dataset(dataset)
    empty.rest()
    return empty


@pytest.fixture
def loader(empty: Program, monkeypatch: pytest.MonkeyPatch) -> FakeLoader:
    fake = FakeLoader(empty.app.loader.data_dir)
    for owner in (empty.app.data, empty.app.data_sets):
        monkeypatch.setattr(owner, "_loader", fake)
    return fake


@pytest.fixture
def guest(tmp_path: Path) -> MakeGuest:
    """Writes a model file: a network that is sure of one class, or of none; its weights are `scale` wide."""

    def make(name: str = "guest.npz", *, sure_of: int | None = None, scale: float = 0.01) -> Path:
        network = Network((784, 8, 10), "relu", biases=True)
        network.parameters[:] = 0.0
        network.layers[0].weights[:] = np.random.default_rng(1).normal(0, scale, (784, 8))
        if sure_of is not None:
            biases = network.layers[-1].biases
            assert biases is not None
            biases[sure_of] = 20.0
        path = tmp_path / name
        save_model(path, ModelFile(Model.of(network), DIGITS, {"written by": "a test"}))
        return path

    return make
