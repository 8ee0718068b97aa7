"""Pictures of numbers: what is shown of an array, and what the mouse finds in it."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.theme import DARK, LIGHT
from tests.views.hand import cell, click, double_click, shown

TILE = (28, 28)


@pytest.fixture
def figure(qtbot: QtBot) -> HeatmapFigure:
    return shown(qtbot, HeatmapFigure("heatmap", "A heatmap"), 500, 300)


def color_of(figure: HeatmapFigure, row: float, column: float) -> QColor:
    return figure.picture(1.0).pixelColor(cell(figure, row, column))


def visible(figure: HeatmapFigure) -> tuple[float, float]:
    """How many values across and down the view has room for."""
    rect = figure.view.viewRect()
    return rect.width(), rect.height()


def zeros(rows: int, columns: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.zeros((rows, columns), np.float32)


def test_values_are_coloured_from_the_lowest_to_the_highest(figure: HeatmapFigure) -> None:
    values = zeros(3, 4)
    values[0, 1], values[2, 3] = -2.0, 2.0
    figure.set_values(values, -2.0, 2.0)
    assert color_of(figure, 0, 1) == QColor(DARK.negative[0])
    assert color_of(figure, 2, 3) == QColor(DARK.positive[-1])
    figure.set_theme(LIGHT)
    assert color_of(figure, 2, 3) == QColor(LIGHT.positive[-1])


def test_values_beyond_the_range_have_the_colours_of_its_ends_and_what_is_no_number_is_left_out(
    figure: HeatmapFigure,
) -> None:
    figure.set_values(np.array([[-9.0, np.inf], [9.0, -np.inf], [np.nan, 1.0]], np.float32), -1.0, 1.0)
    assert color_of(figure, 0, 0) == color_of(figure, 1, 1) == QColor(DARK.negative[0])
    assert color_of(figure, 1, 0) == color_of(figure, 0, 1) == color_of(figure, 2, 1) == QColor(DARK.positive[-1])
    assert color_of(figure, 2, 0) == QColor(DARK.panel)


def test_one_value_or_none_does_no_harm(figure: HeatmapFigure) -> None:
    for values in (np.ones((1, 1), np.float32), np.full((4, 4), np.nan, np.float32), zeros(0, 7)):
        figure.set_values(values, 1.0, 1.0)
        assert not figure.picture().isNull()
        assert b"<svg" in figure.svg()


def test_colours_are_shown_as_they_are(figure: HeatmapFigure) -> None:
    figure.set_values(np.full((8, 8, 3), (200, 30, 70), np.uint8))
    assert color_of(figure, 3, 3).name() == "#c81e46"


def test_ten_thousand_cells_fill_the_figure(figure: HeatmapFigure) -> None:
    figure.stretch = 1.2
    figure.set_values(np.zeros((100 * 28, 100 * 28), np.uint8), 0, 255, TILE)
    across, down = visible(figure)
    assert across >= 2800
    assert down == pytest.approx(2800, rel=0.01)


def test_square_values_are_whole_device_pixels(figure: HeatmapFigure, monkeypatch: pytest.MonkeyPatch) -> None:
    for ratio in (1.0, 1.25, 1.5, 2.0):
        monkeypatch.setattr(figure, "devicePixelRatioF", lambda ratio=ratio: ratio)
        figure.set_values(zeros(9, 13 + round(4 * ratio)))
        pixels = np.array([figure.view.width() / visible(figure)[0], figure.view.height() / visible(figure)[1]]) * ratio
        np.testing.assert_allclose(pixels, np.round(pixels), atol=1e-6)
        assert pixels[0] == pytest.approx(pixels[1])


def test_values_may_be_stretched_to_fill_the_figure(figure: HeatmapFigure) -> None:
    figure.stretch = 1.2
    aspect = figure.view.width() / figure.view.height()
    figure.set_values(zeros(100, round(110 * aspect)))
    assert visible(figure) == pytest.approx((round(110 * aspect), 100), rel=0.01)
    figure.set_values(zeros(100, round(150 * aspect)))
    assert visible(figure)[1] > 110  # more than that is left empty


def test_a_figure_without_squares_is_filled_whatever_the_shape(qtbot: QtBot) -> None:
    figure = shown(qtbot, HeatmapFigure("matrix", "A matrix", square=False), 500, 300)
    figure.set_values(zeros(3, 400))
    assert visible(figure) == pytest.approx((400, 3))
    figure.set_names([f"a long name {k}" for k in range(3)])
    figure.picture()
    assert visible(figure) == pytest.approx((400, 3))


def test_the_mouse_finds_row_and_column_and_a_click_tells_them(figure: HeatmapFigure, qtbot: QtBot) -> None:
    figure.set_values(zeros(5, 8))
    QTest.mouseMove(figure.viewport(), QPoint(figure.width() - 2, 8))  # wherever the test before has left it
    heard: list[tuple[int, int]] = []
    figure.hovered.connect(lambda row, column: heard.append((row, column)))
    for row, column in ((1, 2), (1, 2), (4, 7)):
        QTest.mouseMove(figure.viewport(), cell(figure, row, column))
    assert figure.framed["hovered"] == (4, 7)
    QTest.mouseMove(figure.viewport(), QPoint(figure.width() - 2, 2))
    assert heard == [(1, 2), (4, 7), (-1, -1)]
    assert figure.framed["hovered"] is None
    with qtbot.waitSignal(figure.clicked) as clicked:
        click(figure, cell(figure, 3, 6))
    assert clicked.args == [3, 6]


def test_a_cell_of_many_values_is_framed_as_one(figure: HeatmapFigure) -> None:
    figure.set_values(zeros(56, 84), cell=TILE)
    figure.set_chosen(40, 30)
    assert figure.framed["chosen"] == (28, 28)
    figure.set_chosen(-1, -1)
    assert figure.framed["chosen"] is None


def test_cells_that_hold_nothing_are_not_found(figure: HeatmapFigure) -> None:
    figure.set_values(np.ones((56, 84), np.float32), cell=TILE, cells=4)
    assert figure.cell_at(QPointF(cell(figure, 40, 14))) == (40, 14)
    assert figure.cell_at(QPointF(cell(figure, 40, 42))) == (-1, -1)
    assert color_of(figure, 40, 42) == QColor(DARK.panel)


def test_a_double_click_looks_at_a_cell_large_and_another_one_at_all(figure: HeatmapFigure) -> None:
    figure.set_values(zeros(56, 84), cell=TILE)
    double_click(figure, cell(figure, 40, 30))
    assert figure.zoomed
    assert figure.view.viewRect().contains(QPointF(42, 42))
    assert not figure.view.viewRect().contains(QPointF(14, 14))
    double_click(figure, cell(figure, 40, 40))
    assert not figure.zoomed
    assert figure.view.viewRect().contains(QPointF(14, 14))


def test_a_zoom_stays_with_new_values_and_ends_with_another_shape(figure: HeatmapFigure) -> None:
    figure.set_values(zeros(56, 84), cell=TILE)
    figure.look_at(0, 0)
    before = figure.view.viewRect()
    figure.set_values(np.ones((56, 84), np.float32), cell=TILE)
    assert figure.view.viewRect() == before
    figure.set_values(zeros(84, 84), cell=TILE)
    assert not figure.zoomed


def test_the_bar_names_its_ends_and_zero(figure: HeatmapFigure) -> None:
    figure.set_values(zeros(2, 2), -0.5, 0.5)
    assert [text for _, text in figure.bar.axis._tickLevels[0]] == ["−0.50", "0", "0.50"]
    figure.set_values(zeros(2, 2), 0.0, 8.0)
    assert [text for _, text in figure.bar.axis._tickLevels[0]] == ["0", "4.00", "8.00"]
