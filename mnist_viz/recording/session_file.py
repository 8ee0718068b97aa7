"""Session files (`.mnistviz`): writing one, and opening one of whatever origin.

A file from elsewhere is data: its head is checked before SQLite sees it, it is opened to be read only, and then see
`session_reader`.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from mnist_viz.data.errors import CancelledError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_database import (
    APPLICATION_ID,
    CHECKPOINT,
    ENDING,
    VERSION,
    as_os_error,
    connect,
    create_schema,
    transaction,
    write_session,
)  # fmt: skip
from mnist_viz.recording.session_reader import SessionReader
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.storage import InvalidError
from mnist_viz.system.files import FileKind, open_file, write_atomically

__all__ = ["ENDING", "SessionFileError", "is_session", "open_session", "save_session"]

MAGIC = b"SQLite format 3\0"
_HEAD = 100  # bytes of the header of an SQLite file

_CHECKS = 100_000  # instructions of SQLite's between two looks at whether it is to end


class SessionFileError(ValueError):
    """The file is not a session this program can open; the message says why."""


def save_session(
    path: str | os.PathLike[str],
    contents: SessionContents,
    watch: Watch = UNWATCHED,
    *,
    checkpoint: bool = False,
) -> None:
    """Write a session file atomically: a database that holds these contents and nothing else.

    Args:
        path: of the file; one of that name is replaced when all is written.
        contents: which nobody may change meanwhile.
        checkpoint: whether it is one, which replaces nothing but another checkpoint.

    Raises:
        OSError: it cannot be written.
        CancelledError: the watch says so; the old file stays.
    """
    total, done = max(contents.runs.nbytes, 1), 0

    def wrote(count: int) -> None:
        nonlocal done
        done += count
        watch.at("", min(done / total, 1.0))

    def write(file: BinaryIO) -> None:
        wrote(0)
        try:
            with closing(connect(Path(file.name), "rw")) as db:
                db.execute("PRAGMA journal_mode = OFF")  # of what fails, nothing is left
                db.execute("PRAGMA synchronous = OFF")  # it is written to the disk when it is whole
                create_schema(db, checkpoint=checkpoint)
                with transaction(db):
                    write_session(db, contents, {}, wrote=wrote)
        except sqlite3.Error as error:
            raise as_os_error(error) from error

    write_atomically(path, write, CHECKPOINT_KIND if checkpoint else SESSION_KIND)


def is_session(path: str | os.PathLike[str]) -> bool:
    """Whether the file is the database of a session, of whatever version.

    Raises:
        OSError: it cannot be read.
    """
    return _marks(path)[0] == APPLICATION_ID


def is_checkpoint(path: str | os.PathLike[str]) -> bool:
    """Whether the file is a session that was written as a checkpoint; likewise."""
    application, version = _marks(path)
    return application == APPLICATION_ID and bool(version & CHECKPOINT)


SESSION_KIND = FileKind("mnist-viz session", is_session)
CHECKPOINT_KIND = FileKind("mnist-viz checkpoint", is_checkpoint)


def open_session(
    path: str | os.PathLike[str],
    watch: Watch = UNWATCHED,
    *,
    store: Callable[[list[Frame]], object] = lambda _: None,
    left_behind: bool = False,
) -> SessionContents:
    """Read a session.

    Args:
        store: called with some frames at a time, so that they need not stay in memory.
        left_behind: whether it is the database of a closed window, which may have a log beside it.

    Raises:
        SessionFileError: it is no session, or a damaged one.
        OSError: it cannot be read.
        CancelledError: the watch says so.
    """
    source = Path(path)
    try:
        _check_head(source)
        with closing(connect(source, "rw" if left_behind else "ro&immutable=1")) as db:
            db.set_progress_handler(watch.cancelled.is_set, _CHECKS)
            if not left_behind and source.stat().st_size % db.execute("PRAGMA page_size").fetchone()[0]:
                raise ValueError("cut off")
            return SessionReader(db, watch, store).read()
    except InvalidError as error:
        raise SessionFileError(f"{source.name} is not a session this program can open: {error}") from error
    except MemoryError:
        raise SessionFileError(f"{source.name} needs more memory than there is") from None
    except (CancelledError, OSError):
        raise
    except Exception as error:  # what is missing or of another type than it should be raises many kinds
        watch.check()
        raise SessionFileError(f"{source.name} is not a session, or it is damaged") from error


def _check_head(source: Path) -> None:
    """Raise unless the first bytes of the file are those of a session's database."""
    try:
        application, version = _marks(source)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no file {source}") from error
    except OSError as error:
        raise OSError(f"cannot read {source}: {error.strerror or error}") from error
    if application is None:
        raise ValueError("no database")
    if application != APPLICATION_ID:
        raise InvalidError("it is a database of another program")
    if (version := version & ~CHECKPOINT) != VERSION:
        raise InvalidError(f"another version of this program wrote it (format {version}; this one reads {VERSION})")


def _marks(path: str | os.PathLike[str]) -> tuple[int | None, int]:
    """The numbers by which a program marks its databases, and their version; None if it is no database."""
    with open_file(path) as file:
        head = file.read(_HEAD)
    if len(head) < _HEAD or not head.startswith(MAGIC):
        return None, 0
    return int.from_bytes(head[68:72], "big"), int.from_bytes(head[60:64], "big")
