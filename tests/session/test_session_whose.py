"""What is trained, set, measured and worked out belongs to the run that it is of, whatever is chosen meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mnist_viz.session.work import State
from mnist_viz.session.worker import Stop

if TYPE_CHECKING:
    from mnist_viz.data.datasets import Dataset
    from mnist_viz.engine.settings import Settings
    from tests.session.conftest import Bits, Driven

PER_EPOCH = 30


def test_a_branch_of_an_epochs_end_that_was_worked_out_again_has_its_validation_once(
    finished: Driven, undisturbed: dict[int, Bits]
) -> None:
    frame = finished.session.timeline.find(60)
    assert frame is not None
    finished.session.timeline.remove(frame)
    finished.show(60)
    assert finished.shown.state is not None
    assert (finished.shown.state.epoch, finished.shown.state.batch) == (2, 0)
    finished.session.branch()
    finished.train(1)
    assert [epoch.step for epoch in finished.session.history.epochs] == [30, 60]
    assert finished.bits(finished.shown) == undisturbed[61]


def test_what_is_set_while_a_network_is_made_is_set_for_that_network(driven: Driven, settings: Settings) -> None:
    driven.train(3)
    first = driven.session.run
    driven.session.reset(replace(settings, hidden=(5,)))
    driven.session.change(replace(driven.session.settings, learning_rate=0.001))
    driven.rest()
    driven.train(1)
    assert driven.session.run.settings == replace(settings, hidden=(5,), learning_rate=0.001)
    assert first.settings == settings


def test_what_is_set_at_rest_is_still_set_after_a_look_at_another_run(finished: Driven, settings: Settings) -> None:
    session = finished.session
    finished.show(45)
    session.branch()
    session.activate(1)
    session.go_live()
    finished.train(1)
    session.change(replace(settings, learning_rate=0.001, epochs=7))
    session.activate(2)
    session.activate(1)
    assert (session.settings.learning_rate, session.epochs) == (0.001, 7)


def test_another_run_chosen_while_one_is_made_ready_is_the_one_that_is_trained(finished: Driven) -> None:
    session = finished.session
    finished.reset()
    finished.train(1)
    session.activate(1)
    session.play()
    assert finished.state() is State.PREPARING
    session.activate(2)
    finished.until(lambda: session.run.number == 2)
    finished.rest()
    assert {run.number: run.steps for run in session.runs} == {1: 90, 2: 1}
    finished.train(1)
    assert session.run.steps == 2


def test_the_test_sets_figures_belong_to_the_run_that_was_tested(finished: Driven) -> None:
    session = finished.session
    finished.show(45)
    session.branch()
    session.activate(1)
    session.run.tested = None
    stops = len(finished.stops)
    session.play()
    finished.until(lambda: len(finished.stops) > stops)
    assert finished.stops[-1].reason is Stop.FINISHED
    session.activate(2)
    finished.until(lambda: session.runs.get(1).tested is not None)
    assert session.runs.get(2).tested is None


def test_a_moment_after_an_early_stop_is_worked_out_again_too(driven: Driven, settings: Settings) -> None:
    session = driven.session
    driven.reset(replace(settings, early_stopping=1, learning_rate=3.0, gradient_clip=1.0, epochs=200))
    session.play()
    driven.until(lambda: bool(driven.stops) and driven.stops[-1].reason is Stop.EARLY)
    end = session.run.steps
    session.go_live()
    driven.train(20)
    seen = driven.bits(driven.shown)
    for frame in session.timeline.frames[1:-1]:
        session.timeline.remove(frame)
    session.forget_replayed()
    driven.show(end + 7)
    driven.show(end + 20)
    assert driven.bits(driven.shown) == seen


def test_play_while_a_step_back_waits_for_its_data_plays_once(finished: Driven, dataset: Dataset) -> None:
    session = finished.session
    session._datasets = {}
    session.restore(session.runs)
    session.back_batch()
    session.play()
    assert session.provide_dataset(dataset)
    finished.until(lambda: session.run.steps > 90)
    finished.pause()
    steps = session.run.steps
    session.set_dataset(dataset)
    finished.rest()
    assert finished.state() is State.IDLE
    assert session.runs.get(1).steps == steps
