"""Keeping the journal in a thread of its own, for a window that keeps answering."""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mnist_viz.recording.journal import Journal, LeftBehind, find_left
from mnist_viz.recording.session_contents import SessionContents

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """The journal holds what it was given: all of it, or as many frames as there was room for."""

    everything: bool


@dataclass(frozen=True)
class NotWritten:
    """Why the journal could not be written, in a few words."""

    reason: str


@dataclass(frozen=True, eq=False)
class Found:
    """What windows left behind that are not there any more, the newest first."""

    left: tuple[LeftBehind, ...]


Outcome = Written | NotWritten | Found


class Journaling:
    """Does what it is asked in order; what comes of it is taken from `take`.

    Args:
        home: the folder with the journals of all windows.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._journal = Journal(home)
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._outcomes: deque[Outcome] = deque()
        self._keeps = 0  # asked for, and not taken yet
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether something that was to be kept has not come to its end."""
        return self._keeps > 0

    def search(self) -> None:
        """Find what was left behind."""
        self._jobs.put(lambda: self._outcomes.append(Found(tuple(find_left(self._home)))))

    def keep(self, contents: SessionContents, file: str, *, room: int | None = None, closed: bool = False) -> None:
        """Keep a copy of the session, which is the journal's from now on.

        Args:
            contents: as for `Journal.keep`, and so is `room`.
            file: the session's own, or empty.
            closed: whether the window is closed.
        """
        self._keeps += 1
        self._jobs.put(lambda: self._keep(contents, file, room, closed))

    def forget(self, left: LeftBehind) -> None:
        """Delete what a window left behind."""
        self._jobs.put(left.remove)

    def run(self, job: Callable[[], object]) -> None:
        """Do something else that writes, and that reports its failures itself."""
        self._jobs.put(job)

    def take(self) -> list[Outcome]:
        """What has come to pass since the last call."""
        taken: list[Outcome] = []
        while self._outcomes:
            taken.append(self._outcomes.popleft())
            self._keeps -= isinstance(taken[-1], Written | NotWritten)
        return taken

    def end(self, *, remove: bool) -> None:
        """End after what has been asked for.

        Args:
            remove: the journal is not needed any more.
        """
        self._jobs.put(lambda: self._journal.close(remove=remove))
        self._jobs.put(None)

    def abandon(self) -> None:
        """End at once and leave the journal as it is; what is asked for later is not done."""
        self._jobs.put(None)
        self._thread.join()
        self._journal.close(remove=False)

    def close(self, timeout: float) -> bool:
        """Wait for the end; return whether it came in time.

        What is under way after `timeout` seconds ends with the process: the journal then holds what it held before.
        """
        self._thread.join(timeout)
        for outcome in self._outcomes:
            if isinstance(outcome, Found):  # nobody has taken it
                for left in outcome.left:
                    left.release()
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                log.exception("the journal's thread failed")

    def _keep(self, contents: SessionContents, file: str, room: int | None, closed: bool) -> None:
        outcome: Outcome = Written(everything=room is None)
        try:
            self._journal.keep(contents, room)
            self._journal.tell(file=file, closed=closed)
        except OSError as error:
            log.warning("the journal cannot be written: %s", error)
            outcome = NotWritten(error.strerror or str(error))
        except Exception as error:
            log.exception("the journal cannot be written")
            outcome = NotWritten(f"{type(error).__name__}: {error}")
        self._outcomes.append(outcome)
