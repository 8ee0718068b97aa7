"""The metrics of a run: nothing is thinned out, going back forgets, and all of it can be kept."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.recording.history import BATCH_COLUMNS, EPOCH_COLUMNS, MOST, History
from mnist_viz.recording.metrics_csv import batch_rows, epoch_rows, table
from mnist_viz.recording.smoothing import AXES, Axis, Smoothing


def batches(first: int, last: int, per_epoch: int = 10, offset: float = 0.0) -> list[BatchEnd]:
    """The ends of the steps `first` to `last`: the loss is the step, the accuracy a thousandth of it."""
    return [
        BatchEnd(
            step,
            (step - 1) // per_epoch,
            (step - 1) % per_epoch,
            step + offset,
            step / 1000,
            0.01 * ((step - 1) % per_epoch + 1),
        )
        for step in range(first, last + 1)
    ]


def epoch(number: int, per_epoch: int = 10, val_loss: float = 0.5) -> EpochEnd:
    return EpochEnd((number + 1) * per_epoch, number, 1.0, 0.25, val_loss, 0.75, 0.1, 2.0, 100.0)


def filled(epochs: int, per_epoch: int = 10) -> History:
    history = History(EpochGrid(per_epoch, 1))
    for number in range(epochs):
        history.add_batches(batches(number * per_epoch + 1, (number + 1) * per_epoch, per_epoch))
        history.add_epoch(epoch(number, per_epoch))
    return history


def filled_steps(count: int) -> History:
    """So many batches, and the epochs that have ended by then."""
    history = History(EpochGrid(10, 1))
    for number in range(count // 10):
        history.add_batches(batches(10 * number + 1, 10 * number + 10))
        history.add_epoch(epoch(number))
    history.add_batches(batches(count // 10 * 10 + 1, count))
    return history


def same(one: History, other: History) -> None:
    assert (one.steps, one.epochs) == (other.steps, other.epochs)
    np.testing.assert_array_equal(one.batches, other.batches)
    np.testing.assert_allclose(one.seconds, other.seconds)
    for a, b in zip(one.training("steps", Smoothing(5)), other.training("steps", Smoothing(5)), strict=True):
        assert (a.low is None) == (b.low is None)
        parts = ("x", "y") if a.low is None else ("x", "y", "low", "high")
        for part in parts:
            np.testing.assert_allclose(getattr(a, part), getattr(b, part), rtol=1e-9)


def test_an_empty_history_has_empty_curves_and_with_few_batches_each_is_a_point() -> None:
    empty = History(EpochGrid(834, 1))
    for series in (*empty.training(), *empty.validation()):
        assert len(series.x) == len(series.y) == 0
    assert (empty.steps, empty.recent(0), empty.last_epoch(0)) == (0, None, None)
    loss, accuracy = filled(3).training()
    assert loss.low is None
    np.testing.assert_allclose(loss.x, np.arange(1, 31) / 10)
    np.testing.assert_allclose(loss.y, np.arange(1, 31))
    np.testing.assert_allclose(accuracy.y, np.arange(1, 31) / 1000, rtol=1e-6)


def test_batches_that_come_again_replace_what_followed() -> None:
    history = filled(3)
    history.add_batches(batches(16, 18, offset=1000))
    assert history.steps == 18
    assert [each.epoch for each in history.epochs] == [0]
    loss, _ = history.training()
    np.testing.assert_allclose(loss.y, [*range(1, 16), 1016, 1017, 1018])
    history.add_batches(batches(19, 20))
    history.add_epoch(epoch(1, val_loss=9.0))
    assert [each.val_loss for each in history.epochs] == [0.5, 9.0]


def test_a_rewind_forgets_what_came_after() -> None:
    for step, left, epochs in ((99, 30, [0, 1, 2]), (20, 20, [0, 1]), (16, 16, [0]), (0, 0, [])):
        history = filled(3)
        history.rewind(step)
        assert history.steps == left
        assert [each.epoch for each in history.epochs] == epochs
        assert history.training()[0].y.tolist() == pytest.approx(list(range(1, left + 1)))
        assert len(history.validation()[0].x) == len(epochs)


def test_validation_is_a_point_at_the_end_of_each_epoch() -> None:
    loss, accuracy = filled(3).validation()
    assert loss.x.tolist() == accuracy.x.tolist() == [1, 2, 3]
    assert loss.y.tolist() == [0.5] * 3
    assert accuracy.y.tolist() == [0.75] * 3


def test_recent_is_the_mean_over_the_last_fiftieth_of_an_epoch() -> None:
    history = History(EpochGrid(400, 1))
    history.add_batches(batches(1, 100, 400))
    assert history.recent(100) == pytest.approx((96.5, 0.0965))  # 93..100
    assert history.recent(3) == pytest.approx((2.0, 0.002))  # 1..3, all there is
    assert history.recent(0) is None
    assert history.recent(5000) == history.recent(100)


def test_epoch_at_is_the_last_epoch_that_had_ended() -> None:
    for step, number in ((0, None), (9, None), (10, 0), (19, 0), (20, 1), (500, 2)):
        found = filled(3).last_epoch(step)
        assert (found.epoch if found is not None else None) == number


@pytest.mark.parametrize("loss", [math.inf, math.nan, 1e300])
def test_a_loss_that_is_no_number_or_too_great_spoils_nothing_around_it(loss: float) -> None:
    history = filled(1)
    history.add_batches([BatchEnd(11, 1, 0, loss, 0.0, 0.06)])
    history.add_batches(batches(12, 20))
    assert history.training()[0].y.tolist() == pytest.approx([*range(1, 11), MOST, *range(12, 21)])
    smoothed, _ = history.training("steps", Smoothing(3))
    assert smoothed.y[-1] == pytest.approx(19)


# Axes


def test_seconds_add_up_over_the_epochs() -> None:
    loss, _ = filled(3).training("seconds", Smoothing(1))
    np.testing.assert_allclose(loss.x, 0.01 * np.arange(1, 31), rtol=1e-5)
    np.testing.assert_allclose(filled(3).validation("seconds")[0].x, [0.1, 0.2, 0.3], rtol=1e-5)
    history = History(EpochGrid(1, 1))
    history.add_batches([BatchEnd(k + 1, k, 0, 1.0, 0.5, seconds) for k, seconds in enumerate((0.25, 0.5, 0.125))])
    assert history.seconds.tolist() == [0, 0.25, 0.75, 0.875]
    again = filled(2)
    again.add_batches([BatchEnd(16, 1, 5, 1.0, 0.5, 0.02), BatchEnd(17, 1, 6, 1.0, 0.5, 0.04)])
    assert again.seconds[15:].tolist() == pytest.approx([0.15, 0.15, 0.17])


def test_a_step_has_a_place_on_every_axis_and_the_place_is_that_epoch_or_the_newest() -> None:
    history = filled(3)
    places: dict[Axis, float] = {"epochs": 1.5, "steps": 15.0, "seconds": 0.15}
    for axis, place in places.items():
        assert history.x_of(15, axis) == pytest.approx(place)
        assert history.epoch_at(place + 1e-6, axis) == pytest.approx(1.5)
        if axis != "epochs":
            assert history.epoch_at(-1.0, axis) == 0
            assert history.epoch_at(1e6, axis) == 3
            assert History(EpochGrid(10, 1)).epoch_at(5.0, axis) == 0


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 9)), min_size=1, max_size=4), st.data())
def test_on_every_axis_the_places_ascend_and_lead_back_to_their_epoch(
    stretches: list[tuple[int, int]], data: st.DataObject
) -> None:
    grid, first = EpochGrid(24, 24), 0
    for epochs, size in stretches:  # batch sizes that change on the way
        grid = grid.changed(first, size)
        first += epochs
    history = History(grid)
    for number in range(grid.start(first)):
        place, batch = grid.at(number)
        history.add_batches([BatchEnd(number + 1, place, batch, 1.0, 0.5, 0.5 * (batch + 1))])
    step = data.draw(st.integers(0, history.steps))
    for axis in AXES:
        x = history.training(axis, Smoothing(1))[0].x
        assert (np.diff(x) > 0).all()
        assert history.epoch_at(history.x_of(step, axis), axis) == pytest.approx(grid.position(step))


# Copies


@given(st.integers(0, 60), st.integers(0, 70))
def test_a_copy_until_a_step_is_what_was_there_then_and_goes_on_by_itself(count: int, step: int) -> None:
    whole, then = filled_steps(count), filled_steps(min(step, count))
    copy = whole.copy_until(step, EpochGrid(10, 1))
    same(copy, then)
    copy.add_batches(batches(copy.steps + 1, copy.steps + 1500, offset=7.0))
    same(whole, filled_steps(count))


@given(st.integers(0, 3000))
def test_the_state_of_a_history_makes_it_again(count: int) -> None:
    history = filled_steps(count)
    again = History.from_state(history.state(), EpochGrid(10, 1))
    same(again, history)
    assert again.epochs == history.epochs
    more = batches(count + 1, count + 25)
    history.add_batches(more)
    again.add_batches(more)
    same(again, history)


def test_a_state_that_is_none_is_refused() -> None:
    for name, array, problem in (
        ("batches", None, "batches"),
        ("batches", np.zeros((5, 2)), "batches"),
        ("batches", np.full((5, 3), np.nan), "not finite"),
        ("batches", np.zeros((5, 3), "U4"), "batches"),
        ("epochs", np.zeros((1, 4)), "epochs"),
        ("epochs", np.full((1, 9), np.inf), "not finite"),
        ("epochs", np.full((1, 9), 50.0), "follow each other"),  # a step that was never made
        ("epochs", np.full((2, 9), 3.0), "follow each other"),
    ):
        state: dict[str, np.ndarray] = dict(filled(2).state())
        if array is None:
            del state[name]
        else:
            state[name] = array
        with pytest.raises(ValueError, match=problem):
            History.from_state(state, EpochGrid(10, 1))


def test_a_gap_is_filled_with_the_metrics_that_come_after_it() -> None:
    history = filled_steps(10)
    history.add_batches(batches(13, 14))
    assert history.steps == 14
    assert history.batches[9:, 0].tolist() == [10.0, 13.0, 13.0, 13.0, 14.0]


def test_a_copy_keeps_its_rows_when_the_original_goes_back_and_on() -> None:
    history = filled_steps(20)
    copy = history.copy_until(20, history.grid)
    before = copy.batches.copy(), copy.seconds.copy()
    history.rewind(5)
    history.add_batches(batches(6, 30, offset=0.5))
    np.testing.assert_array_equal(copy.batches, before[0])
    np.testing.assert_array_equal(copy.seconds, before[1])
    copy.add_batches(batches(21, 22, offset=7.0))
    assert history.batches[20, 0] == 21.5


def test_the_csv_has_a_header_and_a_row_an_epoch() -> None:
    text = table(EPOCH_COLUMNS, [("", epoch_rows(filled(2)))])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert {"train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(rows[0])
    assert float(rows[1]["val_loss"]) == 0.5
    assert text.count("\n") == 3
    assert "\r" not in text


def test_the_batches_are_a_table_too() -> None:
    history = filled(2)
    rows = list(csv.DictReader(io.StringIO(table(BATCH_COLUMNS, [("", batch_rows(history))]))))
    assert list(rows[0]) == list(BATCH_COLUMNS)
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 21)]
    assert [row["epoch"] for row in rows] == ["0"] * 10 + ["1"] * 10
    assert [float(row["accuracy"]) for row in rows] == pytest.approx([step / 1000 for step in range(1, 21)])
    assert float(rows[-1]["seconds"]) == pytest.approx(0.2)


def test_several_runs_are_one_table_with_their_names() -> None:
    runs = [("a, the first", filled(1)), ("b", filled(2))]
    text = table(EPOCH_COLUMNS, [(name, epoch_rows(history)) for name, history in runs])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["run"], row["epoch"]) for row in rows] == [("a, the first", "0"), ("b", "0"), ("b", "1")]
    text = table(BATCH_COLUMNS, [(name, batch_rows(history)) for name, history in runs])
    assert text.count("\n") == 31
