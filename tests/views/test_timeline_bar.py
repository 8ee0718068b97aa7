"""The timeline shows where the window is and asks for the frame under the mouse."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions
from mnist_viz.views.timeline_bar import TimelineBar
from mnist_viz.views.timeline_scale import place

EPOCHS = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
MARKS = np.round(EPOCHS) == EPOCHS


@pytest.fixture
def bar(qtbot: QtBot) -> TimelineBar:
    bar = TimelineBar(Actions())
    qtbot.addWidget(bar)
    bar.resize(1000, bar.height())
    bar.set_frames(EPOCHS, MARKS, extent=10)
    bar.set_cursor(len(EPOCHS) - 1, live=True, batches_per_epoch=400)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def at(bar: TimelineBar, epoch: float) -> QPoint:
    return QPoint(round(bar.track.x_of(epoch)), 20)


def asked(bar: TimelineBar) -> list[int]:
    frames: list[int] = []
    bar.cursor_requested.connect(frames.append)
    return frames


@pytest.mark.parametrize(
    ("position", "batches", "text"),
    [
        (0.0, 400, "Before training"),
        (0.1, 400, "Epoch 1 · batch 40"),
        (2.3, 400, "Epoch 3 · batch 120"),
        (2.3, 0, "Epoch 3"),
        (3.0, 400, "After epoch 3"),
        (0.5, 50_000, "Epoch 1 · batch 25,000"),
    ],
)
def test_a_position_is_named_by_epoch_and_batch(position: float, batches: int, text: str) -> None:
    assert place(position, batches) == text


def test_nothing_can_be_asked_while_nothing_is_recorded(qtbot: QtBot) -> None:
    bar = TimelineBar(Actions())
    qtbot.addWidget(bar)
    frames = asked(bar)
    bar.show()
    QTest.mouseClick(bar.track, Qt.MouseButton.LeftButton)
    assert frames == []
    assert bar.text == "Nothing recorded"
    assert not bar.live_button.isEnabled()


def test_a_click_asks_for_the_nearest_frame(bar: TimelineBar, qtbot: QtBot) -> None:
    frames = asked(bar)
    QTest.mouseClick(bar.track, Qt.MouseButton.LeftButton, pos=at(bar, 1.52))
    assert frames == [5]


def test_a_click_beyond_the_recording_asks_for_the_newest_frame(bar: TimelineBar, qtbot: QtBot) -> None:
    frames = asked(bar)
    QTest.mouseClick(bar.track, Qt.MouseButton.LeftButton, pos=at(bar, 9.0))
    assert frames == [len(EPOCHS) - 1]


def test_dragging_asks_for_each_frame_on_the_way_once(bar: TimelineBar, qtbot: QtBot) -> None:
    frames = asked(bar)
    QTest.mousePress(bar.track, Qt.MouseButton.LeftButton, pos=at(bar, 3.0))
    for epoch in (2.1, 2.0, 1.9, 1.5, 1.0):
        QTest.mouseMove(bar.track, at(bar, epoch))
    QTest.mouseRelease(bar.track, Qt.MouseButton.LeftButton, pos=at(bar, 1.0))
    QTest.mouseMove(bar.track, at(bar, 0.0))
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
        QApplication.sendEvent(bar.track, event)
    assert frames == [3, 5]


def test_every_recorded_frame_can_be_hit_where_it_is_drawn(bar: TimelineBar) -> None:
    assert [bar.track.index_at(bar.track.x_of(float(e))) for e in EPOCHS] == list(range(len(EPOCHS)))


def test_the_first_epoch_keeps_its_room_in_a_long_run(bar: TimelineBar) -> None:
    bar.set_frames(EPOCHS, MARKS, extent=100)
    whole = bar.track.x_of(100) - bar.track.x_of(0)
    assert (bar.track.x_of(1) - bar.track.x_of(0)) / whole == pytest.approx(0.16)


def test_the_track_keeps_its_scale_while_training_goes_on(bar: TimelineBar) -> None:
    before = bar.track.x_of(2.0)
    bar.set_frames(np.append(EPOCHS, 4.0), np.append(MARKS, True), extent=10)
    assert bar.track.x_of(2.0) == before


def test_the_label_follows_the_cursor(bar: TimelineBar) -> None:
    bar.set_cursor(2, live=False, batches_per_epoch=400)
    assert bar.text == "Epoch 1 · batch 100"


def test_live_shows_whether_the_cursor_follows_and_asks_to(bar: TimelineBar, qtbot: QtBot) -> None:
    bar.set_cursor(2, live=False)
    assert not bar.live_button.isChecked()
    with qtbot.waitSignal(bar.live_requested):
        QTest.mouseClick(bar.live_button, Qt.MouseButton.LeftButton)
    # Pressing decides nothing: whoever listens does.
    assert not bar.live_button.isChecked()
    bar.set_cursor(7, live=True)
    assert bar.live_button.isChecked()


def test_fewer_frames_than_before_leave_the_cursor_at_the_last(bar: TimelineBar) -> None:
    bar.set_frames(EPOCHS[:2], MARKS[:2], extent=10)
    assert bar.text == "Epoch 1 · batch 40"
    bar.grab()
