"""A small data set, and a worker whose mailbox can be waited for."""

import threading
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mnist_viz.data.datasets import Dataset, Subset
from mnist_viz.engine.presets import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session import worker as worker_module
from mnist_viz.session.worker import Mailbox, Note, Recorded, Stop, Stopped, Worker

PATIENCE = 15.0
"""Seconds until a test gives up on something that should have come at once."""


def subset(count: int, seed: int) -> Subset:
    """Pictures of 16 pixels in three classes: each class lights four pixels of its own, on a noisy ground."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count).astype(np.uint8)
    images = rng.integers(0, 90, (count, 16), dtype=np.uint8)
    for pixel in range(4):
        images[np.arange(count), 4 * labels + pixel] += rng.integers(60, 160, count, dtype=np.uint8)
    return Subset(images, labels)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset("small", "Small", ("a", "b", "c"), subset(300, 1), subset(50, 2), subset(40, 3), "made in a test")


@pytest.fixture(scope="session")
def other_dataset() -> Dataset:
    return Dataset("other", "Other", ("x", "y", "z"), subset(150, 4), subset(50, 5), subset(40, 6), "made in a test")


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(preset="", hidden=(8,), batch_size=10, epochs=3, optimizer="momentum", learning_rate=0.05)


@pytest.fixture
def build(dataset: Dataset, settings: Settings) -> Callable[[], Trainer]:
    """Makes the trainer of a run; each has the same first weights and the same shuffle."""

    def make() -> Trainer:
        train, validation = dataset.train, dataset.validation
        return Trainer(
            settings, (train.images, train.labels), (validation.images, validation.labels), classes=3
        )  # fmt: skip

    return make


class Notes(deque[Note]):
    """The mailbox's notes, which wake who waits for them; `hook` is called in the worker with each."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = threading.Condition()
        self.hook: Callable[[Note], None] = lambda _: None

    def append(self, note: Note) -> None:
        with self.arrived:
            super().append(note)
            self.arrived.notify_all()
        self.hook(note)


class Watched:
    """A worker, and everything it has published."""

    def __init__(self, inbox: Notes) -> None:
        self.inbox = inbox
        self.worker = Worker()
        self.notes: list[Note] = []

    def until(self, condition: Callable[[Note], bool]) -> list[Note]:
        """Wait for a note that fulfils the condition; return what came, with it as the last."""
        taken: list[Note] = []
        while not taken or not condition(taken[-1]):
            with self.inbox.arrived:
                if not self.inbox.arrived.wait_for(lambda: bool(self.inbox), PATIENCE):
                    raise AssertionError(f"nothing came any more after {taken[-3:]}")
                taken.append(self.inbox.popleft())
        self.notes += taken
        return taken

    def rest(self) -> list[Note]:
        """Wait until the worker rests; return what came, the Stopped last."""
        return self.until(lambda note: isinstance(note, Stopped))

    def rested(self) -> Stopped:
        """Wait until the worker rests; return why."""
        last = self.rest()[-1]
        assert isinstance(last, Stopped)
        return last

    def load(self, build: Callable[[], Trainer]) -> None:
        self.worker.load(build)
        assert self.rested() == Stopped(Stop.READY)

    def frames(self) -> dict[int, Frame]:
        """All recorded frames so far, by step."""
        return {note.frame.step: note.frame for note in self.notes if isinstance(note, Recorded)}


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    inbox = Notes()
    monkeypatch.setattr(worker_module, "Mailbox", lambda: Mailbox(inbox))
    result = Watched(inbox)
    yield result
    assert result.worker.close(PATIENCE)
