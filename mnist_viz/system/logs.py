"""The log: one file that takes what the program, Python and Qt say of what went wrong, crashes included."""

import faulthandler
import logging
import logging.handlers
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from mnist_viz.system.paths import log_dir

log = logging.getLogger(__name__)

NAME = "mnist-viz.log"
MOST_BYTES, OLDER_FILES = 1_000_000, 2
SECONDS_UNTIL_SAID_AGAIN = 10.0
"""The same error is not said more often: who sees a line every 30 ms reads none."""
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"
_KNOWN = 1000
"""So many different errors are counted; of more the first are forgotten."""


def path() -> Path:
    """The file that the log is in, or would be."""
    return log_dir() / NAME


class _LogFile(logging.handlers.RotatingFileHandler):
    """Takes what `faulthandler` has to say of a crash too, also after the file has been replaced by a new one."""

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        faulthandler.enable(stream)
        return stream

    def doRollover(self) -> None:  # noqa: N802
        faulthandler.disable()  # its file is about to be closed
        try:
            super().doRollover()
        except OSError:  # Windows renames no file that another window has open: then it grows
            self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A disk that is full takes no log: that is no reason to fill standard error."""

    def close(self) -> None:
        if self.stream is not None:
            faulthandler.disable()
        super().close()


def start() -> logging.Handler | None:
    """Log to the file from now on, crashes too; None where it cannot be written."""
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path(), maxBytes=MOST_BYTES, backupCount=OLDER_FILES, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return handler


def tail(lines: int = 100) -> list[str]:
    """The last lines of the log; none where there is no log."""
    try:
        with path().open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 200 * lines))
            return file.read().decode("utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        return []


class Uncaught:
    """What nobody has caught, from any thread: logged, and said in one line each.

    What is raised again and again, such as by a panel each time that it is painted, is logged in full once and then
    counted, and said now and then.

    Args:
        interrupted: called when somebody presses Ctrl+C in the terminal.
    """

    def __init__(self, interrupted: Callable[[], object]) -> None:
        self._interrupted = interrupted
        self._counts: dict[object, int] = {}
        self._said: dict[object, float] = {}
        self._lines: deque[str] = deque()
        self._lock = threading.Lock()

    def install(self) -> None:
        """Take what reaches the end of a slot, of a thread, or of an object's life."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable

    def note(self, error: BaseException, where: str) -> None:
        """Log an error and have it said; for all threads.

        Args:
            where: it happened, such as "inside the program".
        """
        frames = traceback.extract_tb(error.__traceback__)
        place = (frames[-1].filename, frames[-1].lineno) if frames else None
        key = type(error), place
        now = time.monotonic()
        with self._lock:
            if len(self._counts) >= _KNOWN and key not in self._counts:
                self._counts.clear()
                self._said.clear()
            count = self._counts[key] = self._counts.get(key, 0) + 1
            says = now - self._said.get(key, -SECONDS_UNTIL_SAID_AGAIN) >= SECONDS_UNTIL_SAID_AGAIN
            if says:
                self._said[key] = now
        if count == 1:
            log.error("uncaught %s", where, exc_info=error)
        elif is_told(count):
            log.error("uncaught %s, for the %dth time: %s: %s", where, count, type(error).__name__, error)
        if says:
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            self._lines.append(f"Something went wrong {where} ({said}). It goes on; if not, save and start it again.")

    def take(self) -> list[str]:
        """What is to be said since the last call."""
        taken = []
        while self._lines:
            taken.append(self._lines.popleft())
        return taken

    def _on_exception(self, kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._interrupted()
        else:
            self.note(error, "inside the program")

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.note(arguments.exc_value, "in the background")

    def _on_unraisable(self, unraisable: "sys.UnraisableHookArgs") -> None:
        if unraisable.exc_value is not None:
            self.note(unraisable.exc_value, "in cleaning up")


def is_told(count: int) -> bool:
    """Whether to log that something has happened so often: for 1, 10, 100, ... times."""
    while count >= 10 and count % 10 == 0:
        count //= 10
    return count == 1
