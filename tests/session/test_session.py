"""The session: its states, what is shown in each, and stepping through training in both directions."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.network import Network
from mnist_viz.engine.presets import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.snapshot import Frame, Model, capture
from mnist_viz.session import session as session_module
from mnist_viz.session.session import BUSY, RESTING, Session, State
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.session.worker import Tested as Measured  # pytest would take its own name for a test

PER_EPOCH = 30
PATIENCE_MS = 15_000

Bits = tuple[bytes, bytes]


class Driven:
    """A session whose tick is driven, as the window's timer drives it, until something holds."""

    def __init__(self, session: Session, qtbot: QtBot) -> None:
        self.session = session
        self.qtbot = qtbot
        self.states: list[State] = []  # those it went through
        self._state = session.state
        self.stops: list[Stopped] = []
        self.measured: list[Measured] = []
        session.state_changed.connect(self._on_state_changed)
        session.stopped.connect(self.stops.append)
        session.tested.connect(self.measured.append)

    def _on_state_changed(self) -> None:
        if self.session.state is not self._state:
            self._state = self.session.state
            self.states.append(self._state)

    def until(self, condition: Callable[[], bool]) -> None:
        def ticked() -> bool:
            self.session.tick()
            return condition()

        self.qtbot.waitUntil(ticked, timeout=PATIENCE_MS)

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


def bits(frame: Frame) -> Bits:
    assert frame.place is not None
    return frame.model.parameters.tobytes(), frame.place.optimizer_state.tobytes()


@pytest.fixture(scope="module")
def undisturbed(dataset: Dataset, settings: Settings) -> dict[int, Bits]:
    """The bits after each step of the same run, when nobody disturbs it."""
    train, validation = dataset.train, dataset.validation
    trainer = Trainer(
        settings, (train.images, train.labels), (validation.images, validation.labels), classes=3
    )  # fmt: skip
    found = {0: bits(capture(trainer))}
    for event in trainer.run():
        found[event.step] = bits(capture(trainer))
    return found


@pytest.fixture
def guest() -> Model:
    network = Network((16, 5, 3), "tanh")
    network.initialize("glorot-normal", np.random.default_rng(9))
    return Model.of(network)


# Before there are data


def test_without_data_it_prepares_and_shows_nothing(empty: Driven) -> None:
    assert (empty.session.state, empty.session.shown, empty.session.class_names) == (State.PREPARING, None, ())
    assert not empty.session.can_go_back
    assert not empty.session.has_trained


def test_without_data_every_command_is_harmless(empty: Driven) -> None:
    session = empty.session
    for command in (
        session.pause, session.step_batch, session.step_epoch, session.back_batch, session.back_epoch,
        session.go_live, session.reset, session.reset_new, session.leave_guest, session.expect_dataset,
    ):  # fmt: skip
        command()
        session.tick()
    session.go_to(3)
    session.go_to_epoch(1.5)
    session.set_learning_rate(0.2)
    session.set_epochs(4)
    session.tick()
    assert (session.state, session.shown) == (State.PREPARING, None)
    assert (session.settings.learning_rate, session.settings.epochs) == (0.2, 4)


def test_data_bring_a_network_at_its_first_weights(
    empty: Driven, dataset: Dataset, undisturbed: dict[int, Bits], qtbot: QtBot
) -> None:
    with qtbot.waitSignals([empty.session.run_changed, empty.session.shown_changed], timeout=PATIENCE_MS):
        empty.session.set_dataset(dataset)
        empty.rest()
    assert empty.session.state is State.IDLE
    assert empty.shown.step == 0
    assert bits(empty.shown) == undisturbed[0]
    assert empty.session.at_live
    assert empty.session.class_names == ("a", "b", "c")
    assert not empty.session.can_go_back
    assert not empty.session.has_trained


def test_play_before_the_data_are_there_begins_when_they_come(empty: Driven, dataset: Dataset) -> None:
    empty.session.play()
    assert empty.session.state is State.PREPARING
    empty.session.set_dataset(dataset)
    empty.at(5)
    assert empty.session.has_trained


def test_a_pause_takes_back_a_play_that_waits(empty: Driven, dataset: Dataset) -> None:
    empty.session.play()
    empty.session.pause()
    empty.session.set_dataset(dataset)
    empty.rest()
    empty.session.tick()
    assert empty.session.state is State.IDLE


def test_play_while_the_network_is_made_begins_when_it_is_there(empty: Driven, dataset: Dataset) -> None:
    empty.session.set_dataset(dataset)
    empty.session.play()
    empty.at(5)
    assert State.RUNNING in empty.states


# Playing and pausing


def test_play_trains_to_the_last_epoch_and_rests(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.session.play()
    assert driven.session.state is State.RUNNING
    driven.rest()
    assert driven.states == [State.RUNNING, State.PAUSED]
    assert driven.stops == [Stopped(Stop.FINISHED)]
    assert [epoch.epoch for epoch in driven.session.history.epochs] == [0, 1, 2]
    assert driven.session.history.steps == 90
    assert driven.shown.step == 90
    assert {f.step: bits(f) for f in driven.session.timeline.frames} == {
        step: undisturbed[step] for step in (0, 1, 2, 3, 4, 6, 9, 14, 21, 30, 60, 90)
    }


def test_after_the_last_epoch_the_network_is_tested(driven: Driven, dataset: Dataset) -> None:
    driven.session.play()
    driven.until(lambda: bool(driven.measured))
    expected = driven.shown.model.network().evaluate(dataset.test.images, dataset.test.labels)
    assert driven.measured == [Measured(90, *expected)]
    assert driven.session.tested_at == driven.measured[0]


def test_a_pause_stops_and_play_goes_on_as_if_nothing_had_been(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.session.set_epochs(10_000)
    for _ in range(4):
        driven.session.play()
        driven.at(driven.session.history.steps + 3)
        driven.session.pause()
        driven.rest()
        assert driven.session.state is State.PAUSED
        assert driven.shown.step == driven.session.history.steps == driven.tail.step
    driven.session.set_epochs(driven.tail.step // PER_EPOCH + 1)
    driven.session.play()
    driven.rest()
    frames = {frame.step: bits(frame) for frame in driven.session.timeline.frames}
    assert len(frames.keys() & undisturbed.keys()) > 5
    assert all(frames[step] == undisturbed[step] for step in frames.keys() & undisturbed.keys())


def test_a_slow_run_shows_each_batch(driven: Driven) -> None:
    driven.session.set_speed(0.001)
    driven.session.play()
    driven.at(1)
    assert driven.session.state is State.RUNNING
    driven.session.set_speed(None)
    driven.rest()
    assert driven.shown.step == 90


def test_speed_is_known_only_while_it_trains(driven: Driven) -> None:
    assert driven.session.samples_per_second is None
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.until(lambda: driven.session.samples_per_second is not None)
    assert driven.session.samples_per_second is not None
    assert driven.session.samples_per_second > 0
    driven.session.pause()
    driven.rest()
    assert driven.session.samples_per_second is None


def test_play_after_the_last_epoch_trains_on(finished: Driven) -> None:
    finished.session.play()
    finished.rest()
    assert finished.session.settings.epochs == 6
    assert finished.shown.step == 180
    assert [epoch.epoch for epoch in finished.session.history.epochs] == [0, 1, 2, 3, 4, 5]


def test_epochs_may_be_added_and_taken_away_while_it_runs(driven: Driven) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(40)
    driven.session.set_epochs(1)
    driven.rest()
    assert driven.stops == [Stopped(Stop.FINISHED)]
    assert driven.tail.step % PER_EPOCH == 0
    assert driven.session.settings.epochs == 1


# Forwards


def test_a_step_trains_the_very_next_batch(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    for step in range(1, 6):
        driven.session.step_batch()
        assert driven.state() is State.STEPPING
        driven.rest()
        assert driven.state() is State.PAUSED
        assert driven.shown.step == step
        assert bits(driven.shown) == undisturbed[step]
    assert driven.session.history.steps == 5


def test_a_step_of_an_epoch_goes_to_its_end(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.train(4)
    for end in (30, 60):
        driven.session.step_epoch()
        driven.rest()
        assert driven.shown.step == end
        assert bits(driven.shown) == undisturbed[end]
    assert [epoch.epoch for epoch in driven.session.history.epochs] == [0, 1]


def test_a_step_while_it_runs_changes_nothing(driven: Driven) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(5)
    driven.session.step_batch()
    driven.session.step_epoch()
    driven.at(driven.session.history.steps + 5)
    assert driven.session.state is State.RUNNING
    assert driven.session.at_live


def test_presses_during_a_step_do_not_pile_up(driven: Driven) -> None:
    for _ in range(5):
        driven.session.step_batch()  # the first is under way
    driven.rest()
    assert driven.tail.step == 1


# Backwards


def test_back_a_batch_is_exact_at_every_step(finished: Driven, undisturbed: dict[int, Bits]) -> None:
    for step in range(89, 50, -1):
        finished.session.back_batch()
        finished.until(lambda step=step: finished.session.state in RESTING and finished.shown.step == step)  # type: ignore[misc]
        assert bits(finished.shown) == undisturbed[step]
    assert not finished.session.at_live
    assert finished.tail.step == 90


def test_back_an_epoch_goes_to_the_end_of_the_one_before(finished: Driven, undisturbed: dict[int, Bits]) -> None:
    seen = []
    while finished.session.can_go_back:
        finished.session.back_epoch()
        finished.rest()
        seen.append(finished.shown.step)
        assert bits(finished.shown) == undisturbed[finished.shown.step]
    assert seen == [60, 30, 0]


def test_back_an_epoch_from_within_one_goes_to_its_beginning(finished: Driven) -> None:
    finished.session.back_batch()
    finished.rest()
    finished.session.back_epoch()
    finished.rest()
    assert finished.shown.step == 60


def test_at_the_first_weights_there_is_no_way_back(driven: Driven) -> None:
    driven.train(2)
    driven.session.go_to(0)
    driven.session.back_batch()
    driven.session.back_epoch()
    driven.session.tick()
    assert (driven.session.state, driven.shown.step, driven.session.can_go_back) == (State.PAUSED, 0, False)


def test_a_step_forwards_in_the_past_replays_and_trains_nothing(finished: Driven, undisturbed: dict[int, Bits]) -> None:
    finished.session.go_to(8)
    assert finished.shown.step == 21
    for step in range(22, 36):
        finished.session.step_batch()
        finished.rest()
        assert finished.shown.step == step
        assert bits(finished.shown) == undisturbed[step]
    finished.session.step_epoch()
    finished.rest()
    assert finished.shown.step == 60
    assert finished.tail.step == finished.session.history.steps == 90


def test_stepping_forwards_over_the_newest_batch_trains_and_shows_the_next(driven: Driven) -> None:
    driven.train(3)
    driven.session.back_batch()
    driven.rest()
    shown = []
    for _ in range(4):
        driven.session.step_batch()
        driven.rest()
        shown.append(driven.shown.step)
    assert shown == [3, 4, 5, 6]
    assert driven.tail.step == 6


def test_a_step_at_the_last_recorded_frame_trains_and_shows_the_next(finished: Driven) -> None:
    finished.session.go_to(len(finished.session.timeline) - 1)
    finished.session.step_batch()
    finished.rest()
    assert finished.shown.step == 91


def test_back_while_it_runs_pauses_first(driven: Driven) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(70)
    before = driven.shown.step
    driven.session.back_batch()
    driven.until(lambda: driven.session.state in RESTING and not driven.session.at_live)
    assert driven.session.state is State.PAUSED
    assert driven.shown.step == before - 1


def test_stepping_back_and_training_on_is_the_uninterrupted_run(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.train(25)
    for _ in range(3):
        driven.session.back_batch()
        driven.rest()
    driven.session.play()
    driven.rest()
    assert bits(driven.tail) == undisturbed[90]
    assert driven.session.history.steps == 90


def test_the_metrics_of_steps_worked_out_again_are_not_counted_again(finished: Driven) -> None:
    before = [series.y.tolist() for series in finished.session.history.training()]
    finished.session.back_batch()
    finished.rest()
    finished.session.back_epoch()
    finished.rest()
    assert [series.y.tolist() for series in finished.session.history.training()] == before


# The cursor


def test_the_cursor_stays_in_the_past_while_training_goes_on(driven: Driven) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(10)
    driven.session.go_to(2)
    trained = driven.session.history.steps
    driven.at(trained + 20)
    assert driven.session.state is State.RUNNING
    assert (driven.shown.step, driven.session.at_live) == (2, False)
    driven.session.go_live()
    assert driven.session.at_live
    assert driven.shown.step == driven.tail.step > trained


def test_play_in_the_past_goes_live_and_trains_from_the_newest_state(
    driven: Driven, undisturbed: dict[int, Bits]
) -> None:
    driven.train(20)
    driven.session.go_to(3)
    driven.session.play()
    assert driven.session.at_live
    driven.rest()
    assert driven.shown.step == 90
    assert bits(driven.shown) == undisturbed[90]


@pytest.mark.parametrize(
    ("epoch", "step"), [(-1.0, 0), (0.0, 0), (0.31, 9), (0.9, 30), (1.4, 30), (1.6, 60), (99.0, 90)]
)
def test_an_epoch_asked_for_is_the_recorded_frame_nearest_to_it(finished: Driven, epoch: float, step: int) -> None:
    finished.session.go_to_epoch(epoch)
    assert finished.shown.step == step


def test_moving_the_cursor_says_so(finished: Driven, qtbot: QtBot) -> None:
    with qtbot.waitSignals([finished.session.shown_changed, finished.session.state_changed], timeout=PATIENCE_MS):
        finished.session.go_to(0)


# A new run


def test_reset_brings_back_the_same_first_weights_and_the_same_training(
    finished: Driven, undisturbed: dict[int, Bits]
) -> None:
    finished.session.reset()
    assert finished.state() is State.PREPARING
    finished.rest()
    assert finished.state() is State.IDLE
    assert len(finished.session.timeline) == 1
    assert finished.session.history.steps == 0
    assert finished.session.history.epochs == []
    assert finished.session.tested_at is None
    assert bits(finished.shown) == undisturbed[0]
    finished.train(5)
    assert bits(finished.shown) == undisturbed[5]


def test_reset_new_brings_other_weights_and_another_order(
    driven: Driven, undisturbed: dict[int, Bits], dataset: Dataset
) -> None:
    losses = []
    first = {bits(driven.shown)}
    for _ in range(3):
        driven.session.reset_new()
        driven.rest()
        first.add(bits(driven.shown))
        driven.train(1)
        losses.append(float(driven.session.history.training()[0].y[0]))
    assert len(first) == 4
    assert len(set(losses)) == 3
    driven.session.reset()  # and from now on these are the same first weights
    driven.rest()
    assert bits(driven.shown) in first - {undisturbed[0]}


def test_reset_with_other_settings_uses_them(driven: Driven, settings: Settings) -> None:
    driven.session.reset(replace(settings, hidden=(5, 4), activation="tanh"))
    driven.rest()
    assert driven.shown.model.sizes == (16, 5, 4, 3)
    assert driven.shown.model.activation == "tanh"


def test_impossible_settings_are_refused_and_the_run_stays(finished: Driven, settings: Settings) -> None:
    with pytest.raises(ValueError, match="A hidden layer needs"):
        finished.session.reset(replace(settings, hidden=(0,)))
    assert finished.session.state is State.PAUSED
    assert finished.session.settings.hidden == (8,)
    assert finished.shown.step == 90


def test_reset_while_it_runs_stops_it(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(20)
    driven.session.reset()
    driven.rest()
    driven.session.tick()
    assert driven.session.state is State.IDLE
    assert bits(driven.shown) == undisturbed[0]
    assert driven.session.history.steps == 0


def test_other_data_start_a_new_run(finished: Driven, other_dataset: Dataset) -> None:
    finished.session.set_dataset(other_dataset)
    finished.rest()
    assert finished.session.state is State.IDLE
    assert finished.session.class_names == ("x", "y", "z")
    assert finished.session.history.batches_per_epoch == 15
    assert finished.shown.step == 0


class Gate:
    """Lets new networks be made; when it is shut, their making waits for `open`."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._reached = threading.Event()
        self._opened.set()

    def shut(self) -> None:
        self._opened.clear()

    def open(self) -> None:
        self._opened.set()

    def make(self, *arguments: Any, **named: Any) -> Trainer:
        self._reached.set()
        assert self._opened.wait(PATIENCE_MS / 1000)
        return Trainer(*arguments, **named)

    def wait(self) -> None:
        """Until the worker stands before the gate: all that the run before had to say has been said."""
        assert self._reached.wait(PATIENCE_MS / 1000)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    result = Gate()
    monkeypatch.setattr(session_module, "Trainer", result.make)
    yield result
    result.open()


def test_what_the_old_run_still_says_does_not_end_the_preparing_of_the_new(driven: Driven, gate: Gate) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(20)
    gate.shut()
    driven.session.reset()
    gate.wait()
    driven.session.tick()
    assert driven.session.state is State.PREPARING
    driven.session.play()  # waits for the new network
    gate.open()
    driven.until(lambda: driven.session.state is State.RUNNING)
    driven.at(5)
    assert driven.states == [State.RUNNING, State.PREPARING, State.IDLE, State.RUNNING]


def test_the_end_of_the_old_run_is_not_taken_for_the_new(driven: Driven, gate: Gate) -> None:
    driven.session.play()
    notes = driven.session._worker.mailbox.notes
    driven.qtbot.waitUntil(lambda: Stopped(Stop.FINISHED) in notes, timeout=PATIENCE_MS)  # and nobody has ticked
    gate.shut()
    driven.session.reset()
    driven.session.tick()
    assert driven.session.state is State.PREPARING
    gate.open()
    driven.rest()
    driven.train(1)
    assert driven.measured == []


# Learning rate


def test_a_learning_rate_holds_from_the_next_batch_and_for_the_next_run(driven: Driven) -> None:
    driven.train(2)
    driven.session.set_learning_rate(0.4)
    driven.train(1)
    assert driven.shown.learning_rate == 0.4
    assert driven.session.settings.learning_rate == 0.4
    driven.session.reset()
    driven.rest()
    assert driven.shown.learning_rate == 0.4


def test_a_learning_rate_set_while_it_runs_arrives(driven: Driven) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(5)
    driven.session.set_learning_rate(0.01)
    driven.until(lambda: driven.tail.learning_rate == 0.01)
    assert driven.session.state is State.RUNNING


@pytest.mark.parametrize("rate", [-1.0, 0.0, float("nan"), 1e9])
def test_an_impossible_learning_rate_is_refused_and_the_old_one_stays(driven: Driven, rate: float) -> None:
    with pytest.raises(ValueError, match="The learning rate must be"):
        driven.session.set_learning_rate(rate)
    driven.train(1)
    assert driven.session.settings.learning_rate == driven.shown.learning_rate == 0.05


# What goes wrong


@pytest.fixture
def diverged(driven: Driven, settings: Settings) -> Driven:
    driven.train(3)
    driven.session.reset(replace(settings, activation="identity", optimizer="sgd", learning_rate=100.0, epochs=50))
    driven.rest()
    driven.stops.clear()
    driven.session.play()
    driven.rest()
    return driven


def test_a_diverging_run_fails_with_the_last_good_frame_shown(diverged: Driven) -> None:
    assert diverged.session.state is State.FAILED
    (stop,) = diverged.stops
    assert stop.reason is Stop.DIVERGED
    assert "diverged" in stop.message
    assert diverged.session.at_live
    assert diverged.shown is diverged.tail
    assert np.isfinite(diverged.shown.model.parameters).all()
    assert all(frame.step <= diverged.tail.step for frame in diverged.session.timeline.frames)


def test_after_a_divergence_one_can_look_back_and_step_on(diverged: Driven) -> None:
    diverged.session.go_to(0)
    assert diverged.shown.step == 0
    diverged.session.go_live()
    good = diverged.shown.step
    diverged.session.set_learning_rate(1e-5)
    diverged.session.step_batch()
    diverged.rest()
    assert diverged.session.state is State.PAUSED
    assert diverged.shown.step == diverged.session.history.steps == good + 1


def test_after_a_divergence_a_reset_with_a_smaller_rate_trains(diverged: Driven) -> None:
    diverged.session.reset(replace(diverged.session.settings, learning_rate=0.05, epochs=1))
    diverged.rest()
    diverged.session.play()
    diverged.rest()
    assert diverged.session.state is State.PAUSED
    assert diverged.shown.step == PER_EPOCH


@pytest.fixture
def unbuilt(driven: Driven, monkeypatch: pytest.MonkeyPatch) -> Driven:
    """A session whose new network could not be made."""

    def fail(*_: object, **__: object) -> Trainer:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(session_module, "Trainer", fail)
        driven.session.reset()
        driven.rest()
    return driven


def test_a_network_that_cannot_be_made_is_a_failure_with_a_sentence(unbuilt: Driven) -> None:
    assert unbuilt.session.state is State.FAILED
    assert unbuilt.stops[-1] == Stopped(Stop.FAILED, "There is not enough memory for this network.")


@pytest.mark.parametrize("command", ["play", "step_batch", "step_epoch"])
def test_after_that_no_command_hangs(unbuilt: Driven, command: str) -> None:
    getattr(unbuilt.session, command)()
    unbuilt.rest()
    assert unbuilt.session.state is State.FAILED


def test_after_that_a_reset_helps(unbuilt: Driven) -> None:
    unbuilt.session.reset()
    unbuilt.rest()
    unbuilt.train(2)
    assert unbuilt.shown.step == 2


# A guest


def test_a_guest_is_shown_in_place_of_the_run(finished: Driven, guest: Model) -> None:
    finished.session.show_guest(guest, ("p", "q", "r"))
    assert finished.session.guest
    assert finished.shown.model is guest
    assert finished.session.class_names == ("p", "q", "r")
    assert not finished.session.at_live
    assert not finished.session.can_go_back
    assert finished.tail.step == 90


def test_a_guest_before_there_are_data_stays_when_they_come(empty: Driven, guest: Model, dataset: Dataset) -> None:
    empty.session.show_guest(guest, ("p", "q", "r"))
    empty.session.set_dataset(dataset)
    empty.rest()
    assert empty.shown.model is guest


def test_a_guest_pauses_a_running_training(driven: Driven, guest: Model) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(5)
    driven.session.show_guest(guest, ("p", "q", "r"))
    driven.rest()
    assert driven.session.state is State.PAUSED
    assert driven.shown.model is guest


def test_while_a_guest_is_shown_the_run_draws_nothing(driven: Driven, guest: Model) -> None:
    driven.session.set_epochs(10_000)
    driven.session.play()
    driven.at(5)
    driven.session.show_guest(guest, ("p", "q", "r"))
    drawn: list[bool] = []

    def note() -> None:
        drawn.append(True)

    driven.session.shown_changed.connect(note)
    driven.rest()
    assert drawn == []


@pytest.mark.parametrize(
    ("leave", "step"),
    [
        (Session.leave_guest, 3),
        (Session.go_live, 3),
        (Session.step_batch, 3),  # shows the run again, and trains nothing yet
        (Session.step_epoch, 3),
        (lambda session: session.go_to(1), 1),
        (Session.reset, 0),
        (Session.play, 90),
    ],
    ids=["leave", "go live", "step", "step an epoch", "go to", "reset", "play"],
)
def test_a_guest_goes_when_something_is_done_with_the_run(
    driven: Driven, guest: Model, leave: Callable[[Session], None], step: int
) -> None:
    driven.train(3)
    driven.session.show_guest(guest, ("p", "q", "r"))
    leave(driven.session)
    driven.rest()
    assert not driven.session.guest
    assert driven.shown.step == step
    assert driven.session.class_names == ("a", "b", "c")


def test_a_guest_can_be_trained_further(driven: Driven, guest: Model, settings: Settings) -> None:
    driven.session.show_guest(guest, ("p", "q", "r"))
    own = replace(settings, hidden=(5,), activation="tanh")
    driven.session.reset(own, first_weights=guest)
    driven.rest()
    assert driven.shown.model.parameters.tobytes() == guest.parameters.tobytes()
    driven.train(2)
    driven.session.reset()  # the same first weights are those of the guest
    driven.rest()
    assert driven.shown.model.parameters.tobytes() == guest.parameters.tobytes()
    driven.session.reset_new()
    driven.rest()
    assert driven.shown.model.parameters.tobytes() != guest.parameters.tobytes()


def test_first_weights_of_another_shape_are_forgotten_with_other_settings(
    driven: Driven, guest: Model, settings: Settings, undisturbed: dict[int, Bits]
) -> None:
    driven.session.reset(replace(settings, hidden=(5,), activation="tanh"), first_weights=guest)
    driven.rest()
    driven.session.reset(settings)
    driven.rest()
    assert bits(driven.shown) == undisturbed[0]


# Signals


def test_a_tick_with_nothing_new_says_nothing(finished: Driven) -> None:
    session = finished.session
    said: list[str] = []

    def note() -> None:
        said.append("something")

    for signal in (session.state_changed, session.run_changed, session.shown_changed, session.recorded_changed,
                   session.metrics_changed):  # fmt: skip
        signal.connect(note)
    session.tick()
    assert said == []


def test_a_batch_says_once_that_frame_timeline_and_metrics_have_changed(driven: Driven) -> None:
    said: list[str] = []

    def note_shown() -> None:
        said.append("shown")

    def note_recorded() -> None:
        said.append("recorded")

    def note_metrics() -> None:
        said.append("metrics")

    driven.session.shown_changed.connect(note_shown)
    driven.session.recorded_changed.connect(note_recorded)
    driven.session.metrics_changed.connect(note_metrics)
    notes = driven.session._worker.mailbox.notes
    driven.session.step_batch()
    before = list(said)
    driven.qtbot.waitUntil(lambda: Stopped(Stop.STEPPED) in notes, timeout=PATIENCE_MS)
    driven.session.tick()
    assert sorted(said[len(before) :]) == ["metrics", "recorded", "shown"]


def test_frames_arrive_in_order(driven: Driven) -> None:
    seen: list[int] = []

    def note() -> None:
        seen.append(driven.shown.step)

    driven.session.shown_changed.connect(note)
    driven.session.play()
    driven.rest()
    assert seen[-1] == 90
    assert all(before <= after for before, after in pairwise(seen))


# Closing


@pytest.mark.parametrize("state", [State.PREPARING, State.IDLE, State.RUNNING, State.STEPPING, State.PAUSED])
def test_it_closes_in_every_state(qtbot: QtBot, settings: Settings, dataset: Dataset, state: State) -> None:
    driven = Driven(Session(settings), qtbot)
    session = driven.session
    if state is not State.PREPARING:
        session.set_dataset(dataset)
        driven.rest()
    if state is State.PAUSED:
        driven.train(2)
    if state in BUSY:
        session.set_epochs(10_000)
        session.set_speed(0.001)
    if state is State.RUNNING:
        session.play()
    if state is State.STEPPING:
        session.step_epoch()
    assert session.state is state
    assert session.close()
