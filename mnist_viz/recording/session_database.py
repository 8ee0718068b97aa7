"""A session as an SQLite database: its tables, connecting to it, and writing it.

A window keeps one that grows with it, see `frame_store`, and a session file (`.mnistviz`) is one. A row of `frames`
holds the model that is shown, one of `states` what training needs to go on from there, and one of `bests` a network
that early stopping has kept. Each has a description in JSON and a blob of vectors, one after the other. The description
of a run says which frames it has; a branch shares those before it. The metrics of a run lie in pieces of `PIECE` rows,
as `History.state` gives them.
"""

import errno
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz import __version__
from mnist_viz.engine.progress import Best, TrainerState
from mnist_viz.recording.drawing import Drawing
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_values import plain, run_values
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.snapshot import Floats, Frame, Model

ENDING = ".mnistviz"
APPLICATION_ID = 0x4D4E5649
VERSION, CHECKPOINT = 2, 1 << 16
"""Of `PRAGMA user_version`: the format in its lower half, and a mark of checkpoints, which are always replaced."""

SCHEMA = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE runs (number INTEGER PRIMARY KEY, description TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT",
    "CREATE TABLE metrics (run INTEGER NOT NULL, kind TEXT NOT NULL, piece INTEGER NOT NULL, content BLOB NOT NULL, "
    "checksum INTEGER NOT NULL, PRIMARY KEY (run, kind, piece)) STRICT",
    "CREATE TABLE frames (id INTEGER PRIMARY KEY, description TEXT NOT NULL, checksum INTEGER NOT NULL, "
    "content BLOB NOT NULL) STRICT",
    "CREATE TABLE states (id INTEGER PRIMARY KEY, description TEXT NOT NULL, checksum INTEGER NOT NULL, "
    "content BLOB NOT NULL, best INTEGER) STRICT",
    "CREATE INDEX states_best ON states (best) WHERE best IS NOT NULL",
    "CREATE TABLE bests (id INTEGER PRIMARY KEY, description TEXT NOT NULL, checksum INTEGER NOT NULL, "
    "content BLOB NOT NULL) STRICT",
    "CREATE TABLE drawing (number INTEGER PRIMARY KEY, description TEXT NOT NULL, content BLOB NOT NULL) STRICT",
)

PIECE = 8192
"""Rows of metrics in one blob: what is complete needs not be written again."""


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


def create_schema(db: sqlite3.Connection, *, checkpoint: bool = False) -> None:
    db.execute("PRAGMA page_size = 16384")
    with transaction(db):
        for statement in SCHEMA:
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION | CHECKPOINT if checkpoint else VERSION}")


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
    """The same as an error of the system, whose own words SQLite keeps to itself."""
    code = getattr(error, "sqlite_errorcode", None)  # errors of Python's own module have none
    if code == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if code == sqlite3.SQLITE_IOERR_WRITE:
        return OSError(errno.EIO, "the disk or a quota is full, or a file may not be that large")
    return OSError(errno.EIO, str(error))


def checksum(description: str, content: Any = b"") -> int:
    """Of what a row says and of its blob, by which damage is noticed."""
    return zlib.crc32(content, zlib.crc32(description.encode()))


def write_session(
    db: sqlite3.Connection,
    contents: SessionContents,
    settings: Mapping[str, str],
    row_of: Callable[[Frame], int | None] = lambda _: None,
    wrote: Callable[[int], object] = lambda _: None,
) -> dict[Frame, int]:
    """Make the database hold `contents` and `settings`, writing what differs; called within a transaction.

    Args:
        row_of: the row of a frame that is in the database already.
        wrote: called with the bytes of each frame that is written; what it raises ends the writing.

    Returns:
        The rows of the frames that were not in the database.
    """
    new: dict[Frame, int] = {}
    for run in contents.runs:
        shown = None if run.timeline.live else run.timeline.shown
        rows: dict[Frame, int] = {}
        for frame in (*run.timeline.frames, *([shown] if shown is not None else [])):
            row = row_of(frame) or new.get(frame)
            if row is None:
                row = new[frame] = insert_frame(db, frame)
                wrote(frame.nbytes)
            rows[frame] = row
        frames = [(frame.step, rows[frame]) for frame in run.timeline.frames]
        values = {**run_values(run), "frames": frames, "cursor": rows[shown] if shown is not None else None}
        description = json.dumps(values, default=plain)
        if db.execute("SELECT description FROM runs WHERE number = ?", (run.number,)).fetchone() != (description,):
            db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (run.number, description, checksum(description)))
        for kind, table in run.history.state().items():
            _write_metrics(db, run, kind, table)
    numbers = ", ".join(str(run.number) for run in contents.runs)
    db.execute(f"DELETE FROM runs WHERE number NOT IN ({numbers})")
    db.execute(f"DELETE FROM metrics WHERE run NOT IN ({numbers})")
    active = contents.runs.active
    settings = {
        "program": f"mnist-viz {__version__}",
        "budget": str(contents.runs.budget),
        "active": str(active.number if active is not None else 0),
        **settings,
    }
    _replace(db, "settings", list(settings.items()))
    _replace(db, "drawing", [(number, *row) for number, row in enumerate(_drawing_rows(contents.drawing))])
    return new


def insert_frame(db: sqlite3.Connection, frame: Frame) -> int:
    model, state = frame.read()
    row = _insert(db, "frames", None, [frame.step, float(frame.learning_rate)], model.parameters)
    if state is not None:
        own = state.parameters if state.statistics.size else state.parameters[:0]
        vectors = own, state.statistics, state.optimizer_state
        known = [
            state.epoch, state.batch, state.optimizer, float(state.loss), int(state.correct), float(state.seconds),
            state.waited, [vector.size for vector in vectors],
        ]  # fmt: skip
        _insert(db, "states", row, known, *vectors)
        if state.best is not None:
            db.execute("UPDATE states SET best = ? WHERE id = ?", (_insert_best(db, state.best), row))
    return row


def delete_rows(db: sqlite3.Connection, table: str, rows: list[int]) -> None:
    """Take out rows of `frames` or `states`, and the best networks that nothing refers to any more."""
    db.executemany(f"DELETE FROM {table} WHERE id = ?", [(row,) for row in rows])
    if table == "states" and rows:
        db.execute("DELETE FROM bests WHERE id NOT IN (SELECT best FROM states WHERE best IS NOT NULL)")


def floats(content: bytes) -> Floats:
    """A read-only vector of the bytes of a blob."""
    return np.frombuffer(content, np.dtype("<f4"))


def state_of(known: list[Any], content: bytes, model: Model, best: Best | None) -> TrainerState:
    *numbers, sizes = known
    own, statistics, memory = np.split(floats(content), np.cumsum(sizes)[:2])
    epoch, batch, optimizer, loss, correct, seconds, waited = numbers
    parameters = own if own.size else model.parameters
    return TrainerState(epoch, batch, parameters, statistics, memory, optimizer, loss, correct, seconds, best, waited)


def best_of(known: list[Any], content: bytes) -> Best:
    epoch, step, loss, size = known
    return Best(epoch, step, loss, floats(content)[:size], floats(content)[size:])


def _insert(db: sqlite3.Connection, table: str, row: int | None, known: Sequence[object], *vectors: Floats) -> int:
    description = json.dumps(known)
    parts = [vector for vector in vectors if vector.size] or [vectors[0]]
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)  # without a copy, if that is possible
    content = np.ascontiguousarray(whole, np.dtype("<f4")).data
    db.execute(
        f"INSERT INTO {table} (id, description, checksum, content) VALUES (?, ?, ?, ?)",
        (row, description, checksum(description, content), content),
    )
    return row or int(db.execute("SELECT last_insert_rowid()").fetchone()[0])


def _insert_best(db: sqlite3.Connection, best: Best) -> int:
    """Write a best network unless it is there; its row follows from what it is, so that many frames share it."""
    row = (best.step << 32) | zlib.crc32(np.ascontiguousarray(best.parameters).data)
    if db.execute("SELECT 1 FROM bests WHERE id = ?", (row,)).fetchone() is None:
        known = [best.epoch, best.step, float(best.loss), best.parameters.size]
        _insert(db, "bests", row, known, best.parameters, best.statistics)
    return row


def _write_metrics(db: sqlite3.Connection, run: Run, kind: str, table: NDArray[np.floating]) -> None:
    """Write the pieces that the database has not, or has with another checksum."""
    select = "SELECT piece, checksum FROM metrics WHERE run = ? AND kind = ?"
    there = dict(db.execute(select, (run.number, kind)).fetchall())
    for piece, start in enumerate(range(0, len(table), PIECE)):
        rows = table[start : start + PIECE]
        content = np.ascontiguousarray(rows, rows.dtype.newbyteorder("<")).data
        if (known := checksum("", content)) != there.get(piece):
            row = run.number, kind, piece, content, known
            db.execute("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?)", row)
    db.execute(
        "DELETE FROM metrics WHERE run = ? AND kind = ? AND piece >= ?", (run.number, kind, -(-len(table) // PIECE))
    )


def _drawing_rows(drawing: Drawing) -> list[tuple[str, bytes]]:
    """What lies on the pad: a row a stroke, or one of the picture."""
    picture = drawing.picture
    if picture is not None:
        return [(json.dumps({"label": drawing.label, "shape": picture.shape}), picture.tobytes())]
    return [
        (
            json.dumps({"width": stroke.width, "points": len(stroke.points)}),
            b"".join(np.asarray(part, np.dtype("<f4")).tobytes() for part in (stroke.points, stroke.pressures)
                     if part is not None),
        )
        for stroke in drawing.strokes if len(stroke.points)
    ]  # fmt: skip


def _replace(db: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if set(db.execute(f"SELECT * FROM {table}")) != set(rows):
        db.execute(f"DELETE FROM {table}")
        if rows:
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
