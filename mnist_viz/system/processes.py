"""Other programs at work for this one."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SECONDS = 0.1
"""How often it is seen whether a process has ended."""


@contextmanager
def ended(process: "subprocess.Popen[Any]", cancelled: threading.Event) -> Iterator[None]:
    """See that a process has ended when this has, and sooner if it is cancelled: it may hang."""

    def watch() -> None:
        while process.poll() is None:
            if cancelled.wait(SECONDS):
                process.kill()

    watcher = threading.Thread(target=watch, name="watching a process", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        process.kill()  # nothing, if it has ended
        process.wait()
        watcher.join()
