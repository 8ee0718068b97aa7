"""The axes of the curves have round numbers and stay still while the curves grow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.views.curves.axes import (
    linear_scale,
    log_scale,
    percent_scale,
    place_ticks,
    short_number,
    upper_percent_scale,
    visible_extent,
)
from mnist_viz.views.curves.curve import Curve


def test_the_loss_axis_grows_at_once_and_shrinks_late() -> None:
    first = linear_scale(2.3, None)
    assert first.high >= 2.3
    assert linear_scale(2.0, first) is first
    assert linear_scale(4.0, first).high >= 4.0
    assert linear_scale(0.3, first).high < 1.0


def test_the_epochs_grow_in_few_steps_up_to_the_whole_run() -> None:
    extents = [visible_extent(last, 20) for last in np.linspace(0, 20, 2000)]
    assert sorted(set(extents)) == [1, 2, 5, 10, 20]
    assert extents == sorted(extents)
    assert visible_extent(0.0, 1) == 1
    assert visible_extent(0.5, 2.4) == 1
    assert visible_extent(3.0, 6) == 6
    assert visible_extent(7.5, 6) == 7.5


def test_steps_show_an_epoch_at_the_least() -> None:
    assert visible_extent(3, 4690, 469) == 500
    assert visible_extent(3, 469, 469) == 469


@given(st.floats(0.1, 1e5))
def test_where_nobody_knows_the_end_little_is_left_empty(last: float) -> None:
    assert last * (1 - 1e-9) <= visible_extent(last, None, 0.1) <= 1.34 * last


def test_the_logarithmic_axis_grows_at_once_and_shrinks_late() -> None:
    first = log_scale(0.12, 2.3, None)
    assert log_scale(0.15, 2.2, first) is first
    assert log_scale(0.04, 2.3, first).low < first.low
    assert log_scale(0.12, 0.4, first).high < first.high


def test_axes_have_few_round_ticks() -> None:
    assert [text for _, text in linear_scale(2.3, None).ticks] == ["0", "1", "2", "3"]
    assert [text for _, text in log_scale(0.12, 2.3, None).ticks] == ["0.1", "0.2", "0.5", "1", "2", "5"]
    assert [text for _, text in percent_scale().ticks] == ["0%", "25%", "50%", "75%", "100%"]
    assert [text for _, text in upper_percent_scale(0.97).ticks] == ["90%", "92.5%", "95%", "97.5%", "100%"]
    assert [text for _, text in place_ticks(10, 300)] == ["0", "2", "4", "6", "8", "10"]
    assert [text for _, text in place_ticks(3, 300)] == ["0", "1", "2", "3"]
    assert [text for _, text in place_ticks(0.5, 300, whole=False)][:3] == ["0", "0.1", "0.2"]


@pytest.mark.parametrize("extent", [1, 4.69, 23.0, 5000, 470_000, 3e6])
def test_the_numbers_below_the_axis_have_room(extent: float) -> None:
    assert 2 <= len(place_ticks(extent, 300)) <= 9
    assert all(len(text) <= 5 for _, text in place_ticks(extent, 300))


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (9000, "9000"), (20_000, "20k"), (1_200_000, "1.2M"), (0.5, "0.5")]
)
def test_large_numbers_are_short(value: float, text: str) -> None:
    assert short_number(value) == text


def test_a_low_plot_shows_fewer_values_and_powers_of_ten_first() -> None:
    logarithmic = log_scale(0.03, 2.3, None)
    assert [text for _, text in logarithmic.ticks_for(200)] == ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]
    assert [text for _, text in logarithmic.ticks_for(70)] == ["0.1", "1"]
    assert [text for _, text in percent_scale().ticks_for(70)] == ["0%", "50%", "100%"]


def test_a_curve_knows_its_newest_value_at_a_place() -> None:
    curve = Curve(np.array([1.0, 2.0]), np.array([0.6, 0.45]))
    assert [curve.at(place) for place in (0.99, 1.0, 1.99, 50.0)] == [None, 0.6, 0.6, 0.45]


def test_a_curve_without_its_points_that_are_no_numbers_keeps_its_band() -> None:
    x = np.array([1.0, 2.0, 3.0])
    curve = Curve(x, np.array([1.0, np.nan, 3.0]), x - 1, x + 1).finite()
    assert curve.low is not None
    assert curve.high is not None
    assert (curve.x.tolist(), curve.low.tolist(), curve.high.tolist()) == ([1, 3], [0, 2], [2, 4])
