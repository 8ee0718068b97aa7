"""A new run in the session: the same again, another one, and what of it can change while it goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.trainers import new_trainer
from mnist_viz.session import session as session_module
from mnist_viz.session.work import State
from mnist_viz.session.worker import Stop, Stopped

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Driven, Gate


@pytest.fixture
def gate(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The gate before every network of the session."""
    monkeypatch.setattr(session_module, "new_trainer", gate.through(new_trainer))
    return gate


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
    assert finished.session.run.tested is None
    assert finished.bits(finished.shown) == undisturbed[0]
    finished.train(5)
    assert finished.bits(finished.shown) == undisturbed[5]


def test_reset_new_brings_other_weights_and_another_order(
    driven: Driven, undisturbed: dict[int, Bits], dataset: Dataset
) -> None:
    losses = []
    first = {driven.bits(driven.shown)}
    for _ in range(3):
        driven.session.reset_new()
        driven.rest()
        first.add(driven.bits(driven.shown))
        driven.train(1)
        losses.append(float(driven.session.history.training()[0].y[0]))
    assert len(first) == 4
    assert len(set(losses)) == 3
    driven.session.reset()  # and from now on these are the same first weights
    driven.rest()
    assert driven.bits(driven.shown) in first - {undisturbed[0]}


def test_impossible_settings_are_refused_and_the_run_stays(finished: Driven, settings: Settings) -> None:
    with pytest.raises(ValueError, match="A hidden layer needs"):
        finished.session.reset(replace(settings, hidden=(0,)))
    assert finished.session.state is State.PAUSED
    assert finished.session.settings.hidden == (8,)
    assert finished.shown.step == 90


def test_what_the_old_run_still_says_does_not_end_the_preparing_of_the_new(driven: Driven, gate: Gate) -> None:
    driven.play_to(20)
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
    driven.qtbot.waitUntil(lambda: Stopped(Stop.FINISHED) in notes)  # and nobody has ticked
    gate.shut()
    driven.session.reset()
    driven.session.tick()
    assert driven.session.state is State.PREPARING
    gate.open()
    driven.rest()
    driven.train(1)
    assert driven.measured == []


# Learning rate


def test_a_learning_rate_holds_from_the_next_batch_and_for_the_next_run_and_arrives_while_it_runs(
    driven: Driven,
) -> None:
    driven.train(2)
    driven.session.change(replace(driven.session.settings, learning_rate=0.4))
    driven.train(1)
    assert driven.shown.learning_rate == 0.4
    assert driven.session.settings.learning_rate == 0.4
    driven.reset()
    assert driven.shown.learning_rate == 0.4

    driven.play_to(5)
    driven.session.change(replace(driven.session.settings, learning_rate=0.01))
    driven.until(lambda: driven.tail.learning_rate == 0.01)
    assert driven.session.state is State.RUNNING


@pytest.mark.parametrize("rate", [-1.0, 0.0, float("nan"), 1e9])
def test_an_impossible_learning_rate_is_refused_and_the_old_one_stays(driven: Driven, rate: float) -> None:
    with pytest.raises(ValueError, match="The learning rate must be"):
        driven.session.change(replace(driven.session.settings, learning_rate=rate))
    driven.train(1)
    assert driven.session.settings.learning_rate == driven.shown.learning_rate == 0.05
