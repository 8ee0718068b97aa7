"""A session as an SQLite database: a window keeps one that grows with it, and a session file (`.mnistviz`) is one.

A row of `frames` holds the model that is shown, one of `places` what training needs to go on from there, and one of
`bests` a network that early stopping has kept. `timeline` says which frames a run has; a branch shares those before it.
The metrics of a run lie in pieces of `PIECE` rows, as `History.state` gives them.
"""

import errno
import itertools
import json
import os
import sqlite3
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary, ref

import numpy as np
from numpy.typing import NDArray

from mnist_viz import __version__
from mnist_viz.engine.training import Best, Place
from mnist_viz.recording.drawing import Drawing
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_values import run_values
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.snapshot import Floats, Frame, Model
from mnist_viz.system.files import sync_folder

ENDING = ".mnistviz"
APPLICATION_ID = 0x4D4E5649
VERSION = 1

SCHEMA = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE runs (number INTEGER PRIMARY KEY, description TEXT NOT NULL, cursor INTEGER, "
    "checksum INTEGER NOT NULL) STRICT",
    "CREATE TABLE timeline (run INTEGER NOT NULL, step INTEGER NOT NULL, frame INTEGER NOT NULL, "
    "PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID",
    "CREATE TABLE metrics (run INTEGER NOT NULL, kind TEXT NOT NULL, piece INTEGER NOT NULL, content BLOB NOT NULL, "
    "checksum INTEGER NOT NULL, PRIMARY KEY (run, kind, piece)) STRICT",
    "CREATE TABLE frames (id INTEGER PRIMARY KEY, step INTEGER NOT NULL, learning_rate REAL NOT NULL, "
    "checksum INTEGER NOT NULL, model BLOB NOT NULL) STRICT",
    "CREATE TABLE places (frame INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, batch INTEGER NOT NULL, "
    "optimizer TEXT NOT NULL, loss REAL NOT NULL, correct INTEGER NOT NULL, seconds REAL NOT NULL, "
    "waited INTEGER NOT NULL, best INTEGER, checksum INTEGER NOT NULL, parameters BLOB NOT NULL, "
    "statistics BLOB NOT NULL, optimizer_state BLOB NOT NULL) STRICT",
    "CREATE TABLE bests (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, step INTEGER NOT NULL, loss REAL NOT NULL, "
    "checksum INTEGER NOT NULL, parameters BLOB NOT NULL, statistics BLOB NOT NULL) STRICT",
    "CREATE INDEX places_best ON places (best) WHERE best IS NOT NULL",
    "CREATE TABLE strokes (number INTEGER PRIMARY KEY, width REAL NOT NULL, points BLOB NOT NULL, "
    "pressures BLOB) STRICT",
    "CREATE TABLE picture (label INTEGER NOT NULL, shape TEXT NOT NULL, pixels BLOB NOT NULL) STRICT",
)
"""Of `places`, `parameters` are empty where they are the frame's model, which they are without batch normalization."""

PIECE = 8192
"""Rows of metrics in one blob: what is complete needs not be written again."""

CACHE_BYTES = 64 * 2**20
"""Of frames that are in the database and in memory too; those that came first leave first."""

Arrays = tuple[NDArray[np.float32], ...]


def uri_of(path: PurePath) -> str:
    """The address of an absolute path; SQLite takes none with a server's name but as a part of the path."""
    uri = path.as_uri()
    return uri if uri.startswith("file:///") else uri.replace("file://", "file:////", 1)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a database; nothing in it is run, and no other one can be reached from there.

    Args:
        mode: of SQLite's URIs, with `&immutable=1` for a file that nobody writes.
    """
    db = sqlite3.connect(f"{uri_of(path.resolve())}?mode={mode}", uri=True, isolation_level=None,
                         check_same_thread=False)  # fmt: skip
    db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    return db


def schema_of(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    """What the database declares, word for word; of a strange one no more than is needed to know that."""
    return db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchmany(50)


def create_schema(db: sqlite3.Connection) -> None:
    """Make the tables of a session in an empty database."""
    db.execute("PRAGMA page_size = 16384")
    with transaction(db):
        for statement in SCHEMA:
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # some errors have rolled it back already
            db.execute("ROLLBACK")
        raise


def as_os_error(error: sqlite3.Error) -> OSError:
    """The same as an error of the system."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:  # errors of Python's own module have none
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return OSError(errno.EIO, str(error))


def checksum(values: tuple[object, ...], *vectors: Any) -> int:
    """Of the numbers and texts of a row and of its blobs, by which damage is noticed."""
    result = zlib.crc32(repr(values).encode())
    for vector in vectors:
        result = zlib.crc32(vector, result)
    return result


@dataclass
class _Written:
    """What is in the database, so that only what differs is written.

    Attributes:
        runs: by number, the description and the frame at the cursor.
        timelines: by number, frames by step.
        metrics: by number, the tables by kind.
        drawing: its rows.
        settings: by name.
    """

    runs: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    timelines: dict[int, dict[int, int]] = field(default_factory=dict)
    metrics: dict[int, Mapping[str, NDArray[np.floating]]] = field(default_factory=dict)
    drawing: object = None
    settings: dict[str, str] = field(default_factory=dict)


class Writer:
    """Writes sessions into a database that was empty when it began.

    Args:
        db: to be used by nobody else.
        wrote: called with the bytes of each frame that is written; what it raises ends the writing.
    """

    def __init__(self, db: sqlite3.Connection, wrote: Callable[[int], object] = lambda _: None) -> None:
        self._db = db
        self._wrote = wrote
        self._written = self._now = _Written()
        self._bests: WeakKeyDictionary[Best, int] = WeakKeyDictionary()
        self._new_bests: dict[Best, int] = {}
        self._bests_lock = threading.Lock()
        self._ids = itertools.count(1)

    def begin(self) -> None:
        """Before each transaction: what the last one wrote may have come to nothing."""
        self._now, self._new_bests = self._written, {}

    def done(self) -> None:
        """After each transaction: what it wrote is in the database for good."""
        self._written = self._now
        for best, row in self._new_bests.items():
            self.know_best(best, row)

    def write(
        self, contents: SessionContents, settings: Mapping[str, str], row_of: Callable[[Frame], int | None]
    ) -> dict[Frame, int]:
        """Make the database hold `contents` and `settings`; called within a transaction.

        Args:
            row_of: the row of a frame that is in the database already.

        Returns:
            The rows of the frames that were not.
        """
        before, now = self._written, _Written()
        new: dict[Frame, int] = {}
        for run in contents.runs:
            shown = None if run.timeline.live else run.timeline.shown
            rows = {}
            for frame in (*run.timeline.frames, *([shown] if shown is not None else [])):
                row = row_of(frame) or new.get(frame)
                if row is None:
                    row = new[frame] = self.insert(frame)
                rows[frame] = row
            self._write_run(run, rows, rows[shown] if shown is not None else None, before, now)
        for number in before.runs.keys() - now.runs.keys():
            for table, column in (("runs", "number"), ("timeline", "run"), ("metrics", "run")):
                self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
        active = contents.runs.active
        now.settings = {
            "program": f"mnist-viz {__version__}",
            "budget": str(contents.runs.budget),
            "active": str(active.number if active is not None else 0),
            **settings,
        }
        self._db.executemany(
            "INSERT OR REPLACE INTO settings VALUES (?, ?)", now.settings.items() - before.settings.items()
        )
        now.drawing = self._write_drawing(contents.drawing, before.drawing)
        self._now = now
        return new

    def insert(self, frame: Frame) -> int:
        """Write a frame; return its row."""
        model, place = frame.read()
        row, parameters = next(self._ids), _vector(model.parameters)
        known = frame.step, float(frame.learning_rate)
        self._db.execute(
            "INSERT INTO frames VALUES (?, ?, ?, ?, ?)",
            (row, *known, checksum(known, parameters), parameters),
        )
        if place is not None:
            own = _vector(place.parameters) if place.statistics.size else parameters[:0]
            arrays = own, _vector(place.statistics), _vector(place.optimizer_state)
            best = self._best(place.best) if place.best is not None else None
            loss, seconds = float(place.loss), float(place.seconds)
            where = place.epoch, place.batch, place.optimizer, loss, int(place.correct), seconds, place.waited
            self._db.execute(
                "INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (row, *where, best, checksum(where, *arrays), *arrays),
            )
        self._wrote(frame.nbytes)
        return row

    def know_best(self, best: Best, row: int) -> None:
        """This one is in the database; may be called at any time."""
        with self._bests_lock:
            self._bests[best] = row

    def delete(self, table: str, rows: list[int]) -> None:
        """Take out rows of `frames` or `places`, and the best networks that nothing refers to any more."""
        key = "id" if table == "frames" else "frame"
        self._db.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(row,) for row in rows])
        if table == "places" and self._db.execute("SELECT 1 FROM bests LIMIT 1").fetchone():
            self._db.execute("DELETE FROM bests WHERE id NOT IN (SELECT best FROM places WHERE best IS NOT NULL)")
            there = {row for (row,) in self._db.execute("SELECT id FROM bests")}
            with self._bests_lock:
                for best in [best for best, row in self._bests.items() if row not in there]:
                    del self._bests[best]

    def _best(self, best: Best) -> int:
        with self._bests_lock:
            row = self._bests.get(best) or self._new_bests.get(best)
        if row is None:
            row = self._new_bests[best] = next(self._ids)
            arrays, known = (
                (_vector(best.parameters), _vector(best.statistics)),
                (best.epoch, best.step, float(best.loss)),
            )
            self._db.execute(
                "INSERT INTO bests VALUES (?, ?, ?, ?, ?, ?, ?)",
                (row, *known, checksum(known, *arrays), *arrays),
            )
        return row

    def _write_run(self, run: Run, rows: dict[Frame, int], cursor: int | None, before: _Written, now: _Written) -> None:
        number, db = run.number, self._db
        now.runs[number] = described = json.dumps(run_values(run)), cursor
        if before.runs.get(number) != described:
            db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", (number, *described, checksum(described)))
        now.timelines[number] = steps = {frame.step: rows[frame] for frame in run.timeline.frames}
        old = before.timelines.get(number, {})
        db.executemany(
            "DELETE FROM timeline WHERE run = ? AND step = ?", [(number, step) for step in old.keys() - steps.keys()]
        )
        db.executemany(
            "INSERT OR REPLACE INTO timeline VALUES (?, ?, ?)",
            [(number, step, row) for step, row in steps.items() - old.items()],
        )
        now.metrics[number] = tables = run.history.state()
        for kind, table in tables.items():
            self._write_metrics(number, kind, table, before.metrics.get(number, {}).get(kind, table[:0]))

    def _write_metrics(self, number: int, kind: str, table: NDArray[np.floating], before: NDArray[np.floating]) -> None:
        for piece, start in enumerate(range(0, len(table), PIECE)):
            rows = table[start : start + PIECE]
            if not np.array_equal(rows, before[start : start + PIECE]):
                content = np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).data
                self._db.execute(
                    "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?)",
                    (number, kind, piece, content, checksum((), content)),
                )
        if len(before) > len(table):
            self._db.execute(
                "DELETE FROM metrics WHERE run = ? AND kind = ? AND piece >= ?", (number, kind, -(-len(table) // PIECE))
            )

    def _write_drawing(self, drawing: Drawing, before: object) -> object:
        strokes = [
            (number, stroke.width, _vector(stroke.points).tobytes(),
             None if stroke.pressures is None else _vector(stroke.pressures).tobytes())
            for number, stroke in enumerate(drawing.strokes) if len(stroke.points)
        ]  # fmt: skip
        picture = drawing.picture
        shown = [] if picture is None else [(drawing.label, json.dumps(picture.shape), picture.tobytes())]
        if (strokes, shown) != before:
            self._db.execute("DELETE FROM strokes")
            self._db.execute("DELETE FROM picture")
            self._db.executemany("INSERT INTO strokes VALUES (?, ?, ?, ?)", strokes)
            self._db.executemany("INSERT INTO picture VALUES (?, ?, ?)", shown)
        return strokes, shown


class SessionDatabase:
    """The database that a window works on: what it keeps outlives the process, however that ends.

    Frames that are in it are read again when they have left the memory, and a row goes when no frame needs it any more.
    May be used from any thread.

    Args:
        path: of a new file.

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
        self._writer = Writer(self._db)
        self._unused: deque[tuple[str, int]] = deque()  # rows that no frame needs
        self._bests: WeakValueDictionary[int, Best] = WeakValueDictionary()
        self._cached: deque[tuple[ref[Frame], int]] = deque()
        self._cached_bytes = 0

    def keep(self, contents: SessionContents, settings: Mapping[str, str]) -> None:
        """Write what is new, so that the session can be restored as it is now.

        Raises:
            OSError: it cannot be written, and the message says where; what was kept before stays.
        """
        with self._change(delete=True) as stored:
            stored |= self._writer.write(contents, settings, self.row_of)

    def take(self, frames: list[Frame]) -> None:
        """Store frames that are to be kept later, so that they can leave the memory.

        Raises:
            OSError: they cannot be written.
        """
        with self._change() as stored:
            stored |= {frame: self._writer.insert(frame) for frame in frames if self.row_of(frame) is None}

    def row_of(self, frame: Frame) -> int | None:
        """Where the frame is stored in this database."""
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
                self._writer.begin()
                with transaction(self._db):
                    for table in ("frames", "places"):
                        if rows := [row for kind, row in unused if kind == table]:
                            self._writer.delete(table, rows)
                    yield stored
            except sqlite3.Error as error:
                raise self._cannot_write(error) from error
            self._writer.done()
            for _ in unused:
                self._unused.popleft()
        for frame, row in stored.items():
            frame.stored_place = _PlaceRow(self, row) if frame.resumable else None
            frame.stored_model = _ModelRow(self, row)
            self._count_in(frame, frame.memory)

    def _cannot_write(self, error: sqlite3.Error) -> OSError:
        return OSError(f"cannot write in {self.path.parent}: {as_os_error(error).strerror}")

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

    def _read_place(self, row: int, model: Model) -> Place:
        *numbers, best, own, statistics, state = self._row(
            "SELECT epoch, batch, optimizer, loss, correct, seconds, waited, best, parameters, statistics, "
            "optimizer_state FROM places WHERE frame = ?", row,
        )  # fmt: skip
        return place_of(numbers, model, own, statistics, state, self._best(best) if best is not None else None)

    def _best(self, row: int) -> Best:
        best = self._bests.get(row)
        if best is None:
            best = best_of(*self._row("SELECT epoch, step, loss, parameters, statistics FROM bests WHERE id = ?", row))
            self._bests[row] = best
            self._writer.know_best(best, row)
        return best


@dataclass(eq=False)
class _Row:
    """A row that goes when nothing refers to this object any more."""

    database: SessionDatabase
    id: int
    table = ""

    def __del__(self) -> None:
        self.database._unused.append((self.table, self.id))


class _ModelRow(_Row):
    table = "frames"

    def read(self, like: Model) -> Model:
        (model,) = self.database._row("SELECT model FROM frames WHERE id = ?", self.id)
        return replace(like, parameters=floats(model))

    def count_in(self, frame: Frame, nbytes: int) -> None:
        self.database._count_in(frame, nbytes)


class _PlaceRow(_Row):
    table = "places"

    def read(self, model: Model) -> Place:
        return self.database._read_place(self.id, model)


def floats(content: bytes) -> Floats:
    """A read-only vector of the bytes of a blob."""
    return np.frombuffer(content, np.dtype("<f4"))


def place_of(numbers: list[Any], model: Model, own: bytes, statistics: bytes, state: bytes, best: Best | None) -> Place:
    """A place of the columns of `places`: epoch, batch, optimizer, loss, correct, seconds, waited, and the blobs."""
    epoch, batch, optimizer, loss, correct, seconds, waited = numbers
    parameters = floats(own) if own else model.parameters
    return Place(
        epoch, batch, parameters, floats(statistics), floats(state), optimizer, loss, correct, seconds, best, waited
    )


def best_of(epoch: int, step: int, loss: float, parameters: bytes, statistics: bytes) -> Best:
    """A best network of the columns of `bests`."""
    return Best(epoch, step, loss, floats(parameters), floats(statistics))


def _vector(array: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, np.dtype("<f4")).reshape(-1)
