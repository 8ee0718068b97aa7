"""Names, texts and bars around the cells of a heatmap."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.views.plots import heatmap
from mnist_viz.views.plots.axes import NameAxis
from mnist_viz.views.plots.cells import CellTexts, RowBars
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.theme import DARK

RED = QColor("#ff0000")


def figure_of(rows: int, columns: int, *, size: tuple[int, int] = (300, 200)) -> HeatmapFigure:
    figure = HeatmapFigure("figure", "A figure", square=False, bar=False)
    figure.set_theme(DARK)
    figure.resize(*size)
    figure.set_values(np.zeros((rows, columns), np.float32))
    return figure


@pytest.fixture
def figure(qtbot: QtBot) -> HeatmapFigure:
    figure = figure_of(10, 10)
    qtbot.addWidget(figure)
    with qtbot.waitExposed(figure):
        figure.show()
    return figure


def painted(figure: HeatmapFigure) -> QImage:
    QApplication.processEvents()
    image: QImage = figure.grab().toImage()
    return image


def red_pixels(figure: HeatmapFigure) -> int:
    image = painted(figure)
    colors = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return sum(tint.red() > 128 > 2 * tint.green() for tint in colors)


class DrawnNames(NameAxis):
    """Notes the names that are drawn."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.drawn: list[str] = []

    def _draw_name(self, p: QPainter, room: QRectF, at: float, name: str, wide: float, *, covers: bool) -> None:
        self.drawn.append(name)
        super()._draw_name(p, room, at, name, wide, covers=covers)


def axis_in(names: int, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> tuple[HeatmapFigure, DrawnNames]:
    monkeypatch.setattr(heatmap, "NameAxis", DrawnNames)
    figure = figure_of(names, names)
    qtbot.addWidget(figure)
    axis = figure.left
    assert isinstance(axis, DrawnNames)
    figure.set_names([f"n{k}" for k in range(names)])
    with qtbot.waitExposed(figure):
        figure.show()
    painted(figure)
    axis.drawn.clear()
    axis.set_marked({1})
    painted(figure)
    return figure, axis


def test_all_names_are_written_where_they_have_room(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    _, axis = axis_in(10, qtbot, monkeypatch)
    assert sorted(axis.drawn) == sorted(f"n{k}" for k in range(10))


def test_of_many_names_every_other_one_is_written_and_the_marked_one_in_any_case_and_zoomed_in_all(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure, axis = axis_in(47, qtbot, monkeypatch)
    assert len(axis.drawn) < 24
    assert {"n0", "n1"} <= set(axis.drawn)
    assert "n2" not in axis.drawn
    axis.drawn.clear()
    figure.show_part(QRectF(20, 20, 6, 6))
    painted(figure)
    assert {f"n{k}" for k in range(20, 26)} <= set(axis.drawn)
    assert "n30" not in axis.drawn


def texts_in(figure: HeatmapFigure, text: str) -> CellTexts:
    texts = CellTexts()
    figure.view.addItem(texts, ignoreBounds=True)
    texts.set_theme(DARK)
    rows, columns = figure.image.image.shape
    texts.set_texts((rows, columns), np.array([[3, 4]]), [text], [RED])
    return texts


def test_a_text_is_written_into_its_cell_once_it_fits(figure: HeatmapFigure) -> None:
    texts_in(figure, "1234567")
    assert red_pixels(figure) == 0
    figure.show_part(QRectF(3, 2, 3, 3))
    assert red_pixels(figure) > 3


def test_bars_at_the_rows_follow_the_zoom(figure: HeatmapFigure) -> None:
    bars = RowBars(figure.view)
    bars.set_theme(DARK)
    bars.set_rows(np.linspace(0, 1, 10), [f"{k}0%" for k in range(10)], [RED] * 10)
    figure.addItem(bars, 0, 1)
    figure.ci.layout.setColumnFixedWidth(1, 80)
    before = red_pixels(figure)
    assert before > 100
    figure.show_part(QRectF(0, 0, 10, 1))  # the first one is empty
    assert red_pixels(figure) < before / 4


def test_names_are_spread_over_rows_and_columns(figure: HeatmapFigure) -> None:
    figure.set_values(np.zeros((10, 784), np.float32), cell=(1, 784))
    figure.set_names(list("abcdefghij"), [str(k) for k in range(784)])
    assert (figure.left.places[0], figure.left.places[-1]) == (0.5, 9.5)
    assert (figure.top.places[0], figure.top.places[-1]) == (0.5, 783.5)
