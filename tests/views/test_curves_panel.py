"""The curves panel shows the values at the cursor, keeps its axes still and asks for a moment when pressed."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QPoint, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPicture
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from mnist_viz.recording.smoothing import AXES, SMOOTHINGS
from mnist_viz.views.curves.curve import Curve, RunCurves
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
X = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
LOSS = Curve(X, np.array([2.3, 0.9, 0.5, 0.4, 0.3]))
ACCURACY = Curve(X, np.array([0.1, 0.7, 0.8, 0.85, 0.9]))
VALIDATION_LOSS = Curve(np.array([1.0, 2.0]), np.array([0.6, 0.45]))
VALIDATION_ACCURACY = Curve(np.array([1.0, 2.0]), np.array([0.78, 0.86]))


def run(
    number: int = 1, name: str = "", train_loss: Curve = LOSS, validation_loss: Curve = VALIDATION_LOSS
) -> RunCurves:
    name = name or f"Run {number}"
    return RunCurves(number, name, number - 1, train_loss, validation_loss, ACCURACY, VALIDATION_ACCURACY)


EMPTY = RunCurves(1, "Run 1", 0, Curve(), Curve(), Curve(), Curve())


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
    panel.set_runs([run()], 1)
    return panel


@pytest.fixture
def several(panel: CurvesPanel) -> CurvesPanel:
    panel.set_extent(10)
    higher = Curve(X, LOSS.y + 0.2), Curve(VALIDATION_LOSS.x, VALIDATION_LOSS.y + 0.5)
    panel.set_runs([run(1), run(2, "With dropout", *higher), run(3, "Adam")], 2)
    return panel


def y_range(panel: CurvesPanel) -> tuple[float, float]:
    return panel.loss_plot.scale.low, panel.loss_plot.scale.high


def at(panel: CurvesPanel, place: float) -> QPoint:
    return QPoint(round(panel.loss_plot.x_of(place)), panel.loss_plot.height() // 2)


def picture(panel: CurvesPanel) -> QImage:
    return panel.grab().toImage()


def colors(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


# One run


def test_before_training_it_says_what_to_do(panel: CurvesPanel) -> None:
    assert panel.is_empty
    assert "Press Play" in panel.loss_plot.note
    assert panel.readout == ("", "–", "–", "–", "–")
    panel.set_runs([EMPTY], 1)
    assert "Press Play" in panel.loss_plot.note


def test_when_all_runs_are_hidden_it_says_so(panel: CurvesPanel) -> None:
    panel.set_runs([], 1, hidden=True)
    assert "hidden" in panel.loss_plot.note


def test_with_curves_the_newest_values_stand_beside_the_headings(trained: CurvesPanel) -> None:
    assert trained.loss_plot.note == ""
    assert trained.readout == ("epoch 2.00", "0.3000", "0.4500", "90.00%", "86.00%")
    assert trained.legend.isHidden()


def test_the_values_are_those_at_the_cursor(trained: CurvesPanel) -> None:
    trained.set_cursor(1.0)
    assert trained.readout == ("epoch 1.00", "0.5000", "0.6000", "80.00%", "78.00%")
    trained.set_cursor(0.5)
    assert trained.readout == ("epoch 0.50", "0.9000", "–", "70.00%", "–")


def test_under_the_mouse_the_values_are_those_there_until_it_leaves(trained: CurvesPanel, qtbot: QtBot) -> None:
    trained.set_cursor(2.0)
    QTest.mouseMove(trained.loss_plot, at(trained, 1.2))
    assert trained.readout[1:] == ("0.5000", "0.6000", "80.00%", "78.00%")
    trained.loss_plot.leaveEvent(QEvent(QEvent.Type.Leave))
    assert trained.readout[0] == "epoch 2.00"


def test_a_click_and_a_drag_ask_for_the_place_under_the_mouse(trained: CurvesPanel, qtbot: QtBot) -> None:
    places: list[float] = []
    trained.cursor_requested.connect(places.append)
    plot = trained.loss_plot
    QTest.mousePress(plot, LEFT, pos=at(trained, 1.5))
    QTest.mouseMove(plot, at(trained, 0.5))
    QTest.mouseRelease(plot, LEFT, pos=at(trained, 0.5))
    QTest.mouseMove(plot, at(trained, 1.9))
    assert places == pytest.approx([1.5, 0.5], abs=0.05)


def test_outside_the_axes_the_nearest_end_is_asked_for(trained: CurvesPanel, qtbot: QtBot) -> None:
    places: list[float] = []
    trained.cursor_requested.connect(places.append)
    QTest.mouseClick(trained.accuracy_plot, LEFT, pos=QPoint(2, 30))
    assert places == [0.0]


def test_both_plots_share_their_places_and_keep_them_while_training_goes_on(trained: CurvesPanel) -> None:
    trained.set_extent(2)
    assert trained.loss_plot.extent == trained.accuracy_plot.extent == 2
    trained.set_runs([run(train_loss=Curve(np.append(X, 12.0), np.append(LOSS.y, 0.2)))], 1)
    assert trained.loss_plot.extent == trained.accuracy_plot.extent == 12


def test_a_diverged_loss_leaves_out_what_cannot_be_drawn(trained: CurvesPanel) -> None:
    before = y_range(trained)
    trained.set_runs([run(train_loss=Curve(np.append(X, [2.5, 3.0]), np.append(LOSS.y, [np.nan, np.inf])))], 1)
    trained.grab()
    assert y_range(trained) == before
    assert trained.readout[1] == "0.3000"


def test_the_key_l_switches_the_loss_to_logarithms_and_back(trained: CurvesPanel, qtbot: QtBot) -> None:
    linear = y_range(trained)
    QTest.mouseClick(trained.log_button, LEFT)
    low, high = y_range(trained)
    assert low <= np.log10(0.3)
    assert high >= np.log10(2.3)
    assert high - low < 3
    trained.activateWindow()
    QTest.keyClick(trained, Qt.Key.Key_L)
    assert y_range(trained) == linear


def test_zoom_shows_the_top_of_the_accuracy_alone(trained: CurvesPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(trained.zoom_button, LEFT)
    assert (trained.accuracy_plot.scale.low, trained.accuracy_plot.scale.high) == pytest.approx((0.8, 1.0))


def test_a_hidden_panel_draws_what_came_meanwhile_when_it_is_shown(qtbot: QtBot) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.set_extent(4)
    panel.set_runs([run()], 1)
    panel.set_cursor(1.0)
    assert panel.readout[0] == ""
    panel.show()
    assert panel.readout[0] == "epoch 1.00"
    assert panel.loss_plot.extent == 2


def test_both_themes_draw(trained: CurvesPanel) -> None:
    pictures = []
    for theme in (DARK, LIGHT):
        trained.set_theme(theme)
        pictures.append(trained.loss_plot.grab().toImage())
    assert pictures[0] != pictures[1]


def test_a_run_that_starts_anew_starts_with_new_axes(trained: CurvesPanel) -> None:
    trained.set_runs([run(train_loss=Curve(X, LOSS.y * 100))], 1)
    high = y_range(trained)[1]
    trained.set_runs([EMPTY], 1)
    trained.set_runs([run(validation_loss=Curve())], 1)
    assert y_range(trained)[1] < high / 10


def test_one_run_has_the_colours_of_training_and_validation_and_its_band_is_painted(trained: CurvesPanel) -> None:
    plain = trained.loss_plot.grab().toImage()
    assert QColor(DARK.validation).name() in colors(plain)
    trained.set_runs([run(train_loss=Curve(X, LOSS.y, LOSS.y - 0.2, LOSS.y + 0.2))], 1)
    banded = trained.loss_plot.grab().toImage()
    x, ground = round(trained.loss_plot.x_of(1.8)), QColor(DARK.sunken)

    def height_of_ink(image: QImage) -> int:
        return sum(image.pixelColor(x, y) != ground for y in range(image.height()))

    assert height_of_ink(banded) > height_of_ink(plain) + 5


def test_a_single_batch_is_seen(trained: CurvesPanel) -> None:
    trained.set_runs([EMPTY], 1)
    empty = trained.loss_plot.grab().toImage()
    trained.set_runs([replace(EMPTY, train_loss=Curve(np.array([0.5]), np.array([1.0])))], 1)
    assert trained.loss_plot.grab().toImage() != empty


def test_a_thousand_epochs_and_thousands_of_batches_are_drawn(trained: CurvesPanel) -> None:
    rng = np.random.default_rng(1)
    x = np.linspace(0.5, 1000, 2000)
    noisy = Curve(x, rng.random(2000), rng.random(2000) - 1, rng.random(2000) + 1)
    validation = Curve(np.arange(1.0, 1001.0), rng.random(1000))
    trained.set_runs([RunCurves(1, "Long", 0, noisy, validation, noisy, validation)], 1)
    assert QColor(DARK.training).name() in colors(trained.loss_plot.grab().toImage())


# Several runs


def test_each_of_several_runs_has_its_own_colour(several: CurvesPanel) -> None:
    image = several.loss_plot.grab().toImage()
    assert {QColor(DARK.run_color(k)).name() for k in (1, 2)} <= colors(image)
    assert QColor(DARK.validation).name() not in colors(image)


def test_the_values_are_those_of_the_active_run(several: CurvesPanel) -> None:
    assert several.readout == ("epoch 2.00", "0.5000", "0.9500", "90.00%", "86.00%")
    several.set_runs([run(1), run(2), run(3)], 1)
    assert several.readout[1:3] == ("0.3000", "0.4500")


def test_the_active_run_lies_on_top(panel: CurvesPanel) -> None:
    one, other = run(1), run(2)  # the same lines
    for active in (1, 2):
        panel.set_runs([one, other], active)
        seen = colors(panel.loss_plot.grab().toImage())
        assert QColor(DARK.run_color(active - 1)).name() in seen
        assert QColor(DARK.run_color(2 - active)).name() not in seen


def test_a_run_that_is_not_the_active_one_is_named_even_if_it_is_the_only_one_visible(panel: CurvesPanel) -> None:
    panel.set_runs([run(2)], 1)
    assert panel.legend.isVisible()
    assert QColor(DARK.run_color(1)).name() in colors(panel.loss_plot.grab().toImage())


def test_a_click_on_a_name_says_which_run_it_was(several: CurvesPanel, qtbot: QtBot) -> None:
    clicked: list[int] = []
    several.run_clicked.connect(clicked.append)
    for number in (3, 1):
        x, y = several.legend.middle_of(number)
        QTest.mouseClick(several.legend, LEFT, pos=QPoint(round(x), round(y)))
    assert clicked == [3, 1]


def test_a_press_that_is_released_elsewhere_is_no_click(several: CurvesPanel, qtbot: QtBot) -> None:
    clicked: list[int] = []
    several.run_clicked.connect(clicked.append)
    points = [QPoint(*map(round, several.legend.middle_of(number))) for number in (1, 3)]
    QTest.mousePress(several.legend, LEFT, pos=points[0])
    QTest.mouseRelease(several.legend, LEFT, pos=points[1])
    assert clicked == []


@pytest.mark.parametrize("width", [264, 360, 900])
def test_the_legend_of_many_runs_takes_two_rows_and_says_how_many_have_no_room(panel: CurvesPanel, width: int) -> None:
    panel.resize(width, 420)
    panel.set_runs([run(k, f"A rather long name, number {k}") for k in range(1, 31)], 1)
    panel.grab()
    assert panel.legend.height() <= 2 * panel.legend.ROW + 2
    with pytest.raises(KeyError):
        panel.legend.middle_of(30)
    x, y = panel.legend.middle_of(2)
    assert panel.legend.run_at(x, y) == 2


def test_under_the_mouse_stand_the_values_of_all_runs(several: CurvesPanel) -> None:
    before = several.loss_plot.grab().toImage()
    QTest.mouseMove(several.loss_plot, at(several, 1.2))
    box = several.loss_plot.grab().toImage()
    raised = QColor(DARK.raised)
    near = [
        color
        for name in colors(box)
        if max(abs((color := QColor(name)).red() - raised.red()), abs(color.blue() - raised.blue())) < 6
    ]
    assert near
    assert before != box


def test_a_run_that_has_not_changed_is_not_painted_again(several: CurvesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[float] = []
    one, two = run(1, train_loss=Curve(X, LOSS.y + 1)), run(2)
    several.set_runs([one, two], 2)
    several.grab()
    plot = several.loss_plot
    monkeypatch.setattr(
        "mnist_viz.views.curves.plot.draw_training",
        lambda painter, mapping, curve, ink, ratio: painted.append(float(curve.y[0])),
    )
    several.set_cursor(0.7)
    plot.grab()
    assert painted == []
    several.set_runs([one, run(2)], 2)
    plot.grab()
    assert painted == [2.3]
    several.set_runs([one, run(2)], 1)
    plot.grab()
    assert sorted(painted) == [2.3, 2.3, 3.3]


# Axes and smoothing


def test_the_key_x_goes_through_the_axes(trained: CurvesPanel, qtbot: QtBot) -> None:
    chosen: list[str] = []
    trained.axis_changed.connect(chosen.append)
    trained.activateWindow()
    for _ in AXES:
        QTest.keyClick(trained, Qt.Key.Key_X)
    assert chosen == ["steps", "seconds", "epochs"]


@pytest.mark.parametrize(("axis", "text"), [("epochs", "epoch 1.50"), ("steps", "step 2"), ("seconds", "1.5 s")])
def test_the_place_of_the_values_is_in_units_of_the_axis(trained: CurvesPanel, axis: str, text: str) -> None:
    trained.set_axis(axis)
    trained.set_cursor(1.5)
    assert trained.readout[0] == text


def test_shift_s_goes_through_the_smoothings(trained: CurvesPanel, qtbot: QtBot) -> None:
    chosen: list[str] = []
    trained.smoothing_changed.connect(chosen.append)
    trained.activateWindow()
    for _ in SMOOTHINGS:
        QTest.keyClick(trained, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert sorted(chosen) == sorted(SMOOTHINGS)
    assert chosen[-1] == trained.smoothing == "epoch/50"


def test_a_choice_from_the_list_is_told_and_one_that_is_set_is_not(trained: CurvesPanel) -> None:
    spy = QSignalSpy(trained.smoothing_changed)
    trained.set_smoothing("epoch")
    assert "1 epoch" in trained.smoothing_choice.text()
    assert spy.count() == 0
    menu = trained.smoothing_choice.menu()
    next(action for action in menu.actions() if action.text() == "none").trigger()
    assert spy.at(0) == ["none"]


def test_where_the_end_is_unknown_the_axis_ends_soon_after_the_curves(trained: CurvesPanel) -> None:
    trained.set_axis("seconds")
    trained.set_extent(None, 0.1)
    assert 2 <= trained.loss_plot.extent <= 2.5


# Pictures


def test_the_panel_is_painted_to_paper_as_lines_rather_than_pixels(several: CurvesPanel) -> None:
    recorded = QPicture()
    with QPainter(recorded) as painter:
        several.paint_to(painter, QSizeF(800, 600))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    recorded.save(buffer)
    assert data.size() < 60_000  # an image of it would take more than a million
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(0)
    with QPainter(image) as painter:
        painter.drawPicture(0, 0, recorded)
    assert {QColor(DARK.run_color(k)).name() for k in (1, 2)} <= colors(image)


def test_a_hidden_panel_is_painted_to_paper_as_it_would_be_shown(qtbot: QtBot) -> None:
    panel = CurvesPanel()
    qtbot.addWidget(panel)
    panel.set_runs([run()], 1)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        panel.paint_to(painter, QSizeF(400, 300))
    assert QColor(DARK.validation).name() in colors(image)


@pytest.mark.parametrize("size", [(264, 100), (1400, 1000)])
@pytest.mark.parametrize("count", [1, 5])
def test_nothing_overlaps_at_the_smallest_and_the_largest_size(
    panel: CurvesPanel, size: tuple[int, int], count: int, qtbot: QtBot
) -> None:
    panel.set_runs([run(k) for k in range(1, count + 1)], 1)
    panel.resize(*size)
    qtbot.waitUntil(lambda: panel.height() >= panel.minimumSizeHint().height())
    panel.grab()
    parts = [panel.loss_plot, panel.accuracy_plot, panel.smoothing_choice, panel.axis_choice, panel.log_button]
    if count > 1:
        parts.append(panel.legend)
    boxes = [part.rect().translated(part.mapTo(panel, QPoint(0, 0))) for part in parts]
    assert all(panel.rect().contains(box) for box in boxes)
    assert not any(a.intersects(b) for k, a in enumerate(boxes) for b in boxes[:k])
