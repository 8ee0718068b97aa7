"""The mosaic of weight maps: what is painted where, and what the mouse finds."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.painting import best_grid
from mnist_viz.views.scaling import Resampler, area_taps
from mnist_viz.views.theme import DARK

NONE = Qt.KeyboardModifier.NoModifier

SQUARE = (28, 28)


@pytest.fixture
def mosaic(qtbot: QtBot) -> WeightMosaic:
    mosaic = WeightMosaic()
    mosaic.set_theme(DARK)
    mosaic.resize(620, 240)
    qtbot.addWidget(mosaic)
    with qtbot.waitExposed(mosaic):
        mosaic.show()
    return mosaic


def one_bright(neurons: int, bright: int) -> NDArray[np.float32]:
    weights = np.zeros((784, neurons), np.float32)
    weights[:, bright] = 1.0
    return weights


def color_at(mosaic: WeightMosaic, position: QPointF) -> QColor:
    image = mosaic.grab().toImage()
    ratio = image.devicePixelRatio()
    return image.pixelColor(int(position.x() * ratio), int(position.y() * ratio))


def is_zero(color: QColor) -> bool:
    """The middle of the scale, which lies between two of the table's 255 colours."""
    zero = QColor(DARK.positive[0])
    pairs = ((color.red(), zero.red()), (color.green(), zero.green()), (color.blue(), zero.blue()))
    return all(abs(a - b) <= 4 for a, b in pairs)


@pytest.mark.parametrize(
    ("neurons", "size"), [(128, (620, 240)), (500, (620, 240)), (10, (900, 600)), (37, (300, 200))]
)
def test_every_neuron_has_a_tile_of_its_own_in_order(mosaic: WeightMosaic, neurons: int, size: tuple[int, int]) -> None:
    mosaic.resize(*size)
    mosaic.set_weights(one_bright(neurons, neurons - 1), 1.0, SQUARE)
    assert mosaic.shown_neurons() == neurons
    for neuron in range(neurons):
        rect = mosaic.neuron_rect(neuron)
        assert mosaic.rect().contains(rect.toAlignedRect())
        assert mosaic.neuron_at(rect.center()) == neuron
    assert color_at(mosaic, mosaic.neuron_rect(neurons - 1).center()) == QColor(DARK.positive[-1])
    assert is_zero(color_at(mosaic, mosaic.neuron_rect(0).center()))


def test_a_tile_shows_the_weights_as_the_picture_they_belong_to(mosaic: WeightMosaic) -> None:
    weights = np.zeros((28, 28, 12), np.float32)
    weights[:14, :, 5] = -1.0  # the upper half
    weights[14:, 14:, 5] = 1.0  # the lower right quarter
    mosaic.set_weights(weights.reshape(784, 12), 1.0, SQUARE)
    rect = mosaic.neuron_rect(5)

    def at(x: float, y: float) -> QColor:
        return color_at(mosaic, QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height()))

    assert at(0.25, 0.25) == QColor(DARK.negative[0])
    assert at(0.75, 0.25) == QColor(DARK.negative[0])
    assert at(0.75, 0.75) == QColor(DARK.positive[-1])
    assert is_zero(at(0.25, 0.75))


def test_weights_beyond_the_limit_have_the_strongest_colour(mosaic: WeightMosaic) -> None:
    weights = np.full((784, 4), -7.0, np.float32)
    mosaic.set_weights(weights, 0.5, SQUARE)
    assert color_at(mosaic, mosaic.neuron_rect(2).center()) == QColor(DARK.negative[0])


def test_weights_that_are_no_numbers_do_no_harm(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(np.full((784, 16), np.nan, np.float32), 1.0, SQUARE)
    assert not mosaic.grab().isNull()


def test_new_weights_replace_the_old(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(one_bright(16, 3), 1.0, SQUARE)
    center = mosaic.neuron_rect(3).center()
    assert color_at(mosaic, center) == QColor(DARK.positive[-1])
    mosaic.set_weights(one_bright(16, 4), 1.0, SQUARE)
    assert is_zero(color_at(mosaic, center))


def test_of_a_huge_layer_so_many_neurons_are_shown_as_can_be_seen(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(np.zeros((784, 2000), np.float32), 1.0, SQUARE)
    assert 200 < mosaic.shown_neurons() < 400
    assert mosaic.neuron_rect(0).width() >= 20
    mosaic.resize(2400, 1600)
    assert mosaic.shown_neurons() == 1024


def test_a_layer_that_reads_no_picture_is_shown_as_its_matrix(mosaic: WeightMosaic) -> None:
    weights = np.zeros((64, 10), np.float32)
    weights[:32, 9] = 1.0
    mosaic.set_weights(weights, 1.0)
    assert not mosaic.shows_tiles()
    row = mosaic.neuron_rect(9)
    assert mosaic.neuron_at(row.center()) == 9
    middle = row.center().y()
    assert color_at(mosaic, QPointF(row.left() + row.width() / 4, middle)) == QColor(DARK.positive[-1])
    assert is_zero(color_at(mosaic, QPointF(row.left() + row.width() * 3 / 4, middle)))


def test_a_matrix_larger_than_the_room_is_shown_whole(mosaic: WeightMosaic) -> None:
    weights = np.zeros((1000, 800), np.float32)
    weights[:, 400:] = 1.0
    mosaic.set_weights(weights, 1.0)
    assert is_zero(color_at(mosaic, mosaic.neuron_rect(10).center()))
    assert color_at(mosaic, mosaic.neuron_rect(790).center()) == QColor(DARK.positive[-1])


def test_the_mouse_tells_which_neuron_it_is_over_and_that_it_left(qtbot: QtBot, mosaic: WeightMosaic) -> None:
    mosaic.set_weights(one_bright(128, 0), 1.0, SQUARE)
    heard: list[int] = []
    mosaic.neuron_hovered.connect(heard.append)
    inside = mosaic.neuron_rect(17).center().toPoint()
    QTest.mouseMove(mosaic, inside)
    QTest.mouseMove(mosaic, inside + QPoint(1, 1))
    QTest.mouseMove(mosaic, mosaic.neuron_rect(18).center().toPoint())
    QTest.mouseMove(mosaic, QPoint(1, 1))
    assert heard == [17, 18, -1]


def test_a_click_chooses_a_neuron(qtbot: QtBot, mosaic: WeightMosaic) -> None:
    mosaic.set_weights(one_bright(128, 0), 1.0, SQUARE)
    with qtbot.waitSignal(mosaic.neuron_clicked) as chosen:
        QTest.mouseClick(mosaic, Qt.MouseButton.LeftButton, NONE, mosaic.neuron_rect(42).center().toPoint())
    assert chosen.args == [42]


def test_the_highlighted_neuron_is_framed(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(one_bright(128, 0), 1.0, SQUARE)
    edge = mosaic.neuron_rect(20).topLeft() + QPointF(8, -1)
    assert color_at(mosaic, edge) != QColor(DARK.accent)
    mosaic.set_highlight(20)
    assert color_at(mosaic, edge) == QColor(DARK.accent)
    mosaic.set_highlight(-1)
    assert color_at(mosaic, edge) != QColor(DARK.accent)


def test_a_neuron_is_described_by_the_range_of_its_weights(mosaic: WeightMosaic) -> None:
    weights = np.zeros((784, 20), np.float32)
    weights[0, 17], weights[1, 17] = -0.31, 0.42
    mosaic.set_weights(weights, 1.0)
    assert mosaic.describe(17) == "Neuron 17 · weights −0.31 to +0.42"


@pytest.mark.parametrize("shape", [(8, 8), (64, 64), (20, 33)])
def test_a_tile_has_the_shape_of_the_picture(mosaic: WeightMosaic, shape: tuple[int, int]) -> None:
    high, wide = shape
    weights = np.zeros((high, wide, 12), np.float32)
    weights[: high // 2, : wide // 2, 7] = 1.0
    mosaic.set_weights(weights.reshape(-1, 12), 1.0, shape)
    assert mosaic.shows_tiles()
    tile = mosaic.neuron_rect(7)
    assert tile.width() / tile.height() == pytest.approx(wide / high, rel=0.1)
    corner = QPointF(tile.width() / 4, tile.height() / 4)
    assert color_at(mosaic, tile.topLeft() + corner) == QColor(DARK.positive[-1])
    assert is_zero(color_at(mosaic, tile.bottomRight() - corner))


def test_784_numbers_that_are_no_picture_are_shown_as_a_matrix(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(one_bright(12, 3), 1.0)
    assert not mosaic.shows_tiles()


def test_rows_with_names_begin_right_of_them(mosaic: WeightMosaic) -> None:
    weights = np.ones((64, 10), np.float32)
    mosaic.set_weights(weights, 1.0)
    bare = mosaic.neuron_rect(4)
    mosaic.set_weights(weights, 1.0, names=[f"automobile {k}" for k in range(10)])
    named = mosaic.neuron_rect(4)
    assert named.left() >= bare.left() + 50
    assert mosaic.neuron_at(named.center()) == 4
    assert mosaic.neuron_at(QPointF(named.left() - 20, named.center().y())) == -1
    assert mosaic.describe(4).startswith("automobile 4 · weights ")


def test_rows_too_low_for_names_take_all_the_room(mosaic: WeightMosaic) -> None:
    weights = np.ones((64, 47), np.float32)
    mosaic.set_weights(weights, 1.0)
    bare = mosaic.neuron_rect(4)
    mosaic.set_weights(weights, 1.0, names=[f"class {k}" for k in range(47)])
    assert mosaic.neuron_rect(4) == bare


def test_the_tiles_of_classes_bear_their_names(mosaic: WeightMosaic) -> None:
    mosaic.set_weights(one_bright(10, 3), 1.0, SQUARE)
    bare = mosaic.grab().toImage()
    mosaic.set_weights(one_bright(10, 3), 1.0, SQUARE, [f"class {k}" for k in range(10)])
    named = mosaic.grab().toImage()
    tile = mosaic.neuron_rect(3).toRect()
    assert named.copy(tile) != bare.copy(tile)
    assert named.pixelColor(tile.center()) == bare.pixelColor(tile.center())


def test_without_weights_there_is_nothing_to_find(mosaic: WeightMosaic) -> None:
    assert mosaic.neuron_at(QPointF(100, 100)) == -1
    assert mosaic.shown_neurons() == 0
    assert not mosaic.grab().isNull()


@pytest.mark.parametrize(("count", "width", "height"), [(128, 620, 220), (500, 620, 220), (1, 50, 900), (97, 33, 40)])
def test_the_grid_fits_the_room_and_holds_all(count: int, width: int, height: int) -> None:
    columns, side = best_grid(count, width, height, gap=1)
    rows = -(-count // columns)
    assert columns * (side + 1) - 1 <= width
    assert rows * (side + 1) - 1 <= height


@pytest.mark.parametrize(("source", "target"), [(28, 36), (28, 28), (28, 56), (28, 13), (500, 217), (3, 7)])
def test_scaling_by_area_keeps_the_mean_and_the_range(source: int, target: int) -> None:
    at, shares = area_taps(source, target)
    assert np.all(shares.sum(axis=0) == 256)
    assert at.max() < source
    codes = np.random.default_rng(0).integers(0, 256, (source, 5)).astype(np.uint16)
    scaled = Resampler().scale("test", codes, target, axis=0)
    assert scaled.shape == (target, 5)
    assert scaled.max() <= codes.max()
    assert scaled.min() >= codes.min()
    np.testing.assert_allclose(scaled.mean(axis=0), codes.mean(axis=0), atol=1.0)


def test_scaling_by_a_whole_number_repeats_and_halving_averages() -> None:
    codes = np.array([[0], [100], [200], [60]], np.uint16)
    assert Resampler().scale("twice", codes, 8, axis=0).ravel().tolist() == [0, 0, 100, 100, 200, 200, 60, 60]
    assert Resampler().scale("half", codes, 2, axis=0).ravel().tolist() == [50, 130]
