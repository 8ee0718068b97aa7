"""A window that is used at random, in a process of its own: `python -m tests.stress.driven ROOT SEED EVENTS THEME`.

With minutes in place of events it is a soak: again and again the window comes back to its beginning, and what is there
then is counted, in a line of JSON each time. The last line says how it ended; the file `events` in ROOT says what was
done.
"""

import ctypes
import faulthandler
import gc
import json
import os
import sys
import threading
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QDialog
from shiboken6 import isValid

from mnist_viz.app import App, make_application
from mnist_viz.bench.watches import rss_mb
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.engine.presets import PRESETS
from mnist_viz.recording.runs import DEFAULT_BUDGET
from mnist_viz.system.memory import trim
from tests.stress.checks import Checks, Complaints, is_settled
from tests.stress.hands import USUAL_SIZE, Act, Hands
from tests.stress.world import World, guard

HANG_SECONDS = 60
"""So long an event may take before the process is taken to hang; far more than any should."""
SETTLE_SECONDS = 90.0
"""So long nothing may be heard of it while it comes to rest."""
QUIET, QUIET_MS = 4, 30
"""So often in a row nothing goes on before the window is compared with the session; its own tick comes between."""
BETWEEN_RESTS = 400
BETWEEN_COUNTS = 250


class Driver:
    """Does one event after the other, each in a turn of its own of the event loop, and looks whether all is well."""

    def __init__(self, app: App, world: World, seed: str, count: int = 0) -> None:
        self._app, self._end_after = app, count
        self._trace = (world.root / "events").open("w", encoding="utf-8", buffering=1)
        self._hands = Hands(app, world, Random(seed), self._note)
        self._checks = Checks(app)
        app.window.commands.quit.setEnabled(False)  # closing has its own test
        self.complaints = Complaints()
        self._act: Act = iter(())
        self._timer = QTimer()  # one for all: PySide keeps something of each `singleShot` on a method
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._turn)
        self._level = 0
        self._acts = False
        self._running: Act | None = None
        self._settling = 0.0
        self._said = ""
        self._quiet = 0
        self._last_rest = 0
        self.events = 0
        self.until_rest = BETWEEN_RESTS
        self.failure: list[str] = []

    def is_done(self) -> bool:
        """Asked at rest: whether this is the end."""
        return 0 < self._end_after <= self.events

    def at_rest(self) -> bool:
        """Called at rest, again and again until it returns True; it may begin things that come to rest too."""
        return True

    def start(self) -> None:
        self._next(0)

    def _note(self, text: str) -> None:
        self.events += 1
        self._trace.write(text + "\n")

    def _next(self, milliseconds: int) -> None:
        # Started anew in its own slot it has another identity, so that it comes in a dialog's own loop too.
        self._timer.start(milliseconds)

    def _turn(self) -> None:
        # QTest handles what waits while it sends an event: the next one has to wait until it is sent, but for a
        # dialog's own loop, in which the user goes on.
        level = QThread.currentThread().loopLevel()
        if self._acts and level <= self._level:
            self._next(2)
            return
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        try:
            if self._settling:
                self._settle()
            elif self._is_well(self._checks.always()):
                if self.events - self._last_rest >= self.until_rest or 0 < self._end_after <= self.events:
                    self._settling = time.monotonic() + SETTLE_SECONDS
                    self._next(0)
                else:
                    self._go_on(level)
        except Exception:
            self._is_well([f"the driver itself: {traceback.format_exc()}"])

    def _go_on(self, level: int) -> None:
        before = self._level, self._acts, self._running
        if self._act is self._running:  # it has opened a dialog, whose own loop this is
            self._act = self._hands.next()
        self._level, self._acts, self._running = level, True, self._act
        self._next(0)  # comes if a dialog opens
        try:
            pause = next(self._act, None)
            if pause is None:
                self._act = self._hands.next()
                pause = 0
        finally:
            self._level, self._acts, self._running = before
        self._next(pause)

    def _is_well(self, wrong: list[str]) -> bool:
        """Whether all is well; if not, this is the end."""
        wrong = [*self.complaints.take(), *wrong]
        if wrong:
            self.failure += wrong
            self._end()
        return not wrong

    def _settle(self) -> None:
        """Close what is open, pause what goes on, and see that it comes to rest."""
        app = self._app
        if (popup := QApplication.activePopupWidget()) is not None:
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
            if not self._is_well(self._checks.at_rest()):
                return
            app.window.showNormal()
            app.window.resize(*USUAL_SIZE)
            if self.at_rest():
                self._settling, self._last_rest = 0.0, self.events
                if self.is_done():
                    self._end()
                    return
        elif app.messages.text != self._said:  # it goes on, and says how far it is
            self._said, self._settling = app.messages.text, time.monotonic() + SETTLE_SECONDS
        elif time.monotonic() > self._settling:
            state = f"{app.session.state}, loads: {app.data.busy}, files: {app.session_files.busy}"
            self._is_well([f"it does not come to rest: {state}; it says {app.messages.text!r}"])
            return
        if self._is_well(self._checks.always()):
            self._next(QUIET_MS)

    def _end(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._timer.stop()
        self._trace.close()
        self._app.window.close()
        QApplication.exit(0)  # whatever dialog is open


class Soak(Driver):
    """Ends after so many seconds; whenever it rests, the program is brought back to where it began, and counted."""

    def __init__(self, app: App, world: World, seed: str, seconds: float) -> None:
        super().__init__(app, world, seed)
        self.until_rest = BETWEEN_COUNTS
        self._until = time.monotonic() + seconds
        self._dataset = (app.data.infos["mnist"].present and "mnist") or "synthetic"
        self._goes_back = False

    def is_done(self) -> bool:
        return time.monotonic() > self._until

    def at_rest(self) -> bool:
        app, session = self._app, self._app.session
        self._goes_back = not self._goes_back
        if self._goes_back:
            session.set_budget(DEFAULT_BUDGET)
            app.window.arrangement.restore_default()
            app.appearance.set_theme("dark")
            app.notices.close()  # what stands may hold a deleted run, or a session that could be opened
            app.notices.clear()
            app.window.commands.undo_stack.clear()  # steps hold deleted runs and data sets, up to their own limit
            QApplication.clipboard().clear()
            if session.dataset is None or session.dataset.name != self._dataset:
                app.data.use(self._dataset)
            session.reset(PRESETS["relu-128-64"].settings)
            return False
        for run in list(session.runs):
            if run is not session.run:
                session.delete(run.number)
        gc.collect()
        self._count()
        return True

    def _count(self) -> None:
        trim()  # as the program does every half minute: what it is about to give back is not counted
        # What stands in Python for an object of Qt's that is gone is not counted.
        kinds = Counter(type(o).__name__ for o in gc.get_objects() if isinstance(o, QObject) and isValid(o))
        descriptors = Path("/proc/self/fd")
        sample = {
            "at": time.monotonic(), "events": self.events, "rss_mb": rss_mb(), "own_mb": rss_mb(shared=False),
            "used_mb": used_mb(),
            "threads": threading.active_count(), "widgets": len(QApplication.allWidgets()),
            "files": len(list(descriptors.iterdir())) if descriptors.is_dir() else 0,
            "qobjects": len(self._app.window.findChildren(QObject)), "python_qobjects": kinds.total(), "kinds": kinds,
        }  # fmt: skip
        print(json.dumps(sample), flush=True)


class _MallInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"
    )]  # fmt: skip


def used_mb() -> float:
    """What glibc has given out; of the process's own memory the rest is what it keeps for later. NaN without glibc."""
    try:
        tell = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError, TypeError):
        return float("nan")
    tell.restype = _MallInfo
    told = tell()
    return float(told.uordblks + told.hblkhd) / 2**20


def main() -> None:
    root, seed, length, theme = sys.argv[1:]
    world = World(Path(root))
    os.chdir(world.work)
    QDesktopServices.openUrl = staticmethod(lambda _: True)  # type: ignore[method-assign] # starts a program
    application = make_application()
    app = App(str(world.root / "data"), None, Preferences(theme=theme))
    app.start()
    minutes = length.removesuffix("min")
    driver: Driver = (
        Driver(app, world, seed, int(length)) if minutes == length else Soak(app, world, seed, 60 * float(minutes))
    )
    driver.start()
    guard(world.root, driver.complaints.add)
    application.exec()
    left = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    driver.failure += [*driver.complaints.take(), *(f"the thread {name} goes on" for name in left)]
    print(json.dumps({"events": driver.events, "failure": driver.failure}), flush=True)


if __name__ == "__main__":
    main()
