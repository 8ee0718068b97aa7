"""The timeline shows where the window is, tells what is under the mouse and asks to go there."""

from typing import Any, get_args

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions
from mnist_viz.views.theme import DARK, LIGHT
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.timeline.marks import Kind, Mark
from mnist_viz.views.timeline.track import LINE_Y, MARK_Y, TICKS_Y
from mnist_viz.views.widgets import recolor
from tests.views.hand import LEFT, click, shown, wheel

EPOCHS = np.array([0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0])
LAST = len(EPOCHS) - 1
BEST = Mark(800, 2.0, "best", "Best epoch: validation loss 0.1, 97% right")
SLOWER = Mark(803, 2.0075, "change", "Learning rate 0.1 → 0.01")


class Hand:
    """The bar, what a hand does to its track, and what the track asks for then."""

    def __init__(self, bar: TimelineBar) -> None:
        self.bar, self.track = bar, bar.track
        self.frames: list[int] = []
        self.steps: list[int] = []
        self.track.cursor_requested.connect(self.frames.append)
        self.track.mark_requested.connect(self.steps.append)

    def at(self, epoch: float, y: float = LINE_Y) -> QPoint:
        return QPoint(round(self.track.x_of(epoch)), round(y))

    def click(self, epoch: float, y: float = LINE_Y) -> None:
        click(self.track, self.at(epoch, y))

    def drag(self, *epochs: float, y: float = LINE_Y) -> None:
        """Press at the first, move over the others, release at the last."""
        QTest.mousePress(self.track.viewport(), LEFT, pos=self.at(epochs[0], y))
        for epoch in epochs[1:]:
            QTest.mouseMove(self.track.viewport(), self.at(epoch))
        QTest.mouseRelease(self.track.viewport(), LEFT, pos=self.at(epochs[-1]))

    def point(self, epoch: float, y: float = LINE_Y) -> list[str]:
        """The lines of the tip there."""
        QTest.mouseMove(self.track.viewport(), self.at(epoch, y))
        return self.track.tip_text.splitlines()

    def color(self, epoch: float, y: float) -> str:
        place = self.at(epoch, y)
        return str(self.track.grab().toImage().pixelColor(place).name())


@pytest.fixture
def hand(qtbot: QtBot) -> Hand:
    bar = shown(qtbot, TimelineBar(Actions()), 1000, 56)
    bar.track.set_frames(EPOCHS, 10, np.full(len(EPOCHS), 400))
    bar.set_cursor(LAST, live=True, batches_per_epoch=400)
    return Hand(bar)


# What it asks for


def test_nothing_can_be_asked_while_nothing_is_recorded(qtbot: QtBot) -> None:
    hand = Hand(shown(qtbot, TimelineBar(Actions()), 1000, 56))
    click(hand.track, QPoint(500, 20))
    assert hand.frames == []
    assert hand.bar.text == "Nothing recorded"
    assert not hand.bar.live_button.isEnabled()


def test_a_click_asks_for_the_nearest_frame(hand: Hand) -> None:
    for epoch, frame in ((1.52, 5), (9.0, LAST), (0.0, 0), (0.25, 2)):
        hand.click(epoch)
        assert hand.frames[-1] == frame


def test_dragging_asks_for_each_frame_on_the_way_once(hand: Hand) -> None:
    hand.drag(3.0, 2.1, 2.0, 1.9, 1.5, 1.0)
    hand.point(0.0)
    assert hand.frames == [7, 6, 5, 4]


def test_the_wheel_steps_a_frame(hand: Hand) -> None:
    hand.bar.set_cursor(4, live=False)
    for notches in (1, -0.5, -0.5):
        wheel(hand.track, notches)
    assert hand.frames == [3, 5]


def test_a_click_on_a_mark_asks_for_its_moment_and_drags_nothing(hand: Hand) -> None:
    hand.track.set_marks([BEST])
    hand.drag(2.0, 1.0, y=MARK_Y)
    assert (hand.frames, hand.steps) == ([], [800])
    hand.click(2.0)  # below its sign
    assert (hand.frames, hand.steps) == ([6], [800])


def test_live_shows_whether_the_cursor_follows_and_asks_to(hand: Hand, qtbot: QtBot) -> None:
    button = hand.bar.live_button
    hand.bar.set_cursor(2, live=False)
    assert not button.isChecked()
    with qtbot.waitSignal(hand.bar.live_requested):
        QTest.mouseClick(button, LEFT)
    assert not button.isChecked()  # pressing decides nothing: whoever listens does
    hand.bar.set_cursor(7, live=True)
    assert button.isChecked()


def test_the_track_says_which_frame_it_has_painted(hand: Hand, qtbot: QtBot) -> None:
    with qtbot.waitSignal(hand.track.painted, check_params_cb=lambda index: bool(index == 3)):
        hand.bar.set_cursor(3, live=False)


# Where it is


def test_the_track_keeps_its_scale_while_training_goes_on_and_has_the_cursor_at_the_last_of_fewer_frames(
    hand: Hand,
) -> None:
    before = hand.track.x_of(2.0)
    hand.track.set_frames(np.append(EPOCHS, 4.0), 10)
    assert hand.track.x_of(2.0) == before
    hand.track.set_frames(EPOCHS[:2], 10)
    hand.bar.set_cursor(LAST, live=True, batches_per_epoch=400)
    assert hand.bar.text == "Epoch 1 · batch 40"


def test_it_names_the_shown_moment_and_how_far_back_that_is(hand: Hand) -> None:
    moments: list[tuple[dict[str, Any], str, str]] = [
        ({"index": 7, "live": True}, "After epoch 3", "The newest moment"),
        ({"index": 6, "live": False}, "After epoch 2", "Past: 1 epoch back"),
        ({"index": 2, "live": False}, "Epoch 1 · batch 100", "Past: 2.8 epochs back"),
        ({"index": 7, "live": False}, "After epoch 3", "Past: not following"),
        ({"index": 6, "live": False, "epoch": 2.5}, "Epoch 3 · batch 200", "Past: 200 batches back"),
        ({"index": 6, "live": False, "epoch": 2.9975}, "Epoch 3 · batch 399", "Past: 1 batch back"),
        ({"index": 2, "live": False, "batches_per_epoch": 0}, "Epoch 1", "Past: 2.8 epochs back"),
        ({"index": 2, "live": False, "guest": True}, "A finished network", "Play trains another one"),
    ]
    for cursor, name, past in moments:
        hand.bar.set_cursor(**({"batches_per_epoch": 400} | cursor))
        assert (hand.bar.text, hand.bar.past_text) == (name, past)


def test_the_past_cannot_be_taken_for_the_present(hand: Hand) -> None:
    hand.bar.set_cursor(2, live=False, batches_per_epoch=400)
    assert (hand.bar.property("past"), hand.bar.live_button.text()) == (True, "Go live")
    hand.bar.set_cursor(LAST, live=True, batches_per_epoch=400)
    assert (hand.bar.property("past"), hand.bar.live_button.text()) == (False, "Live")
    hand.bar.set_cursor(2, live=False, guest=True)  # no moment of the run at all
    assert hand.bar.property("past") is False


# The tip


def test_marks_that_overlap_are_one_with_both_texts_and_clicks_go_to_each_in_turn(hand: Hand) -> None:
    hand.track.set_marks([BEST, SLOWER])
    assert hand.point(2.0, MARK_Y) == [
        "After epoch 2",
        "Click to go there",
        "After epoch 2: Best epoch: validation loss 0.1, 97% right",
        "Epoch 3 · batch 3: Learning rate 0.1 → 0.01",
    ]
    for moment in (1.0, 2.0, 2.0075):
        hand.bar.set_cursor(4, live=False, epoch=moment, batches_per_epoch=400)
        hand.click(2.0, MARK_Y)
    assert hand.steps == [800, 803, 800]


def test_the_tip_says_which_moment_is_under_the_mouse_and_what_is_there(hand: Hand) -> None:
    hand.track.set_marks([BEST])
    for epoch, lines in (
        (0.0, ["Before training", "Recorded"]),
        (0.25, ["Epoch 1 · batch 100", "Recorded"]),
        (2.0, ["After epoch 2", "Recorded", "Best epoch: validation loss 0.1, 97% right"]),
        (2.4, ["Epoch 3", "Nearest recorded: after epoch 2"]),
        (7.5, ["Epoch 8", "Not trained yet"]),
    ):
        assert hand.point(epoch) == lines


def test_there_is_no_tip_once_the_mouse_has_left_or_while_nothing_is_recorded(hand: Hand) -> None:
    assert hand.point(1.0)
    QApplication.sendEvent(hand.track, QEvent(QEvent.Type.Leave))
    assert hand.track.tip_text == ""
    hand.track.set_frames(EPOCHS[:0], 10)
    assert hand.point(0.5) == []


def test_the_tip_stays_within_the_window(hand: Hand) -> None:
    hand.track.set_marks([Mark(4, 0.01, "diverged", "It diverged " * 20)])
    hand.point(0.01, MARK_Y)
    tip = hand.track.findChild(QWidget, "timeline-tip")
    assert isinstance(tip, QWidget)
    left = hand.bar.mapToGlobal(QPoint(0, 0)).x()
    assert left <= tip.x()
    assert tip.geometry().right() <= left + hand.bar.width()


def test_of_very_many_marks_at_one_place_the_first_are_told_and_the_rest_counted(hand: Hand) -> None:
    hand.track.set_marks([Mark(400 + k, 1.0, "change", f"Change {k}") for k in range(20)])
    assert hand.point(1.0, MARK_Y)[2:] == [*(f"Change {k}" for k in range(6)), "and 14 more"]


# What is painted


def test_marks_of_every_kind_are_painted(hand: Hand) -> None:
    for theme in (DARK, LIGHT):
        recolor(hand.bar, theme)
        hand.track.set_marks([])
        plain = hand.track.grab().toImage()
        for kind in get_args(Kind):
            hand.track.set_marks([Mark(10, 1.5, kind, "x")])
            assert hand.track.grab().toImage() != plain


def test_a_thousand_frames_are_painted_as_a_bar(hand: Hand) -> None:
    hand.track.set_frames(np.arange(1000.0), 1200)
    bar = {hand.color(epoch, TICKS_Y + 1) for epoch in range(200, 800, 20)}
    assert len(bar) == 1
    assert hand.color(1100, TICKS_Y + 1) not in bar


def test_what_lies_between_the_past_and_the_newest_moment_is_tinted_unless_a_guest_is_shown(hand: Hand) -> None:
    live = hand.color(2.5, 3)
    hand.bar.set_cursor(6, live=False)
    assert hand.color(2.5, 3) != live
    hand.bar.set_cursor(6, live=False, guest=True)
    assert hand.color(2.5, 3) == live


def test_a_broken_line_says_where_the_scale_changes_and_a_text_by_how_much(hand: Hand) -> None:
    def names() -> list[str]:
        (ticks,) = hand.track.plot.bottom._tickLevels or ((),)
        return [text for _, text in ticks]

    hand.bar.resize(1600, 56)
    hand.track.set_frames(EPOCHS, 4.0)
    assert len(hand.track.breaks.data) == 0  # all epochs are as wide
    assert not any("wide" in name for name in names())
    hand.track.set_frames(EPOCHS, 20.0)
    assert hand.track.breaks.data["x"].tolist() == [hand.track.x_of(1.0)]
    assert "epoch 1, 3.6× as wide" in names()
