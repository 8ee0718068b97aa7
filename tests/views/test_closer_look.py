"""Opening a neuron from Weights and from Network: by the context menu, by Enter, by a double click."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.weights_panel import WeightsPanel
from tests.views.hand import cell, click, double_click, inside, shown

Opened = list[tuple[int, int]]


@pytest.fixture
def weights(qtbot: QtBot) -> WeightsPanel:
    panel = shown(qtbot, WeightsPanel(), 620, 300)
    rng = np.random.default_rng(0)
    panel.set_model([rng.normal(size=shape).astype(np.float32) for shape in ((784, 6), (6, 10))], image_shape=(28, 28))
    return panel


@pytest.fixture
def activations(qtbot: QtBot) -> ActivationsPanel:
    panel = shown(qtbot, ActivationsPanel(), 620, 300)
    panel.set_structure((12, 8))
    return panel


def opened(panel: WeightsPanel | ActivationsPanel) -> Opened:
    found: Opened = []
    panel.neuron_opened.connect(lambda layer, neuron: found.append((layer, neuron)))
    return found


def first_of_menu(widget: QWidget, at: QPoint, reason: QContextMenuEvent.Reason) -> bool:
    """Open the context menu and choose its first entry; whether it can be chosen."""
    chosen: list[QAction] = []

    def choose() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        chosen.append(menu.actions()[0])
        if chosen[0].isEnabled():
            menu.setActiveAction(chosen[0])
            QTest.keyClick(menu, Qt.Key.Key_Return)
        else:
            menu.close()

    QTimer.singleShot(0, choose)
    target = inside(widget)
    QApplication.sendEvent(target, QContextMenuEvent(reason, at, target.mapToGlobal(at)))
    QApplication.processEvents()
    return chosen[0].isEnabled()


MOUSE, KEY = QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard


def test_the_menu_of_the_weights_opens_the_neuron_under_the_mouse_and_beside_all_none(weights: WeightsPanel) -> None:
    found, mosaic = opened(weights), weights.mosaic
    assert first_of_menu(mosaic, cell(mosaic, 10, 30), MOUSE)
    assert found == [(0, mosaic.neuron_at(10, 30))]
    assert not first_of_menu(mosaic, QPoint(mosaic.width() - 3, 3), MOUSE)
    assert len(found) == 1


def test_enter_opens_the_chosen_neuron(weights: WeightsPanel) -> None:
    found = opened(weights)
    weights.mosaic.setFocus()
    QTest.keyClick(weights.mosaic, Qt.Key.Key_Return)
    assert found == []  # none is chosen
    weights.set_chosen(1, 4)
    QTest.keyClick(weights.mosaic, Qt.Key.Key_Return)
    assert first_of_menu(weights.mosaic, QPoint(5, 5), KEY)
    assert found == [(1, 4), (1, 4)]


def test_a_double_click_or_the_menu_in_the_network_opens_a_neuron_and_a_click_only_chooses_it(
    activations: ActivationsPanel,
) -> None:
    found, clicked = opened(activations), []
    activations.neuron_clicked.connect(lambda *neuron: clicked.append(neuron))
    at = activations.neuron_rect(2, 7).center().toPoint()
    click(activations, at)
    assert (found, clicked) == ([], [(2, 7)])
    double_click(activations, at)
    assert first_of_menu(activations, at, MOUSE)
    inner = activations.neuron_rect(1, 3).center() - activations.figure.pos()
    double_click(activations.figure, inner.toPoint())
    assert found == [(2, 7), (2, 7), (1, 3)]
