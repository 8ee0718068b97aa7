"""What a user may do in the window, each with what it takes to begin and to know that it is done."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog

from mnist_viz.app import App
from mnist_viz.bench.watches import GapWatch
from mnist_viz.data.datasets import DIGITS
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.network import Network
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.history import History
from mnist_viz.recording.session_file import ENDING
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, save_model
from mnist_viz.session.work import RESTING
from mnist_viz.simulated_user import DRAWN, SimulatedUser
from mnist_viz.system.paths import drawings_file
from mnist_viz.views.film_dialog import FilmChoice

SETTINGS = Settings(hidden=(64,), batch_size=64, epochs=500, learning_rate=0.1)
STEPS = 750
LONG = 100_000
"""Batches of a long history."""
DRAWINGS = 3_000
PATIENCE = 60.0
AFTERWARDS = 0.06
"""Seconds that are watched on after an action: some turns of the program's timer."""

DIALOGS = ("data", "keys", "about", "branch", "run-until", "export-film", "show-log", "copy-diagnostics")

Act = Callable[[], object]
Condition = Callable[[], bool]
Action = tuple[str, Act, Condition, Act]
"""What the user does; how one knows that it is done; what makes it ready."""


def _action(name: str, act: Act, done: Condition = lambda: True, before: Act = lambda: None) -> Action:
    return name, act, done, before


def _both(first: Act, then: Act) -> Act:
    def act() -> None:
        first()
        then()

    return act


def measure(app: App, user: SimulatedUser, folder: Path) -> list[dict[str, Any]]:
    """Milliseconds of the longest gap for each action, the slowest first. Runs and settings are others afterwards.

    Args:
        folder: for the files that are written. It must be empty.
    """
    actions = _Actions(app, user, folder)
    rows = [{"action": action[0], "gap_ms_max": actions.gap(action)} for action in actions.all()]
    return sorted(rows, key=lambda row: -row["gap_ms_max"])


class _Actions:
    def __init__(self, app: App, user: SimulatedUser, folder: Path) -> None:
        self.app, self.session, self.window = app, app.session, app.window
        self.user = user
        self.folder = folder
        self.session.reset(SETTINGS)
        self.until(self.at_rest)
        self.session.run_until(steps=STEPS)
        self.until(self.at_rest)
        self.run = self.session.run.number

    def gap(self, action: Action) -> float:
        """The longest gap in milliseconds while it is done; the shorter of two tries, as the machine stalls too."""
        tries = []
        _, act, done, before = action
        for _ in range(2):
            self.app.notices.finish()
            before()
            self.user.wait(AFTERWARDS)
            with GapWatch() as watch:
                act()
                self.until(done)
                self.user.wait(AFTERWARDS)
            tries.append(max(watch.gaps))
        self.close_dialogs()
        return min(tries)

    def all(self) -> Iterator[Action]:
        """In an order in which each finds what it needs."""
        yield from self._looking()
        yield from self._changing()
        yield from self._files()
        yield from self._pictures()
        yield from self._drawing()
        for name in DIALOGS:
            yield _action(f"the menu opens {name}", self.menu(name).trigger, before=self.close_dialogs)

    def _looking(self) -> Iterator[Action]:
        session, epochs, themes = self.session, iter((0.3, 0.7)), iter(["light", "dark"])
        yield _action("the theme changes", lambda: self.window.theme_chosen.emit(next(themes)))
        yield _action("the layout is restored", self.window.arrangement.restore_default)
        for key, dock in self.window.docks.items():
            yield _action(f"{key} is hidden", dock.hide, before=dock.show)
            yield _action(f"{key} is shown", _both(dock.show, dock.raise_), self.is_settled, dock.hide)
        self.window.arrangement.restore_default()
        yield _action("one scrubs", lambda: session.go_to_epoch(next(epochs)))
        yield _action("a step back", session.back_batch, self.at_rest, session.go_live)
        yield _action("an epoch back", session.back_epoch, self.at_rest, session.go_live)
        yield _action("a step forward", session.step_batch, self.at_rest, session.go_live)
        yield _action("one plays for a second", _both(session.play, self.a_second), before=self.pause)
        yield _action("pause", session.pause, self.at_rest, session.play)

    def _changing(self) -> Iterator[Action]:
        seeds, app = iter((1, 2)), self.app
        yield _action("reset", self.window.commands.reset_same.trigger, self.at_rest, self.go_back)
        for name in PRESETS:
            yield _action(f"the preset {name}", partial(app.transport.preset_chosen.emit, name), self.at_rest)
        wide = replace(SETTINGS, hidden=(300, 100))
        apply = lambda: app.settings.apply_requested.emit(replace(wide, seed=next(seeds)))  # noqa: E731
        yield _action("settings are applied", apply, self.at_rest)
        delete = lambda: app.runs.tree.delete_requested.emit(self.session.run.number)  # noqa: E731
        take_back = partial(app.messages.action_triggered.emit, "Undo delete")
        yield _action("a branch is made", self.session.branch, self.at_rest, self.go_back)
        yield _action("another run is chosen", self.go_back, before=self.branch)
        yield _action("a run is deleted", delete, before=self.branch)
        yield _action("a run is deleted and taken back", take_back, before=_both(self.branch, delete))

    def _files(self) -> Iterator[Action]:
        path, model, copy = str(self.folder / f"session{ENDING}"), self.large_model(), str(self.folder / "copy.npz")
        files, session = self.app.session_files, self.session

        def save() -> None:
            files.save(path)
            self.until(lambda: not files.busy)

        def show() -> None:
            self.app.files.open_model(model)
            self.until(lambda: session.guest and not self.app.tasks.busy("files"))
            self.app.notices.finish()

        guest = lambda: session.guest and self.app.mistakes.settled  # noqa: E731
        yield _action("the session is saved", lambda: files.save(path), lambda: not files.busy)
        yield _action("a session is opened", lambda: files.open(path), self.has_said("Opened"), save)
        yield _action("a large model is opened", lambda: files.open(model), guest, session.go_live)
        yield _action("a large model is saved", lambda: self.app.files.save_model(copy), self.has_said("Saved"), show)
        shipped, shown = self.window.commands.pretrained.trigger, lambda: session.guest
        yield _action("the shipped network is shown", shipped, shown, session.go_live)
        session.go_live()

    def _pictures(self) -> Iterator[Action]:
        pictures, film, saved = self.app.pictures, self.app.film_export, self.has_said("Saved")
        self.long_history()
        curves = f"curves of {LONG:,} batches are"
        yield _action(f"{curves} shown", self.session.metrics_changed.emit)
        for kind in ("csv", "png", "svg"):
            export = partial(pictures.export_curves, str(self.folder / f"curves.{kind}"), "batches")
            yield _action(f"{curves} exported as {kind}", export, saved)
        window = str(self.folder / "window.png")
        yield _action("a picture of the window is saved", lambda: pictures.save_picture(self.window, window), saved)
        self.branch()
        paths = (str(self.folder / f"film-{n}") for n in range(9))
        for kind in ("gif", "png"):
            make = lambda kind=kind: film.make(FilmChoice(subject="window", format=kind), next(paths))  # noqa: E731
            yield _action(f"a film is made as {kind} for a second", _both(make, self.a_second), before=self.end_film)
            yield _action(f"a film as {kind} is cancelled", film.cancel, lambda: not film.is_filming, make)

    def _drawing(self) -> Iterator[Action]:
        strokes = [[[x / 40, (x / 40) ** 2] for x in range(40)]] * 3
        lines = (json.dumps({"label": str(n % 10), "strokes": strokes}) + "\n" for n in range(DRAWINGS))
        drawings_file().write_text("".join(lines))
        yield _action("one draws", self.draw)
        save = partial(self.app.draw.save_requested.emit, 3)
        yield _action(f"a drawing is saved beside {DRAWINGS:,}", save, before=self.draw)

    # What they are made of

    def until(self, condition: Condition) -> None:
        if not self.user.until(condition, PATIENCE):
            raise TimeoutError("the window did not do within a minute what it was asked for")

    def at_rest(self) -> bool:
        return self.session.state in RESTING

    def is_settled(self) -> bool:
        return self.app.mistakes.settled and self.app.comparing.settled

    def a_second(self) -> None:
        self.user.wait(1.0)

    def has_said(self, word: str) -> Condition:
        return lambda: word in self.app.notices.text

    def pause(self) -> None:
        self.session.pause()
        self.until(self.at_rest)
        self.session.go_live()

    def go_back(self) -> None:
        """Back to the run that all others began with."""
        self.session.activate(self.run)
        self.until(self.at_rest)

    def branch(self) -> None:
        self.go_back()
        self.session.branch()
        self.until(self.at_rest)

    def end_film(self) -> None:
        self.app.film_export.cancel()
        self.until(lambda: not self.app.film_export.is_filming)

    def menu(self, name: str) -> QAction:
        found = self.window.findChild(QAction, name)
        assert isinstance(found, QAction)
        return found

    def close_dialogs(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()

    def draw(self) -> None:
        self.window.commands.clear_pad.trigger()
        self.user.draw(self.app.draw.pad, DRAWN[3])

    def large_model(self) -> str:
        path = self.folder / "large.npz"
        network = Network((784, 2000, 1000, 10), "relu", biases=True)
        network.parameters[:] = np.random.default_rng(1).normal(0, 0.01, network.parameters.shape)
        save_model(path, ModelFile(Model.of(network), DIGITS, {}))
        return str(path)

    def long_history(self) -> None:
        """Give the active run's curves many batches."""
        self.go_back()
        batches = np.zeros((LONG, 3), np.float32)
        batches[:, :2] = np.random.default_rng(1).random((LONG, 2))
        history = History(EpochGrid(9_600, 64))
        history._append(batches)
        self.session.run.history = history
