"""The curves panel shows the values at a place, follows the runs until one zooms, and says what was asked for."""

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.recording.smoothing import AXES, SMOOTHINGS
from mnist_viz.views.curves.curve import Curve, RunCurves
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.plots.plot import Plot
from mnist_viz.views.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
X = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
LOSS = Curve(X, np.array([2.3, 0.9, 0.5, 0.4, 0.3]))
ACCURACY = Curve(X, np.array([0.1, 0.7, 0.8, 0.85, 0.9]))
VALIDATION_LOSS = Curve(np.array([1.0, 2.0]), np.array([0.6, 0.45]))
VALIDATION_ACCURACY = Curve(np.array([1.0, 2.0]), np.array([0.78, 0.86]))


def run(
    number: int = 1,
    name: str = "",
    train_loss: Curve = LOSS,
    validation_loss: Curve = VALIDATION_LOSS,
    *,
    visible: bool = True,
) -> RunCurves:
    name = name or f"Run {number}"
    return RunCurves(
        number, name, number - 1, train_loss, validation_loss, ACCURACY, VALIDATION_ACCURACY, visible=visible
    )


EMPTY = RunCurves(1, "Run 1", 0)


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> CurvesPanel:
    monkeypatch.setitem(pyqtgraph.CONFIG_OPTIONS, "mouseRateLimit", 0)  # no movement of a test is dropped
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.resize(400, 480)
    panel.set_theme(DARK)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    return panel


@pytest.fixture
def trained(panel: CurvesPanel) -> CurvesPanel:
    panel.set_extent(2)
    panel.set_runs([run()], 1)
    panel.grab()  # what is painted can be met by the mouse
    return panel


@pytest.fixture
def several(panel: CurvesPanel) -> CurvesPanel:
    panel.set_extent(2)
    higher = Curve(X, LOSS.y + 0.2), Curve(VALIDATION_LOSS.x, VALIDATION_LOSS.y + 0.5)
    panel.set_runs([run(1), run(2, "With dropout", *higher), run(3, "Adam")], 2)
    panel.grab()
    return panel


def at(plot: Plot, place: float, share: float = 0.5) -> QPoint:
    """The point in the figure at a place, so far down the plot."""
    rect = plot.view.sceneBoundingRect()
    x = plot.view.mapViewToScene(QPointF(place, 0)).x()
    return QPoint(round(x), round(rect.top() + share * rect.height()))


def wheel(panel: CurvesPanel, position: QPoint, notches: int) -> None:
    viewport = panel.figure.viewport()
    where = QPointF(position), QPointF(viewport.mapToGlobal(position))
    turn = QPoint(0, 120 * notches)
    event = QWheelEvent(*where, QPoint(), turn, Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(viewport, event)
    panel.grab()


def drag(panel: CurvesPanel, start: QPoint, end: QPoint, modifier: Qt.KeyboardModifier = NONE) -> None:
    viewport = panel.figure.viewport()
    QTest.mouseMove(viewport, start)
    QTest.mousePress(viewport, LEFT, modifier, start)
    for point in (start + QPoint(6, 0), (start + end) / 2, end):  # QTest itself moves without modifiers
        where = QPointF(point), QPointF(viewport.mapToGlobal(point))
        QApplication.sendEvent(
            viewport, QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, LEFT, modifier)
        )
    QTest.mouseRelease(viewport, LEFT, modifier, end)
    panel.grab()


def places(panel: CurvesPanel) -> tuple[float, float]:
    return panel.figure.visible_places


def losses(panel: CurvesPanel) -> tuple[float, float]:
    low, high = panel.figure.loss.view.viewRange()[1]
    return float(low), float(high)


# What it says


def test_before_training_it_says_what_to_do(panel: CurvesPanel) -> None:
    assert "Press Play" in panel.figure.note
    panel.set_runs([EMPTY], 1)
    assert "Press Play" in panel.figure.note
    assert panel.readout == [[""], ["Run 1", "–", "–", "–", "–"]]


def test_when_all_runs_are_hidden_it_says_so(panel: CurvesPanel) -> None:
    panel.set_runs([run(1, visible=False), run(2, visible=False)], 1)
    assert "hidden" in panel.figure.note


def test_the_values_are_the_newest_then_those_at_the_cursor(trained: CurvesPanel) -> None:
    assert trained.figure.note == ""
    assert trained.readout == [["epoch 2.00"], ["Run 1", "0.3000", "0.4500", "90.00%", "86.00%"]]
    trained.set_cursor(1.0)
    assert trained.readout == [["epoch 1.00"], ["Run 1", "0.5000", "0.6000", "80.00%", "78.00%"]]
    trained.set_cursor(0.5)
    assert trained.readout[1][1:] == ["0.9000", "–", "70.00%", "–"]


def test_under_the_mouse_the_values_are_those_of_every_visible_run_until_it_leaves(several: CurvesPanel) -> None:
    several.set_runs([run(1), run(2, "Long", Curve(np.append(X, 9), np.append(LOSS.y, 0.1))), run(3, visible=False)], 1)
    several.set_cursor(2.0)
    QTest.mouseMove(several.figure.viewport(), at(several.figure.accuracy, 1.2))
    assert [row[1:3] for row in several.readout[1:]] == [["0.5000", "0.6000"], ["0.5000", "0.6000"], ["", ""]]
    QTest.mouseMove(several.figure.viewport(), at(several.figure.loss, 5.0))
    assert several.readout[1][1] == "–"  # that run had ended
    several.figure.leaveEvent(QEvent(QEvent.Type.Leave))
    assert several.readout[0] == ["epoch 2.00"]


@pytest.mark.parametrize(("axis", "text"), [("epochs", "epoch 2.00"), ("steps", "step 2"), ("seconds", "2.0 s")])
def test_the_place_of_the_values_is_in_units_of_the_axis(trained: CurvesPanel, axis: str, text: str) -> None:
    trained.set_axis(axis)
    trained.set_runs([run()], 1)
    assert trained.readout[0] == [text]
    assert trained.figure.accuracy.bottom.label.toPlainText().strip() != ""


# Where one goes


def test_a_click_asks_for_the_place_and_one_on_an_axis_does_not(trained: CurvesPanel) -> None:
    asked: list[float] = []
    trained.cursor_requested.connect(asked.append)
    viewport = trained.figure.viewport()
    QTest.mouseClick(viewport, LEFT, pos=at(trained.figure.loss, 1.5))
    QTest.mouseClick(viewport, LEFT, pos=QPoint(20, 100))
    assert asked == pytest.approx([1.5], abs=0.02)


def test_the_cursor_can_be_dragged(trained: CurvesPanel) -> None:
    asked: list[float] = []
    trained.set_cursor(1.0)
    trained.grab()
    trained.cursor_requested.connect(asked.append)
    drag(trained, at(trained.figure.accuracy, 1.0), at(trained.figure.accuracy, 0.5))
    assert asked[-1] == pytest.approx(0.5, abs=0.02)
    assert not trained.figure.zoomed


def test_a_click_on_a_name_or_value_says_which_run_it_was(several: CurvesPanel) -> None:
    clicked, toggled = QSignalSpy(several.run_clicked), QSignalSpy(several.visibility_toggled)
    legend = several.legend
    for column in (1, 3):
        where = legend.visualRect(legend.values.index(2, column)).center()
        QTest.mouseClick(legend.viewport(), LEFT, pos=where)
    assert [clicked.at(k) for k in range(clicked.count())] == [[3], [3]]
    assert toggled.count() == 0


def test_a_check_box_hides_and_shows_a_run(several: CurvesPanel) -> None:
    toggled, clicked = QSignalSpy(several.visibility_toggled), QSignalSpy(several.run_clicked)
    several.set_runs([run(1), run(2, visible=False)], 1)
    legend = several.legend
    for row in (0, 1):
        where = legend.visualRect(legend.values.index(row, 0))
        QTest.mouseClick(legend.viewport(), LEFT, pos=QPoint(where.left() + 9, where.center().y()))
    assert [toggled.at(k) for k in range(toggled.count())] == [[1, False], [2, True]]
    assert clicked.count() == 0


# Zooming


def test_the_wheel_zooms_both_plots_at_the_mouse_and_the_values_fit(trained: CurvesPanel) -> None:
    before = losses(trained)
    wheel(trained, at(trained.figure.accuracy, 1.5), 6)
    low, high = places(trained)
    assert low < 1.5 < high
    assert high - low < 1.2
    assert tuple(trained.figure.accuracy.view.viewRange()[0]) == pytest.approx((low, high), abs=0.01)
    assert losses(trained)[1] < before[1]
    assert trained.figure.see_all_button.isVisible()


def test_over_the_left_axis_the_wheel_zooms_the_values_alone(trained: CurvesPanel) -> None:
    before, accuracies = places(trained), trained.figure.accuracy.view.viewRange()[1]
    wheel(trained, QPoint(30, at(trained.figure.loss, 1).y()), 4)
    assert places(trained) == before
    low, high = losses(trained)
    assert high - low < 2
    assert trained.figure.accuracy.view.viewRange()[1] == accuracies
    trained.set_runs([run()], 1)
    assert losses(trained) == (low, high)


def test_a_drag_pans_along_the_run(trained: CurvesPanel) -> None:
    wheel(trained, at(trained.figure.loss, 1.0), 6)
    low, high = places(trained)
    drag(trained, at(trained.figure.loss, 1.0), at(trained.figure.loss, 1.2))
    assert places(trained) == pytest.approx((low - 0.2, high - 0.2), abs=0.03)


def test_a_drag_with_shift_or_the_rubber_band_zooms_into_the_rectangle(trained: CurvesPanel) -> None:
    loss = trained.figure.loss
    top, bottom = at(loss, 0.5, 0.4), at(loss, 1.5, 0.9)
    expected = sorted(loss.view.mapSceneToView(QPointF(point)).y() for point in (top, bottom))
    for modifier in (SHIFT, NONE):
        drag(trained, top, bottom, modifier)
        assert places(trained) == pytest.approx((0.5, 1.5), abs=0.03)
        assert losses(trained) == pytest.approx(expected, abs=0.05)
        trained.figure.see_all()
        trained.figure.band_action.trigger()


def test_a_double_click_and_the_button_see_all_again(trained: CurvesPanel) -> None:
    whole, viewport = (places(trained), losses(trained)), trained.figure.viewport()
    wheel(trained, at(trained.figure.loss, 1.0), 6)
    QTest.mouseDClick(viewport, LEFT, pos=at(trained.figure.loss, 1.0))
    QTest.mouseRelease(viewport, LEFT, pos=at(trained.figure.loss, 1.0))
    assert (places(trained), losses(trained)) == whole
    wheel(trained, at(trained.figure.loss, 1.0), 6)
    QTest.mouseClick(trained.figure.see_all_button, LEFT)
    assert (places(trained), losses(trained)) == whole
    wheel(trained, at(trained.figure.loss, 1.0), 3)
    wheel(trained, at(trained.figure.loss, 1.0), -9)
    assert not trained.figure.zoomed  # zoomed out again


def test_it_follows_the_training_until_one_zooms_and_again_when_told(trained: CurvesPanel) -> None:
    trained.set_training(True)
    trained.set_extent(10)
    assert places(trained)[1] == pytest.approx(2, abs=0.02)
    longer = run(train_loss=Curve(np.append(X, 4.0), np.append(LOSS.y, 0.2)))
    trained.set_runs([longer], 1)
    assert places(trained)[1] == pytest.approx(5, abs=0.05)
    wheel(trained, at(trained.figure.loss, 1.0), 6)
    zoomed = places(trained)
    trained.set_runs([run(train_loss=Curve(np.append(X, 8.0), np.append(LOSS.y, 0.2)))], 1)
    assert places(trained) == zoomed
    assert trained.figure.see_all_button.text() == "Follow"
    trained.figure.see_all_button.click()
    assert places(trained)[1] == pytest.approx(10, abs=0.1)


def test_the_key_l_switches_the_loss_to_logarithms_and_back(trained: CurvesPanel) -> None:
    linear = losses(trained)
    QTest.keyClick(trained, Qt.Key.Key_L)
    low, high = losses(trained)
    assert low <= np.log10(0.3)
    assert high >= np.log10(2.3)
    trained.log_action.trigger()
    assert losses(trained) == linear


def test_the_key_z_shows_the_top_of_the_accuracy_with_all_curves_in_it(trained: CurvesPanel) -> None:
    QTest.keyClick(trained, Qt.Key.Key_Z)
    low, high = trained.figure.accuracy.view.viewRange()[1]
    assert 0.5 < low < 0.86
    assert high >= 1.0


# A range


def test_a_drag_with_control_selects_a_range(trained: CurvesPanel) -> None:
    selected: list[tuple[float, float] | None] = []
    trained.range_changed.connect(selected.append)
    drag(trained, at(trained.figure.loss, 1.5), at(trained.figure.loss, 0.5), CTRL)
    assert selected[-1] == pytest.approx((0.5, 1.5), abs=0.02)
    assert trained.range_box.isVisible()
    assert not trained.figure.zoomed
    drag(trained, at(trained.figure.accuracy, 1.0), QPoint(2, 300), CTRL)
    assert selected[-1] == pytest.approx((0.0, 1.0), abs=0.02)


def test_the_menu_selects_a_range_whose_ends_can_be_dragged(trained: CurvesPanel) -> None:
    selected: list[tuple[float, float] | None] = []
    trained.range_changed.connect(selected.append)
    action = next(a for a in trained.figure.actions() if a.objectName().endswith("select-range"))
    action.trigger()
    assert selected == [pytest.approx((0.5, 1.5), abs=0.02)]
    trained.grab()
    drag(trained, at(trained.figure.accuracy, 1.5), at(trained.figure.accuracy, 1.8))
    assert selected[-1] == pytest.approx((0.5, 1.8), abs=0.03)


def test_the_statistics_of_the_range_are_shown_and_escape_or_the_button_clears_it(trained: CurvesPanel) -> None:
    selected: list[tuple[float, float] | None] = []
    trained.range_changed.connect(selected.append)
    trained.set_range((0.5, 1.5))
    trained.set_statistics("Run 1", [(0.1, 0.2, 0.3), None, (0.9, 0.95, 0.96), None])
    assert trained.range_box.texts() == [
        ["epoch 0.50 to 1.50 of Run 1"],
        ["0.1000", "–", "90.00%", "–"],
        ["0.2000", "–", "95.00%", "–"],
        ["0.3000", "–", "96.00%", "–"],
    ]
    trained.figure.setFocus()
    QTest.keyClick(trained.figure, Qt.Key.Key_Escape)
    assert selected == [None]
    assert not trained.range_box.isVisible()
    trained.set_range((0.5, 1.5))
    trained.range_box.cleared.emit()
    assert trained.figure.selected is None


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


def test_the_menu_has_the_axes_and_one_that_is_set_is_not_told(trained: CurvesPanel) -> None:
    axes: list[str] = []
    trained.axis_changed.connect(axes.append)
    trained.set_axis("steps")
    actions = {a.data(): a for a in trained.figure.actions() if a.data() in AXES}
    assert [axis for axis, action in actions.items() if action.isChecked()] == ["steps"]
    actions["seconds"].trigger()
    assert axes == ["seconds"]
    assert trained.axis == "seconds"


def test_the_menu_exports(trained: CurvesPanel) -> None:
    asked: list[str] = []
    trained.export_requested.connect(asked.append)
    for action in trained.figure.actions():
        if "export" in action.objectName():
            action.trigger()
    assert asked == ["png", "svg", "epochs", "batches"]


# Drawing


def test_a_run_that_has_not_changed_is_not_set_again(several: CurvesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = list(several._runs)
    made: list[object] = []
    monkeypatch.setattr("mnist_viz.views.curves.figure.line", lambda *_, **__: made.append(1))
    below: list[object] = []
    for layer in several.figure._below:
        monkeypatch.setattr(layer, "set_strokes", below.append)
    for layer in several.figure._above:
        monkeypatch.setattr(layer, "set_strokes", lambda _: None)
    several.set_runs([runs[0], run(2), runs[2]], 2)
    assert len(made) == 4  # the two lines of one run in two plots
    assert below == []


def test_a_pictures_lines_are_lines_and_it_names_the_runs(several: CurvesPanel) -> None:
    text = several.figure.svg().decode()
    assert "<image" not in text
    for word in ("Loss", "Accuracy", "Epochs", "With dropout", "Adam"):
        assert word in text
    assert several.figure.picture(1.0).width() >= 640
    assert several.figure.width() < 640


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_bad_numbers_are_shown_sensibly(panel: CurvesPanel, theme: object) -> None:
    panel.set_theme(theme)  # type: ignore[arg-type]
    nan, inf = float("nan"), float("inf")
    cases = [
        Curve(np.array([1.0]), np.array([0.5])),
        Curve(np.array([1.0, 1.0]), np.array([0.5, 0.6])),
        Curve(X, np.zeros(5), np.zeros(5), np.zeros(5)),
        Curve(X, np.full(5, 0.7)),
        Curve(X, np.array([1.0, -1.0, 0.0, nan, inf])),
        Curve(X, np.full(5, nan), np.full(5, nan), np.full(5, nan)),
        Curve(X, np.array([0.5, 1e6, 1e30, 1e6, 1e6])),
    ]
    for curve in cases:
        panel.set_runs([run(1, "", curve, curve), run(2)], 1)
        for _ in range(2):
            panel.log_action.trigger()
            panel.grab()
            wheel(panel, at(panel.figure.loss, panel.figure.extent / 2), 30)
            panel.figure.see_all()
        low, high = losses(panel)
        assert np.isfinite([low, high]).all()
        assert low < high
    panel.figure.svg()


def test_a_loss_of_any_size_reaches_as_high_as_its_axis(panel: CurvesPanel) -> None:
    panel.set_runs([run(train_loss=Curve(X, np.full(5, 1e30)), validation_loss=Curve())], 1)
    panel.grab()
    figure = panel.figure
    middle = figure.loss.view.sceneBoundingRect().center().y()
    assert figure.loss.view.mapViewToScene(QPointF(1, 1e30)).y() < middle
    (stroke,) = (s for s in figure._above[0]._strokes if not s.filled and not s.path.isEmpty())
    assert stroke.path.boundingRect().top() == pytest.approx(1e30)


def test_names_of_runs_can_be_told_apart_in_a_narrow_panel(several: CurvesPanel) -> None:
    several.resize(292, 300)  # as in a window of 1024 x 700
    several.grab()
    name = several.legend.fontMetrics().horizontalAdvance("Run 1")
    assert several.legend.columnWidth(1) >= name + 30  # with the colour and what is left free around


def test_no_accuracy_above_all_is_written_where_one_zooms(panel: CurvesPanel) -> None:
    right = Curve(X, np.ones(5))
    panel.set_runs([RunCurves(1, "Run 1", 0, LOSS, VALIDATION_LOSS, right, right)], 1)
    panel.grab()
    wheel(panel, at(panel.figure.loss, 1.0), 4)
    assert panel.figure.zoomed
    assert panel.figure.accuracy.view.viewRange()[1][1] < 1.01


def test_in_a_low_panel_a_range_has_its_mean_alone(trained: CurvesPanel) -> None:
    trained.figure.select_visible()
    trained.resize(400, 260)
    low = trained.range_box.sizeHint().height()
    trained.resize(400, 480)
    assert low < trained.range_box.sizeHint().height()


def test_the_active_run_is_seen_also_far_above_the_others(panel: CurvesPanel) -> None:
    far = Curve(X, np.full(5, 4000.0))
    panel.set_runs([run(1), run(2), run(3, train_loss=far, validation_loss=far)], 3)
    assert losses(panel)[1] > 4000
    panel.set_runs([run(1), run(2), run(3, train_loss=far, validation_loss=far)], 1)
    assert losses(panel)[1] < 10


def test_in_a_low_panel_the_vertical_axes_have_no_names_that_would_overlap(several: CurvesPanel) -> None:
    several.resize(400, 230)
    assert not several.figure.loss.left.label.isVisible()
    several.resize(400, 480)
    assert several.figure.loss.left.label.isVisible()


def test_a_hundred_runs_of_many_points_are_shown(panel: CurvesPanel) -> None:
    x = np.linspace(0, 1, 500)
    panel.set_runs([run(k + 1, "", Curve(x, np.exp(-x * k)), Curve(x, np.exp(-x * k))) for k in range(100)], 50)
    panel.grab()
    assert len(panel.readout) == 101
    assert panel.legend.height() < 120


@pytest.mark.parametrize(("size", "count"), [((264, 300), 1), ((280, 400), 8), ((900, 700), 3)])
def test_it_can_be_of_any_size(panel: CurvesPanel, size: tuple[int, int], count: int) -> None:
    panel.resize(*size)
    panel.set_runs([run(k + 1, "A run with quite a long name") for k in range(count)], 1)
    panel.grab()
    assert panel.figure.loss.view.height() > 20


def test_what_is_given_while_nobody_sees_it_is_shown_later(qtbot: QtBot) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.set_extent(10)
    panel.set_runs([run()], 1)
    panel.set_cursor(1.0)
    panel.show()
    assert panel.readout[0] == ["epoch 1.00"]
