"""The folder of a journal, locked as long as its window is there, and how one finds those that windows left behind."""

import json
import logging
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mnist_viz.data.opening import open_file
from mnist_viz.locks import NoLocksError, try_lock
from mnist_viz.recording.files import write_atomically
from mnist_viz.recording.growing_archive import has_mark, mend
from mnist_viz.recording.session_file import ENDING

log = logging.getLogger(__name__)

ABOUT, LOCK = "about.json", ".lock"
_MOST_ABOUT = 10_000

SECONDS_OF_A_LONE_LOCK = 60.0


class JournalFolder:
    """A folder that nobody else touches until it is released.

    Attributes:
        path: of the folder.
    """

    def __init__(self, path: Path, lock: IO[bytes]) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def make(cls, home: Path) -> "JournalFolder":
        """A new one in `home`.

        Raises:
            OSError: it cannot be made.
        """
        home.mkdir(parents=True, exist_ok=True)
        path = home / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        # Locked before it is there: nobody can take it for one that was left.
        lock_path = _lock_of(path)
        try:
            lock = try_lock(lock_path)
            if lock is None:
                raise OSError("another program has it")
            made = cls(path, lock)
        except BaseException:
            lock_path.unlink(missing_ok=True)
            raise
        try:
            path.mkdir()
        except BaseException:
            made.remove()
            raise
        return made

    @classmethod
    def take(cls, path: Path) -> "JournalFolder | None":
        """The one whose window is not there any more; None if it is, or may be."""
        try:
            lock = try_lock(_lock_of(path))
        except NoLocksError:
            return None
        return cls(path, lock) if lock is not None else None

    def release(self) -> None:
        """Let others find it."""
        self._lock.close()

    def remove(self) -> None:
        """Delete it, and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()
        with suppress(OSError):
            _lock_of(self.path).unlink(missing_ok=True)

    def tell(self, *, file: str, closed: bool) -> None:
        """Write into it which session file it belongs to, and whether the window was closed in the usual way.

        Raises:
            OSError: it cannot be written.
        """
        text = json.dumps({"file": file, "closed": closed}).encode()
        write_atomically(self.path / ABOUT, lambda out: out.write(text))

    def told(self) -> tuple[str, bool]:
        """What `tell` wrote; an empty name and False where nothing can be read."""
        try:
            with open_file(self.path / ABOUT) as file:
                about: Any = json.loads(file.read(_MOST_ABOUT))
        except (OSError, ValueError, RecursionError):
            return "", False
        if not isinstance(about, dict):
            return "", False
        named, closed = about.get("file"), about.get("closed")
        return named if isinstance(named, str) else "", closed is True


@dataclass(frozen=True, eq=False)
class LeftBehind:
    """What a window left: locked for whoever found it.

    Attributes:
        folder: of the journal.
        path: the session file in it.
        file: the session file of the user that it goes back to; empty if there was none.
        closed: whether the window was closed in the usual way, with something unsaved.
        when: of the last change, in seconds since 1970.
        size: bytes.
    """

    folder: JournalFolder
    path: Path
    file: str
    closed: bool
    when: float
    size: int


def find_left(home: Path) -> list[LeftBehind]:
    """What windows left in `home` that are not there any more; the newest first. Folders without anything go.

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
            elif path.is_dir() and (left := _found(path)) is not None:
                found.append(left)
        except OSError as error:
            log.warning("the journal %s cannot be looked at: %s", path.name, error)
    return sorted(found, key=lambda left: left.when, reverse=True)


def _found(path: Path) -> LeftBehind | None:
    folder = JournalFolder.take(path)
    if folder is None:
        return None
    try:
        files = {file: file.stat() for file in path.glob(f"*{ENDING}")}
        whole = next((file for file in sorted(files, key=lambda file: -files[file].st_mtime) if mend(file)), None)
        if whole is None:
            if any(has_mark(file) for file in files):
                log.warning("the journal %s cannot be read by this version", path.name)
                folder.release()
            else:  # its window ended before it had kept anything
                folder.remove()
            return None
        named, closed = folder.told()
        return LeftBehind(folder, whole, named, closed, files[whole].st_mtime, whole.stat().st_size)
    except BaseException:
        folder.release()
        raise


def _remove_lone_lock(path: Path) -> None:
    """Remove a lock whose folder could not be made, or was removed; not one whose folder is just being made."""
    folder = path.with_suffix("")
    if folder.exists() or time.time() - path.stat().st_mtime < SECONDS_OF_A_LONE_LOCK:
        return
    lock = try_lock(path)
    if lock is not None:
        with lock, suppress(PermissionError):  # Windows removes no open file; then it stays
            path.unlink(missing_ok=True)


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + LOCK)
