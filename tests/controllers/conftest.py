"""The program without its start: the window, a small data set, a tick that is driven, a stand-in for work on data."""

import gc
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.app import App
from mnist_viz.controllers.picture_export import What
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.data.datasets import DIGITS, Dataset, Subset
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.storage import ModelFile, save_model
from mnist_viz.session.background_tasks import Task
from mnist_viz.session.work import RESTING, State
from mnist_viz.views.drawing import pad
from mnist_viz.views.questions.panel import QuestionPanel

Panel = TypeVar("Panel", bound=QuestionPanel)
MakeGuest = Callable[..., Path]
Call = Callable[..., object]

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


KINDS = {
    "loaded": "load",
    "read": "check",
    "fetched": "fetch",
    "verified": "verify",
    "deleted": "remove",
    "shown": "samples",
}


class Job(Task):
    """What was asked for: what of which data set, and what is to be called."""

    def __init__(self, kind: str, name: str, on_done: Call, on_error: Call, on_progress: Call | None) -> None:
        super().__init__(lambda *_: None)
        self.kind, self.name = kind, name
        self.on_done, self.on_error, self.on_progress = on_done, on_error, on_progress


class FakeTasks:
    """Does no work on data sets: a test says what comes of it.

    Attributes:
        asked: what was asked for, and with which data set.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.cancels: list[tuple[str, str]] = []  # what was called off before its end
        self._jobs: list[Job] = []

    def submit(
        self, work: Call, on_done: Call, on_error: Call, on_progress: Call | None = None, *, failure: str, **_: object
    ) -> Job:
        name, _and, done = failure.partition(" could not be ")
        job = Job(KINDS[done], name, on_done, on_error, on_progress)
        self.asked.append((job.kind, name))
        self._jobs.append(job)
        return job

    def forget(self, job: Job | None) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
            self.cancels.append((job.kind, job.name))

    def busy(self, *_: str) -> bool:
        return bool(self._jobs)

    def work(self) -> list[tuple[str, str]]:
        """What was asked for, without samples, which nobody asks for by hand."""
        return [(kind, name) for kind, name in self.asked if kind != "samples"]

    def progress(self, kind: str, name: str, text: str, fraction: float | None = None) -> None:
        job = self._find(kind, name)
        assert job.on_progress is not None
        job.on_progress(text, fraction)

    def done(self, kind: str, name: str, result: object = None) -> None:
        """It ended well."""
        job = self._find(kind, name)
        self._jobs.remove(job)
        job.on_done(result)

    def fail(self, kind: str, name: str, why: str) -> None:
        job = self._find(kind, name)
        self._jobs.remove(job)
        job.on_error(why)

    def end_cancelled(self) -> None:
        """What was cancelled has come to its end."""
        for job in [job for job in self._jobs if job.cancelled.is_set()]:
            self._jobs.remove(job)
            self.cancels.append((job.kind, job.name))
            job.on_error("")

    def _find(self, kind: str, name: str) -> Job:
        return next(job for job in self._jobs if (job.kind, job.name) == (kind, name))


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

    def use(self, dataset: Dataset) -> None:
        """Go on with these data, at first weights."""
        self.session.set_dataset(dataset)
        self.rest()

    def reset(self, settings: Settings | None = None) -> None:
        """Another run, at its first weights."""
        self.session.reset(settings)
        self.rest()

    def train_epoch(self) -> None:
        """Train to the end of the epoch."""
        self.session.step_epoch()
        self.rest()

    def pause(self) -> None:
        self.session.pause()
        self.rest()

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

    def settle(self) -> None:
        """Until the panels of "Look closer" have their answers."""
        self.until(lambda: self.app.microscope.settled)

    def look_closer(self, kind: type[Panel]) -> Panel:
        """Open that panel of "Look closer"."""
        self.app.window.open_panel(kind.key)
        self.until(lambda: kind.key in self.app.microscope.panels)
        panel = self.app.microscope.panels[kind.key]
        assert isinstance(panel, kind)
        self.settle()
        return panel

    def state(self) -> State:
        """Its state now; a function, since a type checker takes an attribute to stay as it was."""
        return self.session.state

    def steps(self) -> int:
        return self.session.history.steps

    @property
    def first(self) -> Frame:
        """The first weights."""
        frame = self.session.timeline.first
        assert frame is not None
        return frame

    @property
    def shown(self) -> Frame:
        """The moment at the cursor."""
        frame = self.session.shown
        assert frame is not None
        return frame

    @property
    def picture(self) -> NDArray[np.uint8]:
        """What lies on the pad, as the network gets it."""
        picture = self.app.drawing.picture
        assert picture is not None
        return picture

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
        # Not by its items: PySide keeps those that were asked for, also once Qt has deleted them, and would take
        # whatever comes to their place in memory for them.
        found = [b for b in self.app.messages.findChildren(QToolButton) if row.indexOf(b) >= 0]
        return sorted((b for b in found if b.objectName() != "dismiss-message"), key=row.indexOf)

    # What a user's hand does

    def choose(self, combo: QComboBox, key: str) -> None:
        """Choose the entry `key`, as a click in the list does."""
        index = combo.findData(key)
        assert index >= 0
        combo.setCurrentIndex(index)
        combo.activated.emit(index)

    def choose_preset(self, name: str) -> None:
        self.choose(self.app.transport.preset, name)
        self.rest()

    def choose_dataset(self, name: str) -> None:
        self.choose(self.app.transport.dataset, name)

    def button(self, name: str) -> QAbstractButton:
        """A button anywhere in the window, by its object's name."""
        found: QAbstractButton | None = self.app.window.findChild(QAbstractButton, name)
        assert found is not None
        return found

    def draw(self, *points: tuple[float, float]) -> None:
        """Draw a stroke through `points`, in shares of the pad; the button stays down until the next."""
        first, *others = [self._on_pad(*point) for point in points]
        QTest.mousePress(self.app.draw.pad, LEFT, NO_KEY, first)
        for point in others:
            QTest.mouseMove(self.app.draw.pad, point)

    def stroke(self, *points: tuple[float, float]) -> None:
        """Draw a stroke and take the pen from the pad."""
        self.draw(*points)
        QTest.mouseRelease(self.app.draw.pad, LEFT, NO_KEY, self._on_pad(*points[-1]))

    def _on_pad(self, x: float, y: float) -> QPoint:
        pad = self.app.draw.pad
        return QPoint(int(x * pad.width()), int(y * pad.height()))

    def note(self) -> str:
        """The quiet line below the answer, unshortened."""
        label = self.app.draw.findChild(QLabel, "draw-note")
        assert isinstance(label, QLabel)
        return label.toolTip()


def opened(qtbot: QtBot, folder: Path, settings: Settings) -> Program:
    """The program in a window of its own, which waits for data."""
    gc.collect()  # the window of the test before, which would be styled along with this one
    app = App(preferences=Preferences(theme="dark", speed=None), data_dir=str(folder))
    qtbot.addWidget(app.window)
    app.session.reset(settings)
    app.window.show()
    return Program(app, qtbot)


@pytest.fixture
def empty(qtbot: QtBot, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The program that waits for data. Its pad answers each movement at once, however slow the machine is."""
    monkeypatch.setattr(pad, "LATE", math.inf)
    program = opened(qtbot, tmp_path, settings)
    yield program
    if QApplication.mouseButtons() != Qt.MouseButton.NoButton:  # `draw` leaves one down, also for the next test
        QTest.mouseRelease(program.app.draw.pad, LEFT)
    program.app.window.close()


@pytest.fixture
def program(empty: Program, dataset: Dataset) -> Program:
    """The program at its first weights."""
    empty.use(dataset)
    return empty


@pytest.fixture
def loader(empty: Program, monkeypatch: pytest.MonkeyPatch) -> FakeTasks:
    fake = FakeTasks()
    for owner in (empty.app.data, empty.app.data_sets):
        monkeypatch.setattr(owner, "_tasks", fake)
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
