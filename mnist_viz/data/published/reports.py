"""What the data child process says to its parent: JSON Lines on what was its standard output."""

import json
import os
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

from mnist_viz.data.published.prepare import Job


class Reporter:
    """Writes reports from any thread, and ends the process."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = threading.Lock()
        # A library that prints must not garble the reports: its standard output becomes standard error.
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def stage(self, text: str, fraction: float | None = None) -> None:
        self._write({"stage": text, "fraction": fraction})

    def done(self) -> NoReturn:
        self._end({"done": True}, 0)

    def fail(self, sentence: str) -> NoReturn:
        self._end({"error": sentence}, 1)

    def leave(self) -> NoReturn:
        """End without a word: there is nobody to hear it."""
        self._end(None, 1)

    def _end(self, report: Mapping[str, Any] | None, status: int) -> NoReturn:
        self._job.clean()
        if report is not None:
            self._write(report)
        os._exit(status)  # without torch's own slow farewell

    def _write(self, report: Mapping[str, Any]) -> None:
        with self._lock:
            try:
                self._out.write(json.dumps(report) + "\n")
                self._out.flush()
            except OSError:  # the parent has gone
                self._job.clean()
                os._exit(1)
