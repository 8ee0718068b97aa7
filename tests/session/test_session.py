"""The session: what it shows before there are data, playing and pausing, its signals, and its end."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.data.datasets import Dataset
from mnist_viz.session.work import BUSY, State
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.session.worker import Tested as Measured  # pytest would take its own name for a test

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Driven

PATIENCE_MS = 60_000
PER_EPOCH = 30

# Before there are data


def test_without_data_it_prepares_shows_nothing_and_every_command_is_harmless(empty: Driven) -> None:
    session = empty.session
    assert (session.state, session.shown, session.class_names) == (State.PREPARING, None, ())
    assert not session.can_go_back
    assert not session.has_trained
    for command in (
        session.pause, session.step_batch, session.step_epoch, session.back_batch, session.back_epoch,
        session.go_live, session.reset, session.reset_new, session.expect_dataset,
    ):  # fmt: skip
        command()
        session.tick()
    session.go_to(3)
    session.go_to_epoch(1.5)
    session.change(replace(session.settings, learning_rate=0.2))
    session.change(replace(session.settings, epochs=4))
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
    assert empty.bits(empty.shown) == undisturbed[0]
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


def test_play_trains_to_the_last_epoch_shows_frames_in_order_and_tests_the_network(
    driven: Driven, undisturbed: dict[int, Bits], dataset: Dataset
) -> None:
    seen: list[int] = []
    driven.session.shown_changed.connect(lambda: seen.append(driven.shown.step))
    driven.session.play()
    assert driven.session.state is State.RUNNING
    driven.rest()
    assert driven.states == [State.RUNNING, State.PAUSED]
    assert driven.stops == [Stopped(Stop.FINISHED)]
    assert [epoch.epoch for epoch in driven.session.history.epochs] == [0, 1, 2]
    assert driven.session.history.steps == 90
    assert seen[-1] == 90
    assert all(before <= after for before, after in pairwise(seen))
    assert {f.step: driven.bits(f) for f in driven.session.timeline.frames} == {
        step: undisturbed[step] for step in (0, 1, 2, 3, 4, 6, 9, 14, 21, *range(30, 91, 5))
    }

    driven.until(lambda: bool(driven.measured))
    expected = driven.shown.model.network().evaluate(dataset.test.images, dataset.test.labels)
    assert driven.measured == [Measured(90, *expected)]
    assert driven.session.run.tested == (driven.measured[0].step, driven.measured[0].loss, driven.measured[0].accuracy)


def test_a_pause_stops_and_play_goes_on_as_if_nothing_had_been(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.session.change(replace(driven.session.settings, epochs=10_000))
    for _ in range(4):
        driven.session.play()
        driven.at(driven.session.history.steps + 3)
        driven.pause()
        assert driven.session.state is State.PAUSED
        assert driven.shown.step == driven.session.history.steps == driven.tail.step
    driven.session.change(replace(driven.session.settings, epochs=driven.tail.step // PER_EPOCH + 1))
    driven.session.play()
    driven.rest()
    frames = {frame.step: driven.bits(frame) for frame in driven.session.timeline.frames}
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
    driven.session.change(replace(driven.session.settings, epochs=10_000))
    driven.session.play()
    driven.until(lambda: driven.session.samples_per_second is not None)
    assert driven.session.samples_per_second is not None
    assert driven.session.samples_per_second > 0
    driven.pause()
    assert driven.session.samples_per_second is None


def test_play_after_the_last_epoch_trains_on(finished: Driven) -> None:
    finished.session.play()
    finished.rest()
    assert finished.session.epochs == 6
    assert finished.session.settings.epochs == 3  # what a reset starts with
    assert finished.shown.step == 180
    assert [epoch.epoch for epoch in finished.session.history.epochs] == [0, 1, 2, 3, 4, 5]


def test_epochs_may_be_added_and_taken_away_while_it_runs(driven: Driven) -> None:
    driven.play_to(40)
    driven.session.change(replace(driven.session.settings, epochs=1))
    driven.rest()
    assert driven.stops == [Stopped(Stop.FINISHED)]
    assert driven.tail.step % PER_EPOCH == 0
    assert driven.session.settings.epochs == 1


# Signals


def test_a_moment_of_the_past_stays_shown_without_a_word_while_others_are_recorded(driven: Driven) -> None:
    said: list[str] = []

    def note() -> None:
        said.append("shown")

    session = driven.session
    session.change(replace(session.settings, epochs=10_000))
    session.play()
    driven.until(lambda: len(session.timeline) > 3)
    session.go_to(1)
    session.shown_changed.connect(note)
    recorded = len(session.timeline)
    driven.until(lambda: len(session.timeline) > recorded + 3)
    assert said == []


# Closing


@pytest.mark.parametrize("state", [State.PREPARING, State.IDLE, State.RUNNING, State.STEPPING, State.PAUSED])
def test_it_closes_in_every_state(empty: Driven, dataset: Dataset, state: State) -> None:
    session = empty.session
    if state is not State.PREPARING:
        session.set_dataset(dataset)
        empty.rest()
    if state is State.PAUSED:
        empty.train(2)
    if state in BUSY:
        session.change(replace(session.settings, epochs=10_000))
        session.set_speed(0.001)
    if state is State.RUNNING:
        session.play()
    if state is State.STEPPING:
        session.step_epoch()
    assert session.state is state
    assert session.close()
