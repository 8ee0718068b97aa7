"""Whatever raises, wherever: it is in the log, it is one line in the window with what to do, and one can go on."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.losses import LOSSES
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.schedules import SCHEDULES
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.session.work import State
from mnist_viz.views.film_dialog import FilmChoice

if TYPE_CHECKING:
    from tests.controllers.conftest import Program

BROKEN = "a spanner in the works"


def boom(*_: object, **__: object) -> Any:
    raise RuntimeError(BROKEN)


@pytest.fixture
def watched(program: Program, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The program, which takes what nobody catches as it does when it has been started."""
    for module, hook in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))  # to be put back
    program.app.help.uncaught.install()
    yield program
    assert program.app.help.uncaught.take() == []  # all has been said


def logged(caplog: pytest.LogCaptureFixture, text: str = BROKEN) -> list[logging.LogRecord]:
    """What has been logged with its traceback."""
    return [
        r for r in caplog.records if r.exc_info is not None and r.exc_info[1] is not None and text in str(r.exc_info[1])
    ]


def trains(program: Program) -> None:
    """A new network trains as if nothing had happened."""
    program.reset(Settings(hidden=(8,), batch_size=10, epochs=50, learning_rate=0.1))
    before = program.session.run.number
    program.train(2)
    assert (program.state(), program.steps(), program.session.run.number) == (State.PAUSED, 2, before)
    assert program.session.shown is not None
    assert np.isfinite(program.session.shown.model.parameters).all()


# On the window's thread


def test_what_a_slot_raises_is_said_with_what_to_do(watched: Program, caplog: pytest.LogCaptureFixture) -> None:
    watched.app.window.commands.film.triggered.connect(boom)
    watched.app.window.commands.film.triggered.emit()
    watched.app.tick()
    assert watched.text().startswith(f"Something went wrong inside the program (RuntimeError: {BROKEN}). It goes on")
    assert (watched.kind(), watched.buttons()) == ("error", ["Copy diagnostics"])
    assert len(logged(caplog)) == 1
    watched.press("Copy diagnostics")
    assert QGuiApplication.clipboard().text().startswith("mnist-viz ")
    watched.app.window.commands.film.triggered.disconnect(boom)
    trains(watched)


def test_a_panel_that_cannot_be_painted_is_logged_once_and_then_counted(
    watched: Program, caplog: pytest.LogCaptureFixture, qtbot: Any
) -> None:
    class Broken(QWidget):
        painted = 0

        def paintEvent(self, _: object) -> None:
            self.painted += 1
            boom()

    panel = Broken(watched.app.window)
    panel.resize(9, 9)
    panel.show()
    shown: list[str] = []
    while panel.painted < 30:
        panel.update()
        qtbot.wait(1)
        watched.app.tick()
        if watched.text():
            shown.append(watched.text())
            watched.app.notices.clear()
    panel.hide()
    assert len(logged(caplog)) == 1
    assert [r.getMessage() for r in caplog.records if "th time" in r.getMessage()] == [
        f"uncaught inside the program, for the 10th time: RuntimeError: {BROKEN}"
    ]
    assert len(shown) == 1
    trains(watched)


def test_a_part_that_fails_at_every_turn_keeps_no_other_from_going_on(
    watched: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched.app.training, "refresh", boom)
    trains(watched)
    assert BROKEN in watched.text()
    assert len(logged(caplog)) == 1


def test_what_threads_raise_and_what_is_raised_in_cleaning_up_is_said(
    watched: Program, caplog: pytest.LogCaptureFixture
) -> None:
    class Lost:
        def __del__(self) -> None:
            raise RuntimeError(BROKEN)  # elsewhere: what is raised at one place again is only counted

    def end_thread() -> None:
        thread = threading.Thread(target=boom)
        thread.start()
        thread.join()

    for act, where in ((end_thread, "in the background"), (Lost, "in cleaning up")):
        act()
        watched.app.tick()
        assert watched.text().startswith(f"Something went wrong {where} (RuntimeError: {BROKEN}).")
        assert len(logged(caplog)) == 1
        caplog.clear()
        watched.app.notices.clear()


# On the other threads


def test_what_training_and_examining_raise(
    watched: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Trainer, "run", boom)
        watched.session.play()
        watched.rest()
    assert watched.state() is State.FAILED
    assert (watched.text(), watched.buttons()) == (f"Training stopped: {BROKEN}.", ["Reset"])
    assert len(logged(caplog)) == 1
    watched.press("Reset")
    watched.rest()
    trains(watched)
    caplog.clear()

    with monkeypatch.context() as broken:
        broken.setattr("mnist_viz.session.examiner.examine", boom)
        watched.app.window.docks["errors"].show()
        watched.app.window.docks["errors"].raise_()
        watched.train(1)
        watched.until(lambda: BROKEN in watched.text())
    assert len(logged(caplog)) == 1
    trains(watched)


def test_what_reading_and_writing_raise(
    watched: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    watched.train(1)
    path = tmp_path / "a.mnistviz"
    watched.app.session_files.save(str(path))
    watched.until(lambda: watched.text().startswith("Saved"))
    for task in ("save", "open"):
        monkeypatch.setattr(f"mnist_viz.controllers.session_files.{task}_session", boom)
        getattr(watched.app.session_files, task)(str(path))
        watched.until(lambda: watched.kind() == "error")
        assert watched.text() == f"It could not be done (RuntimeError: {BROKEN})."
        assert len(logged(caplog)) == 1
        assert path.stat().st_size > 0
        caplog.clear()
        watched.app.notices.clear()
    trains(watched)

    watched.train(1)
    with monkeypatch.context() as broken:
        broken.setattr(QWidget, "render", boom)
        watched.app.film_export.make(FilmChoice(subject="weights", format="gif"), str(tmp_path / "a.gif"))
        watched.until(lambda: BROKEN in watched.text())
    assert len(logged(caplog)) == 1
    assert not watched.app.film_export.is_filming
    assert list(tmp_path.glob("*.gif")) == []
    trains(watched)
    caplog.clear()
    watched.app.notices.clear()

    app = watched.app
    for function in ("data.load_dataset", "data_dialog.check_user_data"):
        monkeypatch.setattr(f"mnist_viz.controllers.{function}", boom)
    for what, buttons in (("use", ["Fetch it"]), ("fetch", ["Try again"])):
        getattr(app.data, what)("mnist")
        watched.until(lambda: BROKEN in watched.text())
        assert (watched.kind(), watched.buttons()) == ("error", buttons)
        assert len(logged(caplog)) == 1
        caplog.clear()
        app.notices.clear()
    app.data_sets.look_at(str(tmp_path))
    watched.until(lambda: any(BROKEN in label.text() for label in app.data_dialog.own.findChildren(QLabel)))
    assert len(logged(caplog)) == 1
    app.data_dialog.accept()
    trains(watched)


# What is registered: it may be somebody's own


def with_(table: dict[str, Any], name: str, **changed: object) -> tuple[dict[str, Any], str, Any]:
    return table, name, replace(table[name], **changed)


def _nothing(*_: object) -> None:
    """Where a value is wanted."""


def _wrong_shape(inputs: int, outputs: int, rng: np.random.Generator) -> Any:
    return np.zeros((outputs + 1, inputs))


def _not_finite(*_: object) -> float:
    return float("nan")


REGISTERED: list[tuple[dict[str, Any], str, Any, dict[str, Any]]] = [
    (*with_(ACTIVATIONS, "tanh", forward=boom), {"activation": "tanh"}),
    (*with_(ACTIVATIONS, "tanh", backward=boom), {"activation": "tanh"}),
    (*with_(ACTIVATIONS, "tanh", forward=lambda z, *_: z.fill(np.nan)), {"activation": "tanh"}),
    (*with_(OPTIMIZERS, "sgd", make=boom), {"optimizer": "sgd"}),
    (*with_(OPTIMIZERS, "sgd", make=_nothing), {"optimizer": "sgd"}),
    (*with_(SCHEDULES, "cosine", shape=boom), {"schedule": "cosine"}),
    (*with_(SCHEDULES, "cosine", shape=_not_finite), {"schedule": "cosine"}),
    (*with_(SCHEDULES, "cosine", shape=lambda *_: "much"), {"schedule": "cosine"}),
    (*with_(INITIALIZERS, "he-normal", draw=boom), {"initializer": "he-normal"}),
    (*with_(INITIALIZERS, "he-normal", draw=_wrong_shape), {"initializer": "he-normal"}),
    (*with_(INITIALIZERS, "he-normal", draw=lambda i, o, _: np.full((i, o), np.inf)), {"initializer": "he-normal"}),
    (*with_(LOSSES, "mse", make=boom), {"loss": "mse"}),
    (*with_(LOSSES, "mse", make=_nothing), {"loss": "mse"}),
]


def test_what_is_registered_may_be_broken(
    watched: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.train(1)
    for table, name, value, chosen in REGISTERED:
        caplog.clear()
        watched.app.notices.clear()
        with monkeypatch.context() as broken:
            broken.setitem(table, name, value)
            watched.app.settings.apply_requested.emit(replace(watched.session.settings, seed=3, **chosen))
            watched.rest()
            if watched.kind() != "error":  # it could be built
                watched.session.play()
                watched.until(lambda: watched.kind() == "error")
                watched.rest()
            assert watched.text(), chosen
            assert "\n" not in watched.text()
            assert len(caplog.records) < 10, chosen
            watched.reset(Settings(hidden=(8,), batch_size=10, optimizer="adam", initializer="glorot-uniform"))
            watched.train(1)
        assert watched.session.runs.get(1).steps == 1
        trains(watched)


def test_a_preset_may_be_broken_and_data_nonsense(
    watched: Program, monkeypatch: pytest.MonkeyPatch, dataset: Dataset
) -> None:
    nonsense = replace(PRESETS["relu-128"].settings, activation="nonsense")
    monkeypatch.setitem(PRESETS, "relu-128", replace(PRESETS["relu-128"], settings=nonsense))
    watched.choose_preset("relu-128")
    watched.until(lambda: watched.kind() == "error")
    assert "nonsense" in watched.text()
    trains(watched)
    watched.app.notices.clear()
    # As an adapter makes them that is wrong.

    half = replace(dataset.train, images=dataset.train.images[:, :9])
    watched.app.data.use_dataset(replace(dataset, name="other", train=half))
    watched.until(lambda: watched.kind() == "error")
    watched.app.data.use_dataset(dataset)
    watched.rest()
    trains(watched)
