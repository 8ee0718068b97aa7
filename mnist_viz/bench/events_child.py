"""One child process: the real window, driven event by event until something is wrong or all is done."""

import argparse
import faulthandler
import json
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from PySide6.QtCore import QThread, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog

from mnist_viz.app import App, make_application
from mnist_viz.bench.events_checks import Checks, Complaints, is_settled
from mnist_viz.bench.events_choice import MAIN, USUAL_SIZE, Chooser
from mnist_viz.bench.events_moves import Event, Moves
from mnist_viz.bench.events_world import World, guard
from mnist_viz.preferences import Preferences

HANG_SECONDS = 60
"""So long an event may take before the process is taken to hang; far more than any should."""

SETTLE_SECONDS = 90.0
QUIET, QUIET_MS = 4, 30
"""So often in a row nothing goes on before the window is compared with the session; its own tick comes between."""

EVENTS_BETWEEN_SETTLES = 400


class Driver:
    """Does events one after the other, each in a turn of its own of the event loop.

    Args:
        trace: the file that gets a line an event.
        replayed: the events to do; by default chosen from `rng`.
    """

    def __init__(
        self, app: App, world: World, trace: Path, count: int, rng: Random, replayed: list[Event] | None = None
    ) -> None:
        self._app = app
        self._moves = Moves(app, world.work)
        self._chooser = Chooser(app, world, rng)
        self._checks = Checks(app)
        self.complaints = Complaints()
        self._planned: deque[Event] = deque(replayed or [])
        self._replays = replayed is not None
        self._count = len(self._planned) if self._replays else count
        self._trace = trace.open("w", encoding="utf-8", buffering=1)
        self._level = 0
        self._acts = False
        self._settling = 0.0  # until when it may take
        self._quiet = 0  # how often nothing went on
        self._started = 0.0
        self.done = self.missed = 0
        self.slowest = 0.0
        self.failure: list[str] = []
        self.kinds: dict[str, int] = {}

    def start(self) -> None:
        self._next(0)

    def _next(self, milliseconds: int) -> None:
        QTimer.singleShot(milliseconds, self._turn)

    def _turn(self) -> None:
        # QTest handles what waits while it sends an event: the next one has to wait until it is sent, but for a
        # dialog's own loop, in which the user goes on.
        if self._acts and QThread.currentThread().loopLevel() <= self._level:
            self._next(2)
            return
        if self._started:
            self.slowest = max(self.slowest, time.monotonic() - self._started)
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        try:
            if self._settling:
                self._settle()
            elif self._look(self._checks.always()):
                self._go_on()
        except Exception:
            self.failure = [*self.complaints.take(), f"the driver itself: {traceback.format_exc()}"]
            self._end()

    def _go_on(self) -> None:
        if self.done >= self._count:
            self._end()
            return
        if not self._planned:
            due = self.done % EVENTS_BETWEEN_SETTLES == EVENTS_BETWEEN_SETTLES - 1
            self._planned.extend([{"do": "settle"}] if due else self._chooser.next())
        event = self._planned.popleft()
        self._trace.write(json.dumps(event, ensure_ascii=False) + "\n")
        self.done += 1
        self.kinds[event["do"]] = self.kinds.get(event["do"], 0) + 1
        if event["do"] == "settle":
            self._settling = time.monotonic() + SETTLE_SECONDS
            self._next(0)
            return
        self._next(event.get("ms", 0))
        level, acts, self._level, self._acts = self._level, self._acts, QThread.currentThread().loopLevel(), True
        self._started = time.monotonic()
        try:
            self.missed += not self._moves.do(event)
        finally:
            self._level, self._acts = level, acts

    def _look(self, wrong: list[str]) -> bool:
        """Whether all is well; if not, this is the end."""
        wrong = [*self.complaints.take(), *wrong]
        if wrong:
            self.failure = wrong
            self._end()
        return not wrong

    def _settle(self) -> None:
        """Close what is open, pause what goes on, and see that it comes to rest."""
        app = self._app
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        for dialog in QApplication.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible():
                dialog.close()
        app.session.pause()
        app.film.pause()
        app.film_export.cancel()
        self._quiet = self._quiet + 1 if is_settled(app) else 0
        if self._quiet >= QUIET:
            self._settling, self._quiet = 0.0, 0
            if self._look(self._checks.at_rest()):
                app.window.showNormal()
                app.window.resize(*USUAL_SIZE)
                self._next(0)
        elif time.monotonic() > self._settling:
            self._settling = 0.0
            state = f"{app.session.state}, loads: {app.loader.busy}, files: {app.keeping.busy}"
            self._look([f"it does not come to rest: {state}; it says {app.messages.text!r}"])
        elif self._look(self._checks.always()):
            self._next(QUIET_MS)

    def _end(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._trace.close()
        self._app.window.close()
        QApplication.exit(1 if self.failure else 0)  # whatever dialog is open


def main(argv: list[str] | None = None) -> int:
    """Drive a window in the present process; print what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--trace", type=Path, required=True)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--replay", type=Path)
    arguments = parser.parse_args(argv)
    world = World(arguments.root)
    os.chdir(world.work)
    replayed = [json.loads(line) for line in _lines(arguments.replay)] if arguments.replay is not None else None
    QDesktopServices.openUrl = staticmethod(lambda _: True)  # type: ignore[method-assign] # starts a program
    application = make_application()
    app = App(str(world.data), None, Preferences(theme=arguments.theme))
    app.window.setObjectName(MAIN)
    app.start()
    trace, rng = arguments.trace, Random(arguments.seed)
    driver = Driver(app, world, trace, arguments.events, rng, replayed)
    driver.start()
    guard(world.root, Path(os.environ["MNIST_VIZ_CACHE_DIR"]), driver.complaints.add)
    start = time.monotonic()
    application.exec()
    driver.failure += driver.complaints.take()
    driver.failure += [
        f"the thread {t.name} goes on" for t in threading.enumerate() if t is not threading.main_thread()
    ]
    result: dict[str, Any] = {
        "events": driver.done, "missed": driver.missed, "seconds": time.monotonic() - start,
        "slowest_ms": 1000 * driver.slowest, "kinds": driver.kinds, "failure": driver.failure,
    }  # fmt: skip
    print(json.dumps(result), flush=True)
    return 1 if driver.failure else 0


def _lines(path: Path) -> Iterator[str]:
    return (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


if __name__ == "__main__":
    sys.exit(main())
