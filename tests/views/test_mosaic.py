"""The mosaic of weight maps: what is shown where, and what the mouse finds."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.mosaic import WeightMosaic, compose_tiles, plan_tiles
from mnist_viz.views.painting import Floats
from tests.views.hand import cell, click, shown

SQUARE = (28, 28)


@pytest.fixture
def mosaic(qtbot: QtBot) -> WeightMosaic:
    mosaic = shown(qtbot, WeightMosaic(), 620, 240)
    QTest.mouseMove(mosaic.viewport(), QPoint(618, 238))  # wherever the test before has left it
    return mosaic


def drawn(inputs: int, neurons: int) -> Floats:
    """Weights that are all different."""
    return np.linspace(-1, 1, inputs * neurons, dtype=np.float32).reshape(inputs, neurons)


def place(mosaic: WeightMosaic, neuron: int, row: int = 14, column: int = 14) -> QPoint:
    """Where one of a neuron's weights is in the figure, in a layer that reads 28 x 28 pixels."""
    assert mosaic.values is not None
    down, across = divmod(neuron, mosaic.values.shape[1] // 28)
    return cell(mosaic, 28 * down + row, 28 * across + column)


@pytest.mark.parametrize("neurons", [1, 7, 128])
@pytest.mark.parametrize("columns", [1, 3, 16])
def test_every_neuron_has_a_tile_of_its_own_in_order(neurons: int, columns: int) -> None:
    weights = drawn(12, neurons)
    tiles = compose_tiles(weights, (3, 4), columns)
    for neuron in range(neurons):
        row, column = divmod(neuron, columns)
        tile = tiles[3 * row : 3 * row + 3, 4 * column : 4 * column + 4]
        np.testing.assert_array_equal(tile, weights[:, neuron].reshape(3, 4))
    assert not tiles[-3:, 4 * (neurons % columns or columns) :].any()


@pytest.mark.parametrize("neurons", [1, 10, 100, 128, 500, 1400, 10_000])
@pytest.mark.parametrize("size", [(300, 200), (560, 360), (680, 300), (1900, 900), (200, 800)])
def test_as_many_tiles_as_can_be_read_fill_the_room(neurons: int, size: tuple[int, int]) -> None:
    count, columns = plan_tiles(neurons, SQUARE, *size)
    rows = -(-count // columns)
    side = size[0] / columns, size[1] / rows
    assert count == min(neurons, 1024) or min(side) < 24  # fewer only where all would be smudges
    assert min(side) >= 16
    if count >= 100:
        assert 1 / 1.21 <= side[0] / side[1] <= 1.21  # what may be stretched
        assert count >= 0.9 * rows * columns


def test_oblong_tiles_keep_their_shape_and_no_room_holds_one() -> None:
    count, columns = plan_tiles(12, (20, 40), 800, 300)
    assert (count, columns) == (12, 4)
    assert plan_tiles(128, SQUARE, 1, 1) == (1, 1)


def test_of_a_huge_layer_so_many_neurons_are_shown_as_can_be_seen_or_painted(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(np.zeros((784, 10_000), np.float32), 1.0, SQUARE)
    assert mosaic.shows_tiles()
    assert 200 < mosaic.shown_neurons() < 600
    mosaic.resize(2400, 1600)
    assert mosaic.shown_neurons() == 1024
    mosaic.set_weights(np.zeros((10_000, 10_000), np.float32), 1.0)
    assert mosaic.shown_neurons() == 200


def test_a_layer_that_reads_no_picture_is_shown_as_its_matrix_one_neuron_a_row(mosaic: WeightMosaic) -> None:
    weights = drawn(64, 10)
    mosaic.set_weights(weights, 1.0)
    assert not mosaic.shows_tiles()
    assert mosaic.values is not None
    np.testing.assert_array_equal(mosaic.values, weights.T)


def test_weights_that_are_no_numbers_do_no_harm(mosaic: WeightMosaic) -> None:
    for shape in (SQUARE, None):
        mosaic.set_weights(np.full((784, 16), np.nan, np.float32), 1.0, shape)
        mosaic.set_weights(np.full((784, 16), np.inf, np.float32), 1.0, shape)
        assert not mosaic.grab().isNull()


def test_the_mouse_tells_neuron_and_weight_and_that_it_left(mosaic: WeightMosaic) -> None:
    weights = np.zeros((784, 128), np.float32)
    weights[14 * 28 + 14, 17] = 0.42
    mosaic.set_weights(weights, 1.0, SQUARE)
    neurons: list[int] = []
    texts: list[str] = []
    mosaic.neuron_hovered.connect(neurons.append)
    mosaic.weight_hovered.connect(texts.append)
    QTest.mouseMove(mosaic.viewport(), place(mosaic, 17))
    assert texts == ["Neuron 17 · pixel (14, 14) · +0.42"]
    mosaic.set_weights(2 * weights, 1.0, SQUARE)  # training goes on
    assert texts[-1] == "Neuron 17 · pixel (14, 14) · +0.84"
    QTest.mouseMove(mosaic.viewport(), place(mosaic, 18))
    QTest.mouseMove(mosaic.viewport(), QPoint(618, 2))
    assert neurons == [17, 18, -1]
    assert texts[-1] == ""


def test_the_mouse_tells_the_inputs_of_a_class_and_a_neuron_its_range(mosaic: WeightMosaic) -> None:
    weights = np.zeros((64, 10), np.float32)
    weights[32, 7] = -0.3
    mosaic.set_weights(weights, 1.0, names=[f"class {k}" for k in range(10)])
    texts: list[str] = []
    mosaic.weight_hovered.connect(texts.append)
    QApplication.processEvents()  # lays the names out
    QTest.mouseMove(mosaic.viewport(), cell(mosaic, 7, 32))
    assert texts == ["class 7 · from neuron 32 · −0.30"]
    weights = np.zeros((64, 32), np.float32)
    weights[3, 17], weights[5, 17] = -0.31, 0.42
    mosaic.set_weights(weights, 1.0)
    assert mosaic.describe(17) == "Neuron 17 · weights −0.31 to +0.42"


def test_a_click_chooses_a_neuron_and_new_weights_keep_the_zoom(qtbot: QtBot, mosaic: WeightMosaic) -> None:
    mosaic.set_weights(drawn(784, 128), 1.0, SQUARE)
    with qtbot.waitSignal(mosaic.neuron_clicked) as chosen:
        click(mosaic, place(mosaic, 42))
    assert chosen.args == [42]
    mosaic.set_weights(drawn(784, 128), 1.0, SQUARE)
    mosaic.look_at(0, 0)
    mosaic.set_weights(drawn(784, 128), 2.0, SQUARE)
    assert mosaic.zoomed
    mosaic.set_weights(drawn(128, 64), 1.0)
    assert not mosaic.zoomed


@pytest.mark.parametrize("shape", [SQUARE, None])
def test_the_chosen_neuron_stays_framed_when_the_room_changes(
    mosaic: WeightMosaic, shape: tuple[int, int] | None
) -> None:
    mosaic.set_weights(drawn(784, 128), 1.0, shape)
    mosaic.choose_neuron(101)
    for size in ((620, 240), (300, 700)):
        mosaic.resize(*size)
        framed = mosaic.framed["chosen"]
        assert framed is not None
        assert mosaic.neuron_at(*framed) == 101
    mosaic.choose_neuron(-1)
    assert mosaic.framed["chosen"] is None


def test_a_neuron_that_is_not_there_is_not_framed(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(drawn(784, 12), 1.0, SQUARE)
    mosaic.highlight_neuron(12)
    assert mosaic.framed["hovered"] is None
    mosaic.set_weights(drawn(784, 13), 1.0, SQUARE)
    assert mosaic.framed["hovered"] is not None
