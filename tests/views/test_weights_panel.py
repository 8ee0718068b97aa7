"""The weights panel: which layer is shown, on which range, and what is said about it."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.weights_panel import Ranges, WeightsPanel
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Floats
from tests.views.hand import cell, click, shown

SQUARE = (28, 28)
DIGITS = tuple("0123456789")


@pytest.fixture
def panel(qtbot: QtBot) -> WeightsPanel:
    return shown(qtbot, WeightsPanel(), 620, 300)


@pytest.fixture
def usual(panel: WeightsPanel) -> WeightsPanel:
    """With the weights of a network of 128 and 64 neurons."""
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE, class_names=DIGITS)
    return panel


def network(*sizes: int, scale: float = 1.0) -> tuple[Floats, ...]:
    """The weights of one, of the given widths."""
    rng = np.random.default_rng(0)
    return tuple(
        rng.normal(0.0, scale, (inputs, neurons)).astype(np.float32) for inputs, neurons in itertools.pairwise(sizes)
    )


def switch(panel: WeightsPanel, name: str) -> QAbstractButton:
    button: QAbstractButton | None = panel.findChild(QAbstractButton, f"weights-{name}")
    assert button is not None
    return button


def weights_in(panel: WeightsPanel) -> Floats:
    assert panel.message() == ""
    assert panel.mosaic.weights is not None
    return panel.mosaic.weights


def click_layer(panel: WeightsPanel, layer: int) -> None:
    click(panel.layers, panel.layers.tabRect(layer).center())


def test_the_first_layer_is_described_by_its_neurons(panel: WeightsPanel) -> None:
    assert panel.message().startswith("No network yet")
    for sizes, words in (
        ((784, 128, 64, 10), "128 neurons · what each looks for"),
        ((784, 1, 10), "1 neuron · what it looks for"),
        ((784, 10), "10 classes · what each looks for"),
    ):
        panel.set_model(network(*sizes), image_shape=SQUARE)
        np.testing.assert_array_equal(weights_in(panel), network(*sizes)[0])
        assert panel.text() == words
        assert not switch(panel, "all").isVisible()  # they are


def test_a_layer_too_large_to_show_says_so_at_any_size(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 2000, 10), image_shape=SQUARE)
    for size in ((620, 300), (900, 500)):
        panel.resize(*size)
        assert panel.text().startswith(f"first {panel.mosaic.shown_neurons():,} of 2,000 neurons")


def test_the_most_telling_neurons_are_shown_until_all_are_asked_for(qtbot: QtBot, panel: WeightsPanel) -> None:
    weights = network(784, 128, 64, 10)
    telling = (7, 3, 100), (60, 2)
    panel.set_model(weights, image_shape=SQUARE, class_names=DIGITS, telling=telling)
    assert panel.text() == "3 most telling of 128 neurons · what each looks for"
    mosaic = panel.mosaic
    assert mosaic.values is not None
    np.testing.assert_array_equal(mosaic.values[:28, 28:56], weights[0][:, 3].reshape(28, 28))
    assert mosaic.neuron_at(0, 2 * 28) == 100
    click_layer(panel, 1)
    assert panel.text() == "2 most telling of 64 neurons × 3 of 128 inputs · a row is one neuron"
    np.testing.assert_array_equal(mosaic.values, weights[1][np.ix_((7, 3, 100), (60, 2))].T)
    click_layer(panel, 2)
    assert panel.text() == "10 classes × 2 of 64 inputs · a row is one class"
    with qtbot.waitSignal(panel.all_shown_changed) as wanted:
        switch(panel, "all").click()
    assert wanted.args == [True]
    np.testing.assert_array_equal(mosaic.values, weights[2].T)
    panel.set_all_shown(False)
    assert mosaic.values.shape == (10, 2)


def test_the_chosen_neuron_is_shown_although_others_tell_more(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 10), image_shape=SQUARE, telling=((7, 3, 100),))
    panel.set_chosen(0, 55)
    framed = panel.mosaic.framed["chosen"]
    assert framed == (0, 2 * 28)
    assert panel.mosaic.neuron_at(*framed) == 55
    panel.set_chosen(0, 785)  # of the network that is about to be shown
    assert panel.mosaic.framed["chosen"] is None
    assert panel.mosaic.neuron_at(*framed) == 100


def test_rows_and_columns_of_a_matrix_are_named(panel: WeightsPanel) -> None:
    panel.set_model(network(784, 128, 64, 10), image_shape=SQUARE, class_names=DIGITS, telling=((7, 3, 100), (60, 2)))
    click_layer(panel, 1)
    left, top = panel.mosaic.left, panel.mosaic.top
    assert (left.names, top.names, top.labelText) == (
        ("Neuron 60", "Neuron 2"),
        ("7", "3", "100"),
        "Neurons of hidden layer 1",
    )
    click_layer(panel, 2)
    assert (left.names, top.names, top.labelText) == (DIGITS, ("60", "2"), "Neurons of hidden layer 2")


def test_another_layer_is_shown_at_a_click_and_another_network_begins_with_its_first(usual: WeightsPanel) -> None:
    click_layer(usual, 1)
    np.testing.assert_array_equal(weights_in(usual), network(784, 128, 64, 10)[1])
    assert usual.text() == "64 neurons × 128 inputs · a row is one neuron"
    click_layer(usual, 2)
    assert usual.text() == "10 classes × 64 inputs · a row is one class"
    usual.set_model(network(784, 128, 64, 10, scale=2.0), image_shape=SQUARE, class_names=DIGITS)
    assert usual.selected_layer() == 2
    usual.set_model(network(784, 10), image_shape=SQUARE)
    assert usual.selected_layer() == 0
    assert not usual.layers.isVisible()


def test_in_a_narrow_panel_the_value_under_the_mouse_is_read_all_the_same(usual: WeightsPanel) -> None:
    usual.resize(412, 240)
    QTest.mouseMove(usual.mosaic.viewport(), cell(usual.mosaic, 14, 14))
    line = usual._text
    assert line.text().endswith(usual.text().split(" · ")[-1])
    assert line.fontMetrics().horizontalAdvance(line.text()) <= line.width()  # or it would be cut


def test_the_mouse_over_a_neuron_is_told_with_its_layer(qtbot: QtBot, usual: WeightsPanel) -> None:
    mosaic = usual.mosaic
    with qtbot.waitSignal(usual.neuron_hovered) as hovered:
        QTest.mouseMove(mosaic.viewport(), cell(mosaic, 14, 14))
    assert hovered.args == [0, 0]
    assert usual.text().startswith("Neuron 0 · pixel (14, 14) · ")
    with qtbot.waitSignal(usual.neuron_clicked) as clicked:
        click(mosaic, cell(mosaic, 14, 14))
    assert clicked.args == [0, 0]
    with qtbot.waitSignal(usual.neuron_hovered) as left:
        QTest.mouseMove(mosaic.viewport(), QPoint(mosaic.width() - 2, 2))
    assert left.args == [0, -1]
    assert usual.text() == "128 neurons · what each looks for"


def test_only_a_neuron_of_the_shown_layer_is_framed_as_under_the_mouse(usual: WeightsPanel) -> None:
    usual.set_highlight(1, 5)
    assert usual.mosaic.framed["hovered"] is None
    usual.set_highlight(0, 5)
    assert usual.mosaic.framed["hovered"] is not None


def test_the_layer_of_the_chosen_neuron_is_shown(usual: WeightsPanel) -> None:
    usual.set_chosen(1, 5)
    assert usual.selected_layer() == 1
    assert usual.mosaic.framed["chosen"] == (5, 0)
    click_layer(usual, 0)
    assert usual.mosaic.framed["chosen"] is None
    click_layer(usual, 1)
    assert usual.mosaic.framed["chosen"] == (5, 0)
    usual.set_chosen(-1, -1)
    assert usual.selected_layer() == 1
    assert usual.mosaic.framed["chosen"] is None


def test_what_was_learned_is_offered_where_the_first_weights_are_known(panel: WeightsPanel) -> None:
    first, now = network(784, 128, 10), network(784, 128, 10, scale=2.0)
    panel.set_model(now, image_shape=SQUARE)
    assert not panel.shows_change()
    assert not switch(panel, "change").isVisible()
    panel.set_model(now, first, image_shape=SQUARE)
    assert panel.text() == "128 neurons · what they learned"
    np.testing.assert_array_equal(weights_in(panel), now[0] - first[0])
    switch(panel, "change").click()
    assert panel.text() == "128 neurons · what each looks for"
    np.testing.assert_array_equal(weights_in(panel), now[0])


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
    np.testing.assert_allclose(weights_in(panel), by_colour.sum(axis=1), atol=1e-5)
    for channel, name in enumerate(("red", "green", "blue")):
        switch(panel, f"channel-{name[0]}").click()
        np.testing.assert_array_equal(weights_in(panel), by_colour[:, channel])
        assert panel.text() == f"100 neurons · what each looks for in {name}"
    click_layer(panel, 1)
    assert not switch(panel, "channel-r").isVisible()
    panel.set_model(network(784, 100, 10), image_shape=SQUARE)
    assert not switch(panel, "channel-r").isVisible()


def test_values_are_written_shortly() -> None:
    values = {0.0: "0", 0.314: "0.31", 12.3: "12.3", -0.0012: "−0.001", 1.2e-4: "1e−4", -3e21: "−3e21"}
    assert {value: format_value(value) for value in values} == values
