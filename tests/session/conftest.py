"""A small data set, a worker whose mailbox can be waited for, and a session whose tick is driven."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.data.datasets import Dataset, Subset
from mnist_viz.engine.progress import BatchEnd, EpochEnd, Event
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.snapshot import Frame, capture
from mnist_viz.recording.trainers import new_trainer
from mnist_viz.session import worker as worker_module
from mnist_viz.session.session import Session
from mnist_viz.session.work import RESTING, State
from mnist_viz.session.worker import Mailbox, Note, Ready, Recorded, Stop, Stopped, Worker
from mnist_viz.session.worker import Tested as Measured  # pytest would take its own name for a test
from tests.small_data import blobs, timeless

T = TypeVar("T")
Bits = tuple[bytes, bytes]
Build = Callable[[], Trainer]

PATIENCE = 60.0
"""Seconds until a test gives up on something that should have come at once."""


def subset(count: int, seed: int) -> Subset:
    return Subset(*blobs(count, seed))


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset(
        "small", "Small", ("a", "b", "c"), subset(300, 1), subset(50, 2), subset(40, 3), "made in a test", (4, 4)
    )


@pytest.fixture(scope="session")
def other_dataset() -> Dataset:
    return Dataset(
        "other", "Other", ("x", "y", "z"), subset(150, 4), subset(50, 5), subset(40, 6), "made in a test", (4, 4)
    )


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(preset="", hidden=(8,), batch_size=10, epochs=3, optimizer="momentum", learning_rate=0.05)


@pytest.fixture(scope="session")
def build(dataset: Dataset, settings: Settings) -> Build:
    """Makes the trainer of a run; each has the same first weights and the same shuffle."""

    return lambda: new_trainer(settings, dataset)


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


def bits(frame: Frame) -> Bits:
    """A frame to the last bit: its parameters and what the optimizer remembers."""
    assert frame.state is not None
    return frame.model.parameters.tobytes(), frame.state.optimizer_state.tobytes()


@pytest.fixture(scope="session")
def undisturbed(build: Build) -> dict[int, Bits]:
    """The bits after each step of the small run, when nobody disturbs it."""
    trainer = build()
    found = {0: bits(capture(trainer))}
    for event in trainer.run():
        found[event.step] = bits(capture(trainer))
    return found


@pytest.fixture(scope="session")
def undisturbed_events(build: Build) -> list[Event]:
    """What the small run yields, when nobody disturbs it."""
    return timeless(build().run())


class Gate:
    """Lets trainers be made; when it is shut, their making waits for `open`, and the worker with it."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._reached = threading.Event()
        self._opened.set()

    def shut(self) -> None:
        self._opened.clear()
        self._reached.clear()

    def open(self) -> None:
        self._opened.set()

    def wait(self) -> None:
        """Until the worker stands before the gate: all that the run before had to say has been said."""
        assert self._reached.wait(PATIENCE)

    def through(self, make: Callable[..., Trainer]) -> Callable[..., Trainer]:
        """`make`, behind this gate."""

        def made(*arguments: Any, **named: Any) -> Trainer:
            self._reached.set()
            assert self._opened.wait(PATIENCE)
            return make(*arguments, **named)

        return made


@pytest.fixture
def gate() -> Iterator[Gate]:
    result = Gate()
    yield result
    result.open()


@pytest.fixture
def wild(dataset: Dataset, settings: Settings) -> Build:
    """A run that diverges within its first hundred batches."""
    too_fast = replace(settings, activation="identity", optimizer="sgd", learning_rate=100.0, epochs=50)
    return lambda: new_trainer(too_fast, dataset)


@pytest.fixture
def failing() -> Build:
    """A run that cannot be built."""

    def fail() -> Trainer:
        raise RuntimeError("a mistake in the program")

    return fail


class Watched:
    """A worker, and everything it has published."""

    def __init__(self, inbox: Notes, settings: Settings) -> None:
        self.inbox = inbox
        self.settings = settings  # of the runs that are loaded, as they were changed last
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
        (*_, ready) = self.of_kind(self.notes, Ready)
        self.settings = ready.trainer.settings

    def change(self, **values: Any) -> None:
        """Change live settings of the run."""
        self.settings = replace(self.settings, **values)
        self.worker.change(self.settings)

    def frames(self) -> dict[int, Frame]:
        """All recorded frames so far, by step."""
        return {note.frame.step: note.frame for note in self.notes if isinstance(note, Ready | Recorded)}

    @staticmethod
    def of_kind(notes: list[Note], kind: type[T]) -> list[T]:
        return [note for note in notes if isinstance(note, kind)]

    @staticmethod
    def events(notes: list[Note]) -> list[Event]:
        """What the training yielded, without what no two runs share."""
        return timeless([note for note in notes if isinstance(note, BatchEnd | EpochEnd)])

    @staticmethod
    def bits(frame: Frame) -> Bits:
        return bits(frame)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Watched]:
    inbox = Notes()
    monkeypatch.setattr(worker_module, "Mailbox", lambda: Mailbox(inbox))
    result = Watched(inbox, settings)
    yield result
    assert result.worker.close(PATIENCE)


class Driven:
    """A session whose tick is driven, as the window's timer drives it, until something holds."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.qtbot = qtbot
        self.states: list[State] = []  # those it went through
        self._state = session.state
        self._told = self._can()
        self.stops: list[Stopped] = []
        self.measured: list[Measured] = []
        session.state_changed.connect(self._on_state_changed)
        session.stopped.connect(self.stops.append)
        session.tested.connect(self.measured.append)

    def _can(self) -> tuple[bool, bool]:
        """What buttons depend on, beside the state."""
        return self.session.can_go_back, self.session.at_live

    def _on_state_changed(self) -> None:
        self._told = self._can()
        if self.session.state is not self._state:
            self._state = self.session.state
            self.states.append(self._state)

    def until(self, condition: Callable[[], bool]) -> None:
        def ticked() -> bool:
            self.session.tick()
            assert self._told == self._can(), "it changed, and nobody was told"
            return condition()

        self.qtbot.waitUntil(ticked, timeout=int(PATIENCE * 1000))

    def rest(self) -> None:
        self.until(lambda: self.session.state in RESTING)

    def at(self, step: int) -> None:
        """Wait until training has come to `step`."""
        self.until(lambda: self.session.history.steps >= step)

    def train(self, steps: int) -> None:
        """Train so many batches and stop there, live."""
        for _ in range(steps):
            self.session.step_batch()
            self.rest()

    def train_epoch(self) -> None:
        """Train to the end of the epoch."""
        self.session.step_epoch()
        self.rest()

    def pause(self) -> None:
        self.session.pause()
        self.rest()

    def reset(self, settings: Settings | None = None, **how: Any) -> None:
        """Another run, at its first weights."""
        self.session.reset(settings, **how)
        self.rest()

    def play_to(self, step: int) -> None:
        """Train without an end, and wait until training has come to `step`."""
        self.session.change(replace(self.session.settings, epochs=10_000))
        self.session.play()
        self.at(step)

    def show(self, step: int) -> None:
        """Show the moment after so many steps."""
        self.session.go_to_step(step)
        self.rest()
        assert self.shown.step == step

    def numbers(self) -> list[int]:
        """Of the runs."""
        return [run.number for run in self.session.runs]

    def state(self) -> State:
        """Its state now; a function, since a type checker takes an attribute to stay as it was."""
        return self.session.state

    @property
    def shown(self) -> Frame:
        frame = self.session.shown
        assert frame is not None
        return frame

    @property
    def tail(self) -> Frame:
        frame = self.session.timeline.tail
        assert frame is not None
        return frame

    @staticmethod
    def bits(frame: Frame) -> Bits:
        return bits(frame)


@pytest.fixture
def empty(qtbot: QtBot, settings: Settings) -> Iterator[Driven]:
    """A session that waits for data."""
    session = Session(settings)
    yield Driven(session, qtbot)
    assert session.close()


@pytest.fixture
def driven(empty: Driven, dataset: Dataset) -> Driven:
    """A session at its first weights."""
    empty.session.set_dataset(dataset)
    empty.rest()
    empty.states.clear()
    empty.stops.clear()
    return empty


@pytest.fixture
def finished(driven: Driven) -> Driven:
    """A session that has trained its three epochs."""
    driven.session.play()
    driven.until(lambda: bool(driven.measured))
    driven.states.clear()
    return driven
