"""A histogram stands beside the colour bar of its heatmap, each bar at the place of its values."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.plots.histogram import ValueHistogram
from tests.views.hand import shown


@pytest.fixture
def mosaic(qtbot: QtBot) -> WeightMosaic:
    return shown(qtbot, WeightMosaic(histogram=True), 400, 300)


def histogram(mosaic: WeightMosaic) -> ValueHistogram:
    assert mosaic.histogram is not None
    return mosaic.histogram


def test_a_bar_is_as_long_as_the_root_of_its_share_and_counts_only_numbers_within_the_range(
    mosaic: WeightMosaic, qtbot: QtBot
) -> None:
    weights = np.zeros((16, 6), np.float32)
    weights[:, 4], weights[:, 5] = np.nan, 5.0
    weights[0, :4] = 0.99  # 4 of 64 values, a fifteenth of the other 60
    mosaic.set_weights(weights, 1.0, (4, 4))
    qtbot.waitUntil(lambda: bool(histogram(mosaic).lengths.any()))
    lengths = histogram(mosaic).lengths
    assert lengths.max() == 1.0
    assert lengths[-1] == pytest.approx(15**-0.5)
    assert np.count_nonzero(lengths) == 2


def test_a_value_stands_beside_its_colour(mosaic: WeightMosaic, qtbot: QtBot) -> None:
    mosaic.set_weights(np.zeros((16, 4), np.float32), 2.0, (4, 4))
    mosaic.resize(500, 420)
    qtbot.waitUntil(lambda: bool(histogram(mosaic).lengths.any()))
    mosaic.grab()
    for value in (-2.0, 0.0, 2.0):
        beside = histogram(mosaic).mapViewToScene(QPointF(0, value)).y()
        on_bar = mosaic.bar.view.mapViewToScene(QPointF(0, value)).y()
        assert beside == pytest.approx(on_bar, abs=1.0)
