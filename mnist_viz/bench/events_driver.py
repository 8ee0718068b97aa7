"""Does one event after the other to the window, and looks after each whether all is well."""

import faulthandler
import json
import time
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random

from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from mnist_viz.app import App
from mnist_viz.bench.events_checks import Checks, Complaints, is_settled
from mnist_viz.bench.events_choice import USUAL_SIZE, Chooser
from mnist_viz.bench.events_moves import Event, Moves
from mnist_viz.bench.events_world import World

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
        rng: chooses the events.

    Attributes:
        planned: events that come first.
        count: after so many it ends.
        settle_every: so many events the window is let come to rest.
        at_rest: called then, again and again, until it returns True; it may begin things that come to rest too.
        failure: what was wrong; the driver has ended then.
    """

    def __init__(self, app: App, world: World, trace: Path, rng: Random) -> None:
        self._app = app
        self._moves = Moves(app, world.work)
        self._chooser = Chooser(app, world, rng)
        self._checks = Checks(app)
        self.complaints = Complaints()
        self.planned: deque[Event] = deque()
        self.count = 0
        self.settle_every = EVENTS_BETWEEN_SETTLES
        self.at_rest: Callable[[], bool] = lambda: True
        self._trace = trace.open("w", encoding="utf-8", buffering=1)
        self._timer = QTimer()  # one for all: PySide keeps something of each `singleShot` on a method
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._turn)
        self._level = 0
        self._acts = False
        self._is_last = False  # whether all events are done, and it has only to come to rest
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
        # Started anew in its own slot it has another identity, so that it comes in a dialog's own loop too.
        self._timer.start(milliseconds)

    def _turn(self) -> None:
        # QTest handles what waits while it sends an event: the next one has to wait until it is sent, but for a
        # dialog's own loop, in which the user goes on.
        if self._acts and QThread.currentThread().loopLevel() <= self._level:
            self._next(2)
            return
        if self._started:
            self.slowest = max(self.slowest, time.monotonic() - self._started)
            self._started = 0.0
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
        if self.done >= self.count:
            if self._is_last:
                self._end()
            else:  # what closing in the midst of things does is for `bench closing`
                self._is_last = True
                self._begin_to_settle()
            return
        if not self.planned:
            due = self.done % self.settle_every == self.settle_every - 1
            self.planned.extend([{"do": "settle"}] if due else self._chooser.next())
        event = self.planned.popleft()
        self._trace.write(json.dumps(event, ensure_ascii=False) + "\n")
        self.done += 1
        self.kinds[event["do"]] = self.kinds.get(event["do"], 0) + 1
        if event["do"] == "settle":
            self._begin_to_settle()
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

    def _begin_to_settle(self) -> None:
        self._settling = time.monotonic() + SETTLE_SECONDS
        self._next(0)

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
            self._quiet = 0
            if self._look(self._checks.at_rest()):
                app.window.showNormal()
                app.window.resize(*USUAL_SIZE)
                if self.at_rest():
                    self._settling = 0.0
                self._next(QUIET_MS)
        elif time.monotonic() > self._settling:
            self._settling = 0.0
            state = f"{app.session.state}, loads: {app.loader.busy}, files: {app.keeping.busy}"
            self._look([f"it does not come to rest: {state}; it says {app.messages.text!r}"])
        elif self._look(self._checks.always()):
            self._next(QUIET_MS)

    def _end(self) -> None:
        """Close the window; the application's loop ends."""
        faulthandler.cancel_dump_traceback_later()
        self._trace.close()
        self._app.window.close()
        QApplication.exit(1 if self.failure else 0)  # whatever dialog is open
