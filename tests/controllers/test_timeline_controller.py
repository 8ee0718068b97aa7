"""The timeline tells what happened to the run, and leads there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_viz.recording.run import Incident
from mnist_viz.session.work import State
from mnist_viz.views.timeline.track import MARK_Y

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
TURNS = 50
"""Turns of the event loop in which a film that does not wait would have gone on."""


def marks(program: Program) -> list[tuple[int, str, str]]:
    """Step, kind and text of every mark, as the track has them."""
    program.app.tick()
    return [(m.step, m.kind, m.text) for group in program.app.timeline.track.groups for m in group.marks]


def press(program: Program, key: Qt.Key) -> None:
    QTest.keyClick(program.app.window, key)
    program.app.tick()


def shown_step(program: Program) -> int:
    shown = program.session.timeline.shown
    assert shown is not None
    return shown.step


def test_a_key_pins_and_unpins_a_moment_and_a_setting_that_was_changed_is_told_in_words(
    program: Program, guest: MakeGuest
) -> None:
    program.train(3)
    program.session.change(replace(program.session.settings, learning_rate=0.01))
    program.train(1)
    assert marks(program) == [(3, "change", "Learning rate 0.1 → 0.01")]

    before = marks(program)
    press(program, Qt.Key.Key_M)
    assert marks(program) == [*before, (4, "pin", "Pinned")]
    assert program.app.window.commands.pin.text() == "Unpin this moment"
    press(program, Qt.Key.Key_M)
    assert marks(program) == before
    assert program.app.window.commands.pin.text() == "Pin this moment"
    program.open_model(str(guest()))
    press(program, Qt.Key.Key_M)
    assert not program.session.run.pins


def test_a_branch_is_marked_in_the_run_it_left_and_in_itself_and_what_went_wrong_with_its_words(
    program: Program,
) -> None:
    program.train(4)
    program.session.go_to(2)
    program.session.branch(replace(program.session.settings, optimizer="adam"), "Adam")
    program.rest()
    assert marks(program) == [(2, "root", "Left Run 1 here"), (2, "change", "Optimizer SGD → Adam")]
    program.session.activate(1)
    assert marks(program) == [(2, "branch", "Adam left here")]
    (group,) = program.app.timeline.track.groups
    assert group.lead.color == program.session.runs.get(2).color
    program.session.rename(2, "Other")
    assert marks(program) == [(2, "branch", "Other left here")]

    program.session.run.incidents.append(Incident(2, "diverged", "The loss is infinite."))
    program.session.runs_changed.emit()
    assert (2, "diverged", "The loss is infinite.") in marks(program)


def pinned(program: Program, *steps: int) -> None:
    for step in steps:
        program.session.go_to_step(step)
        program.rest()
        program.app.window.commands.pin.trigger()


def test_keys_and_clicks_go_from_mark_to_mark_or_the_nearest_moment_while_training_goes_on(program: Program) -> None:
    program.train(9)
    pinned(program, 2, 4, 7)
    program.session.go_to_step(4)
    program.app.tick()
    went = []
    for key in (Qt.Key.Key_Period, Qt.Key.Key_Period, Qt.Key.Key_Comma, Qt.Key.Key_Comma, Qt.Key.Key_Comma):
        press(program, key)
        went.append(shown_step(program))
    assert went == [7, 7, 4, 2, 2]

    pinned(program, 2, 4, 7)  # takes them back
    pinned(program, 6)

    frame = program.session.timeline.find(6)
    assert frame is not None
    program.session.timeline.remove(frame)
    program.session.go_live()
    program.app.tick()
    click_mark(program)
    program.until(lambda: shown_step(program) == 6)
    program.session.go_live()
    program.rest()
    assert program.session.timeline.find(6) is None
    program.session.set_speed(20.0)
    program.session.play()
    program.until(lambda: program.state() is State.RUNNING)
    click_mark(program)
    program.app.tick()
    assert shown_step(program) in (5, 7, 8)
    assert program.state() is State.RUNNING


def click_mark(program: Program) -> None:
    track = program.app.timeline.track
    (group,) = track.groups
    QTest.mouseClick(track.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(group.x), round(MARK_Y)))


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


def test_each_way_it_paints_every_frame_in_turn_and_from_where_it_ends_it_begins_at_the_other_end(
    cinema: Cinema,
) -> None:
    cinema.press(Qt.Key.Key_F)
    cinema.over()
    cinema.program.until(lambda: cinema.session.at_live)
    assert cinema.seen() == list(range(cinema.count))
    cinema.at(0)
    cinema.press(Qt.Key.Key_F, SHIFT)
    cinema.over()
    assert cinema.seen() == list(reversed(range(cinema.count)))

    cinema.at(0)
    cinema.press(Qt.Key.Key_F)
    cinema.over()
    cinema.program.until(lambda: cinema.session.at_live)
    assert cinema.count > 5
    assert cinema.seen() == list(range(1, cinema.count))

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

    cinema.at(3)
    cinema.track.setUpdatesEnabled(False)
    directions = []
    for modifier in (Qt.KeyboardModifier.NoModifier, SHIFT, SHIFT):
        cinema.press(Qt.Key.Key_F, modifier)
        directions.append(cinema.film.direction)
    assert directions == [1, -1, 0]


def test_a_loop_begins_again_until_it_is_paused_and_no_film_stops_the_training(cinema: Cinema) -> None:
    cinema.press(Qt.Key.Key_L, CTRL)
    everything = list(range(cinema.count))
    for modifier, turn in ((Qt.KeyboardModifier.NoModifier, everything), (SHIFT, everything[::-1])):
        cinema.at(turn[0])
        cinema.press(Qt.Key.Key_F, modifier)
        cinema.program.until(lambda: len(cinema.seen()) > 2 * cinema.count)
        assert cinema.seen()[: 2 * cinema.count - 1] == [*turn[1:], *turn]
        cinema.press(Qt.Key.Key_F, modifier)
        assert cinema.film.direction == 0

    cinema.session.set_speed(20.0)
    cinema.press(Qt.Key.Key_F)
    cinema.press(Qt.Key.Key_Space)
    assert cinema.film.direction == 0
    assert cinema.session.state is State.PAUSED
    cinema.press(Qt.Key.Key_Space)
    assert cinema.program.state() is State.RUNNING

    cinema.session.pause()
    cinema.program.rest()
    cinema.press(Qt.Key.Key_L, CTRL)  # no loop any more
    cinema.session.set_speed(20.0)
    cinema.session.play()
    cinema.program.until(lambda: cinema.session.state is State.RUNNING)
    cinema.at(0)
    recorded = cinema.count
    cinema.press(Qt.Key.Key_F)
    cinema.over()
    assert cinema.session.at_live
    assert cinema.program.state() is State.RUNNING
    assert cinema.seen()[: recorded - 1] == list(range(1, recorded))  # all that was there, and then the newest


def test_who_goes_elsewhere_stops_it(cinema: Cinema) -> None:
    cinema.at(4)
    cinema.program.app.window.commands.pin.trigger()
    cinema.press(Qt.Key.Key_L, CTRL)

    def play() -> None:
        cinema.at(4)
        cinema.press(Qt.Key.Key_F)
        cinema.program.until(lambda: len(cinema.painted) > 2)
        assert cinema.film.direction == 1

    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Comma):
        play()
        cinema.press(key)
        assert cinema.film.direction == 0, key
    play()
    track = cinema.track
    frame = cinema.session.timeline.frames[2]
    QTest.mousePress(track.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(track.x_of(frame.epoch)), 25))
    assert cinema.film.direction == 0
    assert cinema.session.shown is frame
    QTest.mouseRelease(track.viewport(), Qt.MouseButton.LeftButton)
    play()
    cinema.press(Qt.Key.Key_R)  # resets the network
    assert cinema.film.direction == 0


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


def test_the_best_of_several_epochs_is_marked_and_batches_are_counted_by_the_size_of_their_epoch(
    program: Program,
) -> None:
    names = ("film-button", "film-back-button", "film-speed", "film-loop-button")
    assert not any(program.button(name).isEnabled() for name in names)
    QTest.keyClick(program.app.window, Qt.Key.Key_F)
    assert program.app.film.direction == 0
    program.train(1)
    assert all(program.button(name).isEnabled() for name in names)

    program.session.run_until(epochs=3)
    program.until(lambda: program.state() is State.PAUSED)
    best = program.session.run.best
    assert best is not None
    assert marks(program) == [
        (best.step, "best", f"Best epoch: validation loss {best.val_loss:.4f}, {best.val_accuracy:.2%} right")
    ]

    program.reset(replace(program.session.settings, epochs=3))
    program.train(10)
    program.session.change(replace(program.session.settings, batch_size=20))
    program.train(1)
    program.app.tick()
    track = program.app.timeline.track
    for step, said in ((5, "Epoch 1 · batch 5"), (11, "Epoch 2 · batch 1")):
        x = track.x_of(program.session.history.grid.position(step))
        QTest.mouseMove(track.viewport(), QPoint(round(x), 25))
        assert track.tip_text.splitlines()[0] == said

    actions = program.app.window.commands
    for size, unit in ((1, "digit"), (10, "batch")):
        program.reset(replace(program.session.settings, batch_size=size))
        assert (actions.forward_batch.text(), actions.back_batch.text()) == (f"Forward one {unit}", f"Back one {unit}")
        assert actions.forward_batch.toolTip().startswith(f"Train on the next {unit}")
