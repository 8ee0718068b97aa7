"""The weights panel: which layer is shown, and what is said about it."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.views.legend import ColorLegend
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.network.weights_panel import WeightsPanel
from mnist_viz.views.number_text import format_value
from mnist_viz.views.theme import DARK

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier

SQUARE = (28, 28)


@pytest.fixture
def panel(qtbot: QtBot) -> WeightsPanel:
    panel = WeightsPanel()
    panel.set_theme(DARK)
    panel.resize(620, 300)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.set_layers(["Layer 1", "Layer 2", "Output"])
    return panel


def mosaic_of(panel: WeightsPanel) -> WeightMosaic:
    mosaic = panel.findChild(WeightMosaic)
    assert mosaic is not None
    return mosaic


def choose(qtbot: QtBot, panel: WeightsPanel, layer: int) -> None:
    button = panel.findChild(QToolButton, f"weights-layer-{layer}")
    assert button is not None
    QTest.mouseClick(button, LEFT)


def zeros(inputs: int, neurons: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.zeros((inputs, neurons), np.float32)


def test_before_there_is_a_network_it_says_what_to_do(panel: WeightsPanel) -> None:
    assert mosaic_of(panel).isHidden()
    assert not panel.grab().isNull()


def test_the_first_layer_is_described_by_its_neurons(panel: WeightsPanel) -> None:
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    assert panel.heading() == ("First-layer weights", "128 neurons · what each looks for")
    assert mosaic_of(panel).isVisible()


def test_a_layer_too_large_to_show_says_so(panel: WeightsPanel) -> None:
    panel.set_weights(0, zeros(784, 2000), 0.5, SQUARE)
    assert panel.heading()[1].startswith(f"first {mosaic_of(panel).shown_neurons()} of 2,000 neurons")


def test_choosing_a_layer_asks_for_its_weights(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    with qtbot.waitSignal(panel.layer_selected) as chosen:
        choose(qtbot, panel, 1)
    assert chosen.args == [1]
    assert panel.selected_layer() == 1
    panel.set_weights(1, zeros(128, 64), 0.5)
    assert panel.heading() == ("Layer 2 weights", "64 neurons × 128 inputs · a row is one neuron")


def test_weights_that_arrive_late_for_another_layer_are_ignored(qtbot: QtBot, panel: WeightsPanel) -> None:
    choose(qtbot, panel, 2)
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    assert mosaic_of(panel).isHidden()


def test_choosing_the_same_layer_again_keeps_it(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    with qtbot.assertNotEmitted(panel.layer_selected):
        choose(qtbot, panel, 0)
    assert mosaic_of(panel).isVisible()


def test_another_network_begins_with_its_first_layer(qtbot: QtBot, panel: WeightsPanel) -> None:
    choose(qtbot, panel, 2)
    panel.set_layers(["Output"])
    assert panel.selected_layer() == 0
    panel.set_weights(0, zeros(784, 10), 0.5, SQUARE)
    assert panel.heading()[0] == "Weights"


def test_the_mouse_over_a_neuron_is_told_with_its_layer(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    mosaic = mosaic_of(panel)
    place = mosaic.neuron_rect(17).center().toPoint()
    with qtbot.waitSignal(panel.neuron_hovered) as hovered:
        QTest.mouseMove(mosaic, place)
    assert hovered.args == [0, 17]
    with qtbot.waitSignal(panel.neuron_clicked) as clicked:
        QTest.mouseClick(mosaic, LEFT, NONE, place)
    assert clicked.args == [0, 17]
    with qtbot.waitSignal(panel.neuron_hovered) as left:
        QTest.mouseMove(mosaic, QPoint(1, 1))
    assert left.args == [0, -1]


def test_only_a_neuron_of_the_shown_layer_is_framed(panel: WeightsPanel) -> None:
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    plain = panel.grab().toImage()
    panel.set_highlight(1, 5)
    assert panel.grab().toImage() == plain
    panel.set_highlight(0, 5)
    assert panel.grab().toImage() != plain


@pytest.mark.parametrize("width", [264, 400, 900])
def test_the_choice_of_layers_stays_inside_the_panel(panel: WeightsPanel, width: int) -> None:
    panel.set_layers(["Layer 1", "Layer 2", "Layer 3", "Layer 4", "Layer 5", "Output"])
    panel.resize(width, 300)
    for button in panel.findChildren(QToolButton):
        place = button.mapTo(panel, QPoint(0, 0))
        assert place.x() >= 0
        assert place.x() + button.width() <= width


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (0.314, "0.31"), (-0.314, "−0.31"), (12.34, "12.3"), (0.0012, "1e-03")]
)
def test_values_are_written_shortly(value: float, text: str) -> None:
    assert format_value(value) == text


def test_the_scale_is_painted_from_its_lowest_to_its_highest_colour(qtbot: QtBot) -> None:
    legend = ColorLegend("Weight", diverging=True)
    legend.set_theme(DARK)
    legend.resize(400, 16)
    legend.set_range(-0.5, 0.5)
    qtbot.addWidget(legend)
    image = legend.grab().toImage()
    colors = [image.pixelColor(x, image.height() // 2).name() for x in range(image.width())]
    low, high = DARK.negative[0], DARK.positive[-1]
    assert low in colors
    assert high in colors
    assert colors.index(low) < colors.index(high)


def test_the_change_since_the_first_weights_is_offered_where_it_is_known(qtbot: QtBot, panel: WeightsPanel) -> None:
    panel.resize(700, 300)
    panel.set_weights(0, zeros(784, 128), 0.5, SQUARE)
    assert not panel.shows_change()
    panel.set_change_available(True)
    assert panel.shows_change()
    assert panel.heading() == ("First-layer weights", "128 neurons · what they learned")
    button = panel.findChild(QToolButton, "weights-change")
    assert isinstance(button, QToolButton)
    with qtbot.waitSignal(panel.change_toggled) as toggled:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert toggled.args == [False]
    assert panel.heading()[1] == "128 neurons · what each looks for"


def test_the_colours_are_offered_for_the_first_layer_of_a_network_that_sees_them(
    qtbot: QtBot, panel: WeightsPanel
) -> None:
    panel.resize(800, 300)
    red = panel.findChild(QToolButton, "weights-channel-r")
    assert isinstance(red, QToolButton)
    panel.set_weights(0, zeros(1024, 128), 0.5, (32, 32))
    assert not red.isVisible()
    panel.set_colour(True)
    assert red.isVisible()
    assert panel.selected_channel() == -1
    panel.set_weights(0, zeros(1024, 128), 0.5, (32, 32))
    assert panel.legend() == "Weight, red + green + blue"
    with qtbot.waitSignal(panel.channel_selected) as chosen:
        QTest.mouseClick(red, LEFT)
    assert chosen.args == [0]
    assert panel.selected_channel() == 0
    panel.set_weights(0, zeros(1024, 128), 0.5, (32, 32))
    assert panel.legend() == "Weight, red"
    choose(qtbot, panel, 1)
    assert not red.isVisible()
    panel.set_weights(1, zeros(128, 64), 0.5)
    assert panel.legend() == "Weight"


def test_the_last_layer_is_described_by_its_classes(qtbot: QtBot, panel: WeightsPanel) -> None:
    choose(qtbot, panel, 2)
    panel.set_weights(2, zeros(64, 47), 0.5, names=[f"class {k}" for k in range(47)])
    assert panel.heading() == ("Output weights", "47 classes × 64 inputs · a row is one class")
