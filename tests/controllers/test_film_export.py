"""A film shows the recorded moments in order; the window stays usable meanwhile and is as before afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.film_export import Stretch, area
from mnist_viz.session.work import RESTING, State
from mnist_viz.views.film_dialog import LABEL_HEIGHT, FilmChoice, FilmDialog

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program


@pytest.fixture
def trained(program: Program) -> Program:
    """Three epochs of ten batches, each batch recorded or not as the recorder sees fit."""
    program.session.run_until(epochs=3)
    program.until(lambda: program.steps() == 30 and program.state() in RESTING)
    program.rest()
    return program


def film(program: Program, path: Path, choice: FilmChoice, stretch: Stretch = (0, 0)) -> None:
    program.app.film_export.make(choice, str(path), stretch)
    program.until(lambda: not program.app.film_export.is_filming)


def pictures(path: Path) -> list[NDArray[np.uint8]]:
    result = []
    for file in sorted(path.iterdir()):
        with Image.open(file) as image:
            result.append(np.asarray(image.convert("RGB")))
    return result


def png(subject: str = "weights", **others: object) -> FilmChoice:
    return FilmChoice(subject=subject, format="png", **others)  # type: ignore[arg-type]


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.name != "MNIST")


def test_a_film_has_a_picture_of_every_moment_and_the_window_answers_and_is_then_as_before(
    trained: Program, tmp_path: Path, guest: MakeGuest
) -> None:
    session, exported = trained.session, trained.app.film_export
    shown: list[int] = []
    session.shown_changed.connect(lambda: shown.append(_step(trained)))
    lives: dict[int, bool] = {}  # as the first picture of each moment has it
    session.shown_changed.connect(lambda: lives.setdefault(_step(trained), session.at_live))
    said: list[str] = []  # between two pictures
    timer = QTimer()
    timer.timeout.connect(lambda: said.append(trained.text()))
    timer.start(0)
    path = tmp_path / "film"
    exported.make(png(), str(path), (0, 0))
    exported.make(png(), str(tmp_path / "other"))
    assert trained.text() == "A film is being made: wait for it, or cancel it first."
    trained.until(lambda: not exported.is_filming)
    timer.stop()
    assert not (tmp_path / "other").exists()
    assert trained.text() == f"Saved {path}"
    found = pictures(path)
    steps = [frame.step for frame in session.timeline.frames]
    assert len(found) == len(steps)
    assert {f"Filming: {number} of {len(steps)} pictures" for number in range(1, len(steps))} <= set(said)
    assert list(dict.fromkeys(shown)) == steps
    assert [step for step, live in lives.items() if live] == steps[-1:]  # nothing else is past
    assert all((a != b).any() for a, b in itertools.pairwise(found))
    size = trained.app.window.docks["weights"].size()
    assert found[0].shape == (size.height() + LABEL_HEIGHT, size.width(), 3)
    assert session.at_live
    session.go_to(2)
    film(trained, tmp_path / "past", png(moments="epochs"))
    assert session.shown is session.timeline.frames[2]
    assert not session.at_live

    trained.open_model(str(guest()))
    model, title = trained.session.shown, trained.app.window.windowTitle()
    film(trained, tmp_path / "guest", png(moments="epochs"))
    after = trained.session.shown
    assert trained.session.guest
    assert model is not None
    assert after is not None
    assert after.model is model.model
    assert trained.app.window.windowTitle() == title
    assert "guest.npz" in title


def _step(program: Program) -> int:
    frame = program.shown
    return frame.step


def test_a_film_may_be_a_gif_or_of_twice_the_size_without_the_moment(trained: Program, tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    film(trained, path, FilmChoice(subject="curves", rate=5))
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == len(trained.session.timeline)
        assert image.info["duration"] == 200
    film(trained, tmp_path / "film", png("window", scale=2, label=False, moments="epochs"))
    found = pictures(tmp_path / "film")
    assert len(found) == 4  # the first weights too
    window, part = area(trained.app.window, "window")
    assert found[0].shape == (2 * part.height(), 2 * part.width(), 3)
    assert part.height() < window.height()  # menus and messages are no part of it


def test_a_panel_behind_others_or_hidden_is_shown_for_its_film_only_with_the_answers_of_each_moment(
    trained: Program, tmp_path: Path
) -> None:
    docks, errors = trained.app.window.docks, trained.app.errors
    docks["curves"].hide()
    trained.qtbot.waitUntil(lambda: not docks["activations"].visibleRegion().isEmpty())
    answered: list[bool] = []
    set_answers = errors.set_answers

    def noted(*arguments: object) -> None:
        answered.append(True)
        set_answers(*arguments)  # type: ignore[arg-type]

    errors.set_answers = noted  # type: ignore[method-assign,assignment]
    for key in ("errors", "curves"):
        film(trained, tmp_path / key, png(key))
        found = pictures(tmp_path / key)
        assert (found[0] != found[-1]).any()
    assert len(answered) >= len(trained.session.timeline)
    assert docks["curves"].isHidden()
    assert docks["errors"].visibleRegion().isEmpty()
    assert not docks["activations"].visibleRegion().isEmpty()


def film_until(program: Program, path: Path, act: Callable[[], object], pictures: int = 3) -> None:
    """Make a film, and do `act` in the turn of the event loop that follows so many moments."""
    shown: list[None] = []
    acted: list[str] = []

    def do() -> None:
        acted.append(program.text())
        act()

    def on_shown() -> None:
        shown.append(None)
        if len(shown) == pictures:
            QTimer.singleShot(0, do)

    program.session.shown_changed.connect(on_shown)
    program.app.film_export.make(png(), str(path))
    program.until(lambda: bool(acted) and not program.app.film_export.is_filming)
    assert acted[0].startswith("Filming: ")


def test_a_film_that_is_cancelled_or_ended_leaves_nothing(trained: Program, tmp_path: Path) -> None:
    exported = trained.app.film_export
    before = left(tmp_path)
    trained.session.go_to(1)

    def cancel() -> None:
        assert trained.buttons() == ["Cancel"]
        trained.press("Cancel")

    def close() -> None:
        trained.app.window.close()
        assert left(tmp_path) == before
        exported.cancel()  # what is over cannot be cancelled twice, nor do any harm

    film_until(trained, tmp_path / "film", cancel)
    assert trained.text() == "The film was cancelled; nothing was written."
    assert not exported.is_filming
    trained.until(lambda: left(tmp_path) == before)
    assert trained.session.timeline.index == 1
    trained.session.go_live()
    film_until(trained, tmp_path / "film", trained.session.branch)
    assert trained.text() == "The film was stopped, since another run was chosen."
    assert trained.session.run.number == 2
    trained.until(lambda: left(tmp_path) == before)
    trained.session.activate(1)
    trained.rest()
    film_until(trained, tmp_path / "film", close)
    trained.until(lambda: left(tmp_path) == before)


def test_training_pauses_for_a_film_if_there_is_something_to_film_and_goes_on_after_it(
    program: Program, tmp_path: Path
) -> None:
    program.app.window.commands.export_film.triggered.emit()
    assert program.text() == "Nothing is recorded yet: train a little first."
    assert program.app.window.findChild(FilmDialog) is None

    program.session.set_speed(100.0)  # few epochs until it is filmed
    program.session.play()
    program.until(lambda: len(program.session.timeline) > 5)
    seen: list[State] = []
    program.session.shown_changed.connect(lambda: seen.append(program.state()))
    film(program, tmp_path / "film", png(moments="epochs"))
    assert State.PAUSED in seen
    assert program.state() is State.RUNNING
    steps = program.steps()
    program.until(lambda: program.steps() > steps)
    program.pause()


def answer(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the dialog for files be answered with `path`."""
    monkeypatch.setattr(QFileDialog, "exec", lambda _: 1)
    monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _: [str(path)])


def test_the_dialog_offers_the_moments_there_are_and_makes_the_film(
    trained: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = trained.app.window.commands.export_film
    trained.app.curves.range_changed.emit((1.0, 2.0))
    recorded = [frame.step for frame in trained.session.timeline.frames if 10 <= frame.step <= 20]
    ask.trigger()
    dialog = _dialog(trained)
    assert dialog.moments.currentText() == f"The selected range ({len(recorded)})"
    assert dialog.choice.moments == "selected"
    dialog.reject()
    trained.app.curves.range_changed.emit(None)
    trained.session.go_to(4)
    ask.trigger()
    dialog = _dialog(trained)
    assert dialog.choice.moments == "all"
    count = len(trained.session.timeline)
    assert [dialog.moments.itemText(row) for row in range(dialog.moments.count())] == [
        f"All recorded moments ({count})", "Ends of epochs (4)", f"From here on ({count - 4})",
    ]  # fmt: skip
    dialog.moments.setCurrentIndex(2)
    dialog.format.setCurrentIndex(dialog.format.findData("png"))
    dialog.subject.setCurrentIndex(dialog.subject.findData("weights"))
    answer(monkeypatch, tmp_path / "film")
    dialog.export_button.click()
    trained.until(lambda: not trained.app.film_export.is_filming)
    assert len(pictures(tmp_path / "film")) == count - 4
    ask.trigger()
    assert _dialog(trained).choice.subject == "weights"  # what was chosen is remembered
    _dialog(trained).reject()


def _dialog(program: Program) -> FilmDialog:
    found: list[FilmDialog] = [d for d in program.app.window.findChildren(FilmDialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]
