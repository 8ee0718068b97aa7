"""The databases of windows in the user's state folder, each locked while its window is open.

One that nobody has locked was left behind by a window that crashed, or was closed with something unsaved.
"""

import logging
import secrets
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mnist_viz.recording.frame_store import DamagedError, FrameStore
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_database import ENDING, connect
from mnist_viz.recording.session_file import is_session
from mnist_viz.recording.snapshot import Frame
from mnist_viz.system.locks import NoLocksError, try_lock

log = logging.getLogger(__name__)

LOCK = ".lock"
SECONDS_OF_A_LONE_LOCK = 60.0


class WindowSession:
    """A window's own database, which no other window touches until it is closed.

    The database is made when there is something to keep, and again if somebody has removed or damaged it. May be used
    from any thread.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._using = threading.Lock()
        self._database: FrameStore | None = None
        self._lock: IO[bytes] | None = None
        self._aside: list[tuple[FrameStore, IO[bytes] | None]] = []  # frames may still be read from there

    def keep(self, contents: SessionContents, *, file: str, closed: bool, everything: bool = True) -> None:
        """Write what is new, so that the session can be restored as it is now.

        Args:
            contents: a copy that nobody else needs: what is not kept is taken out of it.
            file: the session file of the user that it goes back to; empty if there is none.
            closed: whether the window is being closed in the usual way.
            everything: whether all new frames are written, or those alone that no budget thins out: among them is the
                last one of each run, from which training can go on.

        Raises:
            OSError: it cannot be written, and the message says where; what was kept before stays.
        """
        settings = {"file": file, "closed": str(int(closed))}
        with self._using:
            if not everything:
                _leave_out_new(contents, self._current())
            try:
                self._current().keep(contents, settings)
            except DamagedError as error:
                log.warning("%s; another one is made", error)
                self._set_aside()
                _leave_out_lost(contents.runs)
                self._current().keep(contents, settings)

    def store(self, frames: list[Frame]) -> None:
        """Store frames that are to be kept later, so that they can leave the memory.

        Raises:
            OSError: they cannot be written.
        """
        with self._using:
            self._current().store(frames)

    def close(self, *, remove: bool) -> None:
        """Close the database; the next window finds it, unless it is removed."""
        with self._using:
            if remove:
                self._set_aside()
            for database, lock in self._aside:
                database.close()
                if lock is not None:
                    _remove(database.path, lock)
            if self._database is not None:
                self._database.close()
            if self._lock is not None:
                self._lock.close()
            self._aside, self._database, self._lock = [], None, None

    def _set_aside(self) -> None:
        if self._database is not None:
            self._aside.append((self._database, self._lock))
        self._database = self._lock = None

    def _current(self) -> FrameStore:
        if self._database is not None and not self._database.path.exists():
            self._set_aside()
        if self._database is None:
            try:
                self._database = self._made()
            except OSError as error:
                raise OSError(f"cannot write in {self._home}: {error.strerror or error}") from error
        return self._database

    def _made(self) -> FrameStore:
        self._home.mkdir(parents=True, exist_ok=True)
        path = self._home / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}{ENDING}"
        # Locked before it is there: nobody can take it for one that was left.
        lock = try_lock(path.with_suffix(LOCK))
        if lock is None:
            raise OSError("another program has locked it")
        try:
            database = FrameStore(path)
        except BaseException:
            _remove(path, lock)
            raise
        self._lock = lock
        return database


def _leave_out_new(contents: SessionContents, database: FrameStore) -> None:
    protected = contents.runs.protected()
    for run in contents.runs:
        for frame in run.timeline.frames:
            if id(frame) not in protected and database.row_of(frame) is None:
                run.timeline.remove(frame)


def _leave_out_lost(runs: Runs) -> None:
    for run in runs.all:
        for frame in run.timeline.frames:
            try:
                frame.read()
            except OSError:
                run.timeline.remove(frame)
        if not len(run.timeline) and len(runs) > 1:
            if run is runs.active:
                runs.activate(next(other.number for other in runs if other is not run))
            runs.remove(run.number)


@dataclass(frozen=True, eq=False)
class LeftBehind:
    """A session that another window left behind, locked by whoever found it.

    Attributes:
        file: the session file of the user that it goes back to; empty if there was none.
        closed: whether the window was closed in the usual way, with something unsaved.
        when: of the last change, in seconds since 1970.
    """

    path: Path
    file: str
    closed: bool
    when: float
    size: int
    lock: IO[bytes]

    def release(self) -> None:
        """Let others find it."""
        self.lock.close()

    def remove(self) -> None:
        _remove(self.path, self.lock)


def find_left(home: Path) -> list[LeftBehind]:
    """Sessions that closed windows left in `home`, the newest first; empty ones are deleted.

    Raises:
        OSError: nothing can be looked for there.
    """
    try:
        paths = list(home.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OSError(f"what windows left in {home} cannot be looked for: {error.strerror or error}") from error
    found = []
    for path in paths:
        try:
            if path.suffix == LOCK:
                _remove_lone_lock(path)
            elif path.suffix == ENDING and (left := _found(path)) is not None:
                found.append(left)
        except FileNotFoundError:
            pass  # its window has ended meanwhile and has removed it
        except OSError as error:
            log.warning("%s cannot be looked at: %s", path.name, error)
    return sorted(found, key=lambda left: left.when, reverse=True)


def _found(path: Path) -> LeftBehind | None:
    try:
        lock = try_lock(path.with_suffix(LOCK))
    except NoLocksError:
        lock = None
    if lock is None:
        return None
    try:
        if not is_session(path) and path.stat().st_size:
            log.warning("%s is not a session of this program", path.name)
            lock.close()
            return None
        parts = [part for part in _parts(path) if part.exists()]
        when, size = max(part.stat().st_mtime for part in parts), sum(part.stat().st_size for part in parts)
        empty, settings = False, {}
        with suppress(sqlite3.Error), closing(connect(path, "rw")) as db:  # what is damaged is said when it is opened
            empty = not db.execute("SELECT count(*) FROM runs").fetchone()[0]
            settings = dict(db.execute("SELECT name, value FROM settings").fetchmany(100))
        if empty or not size:  # its window ended before it had kept anything
            _remove(path, lock)
            return None
        return LeftBehind(path, settings.get("file", ""), settings.get("closed") == "1", when, size, lock)
    except BaseException:
        lock.close()
        raise


def _parts(path: Path) -> list[Path]:
    """The files that a database may consist of."""
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", "-journal")]


def _remove(path: Path, lock: IO[bytes]) -> None:
    for part in _parts(path):
        with suppress(OSError):
            part.unlink(missing_ok=True)
    lock.close()
    with suppress(OSError):
        path.with_suffix(LOCK).unlink(missing_ok=True)


def _remove_lone_lock(path: Path) -> None:
    """Remove a lock whose database could not be made, or was removed; not one whose database is just being made."""
    if path.with_suffix(ENDING).exists() or time.time() - path.stat().st_mtime < SECONDS_OF_A_LONE_LOCK:
        return
    lock = try_lock(path)
    if lock is not None:
        with lock, suppress(PermissionError):  # Windows removes no open file; then it stays
            path.unlink(missing_ok=True)
