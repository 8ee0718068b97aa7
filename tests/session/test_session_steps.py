"""Stepping through training in both directions, and the cursor that says what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mnist_viz.session.work import RESTING, State

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Driven

PATIENCE_MS = 60_000

# Forwards


def test_steps_train_the_very_next_batch_or_to_the_end_of_the_epoch(
    driven: Driven, undisturbed: dict[int, Bits]
) -> None:
    for step in range(1, 6):
        driven.session.step_batch()
        assert driven.state() is State.STEPPING
        driven.rest()
        assert driven.state() is State.PAUSED
        assert driven.shown.step == step
        assert driven.bits(driven.shown) == undisturbed[step]
    assert driven.session.history.steps == 5

    for end in (30, 60):
        driven.session.step_epoch()
        driven.rest()
        assert driven.shown.step == end
        assert driven.bits(driven.shown) == undisturbed[end]
    assert [epoch.epoch for epoch in driven.session.history.epochs] == [0, 1]


def test_presses_during_a_step_do_not_pile_up_and_steps_while_it_runs_change_nothing(driven: Driven) -> None:
    for _ in range(5):
        driven.session.step_batch()  # the first is under way
    driven.rest()
    assert driven.tail.step == 1

    driven.play_to(5)
    driven.session.step_batch()
    driven.session.step_epoch()
    driven.at(driven.session.history.steps + 5)
    assert driven.session.state is State.RUNNING
    assert driven.session.at_live


# Backwards


def test_back_a_batch_is_exact_at_every_step(finished: Driven, undisturbed: dict[int, Bits]) -> None:
    for step in range(89, 50, -1):
        finished.session.back_batch()
        finished.until(lambda step=step: finished.session.state in RESTING and finished.shown.step == step)  # type: ignore[misc]
        assert finished.bits(finished.shown) == undisturbed[step]
    assert not finished.session.at_live
    assert finished.tail.step == 90


def test_near_moments_back_are_worked_out_while_it_rests_and_are_there_at_once(
    finished: Driven, undisturbed: dict[int, Bits]
) -> None:
    states = []
    finished.session.state_changed.connect(lambda: states.append(finished.session.state))
    for step in range(89, 50, -1):
        finished.until(lambda step=step: finished.session._known(step) is not None)  # type: ignore[misc]
        finished.session.back_batch()
        assert finished.shown.step == step
        assert finished.bits(finished.shown) == undisturbed[step]
    assert set(states) == {State.PAUSED}


def test_back_an_epoch_goes_to_the_end_of_the_one_before_and_counts_no_metrics_again(
    finished: Driven, undisturbed: dict[int, Bits]
) -> None:
    before = [series.y.tolist() for series in finished.session.history.training()]
    finished.session.back_batch()
    finished.rest()
    seen = []
    while finished.session.can_go_back:
        finished.session.back_epoch()
        finished.rest()
        seen.append(finished.shown.step)
        assert finished.bits(finished.shown) == undisturbed[finished.shown.step]
    assert seen == [60, 30, 0]

    assert [series.y.tolist() for series in finished.session.history.training()] == before
    # At the first weights there is no way back.
    finished.session.back_batch()
    finished.session.back_epoch()
    finished.session.tick()
    assert (finished.session.state, finished.shown.step) == (State.PAUSED, 0)


def test_a_step_forwards_in_the_past_replays_and_at_the_last_frame_trains(
    finished: Driven, undisturbed: dict[int, Bits]
) -> None:
    finished.session.go_to(8)
    assert finished.shown.step == 21
    for step in range(22, 36):
        finished.session.step_batch()
        finished.rest()
        assert finished.shown.step == step
        assert finished.bits(finished.shown) == undisturbed[step]
    finished.session.step_epoch()
    finished.rest()
    assert finished.shown.step == 60
    assert finished.tail.step == finished.session.history.steps == 90

    finished.session.go_to(len(finished.session.timeline) - 1)
    finished.session.step_batch()
    finished.rest()
    assert finished.shown.step == 91


def test_back_while_it_runs_pauses_first(driven: Driven) -> None:
    driven.play_to(70)
    before = driven.shown.step
    driven.session.back_batch()
    driven.until(lambda: driven.session.state in RESTING and not driven.session.at_live)
    assert driven.session.state is State.PAUSED
    assert driven.shown.step == before - 1


# The cursor


def test_the_cursor_stays_in_the_past_while_training_goes_on(driven: Driven) -> None:
    driven.play_to(10)
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
    assert driven.bits(driven.shown) == undisturbed[90]


@pytest.mark.parametrize(
    ("epoch", "step"), [(-1.0, 0), (0.0, 0), (0.31, 9), (0.9, 30), (1.45, 45), (1.55, 45), (1.9, 55), (99.0, 90)]
)
def test_an_epoch_asked_for_is_the_recorded_frame_nearest_to_it(finished: Driven, epoch: float, step: int) -> None:
    finished.session.go_to_epoch(epoch)
    assert finished.shown.step == step
