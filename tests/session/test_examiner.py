"""Models are examined in the background: the newest first, and what is known once is known at once."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.evaluation import Examination, Probe, examine
from mnist_viz.data.dataset import Dataset, Subset
from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.session import examiner as examiner_module
from mnist_viz.session.background_tasks import BackgroundTasks
from mnist_viz.session.examiner import COMPARED, SHOWN, Examiner

INPUTS, CLASSES = 12, 3
PATIENCE = 60.0


def model_of(seed: int, inputs: int = INPUTS) -> Model:
    network = Network((inputs, 5, CLASSES))
    network.parameters[:] = np.random.default_rng(seed).normal(0, 1, network.parameters.size)
    return Model.of(network)


def probe_of(count: int = 900) -> Probe:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, INPUTS), dtype=np.uint8)
    return Probe(images, rng.integers(0, CLASSES, count, dtype=np.uint8), ("a", "b", "c"), (3, 4), "Noise")


class Gate:
    """Every piece of work waits here until it is let through.

    Attributes:
        begun: the models' parameters in the order in which they were begun.
    """

    def __init__(self) -> None:
        self._pieces = threading.Semaphore(0)
        self._waiting = threading.Semaphore(0)
        self.begun: list[int] = []

    def wait(self) -> None:
        """Until a piece stands before the gate."""
        assert self._waiting.acquire(timeout=PATIENCE)

    def open(self, pieces: int = 100_000) -> None:
        self._pieces.release(pieces)

    def examine(
        self, network: Network, images: Any, labels: Any, classes: int, between: Callable[[float], object]
    ) -> Examination:
        self.begun.append(id(network.parameters))

        def gated(share: float) -> None:
            between(share)
            self._waiting.release()
            assert self._pieces.acquire(timeout=PATIENCE)

        return examine(network, images, labels, classes, gated)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate()
    monkeypatch.setattr(examiner_module, "examine", gate.examine)
    yield gate
    gate.open()


@pytest.fixture
def tasks(qtbot: QtBot) -> Iterator[BackgroundTasks]:
    tasks = BackgroundTasks()
    yield tasks
    assert tasks.close(PATIENCE)


@pytest.fixture
def examiner(tasks: BackgroundTasks) -> Examiner:
    return Examiner(tasks)


@pytest.fixture
def known(qtbot: QtBot, examiner: Examiner) -> Callable[[Model, Probe], Examination]:
    """Wait until a model has been examined."""

    def wait(model: Model, probe: Probe) -> Examination:
        qtbot.waitUntil(lambda: examiner.get(model, probe) is not None, timeout=int(PATIENCE * 1000))
        found = examiner.get(model, probe)
        assert found is not None
        return found

    return wait


Known = Callable[[Model, Probe], Examination]


def test_it_finds_what_an_examination_in_the_foreground_finds(examiner: Examiner, known: Known) -> None:
    model, probe = model_of(1), probe_of()
    examiner.ask(model, probe)
    found, expected = known(model, probe), examine(model.network(), probe.images, probe.labels, CLASSES)
    np.testing.assert_array_equal(found.confusion, expected.confusion)


def test_what_is_known_is_answered_at_once_and_not_worked_out_again(
    gate: Gate, examiner: Examiner, known: Known
) -> None:
    model, probe = model_of(1), probe_of()
    gate.open()
    examiner.ask(Frame(model), probe)
    found = known(model, probe)
    examiner.ask(model, probe)
    assert examiner.get(Frame(model, step=7), probe) is found
    assert examiner.get(model) is found
    assert not examiner.busy(SHOWN)
    assert len(gate.begun) == 1


def test_a_model_on_other_pictures_is_another_question(examiner: Examiner, known: Known) -> None:
    model, one, other = model_of(1), probe_of(900), probe_of(30)
    examiner.ask(model, one)
    assert len(known(model, one).right) == 900
    assert examiner.get(model, other) is None
    examiner.ask(model, other)
    assert len(known(model, other).right) == 30


def test_of_many_requests_for_the_shown_moment_the_latest_wins(gate: Gate, examiner: Examiner, known: Known) -> None:
    models, probe = [model_of(k) for k in range(6)], probe_of()
    examiner.ask(models[0], probe)
    gate.wait()
    for model in models[1:]:
        examiner.ask(model, probe)
    gate.open()
    known(models[-1], probe)
    assert gate.begun == [id(models[0].parameters), id(models[-1].parameters)]


def test_going_back_to_the_one_that_is_being_worked_on_forgets_what_waits(
    gate: Gate, examiner: Examiner, known: Known
) -> None:
    first, other, probe = model_of(1), model_of(2), probe_of()
    examiner.ask(first, probe)
    gate.wait()
    examiner.ask(other, probe)
    examiner.ask(first, probe)
    gate.open()
    known(first, probe)
    assert not examiner.busy(SHOWN)
    assert gate.begun == [id(first.parameters)]


def test_a_long_examination_is_given_up_for_a_newer_request(
    gate: Gate, examiner: Examiner, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner_module, "PATIENCE", -1.0)  # any rest takes longer than that
    warm, long, newer, probe = model_of(0), model_of(1), model_of(2), probe_of()
    monkeypatch.setattr(examiner_module, "LONGEST_WITHOUT_RESULT", 1e9)
    gate.open(4)
    examiner.ask(warm, probe)
    known(warm, probe)
    for _ in range(4):
        gate.wait()
    examiner.ask(long, probe)
    gate.wait()
    examiner.ask(newer, probe)
    gate.open()
    known(newer, probe)
    assert examiner.get(long, probe) is None
    assert gate.begun == [id(warm.parameters), id(long.parameters), id(newer.parameters)]


def test_after_long_without_a_result_the_present_examination_is_finished(
    gate: Gate, examiner: Examiner, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner_module, "PATIENCE", -1.0)
    monkeypatch.setattr(examiner_module, "LONGEST_WITHOUT_RESULT", 0.0)
    long, newer, probe = model_of(1), model_of(2), probe_of()
    examiner.ask(long, probe)
    gate.wait()
    examiner.ask(newer, probe)
    gate.open()
    known(long, probe)
    known(newer, probe)


def test_those_to_compare_all_come_and_do_not_wait_for_the_shown_one(
    gate: Gate, examiner: Examiner, known: Known
) -> None:
    shown, compared, probe = model_of(0), [model_of(k) for k in (1, 2, 3)], probe_of()
    examiner.ask(shown, probe)
    gate.wait()
    for model in compared:
        examiner.ask(model, probe, COMPARED)
    gate.wait()
    assert gate.begun == [id(shown.parameters), id(compared[0].parameters)]  # beside each other
    gate.open()
    for model in [shown, *compared]:
        known(model, probe)


def test_what_cannot_be_examined_is_refused_at_once(examiner: Examiner) -> None:
    with pytest.raises(ValueError, match="cannot be examined on Noise"):
        examiner.ask(model_of(1, inputs=13), probe_of())


def test_a_mistake_in_one_examination_does_not_end_the_others(
    qtbot: QtBot, examiner: Examiner, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda arguments: raised.append(arguments.exc_type))
    good = probe_of()
    bad = Probe(good.images, good.labels + 7, good.class_names, good.image_shape, "Labels that are none")
    model = model_of(1)
    examiner.ask(model, bad, COMPARED)
    examiner.ask(model, good)
    known(model, good)
    qtbot.waitUntil(lambda: not examiner.busy(COMPARED))
    assert examiner.get(model, bad) is None
    assert raised == [IndexError]


def test_it_holds_no_model_that_nobody_else_holds(tasks: BackgroundTasks, examiner: Examiner, known: Known) -> None:
    model, probe = model_of(1), probe_of()
    examiner.ask(model, probe)
    known(model, probe)
    assert tasks.close(PATIENCE)
    watched = weakref.ref(model)
    del model
    assert not gc.isenabled()
    assert watched() is None  # and no cycle either, which only the collector would find


def test_who_shares_the_examiner_shares_the_pictures(examiner: Examiner) -> None:
    part = Subset(probe_of(9).images, np.arange(9, dtype=np.uint8) % 3)
    dataset = Dataset("few", "Few", ("a", "b", "c"), part, part, part, "made in a test", (3, 4))
    probe = examiner.probe(dataset)
    assert examiner.probe(dataset) is probe
    other = examiner.probe(dataset, ("c", "b", "a"), np.array([2, 1, 0]))
    assert other is not probe
    assert [other.class_names[k] for k in other.labels] == [probe.class_names[k] for k in probe.labels]
