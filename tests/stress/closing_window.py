"""The real program, brought into a state and closed there: `python -m tests.stress.closing_window STATE HAND FOLDER`.

It says when it is closed, and which threads are left when the command line has come back.
"""

import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from mnist_viz import cli
from mnist_viz.app import App
from mnist_viz.engine.presets import PRESETS
from mnist_viz.hand import LEFT, NO_MODIFIER
from mnist_viz.session.session import RESTING, State
from mnist_viz.views.film_dialog import FilmChoice
from tests.stress.checks import is_settled

HANDS = ("window", "quit", "SIGINT", "SIGTERM")
"""What closes it."""
POLL_MS = 5
Way = Iterator[Callable[[], bool]]
"""Yields what is waited for; at its end the program is in the state."""


class States:
    """Every public method is the way to a state that is called like it."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app, self._session, self._window = app, app.session, app.window
        self._folder = folder
        self._server: socket.socket | None = None

    # Nothing goes on

    def unpainted(self) -> Way:
        return iter(())

    def fresh(self) -> Way:
        yield lambda: is_settled(self._app)

    def full_screen(self) -> Way:
        yield self._ready
        self._window.showFullScreen()
        yield self._window.isFullScreen

    def minimized(self) -> Way:
        yield self._ready
        self._window.showMinimized()
        yield self._window.isMinimized

    def floating(self) -> Way:
        yield self._ready
        self._window.docks["curves"].setFloating(True)
        yield self._window.docks["curves"].isFloating

    def error_shown(self) -> Way:
        yield self._ready
        self._app.notices.warn("Something is wrong.")

    def exception(self) -> Way:
        """After a slot has raised."""
        yield self._ready
        QTimer.singleShot(0, _raise)
        yield lambda: "went wrong" in self._app.notices.text

    # Training

    def training(self) -> Way:
        yield self._ready
        self._session.play()
        yield lambda: self._session.state is State.RUNNING and self._session.history.steps > 50

    def slow_training(self) -> Way:
        yield self._ready
        self._session.set_speed(2.0)
        self._session.play()
        yield lambda: self._session.state is State.RUNNING and self._session.history.steps > 0

    def diverged(self) -> Way:
        yield self._ready
        wild = replace(self._session.settings, hidden=(32, 16), activation="leaky-relu", learning_rate=100.0)
        self._session.reset(wild)
        self._session.play()
        yield lambda: self._session.state is State.FAILED

    def preparing(self) -> Way:
        """A large network is being made."""
        yield self._ready
        self._session.reset(PRESETS["leaky-relu-500"].settings)
        yield lambda: self._session.state is State.PREPARING

    def stepping(self) -> Way:
        yield self._ready
        self._session.step_epoch()
        yield lambda: self._session.state is State.STEPPING

    def replaying(self) -> Way:
        yield from self._train()
        self._session.go_to_step(self._session.history.steps - 3)
        yield lambda: self._session.worked_out is not None

    def film_playing(self) -> Way:
        yield from self._train()
        self._window.film_toggled.emit()
        yield lambda: self._app.film.direction != 0

    def examining(self) -> Way:
        yield from self._train()
        self._window.docks["errors"].raise_()

        def is_asked() -> bool:
            if self._app.mistakes.settled:  # it is over sooner than one looks
                self._session.go_to((self._session.timeline.index + 1) % len(self._session.timeline))
            return not self._app.mistakes.settled

        yield is_asked

    # Data and files

    def loading(self) -> Way:
        yield lambda: self._app.loader.busy

    def fetching(self) -> Way:
        """From a server that takes what one says, and says nothing."""
        yield self._ready
        server = self._server = socket.create_server(("127.0.0.1", 0))
        os.environ["MNIST_VIZ_MIRROR"] = f"http://127.0.0.1:{server.getsockname()[1]}"
        self._app.data.fetch("kmnist")
        yield lambda: bool(select.select([server], [], [], 0)[0])

    def checking(self) -> Way:
        yield self._ready
        self._app.data_sets.look_at(str(self._folder / "own folder ä"))
        yield lambda: self._app.loader.busy

    def reading_image(self) -> Way:
        yield self._ready
        self._app.images.read(str(self._folder / "noise.png"))

    def saving(self) -> Way:
        yield from self._train()
        self._app.keeping.save(str(self._folder / "closing.mnistviz"))
        yield lambda: self._app.keeping.busy

    def opening(self) -> Way:
        yield from self.saving()
        yield lambda: not self._app.keeping.busy
        self._app.keeping.open(str(self._folder / "closing.mnistviz"))
        yield lambda: self._app.keeping.busy

    def filming(self) -> Way:
        yield from self._train()
        self._app.film_export.make(FilmChoice(), str(self._folder / "closing.gif"))
        yield lambda: self._app.film_export.is_filming

    # Hands, menus and dialogs

    def drawing(self) -> Way:
        """The mouse is down on the pad."""
        yield self._ready
        QTest.mousePress(self._app.draw.pad, LEFT, NO_MODIFIER, QPoint(20, 20))
        QTest.mouseMove(self._app.draw.pad, QPoint(60, 80))

    def context_menu(self) -> Way:
        yield self._ready
        menu = self._window.docks["curves"].make_menu()
        menu.popup(QPoint(50, 50))
        yield lambda: QApplication.activePopupWidget() is not None

    def list_open(self) -> Way:
        yield self._ready

        def is_open() -> bool:
            if QApplication.activePopupWidget() is None:  # while a network is made, the list closes
                self._app.transport.preset.showPopup()
            return QApplication.activePopupWidget() is not None

        yield is_open

    def data_dialog(self) -> Way:
        return self._dialog("data", "data-dialog")

    def branch_dialog(self) -> Way:
        yield from self._train()
        yield from self._dialog("branch", "branch-dialog")

    def run_until_dialog(self) -> Way:
        return self._dialog("run-until", "run-until-dialog")

    def film_dialog(self) -> Way:
        yield from self._train()
        yield from self._dialog("export-film", "film-dialog")

    def keys_dialog(self) -> Way:
        return self._dialog("keys", "keys-dialog")

    def open_dialog(self) -> Way:
        return self._dialog("open", "")

    def save_dialog(self) -> Way:
        yield from self._train()
        yield from self._dialog("save-session", "")

    # Helpers

    def _ready(self) -> bool:
        return len(self._session.runs) > 0 and self._session.state in RESTING

    def _train(self) -> Way:
        """Two epochs."""
        yield self._ready
        self._session.go_live()
        self._session.run_until(epochs=2)
        yield lambda: self._session.state in RESTING and len(self._session.history.epochs) >= 2

    def _dialog(self, action: str, name: str) -> Way:
        """That opens by an action of the window; without a name it is one that asks for a file."""
        yield self._ready
        found = self._window.findChild(QAction, action)
        assert isinstance(found, QAction)
        QTimer.singleShot(0, found.trigger)  # in a turn of its own: a dialog's loop must not keep this one

        def is_open() -> bool:
            shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
            return any(w.objectName() == name if name else isinstance(w, QFileDialog) for w in shown)

        yield is_open


STATES = [name for name in vars(States) if not name.startswith("_")]


def _raise() -> None:
    raise RuntimeError("as the test wants it")


class Closer:
    """Goes the way to a state, and closes the window there."""

    def __init__(self, app: App, state: str, hand: str, folder: Path) -> None:
        self._app, self._hand = app, hand
        self._way: Way = getattr(States(app, folder), state)()
        self._waits: Any = lambda: True
        self._timer = QTimer()  # the first turn of the event loop is before the first paint
        self._timer.timeout.connect(self._look)
        self._timer.start(0)

    def _look(self) -> None:
        self._timer.setInterval(POLL_MS)
        if self._waits():
            self._waits = next(self._way, None)
        if self._waits is None:
            self._timer.stop()
            print(f"closing {time.time()}", flush=True)
            self._close()

    def _close(self) -> None:
        if self._hand == "window":
            self._app.window.close()
        elif self._hand == "quit":
            action = self._app.window.findChild(QAction, "quit")
            assert isinstance(action, QAction)
            action.trigger()
        else:
            os.kill(os.getpid(), signal.Signals[self._hand])


def main() -> int:
    state, hand, folder = sys.argv[1:]
    start, closers = App.start, list[Closer]()

    def started(app: App) -> None:
        start(app)
        closers.append(Closer(app, state, hand, Path(folder)))

    App.start = started  # type: ignore[method-assign, assignment] # all else is the program as it is
    status = cli.main([])
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    print(f"left {', '.join(left)}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
