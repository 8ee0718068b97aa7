"""Curves are smoothed over so many batches, however long the run is, in a band that holds every one of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.progress import BatchEnd
from mnist_viz.recording.history import MAX_POINTS, History
from mnist_viz.recording.smoothing import SMOOTHINGS, Series, Smoothing

WIDTHS = st.one_of(
    st.integers(1, 2000).map(lambda n: Smoothing(n)),
    st.floats(0.01, 3.0).map(lambda share: Smoothing(epochs=share)),
)
LENGTHS = st.one_of(st.integers(1, 40), st.integers(1, 30_000), st.sampled_from([1999, 2000, 2001, 4000, 4001]))
SEEDS = st.integers(0, 2**32 - 1)


def losses(seed: int, count: int) -> NDArray[np.float32]:
    """Noisy, with rare spikes."""
    rng = np.random.default_rng(seed)
    return (rng.gamma(2.0, 0.2, count) + 50 * (rng.random(count) < 0.001)).astype(np.float32)


def history(values: NDArray[np.float32], per_epoch: int) -> History:
    return History.from_state(
        {"batches": np.stack([values, values, np.ones_like(values)], 1), "epochs": np.zeros((0, 9))},
        EpochGrid(per_epoch, 1),
    )


def band(series: Series) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    if series.low is None or series.high is None:
        return series.y, series.y
    return series.low, series.high


@given(SEEDS, LENGTHS, st.integers(1, 3000), WIDTHS)
def test_every_batch_lies_within_the_band_as_it_is_drawn(
    seed: int, count: int, per_epoch: int, smoothing: Smoothing
) -> None:
    values = losses(seed, count)
    series, _ = history(values, per_epoch).training("steps", smoothing)
    low, high = band(series)
    steps = np.arange(1, count + 1)
    assert (np.interp(steps, series.x, low) <= values * (1 + 1e-9)).all()
    assert (np.interp(steps, series.x, high) >= values * (1 - 1e-9)).all()
    assert (low <= series.y + 1e-6).all()
    assert (series.y <= high + 1e-6).all()


@given(SEEDS, LENGTHS, st.integers(1, 3000), WIDTHS)
def test_a_point_is_the_mean_over_the_same_batches_however_long_the_run_is(
    seed: int, count: int, per_epoch: int, smoothing: Smoothing
) -> None:
    values = losses(seed, count)
    series, _ = history(values, per_epoch).training("steps", smoothing)
    width = int(smoothing.widths(np.array([per_epoch]))[0])
    for x, y in list(zip(series.x, series.y, strict=True))[:: max(1, len(series.x) // 50)]:
        assert y == pytest.approx(values[max(0, int(x) - width) : int(x)].astype(float).mean(), rel=1e-6)


@given(SEEDS, st.integers(2, 12_000), WIDTHS, st.lists(st.integers(1, 5000), min_size=1, max_size=6))
def test_a_run_that_is_looked_at_on_its_way_has_the_same_curves(
    seed: int, count: int, smoothing: Smoothing, pieces: list[int]
) -> None:
    values = losses(seed, count)
    events = [
        BatchEnd(k + 1, k // 100, k % 100, float(value), float(value), 1.0) for k, value in enumerate(values.tolist())
    ]
    grown, start = History(EpochGrid(100, 1)), 0
    for piece in [*pieces, count]:
        grown.add_batches(events[start : start + piece])
        grown.training("epochs", smoothing)
        start = max(0, grown.steps - 7)  # back by a few batches, and on
        grown.rewind(start)
    grown.add_batches(events[start:])
    for one, other in zip(
        grown.training("epochs", smoothing), history(values, 100).training("epochs", smoothing), strict=True
    ):
        for a, b in zip((one.x, one.y, *band(one)), (other.x, other.y, *band(other)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9)


@given(SEEDS, LENGTHS, st.integers(1, 60_000), st.sampled_from(list(SMOOTHINGS)))
def test_a_curve_never_has_more_points_than_it_may_and_ends_with_the_run(
    seed: int, count: int, per_epoch: int, name: str
) -> None:
    series, _ = history(losses(seed, count), per_epoch).training("steps", SMOOTHINGS[name][1])
    assert 1 <= len(series.x) <= MAX_POINTS
    assert (np.diff(series.x) > 0).all()
    assert series.x[-1] == count


def test_a_share_of_an_epoch_is_so_many_batches_of_that_epoch() -> None:
    grid = EpochGrid(100, 1)
    grid = grid.changed(2, 5)  # 100 batches in each of two epochs, then 20
    grown = History(grid)
    grown.add_batches([BatchEnd(k + 1, *grid.at(k), float(k), 0.5, 0.0) for k in range(300)])
    series, _ = grown.training("steps", Smoothing(epochs=0.1))
    at = dict(zip(series.x, series.y, strict=True))
    assert at[200.0] == pytest.approx(np.arange(190, 200).mean())
    assert at[250.0] == pytest.approx(np.arange(248, 250).mean())


def test_without_smoothing_a_short_run_is_its_batches_without_a_band() -> None:
    values = losses(1, 500)
    series, _ = history(values, 100).training("steps", Smoothing(1))
    assert series.low is None
    np.testing.assert_allclose(series.y, values, rtol=1e-6)


@given(SEEDS, LENGTHS, st.integers(1, 3000), WIDTHS)
def test_a_band_reaches_no_further_than_the_batches_around(
    seed: int, count: int, per_epoch: int, smoothing: Smoothing
) -> None:
    values = losses(seed, count)
    series, _ = history(values, per_epoch).training("steps", smoothing)
    if series.low is None or series.high is None:
        return
    width = int(smoothing.widths(np.array([per_epoch]))[0])
    stride = int(series.x[0])
    for k in range(0, len(series.x), max(1, len(series.x) // 50)):
        end = int(series.x[k])
        around = values[max(0, end - max(width, stride) - stride) : end + stride]
        assert around.min() <= series.low[k]
        assert series.high[k] <= around.max()
