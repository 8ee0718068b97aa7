"""The axes of the curves show what happens, whatever a few values do."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.recording.smoothing import Series
from mnist_viz.views.curves import axes
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.number_text import format_number, format_percent
from mnist_viz.views.plots.axes import TextOf, ValueAxis

DECAY = 2.3 * np.exp(-8 * np.linspace(0, 10, 2000)) + 0.3
LOSSES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200).map(np.array)


def test_a_divergence_or_a_run_far_above_does_not_flatten_the_rest() -> None:
    assert axes.loss_peak(DECAY) < 0.4
    diverged = DECAY.copy()
    diverged[700:] = 1e6
    assert axes.loss_peak(diverged) < 0.5
    assert axes.loss_peak(np.full(5, 1e6)) == 1e6
    assert axes.common_peak([0.3, 1e6, 0.5]) == 0.5
    assert axes.common_peak([0.3, 1e6]) == 0.3
    assert axes.common_peak([0.05, 2.3]) == 2.3


@given(LOSSES)
def test_a_curve_does_not_leave_its_axis_altogether(values: np.ndarray) -> None:
    low, high = axes.linear_range(float(values.min()), axes.loss_peak(values), None)
    assert low <= values.min()
    assert low < high
    assert (values <= high).mean() >= 0.05


@given(LOSSES)
def test_a_logarithmic_axis_holds_all_that_can_be_drawn_on_it(values: np.ndarray) -> None:
    low, high = axes.log_range(float(values.min()), float(values.max()), None)
    assert low <= np.log10(max(values.min(), axes.LOG_FLOOR)) + 1e-9
    assert high >= np.log10(max(values.max(), axes.LOG_FLOOR)) - 1e-9
    assert high - low >= 1 - 1e-9


def test_an_axis_grows_at_once_and_shrinks_late() -> None:
    first = axes.linear_range(0.0, 2.3, None)
    assert axes.linear_range(0.0, 1.6, first) == first
    assert axes.linear_range(0.0, 2.9, first)[1] > first[1]
    assert axes.linear_range(0.0, 0.3, first)[1] < 0.5
    logarithmic = axes.log_range(0.2, 2.3, None)
    assert axes.log_range(0.25, 2.0, logarithmic) == logarithmic


@pytest.mark.parametrize("values", [[0.5], [0.0, 0.0], [-1.0, -1.0], [2.0, 2.0, 2.0]])
def test_constant_values_have_room_around_them(values: list[float]) -> None:
    low, high = axes.close_range(np.array(values))
    assert low < values[0] < high


def test_the_horizontal_axis_grows_in_a_few_steps_to_the_whole_run() -> None:
    extents = [axes.visible_extent(last, 30) for last in np.linspace(0, 30, 200)]
    assert extents == sorted(extents)
    assert list(dict.fromkeys(extents)) == [1, 2, 5, 10, 20, 30]
    assert axes.visible_extent(4, None) == 4
    assert axes.visible_extent(0.001, 0, 0.1) == 0.1


@pytest.mark.parametrize("height", [60, 200, 600])
@pytest.mark.parametrize(("low", "high"), [(-3.0, 6.0), (-0.3, 0.7), (-1.0, 0.0), (0.12, 0.16)])
def test_logarithmic_ticks_are_round_and_have_room(qapp: object, low: float, high: float, height: int) -> None:
    axis = ValueAxis("left", lambda value, _: f"{value:.6g}")
    axis.setLogMode(False, True)
    ticks = sorted(v for _, values in axis.tickValues(low, high, height) for v in values)
    assert all(b - a >= 0.3 * 20 / height for a, b in itertools.pairwise(ticks))
    texts = axis.tickStrings(ticks, 1.0, 1.0)
    assert all(text.strip("0.")[0] in "125" for text in texts)


@pytest.mark.parametrize("text_of", [format_number, format_percent])
@pytest.mark.parametrize(("place", "step"), [(1.5, 1e-4), (12_345.0, 0.5), (1e6, 1.0), (0.97, 1e-6)])
def test_neighbouring_ticks_read_differently_however_far_one_zooms(
    qapp: object, text_of: TextOf, place: float, step: float
) -> None:
    texts = ValueAxis("bottom", text_of).tickStrings([place + k * step for k in range(5)], 1.0, step)
    assert len(set(texts)) == 5


def test_a_number_too_large_for_millions_is_written_as_a_power_of_ten() -> None:
    assert [format_number(value) for value in (3e6, 1e30, -0.0)] == ["3M", "1e30", "0"]


def test_values_are_those_at_the_place_and_none_where_there_are_none() -> None:
    run = RunCurves(1, "Run 1", 0, Series(np.array([1.0, 2.0]), np.array([0.5, np.nan])))
    assert run.values_at(None) == [None, None, None, None]
    assert run.values_at(1.5)[0] == 0.5
    assert run.values_at(0.5)[0] is None
    assert run.values_at(2.5)[0] is None


@pytest.mark.parametrize("worst", [0.0, 0.1, 0.5, 0.9, 0.97, 0.999])
def test_the_axis_of_the_accuracy_holds_what_comes_after_the_first_half_epoch(worst: float) -> None:
    x = np.linspace(0.01, 20, 2000)
    values = 0.999 - (0.999 - worst) * np.exp(-x)
    training, validation = Series(x, values), Series(np.arange(1.0, 21), values[99::100])
    floor = axes.percent_floor(axes.settled(training, validation))
    low, high = axes.percent_range(floor, None)
    assert high == 1.0
    assert (values[x >= 1] >= low).mean() > 0.95
    assert low >= 0.4 or worst < 0.9
    assert axes.percent_range(floor, (low, high)) == (low, high)


def test_an_accuracy_that_collapsed_does_not_flatten_what_was_before_or_is_beside_it() -> None:
    collapsed = np.concatenate([np.linspace(0.9, 0.97, 500), np.full(500, 0.1)])
    assert axes.percent_floor(collapsed) > 0.89
    assert axes.common_floor([0.95, 0.1, 0.96]) == 0.95
    assert axes.common_floor([0.1]) == 0.1


def test_before_the_first_validation_all_of_the_training_counts_then_its_steep_begin_does_not() -> None:
    training = Series(np.array([0.1, 0.4, 0.6, 0.9]), np.array([2.0, 1.0, 0.5, 0.4]))
    assert axes.settled(training, Series()).max() == 2.0
    assert axes.settled(training, Series(np.array([1.0]), np.array([0.4]))).max() == 0.5
