"""One child process: the real program is brought into a state and closed. It says when, and which threads are left."""

import argparse
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction

from mnist_viz.app import App
from mnist_viz.bench.closing_states import Ways

HANDS = ("window", "quit", "SIGINT", "SIGTERM")
"""What closes it."""

POLL_MS = 5


def main(program: Callable[[list[str]], int]) -> int:
    """Run `program`, the command line, whose window is then closed in the state that the arguments name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", required=True)
    parser.add_argument("--hand", choices=HANDS, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    start = App.start
    closers = []  # a timer alone does not keep them

    def started(app: App) -> None:
        start(app)
        closers.append(_Closer(app, arguments.state, arguments.hand, arguments.folder))
        closers[0].begin()

    App.start = started  # type: ignore[method-assign, assignment] # all else is the program as it is
    status = program([])
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    print(f"left {', '.join(left)}", flush=True)
    return status


class _Closer:
    def __init__(self, app: App, state: str, hand: str, folder: Path) -> None:
        self._app, self._hand = app, hand
        self._way = Ways(app, folder).to(state)
        self._steps = deque(self._way.steps)

    def begin(self) -> None:
        # The first turn of the event loop is before the first paint.
        QTimer.singleShot(0, self._poll)

    def _poll(self) -> None:
        if self._steps and self._steps[0][0]():
            action = self._steps.popleft()[1]
            QTimer.singleShot(POLL_MS, self._poll)  # before the action, which may have a loop of its own
            action()
        elif not self._steps and self._way.there():
            self._close()
        else:
            QTimer.singleShot(POLL_MS, self._poll)

    def _close(self) -> None:
        print(f"closing {time.time()}", flush=True)
        if self._hand == "window":
            self._app.window.close()
        elif self._hand == "quit":
            action = self._app.window.findChild(QAction, "quit")
            assert isinstance(action, QAction)
            action.trigger()
        else:
            os.kill(os.getpid(), signal.Signals[self._hand])
