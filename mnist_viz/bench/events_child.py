"""One child process: the real window, driven event by event until something is wrong or all is done."""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from PySide6.QtGui import QDesktopServices

from mnist_viz.app import App, make_application
from mnist_viz.bench.events_choice import MAIN
from mnist_viz.bench.events_driver import Driver
from mnist_viz.bench.events_world import World, guard
from mnist_viz.preferences import Preferences


def drive(root: Path, trace: Path, seed: str, theme: str, prepare: Callable[[App, Driver], object]) -> dict[str, Any]:
    """Drive a window in the present process, which is good for nothing else any more; return what came of it.

    Args:
        prepare: told the program and its driver before the first event.
    """
    world = World(root)
    os.chdir(world.work)
    QDesktopServices.openUrl = staticmethod(lambda _: True)  # type: ignore[method-assign] # starts a program
    application = make_application()
    app = App(str(world.data), None, Preferences(theme=theme))
    app.window.setObjectName(MAIN)
    app.start()
    driver = Driver(app, world, trace, Random(seed))
    prepare(app, driver)
    driver.start()
    guard(world.root, Path(os.environ["MNIST_VIZ_CACHE_DIR"]), driver.complaints.add)
    start = time.monotonic()
    application.exec()
    threads = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    driver.failure += [*driver.complaints.take(), *(f"the thread {name} goes on" for name in threads)]
    return {
        "events": driver.done, "missed": driver.missed, "seconds": time.monotonic() - start,
        "slowest_ms": 1000 * driver.slowest, "kinds": driver.kinds, "failure": driver.failure,
    }  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    """Print what came of it as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--trace", type=Path, required=True)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--theme", default="dark")
    parser.add_argument("--replay", type=Path)
    arguments = parser.parse_args(argv)

    def prepare(_: App, driver: Driver) -> None:
        driver.count = arguments.events
        if arguments.replay is not None:
            driver.planned.extend(json.loads(line) for line in arguments.replay.read_text("utf-8").splitlines())
            driver.count = len(driver.planned)

    result = drive(arguments.root, arguments.trace, arguments.seed, arguments.theme, prepare)
    print(json.dumps(result), flush=True)
    return 1 if result["failure"] else 0


if __name__ == "__main__":
    sys.exit(main())
