"""The weights panel: which layer is shown, on which range, and what is said about it."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.weights_panel import Ranges, WeightsPanel
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Floats
from mnist_viz.views.theme import DARK

LEFT = Qt.MouseButton.LeftButton
SQUARE = (28, 28)
DIGITS = tuple("0123456789")


@pytest.fixture
def panel(qtbot: QtBot) -> WeightsPanel:
    panel = WeightsPanel()
    panel.set_theme(DARK)
    panel.resize(620, 300)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def network(*sizes: int, scale: float = 1.0) -> tuple[Floats, ...]:
    """The weights of one, of the given widths."""
    rng = np.random.default_rng(0)
    return tuple(
        rng.normal(0.0, scale, (inputs, neurons)).astype(np.float32) for inputs, neurons in itertools.pairwise(sizes)
    )


def switch(panel: WeightsPanel, name: str) -> QToolButton:
    button = panel.findChild(QToolButton, f"weights-{name}")
    assert isinstance(button, QToolButton)
    return button


def shown(panel: WeightsPanel) -> Floats:
    assert panel.message() == ""
    assert panel.mosaic.weights is not None
    return panel.mosaic.weights


def click_layer(panel: WeightsPanel, layer: int) -> None:
    QTest.mouseClick(panel.layers, LEFT, pos=panel.layers.tabRect(layer).center())


def test_before_there_is_a_network_it_says_what_to_do(panel: WeightsPanel) -> None:
    assert panel.message().startswith("No network yet")


def test_the_first_layer_is_described_by_its_neurons(panel: WeightsPanel) -> None:
    weights = network(784, 128, 64, 10)
    panel.set_model(weights, image_shape=SQUARE)
    np.testing.assert_array_equal(shown(panel), weights[0])
    assert panel.text() == "128 neurons · what each looks for"


def test_a_layer_too_large_to_show_says_so_at_any_size(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 2000, 10), image_shape=SQUARE)
    for size in ((620, 300), (900, 500)):
        panel.resize(*size)
        assert panel.text().startswith(f"first {panel.mosaic.shown_neurons():,} of 2,000 neurons")


def test_another_layer_is_shown_at_a_click(panel: WeightsPanel) -> None:
    weights = network(784, 128, 64, 10)
    panel.set_model(weights, image_shape=SQUARE, class_names=DIGITS)
    click_layer(panel, 1)
    assert panel.selected_layer() == 1
    np.testing.assert_array_equal(shown(panel), weights[1])
    assert panel.text() == "64 neurons × 128 inputs · a row is one neuron"
    click_layer(panel, 2)
    assert panel.text() == "10 classes × 64 inputs · a row is one class"
    panel.set_model(network(784, 128, 64, 10, scale=2.0), image_shape=SQUARE, class_names=DIGITS)
    assert panel.selected_layer() == 2


def test_another_network_begins_with_its_first_layer(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE)
    click_layer(panel, 2)
    panel.set_model(network(784, 10), image_shape=SQUARE)
    assert panel.selected_layer() == 0
    assert panel.text() == "10 classes · what each looks for"
    assert not panel.layers.isVisible()


def test_in_a_narrow_panel_the_value_under_the_mouse_is_read_all_the_same(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE)
    panel.resize(412, 240)
    mosaic = panel.mosaic
    with qtbot.waitSignal(panel.neuron_hovered):
        QTest.mouseMove(mosaic.viewport(), mosaic.view.mapViewToScene(QPointF(14.5, 14.5)).toPoint())
    shown = panel._text
    assert shown.text().endswith(panel.text().split(" · ")[-1])
    assert shown.fontMetrics().horizontalAdvance(shown.text()) <= shown.width()  # or it would be cut


def test_a_single_neuron_is_spoken_of_as_one(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 1, 10), image_shape=SQUARE)
    assert panel.text() == "1 neuron · what it looks for"


def test_the_mouse_over_a_neuron_is_told_with_its_layer(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE)
    mosaic = panel.mosaic
    place = mosaic.view.mapViewToScene(QPointF(14.5, 14.5)).toPoint()
    with qtbot.waitSignal(panel.neuron_hovered) as hovered:
        QTest.mouseMove(mosaic.viewport(), place)
    assert hovered.args == [0, 0]
    assert panel.text().startswith("Neuron 0 · pixel (14, 14) · ")
    with qtbot.waitSignal(panel.neuron_clicked) as clicked:
        QTest.mouseClick(mosaic.viewport(), LEFT, pos=place)
    assert clicked.args == [0, 0]
    with qtbot.waitSignal(panel.neuron_hovered) as left:
        QTest.mouseMove(mosaic.viewport(), QPoint(mosaic.width() - 2, 2))
    assert left.args == [0, -1]
    assert panel.text() == "128 neurons · what each looks for"


def test_only_a_neuron_of_the_shown_layer_is_framed_as_under_the_mouse(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE)
    panel.set_highlight(1, 5)
    assert panel.mosaic.framed["hovered"] is None
    panel.set_highlight(0, 5)
    assert panel.mosaic.framed["hovered"] is not None


def test_the_layer_of_the_chosen_neuron_is_shown(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE)
    panel.set_chosen(1, 5)
    assert panel.selected_layer() == 1
    assert panel.mosaic.framed["chosen"] == (5, 0)
    click_layer(panel, 0)
    assert panel.mosaic.framed["chosen"] is None
    click_layer(panel, 1)
    assert panel.mosaic.framed["chosen"] == (5, 0)
    panel.set_chosen(-1, -1)
    assert panel.selected_layer() == 1
    assert panel.mosaic.framed["chosen"] is None


@pytest.mark.parametrize("width", [264, 400, 900])
@pytest.mark.parametrize("hidden", [(32,), (32,) * 5, (8,) * 20])
def test_the_choices_stay_inside_the_panel(panel: WeightsPanel, width: int, hidden: Sequence[int]) -> None:
    weights = network(3072, *hidden, 10)
    panel.set_model(weights, weights, image_shape=(32, 32, 3))
    panel.resize(width, 300)
    assert panel.width() == width
    assert panel.layers.geometry().right() <= width


def test_what_was_learned_is_offered_where_the_first_weights_are_known(panel: WeightsPanel) -> None:
    first, now = network(784, 128, 10), network(784, 128, 10, scale=2.0)
    panel.set_model(now, image_shape=SQUARE)
    assert not panel.shows_change()
    assert not switch(panel, "change").isVisible()
    panel.set_model(now, first, image_shape=SQUARE)
    assert panel.text() == "128 neurons · what they learned"
    np.testing.assert_array_equal(shown(panel), now[0] - first[0])
    QTest.mouseClick(switch(panel, "change"), LEFT)
    assert panel.text() == "128 neurons · what each looks for"
    np.testing.assert_array_equal(shown(panel), now[0])


def test_where_nothing_is_learned_yet_it_says_so(panel: WeightsPanel) -> None:
    first = network(784, 128, 10)
    panel.set_model(first, first, image_shape=SQUARE)
    assert panel.message().startswith("Nothing learned yet")
    assert panel.text() == ""
    switch(panel, "change").click()
    assert panel.message() == ""


def test_a_range_only_widens_and_each_layer_has_its_own(panel: WeightsPanel) -> None:
    ranges: Ranges = {}
    limits = []
    for scale in (0.1, 1.0, 0.1):
        panel.set_model(network(784, 128, 10, scale=scale), image_shape=SQUARE, ranges=ranges)
        limits.append(panel.mosaic.limit)
    assert limits[0] < limits[1] == limits[2]
    click_layer(panel, 1)
    assert panel.mosaic.limit == limits[0]
    panel.set_model(network(784, 128, 10, scale=0.1), image_shape=SQUARE, ranges={})
    click_layer(panel, 0)
    assert panel.mosaic.limit == limits[0]


def test_an_earlier_moment_is_shown_in_the_range_of_the_end(panel: WeightsPanel) -> None:
    first, early, last = (network(784, 128, 10, scale=scale) for scale in (1.0, 1.1, 3.0))
    panel.set_model(last, first, image_shape=SQUARE)
    wide = panel.mosaic.limit
    panel.set_model(early, first, last, image_shape=SQUARE, ranges={})
    assert panel.mosaic.limit == wide


def test_the_colours_are_offered_for_the_first_layer_of_a_network_that_sees_them(panel: WeightsPanel) -> None:
    weights = network(3072, 100, 10)
    panel.resize(800, 300)
    panel.set_model(weights, image_shape=(32, 32, 3))
    by_colour = weights[0].reshape(1024, 3, 100)
    np.testing.assert_allclose(shown(panel), by_colour.sum(axis=1), atol=1e-5)
    for channel, name in enumerate(("red", "green", "blue")):
        QTest.mouseClick(switch(panel, f"channel-{name[0]}"), LEFT)
        np.testing.assert_array_equal(shown(panel), by_colour[:, channel])
        assert panel.text() == f"100 neurons · what each looks for in {name}"
    click_layer(panel, 1)
    assert not switch(panel, "channel-r").isVisible()
    panel.set_model(network(784, 100, 10), image_shape=SQUARE)
    assert not switch(panel, "channel-r").isVisible()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.314, "0.31"), (-0.314, "−0.31"), (12.34, "12.3"), (0.0012, "1e-03"), (-3e21, "−3e21")],
)
def test_values_are_written_shortly(value: float, text: str) -> None:
    assert format_value(value) == text
