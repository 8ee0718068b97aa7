"""The journal: what a window has not saved, on the disk all the same, so that nothing is lost however the program ends.

Each window has a folder of its own, locked as long as the window is there: `1.mnistviz`, a session file that grows, and
`about.json`. Who finds a folder that nobody has locked finds what a window left behind.
"""

import hashlib
import json
import logging
import secrets
import shutil
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.opening import open_file
from mnist_viz.engine.training import Best
from mnist_viz.locks import NoLocksError, try_lock
from mnist_viz.recording.archive import as_text
from mnist_viz.recording.files import write_atomically
from mnist_viz.recording.growing_archive import GrowingArchive, Member, mend
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import ENDING, Laid, lay_out
from mnist_viz.recording.snapshot import Frame

log = logging.getLogger(__name__)

MOST_WASTE = 64 * 2**20
"""Bytes that may be in the file and count no more, beside as many as count, before a new file is begun."""

ABOUT, LOCK = "about.json", ".lock"
_MOST_ABOUT = 10_000


@dataclass(frozen=True)
class Kept:
    """An array that is in the file, and by what it is known again: its owner, or a digest of its bytes."""

    member: Member
    owner: "weakref.ref[Frame | Best] | None"
    digest: bytes

    def is_of(self, owner: Frame | Best | None, digest: bytes) -> bool:
        return (self.owner is not None and self.owner() is owner) if owner is not None else self.digest == digest


class Journal:
    """Keeps a session in a folder of its own, which is made when there is something to keep.

    Args:
        home: the folder with the journals of all windows.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder: Path | None = None
        self._lock: IO[bytes] | None = None
        self._archive: GrowingArchive | None = None
        self._number = 0
        self._told = b""
        self._kept: dict[str, Kept] = {}
        self._frames: weakref.WeakSet[Frame] = weakref.WeakSet()  # those in the file

    @property
    def folder(self) -> Path | None:
        """Where it is; None as long as nothing has been kept."""
        return self._folder

    def keep(self, contents: SessionContents, room: int | None = None) -> None:
        """Write what is new, so that the session as it is now can be restored.

        Args:
            contents: a copy that is the journal's: what is not kept is taken out of it.
            room: bytes of new frames that are written, where not all are; the others wait, but never the last one of a
                run and those that stay whatever happens: with these, training can go on.

        Raises:
            OSError: it cannot be written, and the message says where; what was kept before stays.
        """
        if room is not None:
            self._leave_out_new(contents, room)
        try:
            self._begin()
            laid = lay_out(contents)
            archive = self._archive
            live = sum(kept.member.size for kept in self._kept.values())
            if archive is None or archive.size > 2 * live + MOST_WASTE:
                self._write_anew(laid)
            else:
                self._write(archive, laid)
        except OSError as error:
            raise OSError(f"cannot write in {self._folder or self._home}: {error.strerror or error}") from error
        self._frames = weakref.WeakSet(
            frame for run in contents.runs for frame in (*run.timeline.frames, run.timeline.shown) if frame is not None
        )

    def tell(self, *, file: str, closed: bool) -> None:
        """Write beside it which session file it belongs to, and whether the window was closed in the usual way.

        Raises:
            OSError: it cannot be written.
        """
        text = json.dumps({"file": file, "closed": closed}).encode()
        if self._folder is not None and text != self._told:
            write_atomically(self._folder / ABOUT, lambda out: out.write(text))
            self._told = text

    def close(self, *, remove: bool) -> None:
        """End it; what it holds is found by the next window, unless it is removed."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None
        if self._folder is not None and self._lock is not None:
            if remove:
                _remove(self._folder)
            self._lock.close()
            if remove:
                _lock_of(self._folder).unlink(missing_ok=True)
        self._folder = self._lock = None

    def _begin(self) -> None:
        if self._folder is not None:
            return
        self._home.mkdir(parents=True, exist_ok=True)
        folder = self._home / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"
        # Locked before it is there: nobody can take it for one that was left.
        self._lock = try_lock(_lock_of(folder))
        folder.mkdir()
        self._folder = folder

    def _leave_out_new(self, contents: SessionContents, room: int) -> None:
        stay = set(contents.runs.protected())
        for run in contents.runs:
            for frame in run.timeline.frames:
                if id(frame) in stay or frame in self._frames:
                    continue
                if frame.nbytes > room:
                    run.timeline.remove(frame)
                else:
                    room -= frame.nbytes
                    stay.add(id(frame))

    def _write_anew(self, laid: Laid) -> None:
        """Begin another file; the one before goes when that is whole."""
        assert self._folder is not None
        path = self._folder / f"{self._number + 1}{ENDING}"
        path.unlink(missing_ok=True)
        archive = GrowingArchive(path)
        before, kept = self._archive, self._kept
        self._kept = {}
        try:
            self._write(archive, laid)
        except BaseException:
            self._kept = kept
            archive.close()
            with suppress(OSError):
                path.unlink()
            raise
        if before is not None:
            before.close()
            (self._folder / f"{self._number}{ENDING}").unlink(missing_ok=True)
        self._archive, self._number = archive, self._number + 1

    def _write(self, archive: GrowingArchive, laid: Laid) -> None:
        kept: dict[str, Kept] = {}
        new: dict[str, tuple[NDArray[Any], Frame | Best | None, bytes]] = {}
        for name, array in {"meta": as_text(laid.meta), **laid.arrays}.items():
            owner = laid.owners.get(name)
            digest = _digest(array) if owner is None else b""
            known = self._kept.get(name)
            if known is not None and known.is_of(owner, digest):
                kept[name] = known
            else:
                new[name] = array, owner, digest
        if not new and len(kept) == len(self._kept):
            return
        members = archive.write({name: array for name, (array, _, _) in new.items()}, [k.member for k in kept.values()])
        for member in members:
            _, owner, digest = new[member.name]
            kept[member.name] = Kept(member, weakref.ref(owner) if owner is not None else None, digest)
        self._kept = kept


@dataclass(frozen=True, eq=False)
class LeftBehind:
    """What a window left: locked for whoever found it.

    Attributes:
        folder: of the journal.
        path: the session file in it.
        file: the session file of the user that it goes back to; empty if there was none.
        closed: whether the window was closed in the usual way, with something unsaved.
        when: of the last change, in seconds since 1970.
    """

    folder: Path
    path: Path
    file: str
    closed: bool
    when: float
    lock: IO[bytes]

    def remove(self) -> None:
        """Delete it for good."""
        _remove(self.folder)
        self.release()
        with suppress(OSError):
            _lock_of(self.folder).unlink(missing_ok=True)

    def release(self) -> None:
        """Let others find it."""
        self.lock.close()


def find_left(home: Path) -> list[LeftBehind]:
    """What windows left in `home` that are not there any more; the newest first. Folders without anything go."""
    found = []
    try:
        folders = [path for path in home.iterdir() if path.is_dir()]
    except OSError:
        return []
    for folder in folders:
        try:
            left = _found(folder)
        except OSError as error:
            log.warning("the journal %s cannot be looked at: %s", folder.name, error)
            continue
        if left is not None:
            found.append(left)
    return sorted(found, key=lambda left: left.when, reverse=True)


def _found(folder: Path) -> LeftBehind | None:
    try:
        lock = try_lock(_lock_of(folder))
    except NoLocksError:
        return None  # it may belong to a window that is there
    if lock is None:
        return None
    try:
        changed = {path: path.stat().st_mtime for path in folder.glob(f"*{ENDING}")}
        whole = next((path for path in sorted(changed, key=lambda path: -changed[path]) if mend(path)), None)
        if whole is not None:
            about = _about(folder / ABOUT)
            file, closed = about.get("file"), about.get("closed")
            return LeftBehind(
                folder, whole, file if isinstance(file, str) else "", closed is True, changed[whole], lock
            )
        _remove(folder)
    except BaseException:
        lock.close()
        raise
    lock.close()
    _lock_of(folder).unlink(missing_ok=True)
    return None


def _about(path: Path) -> dict[str, Any]:
    try:
        with open_file(path) as file:
            about = json.loads(file.read(_MOST_ABOUT))
    except (OSError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + LOCK)


def _digest(array: NDArray[Any]) -> bytes:
    """By which the same numbers are known again."""
    digest = hashlib.blake2b(repr((array.dtype.str, array.shape)).encode(), digest_size=32)
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.digest()
