"""The film shows each recorded frame in turn, waits for the screen, and stops when somebody goes elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_viz.session.work import State

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
TURNS = 50
"""Turns of the event loop in which a film that does not wait would have gone on."""


class Cinema:
    """A program that has trained some batches, with its film as fast as it can be."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.film = program.app.film
        self.session = program.session
        self.track = program.app.timeline.track
        self.painted: list[int] = []
        program.train(12)
        program.app.timeline.film.set_speed(None)
        program.app.tick()
        QApplication.processEvents()
        self.track.painted.connect(self.painted.append)

    @property
    def count(self) -> int:
        return len(self.session.timeline)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.program.app.window, key, modifier)

    def at(self, index: int) -> None:
        """Put the cursor there, and forget what was painted before."""
        self.session.go_to(index)
        self.program.until(lambda: self.painted[-1:] == [index])
        self.painted.clear()

    def over(self) -> None:
        self.program.until(lambda: self.film.direction == 0)

    def seen(self) -> list[int]:
        """The frames that were painted, each once as long as it stayed."""
        return [index for k, index in enumerate(self.painted) if k == 0 or index != self.painted[k - 1]]


@pytest.fixture
def cinema(program: Program) -> Cinema:
    return Cinema(program)


def test_forwards_it_paints_every_frame_in_turn_and_goes_live(cinema: Cinema) -> None:
    cinema.at(0)
    cinema.press(Qt.Key.Key_F)
    cinema.over()
    cinema.program.until(lambda: cinema.session.at_live)
    assert cinema.count > 5
    assert cinema.seen() == list(range(1, cinema.count))


def test_backwards_it_paints_every_frame_in_turn_and_stays_at_the_first(cinema: Cinema) -> None:
    cinema.at(cinema.count - 1)
    cinema.press(Qt.Key.Key_F, SHIFT)
    cinema.over()
    assert cinema.seen() == list(reversed(range(cinema.count - 1)))
    assert not cinema.session.at_live


def test_from_where_it_ends_it_begins_at_the_other_end(cinema: Cinema) -> None:
    cinema.press(Qt.Key.Key_F)
    cinema.over()
    cinema.program.until(lambda: cinema.session.at_live)
    assert cinema.seen() == list(range(cinema.count))
    cinema.at(0)
    cinema.press(Qt.Key.Key_F, SHIFT)
    cinema.over()
    assert cinema.seen() == list(reversed(range(cinema.count)))


def test_a_loop_begins_again_in_both_directions_until_it_is_paused(cinema: Cinema) -> None:
    cinema.press(Qt.Key.Key_L, CTRL)
    everything = list(range(cinema.count))
    for modifier, turn in ((Qt.KeyboardModifier.NoModifier, everything), (SHIFT, everything[::-1])):
        cinema.at(turn[0])
        cinema.press(Qt.Key.Key_F, modifier)
        cinema.program.until(lambda: len(cinema.seen()) > 2 * cinema.count)
        assert cinema.seen()[: 2 * cinema.count - 1] == [*turn[1:], *turn]
        cinema.press(Qt.Key.Key_F, modifier)
        assert cinema.film.direction == 0


def test_it_asks_for_no_frame_before_the_last_one_is_painted(cinema: Cinema) -> None:
    cinema.at(0)
    cinema.track.setUpdatesEnabled(False)
    cinema.press(Qt.Key.Key_F)
    for _ in range(TURNS):
        QApplication.processEvents()
        cinema.program.app.tick()
    assert cinema.session.timeline.index == 1
    cinema.track.setUpdatesEnabled(True)
    cinema.over()
    assert cinema.painted[-1] == cinema.count - 1


def test_space_pauses_the_film_before_it_does_anything_to_the_training(cinema: Cinema) -> None:
    cinema.press(Qt.Key.Key_L, CTRL)
    cinema.press(Qt.Key.Key_F)
    cinema.press(Qt.Key.Key_Space)
    assert cinema.film.direction == 0
    assert cinema.session.state is State.PAUSED
    cinema.press(Qt.Key.Key_Space)
    assert cinema.program.state() is State.RUNNING


def test_the_same_key_pauses_and_the_other_one_turns_round(cinema: Cinema) -> None:
    cinema.at(3)
    cinema.track.setUpdatesEnabled(False)
    directions = []
    for modifier in (Qt.KeyboardModifier.NoModifier, SHIFT, SHIFT):
        cinema.press(Qt.Key.Key_F, modifier)
        directions.append(cinema.film.direction)
    assert directions == [1, -1, 0]


@pytest.mark.parametrize(
    "key",
    [Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_R, Qt.Key.Key_Comma],
    ids=lambda key: key.name,
)
def test_who_goes_elsewhere_by_key_stops_it(cinema: Cinema, key: Qt.Key) -> None:
    cinema.at(4)
    cinema.session.toggle_pin()
    cinema.press(Qt.Key.Key_L, CTRL)
    cinema.press(Qt.Key.Key_F)
    cinema.program.until(lambda: len(cinema.painted) > 2)
    cinema.press(key)
    assert cinema.film.direction == 0


def test_a_drag_of_the_handle_stops_it(cinema: Cinema) -> None:
    cinema.press(Qt.Key.Key_L, CTRL)
    cinema.press(Qt.Key.Key_F)
    cinema.program.until(lambda: len(cinema.painted) > 2)
    track = cinema.track
    frame = cinema.session.timeline.frames[2]
    QTest.mousePress(track.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(track.x_of(frame.epoch)), 25))
    assert cinema.film.direction == 0
    assert cinema.session.shown is frame


def test_another_run_and_a_guest_stop_it(cinema: Cinema, guest: MakeGuest) -> None:
    cinema.press(Qt.Key.Key_L, CTRL)
    cinema.at(3)
    cinema.press(Qt.Key.Key_F)
    cinema.session.branch()
    cinema.program.until(lambda: cinema.session.run.parent is not None)
    assert cinema.film.direction == 0
    cinema.program.app.tick()
    cinema.press(Qt.Key.Key_F)
    assert cinema.film.direction == 1
    cinema.program.open_model(str(guest()))
    assert cinema.film.direction == 0


def test_while_training_goes_on_it_reaches_the_tail_and_follows_it(cinema: Cinema) -> None:
    cinema.session.set_speed(20.0)
    cinema.session.play()
    cinema.program.until(lambda: cinema.session.state is State.RUNNING)
    cinema.at(0)
    cinema.press(Qt.Key.Key_F)
    cinema.over()
    assert cinema.session.at_live
    assert cinema.program.state() is State.RUNNING
    assert cinema.seen()[: cinema.count - 2] == list(range(1, cinema.count - 1))


def test_with_one_frame_there_is_nothing_to_play(program: Program) -> None:
    names = ("film-button", "film-back-button", "film-speed", "film-loop-button")
    assert not any(program.button(name).isEnabled() for name in names)
    QTest.keyClick(program.app.window, Qt.Key.Key_F)
    assert program.app.film.direction == 0
    program.train(1)
    assert all(program.button(name).isEnabled() for name in names)
