"""The curves panel shows the values at the cursor, keeps its axes still and asks for an epoch when pressed."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.curve_plot import (
    epoch_ticks,
    linear_scale,
    log_scale,
    percent_scale,
    upper_percent_scale,
    visible_extent,
)
from mnist_viz.views.curves import Curve, CurvesPanel
from mnist_viz.views.theme import DARK, LIGHT

X = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
LOSS = Curve(X, np.array([2.3, 0.9, 0.5, 0.4, 0.3]))
ACCURACY = Curve(X, np.array([0.1, 0.7, 0.8, 0.85, 0.9]))
VALIDATION_LOSS = Curve(np.array([1.0, 2.0]), np.array([0.6, 0.45]))
VALIDATION_ACCURACY = Curve(np.array([1.0, 2.0]), np.array([0.78, 0.86]))


@pytest.fixture
def panel(qtbot: QtBot) -> CurvesPanel:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(360, 420)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def trained(panel: CurvesPanel) -> CurvesPanel:
    panel.set_extent(10)
    panel.set_curves(LOSS, VALIDATION_LOSS, ACCURACY, VALIDATION_ACCURACY)
    return panel


def y_range(panel: CurvesPanel) -> tuple[float, float]:
    low, high = panel.loss_plot.viewRange()[1]
    return float(low), float(high)


def at(panel: CurvesPanel, epoch: float) -> QPoint:
    return QPoint(round(panel.loss_plot.x_of(epoch)), panel.loss_plot.height() // 2)


def test_before_training_it_says_what_to_do(panel: CurvesPanel) -> None:
    assert panel.is_empty
    assert "Press Play" in panel.loss_plot.note
    assert panel.readout == ("", "–", "–", "–", "–")


def test_with_curves_the_newest_values_stand_beside_the_headings(trained: CurvesPanel) -> None:
    assert trained.loss_plot.note == ""
    assert trained.readout == ("epoch 2.00", "0.3000", "0.4500", "90.00%", "86.00%")


def test_the_values_are_those_at_the_cursor(trained: CurvesPanel) -> None:
    trained.set_cursor(1.0)
    assert trained.readout == ("epoch 1.00", "0.5000", "0.6000", "80.00%", "78.00%")
    trained.set_cursor(0.5)
    assert trained.readout == ("epoch 0.50", "0.9000", "–", "70.00%", "–")


def test_under_the_mouse_the_values_are_those_there_until_it_leaves(trained: CurvesPanel, qtbot: QtBot) -> None:
    trained.set_cursor(2.0)
    QTest.mouseMove(trained.loss_plot.viewport(), at(trained, 1.2))
    assert trained.readout[1:] == ("0.5000", "0.6000", "80.00%", "78.00%")
    trained.loss_plot.hovered.emit(None)
    assert trained.readout[0] == "epoch 2.00"


def test_a_click_and_a_drag_ask_for_the_epoch_under_the_mouse(trained: CurvesPanel, qtbot: QtBot) -> None:
    epochs: list[float] = []
    trained.cursor_requested.connect(epochs.append)
    view = trained.loss_plot.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at(trained, 1.5))
    QTest.mouseMove(view, at(trained, 0.5))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(trained, 0.5))
    QTest.mouseMove(view, at(trained, 1.9))
    assert epochs == pytest.approx([1.5, 0.5], abs=0.05)


def test_outside_the_axes_the_nearest_end_is_asked_for(trained: CurvesPanel, qtbot: QtBot) -> None:
    epochs: list[float] = []
    trained.cursor_requested.connect(epochs.append)
    QTest.mouseClick(trained.accuracy_plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(2, 30))
    assert epochs == [0.0]


def test_both_plots_share_their_epochs_and_keep_them_while_training_goes_on(trained: CurvesPanel) -> None:
    trained.set_extent(2)
    for plot in (trained.loss_plot, trained.accuracy_plot):
        assert plot.viewRange()[0] == [0, 2]
    longer = Curve(np.append(X, 12.0), np.append(LOSS.y, 0.2))
    trained.set_curves(longer, VALIDATION_LOSS, ACCURACY, VALIDATION_ACCURACY)
    for plot in (trained.loss_plot, trained.accuracy_plot):
        assert plot.viewRange()[0] == [0, 12]


def test_a_diverged_loss_leaves_out_what_cannot_be_drawn(trained: CurvesPanel) -> None:
    broken = Curve(np.append(X, [2.5, 3.0]), np.append(LOSS.y, [np.nan, np.inf]))
    before = y_range(trained)
    trained.set_curves(broken, VALIDATION_LOSS, ACCURACY, VALIDATION_ACCURACY)
    trained.grab()
    assert y_range(trained) == before
    assert trained.readout[1] == "0.3000"


def test_the_key_l_switches_the_loss_to_logarithms_and_back(trained: CurvesPanel, qtbot: QtBot) -> None:
    linear = y_range(trained)
    QTest.mouseClick(trained.log_button, Qt.MouseButton.LeftButton)
    low, high = y_range(trained)
    assert low <= np.log10(0.3)
    assert high >= np.log10(2.3)
    assert high - low < 3
    trained.activateWindow()
    QTest.keyClick(trained, Qt.Key.Key_L)
    assert y_range(trained) == linear


def test_zoom_shows_the_top_of_the_accuracy_alone(trained: CurvesPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(trained.zoom_button, Qt.MouseButton.LeftButton)
    low, high = trained.accuracy_plot.viewRange()[1]
    assert low == pytest.approx(0.8, abs=0.01)
    assert high == pytest.approx(1.0, abs=0.01)


def test_a_hidden_panel_draws_what_came_meanwhile_when_it_is_shown(qtbot: QtBot) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.set_extent(4)
    panel.set_curves(LOSS, VALIDATION_LOSS, ACCURACY, VALIDATION_ACCURACY)
    panel.set_cursor(1.0)
    assert panel.readout[0] == ""
    panel.show()
    assert panel.readout[0] == "epoch 1.00"
    assert panel.loss_plot.viewRange()[0] == [0, 2]


def test_both_themes_draw(trained: CurvesPanel) -> None:
    pictures = []
    for theme in (DARK, LIGHT):
        trained.set_theme(theme)
        pictures.append(trained.loss_plot.grab().toImage())
    assert pictures[0] != pictures[1]


def test_a_run_that_starts_anew_starts_with_new_axes(trained: CurvesPanel) -> None:
    trained.set_curves(Curve(X, LOSS.y * 100), Curve(), Curve(), Curve())
    high = y_range(trained)[1]
    trained.set_curves(Curve(), Curve(), Curve(), Curve())
    trained.set_curves(LOSS, Curve(), Curve(), Curve())
    assert y_range(trained)[1] < high / 10


def test_the_loss_axis_grows_at_once_and_shrinks_late() -> None:
    first = linear_scale(2.3, None)
    assert first.high >= 2.3
    assert linear_scale(2.0, first) is first
    assert linear_scale(4.0, first).high >= 4.0
    assert linear_scale(0.3, first).high < 1.0


def test_the_epochs_grow_in_few_steps_up_to_the_whole_run() -> None:
    extents = [visible_extent(last, 20) for last in np.linspace(0, 20, 2000)]
    assert sorted(set(extents)) == [1, 2, 5, 10, 20]
    assert extents == sorted(extents)
    assert visible_extent(0.0, 1) == 1
    assert visible_extent(0.5, 2.4) == 1
    assert visible_extent(3.0, 6) == 6
    assert visible_extent(7.5, 6) == 7.5


def test_the_logarithmic_axis_grows_at_once_and_shrinks_late() -> None:
    first = log_scale(0.12, 2.3, None)
    assert log_scale(0.15, 2.2, first) is first
    assert log_scale(0.04, 2.3, first).low < first.low
    assert log_scale(0.12, 0.4, first).high < first.high


def test_axes_have_few_round_ticks() -> None:
    assert [text for _, text in linear_scale(2.3, None).ticks] == ["0", "1", "2", "3"]
    assert [text for _, text in log_scale(0.12, 2.3, None).ticks] == ["0.1", "0.2", "0.5", "1", "2", "5"]
    assert [text for _, text in percent_scale().ticks] == ["0%", "25%", "50%", "75%", "100%"]
    assert [text for _, text in upper_percent_scale(0.97).ticks] == ["90%", "92.5%", "95%", "97.5%", "100%"]
    assert [text for _, text in epoch_ticks(10, 300)] == ["0", "2", "4", "6", "8", "10"]
    assert [text for _, text in epoch_ticks(3, 300)] == ["0", "1", "2", "3"]
    assert len(epoch_ticks(5000, 300)) <= 9


def test_a_low_plot_shows_fewer_values_and_powers_of_ten_first() -> None:
    logarithmic = log_scale(0.03, 2.3, None)
    assert [text for _, text in logarithmic.ticks_for(200)] == ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]
    assert [text for _, text in logarithmic.ticks_for(70)] == ["0.1", "1"]
    assert [text for _, text in percent_scale().ticks_for(70)] == ["0%", "50%", "100%"]


def test_a_curve_knows_its_newest_value_at_an_epoch() -> None:
    assert VALIDATION_LOSS.at(0.99) is None
    assert VALIDATION_LOSS.at(1.0) == 0.6
    assert VALIDATION_LOSS.at(1.99) == 0.6
    assert VALIDATION_LOSS.at(50.0) == 0.45
