"""Keeps the session in the window's own database while it trains, so that it survives a crash."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.recovery import LeftBehind, WindowSession, find_left
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.session.background_tasks import BackgroundTasks, Task
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY
from mnist_viz.views.drawing.pad import DrawingPad

Result = TypeVar("Result")

SECONDS, SECONDS_AT_REST = 30.0, 2.0
"""All changes are written after so long, while training and at rest; the end of an epoch at once."""

MOST_BYTES_A_SECOND = 8 * 2**20
"""Of the ends of epochs; where they would be more, some are passed over."""

MOST_UNSTORED = 64 * 2**20
"""Bytes of frames that are in memory only; where they are more, all is kept."""

MS_BETWEEN_LOOKS = 200
"""Between two checks whether something must be written."""

KEEPING = "keeping"
"""The queue of background tasks that write the window's own database."""


class KeepingController(QObject):
    """Writes changes in the background.

    A window that is closed with something unsaved leaves it behind as one that was killed does, and so nobody is asked
    at the end. A session that was left behind is deleted only when the user says so.

    Args:
        kept: the folder with the databases of all windows.

    Attributes:
        file: the path of the session's file; empty if it has none.
        own: the window's own database.
        discarded: what goes at the end, so that it can be undone till then.
    """

    found = Signal(object)  # the sessions of earlier windows, the newest first

    def __init__(self, session: Session, notices: Notices, pad: DrawingPad, tasks: BackgroundTasks, kept: Path) -> None:
        super().__init__()
        self._session = session
        self._notices = notices
        self._pad = pad
        self._tasks = tasks
        self.home = kept
        self.file = ""
        self.discarded: list[LeftBehind] = []
        self._saved: object = None  # the session's state when it was saved or opened
        self._stamp: object = None  # the file's stamp then, which tells whether the file has changed
        self._restored = False  # whether the session was restored, and is in no file yet
        self._looks = QTimer(self)
        self._looks.setInterval(MS_BETWEEN_LOOKS)
        self._looks.timeout.connect(self._keep_if_due)
        self.own = WindowSession(kept)
        self._keeps = 0  # that are under way
        self._kept: object = None  # the session's state when it was last written
        self._epochs: object = None  # the epochs that had ended then
        self._all_kept = self._much_unstored = False
        self._kept_at = self._all_kept_at = 0.0
        self._failed = ""  # why the last writing failed
        self._left: list[LeftBehind] = []  # by other windows
        self._back: list[LeftBehind] = []  # restored, but not completely in this window's database yet
        self._ended = False
        session.recorded_changed.connect(self._on_recorded_changed)
        self._looks.start()

    def start(self) -> None:
        """Look for sessions of earlier windows."""
        self._tasks.submit(lambda _: find_left(self.home), self._on_found, self._notices.warn, queue=KEEPING)

    def _on_found(self, left: list[LeftBehind]) -> None:
        self._left = left
        self.found.emit(left)

    def state(self) -> object:
        """A value that is equal if a file holds all that has been trained."""
        return state_of(self._session)

    def contents(self) -> SessionContents:
        return SessionContents(self._session.snapshot(), self._pad.drawing())

    def set_saved(self, file: str, state: object) -> None:
        """The session's file is `file`, which holds all that there was in `state`."""
        self.file, self._saved, self._stamp = file, state, stamp_of(file)
        self._restored &= state is None

    def is_file_changed(self) -> bool:
        """Whether the session's file is not the one any more that was saved or opened here."""
        stamp = stamp_of(self.file)
        return stamp is not None and stamp != self._stamp

    def restored(self, left: LeftBehind | None, *, whole: bool = True) -> None:
        """Another session is shown: write it anew; the one it came from may be deleted then, if all of it was read."""
        self._kept, self._all_kept_at, self._restored = None, 0.0, left is not None
        if left is not None and whole:
            self._back.append(left)

    @property
    def unsaved(self) -> bool:
        """Whether anything has been trained, or brought back, that is in no file."""
        worth = self._restored or any(run.steps for run in self._session.runs)
        return worth and state_of(self._session) != self._saved

    @Slot()
    def _keep_if_due(self) -> None:
        if not self._ended and not self._keeps and self._is_due():
            self._keep(everything=self._is_all_due())

    def run(self, job: Callable[[], Result], then: Callable[[Result], object] = lambda _: None) -> None:
        """Run another job that writes, after the present one; `then` takes its result."""
        self._tasks.submit(lambda _: job(), then, self._notices.warn, queue=KEEPING, must_end=True)

    # Keeping

    @property
    def is_up_to_date(self) -> bool:
        """Whether the window's database holds all that is worth keeping, as it is now."""
        kept = self._all_kept and self._state() == self._kept
        return not self._keeps and not self._failed and (kept or not self._is_worth_keeping())

    def _is_worth_keeping(self) -> bool:
        runs = self._session.runs
        return len(runs) > 0 and (any(run.steps for run in runs) or not self._pad.drawing().empty)

    def _state(self) -> object:
        return state_of(self._session), self._pad.drawing()

    def _ended_epochs(self) -> object:
        return [(run.number, len(run.history.epochs)) for run in self._session.runs]

    def _is_due(self) -> bool:
        since, rests, tail = (
            time.monotonic() - self._kept_at,
            self._session.state not in BUSY,
            self._session.timeline.tail,
        )
        if self._failed:
            return since >= SECONDS
        if self._kept is None:
            return self._is_worth_keeping()
        least = min(tail.nbytes / MOST_BYTES_A_SECOND, SECONDS_AT_REST) if tail is not None else 0.0
        if self._much_unstored or (since >= least and self._ended_epochs() != self._epochs):
            return True
        late = since >= (SECONDS_AT_REST if rests else SECONDS)
        return late and ((rests and not self._all_kept) or self._state() != self._kept)

    def _is_all_due(self) -> bool:
        rests = self._session.state not in BUSY
        return rests or self._much_unstored or time.monotonic() - self._all_kept_at >= SECONDS

    def _keep(self, *, everything: bool, closed: bool = False) -> None:
        contents, file = self.contents(), self.file
        # A restored session is safe only once all of it is in this window's database.
        safe, self._back = (self._back, []) if everything else ([], self._back)

        def write(_: Task) -> None:
            self.own.keep(contents, file=file, closed=closed, everything=everything)
            for left in safe:
                left.remove()

        not_written = partial(self._on_not_written, safe)
        self._tasks.submit(write, self._on_written, not_written, queue=KEEPING, must_end=True)
        self._keeps += 1
        self._kept_at = time.monotonic()
        self._kept, self._epochs, self._all_kept = self._state(), self._ended_epochs(), everything
        if everything:
            self._all_kept_at, self._much_unstored = self._kept_at, False

    def _on_written(self, _: None) -> None:
        self._keeps -= 1
        self._failed = ""

    def _on_not_written(self, safe: list[LeftBehind], why: str) -> None:
        self._keeps -= 1
        self._back += safe
        if why != self._failed:
            self._failed = why
            self._notices.warn(f"The session cannot be kept in case of a crash: {why}. Save it yourself (Ctrl+S).")

    @Slot()
    def _on_recorded_changed(self) -> None:
        self._much_unstored = self._session.runs.unstored > MOST_UNSTORED

    # The end

    def end(self) -> None:
        """Begin to write what is not saved, or to delete it otherwise; `close` waits for that."""
        if self._ended:
            return
        self._ended = True
        unsaved, gone = self.unsaved, self.discarded
        if unsaved:
            # The ends of epochs first: should there be no time for all, no training is lost.
            self._keep(everything=False, closed=True)
            self._keep(everything=True, closed=True)
        else:
            gone = gone + self._back
        for left in gone:
            self.run(left.remove)
        self.run(lambda: self.own.close(remove=not unsaved))

    def release(self) -> None:
        """Let other windows offer what this one has not restored."""
        for left in self._left:
            left.release()

    def abandon(self) -> None:
        """End as if the process were killed; for tests."""
        self._ended = True
        self._tasks.finish(KEEPING, 15.0)
        self.release()
        self.own.close(remove=False)


def state_of(session: Session) -> object:
    """A value that is equal if a file holds all that has been trained."""
    return session.runs.budget, tuple(
        (
            run.number, run.name, run.color, run.visible, run.parent, run.root_step, run.steps, run.settings,
            frozenset(run.pins), len(run.incidents), run.tested,
        )
        for run in session.runs
    )  # fmt: skip


def stamp_of(file: str) -> tuple[int, ...] | None:
    """A value that tells whether a file was changed or replaced; None if there is none."""
    try:
        found = Path(file).stat() if file else None
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found is not None else None
