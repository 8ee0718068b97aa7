"""The panel of errors shows the shown moment, while somebody can see it, and its pictures come to the pad."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.analysis.evaluation import Probe, examine
from mnist_viz.controllers import errors as errors_module
from mnist_viz.data.dataset import Dataset
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.examiner import Examiner
from mnist_viz.views.errors.answers import Answers

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def examined(program: Program) -> None:
    """Until the panel shows the shown moment."""
    program.until(lambda: program.app.mistakes.shown_model is program.shown.model)


@pytest.fixture
def watched(program: Program) -> Program:
    """The program with the panel in sight, the first weights examined."""
    program.app.window.docks["errors"].raise_()
    program.qtbot.waitUntil(program.app.errors.isVisible)
    examined(program)
    return program


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Model]:
    """The models that are to be examined."""
    models: list[Model] = []
    ask = Examiner.ask

    def noted(self: Examiner, source: Model, probe: Probe) -> None:
        models.append(source)
        ask(self, source, probe)

    monkeypatch.setattr(Examiner, "ask", noted)
    return models


def heading(dataset: Dataset, model: Model) -> str:
    found = examine(model.network(), dataset.validation.images, dataset.validation.labels, 10)
    return f"{found.accuracy:.2%} of {len(found.right)} validation digits, {found.wrong} wrong"


def test_it_says_what_the_shown_moment_gets_wrong_at_once_if_known_and_only_if_somebody_sees_it(
    watched: Program, asked: list[Model], dataset: Dataset
) -> None:
    assert watched.app.errors.text() == heading(dataset, watched.first.model)
    watched.train_epoch()
    examined(watched)
    assert watched.app.errors.text() == heading(dataset, watched.shown.model)
    watched.app.learning.redraw()
    answers = watched.app.errors.answers
    assert answers is not None
    assert watched.app.curves.readout[1][4] == answers.accuracy  # it is that of the curves and of the toolbar
    watched.until(lambda: watched.app.transport.readout.texts()[3].endswith(f" / {answers.accuracy}"))
    asked.clear()
    watched.session.go_to(0)
    watched.qtbot.waitUntil(lambda: watched.app.mistakes.shown_model is watched.first.model)  # no tick
    assert asked == []
    assert watched.app.errors.text() == heading(dataset, watched.first.model)

    watched.app.window.docks["errors"].close()
    watched.train(3)
    watched.app.tick()
    assert asked == []
    watched.app.window.docks["errors"].show()
    watched.app.window.docks["errors"].raise_()
    watched.qtbot.waitUntil(watched.app.errors.isVisible)
    examined(watched)
    assert asked == [watched.shown.model]


def test_in_training_a_part_is_examined_now_and_then_and_all_of_it_at_rest(
    watched: Program, asked: list[Model], dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors_module, "PROBE_SIZE", 5)
    errors, count = watched.app.errors, len(dataset.validation)
    monkeypatch.setattr(watched.app.mistakes._redraw, "_seconds", 1e9)
    watched.session.play()
    watched.until(lambda: watched.session.follows_training)
    watched.app.mistakes._redraw.at_once()
    watched.until(lambda: bool(asked))
    steps = watched.steps()
    watched.until(lambda: watched.steps() > steps + 100)
    assert len(asked) == 1
    watched.until(lambda: f"the first 5 of {count} validation" in errors.text())
    watched.pause()
    examined(watched)  # at rest the last moment is not left out
    assert asked[-1] is watched.shown.model

    watched.until(lambda: errors.text() == heading(dataset, watched.shown.model))
    answers = errors.answers
    assert answers is not None
    assert len(errors.gallery.examples) == answers.found.wrong


def test_the_old_matrix_stays_until_the_new_one_is_there_also_with_other_data(
    watched: Program, other_dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = watched.app.errors.text()
    with monkeypatch.context() as patch:
        patch.setattr(Examiner, "ask", lambda *_: None)
        watched.train(3)
    assert watched.app.mistakes.shown_model is watched.first.model
    assert watched.app.errors.text() == before

    watched.session.set_dataset(other_dataset)
    watched.app.tick()
    assert "validation digits" in watched.app.errors.text()
    watched.rest()
    examined(watched)
    assert watched.app.errors.text() == heading(other_dataset, watched.first.model)


def test_the_range_of_colours_only_grows_in_a_run_and_starts_anew_in_another(
    watched: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[int] = []
    set_answers = watched.app.errors.set_answers

    def noted(answers: Answers, limit: int) -> None:
        limits.append(limit)
        set_answers(answers, limit)

    monkeypatch.setattr(watched.app.errors, "set_answers", noted)
    for most, limit in ((50, 50), (20, 50), (100, 100)):
        monkeypatch.setattr(errors_module, "error_limit", lambda _, most=most: most)
        watched.train(1)
        examined(watched)
        assert limits[-1] == limit
    monkeypatch.setattr(errors_module, "error_limit", lambda _: 10)
    watched.session.reset_new()
    watched.rest()
    examined(watched)
    assert limits[-1] == 10


def test_a_picture_comes_to_the_pad_and_says_where_it_is_from(watched: Program, dataset: Dataset) -> None:
    errors, gallery = watched.app.errors, watched.app.errors.gallery
    index = click_first_picture(watched)
    np.testing.assert_array_equal(watched.picture.reshape(-1), dataset.validation.images[index])
    note = watched.note()
    assert note.startswith(f"From the validation set: {dataset.validation.labels[index]}, read as")
    watched.button("digit-request-3").click()
    assert watched.note().startswith("From the test set: 3")
    watched.app.window.commands.undo_pad.triggered.emit()
    assert watched.note() == note
    watched.choose(errors.part_choice, "test")
    watched.until(lambda: f"of {len(dataset.test)} test digits" in errors.text())
    assert gallery.examples
    index = click_first_picture(watched)
    np.testing.assert_array_equal(watched.picture.reshape(-1), dataset.test.images[index])
    assert watched.note().startswith("From the test set")


def click_first_picture(program: Program) -> int:
    """Click the first picture of the gallery, and return its number."""
    gallery = program.app.errors.gallery
    QTest.mouseClick(gallery.viewport(), LEFT, NO_KEY, gallery.visualRect(gallery.model().index(0, 0)).center())
    return gallery.examples[0].number


def test_an_opened_model_is_examined_on_the_chosen_data_by_the_names_of_its_classes(
    watched: Program, guest: MakeGuest, dataset: Dataset, asked: list[Model]
) -> None:
    watched.open_model(str(guest(sure_of=3)))
    examined(watched)
    assert watched.app.errors.text() == f"10.00% of 20 validation digits of {dataset.title}, 18 wrong"
    watched.session.show_guest(watched.shown.model, tuple("9876543210"))

    def said(place: tuple[int, int]) -> str:
        answers = watched.app.errors.answers
        return answers.describe(place) if answers is not None else ""

    watched.until(lambda: said((5, 3)) == "2 of 2 fours read as 6 (100.00%)")
    assert said((3, 3)) == "2 of 2 sixes read correctly (100.00%)"
    answers = watched.app.errors.answers
    assert answers is not None
    assert (answers.confusion[:, 3] == 2).all()
    watched.session.go_live()
    examined(watched)
    assert watched.app.errors.text() == heading(dataset, watched.first.model)
    asked.clear()
    watched.session.show_guest(watched.shown.model, tuple("abcdefghij"))
    watched.until(lambda: "Nothing to examine" in watched.app.errors.text())
    text = watched.app.errors.text()
    assert "choose another data set or another model." in text
    assert dataset.title in text
    assert asked == []
    assert watched.app.mistakes.shown_model is None


def test_a_panel_that_nobody_sees_keeps_no_deleted_run(watched: Program) -> None:
    watched.train(1)
    examined(watched)
    gone = weakref.ref(watched.session.run)
    watched.app.window.docks["errors"].close()
    watched.session.reset()
    watched.until(lambda: watched.session.run is not gone())
    watched.session.delete(1)
    watched.train(1)
    watched.app.notices.tell("Something else.")
    gc.collect()
    assert gone() is None
