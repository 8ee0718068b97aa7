"""Nothing is lost: the session is kept beside the user's files as it grows, and offered at the next start."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from mnist_viz.controllers.keeping import KeepingController, drawing_on, state_of
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.journal import Journal
from mnist_viz.recording.journal_folder import LeftBehind, find_left
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.session.errands import Errands
from mnist_viz.session.session import BUSY, Session
from mnist_viz.views.drawing.pad import DrawingPad

Result = TypeVar("Result")

SECONDS = 30.0
"""What has changed is kept after so long at the latest; an epoch's end at once."""

SECONDS_AT_REST = 2.0
"""The same while nothing is being trained, when all is kept."""

BYTES_A_SECOND = 4 * 2**20
"""Of frames that are kept while training runs, beside those that it goes on from; the others wait until all is kept."""

MOST_BYTES_A_SECOND = 8 * 2**20
"""Of the frames from which training goes on. Where they would be more, the ends of some epochs are passed over."""


class _Fate(Enum):
    """What becomes of something that was left behind."""

    WAITS = auto()  # it has not been offered, or nobody has answered
    RETURNS = auto()  # it is being brought back
    BACK = auto()  # its session is in this window, whose journal does not have all of it yet
    DISCARDED = auto()  # it goes at the end, so that it can be undone
    STAYS = auto()  # it could not be brought back: the next start offers it again


@dataclass(frozen=True, eq=False)
class _State:
    """What the session was like: its runs, their epochs, and what lay on the pad."""

    runs: object
    epochs: tuple[tuple[int, int], ...]
    sheet: object

    def differs(self, other: "_State") -> bool:
        return self.runs != other.runs or self.sheet is not other.sheet


class JournalController(QObject):
    """Decides when the session is kept, and offers what earlier windows left behind.

    A window that is closed with something unsaved leaves it behind as one that was killed does, and so nobody is asked
    at the end. Nothing that was left behind goes before somebody has answered for it.

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
        self._kept: _State | None = None  # what the session was like when it was kept last
        self._all_kept = False  # whether that was with all its frames
        self._kept_at = self._all_kept_at = 0.0
        self._failed = ""  # why it could not be kept the last time
        self._left: dict[LeftBehind, _Fate] = {}  # the newest first
        self._ended = False

    def start(self) -> None:
        """Look for what was left behind."""
        self._errands.run(lambda _: find_left(self._home), self._found, self._notices.warn)

    def tick(self) -> None:
        """Keep what has changed, and take what came of it."""
        self._errands.tick()
        if not self._ended and not self._keeps and self._is_due():
            self._keep_now()

    def run(self, job: Callable[[], Result], then: Callable[[Result], object] = lambda _: None) -> None:
        """Do something else that writes, in the journal's thread, and then `then` with what it returns."""
        self._errands.run(lambda _: job(), then, self._notices.warn)

    @property
    def is_up_to_date(self) -> bool:
        """Whether the journal holds all that is worth keeping, as it is now."""
        if self._keeps or self._failed:
            return False
        if self._kept is None:
            return not self._is_worth_keeping()
        return self._all_kept and not self._state().differs(self._kept)

    def abandon(self) -> None:
        """End as if the process were killed: what was kept stays, and nothing more is done."""
        self._ended = True
        self.close(15.0)
        self._journal.close(remove=False)

    def end(self) -> None:
        """Begin to keep what is in no file, or to forget it otherwise; `close` waits for that."""
        if self._ended:
            return
        self._ended = True
        unsaved = self._keeping.unsaved
        gone = [left for left, fate in self._left.items() if fate is _Fate.DISCARDED]
        if unsaved:
            # The lesser part first: with it nothing that was trained is lost, should there be no time for all.
            self._keep(0, closed=True)
            self._keep(None, closed=True)
        else:
            gone += [left for left, fate in self._left.items() if fate is _Fate.BACK]
        for left in gone:
            self.run(left.folder.remove)
        self.run(lambda: self._journal.close(remove=not unsaved))

    def close(self, timeout: float) -> bool:
        """End; return whether all was kept within `timeout` seconds.

        What is under way then ends with the process: the journal holds what it held before.
        """
        ended = self._errands.close(timeout)
        self._errands.tick()
        for left in self._left:
            left.folder.release()
        return ended

    # Keeping

    def _is_due(self) -> bool:
        since, kept = time.monotonic() - self._kept_at, self._kept
        if self._failed:
            return since >= SECONDS
        if kept is None:
            return self._is_worth_keeping()
        state, rests = self._state(), self._session.state not in BUSY
        if state.epochs != kept.epochs and since >= self._least_seconds():
            return True
        if not state.differs(kept) and (self._all_kept or not rests):
            return False
        return since >= (SECONDS_AT_REST if rests else SECONDS)

    def _least_seconds(self) -> float:
        """Between the ends of two epochs that are kept, where epochs are short."""
        tail = self._session.timeline.tail
        return min(tail.nbytes / MOST_BYTES_A_SECOND, SECONDS_AT_REST) if tail is not None else 0.0

    def _is_worth_keeping(self) -> bool:
        session = self._session
        return len(session.runs) > 0 and (any(run.steps for run in session.runs) or not self._pad.sheet().empty)

    def _state(self) -> _State:
        epochs = tuple((run.number, len(run.history.epochs)) for run in self._session.runs)
        return _State(state_of(self._session), epochs, self._pad.sheet())

    def _keep_now(self) -> None:
        now = time.monotonic()
        everything = self._session.state not in BUSY or now - self._all_kept_at >= SECONDS
        self._keep(None if everything else int(BYTES_A_SECOND * (now - self._kept_at)))
        self._kept_at = now
        if everything:
            self._all_kept_at = now

    def _keep(self, room: int | None, *, closed: bool = False) -> None:
        """Keep the session as it is now; `room` as in `Journal.keep`."""
        journal, file = self._journal, self._keeping.path
        contents = SessionContents(self._session.snapshot(), drawing_on(self._pad))
        # What came back is safe once all of it is in this journal, and not before.
        safe = [left for left, fate in self._left.items() if fate is _Fate.BACK] if room is None else []

        def write(_: object) -> None:
            journal.keep(contents, room)
            journal.tell(file=file, closed=closed)
            for left in safe:
                left.folder.remove()

        self._errands.run(write, lambda _: self._written(safe), self._not_written)
        self._keeps += 1
        self._kept, self._all_kept = self._state(), room is None

    def _written(self, safe: list[LeftBehind]) -> None:
        self._keeps -= 1
        self._failed = ""
        for left in safe:
            self._left.pop(left, None)

    def _not_written(self, why: str) -> None:
        self._keeps -= 1
        if why != self._failed:
            self._failed = why
            self._notices.warn(f"The session cannot be kept in case of a crash: {why}. Save it yourself (Ctrl+S).")

    # What was left behind

    def _found(self, left: list[LeftBehind]) -> None:
        self._left = dict.fromkeys(left, _Fate.WAITS)
        self._offer(waits=False)

    def _offer(self, *, waits: bool = True) -> None:
        """Offer the newest that nobody has answered for; what was lost comes before what was closed.

        Args:
            waits: what was said just now has its time first.
        """
        waiting = [left for left, fate in self._left.items() if fate is _Fate.WAITS]
        if not waiting or self._ended:
            return
        left = min(waiting, key=lambda left: left.closed)  # the first of those that are alike
        when = time.strftime("%d %B, %H:%M", time.localtime(left.when)).lstrip("0")
        of = f" (One of {len(waiting)}, {sum(one.size for one in waiting) / 1e6:,.0f} MB in all.)"
        if left.closed:
            text, back, away = f"Your work of {when} is in no file, but it is kept.", "Bring it back", "Forget it"
        else:
            text, back, away = f"The program was cut off on {when}. Its work is kept.", "Restore", "Discard"
        self._notices.tell(
            text + (of if len(waiting) > 1 else ""),
            {back: lambda: self._bring_back(left), away: lambda: self._discard(left)},
            stands=True,
            waits=waits,
        )

    def _bring_back(self, left: LeftBehind) -> None:
        self._left[left] = _Fate.RETURNS
        begun = self._keeping.bring_back(
            str(left.path),
            left.file,
            lambda whole: self._brought_back(left, whole),
            lambda why: self._not_back(left, why),
        )
        if not begun:
            self._not_back(left, "")

    def _brought_back(self, left: LeftBehind, whole: bool) -> None:
        self._left[left] = _Fate.BACK if whole else _Fate.STAYS
        self._kept, self._all_kept_at = None, 0.0
        self._offer()

    def _not_back(self, left: LeftBehind, why: str) -> None:
        self._left[left] = _Fate.STAYS if why else _Fate.WAITS
        self._offer()

    def _discard(self, left: LeftBehind) -> None:
        self._left[left] = _Fate.DISCARDED
        self._notices.tell("It is forgotten when the window closes.", {"Undo": self._undo_discard}, stands=True)
        self._offer()

    def _undo_discard(self) -> None:
        """Take back whatever was discarded."""
        for left, fate in self._left.items():
            if fate is _Fate.DISCARDED:
                self._left[left] = _Fate.WAITS
        self._offer(waits=False)
