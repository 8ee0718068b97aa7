"""The journal: what a window has not saved, on the disk all the same, so that nothing is lost however the program ends.

Each window has a folder of its own, locked as long as the window is there: `1.mnistviz`, a session file that grows, and
`about.json`. Who finds a folder that nobody has locked finds what a window left behind.
"""

import hashlib
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.disk import sync_folder
from mnist_viz.engine.training import Best
from mnist_viz.recording.archive import as_text
from mnist_viz.recording.growing_archive import GrowingArchive, Member
from mnist_viz.recording.journal_folder import JournalFolder
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import ENDING, Laid, lay_out
from mnist_viz.recording.snapshot import Frame

MOST_WASTE = 64 * 2**20
"""Bytes that may be in the file and count no more, beside as many as count, before a new file is begun."""


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
        self._folder: JournalFolder | None = None
        self._archive: GrowingArchive | None = None
        self._number = 0
        self._told: object = None
        self._kept: dict[str, Kept] = {}
        self._frames: weakref.WeakSet[Frame] = weakref.WeakSet()  # those in the file

    @property
    def folder(self) -> Path | None:
        """Where it is; None as long as nothing has been kept."""
        return self._folder.path if self._folder is not None else None

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
            if self._is_mostly_waste():
                self._write_anew(laid)
            else:
                self._write(laid)
        except OSError as error:
            raise OSError(f"cannot write in {self.folder or self._home}: {error.strerror or error}") from error
        self._frames = weakref.WeakSet(
            frame for run in contents.runs for frame in (*run.timeline.frames, run.timeline.shown) if frame is not None
        )

    def tell(self, *, file: str, closed: bool) -> None:
        """Write beside it which session file it belongs to, and whether the window was closed in the usual way.

        Raises:
            OSError: it cannot be written.
        """
        if self._folder is not None and (file, closed) != self._told:
            self._folder.tell(file=file, closed=closed)
            self._told = file, closed

    def close(self, *, remove: bool) -> None:
        """End it; what it holds is found by the next window, unless it is removed."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None
        if self._folder is not None:
            if remove:
                self._folder.remove()
            else:
                self._folder.release()
            self._folder = None

    def _begin(self) -> None:
        """Make the folder and the file; again if somebody has removed them, since nothing in them could be found."""
        if self._folder is not None and not (self._folder.path if self._archive is None else self._path).exists():
            self.close(remove=True)
        if self._archive is None:
            self._folder = self._folder or JournalFolder.make(self._home)
            self._number, self._kept, self._told = 1, {}, None
            self._frames.clear()
            self._path.unlink(missing_ok=True)  # what could not be written at first
            self._archive = GrowingArchive(self._path)
            sync_folder(self._home)

    @property
    def _path(self) -> Path:
        """Of the file."""
        assert self._folder is not None
        return self._folder.path / f"{self._number}{ENDING}"

    def _is_mostly_waste(self) -> bool:
        assert self._archive is not None
        live = sum(kept.member.size for kept in self._kept.values())
        return bool(self._kept) and self._archive.size > 2 * live + MOST_WASTE

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
        """Begin another file; the one before goes when that is whole. Where there is no room for both, it goes on."""
        before = self._archive, self._kept, self._path
        self._number += 1
        try:
            self._path.unlink(missing_ok=True)
            self._archive, self._kept = GrowingArchive(self._path), {}
            self._write(laid)
        except BaseException as error:
            if self._archive is not None and self._archive is not before[0]:
                self._archive.close()
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            self._number -= 1
            self._archive, self._kept = before[:2]
            if not isinstance(error, OSError):
                raise
            self._write(laid)
            return
        archive, _, path = before
        assert archive is not None
        archive.close()
        path.unlink(missing_ok=True)

    def _write(self, laid: Laid) -> None:
        assert self._archive is not None
        assert self._folder is not None
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
        members = self._archive.write(
            {name: array for name, (array, _, _) in new.items()}, [k.member for k in kept.values()]
        )
        for member in members:
            _, owner, digest = new[member.name]
            kept[member.name] = Kept(member, weakref.ref(owner) if owner is not None else None, digest)
        if not self._kept:
            sync_folder(self._folder.path)  # it is a new file
        self._kept = kept


def _digest(array: NDArray[Any]) -> bytes:
    """By which the same numbers are known again."""
    digest = hashlib.blake2b(repr((array.dtype.str, array.shape)).encode(), digest_size=32)
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.digest()
