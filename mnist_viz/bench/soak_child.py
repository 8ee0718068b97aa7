"""One child process: a window that is used at random for long, and counted whenever it is back at its beginning."""

import argparse
import gc
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from mnist_viz.app import App
from mnist_viz.bench.events_child import drive
from mnist_viz.bench.events_driver import Driver
from mnist_viz.bench.watches import rss_mb
from mnist_viz.engine.presets import PRESETS
from mnist_viz.recording.runs import DEFAULT_BUDGET

EVENTS_A_PHASE = 250
PRESET = "relu-128-64"


class Base:
    """Brings the program back to where it began, and counts what there is then."""

    def __init__(self, app: App, driver: Driver, until: float) -> None:
        self._app = app
        self._driver = driver
        self._until = until
        self._dataset = (app.data.infos["mnist"].present and "mnist") or "synthetic"
        self._returning = False
        driver.count = sys.maxsize
        driver.settle_every = EVENTS_A_PHASE
        driver.at_rest = self.at_rest

    def at_rest(self) -> bool:
        """Called at rest: the first time the way back begins, the second time it is done."""
        if not self._returning:
            self._returning = True
            self._return()
            return False
        self._returning = False
        self._delete_runs()
        gc.collect()
        self._count()
        if time.monotonic() > self._until:
            self._driver.count = self._driver.done
        return True

    def _return(self) -> None:
        app, session = self._app, self._app.session
        session.set_budget(DEFAULT_BUDGET)
        app.window.restore_default_layout()
        app.set_theme("dark")
        app.notices.close()  # what stands may hold a deleted run, or a session that could be opened
        app.notices.clear()
        QApplication.clipboard().clear()
        if session.dataset is None or session.dataset.name != self._dataset:
            app.data.use(self._dataset)
        session.reset(PRESETS[PRESET].settings)

    def _delete_runs(self) -> None:
        session = self._app.session
        for run in list(session.runs):
            if run is not session.run:
                session.delete(run.number)

    def _count(self) -> None:
        # What stands in Python for an object of Qt's that is gone, such as a tab bar the driver saw, is not counted.
        found = [each for each in gc.get_objects() if isinstance(each, QObject) and isValid(each)]
        kinds = Counter(type(each).__name__ for each in found)
        sample = {
            "at": time.monotonic(),
            "events": self._driver.done,
            "rss_mb": rss_mb(),
            "own_mb": rss_mb(shared=False),
            "threads": threading.active_count(),
            "files": _open_files(),
            "widgets": len(QApplication.allWidgets()),
            "qobjects": len(self._app.window.findChildren(QObject)),
            "python_qobjects": kinds.total(),
            "objects": len(gc.get_objects()),
            "frames_mb": self._app.session.runs.memory / 1e6,
            "kinds": kinds,
        }
        print(json.dumps(sample), flush=True)


def _open_files() -> int:
    """How many file descriptors there are; 0 where the platform does not tell."""
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


def main(argv: list[str] | None = None) -> int:
    """Print a line of JSON a count, and one at the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--trace", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", default="0")
    arguments = parser.parse_args(argv)
    until = time.monotonic() + 60 * arguments.minutes
    kept: list[Base] = []  # nobody else holds it
    result = drive(
        arguments.root, arguments.trace, arguments.seed, "dark",
        lambda app, driver: kept.append(Base(app, driver, until)),
    )  # fmt: skip
    print(json.dumps(result), flush=True)
    return 1 if result["failure"] else 0


if __name__ == "__main__":
    sys.exit(main())
