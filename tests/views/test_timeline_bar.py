"""The timeline shows where the window is, tells what is under the mouse and asks to go there."""

from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions
from mnist_viz.views.theme import DARK, LIGHT, Theme
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.timeline.marks import Kind, Mark
from mnist_viz.views.timeline.track import LINE_Y, MARK_Y, TICKS_Y

LEFT = Qt.MouseButton.LeftButton

EPOCHS = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
ENDS = np.round(EPOCHS) == EPOCHS
BEST = Mark(800, 2.0, "best", "Best epoch: validation loss 0.1, 97% right")
SLOWER = Mark(803, 2.0075, "change", "Learning rate 0.1 → 0.01")
PINNED = Mark(1200, 3.0, "pin", "Pinned")


@pytest.fixture
def bar(qtbot: QtBot) -> TimelineBar:
    bar = TimelineBar(Actions())
    qtbot.addWidget(bar)
    bar.resize(1000, bar.height())
    bar.set_theme(DARK)
    bar.set_frames(EPOCHS, ENDS, 10, np.full(len(EPOCHS), 400))
    bar.set_cursor(len(EPOCHS) - 1, live=True, batches_per_epoch=400)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def at(bar: TimelineBar, epoch: float) -> QPoint:
    return QPoint(round(bar.track.x_of(epoch)), round(LINE_Y))


def over(bar: TimelineBar, epoch: float) -> QPoint:
    """Where the sign of a mark is."""
    return QPoint(round(bar.track.x_of(epoch)), round(MARK_Y))


def asked(bar: TimelineBar) -> list[int]:
    frames: list[int] = []
    bar.cursor_requested.connect(frames.append)
    return frames


def asked_steps(bar: TimelineBar) -> list[int]:
    steps: list[int] = []
    bar.mark_requested.connect(steps.append)
    return steps


def test_nothing_can_be_asked_while_nothing_is_recorded(qtbot: QtBot) -> None:
    bar = TimelineBar(Actions())
    qtbot.addWidget(bar)
    frames = asked(bar)
    bar.show()
    QTest.mouseClick(bar.track.viewport(), LEFT)
    assert frames == []
    assert bar.text == "Nothing recorded"
    assert not bar.live_button.isEnabled()


def test_a_click_asks_for_the_nearest_frame(bar: TimelineBar, qtbot: QtBot) -> None:
    frames = asked(bar)
    QTest.mouseClick(bar.track.viewport(), LEFT, pos=at(bar, 1.52))
    assert frames == [5]


def test_a_click_beyond_the_recording_asks_for_the_newest_frame(bar: TimelineBar, qtbot: QtBot) -> None:
    frames = asked(bar)
    QTest.mouseClick(bar.track.viewport(), LEFT, pos=at(bar, 9.0))
    assert frames == [len(EPOCHS) - 1]


def test_dragging_asks_for_each_frame_on_the_way_once(bar: TimelineBar, qtbot: QtBot) -> None:
    frames = asked(bar)
    QTest.mousePress(bar.track.viewport(), LEFT, pos=at(bar, 3.0))
    for epoch in (2.1, 2.0, 1.9, 1.5, 1.0):
        QTest.mouseMove(bar.track.viewport(), at(bar, epoch))
    QTest.mouseRelease(bar.track.viewport(), LEFT, pos=at(bar, 1.0))
    QTest.mouseMove(bar.track.viewport(), at(bar, 0.0))
    assert frames == [7, 6, 5, 4]


def test_the_wheel_steps_a_frame(bar: TimelineBar) -> None:
    frames = asked(bar)
    bar.set_cursor(4, live=False)
    middle = QPointF(bar.track.rect().center())
    for turn in (120, -60, -60):
        event = QWheelEvent(
            middle, bar.track.mapToGlobal(middle), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(bar.track.viewport(), event)
    assert frames == [3, 5]


def test_every_recorded_frame_can_be_hit_where_it_is_drawn(bar: TimelineBar) -> None:
    assert [bar.track.index_at(bar.track.x_of(float(e))) for e in EPOCHS] == list(range(len(EPOCHS)))


def test_the_first_epoch_keeps_its_room_in_a_long_run(bar: TimelineBar) -> None:
    bar.set_frames(EPOCHS, ENDS, extent=100)
    whole = bar.track.x_of(100) - bar.track.x_of(0)
    assert (bar.track.x_of(1) - bar.track.x_of(0)) / whole == pytest.approx(0.16)


def test_the_track_keeps_its_scale_while_training_goes_on(bar: TimelineBar) -> None:
    before = bar.track.x_of(2.0)
    bar.set_frames(np.append(EPOCHS, 4.0), np.append(ENDS, True), extent=10)
    assert bar.track.x_of(2.0) == before


def test_the_label_follows_the_cursor(bar: TimelineBar) -> None:
    bar.set_cursor(2, live=False, batches_per_epoch=400)
    assert bar.text == "Epoch 1 · batch 100"


def test_live_shows_whether_the_cursor_follows_and_asks_to(bar: TimelineBar, qtbot: QtBot) -> None:
    bar.set_cursor(2, live=False)
    assert not bar.live_button.isChecked()
    with qtbot.waitSignal(bar.live_requested):
        QTest.mouseClick(bar.live_button, LEFT)
    # Pressing decides nothing: whoever listens does.
    assert not bar.live_button.isChecked()
    bar.set_cursor(7, live=True)
    assert bar.live_button.isChecked()


def test_fewer_frames_than_before_leave_the_cursor_at_the_last(bar: TimelineBar) -> None:
    bar.set_frames(EPOCHS[:2], ENDS[:2], extent=10)
    assert bar.text == "Epoch 1 · batch 40"
    bar.grab()


def test_a_click_on_a_mark_asks_for_its_moment_and_drags_nothing(bar: TimelineBar) -> None:
    bar.set_marks([BEST, PINNED])
    frames, steps = asked(bar), asked_steps(bar)
    QTest.mousePress(bar.track.viewport(), LEFT, pos=over(bar, 2.0))
    QTest.mouseMove(bar.track.viewport(), at(bar, 1.0))
    QTest.mouseRelease(bar.track.viewport(), LEFT, pos=at(bar, 1.0))
    assert (frames, steps) == ([], [800])


def test_below_its_sign_a_mark_leaves_the_track_to_the_frames(bar: TimelineBar) -> None:
    bar.set_marks([BEST])
    frames, steps = asked(bar), asked_steps(bar)
    QTest.mouseClick(bar.track.viewport(), LEFT, pos=at(bar, 2.0))
    assert (frames, steps) == ([6], [])


def test_marks_that_overlap_are_one_with_both_texts_and_clicks_go_to_each_in_turn(bar: TimelineBar) -> None:
    bar.set_marks([BEST, SLOWER])
    steps = asked_steps(bar)
    QTest.mouseMove(bar.track.viewport(), over(bar, 2.0))
    assert bar.track.told.splitlines() == [
        "After epoch 2",
        "Click to go there",
        "After epoch 2: Best epoch: validation loss 0.1, 97% right",
        "Epoch 3 · batch 3: Learning rate 0.1 → 0.01",
    ]
    for shown in (1.0, 2.0, 2.0075):
        bar.set_cursor(4, live=False, epoch=shown, batches_per_epoch=400)
        QTest.mouseClick(bar.track.viewport(), LEFT, pos=over(bar, 2.0))
    assert steps == [800, 803, 800]


@pytest.mark.parametrize(
    ("epoch", "said"),
    [
        (0.0, ["Before training", "Recorded"]),
        (0.25, ["Epoch 1 · batch 100", "Recorded"]),
        (2.0, ["After epoch 2", "Recorded", "Best epoch: validation loss 0.1, 97% right"]),
        (2.4, ["Epoch 3", "Nearest recorded: after epoch 2"]),
        (7.5, ["Epoch 8", "Not trained yet"]),
    ],
)
def test_the_mouse_is_told_which_moment_it_is_over_and_what_is_there(
    bar: TimelineBar, epoch: float, said: list[str]
) -> None:
    bar.set_marks([BEST])
    QTest.mouseMove(bar.track.viewport(), at(bar, epoch))
    assert bar.track.told.splitlines() == said


def test_nothing_is_told_once_the_mouse_has_left_or_while_nothing_is_recorded(bar: TimelineBar) -> None:
    QTest.mouseMove(bar.track.viewport(), at(bar, 1.0))
    assert bar.track.told
    QApplication.sendEvent(bar.track, QEvent(QEvent.Type.Leave))
    assert bar.track.told == ""
    bar.set_frames(EPOCHS[:0], ENDS[:0], extent=10)
    QTest.mouseMove(bar.track.viewport(), at(bar, 0.5))
    assert bar.track.told == ""


def test_what_is_told_stays_within_the_window(bar: TimelineBar) -> None:
    bar.set_marks([Mark(4, 0.01, "diverged", "It diverged " * 20)])
    QTest.mouseMove(bar.track.viewport(), over(bar, 0.01))
    tip = bar.track.findChild(QWidget, "timeline-tip")
    assert isinstance(tip, QWidget)
    left = bar.mapToGlobal(QPoint(0, 0)).x()
    assert left <= tip.x()
    assert tip.geometry().right() <= left + bar.width()
    assert tip.geometry().bottom() < bar.mapToGlobal(QPoint(0, 0)).y() + bar.height()


def test_of_very_many_marks_at_one_place_the_first_are_told_and_the_rest_counted(bar: TimelineBar) -> None:
    bar.set_marks([Mark(400 + k, 1.0, "change", f"Change {k}") for k in range(20)])
    QTest.mouseMove(bar.track.viewport(), over(bar, 1.0))
    assert bar.track.told.splitlines()[2:] == [*(f"Change {k}" for k in range(6)), "and 14 more"]


def test_the_track_says_which_frame_it_has_painted(bar: TimelineBar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bar.track.painted, check_params_cb=lambda index: bool(index == 3)):
        bar.set_cursor(3, live=False)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("count", [1, 40])
def test_marks_of_every_kind_are_painted(bar: TimelineBar, theme: Theme, count: int) -> None:
    bar.set_theme(theme)
    plain = bar.track.grab().toImage()
    for kind in get_args(Kind):
        bar.set_marks([Mark(10 * k, 3.0 * k / count, kind, "x") for k in range(1, count + 1)])
        assert bar.track.grab().toImage() != plain


def test_a_thousand_frames_are_painted_as_a_bar(bar: TimelineBar) -> None:
    epochs = np.arange(1000.0)
    bar.set_frames(epochs, np.ones(1000, bool), extent=1200)
    picture = bar.track.grab().toImage()

    def colors(first: float, last: float) -> set[int]:
        xs = range(round(bar.track.x_of(first)), round(bar.track.x_of(last)))
        return {picture.pixelColor(x, round(TICKS_Y) + 1).rgba() for x in xs}

    assert len(colors(200, 800)) == 1
    assert colors(200, 800) != colors(1050, 1150)


@pytest.mark.parametrize(
    ("index", "live", "batches", "said"),
    [
        (7, True, 400, "The newest moment"),
        (6, False, 400, "Past: 1 epoch back"),
        (2, False, 400, "Past: 2.8 epochs back"),
        (7, False, 400, "Past: not following"),
        (6, False, 0, "Past: 1 epoch back"),
    ],
)
def test_the_past_is_called_so_and_how_far_back_it_is(
    bar: TimelineBar, index: int, live: bool, batches: int, said: str
) -> None:
    bar.set_cursor(index, live, batches_per_epoch=batches)
    assert bar.past_text == said


def test_less_than_an_epoch_back_is_counted_in_batches(bar: TimelineBar) -> None:
    for epoch, said in ((2.5, "Past: 200 batches back"), (2.9975, "Past: 1 batch back")):
        bar.set_cursor(6, live=False, epoch=epoch, batches_per_epoch=400)
        assert bar.past_text == said


def test_what_lies_between_the_past_and_the_newest_moment_is_tinted(bar: TimelineBar) -> None:
    def tint() -> str:
        picture = bar.track.grab().toImage()
        return str(picture.pixelColor(round(bar.track.x_of(2.5)), 3).name())

    live = tint()
    bar.set_cursor(6, live=False)
    assert tint() != live
    bar.set_cursor(7, live=True)
    assert tint() == live


def test_a_network_from_a_file_has_no_place_on_the_track(bar: TimelineBar) -> None:
    bar.set_guest(True)
    pictures = []
    for index in (2, 6):
        bar.set_cursor(index, live=False)
        pictures.append(bar.track.grab().toImage())
    assert pictures[0] == pictures[1]
    assert (bar.text, bar.past_text) == ("A finished network", "Not of this run")
