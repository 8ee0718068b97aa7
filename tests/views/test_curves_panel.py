"""The curves panel shows the values at a place, follows the runs until one zooms, and says what was asked for."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from mnist_viz.recording.smoothing import AXES, SMOOTHINGS, Series
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.curves.figure import AXIS_TITLES
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.plots.plot import Plot
from mnist_viz.views.theme import LIGHT
from mnist_viz.views.widgets import recolor
from tests.views.hand import CTRL, SHIFT, click, drag, shown, wheel

X = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
LOSS = Series(X, np.array([2.3, 0.9, 0.5, 0.4, 0.3]))
ACCURACY = Series(X, np.array([0.1, 0.7, 0.8, 0.85, 0.9]))
VALIDATION_LOSS = Series(np.array([1.0, 2.0]), np.array([0.6, 0.45]))
VALIDATION_ACCURACY = Series(np.array([1.0, 2.0]), np.array([0.78, 0.86]))


def run(number: int = 1, loss: Series = LOSS, validation: Series = VALIDATION_LOSS, **others: Any) -> RunCurves:
    name = others.pop("name", f"Run {number}")
    return RunCurves(number, name, number - 1, loss, validation, ACCURACY, VALIDATION_ACCURACY, **others)


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> CurvesPanel:
    monkeypatch.setitem(pyqtgraph.CONFIG_OPTIONS, "mouseRateLimit", 0)  # no movement of a test is dropped
    return shown(qtbot, CurvesPanel(), 400, 480)


@pytest.fixture
def trained(panel: CurvesPanel) -> CurvesPanel:
    panel.set_extent(2)
    panel.set_runs([run()], 1)
    panel.grab()  # what is painted can be met by the mouse
    return panel


@pytest.fixture
def several(panel: CurvesPanel) -> CurvesPanel:
    panel.set_extent(2)
    higher = Series(X, LOSS.y + 0.2), Series(VALIDATION_LOSS.x, VALIDATION_LOSS.y + 0.5)
    panel.set_runs([run(1), run(2, *higher, name="With dropout"), run(3, name="Adam")], 2)
    panel.grab()
    return panel


def at(plot: Plot, place: float) -> QPoint:
    """The point in the figure at a place, in the middle of the plot."""
    rect = plot.view.sceneBoundingRect()
    return QPoint(round(plot.view.mapViewToScene(QPointF(place, 0)).x()), round(rect.center().y()))


def zoom(panel: CurvesPanel, notches: int, at: QPoint) -> None:
    wheel(panel.figure, notches, at)
    panel.grab()


def selected(panel: CurvesPanel) -> list[tuple[float, float] | None]:
    heard: list[tuple[float, float] | None] = []
    panel.range_changed.connect(heard.append)
    return heard


def places(panel: CurvesPanel) -> tuple[float, float]:
    return panel.figure.visible_places


def losses(panel: CurvesPanel) -> tuple[float, float]:
    low, high = panel.figure.loss.view.viewRange()[1]
    return float(low), float(high)


# What it says


def test_where_nothing_is_drawn_it_says_why(panel: CurvesPanel) -> None:
    untrained, hidden = RunCurves(1, "Run 1", 0), run(1, visible=False)
    for runs, words in (([], "Press Play"), ([untrained], "Press Play"), ([hidden], "All runs are hidden")):
        panel.set_runs(runs, 1)
        assert words in panel.figure.note
        assert panel.readout[0] == [""]


def test_the_values_are_the_newest_then_those_at_the_cursor_in_units_of_the_axis(trained: CurvesPanel) -> None:
    assert trained.figure.note == ""
    assert trained.readout == [["epoch 2.00"], ["Run 1", "0.3000", "0.4500", "90.00%", "86.00%"]]
    trained.set_cursor(1.0)
    assert trained.readout == [["epoch 1.00"], ["Run 1", "0.5000", "0.6000", "80.00%", "78.00%"]]
    trained.set_cursor(0.5)
    assert trained.readout[1][1:] == ["0.9000", "–", "70.00%", "–"]
    trained.set_cursor(2.0)
    for axis, text in (("steps", "step 2"), ("seconds", "2.0 s")):
        trained.set_axis(axis)
        trained.set_runs([run()], 1)
        assert trained.readout[0] == [text]
        assert trained.axis_choice.text().removesuffix(" ▾") in AXIS_TITLES[axis].lower()


def test_under_the_mouse_the_values_are_those_of_every_visible_run_until_it_leaves(several: CurvesPanel) -> None:
    several.set_runs([run(1), run(2, Series(np.append(X, 9), np.append(LOSS.y, 0.1))), run(3, visible=False)], 1)
    several.set_cursor(2.0)
    QTest.mouseMove(several.figure.viewport(), at(several.figure.accuracy, 1.2))
    assert [row[1:3] for row in several.readout[1:]] == [["0.5000", "0.6000"], ["0.5000", "0.6000"], ["", ""]]
    QTest.mouseMove(several.figure.viewport(), at(several.figure.loss, 5.0))
    assert several.readout[1][1] == "–"  # that run had ended
    several.figure.leaveEvent(QEvent(QEvent.Type.Leave))
    assert several.readout[0] == ["epoch 2.00"]


# Where one goes


def test_a_click_asks_for_the_place_and_the_cursor_can_be_dragged(trained: CurvesPanel) -> None:
    asked: list[float] = []
    trained.cursor_requested.connect(asked.append)
    click(trained.figure, at(trained.figure.loss, 1.5))
    click(trained.figure, QPoint(20, 100))
    assert asked == pytest.approx([1.5], abs=0.02)
    asked = []
    trained.set_cursor(1.0)
    trained.grab()
    trained.cursor_requested.connect(asked.append)
    drag(trained.figure, at(trained.figure.accuracy, 1.0), at(trained.figure.accuracy, 0.5))
    assert asked[-1] == pytest.approx(0.5, abs=0.02)
    assert not trained.figure.zoomed


def test_the_legend_chooses_runs_and_its_check_boxes_hide_and_show_them(several: CurvesPanel) -> None:
    clicked, toggled = QSignalSpy(several.run_clicked), QSignalSpy(several.visibility_toggled)
    several.set_runs([run(1), run(2, visible=False), run(3)], 1)
    legend = several.legend
    for row, column in ((2, 1), (2, 3), (0, 0), (1, 0)):
        rect = legend.visualRect(legend.model().index(row, column))
        click(legend, rect.center() if column else QPoint(rect.left() + 9, rect.center().y()))
    assert [clicked.at(k) for k in range(clicked.count())] == [[3], [3]]
    assert [toggled.at(k) for k in range(toggled.count())] == [[1, False], [2, True]]


# Zooming


def test_the_wheel_zooms_both_plots_at_the_mouse_and_the_values_fit(trained: CurvesPanel) -> None:
    before = losses(trained)
    zoom(trained, 6, at(trained.figure.accuracy, 1.5))
    low, high = places(trained)
    assert low < 1.5 < high
    assert high - low < 1.2
    assert tuple(trained.figure.accuracy.view.viewRange()[0]) == pytest.approx((low, high), abs=0.01)
    assert losses(trained)[1] < before[1]
    zoom(trained, -9, at(trained.figure.accuracy, 1.5))
    assert not trained.figure.zoomed  # zoomed out again


def test_over_the_left_axis_the_wheel_zooms_the_values_alone(trained: CurvesPanel) -> None:
    before, accuracies = places(trained), trained.figure.accuracy.view.viewRange()[1]
    zoom(trained, 4, QPoint(30, at(trained.figure.loss, 1).y()))
    assert places(trained) == before
    low, high = losses(trained)
    assert high - low < 2
    assert trained.figure.accuracy.view.viewRange()[1] == accuracies
    trained.set_runs([run()], 1)
    assert losses(trained) == (low, high)


def test_a_drag_pans_along_the_run_and_with_shift_sets_both_ranges(trained: CurvesPanel) -> None:
    loss = trained.figure.loss
    zoom(trained, 6, at(loss, 1.0))
    (low, high), values = places(trained), losses(trained)
    drag(trained.figure, at(loss, 1.0), at(loss, 1.2) + QPoint(0, 40))
    assert places(trained) == pytest.approx((low - 0.2, high - 0.2), abs=0.03)
    trained.figure.see_all()
    top, bottom = at(loss, 0.5) - QPoint(0, 20), at(loss, 1.5) + QPoint(0, 40)
    values = tuple(sorted(loss.view.mapSceneToView(QPointF(point)).y() for point in (top, bottom)))
    drag(trained.figure, top, bottom, SHIFT)
    assert places(trained) == pytest.approx((0.5, 1.5), abs=0.03)
    assert losses(trained) == pytest.approx(values, abs=0.05)


def test_it_follows_the_training_until_one_zooms_and_again_when_told(trained: CurvesPanel) -> None:
    trained.set_training(True)
    trained.set_extent(10)
    assert places(trained)[1] == pytest.approx(2, abs=0.02)
    trained.set_runs([run(1, Series(np.append(X, 4.0), np.append(LOSS.y, 0.2)))], 1)
    assert places(trained)[1] == pytest.approx(5, abs=0.05)
    zoom(trained, 6, at(trained.figure.loss, 1.0))
    zoomed = places(trained)
    trained.set_runs([run(1, Series(np.append(X, 8.0), np.append(LOSS.y, 0.2)))], 1)
    assert places(trained) == zoomed
    assert trained.figure.see_all_button.text() == "Follow"
    trained.figure.see_all_button.click()
    assert places(trained)[1] == pytest.approx(10, abs=0.1)


def test_keys_switch_the_loss_to_logarithms_and_show_the_top_of_the_accuracy(trained: CurvesPanel) -> None:
    linear = losses(trained)
    QTest.keyClick(trained, Qt.Key.Key_L)
    low, high = losses(trained)
    assert low <= np.log10(0.3)
    assert high >= np.log10(2.3)
    trained.log_action.trigger()
    assert losses(trained) == linear
    QTest.keyClick(trained, Qt.Key.Key_Z)
    low, high = trained.figure.accuracy.view.viewRange()[1]
    assert 0.5 < low < 0.86
    assert high >= 1.0


# A range


def test_a_drag_with_control_or_the_menu_selects_a_range_whose_ends_can_be_dragged(trained: CurvesPanel) -> None:
    heard = selected(trained)
    drag(trained.figure, at(trained.figure.loss, 1.5), at(trained.figure.loss, 0.5), CTRL)
    assert heard[-1] == pytest.approx((0.5, 1.5), abs=0.02)
    assert trained.figure.clear_button.isVisible()
    assert not trained.figure.zoomed
    trained.grab()
    drag(trained.figure, at(trained.figure.accuracy, 1.0), QPoint(2, 300), CTRL)
    assert heard[-1] == pytest.approx((0.0, 1.0), abs=0.02)
    next(a for a in trained.figure.actions() if a.objectName().endswith("select-range")).trigger()
    assert heard[-1] == pytest.approx((0.5, 1.5), abs=0.02)
    trained.grab()
    drag(trained.figure, at(trained.figure.accuracy, 1.5), at(trained.figure.accuracy, 1.8))
    assert heard[-1] == pytest.approx((0.5, 1.8), abs=0.03)


def test_the_statistics_of_the_range_are_shown_and_escape_or_the_button_clears_it(trained: CurvesPanel) -> None:
    heard = selected(trained)
    trained.set_range((0.5, 1.5))
    trained.set_statistics({1: [(0.1, 0.2, 0.3), None, (0.9, 0.95, 0.96), None]})
    header = trained.legend.header()
    name = QPoint(header.sectionViewportPosition(1) + 20, header.height() // 2)
    for heading, values in (
        ("mean of 0.50 – 1.50", ["0.2000", "–", "95.00%", "–"]),
        ("last of 0.50 – 1.50", ["0.3000", "–", "96.00%", "–"]),
        ("least of 0.50 – 1.50", ["0.1000", "–", "90.00%", "–"]),
    ):
        assert trained.readout == [[heading], ["Run 1", *values]]
        click(header.viewport(), name)
    QTest.mouseMove(trained.figure.viewport(), at(trained.figure.loss, 1.8))  # beside it
    assert trained.readout[0] == ["epoch 1.80"]
    QTest.mouseMove(trained.figure.viewport(), at(trained.figure.loss, 1.2))
    assert trained.readout[0] == ["mean of 0.50 – 1.50"]
    trained.figure.setFocus()
    QTest.keyClick(trained.figure, Qt.Key.Key_Escape)
    assert heard == [None]
    assert trained.readout[0] == ["epoch 1.20"]
    trained.set_range((0.5, 1.5))
    trained.figure.clear_button.click()
    assert trained.figure.selected is None
    assert not trained.figure.clear_button.isVisible()


def test_selecting_a_range_moves_no_plot(trained: CurvesPanel) -> None:
    before = [plot.view.sceneBoundingRect() for plot in trained.figure.plots], trained.figure.geometry()
    trained.figure.select_visible()
    trained.grab()
    assert ([plot.view.sceneBoundingRect() for plot in trained.figure.plots], trained.figure.geometry()) == before


# Choices


def test_keys_go_through_the_axes_and_the_smoothings(trained: CurvesPanel) -> None:
    axes: list[str] = []
    smoothings: list[str] = []
    trained.axis_changed.connect(axes.append)
    trained.smoothing_changed.connect(smoothings.append)
    for _ in AXES:
        QTest.keyClick(trained, Qt.Key.Key_X)
    assert axes == [*AXES[1:], AXES[0]]
    for _ in SMOOTHINGS:
        QTest.keyClick(trained, Qt.Key.Key_S, SHIFT)
    assert set(smoothings) == set(SMOOTHINGS)


def test_the_menu_has_the_axes_and_exports(trained: CurvesPanel) -> None:
    axes: list[str] = []
    trained.axis_changed.connect(axes.append)
    trained.set_axis("steps")
    menu = next(action.menu() for action in trained.figure.actions() if action.text() == "Horizontal axis")
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["batches"]
    menu.actions()[AXES.index("seconds")].trigger()
    assert axes == ["seconds"]
    assert trained.axis == "seconds"
    asked: list[str] = []
    trained.export_requested.connect(asked.append)
    for action in trained.figure.actions():
        if "export" in action.objectName():
            action.trigger()
    assert asked == ["png", "svg", "epochs", "batches"]


# Drawing


def test_an_exported_drawing_is_of_lines_and_says_what_it_shows(several: CurvesPanel) -> None:
    text = several.figure.svg().decode()
    assert "<image" not in text
    for word in ("Loss", "Accuracy", "Epochs", "With dropout", "Adam"):
        assert word in text
    assert several.figure.picture(1.0).width() >= 640
    assert several.figure.width() < 640
    several.set_smoothing("10")
    text = several.figure.svg().decode()
    assert "<title>Loss and accuracy of the runs</title>" in text
    description = text.partition("<desc>")[2].partition("</desc>")[0]
    assert "Horizontally: epochs. Training: mean of 10 batches." in description
    assert "With dropout: training loss 0.5000, validation loss 0.9500, training accuracy 90.00%" in description


BAD = {
    "one point": Series(np.array([1.0]), np.array([0.5])),
    "two at one place": Series(np.array([1.0, 1.0]), np.array([0.5, 0.6])),
    "zeros": Series(X, np.zeros(5), np.zeros(5), np.zeros(5)),
    "some not finite": Series(X, np.array([1.0, -1.0, 0.0, np.nan, np.inf])),
    "none finite": Series(X, np.full(5, np.nan), np.full(5, np.nan), np.full(5, np.nan)),
    "huge": Series(X, np.array([0.5, 1e6, 1e30, 1e6, 1e6])),
}


@pytest.mark.parametrize("curve", BAD.values(), ids=BAD)
def test_bad_numbers_are_shown_sensibly(panel: CurvesPanel, curve: Series) -> None:
    recolor(panel, LIGHT)
    panel.set_runs([run(1, curve, curve), run(2)], 1)
    for _ in range(2):
        panel.log_action.trigger()
        panel.grab()
        zoom(panel, 30, at(panel.figure.loss, panel.figure.extent / 2))
        panel.figure.see_all()
    low, high = losses(panel)
    assert np.isfinite([low, high]).all()
    assert low < high
    panel.figure.svg()


def test_a_loss_of_any_size_is_drawn_where_its_axis_has_it(panel: CurvesPanel) -> None:
    panel.set_runs([run(1, Series(X, np.full(5, 1e30)), Series())], 1)
    assert losses(panel)[1] > 1e30
    (stroke,) = (s for s in panel.figure.loss.above._strokes if not s.filled and not s.path.isEmpty())
    assert stroke.path.boundingRect().top() == pytest.approx(1e30)


def test_the_active_run_is_seen_also_far_above_the_others(panel: CurvesPanel) -> None:
    far = Series(X, np.full(5, 4000.0))
    for active, seen in ((3, True), (1, False)):
        panel.set_runs([run(1), run(2), run(3, far, far)], active)
        assert (losses(panel)[1] > 4000) is seen


def test_in_a_low_panel_axes_have_no_names(trained: CurvesPanel) -> None:
    for height, roomy in ((200, False), (480, True)):
        trained.resize(400, height)
        assert trained.figure.loss.left.label.isVisible() is roomy


def test_what_is_given_while_nobody_sees_it_is_shown_later(qtbot: QtBot) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.set_extent(10)
    panel.set_runs([run()], 1)
    panel.set_cursor(1.0)
    panel.show()
    assert panel.readout[0] == ["epoch 1.00"]


def test_the_legend_scrolls_to_the_active_run_wherever_it_is(panel: CurvesPanel) -> None:
    runs = [run(k + 1) for k in range(9)]
    for count, active in ((2, 2), (9, 9), (9, 1), (9, 5), (9, 9), (3, 3)):
        panel.set_runs(runs[:count], active)
        panel.grab()
        row = panel.legend.visualItemRect(panel.legend.rows[active - 1])
        assert panel.legend.viewport().rect().contains(row), (count, active)


def test_the_end_of_the_active_run_is_seen_also_where_its_accuracy_collapsed(panel: CurvesPanel) -> None:
    x = np.linspace(0.01, 4, 400)
    collapsed = replace(run(), train_accuracy=Series(x, np.where(x < 3, 0.95, 0.1)), validation_accuracy=Series())
    panel.set_extent(4)
    panel.set_runs([collapsed, run(2)], 1)
    assert panel.figure.accuracy.view.viewRange()[1][0] < 0.1
    panel.set_runs([collapsed, run(2)], 2)
    assert panel.figure.accuracy.view.viewRange()[1][0] > 0.1


@pytest.mark.parametrize("logarithmic", [False, True])
def test_after_a_divergence_the_numbers_at_the_axis_can_be_told_apart_also_in_a_drawing(
    panel: CurvesPanel, logarithmic: bool
) -> None:
    far = Series(X, np.array([2.3, 0.9, 4e3, 1e12, 1e30]))
    panel.figure.set_log(logarithmic)
    for runs in (
        [run(1, far, VALIDATION_LOSS)],
        [run(1, Series(X, np.full(5, 1e12)), Series())],
        [run(1), run(2, far)],
    ):
        panel.set_runs(runs, 1)
        low, high = panel.figure.loss.left.range
        axis = panel.figure.loss.left
        levels = axis.tickValues(low, high, axis.height())
        texts = [text for step, places in levels for text in axis.tickStrings(places, 1.0, step or 0.0)]
        assert len(set(texts)) == len(texts) >= 2
        written = re.findall(r">([^<>]+?)\s*</text>", panel.figure.svg().decode())
        exported = [text for text in written[: written.index("Loss")] if text[-1].isdigit() and text[0] != " "]
        assert len(set(exported)) == len(exported) >= 2
