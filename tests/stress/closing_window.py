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
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_viz import cli
from mnist_viz.app import App, make_application
from mnist_viz.engine.presets import PRESETS
from mnist_viz.session.work import RESTING, State
from mnist_viz.simulated_user import LEFT, NO_MODIFIER, SimulatedUser
from mnist_viz.views.film_dialog import FilmChoice
from tests.stress.checks import is_settled

HANDS = ("window", "quit", "SIGINT", "SIGTERM")
"""What closes it."""
POLL_MS = 5
Condition = Callable[[], bool]
Act = Callable[[], object]


class Ways:
    """The ways to all states."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app, self._session, self._window = app, app.session, app.window
        self._server: socket.socket | None = None
        self._is_pressed = False
        session, window, dock, saved = app.session, app.window, app.window.docks["curves"], str(folder / "s.mnistviz")
        pad, film, files, own = app.draw.pad, app.film_export, app.session_files, str(folder / "own folder ä")
        at_once, large = lambda: True, PRESETS["leaky-relu-500"].settings
        # For each state what leads there, once the program is ready, how many epochs are trained before, and whether it
        # is there.
        self.all: dict[str, tuple[Act | None, int, Condition]] = {
            "unpainted": (None, 0, at_once),
            "fresh": (None, 0, lambda: is_settled(app)),
            "full screen": (window.showFullScreen, 0, window.isFullScreen),
            "minimized": (window.showMinimized, 0, window.isMinimized),
            "floating": (lambda: dock.setFloating(True), 0, dock.isFloating),
            "error shown": (lambda: app.notices.warn("Something is wrong."), 0, at_once),
            "exception": (lambda: QTimer.singleShot(0, _raise), 0, lambda: "went wrong" in app.notices.text),
            "training": (session.play, 0, lambda: self._runs(50)),
            "slow training": (self._play_slowly, 0, lambda: self._runs(0)),
            "diverged": (self._diverge, 0, lambda: session.state is State.FAILED),
            "preparing": (lambda: session.reset(large), 0, lambda: session.state is State.PREPARING),
            "stepping": (session.step_epoch, 0, lambda: session.state is State.STEPPING),
            "replaying": (
                lambda: session.go_to_step(session.history.steps - 3), 2, lambda: session.worked_out is not None,
            ),
            "film playing": (window.commands.film.trigger, 2, lambda: app.film.direction != 0),
            "examining": (window.docks["errors"].raise_, 2, self._examines),
            "loading": (None, 0, lambda: app.data.busy),
            "fetching": (self._fetch, 0, self._is_asked),
            "checking": (lambda: app.data_sets.look_at(own), 0, lambda: app.tasks.busy("checking data")),
            "reading an image": (lambda: app.drawing.read_image(str(folder / "noise.png")), 0, at_once),
            "saving": (lambda: files.save(saved), 2, lambda: files.busy),
            "opening": (lambda: self._open(saved), 2, lambda: files.busy),
            "filming": (lambda: film.make(FilmChoice(), str(folder / "closing.gif")), 2, lambda: film.is_filming),
            "drawing": (lambda: QTest.mousePress(pad, LEFT, NO_MODIFIER, QPoint(20, 20)), 0, at_once),
            "context menu": (lambda: dock.make_menu().popup(QPoint(50, 50)), 0, _popup_is_open),
            "list open": (lambda: None, 0, self._list_is_open),
            **{
                f"{name} dialog": (lambda: None, epochs, partial(self._opens, action, dialog))
                for name, action, epochs, dialog in (
                    ("data", "data", 0, "data-dialog"), ("branch", "branch", 2, "branch-dialog"),
                    ("run until", "run-until", 0, "run-until-dialog"), ("film", "export-film", 2, "film-dialog"),
                    ("keys", "keys", 0, "keys-dialog"), ("open", "open", 0, "QFileDialog"),
                    ("save", "save-session", 2, "QFileDialog"),
                )
            },
        }  # fmt: skip

    def to(self, state: str) -> Iterator[Condition]:
        """Go there; what is waited for is yielded."""
        act, epochs, there = self.all[state]
        if act is not None:
            yield lambda: len(self._session.runs) > 0 and self._session.state in RESTING
            if epochs:
                self._session.go_live()
                self._session.run_until(epochs=epochs)
                yield lambda: self._session.state in RESTING and len(self._session.history.epochs) >= epochs
            act()
        yield there

    def _runs(self, steps: int) -> bool:
        return self._session.state is State.RUNNING and self._session.history.steps > steps

    def _list_is_open(self) -> bool:
        if not _popup_is_open():  # while a network is made, the list closes
            self._app.transport.preset.showPopup()
        return _popup_is_open()

    def _play_slowly(self) -> None:
        self._session.set_speed(2.0)
        self._session.play()

    def _diverge(self) -> None:
        wild = replace(self._session.settings, hidden=(32, 16), activation="leaky-relu", learning_rate=100.0)
        self._session.reset(wild)
        self._session.play()

    def _examines(self) -> bool:
        if self._app.mistakes.settled:  # it is over sooner than one looks
            self._session.go_to((self._session.timeline.index + 1) % len(self._session.timeline))
        return not self._app.mistakes.settled

    def _fetch(self) -> None:
        """From a server that takes what one says, and says nothing."""
        self._server = socket.create_server(("127.0.0.1", 0))
        os.environ["MNIST_VIZ_MIRROR"] = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._app.data.fetch("kmnist")

    def _is_asked(self) -> bool:
        return self._server is not None and bool(select.select([self._server], [], [], 0)[0])

    def _open(self, path: str) -> None:
        self._app.session_files.save(path)
        SimulatedUser(make_application()).until(lambda: not self._app.session_files.busy)
        self._app.session_files.open(path)

    def _opens(self, action: str, dialog: str) -> bool:
        """Press until it is open: while other data come the action cannot be done."""
        found = self._window.findChild(QAction, action)
        assert isinstance(found, QAction)
        if not self._is_pressed and not _is_open(dialog):
            self._is_pressed = True
            QTimer.singleShot(0, partial(self._press, found))  # a dialog's loop must not keep this turn
        return _is_open(dialog)

    def _press(self, action: QAction) -> None:
        action.trigger()
        self._is_pressed = False


def _is_open(name: str) -> bool:
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    return any(name in (widget.objectName(), type(widget).__name__) for widget in shown)


def _popup_is_open() -> bool:
    return QApplication.activePopupWidget() is not None


def _raise() -> None:
    raise RuntimeError("as the test wants it")


class Closer:
    """Goes the way to a state, and closes the window there."""

    def __init__(self, app: App, state: str, hand: str, folder: Path) -> None:
        self._app, self._hand = app, hand
        self._way = Ways(app, folder).to(state)
        self._waits: Any = lambda: True
        self._timer = QTimer()  # the first turn of the event loop is before the first paint
        self._timer.timeout.connect(self._look)
        self._timer.start(0)

    def _look(self) -> None:
        self._timer.setInterval(POLL_MS)
        while self._waits is not None and self._waits():  # at once: some states are over soon
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

    def started(app: App, *arguments: Any) -> None:
        start(app, *arguments)
        closers.append(Closer(app, state, hand, Path(folder)))

    App.start = started  # type: ignore[method-assign, assignment] # all else is the program as it is
    status = cli.main([])
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    print(f"left {', '.join(left)}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
