"""The metrics of a run: what was measured, as means over stretches of batches."""

import csv
import io
import math

import numpy as np
import pytest

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.training import BatchEnd, EpochEnd
from mnist_viz.recording.history import MAX_POINTS, POINTS_PER_EPOCH, History


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


def test_an_empty_history_has_empty_curves() -> None:
    history = History(EpochGrid(10, 1))
    for series in (*history.training(), *history.validation()):
        assert len(series.x) == len(series.y) == 0
    assert (history.steps, history.recent(0), history.epoch_at(0)) == (0, None, None)


def test_with_few_batches_each_is_a_point() -> None:
    loss, accuracy = filled(3).training()
    np.testing.assert_allclose(loss.x, np.arange(1, 31) / 10)
    np.testing.assert_allclose(loss.y, np.arange(1, 31))
    np.testing.assert_allclose(accuracy.y, np.arange(1, 31) / 1000)


def test_with_many_batches_a_point_is_the_mean_over_a_stretch_and_drawn_at_its_end() -> None:
    history = History(EpochGrid(400, 1))  # 50 points an epoch: 8 batches each
    history.add_batches(batches(1, 20, 400))
    loss, _ = history.training()
    np.testing.assert_allclose(loss.x, np.array([8, 16, 20]) / 400)
    np.testing.assert_allclose(loss.y, [4.5, 12.5, 18.5])  # means of 1..8, 9..16, and the rest 17..20


def test_adding_in_pieces_is_adding_at_once() -> None:
    pieces, whole = History(EpochGrid(7, 1)), History(EpochGrid(7, 1))
    whole.add_batches(batches(1, 5000, 7))
    first = 1
    for size in (1, 2, 1021, 1, 3000, 975):
        pieces.add_batches(batches(first, first + size - 1, 7))
        first += size
    assert pieces.steps == whole.steps == 5000
    for one, other in zip(pieces.training(), whole.training(), strict=True):
        np.testing.assert_allclose(one.x, other.x)
        np.testing.assert_allclose(one.y, other.y)


def test_adding_nothing_changes_nothing() -> None:
    history = filled(1)
    history.add_batches([])
    assert history.steps == 10


@pytest.mark.parametrize("per_epoch", [1, 7, 49, 50, 391, 50_000])
@pytest.mark.parametrize("count", [1, 1999, 2000, 2001, 100_003])
def test_a_curve_never_has_more_points_than_it_may(per_epoch: int, count: int) -> None:
    history = History(EpochGrid(per_epoch, 1))
    history.add_batches(batches(1, count, per_epoch))
    for series in history.training():
        assert len(series.x) == len(series.y) <= MAX_POINTS
        assert (np.diff(series.x) > 0).all()
        assert series.x[-1] == count / per_epoch


def test_however_coarse_the_curve_nothing_is_left_out_of_its_means() -> None:
    history = History(EpochGrid(100, 1))
    history.add_batches(batches(1, 100_003, 100))
    loss, _ = history.training()
    lengths = np.diff(loss.x * 100, prepend=0)
    assert (lengths * loss.y).sum() == pytest.approx(sum(range(1, 100_004)))
    assert lengths.max() > 100 / POINTS_PER_EPOCH


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


@pytest.mark.parametrize(("step", "left", "epochs"), [(16, 16, [0]), (20, 20, [0, 1]), (0, 0, []), (99, 30, [0, 1, 2])])
def test_a_rewind_forgets_what_came_after(step: int, left: int, epochs: list[int]) -> None:
    history = filled(3)
    history.rewind(step)
    assert history.steps == left
    assert [each.epoch for each in history.epochs] == epochs
    assert history.training()[0].y.tolist() == pytest.approx(list(range(1, left + 1)))
    assert len(history.validation()[0].x) == len(epochs)


def test_going_on_after_an_epochs_end_keeps_that_epoch() -> None:
    history = filled(2)
    history.add_batches(batches(21, 22))
    assert [each.epoch for each in history.epochs] == [0, 1]


def test_running_an_epochs_last_batch_again_replaces_the_epoch() -> None:
    history = filled(2)
    history.add_batches(batches(20, 20))
    history.add_epoch(epoch(1, val_loss=9.0))
    assert [(each.epoch, each.val_loss) for each in history.epochs] == [(0, 0.5), (1, 9.0)]


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


@pytest.mark.parametrize(("step", "number"), [(0, None), (9, None), (10, 0), (19, 0), (20, 1), (500, 2)])
def test_epoch_at_is_the_last_epoch_that_had_ended(step: int, number: int | None) -> None:
    found = filled(3).epoch_at(step)
    assert (found.epoch if found is not None else None) == number


def test_the_csv_has_a_header_and_a_row_an_epoch() -> None:
    text = filled(2).csv()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert {"train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"} <= set(rows[0])
    assert float(rows[1]["val_loss"]) == 0.5
    assert text.count("\n") == 3
    assert "\r" not in text


def test_the_csv_of_an_empty_history_is_its_header() -> None:
    assert History(EpochGrid(3, 1)).csv().count("\n") == 1


def test_a_loss_that_is_not_finite_does_not_spoil_what_came_before() -> None:
    history = History(EpochGrid(10, 1))
    history.add_batches(batches(1, 5))
    before = history.training()[0].y.tolist()
    history.add_batches([BatchEnd(6, 0, 5, math.inf, 0.0, 0.06)])
    history.add_batches(batches(6, 7))
    assert history.training()[0].y.tolist() == [*before, 6.0, 7.0]
