"""The tree of runs in the session: branches, switching, deleting, pins, and what stays of a run that was left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.session.conditions import Condition
from mnist_viz.session.session import Edit
from mnist_viz.session.work import State
from mnist_viz.session.worker import Replayed, Stop, Stopped

if TYPE_CHECKING:
    from mnist_viz.data.datasets import Dataset
    from mnist_viz.engine.settings import Settings
    from tests.session.conftest import Bits, Driven

PER_EPOCH = 30


# New runs


def test_a_reset_keeps_the_run_that_was_trained(finished: Driven, undisturbed: dict[int, Bits]) -> None:
    first = finished.session.run
    finished.reset()
    assert finished.numbers() == [1, 2]
    assert finished.session.run.number == 2
    assert first.steps == 90
    assert first.timeline.tail is not None
    assert finished.bits(first.timeline.tail) == undisturbed[90]
    assert first.tested is not None


def test_a_run_without_training_is_replaced(driven: Driven, settings: Settings) -> None:
    for width in (4, 5, 6):
        driven.reset(replace(settings, hidden=(width,)))
    assert driven.numbers() == [1]
    assert driven.session.run.settings.hidden == (6,)


# Branches


def test_a_branch_stands_at_the_shown_moment_and_leaves_the_run_that_has_it(finished: Driven) -> None:
    parent = finished.session.run
    finished.show(45)
    finished.session.branch(name="slower")
    run = finished.session.run
    assert (run.number, run.name, run.parent, run.root_step) == (2, "slower", 1, 45)
    assert finished.state() is State.PAUSED
    assert finished.shown.step == 45
    assert finished.session.at_live
    assert (run.steps, [epoch.epoch for epoch in run.history.epochs]) == (45, [0])
    assert run.timeline.frames == parent.timeline.frames[: len(run.timeline)]
    assert parent.steps == 90

    finished.show(30)
    finished.session.branch(name="two")
    assert (finished.session.run.parent, finished.session.run.root_step) == (1, 30)


def test_what_was_worked_out_ahead_for_one_run_is_not_of_the_next(finished: Driven) -> None:
    session = finished.session
    session.go_to_step(87)
    finished.rest()
    late = finished.shown
    finished.show(45)
    session.branch(name="slower")
    session._worker.mailbox.notes.append(Replayed(late))  # of the run that was left a moment ago
    session.tick()
    assert session._known(87) is None


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_branch_and_its_parent_go_on_each_in_its_own_way(driven: Driven, settings: Settings, optimizer: str) -> None:
    """With chance of every kind: back and forth between the two, and each as if the other were not there."""
    wild = replace(
        settings, optimizer=optimizer, learning_rate=0.003, dropout=0.3, input_dropout=0.1, label_smoothing=0.1,
        augmentation=Augmentation(shift=0.5, rotation=10.0), l2=0.001,
    )  # fmt: skip
    session = driven.session
    driven.reset(wild)
    driven.train(40)
    expected = driven.bits(driven.shown)
    driven.show(25)
    session.branch(replace(wild, learning_rate=0.0003, dropout=0.0))
    driven.train(15)
    other = driven.bits(driven.shown)
    assert other != expected
    session.activate(1)
    assert driven.shown.step == 25  # where one left it
    session.go_live()
    assert driven.bits(driven.shown) == expected
    driven.train(5)
    further = driven.bits(driven.shown)
    driven.show(39)
    driven.show(45)
    assert driven.bits(driven.shown) == further
    session.activate(2)
    driven.show(24)  # before the branch left
    driven.show(39)
    driven.show(40)
    assert driven.bits(driven.shown) == other


def test_a_branch_may_have_another_optimizer_but_no_other_layers(finished: Driven, settings: Settings) -> None:
    with pytest.raises(ValueError, match="Hidden layers cannot change in a branch"):
        finished.session.branch(replace(settings, hidden=(9,)))
    assert finished.numbers() == [1]

    finished.show(45)
    finished.session.branch(replace(settings, optimizer="adam", learning_rate=0.001))
    finished.train(20)
    bits = finished.bits(finished.shown)
    finished.show(50)
    finished.show(44)
    finished.show(65)
    assert finished.bits(finished.shown) == bits
    assert finished.session.settings.optimizer == "adam"
    finished.session.activate(1)
    assert finished.session.settings.optimizer == "momentum"


def test_a_branch_of_a_running_training_pauses_it(driven: Driven, undisturbed: dict[int, Bits]) -> None:
    driven.play_to(35)
    driven.session.go_to(3)
    driven.session.branch()
    driven.until(lambda: len(driven.session.runs) == 2)
    driven.rest()
    assert driven.session.run.root_step == driven.shown.step == 3
    assert driven.bits(driven.shown) == undisturbed[3]
    assert driven.session.runs.get(1).steps >= 35


def test_a_branch_leaves_a_moment_that_lost_what_training_needs(finished: Driven, undisturbed: dict[int, Bits]) -> None:
    timeline = finished.session.timeline
    frame = timeline.find(60)
    assert frame is not None
    timeline.replace(frame, frame.without_state())
    finished.show(60)
    finished.session.branch()
    finished.until(lambda: len(finished.session.runs) == 2)
    finished.rest()
    assert finished.bits(finished.shown) == undisturbed[60]
    finished.train(2)
    assert finished.bits(finished.shown) == undisturbed[62]


# Switching


def test_another_run_is_shown_at_once_with_all_it_has(finished: Driven, settings: Settings) -> None:
    session = finished.session
    finished.reset(replace(settings, hidden=(5,), learning_rate=0.01))
    finished.train(4)
    changed: list[str] = []
    session.run_changed.connect(lambda: changed.append("run"))
    session.activate(1)
    assert changed == ["run"]
    assert (finished.shown.step, finished.shown.model.sizes) == (90, (16, 8, 3))
    assert session.settings.hidden == (8,)
    assert len(session.history.epochs) == 3
    session.activate(1)
    assert changed == ["run"]


def test_settings_that_change_while_a_run_is_only_looked_at_hold_when_it_goes_on(
    driven: Driven, settings: Settings
) -> None:
    driven.train(10)
    driven.session.change(replace(settings, learning_rate=0.01))
    driven.train(10)
    expected = driven.bits(driven.shown)
    driven.reset(settings)
    driven.train(10)
    driven.reset(settings)
    driven.train(1)
    driven.session.activate(2)
    driven.session.change(replace(settings, learning_rate=0.01))
    driven.train(10)
    assert driven.bits(driven.shown) == expected


# The tree


def test_a_run_has_a_name_a_color_and_is_visible_unless_it_is_gone(finished: Driven) -> None:
    session = finished.session
    told: list[str] = []
    session.runs_changed.connect(lambda: told.append("told"))
    session.rename(1, "  a   name ")
    session.recolor(1, 5)
    session.set_visible(1, False)
    run = session.run
    assert (run.name, run.color, run.visible, len(told)) == ("a name", 5, False, 3)
    session.rename(1, "")
    assert run.name == "Run 1"

    told.clear()
    session.rename(7, "gone")
    session.recolor(7, 1)
    session.set_visible(7, False)
    assert told == []


def test_a_deleted_run_can_be_put_back(finished: Driven) -> None:
    session = finished.session
    finished.show(45)
    session.branch(name="one")
    finished.train(3)
    session.branch(name="two")
    assert [(run.name, run.parent) for run in session.runs] == [("Run 1", None), ("one", 1), ("two", 2)]
    gone = session.delete(2)
    assert gone is not None
    assert [(run.name, run.parent) for run in session.runs] == [("Run 1", None), ("two", 1)]
    session.restore_run(gone)
    assert finished.numbers() == [1, 2, 3]
    deleted = session.delete(3)  # the active one
    assert deleted is not None
    assert session.run.number in (1, 2)
    session.activate(1)
    session.delete(2)
    assert session.delete(1) is None
    assert finished.numbers() == [1]
    finished.train(1)


def test_a_pinned_moment_between_the_recorded_ones_is_recorded(finished: Driven) -> None:
    finished.show(17)
    session = finished.session
    assert session.timeline.find(17) is None
    session.set_pinned(session.run, finished.shown, True)
    assert session.run.pins == {17}
    assert session.timeline.find(17) is finished.shown
    assert session.timeline.tail is not None
    assert session.timeline.tail.step == 90
    session.set_budget(1)
    assert session.timeline.find(17) is not None
    session.go_live()
    session.set_pinned(session.run, finished.shown, True)
    finished.show(17)
    session.set_pinned(session.run, finished.shown, False)
    assert session.run.pins == {90}


# Until


def test_so_many_batches_or_epochs_then_pause(driven: Driven) -> None:
    driven.session.run_until(steps=7)
    assert driven.state() is State.RUNNING
    driven.rest()
    assert driven.tail.step == 7
    driven.session.run_until(epochs=2)  # the rest of the first one counts
    driven.rest()
    assert driven.tail.step == 2 * PER_EPOCH
    driven.session.run_until(epochs=3)
    driven.rest()
    assert (driven.tail.step, driven.session.epochs) == (5 * PER_EPOCH, 5)


def test_until_a_condition_holds(driven: Driven) -> None:
    driven.session.run_until(condition=Condition("accuracy-above", 0.5))
    driven.rest()
    assert driven.stops[-1].reason is Stop.REACHED
    assert driven.session.history.epochs[-1].val_accuracy >= 0.5


# An opened session


def test_runs_that_are_restored_are_shown_at_once_and_go_on_when_their_data_come(
    finished: Driven, empty: Driven, dataset: Dataset, undisturbed: dict[int, Bits]
) -> None:
    runs: Runs = finished.session.runs
    session = finished.session
    session._datasets = {}
    needed: list[str] = []
    session.data_needed.connect(needed.append)
    session.restore(runs)
    assert finished.shown.step == 90
    assert finished.state() is State.PAUSED
    session.back_batch()
    assert (needed, finished.state()) == (["small"], State.PREPARING)
    assert session.provide_dataset(dataset)
    finished.until(lambda: finished.shown.step == 89)
    finished.rest()
    assert finished.bits(finished.shown) == undisturbed[89]


def test_without_their_data_they_can_still_be_looked_at(finished: Driven, other_dataset: Dataset) -> None:
    session = finished.session
    session._datasets = {}
    session.restore(session.runs)
    session.play()
    assert finished.state() is State.PREPARING
    assert not session.provide_dataset(other_dataset)
    session.give_up_data()
    assert finished.state() is State.PAUSED
    session.go_to(0)
    assert finished.shown.step == 0


def test_after_a_look_at_another_run_a_reset_begins_again_with_the_opened_model(
    driven: Driven, settings: Settings
) -> None:
    model = driven.shown.model
    driven.reset(replace(settings, seed=7), first_weights=model)
    driven.train(2)
    driven.reset(replace(settings, hidden=(4,)))
    driven.train(1)
    opened = next(run for run in driven.session.runs if run.from_model)
    driven.session.activate(opened.number)
    driven.reset()
    assert driven.shown.model.parameters.tobytes() == model.parameters.tobytes()
    assert driven.session.run.from_model


def test_a_way_back_that_is_cancelled_leads_nowhere(finished: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    session = finished.session
    frame = session.timeline.find(60)
    assert frame is not None
    session.timeline.replace(frame, frame.without_state())
    finished.show(60)
    with monkeypatch.context() as patch:
        notes = session._worker.mailbox.notes
        patch.setattr(session._worker, "replay", lambda *_: notes.append(Stopped(Stop.STEPPED)))
        session.branch()
        assert finished.state() is State.STEPPING
        assert session.worked_out == 0.0
        finished.rest()
    assert session.worked_out is None
    assert finished.numbers() == [1]
    assert finished.shown.step == 60
    session.branch()
    finished.until(lambda: len(session.runs) == 2)


def test_what_was_paused_goes_on_to_where_it_was_to_go(driven: Driven) -> None:
    driven.session.set_speed(2.0)
    driven.session.run_until(steps=60)
    driven.at(1)
    driven.pause()
    assert 1 <= driven.tail.step < 60
    driven.session.set_speed(None)
    driven.session.resume()
    driven.rest()
    assert driven.tail.step == 60
    driven.session.resume()
    assert driven.state() is State.PAUSED


# A network that was changed by hand


def without(frame: Frame, neuron: int) -> Edit:
    """The network without a neuron of its first hidden layer."""
    model = frame.model
    pruned = Network(model.sizes, model.activation, biases=model.biases, parameters=model.parameters.copy())
    pruned.layers[0].weights[:, neuron] = 0.0
    pruned.layers[1].weights[neuron] = 0.0
    return Edit(Model.of(pruned), f"Without neuron {neuron}")


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_branch_goes_on_from_an_edited_network_in_which_what_is_gone_stays_gone(
    driven: Driven, settings: Settings, batch_norm: bool
) -> None:
    session = driven.session
    driven.reset(replace(settings, batch_norm=batch_norm))
    driven.train(40)
    driven.show(25)
    untouched = driven.bits(driven.shown)
    session.branch(replace(session.run.settings, keep_zeros=True), edit=without(driven.shown, 3))
    assert not driven.shown.model.weights[0][:, 3].any()
    driven.train(15)
    trained, bits = driven.shown.model, driven.bits(driven.shown)
    assert not trained.weights[0][:, 3].any()
    assert not trained.weights[1][3].any()
    assert trained.weights[0][:, 2].all()
    assert [one.kind for one in session.run.incidents] == ["edited"]
    session.go_to_step(24)  # before it was edited
    driven.rest()
    driven.show(39)
    driven.show(40)
    assert driven.bits(driven.shown) == bits
    session.activate(1)
    driven.show(25)
    assert driven.bits(driven.shown) == untouched


def test_the_edited_moment_is_not_thinned_out(driven: Driven, settings: Settings) -> None:
    driven.train(40)
    driven.show(25)
    driven.session.branch(edit=without(driven.shown, 3))
    run = driven.session.run
    run.root_step = 0  # as it is after the run that it left was deleted
    edited = run.timeline.find(25)
    assert edited is not None
    driven.session.runs.budget = 0
    driven.session.runs.keep_to_budget()
    assert run.timeline.find(25) is edited
