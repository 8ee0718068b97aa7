"""Rows of bars and boxes."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from mnist_viz.views.plots.rows import RowFigure
from mnist_viz.views.theme import DARK
from tests.views.hand import shown

NAMES = tuple("0123456789")


@pytest.fixture
def figure(qtbot: QtBot) -> RowFigure:
    return shown(qtbot, RowFigure("rows", "Rows"), 240, 300)


def color_at(figure: RowFigure, x: float, y: float) -> str:
    image = figure.grab().toImage()
    at = figure.view.mapViewToScene(QPointF(x, y)) * image.devicePixelRatio()
    name: str = image.pixelColor(at.toPoint()).name()
    return name


def test_bars_lead_from_zero_to_their_values(figure: RowFigure) -> None:
    figure.set_bars(np.array([2.0, -1.0]), ("up", "down"))
    assert color_at(figure, 1.0, 0.5) == DARK.support[-2]
    assert color_at(figure, -0.5, 1.5) == DARK.against[1]
    assert color_at(figure, -0.5, 0.5) == color_at(figure, 1.0, 1.5) == DARK.sunken


def test_the_range_is_round_and_the_same_on_both_sides(figure: RowFigure) -> None:
    figure.set_bars(np.array([1.3, -0.2]), ("up", "down"))
    (low, high), _ = figure.view.viewRange()
    assert high == pytest.approx(-low)
    assert 1.5 <= high < 1.7


def test_boxes_reach_over_the_middle_half(figure: RowFigure) -> None:
    figure.set_boxes(np.array([[0.0, 1.0, 2.0, 3.0, 4.0]]), ("one",), ("#ff0000",))
    assert color_at(figure, 2.5, 0.5) != DARK.sunken
    assert color_at(figure, 3.5, 0.4) == DARK.sunken


@pytest.mark.parametrize("values", [np.full(3, np.nan), np.array([np.inf, 1.0, -np.inf]), np.zeros(3), None])
def test_what_is_no_number_does_no_harm(figure: RowFigure, values: np.ndarray | None) -> None:
    figure.set_bars(values, ("a", "b", "c"))
    figure.grab()
    figure.set_boxes(None if values is None else np.repeat(values[:, None], 5, axis=1), ("a", "b", "c"), ("#fff",) * 3)
    figure.grab()


def test_a_figure_that_grows_is_painted_whole(qtbot: QtBot) -> None:
    grown, fresh = (shown(qtbot, RowFigure("rows", "Rows"), 200, size) for size in (120, 330))
    for figure in (grown, fresh):
        figure.set_bars(np.linspace(-1, 1, 10), NAMES)
        figure.grab()
    grown.resize(200, 330)
    qtbot.waitUntil(lambda: grown.grab().toImage() == fresh.grab().toImage())
