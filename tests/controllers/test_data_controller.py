"""Data that come late are offered, never forced; what was begun can be called off; and nothing is fetched unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_viz.data.datasets import Dataset
from mnist_viz.session.loader import Failure, Progress
from mnist_viz.session.session import State

if TYPE_CHECKING:
    from tests.controllers.conftest import FakeLoader, Program


def fetch_mnist(program: Program, loader: FakeLoader) -> None:
    """Choose MNIST, which is not there, and have it fetched."""
    program.choose_dataset("mnist")
    program.press("Fetch it")
    assert loader.loads[-1] == ("mnist", True)


def test_the_start_loads_a_few_digits_and_then_more_and_fetches_nothing(
    empty: Program, loader: FakeLoader, dataset: Dataset, other_dataset: Dataset
) -> None:
    empty.app.data.start()
    assert loader.loads == [("synthetic", False)]
    loader.outcomes.append(dataset)
    empty.app.tick()
    assert empty.session.dataset is dataset
    assert loader.loads == [("synthetic", False)] * 2
    loader.outcomes.append(other_dataset)
    empty.app.tick()
    assert empty.session.dataset is other_dataset
    assert loader.loads == [("synthetic", False)] * 2


def test_data_that_come_after_training_are_offered(
    empty: Program, loader: FakeLoader, dataset: Dataset, other_dataset: Dataset
) -> None:
    empty.app.data.start()
    loader.outcomes.append(dataset)
    empty.app.tick()
    empty.rest()
    empty.train(1)
    loader.outcomes.append(other_dataset)
    empty.app.tick()
    assert empty.session.dataset is dataset
    assert empty.steps() == 1
    assert empty.text() == "Other digits with 60 training digits is ready."
    empty.press("Start anew with it")
    empty.rest()
    assert empty.session.dataset is other_dataset
    assert empty.steps() == 0
    assert empty.app.transport.dataset.currentData() == "mnist"


def test_data_that_were_asked_for_are_offered_too_if_training_runs(
    program: Program, loader: FakeLoader, dataset: Dataset, other_dataset: Dataset
) -> None:
    fetch_mnist(program, loader)
    program.session.play()
    loader.outcomes.append(other_dataset)
    program.app.tick()
    assert program.session.dataset is dataset
    assert program.state() is State.RUNNING
    assert program.buttons() == ["Start anew with it"]


def test_data_that_were_asked_for_are_offered_if_training_went_on_meanwhile(
    program: Program, loader: FakeLoader, dataset: Dataset, other_dataset: Dataset
) -> None:
    fetch_mnist(program, loader)
    program.train(1)
    loader.outcomes.append(other_dataset)
    program.app.tick()
    assert program.session.dataset is dataset
    assert program.buttons() == ["Start anew with it"]


def test_data_that_were_asked_for_come_at_once_if_nobody_trained_since(
    program: Program, loader: FakeLoader, other_dataset: Dataset
) -> None:
    program.train(2)
    fetch_mnist(program, loader)
    loader.outcomes.append(other_dataset)
    program.app.tick()
    assert program.session.dataset is other_dataset
    assert program.text() == ""


def test_data_that_are_not_there_are_fetched_only_if_asked(program: Program, loader: FakeLoader) -> None:
    program.choose_dataset("mnist")
    assert program.app.transport.dataset.currentData() == "synthetic"
    assert loader.loads == []
    program.press("Not now")
    assert (program.text(), loader.loads) == ("", [])


def test_data_that_are_there_ask_before_training_is_lost(
    empty: Program, loader: FakeLoader, other_dataset: Dataset
) -> None:
    empty.session.set_dataset(other_dataset)
    empty.rest()
    empty.train(3)
    empty.choose_dataset("synthetic")
    assert "has trained 3 batches" in empty.text()
    empty.press("Keep this one")
    assert loader.loads == []
    empty.choose_dataset("synthetic")
    empty.press("Start anew")
    assert loader.loads == [("synthetic", False)]
    assert empty.kind() == "progress"


def test_choosing_the_data_that_are_in_use_calls_off_what_is_loading(program: Program, loader: FakeLoader) -> None:
    fetch_mnist(program, loader)
    program.choose_dataset("synthetic")
    assert loader.cancels == 1
    program.app.tick()
    assert program.text() == ""
    assert program.app.transport.dataset.currentData() == "synthetic"


def test_cancel_calls_off_what_is_loading(program: Program, loader: FakeLoader, dataset: Dataset) -> None:
    fetch_mnist(program, loader)
    assert program.buttons() == ["Cancel"]
    program.press("Cancel")
    program.app.tick()
    assert (loader.cancels, program.text()) == (1, "")
    assert program.session.dataset is dataset
    assert len(loader.loads) == 1


def test_progress_leaves_a_question_and_comes_back_after_it(program: Program, loader: FakeLoader) -> None:
    program.train(1)
    fetch_mnist(program, loader)
    loader.outcomes.append(Progress("Fetching the first part", 0.2))
    program.app.tick()
    assert program.text() == "Fetching the first part"
    program.choose_preset("relu-128")
    question = program.text()
    assert "relu-128" in question
    loader.outcomes.append(Progress("Fetching the second part", 0.5))
    program.app.tick()
    assert program.text() == question
    program.press("Keep this one")
    loader.outcomes.append(Progress("Fetching the third part", 0.8))
    program.app.tick()
    assert (program.text(), program.buttons()) == ("Fetching the third part", ["Cancel"])


def test_play_leaves_progress_and_its_cancel(program: Program, loader: FakeLoader) -> None:
    fetch_mnist(program, loader)
    text = program.text()
    program.app.window.play_toggled.emit()
    assert program.state() is State.RUNNING
    assert (program.text(), program.kind(), program.buttons()) == (text, "progress", ["Cancel"])


def test_a_failed_fetch_can_be_tried_again(program: Program, loader: FakeLoader, dataset: Dataset) -> None:
    fetch_mnist(program, loader)
    loader.outcomes.append(Failure("mnist", "the server does not answer"))
    program.app.tick()
    assert (program.text(), program.kind()) == ("The server does not answer.", "error")
    assert program.session.dataset is dataset
    program.press("Try again")
    assert loader.loads == [("mnist", True)] * 2


def test_without_any_data_a_failure_falls_back_on_the_digits_the_program_makes(
    empty: Program, loader: FakeLoader
) -> None:
    empty.app.data.start("mnist")
    loader.outcomes.append(Failure("mnist", "it is not here"))
    empty.app.tick()
    assert loader.loads == [("mnist", False), ("synthetic", False)]
    assert empty.text() == "It is not here."
