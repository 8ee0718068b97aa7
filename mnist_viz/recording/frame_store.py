"""The database that a window works on: frames leave the memory and come back from there."""

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, ref

from mnist_viz.engine.progress import Best, TrainerState
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_database import (
    as_os_error,
    best_of,
    connect,
    create_schema,
    delete_rows,
    floats,
    insert_frame,
    state_of,
    transaction,
    write_session,
)
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.system.files import sync_folder

CACHE_BYTES = 64 * 2**20
"""Of frames that are in the database and in memory too; those that came first leave first."""


class DamagedError(OSError):
    """The database is damaged: nothing can be written to it any more."""


class FrameStore:
    """A window's database, which survives a crash of its process.

    Frames that are in it are read again when they have left the memory, and a row goes when no frame needs it any more.
    May be used from any thread.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing, self._reading = threading.Lock(), threading.Lock()
        try:
            self._db = connect(path, "rwc")
            try:
                create_schema(self._db)
                self._db.execute("PRAGMA journal_mode = WAL")
                # A commit is on the disk when it is done: with NORMAL a power cut takes all since the last checkpoint,
                # which of a small network are hundreds of epochs.
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute(f"PRAGMA journal_size_limit = {CACHE_BYTES}")
                self._reader = connect(path, "ro")
                self._reader.execute("SELECT * FROM settings").fetchall()  # opens the log, which may be removed later
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise self._cannot_write(error) from error
        sync_folder(path.parent)
        self._unused: deque[tuple[str, int]] = deque()  # rows that no frame needs
        self._bests: WeakValueDictionary[int, Best] = WeakValueDictionary()
        self._cached: deque[tuple[ref[Frame], int]] = deque()
        self._cached_bytes = 0

    def keep(self, contents: SessionContents, settings: Mapping[str, str]) -> None:
        """Write what is new, so that the session can be restored as it is now.

        Raises:
            DamagedError: the database is damaged.
            OSError: it cannot be written, and the message says where; what was kept before stays.
        """
        with self._change(delete=True) as stored:
            stored |= write_session(self._db, contents, settings, self.row_of)

    def store(self, frames: list[Frame]) -> None:
        """Store frames that are to be kept later, so that they can leave the memory.

        Raises:
            OSError: they cannot be written.
        """
        with self._change() as stored:
            stored |= {frame: insert_frame(self._db, frame) for frame in frames if self.row_of(frame) is None}

    def row_of(self, frame: Frame) -> int | None:
        """The frame's row in this database; None if it has none."""
        row = frame.stored_model
        return row.id if isinstance(row, _ModelRow) and row.database is self else None

    def close(self) -> None:
        """Close it; frames that have left the memory cannot be read any more."""
        with self._writing, self._reading:
            self._reader.close()
            with suppress(sqlite3.Error):  # the log is read by whoever opens it next
                self._db.close()

    @contextmanager
    def _change(self, *, delete: bool = False) -> Iterator[dict[Frame, int]]:
        """A transaction; the frames that are put into the dictionary are stored when it is done.

        Args:
            delete: the rows that no frame needs. The timelines in the database may still name them, so only where
                these are written too.
        """
        stored: dict[Frame, int] = {}
        with self._writing:
            unused = list(self._unused) if delete else []
            try:
                with transaction(self._db):
                    for table in ("frames", "states"):
                        delete_rows(self._db, table, [row for kind, row in unused if kind == table])
                    yield stored
            except sqlite3.Error as error:
                raise self._cannot_write(error) from error
            for _ in unused:
                self._unused.popleft()
        for frame, row in stored.items():
            frame.stored_state = _StateRow(self, row) if frame.resumable else None
            frame.stored_model = _ModelRow(self, row)
            self._count_in(frame, frame.memory)

    def _cannot_write(self, error: sqlite3.Error) -> OSError:
        # The lower byte says the kind.
        damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        kind = DamagedError if damaged else OSError
        return kind(f"cannot write in {self.path.parent}: {as_os_error(error).strerror}")

    def _count_in(self, frame: Frame, nbytes: int) -> None:
        released = []
        with self._reading:
            self._cached.append((ref(frame), nbytes))
            self._cached_bytes += nbytes
            while self._cached_bytes > CACHE_BYTES and len(self._cached) > 1:
                oldest, size = self._cached.popleft()
                self._cached_bytes -= size
                released.append(oldest())
        for each in released:
            if each is not None:
                each.release()

    def _row(self, statement: str, row: int) -> tuple[Any, ...]:
        with self._reading:
            try:
                found: tuple[Any, ...] | None = self._reader.execute(statement, (row,)).fetchone()
            except sqlite3.Error as error:
                raise OSError(f"cannot read {self.path}: {error}") from error
        if found is None:
            raise OSError(f"cannot read {self.path}: a moment is missing")
        return found

    def _read_state(self, row: int, model: Model) -> TrainerState:
        description, content, best = self._row("SELECT description, content, best FROM states WHERE id = ?", row)
        return state_of(json.loads(description), content, model, self._best(best) if best is not None else None)

    def _best(self, row: int) -> Best:
        best = self._bests.get(row)
        if best is None:
            description, content = self._row("SELECT description, content FROM bests WHERE id = ?", row)
            self._bests[row] = best = best_of(json.loads(description), content)
        return best


@dataclass(eq=False)
class _Row:
    """A row that is deleted when nothing refers to this object any more."""

    database: FrameStore
    id: int
    table = ""

    def __del__(self) -> None:
        self.database._unused.append((self.table, self.id))


class _ModelRow(_Row):
    table = "frames"

    def read(self, like: Model) -> Model:
        (model,) = self.database._row("SELECT content FROM frames WHERE id = ?", self.id)
        return replace(like, parameters=floats(model))

    def count_in(self, frame: Frame, nbytes: int) -> None:
        self.database._count_in(frame, nbytes)


class _StateRow(_Row):
    table = "states"

    def read(self, model: Model) -> TrainerState:
        return self.database._read_state(self.id, model)
