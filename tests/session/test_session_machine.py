"""Any order of what can be asked of a session: states follow each other as they should, and every frame is exact."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pytestqt.qtbot import QtBot

from mnist_viz.data.datasets import Dataset, Subset
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import LEAST_BUDGET, Removed, Runs
from mnist_viz.recording.snapshot import Model
from mnist_viz.session import worker
from mnist_viz.session.conditions import Condition
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY, RESTING, State
from mnist_viz.session.worker import Mailbox, Note

PATIENCE = 60.0
MOST_TURNS = 500

FIRST = Settings(preset="", hidden=(6,), batch_size=10, epochs=3, optimizer="momentum", learning_rate=0.05)
SETTINGS = (
    FIRST,
    replace(FIRST, hidden=(4, 5), optimizer="adam", learning_rate=0.01, dropout=0.2),
    replace(FIRST, early_stopping=1, batch_size=30),
    replace(FIRST, batch_norm=True, batch_size=50),
    replace(FIRST, activation="identity", optimizer="sgd", learning_rate=60.0),  # it diverges
)
LIVE = ({"learning_rate": 0.02}, {"optimizer": "rmsprop"}, {"epochs": 5}, {"batch_size": 25}, {"dropout": 0.4})

RARELY = st.sampled_from([False, False, False, True])
"""Most things put an end to what was going on, and would leave nothing to go on."""

FOLLOW = {
    State.PREPARING: {State.IDLE, State.PAUSED, State.FAILED},
    State.IDLE: {State.PREPARING, State.RUNNING, State.STEPPING, State.PAUSED},
    State.RUNNING: {State.PAUSED, State.FAILED, State.PREPARING, State.IDLE},
    State.PAUSED: {State.PREPARING, State.RUNNING, State.STEPPING, State.IDLE},
    State.STEPPING: {State.PAUSED, State.FAILED, State.PREPARING, State.IDLE},
    State.FAILED: {State.PREPARING, State.RUNNING, State.STEPPING, State.IDLE, State.PAUSED},
}
"""What state may come after which."""


def subset(count: int, seed: int) -> Subset:
    rng = np.random.default_rng(seed)
    return Subset(rng.integers(0, 256, (count, 16), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8))


def data(name: str, count: int) -> Dataset:
    return Dataset(name, name, ("a", "b", "c"), subset(count, 1), subset(20, 2), subset(20, 3), "a test", (4, 4))


DATA = {"small": data("small", 100), "other": data("other", 60)}


class Lockstep:
    """Holds the worker before each note that it publishes, so that the same requests always meet in the same way."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._allowed = 0
        self._free = False
        self._waits = False  # the worker, for a command
        self._commands: deque[Any] = deque()
        self.notes = _Notes(self._publish)

    def work(self, notes: int) -> None:
        """Let the worker publish so many notes, or come to rest before."""
        with self._changed:
            self._allowed = notes
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: not self._allowed or (self._waits and not self._commands), PATIENCE)
            self._allowed = 0

    def free(self) -> None:
        """Hold it no longer."""
        with self._changed:
            self._free = True
            self._changed.notify_all()

    def put(self, command: object) -> None:
        with self._changed:
            self._commands.append(command)
            self._changed.notify_all()

    def get(self) -> object:
        with self._changed:
            self._waits = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: bool(self._commands))
            self._waits = False
            return self._commands.popleft()

    def _publish(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._allowed > 0)
            self._allowed = max(self._allowed - 1, 0)
            self._changed.notify_all()


class _Notes(deque[Note]):
    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self._before = before

    def append(self, note: Note) -> None:
        self._before()
        super().append(note)


class SessionMachine(RuleBasedStateMachine):
    """Does to a session what a window may do, in any order and at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.lockstep = Lockstep()
        with (
            patch.object(worker, "queue", SimpleNamespace(SimpleQueue=lambda: self.lockstep)),
            patch.object(worker, "Mailbox", lambda: Mailbox(self.lockstep.notes)),
        ):
            self.session = Session(FIRST)
        self.states = [self.session.state]
        self.wanted: list[str] = []  # data that are asked for
        self.removed: list[Removed] = []
        self.kept: list[Runs] = []
        self.session.state_changed.connect(self._on_state_changed)
        self.session.data_needed.connect(self.wanted.append)

    def _on_state_changed(self) -> None:
        if self.session.state is not self.states[-1]:
            self.states.append(self.session.state)

    @initialize(settings=st.sampled_from(SETTINGS))
    def start(self, settings: Settings) -> None:
        self.session.set_dataset(DATA["small"])
        self.session.reset(settings)

    # What a window may do

    @rule(notes=st.integers(0, 60))
    def play(self, notes: int) -> None:
        self.session.play()
        self.turn(notes)

    @rule()
    def pause(self) -> None:
        self.session.pause()

    @rule()
    def resume(self) -> None:
        self.session.resume()

    @rule(steps=st.integers(1, 12))
    def run_until_a_step(self, steps: int) -> None:
        self.session.run_until(steps=steps)

    @rule(epochs=st.integers(1, 2))
    def run_until_an_epoch(self, epochs: int) -> None:
        self.session.run_until(epochs=epochs)

    @rule(loss=st.sampled_from([0.9, 1.05]))
    def run_until_a_loss(self, loss: float) -> None:
        self.session.run_until(condition=Condition("loss-below", loss))

    @rule(name=st.sampled_from(["step_batch", "step_epoch", "back_batch", "back_epoch", "go_live"]))
    def move(self, name: str) -> None:
        getattr(self.session, name)()

    @rule(share=st.floats(0, 1))
    def go_to(self, share: float) -> None:
        self.session.go_to(round(share * len(self.session.timeline)))

    @rule(share=st.floats(0, 1))
    def go_to_any_step(self, share: float) -> None:
        self.session.go_to_step(round(share * self.session.run.steps))

    @rule(settings=st.sampled_from([None, *SETTINGS]), really=RARELY)
    def reset(self, settings: Settings | None, really: bool) -> None:
        if really:
            self.session.reset(settings)

    @rule(really=RARELY)
    def reset_new(self, really: bool) -> None:
        if really:
            self.session.reset_new()

    @rule(values=st.sampled_from(LIVE))
    def change(self, values: dict[str, object]) -> None:
        self.session.change(replace(self.session.settings, **values))  # type: ignore[arg-type]

    @rule(name=st.sampled_from(sorted(DATA)), really=RARELY)
    def use_data(self, name: str, really: bool) -> None:
        if really:
            self.session.set_dataset(DATA[name])

    @rule(values=st.sampled_from([None, *LIVE]))
    def branch(self, values: dict[str, object] | None) -> None:
        settings = None if values is None else replace(self.session.settings, **values)  # type: ignore[arg-type]
        self.session.branch(settings)

    @rule(which=st.integers(0, 9))
    def activate(self, which: int) -> None:
        runs = self.session.runs.all
        self.session.activate(runs[which % len(runs)].number if runs else which)

    @rule(which=st.integers(0, 9))
    def delete(self, which: int) -> None:
        runs = self.session.runs.all
        removed = self.session.delete(runs[which % len(runs)].number) if runs else None
        if removed is not None:
            self.removed.append(removed)

    @rule()
    def undo_delete(self) -> None:
        if self.removed and self.removed[-1].run.number not in self.session.runs:
            self.session.restore_run(self.removed.pop())

    @rule()
    def pin(self) -> None:
        frame = self.session.timeline.shown
        if frame is not None and not self.session.guest:
            self.session.set_pinned(self.session.run, frame, frame.step not in self.session.run.pins)

    @rule(budget=st.sampled_from([LEAST_BUDGET, 4 * LEAST_BUDGET]))
    def set_budget(self, budget: int) -> None:
        self.session.set_budget(budget)

    @rule(really=RARELY)
    def show_guest(self, really: bool) -> None:
        if not really:
            return
        model = Model((16, 3), "relu", biases=False, parameters=np.ones(48, np.float32))
        self.session.show_guest(model, ("a", "b", "c"))

    @rule()
    def keep(self) -> None:
        runs = self.session.snapshot()
        if runs.active is not None:
            self.kept = [runs]

    @rule(really=RARELY)
    def restore(self, really: bool) -> None:
        if self.kept and really and self.session.can_restore:
            self.removed.clear()  # they were of the session before
            self.session.restore(self.kept.pop())

    @rule(comes=st.booleans())
    def answer_for_data(self, comes: bool) -> None:
        while self.wanted:
            name = self.wanted.pop()
            if comes and name == self.session.run.dataset:
                self.session.provide_dataset(DATA[name])
            elif not self.wanted:
                self.session.give_up_data()

    @rule(notes=st.integers(0, 30))
    def work(self, notes: int) -> None:
        """The worker goes on, and the window has not looked yet."""
        self.lockstep.work(notes)

    @rule(notes=st.integers(0, 30))
    def turn(self, notes: int) -> None:
        """The window's timer."""
        self.lockstep.work(notes)
        self.session.tick()

    @rule()
    def settle(self) -> None:
        """Training goes on until it has come to its end."""
        self._until_rest()

    # What must hold

    @invariant()
    def the_states_follow_each_other(self) -> None:
        for before, after in pairwise(self.states):
            assert after in FOLLOW[before], (before, after)
        self.states = self.states[-1:]

    @invariant()
    def the_tree_is_whole(self) -> None:
        runs = self.session.runs
        for run in runs:
            assert run.parent is None or run.parent in runs
            assert run.parent is None or run.root_step <= run.timeline.frames[-1].step
            steps = [frame.step for frame in run.timeline.frames]
            assert steps, run.name
            assert all(a < b for a, b in pairwise(steps))
            assert run.timeline.tail is not None
            assert run.timeline.tail.step >= steps[-1]
        if len(runs):
            assert runs.active is not None
            assert runs.active.number in runs
            assert runs.nbytes <= runs.budget

    @invariant()
    def what_is_shown_is_there(self) -> None:
        session = self.session
        shown, tail = session.timeline.shown, session.timeline.tail
        assert (shown is None) == (tail is None)
        if shown is not None and tail is not None:
            assert shown.step <= tail.step
        if session.guest:
            assert not session.at_live
            assert not session.can_go_back
        assert session.state not in BUSY or len(session.runs)

    def teardown(self) -> None:
        try:
            self._until_rest()
            for run in self.session.runs:
                check_exact(run)
        finally:
            self.lockstep.free()
            assert self.session.close(PATIENCE)

    def _until_rest(self) -> None:
        for _ in range(MOST_TURNS):
            self.answer_for_data(True)
            self.lockstep.work(100)
            self.session.tick()
            if self.session.state in RESTING:
                break
        assert self.session.state in RESTING


def check_exact(run: Run) -> None:
    """Every frame from which training can go on has the weights that training from the first one on gives."""
    frames = {frame.step: frame for frame in run.timeline.frames if frame.state is not None}
    first, last = run.timeline.frames[0], max(frames)
    assert first.state is not None
    train, validation = DATA[run.dataset].train, DATA[run.dataset].validation
    trainer = Trainer.resume(
        run.config, first.state, (train.images, train.labels), (validation.images, validation.labels),
        classes=3, image_shape=(4, 4),
    )  # fmt: skip
    trainer.epochs = run.config.grid.at(last)[0] + 1
    while trainer.step < last:
        for _ in trainer.run():
            frame = frames.get(trainer.step)
            if frame is not None and frame.state is not None:
                assert trainer.state().parameters.tobytes() == frame.state.parameters.tobytes(), (run.name, frame.step)
            if trainer.step >= last:
                break


def test_any_order(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    run_state_machine_as_test(
        SessionMachine,
        settings=hypothesis_settings(
            max_examples=150, stateful_step_count=30, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
        ),
    )  # fmt: skip
    assert [record.message for record in caplog.records] == []  # the worker, too, made no mistake
