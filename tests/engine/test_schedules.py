"""The learning rate as the epochs go by."""

import pytest

from mnist_viz.engine.schedules import inverse_time


def test_without_decay_the_rate_stays() -> None:
    assert [inverse_time(0.1, 0.0, epoch) for epoch in (0, 1, 100)] == [0.1, 0.1, 0.1]


def test_the_first_epoch_has_the_full_rate() -> None:
    assert inverse_time(0.1, 5.0, 0) == 0.1


def test_the_rate_is_divided_by_one_more_decay_an_epoch() -> None:
    assert [inverse_time(0.6, 0.5, epoch) for epoch in (1, 2, 4)] == pytest.approx([0.4, 0.3, 0.2])
