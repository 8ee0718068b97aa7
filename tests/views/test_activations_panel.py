"""The activations panel: the network's parts, what lights up, and what the mouse finds."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.activations_plan import plan_network
from mnist_viz.views.network.color_legend import ColorLegend
from mnist_viz.views.painting import Floats
from mnist_viz.views.theme import DARK
from tests.views.hand import click, shown

SEVEN = np.eye(10, dtype=np.float32)[7]


@pytest.fixture
def panel(qtbot: QtBot) -> ActivationsPanel:
    return shown(qtbot, ActivationsPanel(), 620, 300)


def values(count: int, **given: float) -> Floats:
    """Activations that are zero but for those given, such as n17=8.0."""
    found = np.zeros(count, np.float32)
    for name, value in given.items():
        found[int(name[1:])] = value
    return found


def color_of(panel: ActivationsPanel, layer: int, neuron: int) -> str:
    return color_at(panel.grab().toImage(), panel.neuron_rect(layer, neuron).center()).name()


def color_at(image: QImage, position: QPointF) -> QColor:
    ratio = image.devicePixelRatio()
    return image.pixelColor(int(position.x() * ratio), int(position.y() * ratio))


def count_of(image: QImage, color: str) -> int:
    return sum(image.pixelColor(x, y).name() == color for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("size", [(420, 216), (620, 300), (1600, 900)])
@pytest.mark.parametrize("hidden", [(), (1, 1), (128, 64), (10_000, 64), (64, 48, 40, 32, 24), (64,) * 20])
def test_every_neuron_has_a_cell_of_its_own_in_order(
    panel: ActivationsPanel, hidden: tuple[int, ...], size: tuple[int, int]
) -> None:
    panel.resize(*size)
    panel.set_structure(hidden)
    panel.set_activations([np.full(count, np.nan, np.float32) for count in hidden], SEVEN)
    assert not panel.grab().isNull()
    right = 0.0
    for layer, count in enumerate((*hidden, 10)):
        first = panel.neuron_rect(layer, 0)
        assert first.left() >= right  # each layer lies to the right of the one before
        for neuron in range(count):
            rect = panel.neuron_rect(layer, neuron)
            assert panel.neuron_at(rect.center()) == (layer, neuron)
            right = max(right, rect.right())
    assert right <= size[0]


def test_the_caption_asks_for_what_can_be_read_and_names_the_winner(panel: ActivationsPanel) -> None:
    panel.set_structure((128, 64))
    assert panel.caption() == "Draw a digit to see which neurons answer"
    assert count_of(panel.grab().toImage(), DARK.activation[-1]) <= 64  # none but the legend's
    panel.set_structure((16,))
    panel.set_activations([np.ones(16, np.float32)], SEVEN)
    assert panel.caption() == "Which neurons answer, and the strongest paths to 7"
    panel.set_activations(None, None)
    assert panel.caption() == "Draw a digit to see which neurons answer"
    panel.set_structure(())
    panel.set_activations([], SEVEN)
    assert panel.caption() == "No hidden layer: the pixels vote for 7 directly"
    panel.set_structure((16,), "relu", ("bag", "boot"))
    assert panel.caption() == "Draw something to see which neurons answer"
    panel.set_structure((16,), "relu", ("bag", "boot"), 3072, (32, 32, 3))
    assert panel.caption() == "Ask for an example to see which neurons answer"


def test_the_strongest_neuron_of_a_layer_has_the_strongest_colour(panel: ActivationsPanel) -> None:
    panel.set_structure((128, 64))
    panel.set_activations([values(128, n17=8.0, n18=4.0), values(64, n5=0.1)], SEVEN)
    assert color_of(panel, 0, 17) == color_of(panel, 1, 5) == DARK.activation[-1]
    assert color_of(panel, 0, 3) == DARK.activation[0]
    assert color_of(panel, 0, 18) not in (DARK.activation[-1], DARK.activation[0])


def test_negative_activations_have_colours_of_their_own(panel: ActivationsPanel) -> None:
    for activation, most in (("leaky-relu", 2.0), ("identity", 2.0), ("elu", 2.0), ("tanh", 1.0)):
        panel.set_structure((16,), activation)
        panel.set_activations([values(16, n2=-most, n3=most)], SEVEN)
        assert color_of(panel, 0, 2) == DARK.negative[0]
        assert color_of(panel, 0, 3) == DARK.positive[-1]


def test_paths_are_coloured_by_what_they_say_about_the_winner(panel: ActivationsPanel) -> None:
    panel.set_structure((16,))
    for contribution, tint in ((2.0, DARK.support[-2]), (-2.0, DARK.against[1])):
        panel.set_activations([np.ones(16, np.float32)], SEVEN)
        without = count_of(panel.grab().toImage(), tint)
        panel.set_activations([np.ones(16, np.float32)], SEVEN, [[], [(0, 7, contribution)]])
        assert count_of(panel.grab().toImage(), tint) > without


def test_the_legends_explain_what_is_drawn(panel: ActivationsPanel) -> None:
    colours = panel.findChild(ColorLegend)
    assert colours is not None
    for hidden in ((16,), ()):
        panel.set_structure(hidden)
        assert colours.isVisible() == bool(hidden)
        assert any("path for" in text.text() and text.isVisible() for text in panel.findChildren(QLabel))


def test_the_last_band_ends_at_the_outputs_where_the_panel_is_higher_than_they(panel: ActivationsPanel) -> None:
    panel.set_structure((16,))
    for high, edge in ((220, False), (900, True)):
        panel.resize(620, high)
        corner = panel.figure.geometry().topRight() + QPoint(-2, 12)
        assert (color_at(panel.grab().toImage(), QPointF(corner)).name() == DARK.panel) == edge


def test_the_paths_of_a_neuron_are_brought_out(panel: ActivationsPanel) -> None:
    panel.set_structure((16, 8))
    layers = [np.ones(16, np.float32), np.ones(8, np.float32)]
    pixels = [(406, 4, 1.0), (407, 3, -2.0)]
    paths = pixels, [(3, 5, 2.0), (4, 5, 1.0), (4, 6, -1.0)], [(5, 7, 2.0), (6, 7, 1.0)]
    panel.set_activations(layers, SEVEN, paths)
    assert panel.figure.path_counts == (7, 0)
    for mark in (panel.set_highlight, panel.set_chosen):
        for layer, neuron, count in ((0, 4, 3), (1, 5, 3), (2, 7, 2), (0, 9, 0), (-1, -1, 0)):
            mark(layer, neuron)
            assert panel.figure.path_counts == (7, count)


def test_a_path_begins_at_its_pixel(panel: ActivationsPanel) -> None:
    places: list[tuple[tuple[int, ...], int, int, int]] = [
        ((28, 28), 30, 1, 2), ((8, 20), 25, 1, 5), ((32, 32, 3), 101, 1, 1),
    ]  # fmt: skip
    for shape, number, row, column in places:
        panel.set_structure((16,), inputs=int(np.prod(shape)), image_shape=shape)
        whole = panel.figure.plan.input
        rect = panel.figure.neuron_rect(-1, number)
        assert rect.width() == pytest.approx(whole.width() / shape[1])
        assert (rect.left() - whole.left()) / rect.width() == pytest.approx(column)
        assert (rect.top() - whole.top()) / rect.height() == pytest.approx(row)


@pytest.mark.parametrize("hidden", [(128, 64), (1400, 700), (64,) * 20, (3,)])
def test_every_neuron_keeps_its_row_and_column_when_the_panel_gets_another_size(hidden: tuple[int, ...]) -> None:
    sizes = (320.0, 168.0), (480.0, 224.0), (1600.0, 400.0), (500.0, 900.0)
    plans = [plan_network(hidden, size, ratio) for size in sizes for ratio in (1.0, 1.5)]
    assert {tuple((block.columns, block.rows) for block in plan.blocks) for plan in plans} == {
        tuple((block.columns, block.rows) for block in plans[0].blocks)
    }


def test_activations_of_another_structure_bring_their_own(panel: ActivationsPanel) -> None:
    panel.set_structure((128, 64))
    panel.set_activations([np.ones(30, np.float32)], SEVEN)
    assert panel.neuron_rect(0, 29).isValid()
    assert panel.neuron_rect(0, 30).isEmpty()


def pointed_at(panel: ActivationsPanel, layer: int, neuron: int) -> tuple[QWidget, QPoint]:
    """The widget that is under the mouse over a neuron, and where."""
    place = panel.neuron_rect(layer, neuron).center().toPoint()
    found = panel.childAt(place)
    return (found, found.mapFrom(panel, place)) if found is not None else (panel, place)


def test_the_mouse_tells_layer_and_neuron_and_a_click_chooses(qtbot: QtBot, panel: ActivationsPanel) -> None:
    panel.set_structure((128, 64))
    QTest.mouseMove(panel, QPoint(2, 2))
    heard: list[tuple[int, int]] = []
    panel.neuron_hovered.connect(lambda layer, neuron: heard.append((layer, neuron)))
    for neuron in ((0, 60), (1, 3), (2, 7)):
        widget, place = pointed_at(panel, *neuron)
        QTest.mouseMove(widget, place)
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))
        assert heard[-1] == neuron
        assert panel.text() == QToolTip.text() == panel.describe(*neuron)
        with qtbot.waitSignal(panel.neuron_clicked) as chosen:
            click(widget, place)
        assert tuple(chosen.args) == neuron
    QToolTip.hideText()
    QTest.mouseMove(panel, QPoint(2, 2))
    assert heard[-1] == (-1, -1)
    assert panel.text() == panel.caption()


def test_neurons_are_described_by_what_they_do(panel: ActivationsPanel) -> None:
    panel.set_structure((128,))
    assert panel.describe(0, 17) == "Hidden 1 · neuron 17"
    panel.set_activations([values(128, n17=1.42)], SEVEN)
    assert panel.describe(0, 17) == "Hidden 1 · neuron 17 · activation 1.42"
    assert panel.describe(1, 7) == "Output · 7 · 100.0%"


def test_the_chosen_neuron_is_framed_also_among_the_outputs(panel: ActivationsPanel) -> None:
    panel.set_structure((16,))
    plain = count_of(panel.grab().toImage(), DARK.accent)
    for layer, neuron in ((0, 5), (1, 3)):
        panel.set_chosen(layer, neuron)
        assert count_of(panel.grab().toImage(), DARK.accent) > plain
        panel.set_chosen(-1, -1)
        assert count_of(panel.grab().toImage(), DARK.accent) == plain


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_cells_are_whole_device_pixels(ratio: float) -> None:
    plan = plan_network((128, 64, 1000), (613.0, 281.0), ratio)
    edges = [edge * ratio for block in plan.blocks for edge in (block.rect.left(), block.rect.top(), block.cell)]
    np.testing.assert_allclose(edges, np.round(edges), atol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (64, 64), (20, 33), (32, 32, 3)])
def test_the_input_has_the_shape_of_the_picture(shape: tuple[int, ...]) -> None:
    for size in ((420.0, 216.0), (620.0, 300.0), (1600.0, 900.0)):
        rect = plan_network((16,), size, 1.0, shape[:2]).input
        assert rect.width() / rect.height() == pytest.approx(shape[1] / shape[0], rel=0.05)
        assert max(rect.width(), rect.height()) >= 48


def test_a_colour_picture_is_shown_in_its_colours(panel: ActivationsPanel) -> None:
    panel.set_structure((16,), inputs=3072, image_shape=(32, 32, 3))
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[:] = (200, 30, 70)
    panel.set_input(picture)
    assert count_of(panel.grab().toImage(), "#c81e46") >= 32 * 32


def test_of_many_classes_the_likeliest_are_listed_and_found(panel: ActivationsPanel) -> None:
    names = [f"a class with a long name {k}" for k in range(47)]
    panel.set_structure((16,), "relu", names)
    probabilities = np.full(47, 0.01, np.float32)
    probabilities[44] = 0.54
    panel.set_activations([np.ones(16, np.float32)], probabilities, [[], [(0, 44, 2.0)]])
    place = panel.neuron_rect(1, 44)
    assert panel.rect().contains(place.toAlignedRect())
    assert panel.neuron_at(place.center()) == (1, 44)
    assert panel.neuron_rect(1, 40).isEmpty()
    assert panel.caption().endswith("paths to a class with a long name 44")
    assert panel.describe(1, 44) == "Output · a class with a long name 44 · 54.0%"
