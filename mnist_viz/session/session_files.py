"""Saving and opening sessions in the background, for a window that keeps answering."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mnist_viz.data.errors import CancelledError
from mnist_viz.recording.archive import format_of
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import ENDING, FORMAT, open_session, save_session

log = logging.getLogger(__name__)

Task = Literal["save", "open"]


@dataclass(frozen=True)
class FileProgress:
    """How far a file is, 0 to 1."""

    task: Task
    path: str
    fraction: float


@dataclass(frozen=True)
class Saved:
    """The session is in the file."""

    path: str


@dataclass(frozen=True, eq=False)
class Opened:
    """What the file holds."""

    path: str
    contents: SessionContents


@dataclass(frozen=True)
class OtherKind:
    """The file is no session; `format` is what an archive says it is, or empty."""

    path: str
    format: str


@dataclass(frozen=True)
class FileFailure:
    """Why it did not come to pass, in a sentence; an empty one for what was cancelled."""

    task: Task
    path: str
    message: str


Outcome = FileProgress | Saved | Opened | OtherKind | FileFailure


class SessionFiles:
    """Does one thing at a time in a thread; what comes of it is taken from `take`."""

    def __init__(self) -> None:
        self._outcomes: deque[Outcome] = deque()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._task: Task | None = None

    @property
    def task(self) -> Task | None:
        """What is being done, until its outcome has been taken."""
        return self._task

    def save(self, path: str, contents: SessionContents) -> None:
        """Write a session, which nobody may change meanwhile.

        Raises:
            RuntimeError: something is being done.
        """
        self._start("save", path, lambda cancel: self._save(path, contents, cancel))

    def open(self, path: str) -> None:
        """Read a session, or find out what else the file is.

        Raises:
            RuntimeError: something is being done.
        """
        self._start("open", path, lambda cancel: self._open(path, cancel))

    def cancel(self) -> None:
        """Give up what is being done; it publishes an empty failure."""
        self._cancel.set()

    def take(self) -> list[Outcome]:
        """What has been published since the last call; of progress only the latest."""
        taken: list[Outcome] = []
        while self._outcomes:
            outcome = self._outcomes.popleft()
            if taken and isinstance(taken[-1], FileProgress):
                taken.pop()
            taken.append(outcome)
            if not isinstance(outcome, FileProgress):
                self._task = None
        return taken

    def close(self, timeout: float) -> bool:
        """Let a session be saved to its end, give up opening one; return whether the thread ended in time."""
        thread = self._thread
        if thread is None:
            return True
        if self._task != "save":
            self.cancel()
        thread.join(timeout)
        self.cancel()  # a disk that slow is not waited for; the old file stays
        thread.join(0.2)
        return not thread.is_alive()

    def _start(self, task: Task, path: str, work: Callable[[threading.Event], Outcome]) -> None:
        if self._task is not None:
            raise RuntimeError(f"another file is being {'saved' if self._task == 'save' else 'opened'}")
        self._task, self._cancel = task, threading.Event()
        self._thread = threading.Thread(
            target=self._work, args=(task, path, work, self._cancel), name=f"{task} a session", daemon=True
        )
        self._thread.start()

    def _work(self, task: Task, path: str, work: Callable[[threading.Event], Outcome], cancel: threading.Event) -> None:
        try:
            outcome = work(cancel)
        except CancelledError:
            outcome = FileFailure(task, path, "")
        except (ValueError, OSError) as error:
            outcome = FileFailure(task, path, str(error))
        except Exception as error:
            log.exception("%s of %s failed", task, path)
            done = "saved" if task == "save" else "opened"
            outcome = FileFailure(
                task, path, f"{Path(path).name} could not be {done} ({type(error).__name__}: {error})"
            )
        self._outcomes.append(outcome)

    def _save(self, path: str, contents: SessionContents, cancel: threading.Event) -> Outcome:
        save_session(path, contents, self._teller("save", path), cancel)
        return Saved(path)

    def _open(self, path: str, cancel: threading.Event) -> Outcome:
        if (found := format_of(path)) != FORMAT and (found or not path.lower().endswith(ENDING)):
            return OtherKind(path, found)
        return Opened(path, open_session(path, self._teller("open", path), cancel))

    def _teller(self, task: Task, path: str) -> Callable[[float], None]:
        return lambda fraction: self._outcomes.append(FileProgress(task, path, fraction))
