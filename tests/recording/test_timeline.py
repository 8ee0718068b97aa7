"""The recorded frames in order, and the cursor among them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.timeline import Timeline


def frame(step: int) -> Frame:
    """A frame of six parameters, which hold the step."""
    return Frame(Model((2, 2), "relu", True, np.full(6, step, np.float32)), step, step / 10)


def steps(timeline: Timeline) -> list[int]:
    return [each.step for each in timeline.frames]


@pytest.fixture
def timeline() -> Timeline:
    """Frames of the steps 0, 10, ... 50."""
    result = Timeline()
    for step in range(0, 60, 10):
        result.add(frame(step))
    return result


def test_an_empty_timeline_shows_nothing() -> None:
    empty = Timeline()
    assert (len(empty), empty.shown, empty.tail, empty.index, empty.live) == (0, None, None, -1, True)
    assert (empty.find(0), empty.before(10)) == (None, None)
    empty.go_to(3)
    assert empty.live


def test_live_follows_a_state_that_is_not_recorded(timeline: Timeline) -> None:
    passing = frame(57)
    timeline.follow(passing)
    assert timeline.shown is timeline.tail is passing
    assert steps(timeline) == [0, 10, 20, 30, 40, 50]
    assert timeline.index == 5


def test_a_cursor_out_of_range_goes_to_the_nearest_end(timeline: Timeline) -> None:
    for index, step in ((-5, 0), (0, 0), (3, 30), (5, 50), (99, 50)):
        timeline.go_to(index)
        assert timeline.shown is not None
        assert timeline.shown.step == step


def test_the_cursor_can_be_on_a_frame_that_is_not_recorded(timeline: Timeline) -> None:
    between = frame(33)
    timeline.show(between)
    assert timeline.shown is between
    assert timeline.index == 3
    assert not timeline.live


def test_before_gives_the_last_frame_up_to_a_step(timeline: Timeline) -> None:
    for step, expected in ((0, 0), (9, 0), (10, 10), (34, 30), (999, 50)):
        found = timeline.before(step)
        assert found is not None
        assert found.step == expected


def test_frames_are_sorted_whatever_their_order_of_arrival_and_one_of_the_same_step_is_replaced(
    timeline: Timeline,
) -> None:
    again = frame(30)
    timeline.add(again)
    assert timeline.find(30) is again
    assert len(timeline) == 6
    other = Timeline()
    for step in (5, 1, 9, 3):
        other.add(frame(step))
    assert steps(other) == [1, 3, 5, 9]
    assert other.tail is not None
    assert other.tail.step == 9


@pytest.mark.parametrize("step", [30, 33])
def test_a_rewind_forgets_what_came_after_and_is_live_from_there(timeline: Timeline, step: int) -> None:
    timeline.go_to(5)
    good = frame(step)
    timeline.rewind(good)
    assert steps(timeline) == ([0, 10, 20, 30] if step == 30 else [0, 10, 20, 30, 33])
    assert timeline.live
    assert timeline.shown is timeline.tail is good
    timeline.follow(frame(step + 1))
    assert timeline.tail.step == step + 1


def test_a_shown_frame_stays_shown_when_it_is_removed(timeline: Timeline) -> None:
    timeline.go_to(3)
    shown = timeline.frames[3]
    timeline.remove(shown)
    assert steps(timeline) == [0, 10, 20, 40, 50]
    assert timeline.shown is shown
    assert timeline.index == 2  # the recorded one before it


def test_only_the_very_frame_is_removed_or_replaced(timeline: Timeline) -> None:
    timeline.remove(frame(30))
    timeline.replace(frame(50), frame(50))
    assert steps(timeline) == [0, 10, 20, 30, 40, 50]
    old, new = timeline.frames[-1], frame(50)
    timeline.replace(old, new)
    assert timeline.shown is timeline.tail is new


def test_an_inserted_frame_of_the_past_changes_neither_the_newest_nor_the_cursor(timeline: Timeline) -> None:
    newest = timeline.tail
    timeline.insert(frame(33))
    assert steps(timeline) == [0, 10, 20, 30, 33, 40, 50]
    assert timeline.shown is timeline.tail is newest


def test_a_timeline_until_a_frame_shares_the_frames_before_it(timeline: Timeline) -> None:
    here = frame(30)
    other = timeline.until(here)
    assert steps(other) == [0, 10, 20, 30]
    assert other.frames[:3] == timeline.frames[:3]
    assert other.tail is here
    assert other.live
    assert steps(timeline.until(frame(25))) == [0, 10, 20, 25]
    assert len(timeline) == 6


def test_a_keyframe_is_one_that_training_can_go_on_from(timeline: Timeline) -> None:
    assert timeline.keyframe(50) is None
    key = frame(20)
    key.resumable = True
    timeline.add(key)
    assert timeline.keyframe(19) is None
    assert timeline.keyframe(20) is timeline.keyframe(999) is key


class TimelineMachine(RuleBasedStateMachine):
    """Anything in any order: what is shown is what a plain reading of the rules says."""

    def __init__(self) -> None:
        super().__init__()
        self.timeline = Timeline()
        self.newest: int | None = None
        self.cursor: int | None = None
        self.step = 0

    @rule(ahead=st.integers(1, 5))
    def train_and_record(self, ahead: int) -> None:
        self.step += ahead
        self.timeline.add(frame(self.step))
        self.newest = self.step

    @rule(ahead=st.integers(1, 5))
    def train_and_pass_by(self, ahead: int) -> None:
        self.step += ahead
        self.timeline.follow(frame(self.step))
        self.newest = self.step

    @precondition(lambda self: len(self.timeline) > 0)
    @rule(data=st.data())
    def move_the_cursor(self, data: Any) -> None:
        index = data.draw(st.integers(0, len(self.timeline) - 1))
        self.timeline.go_to(index)
        self.cursor = self.timeline.frames[index].step

    @rule()
    def return_to_live(self) -> None:
        self.timeline.go_live()
        self.cursor = None

    @invariant()
    def shows_the_cursor_or_the_newest(self) -> None:
        expected = self.newest if self.cursor is None else self.cursor
        shown = self.timeline.shown
        assert (shown.step if shown is not None else None) == expected
        assert self.timeline.live == (self.cursor is None)
        if shown is not None and len(self.timeline) and self.timeline.index >= 0:
            assert self.timeline.frames[self.timeline.index].step <= shown.step


TestTimelineMachine = TimelineMachine.TestCase
TestTimelineMachine.settings = settings(stateful_step_count=30)
