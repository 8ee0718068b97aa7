"""What the window's benchmarks watch: paint events, the turns of the event loop, and memory."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

TICK_MS = 5


class GapWatch:
    """Milliseconds between the turns of the event loop inside `with`, by a timer that is due every 5 ms."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._turned)

    def __enter__(self) -> "GapWatch":
        self._clock.start()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def _turned(self) -> None:
        self.gaps.append(self._clock.nsecsElapsed() / 1e6)
        self._clock.restart()


class PaintWatch(QObject):
    """Counts the paint events of some widgets."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self.counts = dict.fromkeys(widgets, 0)
        # What scrolls, as plots do, is painted by its viewport.
        self._painters = {w.viewport() if isinstance(w, QAbstractScrollArea) else w: w for w in widgets}
        for painter in self._painters:
            painter.installEventFilter(self)

    def milliseconds(
        self,
        change: Callable[[], object],
        turn: Callable[[], object],
        shown: Callable[[], bool] = lambda: True,
        *,
        every: bool = False,
        longest: float = 1.0,
    ) -> float:
        """How long it takes until one of the widgets, or `every` one, has been painted after `change`.

        Args:
            turn: lets the event loop run.
            shown: what must hold then too.
            longest: seconds after which it is waited no more.
        """
        before, start = dict(self.counts), time.perf_counter()
        painted = all if every else any
        change()
        while not (painted(count > before[widget] for widget, count in self.counts.items()) and shown()):
            turn()
            if time.perf_counter() - start > longest:
                break
        return 1000 * (time.perf_counter() - start)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self.counts[self._painters[watched]] += 1
        return False


def spread(name: str, values: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile."""
    return {f"{name}_p{percent}": float(np.percentile(values, percent)) for percent in (50, 99)}


def turn(seconds: float) -> None:
    """Let the event loop run as the program's own does: it sleeps where there is nothing to do."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def rss_mb(*, shared: bool = True) -> float:
    """Resident memory in MB; what the peak was, where the platform does not tell the present.

    Args:
        shared: count what other processes may use too: libraries, and files that are mapped.
    """
    status = Path("/proc/self/statm")
    if status.exists():
        _, resident, of_others = status.read_text().split()[:3]
        pages = int(resident) - (0 if shared else int(of_others))
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
