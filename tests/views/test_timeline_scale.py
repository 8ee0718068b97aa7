"""Between moments and pixels, and moments in words."""

import numpy as np
import pytest

from mnist_viz.views.timeline.scale import MARGIN, Scale, moment_name


def test_a_position_is_named_by_epoch_and_batch() -> None:
    for position, batches, text in (
        (0.0, 400, "Before training"),
        (2.3, 400, "Epoch 3 · batch 120"),
        (2.3, 0, "Epoch 3"),
        (3.0, 400, "After epoch 3"),
        (0.5, 50_000, "Epoch 1 · batch 25,000"),
    ):
        assert moment_name(position, batches) == text


@pytest.mark.parametrize("extent", [1.0, 3.0, 20.0, 1000.0])
def test_a_place_leads_back_to_its_moment(extent: float) -> None:
    scale = Scale(extent, 800)
    for epoch in (0.0, 0.2, 1.0, (1 + extent) / 2, extent):
        assert scale.epoch(scale.x(epoch)) == pytest.approx(epoch)
    assert [scale.epoch(-100), scale.epoch(900)] == pytest.approx([0.0, extent])  # beyond the ends is the end
    assert (scale.x(0.0), scale.x(extent)) == pytest.approx((MARGIN, 800 - MARGIN))


@pytest.mark.parametrize("width", [160, 700, 1500])
@pytest.mark.parametrize("extent", [1.0, 7.0, 100.0, 10_000.0])
def test_labels_have_room(width: int, extent: float) -> None:
    scale = Scale(extent, width)
    places = [scale.x(epoch) for epoch in scale.labels()]
    assert places[0] == MARGIN
    assert all(np.diff(places) >= 27)


def test_the_first_epoch_of_a_long_run_is_enlarged_and_of_a_short_one_not() -> None:
    assert Scale(3.0, 800).enlarged == pytest.approx(1.0)
    long = Scale(100.0, 800)
    assert long.enlarged == pytest.approx((long.x(1.0) - long.x(0.0)) / (long.x(2.0) - long.x(1.0)))
    assert long.enlarged > 5
