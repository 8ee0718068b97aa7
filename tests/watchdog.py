"""Finds out for how long the window does not answer: the longest gap between two turns of the event loop."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer

LIMIT = 0.1
"""Seconds: what takes longer is felt as a pause."""
ATTEMPTS = 3
"""The best of so many counts, since a shared machine stalls by itself."""
PATIENCE = 20.0


class Watchdog(QObject):
    """Measures inside `with`, on the thread of the window; `worst` is the longest gap, in seconds.

    What the thread waited for a processor that others had is no fault of the program: it is left out where the system
    counts it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.worst = 0.0
        self._waits = _run_queue()
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(1)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turned)

    def __enter__(self) -> "Watchdog":
        self._last = self._now()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._turned()
        self._timer.stop()

    def _now(self) -> float:
        return time.perf_counter() - self._waits()

    def _turned(self) -> None:
        now = self._now()
        self.worst = max(self.worst, now - self._last)
        self._last = now


def _run_queue() -> Callable[[], float]:
    """How many seconds this thread has waited for a processor so far; 0 where that is not known."""
    path = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
    if not path.exists():
        return lambda: 0.0
    return lambda: int(path.read_bytes().split()[1]) / 1e9


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Let the event loop run until `condition` holds."""
    loop, end = QEventLoop(), time.monotonic() + seconds
    timer = QTimer()

    def look() -> None:
        if condition() or time.monotonic() > end:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(5)
    loop.exec()
    timer.stop()
    assert condition(), "it did not come to pass"


def rest(seconds: float = 0.06) -> None:
    """Let the event loop run for some turns of the program's timer."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end)


def stall(
    action: Callable[[], object],
    done: Callable[[], bool] = lambda: True,
    before: Callable[[], object] = lambda: None,
    limit: float = LIMIT,
) -> float:
    """Seconds without an answer when `action` is taken, until `done` and what comes after it are over.

    Args:
        before: makes things ready for each attempt.
        limit: no further attempt is made once one is below this.
    """
    best = float("inf")
    for _ in range(ATTEMPTS):
        before()
        rest()
        with Watchdog() as watch:
            action()
            until(done)
            rest()
        best = min(best, watch.worst)
        if best < limit:
            break
    return best
