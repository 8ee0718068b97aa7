"""An archive that grows at its end and is whole whenever the program ends, on a disk that keeps what it has taken.

It is a zip file with an array a member, as `archive.write_archive` makes it. New members follow the directory that
stands at the end, and then comes another directory, of all that counts now: until that one is on the disk, the one
before it is the last. What is not in the last directory is only room that is lost. The form is that of PKWARE's
APPNOTE 6.3.10, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
"""

import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.disk import sync
from mnist_viz.recording.archive import npy_header

MARK = b"mnist-viz journal"
"""The comment at the end of each directory begins so, by which the last one is found; its checksum follows."""

_COMMENT = len(MARK) + 9

_MEMBER = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_OFFSET_64 = struct.Struct("<2HQ")

_VERSION, _VERSION_64 = 20, 45
_1980 = 0x21  # the first day that a zip file can name
_MOST_16, _MOST_32 = 0xFFFF, 0xFFFFFFFF
_CHUNK = 8 * 2**20


@dataclass(frozen=True)
class Member:
    """Where an array lies: `size` bytes with their checksum, after a head that begins at `offset`."""

    name: str
    crc: int
    size: int
    offset: int


class GrowingArchive:
    """A file that nobody else may write.

    Args:
        path: of the file, which must not be there yet.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        # Without a buffer: what could not be written must not come to the disk later.
        self._file = path.open("xb", buffering=0)
        self._end = 0

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._end

    def write(self, arrays: Mapping[str, NDArray[Any]], kept: Iterable[Member]) -> list[Member]:
        """Append arrays, and let the file hold these and `kept` from now on; when it returns, they are on the disk.

        Returns:
            The members that are new.

        Raises:
            OSError: it cannot be written; the file holds what it held.
        """
        try:
            self._file.seek(self._end)
            self._file.truncate()
            made = [self._append(name, np.asarray(array, order="C")) for name, array in arrays.items()]
            sync(self._file)
            self._write(_directory([*kept, *made], self._file.tell()))
            sync(self._file)
        except BaseException:
            with suppress(OSError):  # the room is given back; if not now, then by the next write
                self._file.truncate(self._end)
            raise
        self._end = self._file.tell()
        return made

    def close(self) -> None:
        self._file.close()

    def _append(self, name: str, array: NDArray[Any]) -> Member:
        head, data = npy_header(array), array.reshape(-1).view(np.uint8).data
        encoded = f"{name}.npy".encode("ascii")
        member = Member(name, zlib.crc32(data, zlib.crc32(head)), len(head) + len(data), self._file.tell())
        self._write(
            _MEMBER.pack(
                b"PK\3\4", _VERSION, 0, 0, 0, _1980, member.crc, member.size, member.size, len(encoded), 0
            )
        )  # fmt: skip
        self._write(encoded + head)
        self._write(data)
        return member

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view[:_CHUNK]) :]


def mend(path: Path) -> bool:
    """Cut off what the end of the program left half written; return whether anything whole is there.

    Raises:
        OSError: the file cannot be read or shortened.
    """
    with path.open("r+b") as file:
        end = os.fstat(file.fileno()).st_size
        while (found := _last_mark(file, end)) >= 0:
            if _is_end(file, found):
                file.truncate(found + _COMMENT)
                return True
            end = found + len(MARK) - 1
    return False


def has_mark(path: Path) -> bool:
    """Whether something has once been complete in a file, whatever has become of it.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return _last_mark(file, os.fstat(file.fileno()).st_size) >= 0


def _last_mark(file: Any, end: int) -> int:
    """Where the last mark before `end` begins; -1 if there is none."""
    while end >= len(MARK):
        start = max(0, end - _CHUNK)
        file.seek(start)
        found = file.read(end - start).rfind(MARK)
        if found >= 0:
            return int(start + found)
        end = start + len(MARK) - 1 if start else 0
    return -1


def _is_end(file: Any, mark: int) -> bool:
    """Whether a directory ends with the mark, and is whole."""
    place = mark - _END.size
    if place < 0:
        return False
    file.seek(place)
    signature, _, _, _, count, size, offset, comment = _END.unpack(file.read(_END.size))
    if signature != b"PK\5\6" or comment != _COMMENT:
        return False
    given = file.read(_COMMENT)[len(MARK) :]
    if offset == _MOST_32 or count == _MOST_16:
        place -= _LOCATOR_64.size + _END_64.size
        if place < 0:
            return False
        file.seek(place)
        signature, *_, size, offset = _END_64.unpack(file.read(_END_64.size))
        if signature != b"PK\6\6":
            return False
    if offset + size != place:
        return False
    file.seek(offset)
    return bool(given == _checksum(file.read(size)))


def _checksum(directory: bytes) -> bytes:
    return b" %08x" % zlib.crc32(directory)


def _directory(members: list[Member], offset: int) -> bytes:
    """The directory of these members, to be written at `offset`."""
    directory = b"".join(_entry(member) for member in members)
    count, size, end = len(members), len(directory), offset + len(directory)
    parts = [directory]
    if count >= _MOST_16 or end >= _MOST_32:
        parts.append(
            _END_64.pack(
                b"PK\6\6", _END_64.size - 12, _VERSION_64, _VERSION_64, 0, 0, count, count, size, offset
            )
        )  # fmt: skip
        parts.append(_LOCATOR_64.pack(b"PK\6\7", 0, end, 1))
        count, offset = _MOST_16, _MOST_32
    parts.append(_END.pack(b"PK\5\6", 0, 0, count, count, min(size, _MOST_32), offset, _COMMENT))
    return b"".join([*parts, MARK, _checksum(directory)])


def _entry(member: Member) -> bytes:
    name = f"{member.name}.npy".encode("ascii")
    far = member.offset >= _MOST_32
    extra = _OFFSET_64.pack(1, 8, member.offset) if far else b""
    head = _ENTRY.pack(
        b"PK\1\2", _VERSION_64, _VERSION_64 if far else _VERSION, 0, 0, 0, _1980, member.crc, member.size, member.size,
        len(name), len(extra), 0, 0, 0, 0, _MOST_32 if far else member.offset,
    )  # fmt: skip
    return head + name + extra
