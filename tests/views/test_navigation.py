"""Panels are reached by the keyboard, have their arrows while they have the focus, and let go of it again."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.network.weights_panel import WeightsPanel
from mnist_viz.views.panel import is_seen
from mnist_viz.views.settings.panel import SettingsPanel
from mnist_viz.views.theme import DARK
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow
from tests.views.conftest import MakeWindow

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window({
        "draw": ("Draw", DrawPanel()),
        "weights": ("Weights", WeightsPanel()),
        "curves": ("Learning curves", CurvesPanel()),
        "settings": ("Settings", SettingsPanel()),
        "runs": ("Runs", QWidget()),
        "why": ("Why this digit", None),
    })  # fmt: skip


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key as the window system does: it goes to the focus, to a menu, or to a shortcut."""
    top = QApplication.activePopupWidget() or QApplication.activeWindow()
    assert top is not None
    handle = top.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, key, modifier)


def where(window: MainWindow) -> str:
    """The key of the panel, or the name of the bar, that has the focus; empty if none has it."""
    here = QApplication.focusWidget()
    for key, dock in window.docks.items():
        if here is not None and dock.isAncestorOf(here):
            return key
    bars = window.findChildren(TransportBar) + window.findChildren(TimelineBar)
    return next((bar.objectName() for bar in bars if here is not None and bar.isAncestorOf(here)), "")


def has_panel_in_front(window: MainWindow, key: str) -> bool:
    return is_seen(window.docks[key].widget())


def test_the_key_or_the_menu_of_a_panel_behind_another_brings_it_to_the_front_and_never_closes_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: has_panel_in_front(window, "settings"))
    window.docks["runs"].show_action.trigger()
    qtbot.waitUntil(lambda: has_panel_in_front(window, "runs"))
    assert window.docks["runs"].show_action.isChecked()
    press(Qt.Key.Key_3, CTRL)
    assert where(window) == "curves"
    press(Qt.Key.Key_4, CTRL)
    assert where(window) == "settings"
    press(Qt.Key.Key_5, CTRL)
    qtbot.waitUntil(lambda: has_panel_in_front(window, "runs"))
    assert not has_panel_in_front(window, "settings")
    assert not window.docks["settings"].isHidden()
    window.docks["settings"].raise_()
    press(Qt.Key.Key_3, CTRL)
    press(Qt.Key.Key_3, CTRL)
    assert where(window) != "curves"
    assert not window.docks["curves"].isHidden()


def test_f6_goes_through_the_bars_and_the_panels_in_reading_order(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: has_panel_in_front(window, "settings"))
    went = []
    for _ in range(7):
        press(Qt.Key.Key_F6)
        went.append(where(window))
    assert went == ["transport", "draw", "weights", "curves", "settings", "timeline-bar", "transport"]
    press(Qt.Key.Key_F6, SHIFT)
    assert where(window) == "timeline-bar"


def test_a_panel_is_entered_at_its_chart_and_later_where_one_left_it(window: MainWindow) -> None:
    curves = window.docks["curves"].panel
    assert isinstance(curves, CurvesPanel)
    press(Qt.Key.Key_3, CTRL)
    assert curves.figure.hasFocus()
    curves.legend.setFocus()
    press(Qt.Key.Key_1, CTRL)
    press(Qt.Key.Key_3, CTRL)
    assert curves.legend.hasFocus()


def test_arrows_move_in_a_heatmap_that_was_reached_by_key_and_enter_chooses(window: MainWindow, qtbot: QtBot) -> None:
    weights = window.docks["weights"].panel
    assert isinstance(weights, WeightsPanel)
    weights.set_model([np.random.default_rng(0).normal(size=(784, 12)).astype(np.float32)] * 2, image_shape=(28, 28))
    steps: list[object] = []
    window.commands.forward_batch.triggered.connect(lambda: steps.append("step"))
    press(Qt.Key.Key_2, CTRL)
    assert weights.mosaic.hasFocus()
    pointed: list[tuple[int, int]] = []
    weights.neuron_hovered.connect(lambda layer, neuron: pointed.append((layer, neuron)))
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Right)
    assert pointed[-1] == (0, 1)
    with qtbot.waitSignal(weights.neuron_clicked) as clicked:
        press(Qt.Key.Key_Return)
    assert clicked.args == [0, 1]
    assert not steps


def test_after_a_click_on_a_chart_the_arrows_still_step_through_the_training(window: MainWindow, qtbot: QtBot) -> None:
    curves = window.docks["curves"].panel
    assert isinstance(curves, CurvesPanel)
    QTest.mouseClick(curves.figure.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    with qtbot.waitSignal(window.commands.forward_batch.triggered):
        press(Qt.Key.Key_Right)


def test_a_focused_chart_has_a_frame(window: MainWindow) -> None:
    curves = window.docks["curves"].panel
    assert isinstance(curves, CurvesPanel)
    before = curves.figure.grab().toImage()
    press(Qt.Key.Key_3, CTRL)
    after = curves.figure.grab().toImage()
    corner = QPoint(1, after.height() // 2)
    assert after.pixelColor(corner) != before.pixelColor(corner)
    assert after.pixelColor(corner).name() == DARK.accent


def test_a_choice_of_layers_with_the_focus_has_the_arrows(window: MainWindow) -> None:
    weights = window.docks["weights"].panel
    assert isinstance(weights, WeightsPanel)
    weights.set_model([np.ones((784, 12), np.float32), np.ones((12, 10), np.float32)], image_shape=(28, 28))
    weights.layers.setFocus()
    press(Qt.Key.Key_Right)
    assert weights.selected_layer() == 1


# --- Escape ----------------------------------------------------------------------------------


def test_escape_that_closes_a_list_leaves_the_drawing_alone(window: MainWindow, qtbot: QtBot) -> None:
    clears: list[object] = []
    window.commands.clear_pad.triggered.connect(lambda: clears.append("cleared"))
    combo = window.findChild(QComboBox, "speed")
    assert isinstance(combo, QComboBox)
    window.run_menu.popup(window.mapToGlobal(QPoint(60, 60)))
    qtbot.waitUntil(window.run_menu.isVisible)
    press(Qt.Key.Key_Escape)
    QTest.mouseClick(combo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(combo.view().isVisible)
    press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not combo.view().isVisible())
    assert not clears
    window.activateWindow()
    window.setFocus()
    qtbot.waitUntil(window.isActiveWindow)
    press(Qt.Key.Key_Escape)
    assert clears


def test_escape_first_leaves_what_has_the_focus(window: MainWindow) -> None:
    clears: list[object] = []
    window.commands.clear_pad.triggered.connect(lambda: clears.append("cleared"))
    press(Qt.Key.Key_2, CTRL)
    press(Qt.Key.Key_Escape)
    assert where(window) == ""
    assert not clears
    press(Qt.Key.Key_Escape)
    assert len(clears) == 1


# --- on demand -------------------------------------------------------------------------------


def test_a_panel_on_demand_opens_by_its_key_and_joins_the_weights(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.docks["why"]
    assert dock.isHidden()
    press(Qt.Key.Key_1, CTRL | Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: has_panel_in_front(window, "why"))
    assert dock in window.tabifiedDockWidgets(window.docks["weights"])
    state = window.arrangement.save()
    window.arrangement.restore_default()
    assert dock.isHidden()
    assert window.arrangement.restore(state)
    assert not dock.isHidden()


def test_a_panel_with_a_tab_has_no_title_beside(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.docks["settings"].titleBarWidget().height() == 0)
    assert window.docks["draw"].titleBarWidget().height() > 0
    bar = next(bar for bar in window.findChildren(QTabBar) if bar.count() and bar.tabText(0) == "Settings")
    assert bar.elideMode() is Qt.TextElideMode.ElideNone
    window.docks["settings"].setFloating(True)
    qtbot.waitUntil(lambda: window.docks["settings"].titleBarWidget().height() > 0)
