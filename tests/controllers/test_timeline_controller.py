"""The timeline tells what happened to the run, and leads there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mnist_viz.recording.run import Incident
from mnist_viz.session.work import State
from mnist_viz.views.timeline.track import MARK_Y

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program


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


def test_a_new_run_has_no_marks(program: Program) -> None:
    assert marks(program) == []


def test_a_setting_that_was_changed_on_the_way_is_told_in_words(program: Program) -> None:
    program.train(3)
    program.session.change(replace(program.session.settings, learning_rate=0.01))
    program.train(1)
    assert marks(program) == [(3, "change", "Learning rate 0.1 → 0.01")]


def test_a_branch_is_marked_in_the_run_it_left_and_in_itself(program: Program) -> None:
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


def test_the_best_of_several_epochs_is_marked(program: Program) -> None:
    program.session.run_until(epochs=3)
    program.until(lambda: program.state() is State.PAUSED)
    best = program.session.run.best
    assert best is not None
    assert marks(program) == [
        (best.step, "best", f"Best epoch: validation loss {best.val_loss:.4f}, {best.val_accuracy:.2%} right")
    ]


def test_what_went_wrong_is_marked_with_its_words(program: Program) -> None:
    program.train(2)
    program.session.run.incidents.append(Incident(2, "diverged", "The loss is infinite."))
    program.session.runs_changed.emit()
    assert marks(program) == [(2, "diverged", "The loss is infinite.")]


def test_a_moment_is_pinned_and_unpinned_by_a_key(program: Program) -> None:
    program.train(3)
    press(program, Qt.Key.Key_M)
    assert marks(program) == [(3, "pin", "Pinned")]
    assert program.app.window.commands.pin.text() == "Unpin this moment"
    press(program, Qt.Key.Key_M)
    assert marks(program) == []
    assert program.app.window.commands.pin.text() == "Pin this moment"


def test_a_network_from_a_file_cannot_be_pinned(program: Program, guest: MakeGuest) -> None:
    program.train(1)
    program.open_model(str(guest()))
    press(program, Qt.Key.Key_M)
    assert not program.session.run.pins


def pinned(program: Program, *steps: int) -> None:
    for step in steps:
        program.session.go_to_step(step)
        program.rest()
        program.session.toggle_pin()


def test_keys_go_from_mark_to_mark_and_stop_at_the_ends(program: Program) -> None:
    program.train(9)
    pinned(program, 2, 4, 7)
    program.session.go_to_step(4)
    program.app.tick()
    went = []
    for key in (Qt.Key.Key_Period, Qt.Key.Key_Period, Qt.Key.Key_Comma, Qt.Key.Key_Comma, Qt.Key.Key_Comma):
        press(program, key)
        went.append(shown_step(program))
    assert went == [7, 7, 4, 2, 2]


def click_mark(program: Program) -> None:
    track = program.app.timeline.track
    (group,) = track.groups
    QTest.mouseClick(track.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(group.x), round(MARK_Y)))


def test_a_click_on_a_mark_shows_its_moment_even_where_no_frame_is_kept(program: Program) -> None:
    program.train(9)
    pinned(program, 6)
    frame = program.session.timeline.find(6)
    assert frame is not None
    program.session.timeline.remove(frame)
    program.session.go_live()
    program.app.tick()
    click_mark(program)
    program.until(lambda: shown_step(program) == 6)


def test_while_training_goes_on_a_mark_without_a_frame_leads_to_the_nearest_one(program: Program) -> None:
    program.train(9)
    pinned(program, 6)
    frame = program.session.timeline.find(6)
    assert frame is not None
    program.session.timeline.remove(frame)
    program.session.set_speed(20.0)
    program.session.play()
    program.until(lambda: program.state() is State.RUNNING)
    click_mark(program)
    program.app.tick()
    assert shown_step(program) in (5, 7, 8)
    assert program.state() is State.RUNNING


@pytest.mark.parametrize(("size", "unit"), [(1, "digit"), (10, "batch")])
def test_steps_are_named_by_what_they_train_on(program: Program, size: int, unit: str) -> None:
    program.session.reset(replace(program.session.settings, batch_size=size))
    program.rest()
    actions = program.app.window.commands
    assert (actions.forward_batch.text(), actions.back_batch.text()) == (f"Forward one {unit}", f"Back one {unit}")
    assert actions.forward_batch.toolTip().startswith(f"Train on the next {unit}")


def test_the_words_beside_the_track_follow_the_frame(program: Program) -> None:
    program.train(12)
    said = []
    for step in (12, 10, 3, 0):
        program.session.go_to_step(step)
        program.rest()
        program.app.tick()
        said.append(program.app.timeline.text)
    assert said == ["Epoch 2 · batch 2", "After epoch 1", "Epoch 1 · batch 3", "Before training"]


def test_under_the_mouse_batches_are_counted_by_the_size_of_their_epoch(program: Program) -> None:
    program.session.reset(replace(program.session.settings, epochs=3))
    program.rest()
    program.train(10)
    program.session.change(replace(program.session.settings, batch_size=20))
    program.train(1)
    program.app.tick()
    track = program.app.timeline.track
    for step, said in ((5, "Epoch 1 · batch 5"), (11, "Epoch 2 · batch 1")):
        x = track.x_of(program.session.history.grid.position(step))
        QTest.mouseMove(track.viewport(), QPoint(round(x), 25))
        assert track.told.splitlines()[0] == said
