"""The tree of runs, and the bytes that their frames share."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.progress import EpochEnd, TrainerState
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.timeline import Timeline

PER_EPOCH = 100
PICTURE, FRAME = 400, 1200  # bytes of the parameters, and with what the optimizer remembers


def frame(step: int) -> Frame:
    numbers = np.full(100, step, np.float32)
    state = TrainerState(
        step // PER_EPOCH, step % PER_EPOCH, numbers, numbers[:0], np.ones(200, np.float32), "adam", 0, 0, 0
    )
    return Frame(Model((9, 10), "relu", True, numbers), step, step / PER_EPOCH, 0.1, state)


def run(number: int, *steps: int, **values: Any) -> Run:
    config = RunConfig(1, PER_EPOCH, (9, 10), ((0, Settings()),))
    made = Run(number, f"Run {number}", 0, "mnist", (), None, config, 10, Timeline(), History(EpochGrid(PER_EPOCH, 1)))
    for step in steps:
        made.timeline.add(frame(step))
    for name, value in values.items():
        setattr(made, name, value)
    return made


def steps(one: Run) -> list[int]:
    return [each.step for each in one.timeline.frames]


def ended(epoch: int, loss: float) -> EpochEnd:
    return EpochEnd(PER_EPOCH * (epoch + 1), epoch, 0.1, 0.9, loss, 0.9, 0.1, 1.0, 1.0)


# The tree


def test_runs_are_in_the_order_of_their_numbers() -> None:
    runs = Runs()
    assert (len(runs), runs.active, runs.next_number) == (0, None, 1)
    for number in (1, 3, 2):
        runs.add(run(number))
    assert [each.number for each in runs] == [1, 2, 3]
    assert runs.next_number == 4
    runs.activate(3)
    assert runs.active is runs.get(3)
    with pytest.raises(ValueError, match="a run 3 already"):
        runs.add(run(3))
    with pytest.raises(KeyError):
        runs.activate(9)


def test_the_next_color_is_the_one_used_least() -> None:
    runs = Runs()
    for number, color in enumerate((0, 1, 3, 0), start=1):
        runs.add(run(number, color=color))
    assert runs.next_color(4) == 2
    assert runs.next_color(2) == 0


def test_the_branches_of_a_removed_run_left_its_parent() -> None:
    runs = Runs()
    runs.add(run(1))
    runs.add(run(2, parent=1, root_step=50))
    runs.add(run(3, parent=2, root_step=80))
    runs.add(run(4, parent=2, root_step=20))
    runs.activate(1)
    removed = runs.remove(2)
    assert removed.run.number == 2
    tree = [(each.number, each.parent, each.root_step) for each in runs]
    assert tree == [(1, None, 0), (3, 1, 50), (4, 1, 20)]
    runs.put_back(removed)
    tree = [(each.number, each.parent, each.root_step) for each in runs]
    assert tree == [(1, None, 0), (2, 1, 50), (3, 2, 80), (4, 2, 20)]
    runs.remove(2)
    runs.activate(3)
    runs.remove(1)
    assert [(each.parent, each.root_step) for each in runs] == [(None, 0), (None, 0)]
    with pytest.raises(ValueError, match="the active run"):
        runs.remove(3)


# The budget


def test_frames_that_runs_share_count_once() -> None:
    runs = Runs()
    first = run(1, 0, 100, 200)
    runs.add(first)
    runs.add(run(2, timeline=first.timeline.until(first.timeline.frames[1])))
    assert runs.nbytes == runs.memory == 3 * FRAME


def test_frames_between_epochs_go_first_then_each_second_epoch() -> None:
    one = run(1, *range(0, 901, 25))
    runs = Runs(10 * FRAME)
    runs.add(one)
    runs.keep_to_budget()
    assert [step for step in steps(one) if step >= 100 and step % 100] == []
    runs.budget = 6 * FRAME
    runs.keep_to_budget()
    assert {0, 800, 900} <= set(steps(one))
    assert not {100, 300} & set(steps(one))
    assert runs.nbytes <= runs.budget


def test_before_a_picture_goes_it_loses_what_only_training_needs() -> None:
    one = run(1, *range(0, 1001, 100))
    runs = Runs(11 * FRAME - 1)
    runs.add(one)
    runs.keep_to_budget()
    assert len(one.timeline) == 11
    (light,) = [each for each in one.timeline.frames if each.state is None]
    assert (light.step, light.nbytes) == (100, PICTURE)
    assert light.model.parameters[0] == 100


def test_what_is_worth_most_stays_whatever_happens() -> None:
    one = run(1, *range(0, 1001, 100), pins={300})
    one.history.epochs = [ended(epoch, abs(epoch - 4) + 1.0) for epoch in range(10)]  # the best after epoch 5
    branch = run(2, parent=1, root_step=700, timeline=one.timeline.until(one.timeline.frames[7]))
    runs = Runs(1)
    runs.add(one)
    runs.add(branch)
    runs.keep_to_budget()
    assert steps(one) == [0, 300, 500, 700, 1000]
    assert steps(branch) == [0, 300, 500, 700]
    assert all(each.state is not None for each in one.timeline.frames)


def test_the_frame_that_is_shown_stays_while_it_is_shown() -> None:
    one = run(1, *range(0, 1001, 100))
    one.timeline.go_to(3)
    runs = Runs(1)
    runs.add(one)
    runs.keep_to_budget()
    assert steps(one) == [0, 300, 1000]
    one.timeline.go_live()
    runs.keep_to_budget()
    assert steps(one) == [0, 1000]


@given(count=st.integers(2, 120), budget=st.integers(3, 40), pins=st.sets(st.integers(0, 12_000), max_size=3))
def test_whatever_comes_the_budget_is_kept_and_what_is_left_is_even(count: int, budget: int, pins: set[int]) -> None:
    one = run(1, pins=pins)
    runs = Runs(budget * FRAME)
    runs.add(one)
    for epoch in range(count):
        one.timeline.add(frame(PER_EPOCH * epoch))
        runs.keep_to_budget()
        protected = len({id(each) for each in runs.protected().values()})
        assert runs.nbytes <= max(runs.budget, protected * FRAME)
    assert one.timeline.first is not None
    assert one.timeline.last is not None
    assert (one.timeline.first.step, one.timeline.last.step) == (0, PER_EPOCH * (count - 1))
    kept = [each.step for each in one.timeline.frames if each.state is not None]
    gaps = np.diff(kept[:-1])
    if len(gaps) > 2 and not pins:
        assert gaps.max() <= 4 * gaps.min()
