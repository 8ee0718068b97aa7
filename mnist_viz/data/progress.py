"""Progress of work on data, and its end when the caller asks for it."""

import threading
from collections.abc import Callable

from mnist_viz.data.errors import CancelledError

Progress = Callable[[str, float | None], None]
"""What is being done, and how much of that is done: 0 to 1, or None where it cannot be known."""


class Watch:
    """Passes progress on, and stops the work when the caller asks for it.

    Args:
        work: for the message of the error, such as "the reading of digits.csv".
        progress: called in the calling thread.
        cancel: set from another thread to stop.
    """

    def __init__(self, work: str, progress: Progress | None, cancel: threading.Event | None) -> None:
        self._work = work
        self._progress = progress
        self._cancel = cancel

    def at(self, text: str, fraction: float | None = None) -> None:
        """Say what is being done.

        Raises:
            CancelledError: the caller wants to stop.
        """
        self.check()
        if self._progress is not None:
            self._progress(text, fraction)

    def check(self) -> None:
        """Raise CancelledError if the caller wants to stop."""
        if self._cancel is not None and self._cancel.is_set():
            raise CancelledError(f"{self._work} was cancelled")
