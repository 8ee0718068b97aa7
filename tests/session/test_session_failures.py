"""What goes wrong in a run ends in a state with a sentence, and the session goes on."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.history import History
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import open_session, save_session
from mnist_viz.session import session as session_module
from mnist_viz.session.work import RESTING, State
from mnist_viz.session.worker import Stop, Stopped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.session.conftest import Bits, Driven

PER_EPOCH = 30


@pytest.fixture
def diverged(driven: Driven, settings: Settings) -> Driven:
    driven.train(3)
    driven.reset(replace(settings, activation="identity", optimizer="sgd", learning_rate=100.0, epochs=50))
    driven.stops.clear()
    driven.session.play()
    driven.rest()
    return driven


def test_a_diverging_run_fails_with_the_last_good_frame_shown_and_one_can_look_back_and_step_on(
    diverged: Driven,
) -> None:
    assert diverged.state() is State.FAILED
    (stop,) = diverged.stops
    assert stop.reason is Stop.DIVERGED
    assert "diverged" in stop.message
    assert diverged.session.at_live
    assert diverged.shown is diverged.tail
    assert np.isfinite(diverged.shown.model.parameters).all()
    assert all(frame.step <= diverged.tail.step for frame in diverged.session.timeline.frames)

    diverged.session.go_to(0)
    assert diverged.shown.step == 0
    diverged.session.go_live()
    good = diverged.shown.step
    diverged.session.change(replace(diverged.session.settings, learning_rate=1e-5))
    diverged.session.step_batch()
    diverged.rest()
    assert diverged.state() is State.PAUSED
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
        patch.setattr(session_module, "new_trainer", fail)
        driven.reset()
    return driven


def test_a_network_that_cannot_be_made_is_a_failure_with_a_sentence_and_a_reset_helps(unbuilt: Driven) -> None:
    assert unbuilt.session.state is State.FAILED
    assert unbuilt.stops[-1] == Stopped(Stop.FAILED, "There is not enough memory for this network.")

    unbuilt.reset()
    unbuilt.train(2)
    assert unbuilt.shown.step == 2


@pytest.mark.parametrize(("command", "step"), [("play", 90), ("step_batch", 1), ("step_epoch", 30)])
def test_after_that_the_run_before_can_be_trained(
    unbuilt: Driven, command: str, step: int, undisturbed: dict[int, Bits]
) -> None:
    getattr(unbuilt.session, command)()
    unbuilt.at(step)
    unbuilt.rest()
    assert unbuilt.session.state is State.PAUSED
    assert unbuilt.bits(unbuilt.shown) == undisturbed[step]


def test_what_raises_in_a_turn_loses_nothing_else(driven: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the note lost that says that the worker rests, the session would wait for ever."""
    session = driven.session
    real = History.add_epoch
    raised: list[EpochEnd] = []

    def fail_once(history: History, epoch: EpochEnd) -> None:
        if not raised:
            raised.append(epoch)
            raise MemoryError("an epoch")
        real(history, epoch)

    monkeypatch.setattr(History, "add_epoch", fail_once)
    session.run_until(epochs=2)
    errors = []
    while session.state not in RESTING:
        try:
            session.tick()
        except MemoryError as error:
            errors.append(error)
    assert len(errors) == 1
    assert session.history.steps == 2 * PER_EPOCH
    assert [epoch.epoch for epoch in session.history.epochs] == [1]


def test_metrics_that_were_lost_do_not_keep_the_rest_from_being_saved(
    driven: Driven, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = driven.session
    driven.train(3)
    real = History.add_batches
    raised: list[str] = []

    def fail_once(history: History, batches: list[BatchEnd]) -> None:
        if not raised:
            raised.append("once")
            raise MemoryError("metrics")
        real(history, batches)

    monkeypatch.setattr(History, "add_batches", fail_once)
    for _ in range(4):
        session.step_batch()
        while session.state not in RESTING:
            with contextlib.suppress(MemoryError):
                session.tick()
    path = tmp_path / "lesson.mnistviz"
    save_session(path, SessionContents(session.snapshot()))
    (run,) = open_session(path).runs
    assert raised
    assert run.steps == 7
    assert run.timeline.last is not None
    assert run.timeline.last.step == 7
