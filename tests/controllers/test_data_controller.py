"""Data that come late are offered, never forced; what was begun can be called off; and nothing is fetched unasked."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.data.datasets import Dataset, Subset
from mnist_viz.data.progress import Watch

if TYPE_CHECKING:
    from tests.controllers.conftest import FakeTasks, Program


def fetch_mnist(program: Program, loader: FakeTasks) -> None:
    """Choose MNIST, which is not there, and have it fetched."""
    program.choose_dataset("mnist")
    program.press("Fetch it")
    assert loader.work()[-1] == ("fetch", "mnist")


def arrive(program: Program, loader: FakeTasks, dataset: Dataset) -> None:
    """MNIST has been fetched, and then loaded."""
    loader.done("fetch", "mnist")
    assert loader.work()[-1] == ("load", "mnist")
    loader.done("load", "mnist", dataset)


def test_the_start_loads_a_few_digits_once_the_window_is_painted_and_then_more_and_fetches_nothing(
    empty: Program, loader: FakeTasks, dataset: Dataset, other_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gc.disable", lambda: None)  # the tests go on after this
    empty.app.window.hide()
    done: list[list[tuple[str, str]]] = []
    empty.app.start(lambda: done.append(list(loader.work())))
    assert loader.work() == []
    empty.until(lambda: bool(done))
    assert done == [[("load", "synthetic")]]

    loader.done("load", "synthetic", dataset)
    assert empty.session.dataset is dataset
    assert loader.work() == [("load", "synthetic")] * 2
    loader.done("load", "synthetic", other_dataset)
    assert empty.session.dataset is other_dataset
    assert loader.work() == [("load", "synthetic")] * 2


def test_a_named_folder_without_mnist_is_told_of_with_a_button_that_fetches_it(
    empty: Program, loader: FakeTasks
) -> None:
    data = empty.app.data
    data.data_dir = "/somewhere"
    data.infos["mnist"] = replace(data.infos["mnist"], present=False, note="there is no MNIST in /somewhere")
    data.start()
    assert empty.text() == "There is no MNIST in /somewhere."
    empty.press("Fetch it")
    assert loader.work()[-1] == ("fetch", "mnist")


def test_play_at_the_start_trains_on_the_data_that_the_window_names(
    empty: Program, loader: FakeTasks, other_dataset: Dataset
) -> None:
    data, combo = empty.app.data, empty.app.transport.dataset
    data.infos["mnist"] = replace(data.infos["mnist"], present=True)
    data.start()
    assert loader.work() == [("load", "mnist")]
    assert (combo.currentData(), combo.currentText()) == ("mnist", "MNIST")
    empty.app.window.commands.play.trigger()
    assert empty.steps() == 0
    loader.done("load", "mnist", other_dataset)
    empty.until(lambda: empty.steps() > 0)
    assert (empty.session.run.dataset, combo.currentData()) == ("mnist", "mnist")


def test_how_data_were_read_is_said_and_those_that_come_after_training_are_offered(
    empty: Program, loader: FakeTasks, dataset: Dataset, other_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_viz.controllers.data.QUICK", len(dataset.train))
    empty.app.data.start()
    few = replace(dataset, notes=("They are used from memory.", "All is well."))
    loader.done("load", "synthetic", few)
    assert empty.app.transport.dataset.currentText() == "Synthetic digits (100)"
    empty.rest()
    assert empty.text() == "They are used from memory. All is well."

    empty.train(1)
    loader.done("load", "synthetic", other_dataset)
    assert empty.session.dataset is few
    assert empty.steps() == 1
    assert empty.text() == "Other digits with 60 training examples is ready."
    empty.press("Train a new network on it")
    empty.rest()
    assert empty.session.dataset is other_dataset
    assert empty.steps() == 0
    assert empty.app.transport.dataset.currentData() == "mnist"


def test_what_was_fetched_is_only_offered_if_anything_was_done_since_and_comes_at_once_if_not(
    program: Program, loader: FakeTasks, dataset: Dataset, other_dataset: Dataset
) -> None:
    own = replace(dataset, name="/somewhere/own.npz", title="own.npz")
    fetch_mnist(program, loader)
    program.app.data.use_dataset(own)
    program.rest()
    loader.done("fetch", "mnist")
    assert loader.work()[-1] == ("fetch", "mnist")
    assert program.session.dataset is own
    assert program.buttons() == ["Use it"]

    fetch_mnist(program, loader)
    program.train(1)
    arrive(program, loader, other_dataset)
    assert program.session.dataset is own
    assert program.buttons() == ["Train a new network on it"]

    program.train(1)
    asked = loader.work()
    program.choose_dataset("mnist")
    assert program.app.transport.dataset.currentData() == own.name
    assert loader.work() == asked
    program.press("Not now")
    assert (program.text(), loader.work()) == ("", asked)
    fetch_mnist(program, loader)
    arrive(program, loader, other_dataset)
    assert program.session.dataset is other_dataset
    program.rest()
    assert program.text() == "A new network. Run 1, which trained 2 batches, is kept in Runs."


def test_a_fetch_is_called_off_by_cancel_or_another_choice_and_tried_again_when_it_fails(
    program: Program, loader: FakeTasks, dataset: Dataset
) -> None:
    fetch_mnist(program, loader)
    assert program.buttons() == ["Cancel"]
    program.press("Cancel")
    loader.end_cancelled()
    assert (loader.cancels, program.text()) == ([("fetch", "mnist")], "")
    assert program.session.dataset is dataset
    assert len(loader.work()) == 1
    fetch_mnist(program, loader)
    program.choose_dataset("synthetic")
    loader.end_cancelled()
    assert loader.cancels == [("fetch", "mnist")] * 2
    assert program.text() == ""
    assert program.app.transport.dataset.currentData() == "synthetic"

    fetch_mnist(program, loader)
    loader.fail("fetch", "mnist", "the server does not answer")
    assert (program.text(), program.kind()) == ("The server does not answer.", "error")
    assert program.session.dataset is dataset
    program.press("Try again")
    assert loader.work() == [("fetch", "mnist")] * 4
    arrive(program, loader, dataset)
    assert program.session.dataset is dataset


def test_without_data_a_failure_falls_back_on_digits_the_program_makes_until_there_are_others(
    empty: Program, loader: FakeTasks, dataset: Dataset
) -> None:
    empty.app.data.start("mnist")
    loader.fail("load", "mnist", "it is not here")
    assert loader.work() == [("load", "mnist"), ("load", "synthetic")]
    assert empty.text() == "It is not here."

    own = replace(dataset, name="/somewhere/own.npz", title="own.npz")
    empty.app.data.use_dataset(own)
    loader.end_cancelled()
    assert loader.cancels == [("load", "synthetic")]
    empty.rest()
    assert empty.session.dataset is own
    assert loader.work()[1:] == [("load", "synthetic")]


def test_other_data_are_loaded_at_once_and_not_asked_about_again_once_training_has_come_to_rest(
    program: Program, loader: FakeTasks, dataset: Dataset, other_dataset: Dataset
) -> None:
    program.session.play()
    program.until(lambda: program.steps() > 0)
    program.use(other_dataset)
    program.session.play()
    program.until(lambda: program.steps() > 0)
    program.choose_dataset("synthetic")
    assert program.steps() > 0
    assert (loader.work(), program.kind()) == ([("load", "synthetic")], "progress")
    loader.done("load", "synthetic", dataset)  # it is here before the training has come to rest
    program.until(lambda: program.session.dataset is dataset)
    program.rest()
    assert program.text().startswith("A new network. Run 2, which trained ")


def test_the_network_has_the_classes_and_inputs_of_the_data_in_use_which_are_listed(
    program: Program, dataset: Dataset
) -> None:
    mixture = replace(dataset, name="mnist+synthetic", title="MNIST + Synthetic digits")
    program.app.data.use_dataset(mixture)
    combo = program.app.transport.dataset
    assert (combo.currentText(), combo.currentData()) == ("MNIST + Synthetic digits", "mnist+synthetic")
    program.rest()
    program.app.data.use_dataset(dataset)
    assert combo.currentData() == "synthetic"
    assert combo.findData("mnist+synthetic") == -1

    rng = np.random.default_rng(1)
    for classes, shape in ((47, (28, 28)), (10, (32, 32, 3)), (2, (16, 12))):
        program.app.files.show_pretrained()

        def part(count: int, classes: int = classes, shape: tuple[int, ...] = shape) -> Subset:
            images = rng.integers(0, 255, (count, int(np.prod(shape))), dtype=np.uint8)
            return Subset(images, (np.arange(count) % classes).astype(np.uint8))

        names = tuple(f"class {number}" for number in range(classes))
        other = Dataset(f"other {classes}", "Other", names, part(100), part(50), part(50), "made in a test", shape)
        program.app.data.use_dataset(other)
        program.rest()
        assert not program.session.guest
        program.train(2)
        shown = program.shown
        assert shown.model.sizes == (int(np.prod(shape)), 8, classes)
        assert program.session.class_names == names
        assert program.kind() != "error"


def test_a_newer_load_takes_the_place_of_the_one_before_and_a_fetch_goes_on_beside_both(
    empty: Program, dataset: Dataset, other_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching, fetched, given_up = threading.Event(), threading.Event(), threading.Event()

    def load(name: str, *_: object, watch: Watch, download: bool = False, **__: object) -> Dataset:
        if download:
            fetching.set()
            assert fetched.wait(60)
        elif name == "synthetic":
            assert watch.cancelled.wait(60)
            given_up.set()
            return dataset
        return other_dataset

    monkeypatch.setattr("mnist_viz.controllers.data.load_dataset", load)
    empty.app.data.fetch("emnist-digits")
    assert fetching.wait(60)
    empty.app.data.start("synthetic")
    empty.app.data.use("mnist")
    empty.until(lambda: empty.session.dataset is other_dataset)
    assert given_up.is_set()
    fetched.set()
    empty.until(lambda: not empty.app.data.busy)
    assert empty.session.dataset is other_dataset
