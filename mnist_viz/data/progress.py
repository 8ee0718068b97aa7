"""Progress of work, and its end when the caller asks for it."""

import threading
from collections.abc import Callable

from mnist_viz.data.errors import CancelledError

Progress = Callable[[str, float | None], object]
"""What is being done, and how much of that is done: 0 to 1, or None where it cannot be known."""


class Watch:
    """Passes progress on, and stops the work when the caller asks for it.

    Args:
        progress: called in the thread of the work.
        cancelled: set from another thread to stop.
    """

    def __init__(self, progress: Progress | None = None, cancelled: threading.Event | None = None) -> None:
        self.cancelled = threading.Event() if cancelled is None else cancelled
        self._progress = progress

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
        if self.cancelled.is_set():
            raise CancelledError("it was cancelled")


UNWATCHED = Watch()
"""For work that nobody follows or stops."""
