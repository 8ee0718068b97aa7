"""Loading data in the background: what comes of it, and that only the last wish counts."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.session import loader as loader_module
from mnist_viz.session.loader import Failure, Loader, Outcome, Progress

Load = Callable[..., Dataset]


@pytest.fixture
def loader() -> Iterator[Loader]:
    result = Loader("the data folder")
    yield result
    result.close(15.0)
    assert not result.busy


@pytest.fixture
def with_load(monkeypatch: pytest.MonkeyPatch) -> Callable[[Load], None]:
    """Put a function in the place of `load_dataset`."""
    return lambda load: monkeypatch.setattr(loader_module, "load_dataset", load)


def outcome_of(loader: Loader) -> list[Outcome]:
    """Everything that a load published, once its thread has ended."""
    assert loader._thread is not None
    loader._thread.join(15.0)
    assert not loader.busy
    return loader.take()


def test_a_data_set_arrives_after_its_progress(
    loader: Loader, with_load: Callable[[Load], None], dataset: Dataset
) -> None:
    given: dict[str, Any] = {}

    def load(name: str, data_dir: str | None, **options: Any) -> Dataset:
        given.update(name=name, data_dir=data_dir, **options)
        options["progress"]("Reading", 0.5)
        options["progress"]("Checking", None)
        return dataset

    with_load(load)
    loader.load("small", download=True, limit=7)
    assert outcome_of(loader) == [Progress("Reading", 0.5), Progress("Checking", None), dataset]
    assert loader.take() == []
    assert (given["name"], given["data_dir"]) == ("small", "the data folder")
    assert (given["download"], given["limit"]) == (True, 7)


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
    loader: Loader, with_load: Callable[[Load], None], error: Exception, message: str
) -> None:
    def load(*_: Any, **__: Any) -> Dataset:
        raise error

    with_load(load)
    loader.load("small")
    assert outcome_of(loader) == [Failure("small", message)]


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


@pytest.fixture
def patient(with_load: Callable[[Load], None], dataset: Dataset) -> Patient:
    result = Patient(dataset)
    with_load(result)
    return result


def test_it_is_busy_until_it_has_loaded(loader: Loader, patient: Patient, dataset: Dataset) -> None:
    assert not loader.busy
    loader.load("small")
    assert patient.begun.acquire(timeout=15)
    assert loader.busy
    assert loader.take() == [Progress("Reading small", None)]
    patient.go.set()
    assert outcome_of(loader) == [dataset]


def test_a_cancelled_load_ends_with_an_empty_failure(loader: Loader, patient: Patient) -> None:
    loader.load("small")
    assert patient.begun.acquire(timeout=15)
    loader.cancel()
    assert outcome_of(loader)[-1] == Failure("small", "")


def test_a_new_load_replaces_the_one_before_of_which_nothing_more_is_heard(
    loader: Loader, patient: Patient, dataset: Dataset
) -> None:
    loader.load("first")
    assert patient.begun.acquire(timeout=15)
    first = loader._thread
    loader.load("second")
    assert first is not None
    first.join(15.0)
    assert not first.is_alive()
    assert patient.begun.acquire(timeout=15)
    patient.go.set()
    assert outcome_of(loader) == [Progress("Reading second", None), dataset]


def test_closing_ends_a_load(loader: Loader, patient: Patient) -> None:
    loader.load("small")
    assert patient.begun.acquire(timeout=15)
    loader.close(15.0)
    assert not loader.busy


def test_closing_without_a_load_is_harmless() -> None:
    Loader().close()
