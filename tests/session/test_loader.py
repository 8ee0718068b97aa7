"""Work on data in the background: what comes of it, and what is wanted no longer."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.session import loader as loader_module
from mnist_viz.session.loader import (
    Checked,
    Failure,
    Fetched,
    Kind,
    Loader,
    Outcome,
    Progress,
    Removed,
    Sampled,
    Verified,
)

Load = Callable[..., Dataset]
PATIENCE = 60.0


@pytest.fixture
def loader() -> Iterator[Loader]:
    result = Loader("the data folder")
    yield result
    assert result.close(PATIENCE)


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Put a function in the place of what the loader calls."""
    return lambda name, function: monkeypatch.setattr(loader_module, name, function)


def outcome_of(loader: Loader) -> list[Outcome]:
    """Everything that was published, once all is done."""
    assert loader.wait(PATIENCE)
    return loader.take()


def fail(error: Exception) -> Callable[..., Any]:
    def failing(*_: Any, **__: Any) -> Any:
        raise error

    return failing


def test_a_data_set_arrives_after_its_progress(
    loader: Loader, put: Callable[[str, Any], None], dataset: Dataset
) -> None:
    given: dict[str, Any] = {}

    def load(name: str, data_dir: str | None, **options: Any) -> Dataset:
        given.update(name=name, data_dir=data_dir, **options)
        options["progress"]("Reading", 0.5)
        options["progress"]("Checking", None)
        return dataset

    put("load_dataset", load)
    loader.load("small", limit=7)
    assert outcome_of(loader) == [
        Progress("Reading", 0.5, "load", "small"),
        Progress("Checking", None, "load", "small"),
        dataset,
    ]
    assert loader.take() == []
    assert (given["name"], given["data_dir"], given["limit"]) == ("small", "the data folder", 7)
    assert "download" not in given


def test_a_fetch_may_download_and_says_when_it_is_done(
    loader: Loader, put: Callable[[str, Any], None], dataset: Dataset
) -> None:
    given: dict[str, Any] = {}

    def load(name: str, data_dir: str | None, **options: Any) -> Dataset:
        given.update(options)
        options["progress"]("Downloading", 0.25)
        return dataset

    put("load_dataset", load)
    loader.fetch("small")
    assert outcome_of(loader) == [Progress("Downloading", 0.25, "fetch", "small"), Fetched("small")]
    assert given["download"]


def test_files_are_verified_and_deleted(loader: Loader, put: Callable[[str, Any], None]) -> None:
    put("verify", lambda name, data_dir, **_: f"{name} in {data_dir} is whole")
    put("remove", lambda name, data_dir: 7)
    loader.verify("small")
    loader.remove("small")
    assert outcome_of(loader) == [Verified("small", "small in the data folder is whole"), Removed("small", 7)]


def test_samples_are_pictures(loader: Loader, put: Callable[[str, Any], None]) -> None:
    put("first_images", lambda name, data_dir, **_: np.zeros((8, 28, 28), np.uint8))
    loader.samples("small")
    (sampled,) = outcome_of(loader)
    assert isinstance(sampled, Sampled)
    assert (sampled.name, sampled.pictures.shape) == ("small", (8, 28, 28))


def test_data_of_ones_own_come_with_what_was_found(
    loader: Loader, put: Callable[[str, Any], None], dataset: Dataset
) -> None:
    own, summary = replace(dataset, image_shape=(4, 4)), object()
    put("check_user_data", lambda name, **_: (own, summary))
    loader.check("/own.npz")
    (checked,) = outcome_of(loader)
    assert isinstance(checked, Checked)
    assert (checked.name, checked.dataset, checked.summary) == ("/own.npz", own, summary)
    assert [len(pictures) for pictures in checked.pictures] == [8, 8, 8]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DataError("there is no data set 'small'"), "there is no data set 'small'"),
        (PermissionError("cannot read it: no permission"), "cannot read it: no permission"),
        (CancelledError("cancelled"), ""),
        (RuntimeError("a mistake"), "small could not be loaded (RuntimeError: a mistake)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_a_sentence_and_a_cancellation_none(
    loader: Loader, put: Callable[[str, Any], None], error: Exception, message: str
) -> None:
    put("load_dataset", fail(error))
    loader.load("small")
    assert outcome_of(loader) == [Failure("small", message, "load")]


@pytest.mark.parametrize(
    ("kind", "function", "verb"),
    [
        ("check", "check_user_data", "read"),
        ("fetch", "load_dataset", "fetched"),
        ("verify", "verify", "verified"),
        ("remove", "remove", "deleted"),
        ("samples", "first_images", "shown"),
    ],
)
def test_every_failure_says_what_failed(
    loader: Loader, put: Callable[[str, Any], None], kind: Kind, function: str, verb: str
) -> None:
    put(function, fail(RuntimeError("a mistake")))
    getattr(loader, kind)("small")
    assert outcome_of(loader) == [Failure("small", f"small could not be {verb} (RuntimeError: a mistake)", kind)]


class Patient:
    """Loads that last until they are cancelled or let go."""

    def __init__(self, dataset: Dataset) -> None:
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self._dataset = dataset

    def __call__(self, name: str, *_: Any, cancel: threading.Event, progress: Any, **__: Any) -> Dataset:
        progress(f"Reading {name}", None)
        self.begun.release()
        while not self.go.is_set():
            if cancel.wait(0.005):
                raise CancelledError("cancelled")
        return self._dataset

    def has_begun(self) -> bool:
        return self.begun.acquire(timeout=PATIENCE)


@pytest.fixture
def patient(put: Callable[[str, Any], None], dataset: Dataset) -> Iterator[Patient]:
    result = Patient(dataset)
    put("load_dataset", result)
    yield result
    result.go.set()


def test_it_is_busy_until_it_has_loaded(loader: Loader, patient: Patient, dataset: Dataset) -> None:
    assert not loader.busy
    loader.load("small")
    assert patient.has_begun()
    assert loader.busy
    assert loader.take() == [Progress("Reading small", None, "load", "small")]
    patient.go.set()
    assert outcome_of(loader) == [dataset]


def test_a_cancelled_load_ends_with_an_empty_failure(loader: Loader, patient: Patient) -> None:
    loader.load("small")
    assert patient.has_begun()
    loader.cancel("load")
    assert outcome_of(loader)[-1] == Failure("small", "", "load")


@pytest.mark.parametrize("kind", ["load", "check", "samples"])
def test_what_came_just_before_it_was_called_off_is_not_handed_over(
    loader: Loader, put: Callable[[str, Any], None], dataset: Dataset, kind: Kind
) -> None:
    put("load_dataset", lambda *_, **__: dataset)
    put("check_user_data", lambda *_, **__: (dataset, None))
    put("first_images", lambda *_, **__: dataset.train.images)
    getattr(loader, kind)("small")
    assert loader.wait(PATIENCE)
    loader.cancel(kind, "small")
    assert loader.take() == [Failure("small", "", kind)]


def test_what_was_fetched_before_it_was_called_off_is_here(loader: Loader, patient: Patient) -> None:
    patient.go.set()
    loader.fetch("small")
    assert loader.wait(PATIENCE)
    loader.cancel("fetch")
    assert loader.take()[-1] == Fetched("small")


def test_a_new_load_replaces_the_one_before_of_which_nothing_more_is_heard(
    loader: Loader, patient: Patient, dataset: Dataset
) -> None:
    loader.load("first")
    assert patient.has_begun()
    loader.load("second")
    assert patient.has_begun()
    patient.go.set()
    assert outcome_of(loader) == [Progress("Reading second", None, "load", "second"), dataset]


def test_a_load_that_was_replaced_before_it_was_taken_is_not_heard_of(
    loader: Loader, patient: Patient, dataset: Dataset
) -> None:
    patient.go.set()
    loader.load("first")
    assert loader.wait(PATIENCE)
    loader.load("second")
    assert outcome_of(loader) == [Progress("Reading second", None, "load", "second"), dataset]


def test_who_fetches_can_use_another_set_meanwhile(loader: Loader, patient: Patient) -> None:
    loader.fetch("large")
    assert patient.has_begun()
    loader.load("small")
    assert patient.has_begun()
    loader.cancel("load")
    loader.cancel("fetch", "another")
    patient.go.set()
    ends = [outcome for outcome in outcome_of(loader) if not isinstance(outcome, Progress)]
    assert Fetched("large") in ends


def test_fetches_wait_for_each_other_and_are_cancelled_one_by_one(loader: Loader, patient: Patient) -> None:
    for name in ("first", "second", "third"):
        loader.fetch(name)
    assert patient.has_begun()
    loader.cancel("fetch", "second")
    loader.cancel("fetch", "first")
    assert patient.has_begun()
    patient.go.set()
    ends = [outcome for outcome in outcome_of(loader) if not isinstance(outcome, Progress)]
    assert ends == [Failure("first", "", "fetch"), Failure("second", "", "fetch"), Fetched("third")]


def test_closing_ends_everything(loader: Loader, patient: Patient) -> None:
    loader.load("small")
    loader.fetch("large")
    loader.fetch("larger")
    assert patient.has_begun()
    assert patient.has_begun()
    assert loader.close(PATIENCE)
    assert not loader.busy


def test_closing_without_work_is_harmless() -> None:
    assert Loader().close()
