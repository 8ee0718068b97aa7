"""The panel that compares shows two runs at the epoch of the shown moment, while somebody can see it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from mnist_viz.analysis.comparison import known_by_one, layer_weights
from mnist_viz.analysis.evaluation import Probe, examine
from mnist_viz.controllers import compare as compare_module
from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.examiner import COMPARED, SHOWN, Examiner
from mnist_viz.views.compare.sides import A, B, Change, Side

if TYPE_CHECKING:
    from tests.controllers.conftest import Program

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

Shown = tuple[tuple[Side, Side], float, Change, float]


def settled(program: Program) -> None:
    program.until(lambda: program.app.comparing.settled)


def train(program: Program, epochs: int) -> None:
    program.session.run_until(epochs=epochs)
    program.rest()


@pytest.fixture
def watched(program: Program) -> Program:
    """The program with the panel in sight, and one run of two epochs."""
    train(program, 2)
    program.app.window.docks["errors"].close()  # which examines too, and what it finds out is shared
    program.app.window.docks["compare"].show()
    program.app.window.docks["compare"].raise_()
    program.qtbot.waitUntil(program.app.compare.isVisible)
    settled(program)
    return program


@pytest.fixture
def branched(watched: Program) -> Program:
    """Run 2 left run 1 after two epochs, and has two more with another rate; it is the active one."""
    session = watched.session
    session.branch(replace(session.settings, learning_rate=0.01))
    watched.rest()
    train(watched, 2)
    settled(watched)
    return watched


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Model]:
    """The models that are to be examined for a comparison."""
    models: list[Model] = []
    ask = Examiner.ask

    def noted(self: Examiner, source: Model, probe: Probe, queue: str = SHOWN) -> None:
        if queue == COMPARED:
            models.append(source)
        ask(self, source, probe, queue)

    monkeypatch.setattr(Examiner, "ask", noted)
    return models


@pytest.fixture
def shown(program: Program, monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """What the panel was given, the newest last."""
    given: list[Shown] = []
    set_weights = program.app.compare.set_weights

    def noted(sides: tuple[Side, Side], limit: float, change: Change, change_limit: float) -> None:
        given.append((sides, limit, change, change_limit))
        set_weights(sides, limit, change, change_limit)

    monkeypatch.setattr(program.app.compare, "set_weights", noted)
    return given


def headings(program: Program) -> tuple[str, ...]:
    return program.app.compare.headings()


# --- which runs and which moments ------------------------------------------------------------


def test_the_active_run_is_beside_the_one_before_at_the_shown_moment_until_the_user_chooses(branched: Program) -> None:
    assert headings(branched) == ("Run 2, after epoch 4", "Run 1: only 2 epochs: after epoch 2")
    branched.session.go_to_epoch(1)
    branched.qtbot.waitUntil(lambda: headings(branched) == ("Run 2, after epoch 1", "Run 1, after epoch 1"))  # no tick
    settled(branched)
    assert branched.app.compare.notes()[2] == "The same weights: “Run 2” leaves “Run 1” after epoch 2"
    assert branched.app.compare.text().startswith("Of 20 validation digits both read")
    branched.session.go_to(0)
    branched.qtbot.waitUntil(lambda: headings(branched) == ("Run 2, the first weights", "Run 1, the first weights"))
    branched.session.activate(1)
    branched.session.go_live()
    settled(branched)
    assert headings(branched) == ("Run 1, after epoch 2", "Run 2, after epoch 2")

    session = branched.session
    session.activate(2)
    session.go_live()
    branched.app.compare.pair_chosen.emit(1, 2)
    settled(branched)
    assert headings(branched) == ("Run 1: only 2 epochs: after epoch 2", "Run 2, after epoch 4")
    session.branch()
    branched.rest()
    settled(branched)
    assert branched.app.compare.pair == (1, 2)
    session.activate(2)
    branched.rest()
    session.delete(1)
    settled(branched)
    assert branched.app.compare.pair == (2, 3)  # the active one, and the one that is left


# --- the weights -----------------------------------------------------------------------------


def choose_next_layer(program: Program) -> None:
    combo = program.app.compare.findChild(QComboBox, "compare-layer")
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    settled(program)


def test_the_difference_is_b_minus_a_the_range_only_widens_and_a_side_that_stays_keeps_its_array(
    branched: Program, shown: list[Shown]
) -> None:
    branched.session.activate(1)
    train(branched, 2)
    settled(branched)
    (a, b), limit, change, change_limit = shown[-1]
    assert a.weights is not None
    assert b.weights is not None
    assert change.weights is not None
    np.testing.assert_array_equal(change.weights, b.weights - a.weights)
    frames = [branched.session.runs.get(number).timeline.tail for number in (1, 2)]
    for frame, side in zip(frames, (a, b), strict=True):
        assert frame is not None
        np.testing.assert_array_equal(side.weights, layer_weights(frame.model.network(), 0))
    assert change_limit >= limit / 100
    branched.session.go_to(0)
    settled(branched)
    assert (shown[-1][1], shown[-1][3]) == (limit, change_limit)
    branched.session.go_live()
    settled(branched)
    choose_next_layer(branched)
    (a, _), _, change, _ = shown[-1]
    assert a.weights is not None
    assert a.weights.shape == (8, 10)
    assert a.names == tuple("0123456789")
    assert a.image_shape is None
    assert change.weights is not None

    before = shown[-1][0]
    branched.session.step_batch()
    branched.rest()
    settled(branched)
    after = shown[-1][0]
    assert after[B].weights is before[B].weights  # run 2 has nothing later
    assert after[A].weights is not before[A].weights


def test_one_run_has_nothing_to_be_compared_with_and_of_two_it_shows_what_only_one_reads(
    watched: Program, settings: Settings, dataset: Dataset
) -> None:
    assert headings(watched) == ()
    assert watched.app.compare.text().startswith("Only one run so far")
    watched.reset(replace(settings, hidden=(5, 4)))
    settled(watched)
    choose_next_layer(watched)
    assert watched.app.compare.notes() == ("", "B has no hidden layer 2", "Nothing to subtract")

    session, panel = watched.session, watched.app.compare
    session.reset(replace(session.settings, seed=7))
    watched.rest()
    settled(watched)
    pair = panel.pair
    assert pair is not None
    moments = [session.runs.get(number).timeline.frames[0] for number in pair]
    images, labels = dataset.validation.images, dataset.validation.labels
    known = known_by_one(*(examine(frame.model.network(), images, labels, 10) for frame in moments))
    only_one = [len(known.only_a), len(known.only_b)]
    watched.until(lambda: [len(strip.gallery.examples) for strip in panel.strips] == only_one)
    assert panel.text().endswith(f"both read {len(known.both)}, and neither reads {len(known.neither)}")

    gallery = next(strip.gallery for strip in panel.strips if strip.gallery.examples)
    index = gallery.examples[0].number
    QTest.mouseClick(gallery.viewport(), LEFT, NO_KEY, gallery.visualRect(gallery.model().index(0, 0)).center())
    np.testing.assert_array_equal(watched.picture.reshape(-1), dataset.validation.images[index])
    assert watched.note().startswith(f"From the validation set: {dataset.validation.labels[index]}, read ")


# --- the answers -----------------------------------------------------------------------------


def test_in_training_it_is_examined_now_and_then_never_twice_and_never_unseen(
    branched: Program, asked: list[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_module, "SECONDS_BETWEEN_EXAMINATIONS", 1e9)
    steps = branched.steps()
    branched.session.play()
    branched.until(lambda: branched.steps() > steps + 100)
    assert len(asked) <= 2
    branched.pause()
    settled(branched)  # at rest the last moment is not left out
    frame = branched.shown
    assert any(model is frame.model for model in asked)
    branched.session.go_to(0)
    settled(branched)
    branched.session.go_live()
    settled(branched)
    asked.clear()
    branched.session.go_to(0)
    branched.qtbot.waitUntil(lambda: branched.app.comparing.settled)  # no tick
    assert asked == []

    branched.app.window.docks["compare"].close()
    before = headings(branched)
    train(branched, 1)
    branched.session.branch()
    branched.rest()
    branched.app.tick()
    assert asked == []
    assert headings(branched) == before


def test_an_examination_that_fails_is_not_waited_for_and_a_run_without_its_data_says_how_to_get_them(
    branched: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr("mnist_viz.session.examiner.examine", fail)
        branched.train(1)
        settled(branched)
    branched.train(1)
    settled(branched)
    assert branched.app.compare.text() != "Not examined yet"
    branched.session.dataset = None
    branched.session.go_to(0)
    settled(branched)
    assert branched.app.compare.text() == "The data of Run 2 are not loaded: press Play to load them."


def cut(dataset: Dataset, shape: tuple[int, ...]) -> Dataset:
    """Only so many of its pixels, as pictures of that shape."""
    train, validation, test = (
        replace(part, images=np.ascontiguousarray(part.images[:, : int(np.prod(shape))]))
        for part in (dataset.train, dataset.validation, dataset.test)
    )
    return replace(
        dataset, name="small", title="Small digits", image_shape=shape, train=train, validation=validation, test=test
    )


def test_on_other_data_only_runs_that_read_such_pictures_are_examined_and_weights_of_colours_are_summed(
    watched: Program, dataset: Dataset, other_dataset: Dataset, shown: list[Shown]
) -> None:
    watched.use(other_dataset)
    settled(watched)
    assert watched.app.compare.text().startswith("Of 20 validation digits of Other digits both read")
    watched.use(cut(dataset, (14, 28)))
    settled(watched)
    text = watched.app.compare.text()
    assert text.startswith("B reads 28 × 28 pictures of digits, and Small digits has 14 × 28 pictures of digits")
    assert watched.app.compare.notes()[2] == "No difference: A has 392 × 8 weights here, B 784 × 8"

    watched.use(cut(dataset, (16, 16, 3)))
    train(watched, 1)
    watched.session.reset_new()
    watched.rest()
    settled(watched)
    (a, b), _, change, _ = shown[-1]
    assert (a.image_shape, b.image_shape) == ((16, 16), (16, 16))
    for weights in (a.weights, b.weights, change.weights):
        assert weights is not None
        assert weights.shape == (256, 8)
    assert watched.app.compare.text().startswith("Of 20 validation pictures both read")
