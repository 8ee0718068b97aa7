"""What all figures have in common: zoom and the way back, the menu, pictures and drawings of them."""

from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.plots.cloud import Sprites
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.items import Texts, ViewItem
from mnist_viz.views.plots.plot import Plot, Strokes
from mnist_viz.views.theme import LIGHT
from tests.views.hand import CTRL, LEFT, NONE, SHIFT, click, double_click, drag, shown, wheel


class OnePlot(Figure):
    """A figure with one plot over 0 to 10."""

    def __init__(self) -> None:
        super().__init__("one-plot", "One plot")
        self.plot = Plot()
        self.addItem(self.plot, 0, 0)
        self.watch(self.plot.view)
        self.fit()

    def fit(self) -> None:
        self.plot.view.setRange(xRange=(0, 10), yRange=(0, 1), padding=0)

    def across(self) -> tuple[float, float]:
        low, high = self.plot.view.viewRange()[0]
        return low, high

    def at(self, x: float, y: float) -> QPoint:
        place: QPoint = self.plot.view.mapViewToScene(QPointF(x, y)).toPoint()
        return place


@pytest.fixture
def figure(qtbot: QtBot) -> OnePlot:
    return shown(qtbot, OnePlot(), 500, 300)


def test_the_wheel_zooms_at_the_mouse_and_the_button_leads_back(qtbot: QtBot, figure: OnePlot) -> None:
    heard: list[bool] = []
    figure.zoomed_changed.connect(heard.append)
    assert not figure.see_all_button.isVisible()
    wheel(figure, 1, figure.at(2, 0.5))
    low, high = figure.across()
    assert 0 < low < 2 < high < 10
    assert figure.zoomed
    QTest.mouseClick(figure.see_all_button, LEFT)
    assert figure.across() == pytest.approx((0, 10))
    assert heard == [True, False]
    assert not figure.see_all_button.isVisible()


@pytest.mark.parametrize("kind", [Strokes, Sprites, Texts])
def test_what_is_drawn_is_not_cut_where_the_view_ended_before(figure: OnePlot, kind: type[ViewItem]) -> None:
    item = kind()
    figure.plot.view.addItem(item, ignoreBounds=True)
    assert item.viewRect() == QRectF(0, 0, 10, 1)
    figure.plot.view.setRange(xRange=(0, 40), padding=0)
    assert item.boundingRect() == QRectF(0, 0, 40, 1)


@pytest.mark.parametrize(("modifier", "seen"), [(NONE, (4, 14)), (SHIFT, (2, 6))])
def test_a_drag_pans_and_with_shift_zooms_into_a_rectangle(
    figure: OnePlot, modifier: Qt.KeyboardModifier, seen: tuple[float, float]
) -> None:
    drag(figure, figure.at(6, 0.2), figure.at(2, 0.6), modifier)
    assert figure.across() == pytest.approx(seen, abs=0.1)
    assert figure.zoomed


def test_the_menu_lets_every_drag_zoom_into_a_rectangle(figure: OnePlot) -> None:
    figure.band_action.trigger()
    drag(figure, figure.at(2, 0.2), figure.at(4, 0.6))
    assert figure.across() == pytest.approx((2, 4), abs=0.1)


def test_a_drag_with_control_selects_a_range_where_that_means_something(figure: OnePlot) -> None:
    heard: list[tuple[float, float, bool]] = []
    view = figure.plot.view
    view.range_selected.connect(lambda low, high, final: heard.append((low, high, final)))
    view.selects_ranges = True
    drag(figure, figure.at(7, 0.5), figure.at(3, 0.5), CTRL)
    assert heard[-1][:2] == pytest.approx((3, 7), abs=0.1)
    assert [final for *_, final in heard] == [False] * (len(heard) - 1) + [True]
    assert not figure.zoomed


def test_clicks_are_told_in_the_coordinates_of_the_data(qtbot: QtBot, figure: OnePlot) -> None:
    with qtbot.waitSignal(figure.plot.view.clicked) as clicked:
        click(figure, figure.at(4, 0.5))
    assert clicked.args == [pytest.approx(4, abs=0.1), pytest.approx(0.5, abs=0.05)]
    with qtbot.waitSignal(figure.plot.view.double_clicked):
        double_click(figure, figure.at(4, 0.5))


def test_a_zoom_outlives_another_size_and_without_one_all_stays_in_view(figure: OnePlot) -> None:
    figure.resize(700, 400)
    assert figure.across() == pytest.approx((0, 10))
    figure.plot.view.setRange(xRange=(2, 3), padding=0)
    wheel(figure, 1, figure.at(2.5, 0.5))
    zoomed = figure.across()
    figure.resize(500, 300)
    assert figure.across() == pytest.approx(zoomed)


def test_files_are_asked_for_and_a_copy_is_on_the_clipboard(qtbot: QtBot, figure: OnePlot) -> None:
    for action, kind in ((figure.png_action, "png"), (figure.svg_action, "svg")):
        with qtbot.waitSignal(figure.export_requested) as asked:
            action.trigger()
        assert asked.args == [kind]
    QGuiApplication.clipboard().clear()
    QTest.keyClick(figure, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().image().size() == figure.picture().size()


def test_a_picture_of_it_is_in_its_theme_as_large_as_wanted_and_a_drawing_is_svg_of_its_size(figure: OnePlot) -> None:
    figure.set_theme(LIGHT)
    image = figure.picture(2.0)
    assert (image.width(), image.height()) == (1000, 600)
    assert image.pixelColor(1, 1) == QColor(LIGHT.panel)
    root = ET.fromstring(figure.svg().decode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == "0 0 500 300"
    assert "One plot" in figure.svg().decode()
