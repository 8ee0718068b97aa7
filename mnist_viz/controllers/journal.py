"""Nothing is lost: the session is kept beside the user's files as it grows, and offered at the next start."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from mnist_viz.controllers.keeping import KeepingController, drawing_on, state_of
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.journal import Journal, LeftBehind, find_left
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.session.errands import Errands
from mnist_viz.session.session import BUSY, Session
from mnist_viz.views.drawing.pad import DrawingPad

T = TypeVar("T")

SECONDS = 30.0
"""What has changed is kept after so long at the latest; an epoch's end at once."""

SECONDS_AT_REST = 2.0
"""The same while nothing is being trained, when all is kept."""


BYTES_A_SECOND = 4 * 2**20
"""Of frames that are kept while training runs, beside those that it goes on from; the others wait until all is kept."""


@dataclass(frozen=True, eq=False)
class _State:
    """What the session was like: its runs, their epochs, and what lay on the pad."""

    runs: object
    epochs: tuple[tuple[int, int], ...]
    sheet: object

    def differs(self, other: "_State") -> bool:
        return self.runs != other.runs or self.sheet is not other.sheet


class JournalController(QObject):
    """Decides when the session is kept, and offers what an earlier window left behind.

    A window that is closed with something unsaved leaves it behind as one that was killed does, and so nobody is asked
    at the end.

    Args:
        home: the folder with the journals of all windows.
    """

    def __init__(
        self, session: Session, pad: DrawingPad, notices: Notices, keeping: KeepingController, home: Path
    ) -> None:
        super().__init__()
        self._session = session
        self._pad = pad
        self._notices = notices
        self._keeping = keeping
        self._home = home
        self._journal = Journal(home)
        self._errands = Errands()
        self._keeps = 0  # that are under way
        self._ended = False
        self._kept: _State | None = None
        self._kept_at = self._all_kept_at = 0.0
        self._failed = ""
        self._left: list[LeftBehind] = []  # of which nothing has been said yet, or that were left alone
        self._restored: LeftBehind | None = None  # it goes when the journal of this window has it
        self._discarded: list[LeftBehind] = []  # they go at the end, so that it can be undone

    def start(self) -> None:
        """Look for what was left behind."""
        self._errands.run(lambda _: find_left(self._home), self._found, self._notices.warn)

    def tick(self) -> None:
        """Keep what has changed, and take what came of it."""
        self._errands.tick()
        self._keep_if_due()

    def run(self, job: Callable[[], T], then: Callable[[T], object] = lambda _: None) -> None:
        """Do something else that writes, in the journal's thread, and then `then` with what it returns."""
        self._errands.run(lambda _: job(), then, self._notices.warn)

    @property
    def is_up_to_date(self) -> bool:
        """Whether the journal holds all that is worth keeping, as it is now."""
        if self._keeps:
            return False
        state = self._state()
        return not self._is_worth_keeping() if self._kept is None else not state.differs(self._kept)

    def abandon(self) -> None:
        """End as if the process were killed: what was kept stays, and nothing more is done."""
        self._ended = True
        self._errands.close()
        self._errands.tick()
        self._journal.close(remove=False)
        self._release()

    def end(self) -> None:
        """Begin to keep what is in no file, or to forget it otherwise; `close` waits for that."""
        if self._ended:
            return
        self._ended = True
        unsaved = self._keeping.unsaved
        if unsaved:
            # The lesser part first: with it nothing that was trained is lost, should there be no time for all.
            for room in (0, None):
                self._keep(room, closed=True)
        # What was closed in the usual way before makes room for this.
        gone = [*self._discarded, *(left for left in self._left if unsaved and left.closed)]
        for left in gone:
            self.run(left.remove)
        self.run(lambda: self._journal.close(remove=not unsaved))

    def close(self, timeout: float) -> bool:
        """End; return whether all was kept within `timeout` seconds.

        What is under way then ends with the process: the journal holds what it held before.
        """
        ended = self._errands.close(timeout)
        self._errands.tick()
        self._release()
        return ended

    def _release(self) -> None:
        """Let the next window find what nobody has answered for."""
        for left in (*self._left, *([self._restored] if self._restored is not None else [])):
            left.release()

    # Keeping

    def _keep_if_due(self) -> None:
        if self._keeps or self._ended:
            return
        now, state = time.monotonic(), self._state()
        before = self._kept
        if before is None:
            if not self._is_worth_keeping() or (self._failed and now - self._kept_at < SECONDS):
                return
        elif state.epochs == before.epochs:
            rests = self._session.state not in BUSY
            if not state.differs(before) or now - self._kept_at < (SECONDS_AT_REST if rests else SECONDS):
                return
        everything = self._session.state not in BUSY or now - self._all_kept_at >= SECONDS
        if not len(self._session.runs):
            return
        self._keep(None if everything else int(BYTES_A_SECOND * (now - self._kept_at)))
        self._kept, self._kept_at = state, now
        if everything:
            self._all_kept_at = now

    def _keep(self, room: int | None, *, closed: bool = False) -> None:
        """Keep the session as it is now; `room` as in `Journal.keep`."""
        journal, file = self._journal, self._keeping.path
        contents = SessionContents(self._session.snapshot(), drawing_on(self._pad))

        def write(_: object) -> None:
            journal.keep(contents, room)
            journal.tell(file=file, closed=closed)

        self._keeps += 1
        self._errands.run(write, lambda _: self._written(everything=room is None), self._not_written)

    def _written(self, *, everything: bool) -> None:
        self._keeps -= 1
        self._failed = ""
        restored = self._restored
        if everything and restored is not None and self._kept is not None:
            self._restored = None
            self.run(restored.remove)

    def _not_written(self, why: str) -> None:
        self._keeps -= 1
        self._kept = None
        if why != self._failed:
            self._failed = why
            self._notices.warn(f"The session cannot be kept in case of a crash: {why}. Save it yourself (Ctrl+S).")

    def _is_worth_keeping(self) -> bool:
        return any(run.steps for run in self._session.runs) or not self._pad.sheet().empty

    def _state(self) -> _State:
        epochs = tuple((run.number, len(run.history.epochs)) for run in self._session.runs)
        return _State(state_of(self._session), epochs, self._pad.sheet())

    # What was left behind

    def _found(self, left: list[LeftBehind]) -> None:
        self._left = left
        if not self._ended:
            self._offer()

    def _offer(self) -> None:
        """Offer the newest that was left behind; of those that were closed in the usual way only one."""
        lost = [left for left in self._left if not left.closed]
        left = next(iter(lost or self._left), None)
        if left is None:
            return
        when = time.strftime("%d %B, %H:%M", time.localtime(left.when)).lstrip("0")
        if left.closed:
            text = f"Your work of {when} is in no file, but it is kept."
            choices = {"Bring it back": lambda: self._bring_back(left), "Forget it": lambda: self._discard(left)}
        else:
            text = f"The program was cut off on {when}. Its work is kept."
            choices = {"Restore": lambda: self._bring_back(left), "Discard": lambda: self._discard(left)}
        self._notices.tell(text, choices, stands=True)

    def _bring_back(self, left: LeftBehind) -> None:
        if self._keeping.bring_back(str(left.path), left.file, lambda: self._brought_back(left)):
            return
        self._offer()

    def _brought_back(self, left: LeftBehind) -> None:
        self._left.remove(left)
        self._restored, self._kept = left, None
        self._all_kept_at = 0.0
        self._offer_next()

    def _discard(self, left: LeftBehind) -> None:
        self._left.remove(left)
        self._discarded.append(left)
        self._notices.tell("It is forgotten when the window closes.", {"Undo": lambda: self._undo_discard(left)})
        self._offer_next()

    def _undo_discard(self, left: LeftBehind) -> None:
        self._discarded.remove(left)
        self._left.append(left)
        self._offer()

    def _offer_next(self) -> None:
        """Another window may have been killed too."""
        if any(not left.closed for left in self._left):
            self._offer()
