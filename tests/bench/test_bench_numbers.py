"""The measurement of the grouping counts what comes out right, and what does not."""

import numpy as np

from mnist_viz.bench.data import measure_grouping

ONE = [np.array([(0.0, 0.0), (0.0, 100.0)])]
SEVEN = [np.array([(0.0, 0.0), (60.0, 0.0), (30.0, 100.0)]), np.array([(20.0, 50.0), (60.0, 50.0)])]
TWO_LINES = [np.array([(0.0, 0.0), (0.0, 100.0)]), np.array([(50.0, 0.0), (50.0, 100.0)])]


def test_digits_that_are_clearly_apart_are_all_told_apart() -> None:
    assert measure_grouping([ONE, SEVEN], numbers=40) == {"told_apart": 1.0, "kept_whole": 1.0}


def test_a_digit_that_falls_apart_counts_as_wrong() -> None:
    figures = measure_grouping([ONE, TWO_LINES], numbers=40)
    assert figures == measure_grouping([ONE, TWO_LINES], numbers=40)  # the seed is the same
    assert figures["kept_whole"] == 0.5
    assert 0 < figures["told_apart"] < 0.6
