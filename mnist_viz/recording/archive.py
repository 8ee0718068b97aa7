"""NumPy archives (`.npz`) as files of data: arrays of known names and shapes, and one JSON text; never code."""

import io
import json
import math
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mnist_viz.data.errors import CancelledError
from mnist_viz.data.opening import open_file
from mnist_viz.recording.files import write_atomically

MAX_META_BYTES = 1_000_000
"""Characters of a description."""
MAX_MEMBERS = 100
"""Arrays of a file of one model; who expects more says how many."""

_MAX_HEADER = 1000
_HEADER = re.compile(
    rb"\{'descr': '([<>|=][a-zA-Z]\d*)', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \} *\n?"
)
_LOCAL_HEADER = 30  # bytes of what stands before each member, without its name and what else is said of it
_CHUNK = 8 * 2**20
# What is compressed may become so many times as large as the file, and some more: weights hardly shrink.
_MOST_TIMES, _SOME_MORE = 20, 1_000_000


class ArchiveError(ValueError):
    """The archive is not what is expected; the message says in what, to follow "it is not ...: "."""


class DamagedError(ValueError):
    """It is no archive at all, or a damaged one."""


class BrokenMemberError(DamagedError):
    """One array is damaged; the others may be whole."""


_OWN = (ArchiveError, DamagedError, CancelledError, MemoryError)
"""What says already what went wrong."""


def write_archive(
    path: str | os.PathLike[str],
    meta: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    wrote: Callable[[int], object] = lambda _: None,
) -> None:
    """Write `arrays` and the description `meta` atomically.

    Args:
        wrote: told of each number of bytes of arrays that is written; what it raises ends the writing, and the old
            file stays.

    Raises:
        OSError: it cannot be written.
    """

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in {"meta": as_text(meta), **arrays}.items():
                _write_member(archive, name, np.asarray(array, order="C"), wrote)

    write_atomically(path, write)


def as_text(meta: Mapping[str, Any]) -> NDArray[np.str_]:
    """A description as the array that holds it."""
    return np.array(json.dumps(meta, sort_keys=True))


def npy_header(array: NDArray[Any]) -> bytes:
    """What stands before the numbers of an array in a file."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return header.getvalue()


def _write_member(archive: zipfile.ZipFile, name: str, array: NDArray[Any], wrote: Callable[[int], object]) -> None:
    data = array.reshape(-1).view(np.uint8).data
    info = zipfile.ZipInfo(f"{name}.npy")  # without a date: the same contents make the same file
    with archive.open(info, "w", force_zip64=array.nbytes >= 2**30) as member:
        member.write(npy_header(array))
        for start in range(0, len(data), _CHUNK):
            piece = data[start : start + _CHUNK]
            member.write(piece)
            wrote(len(piece))


def format_of(path: str | os.PathLike[str]) -> str:
    """What the description of an archive says it is; empty for an archive without one, and for any other file.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        with Archive(Path(path), re.compile(".*", re.DOTALL), "", most=2**32) as archive:
            return str(archive.meta(2**25).get("format", ""))
    except (ArchiveError, DamagedError):
        return ""


class Archive:
    """An open archive. Names, headers and sizes are checked before any array is read.

    Args:
        source: the file.
        names: what the arrays may be called, beside `meta`.
        expected: the same for a person.
        most: arrays that it may hold.
        stored: whether nothing in it may be compressed, so that it holds no more bytes than it has.

    Raises:
        ArchiveError: it holds other things.
        DamagedError: it cannot be read as an archive; anything that fails later inside `with` becomes this too.
        OSError: the file cannot be read.
    """

    def __init__(
        self, source: Path, names: re.Pattern[str], expected: str, *, most: int = MAX_MEMBERS, stored: bool = False
    ) -> None:
        self._source = source
        try:
            self._file = open_file(source)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"there is no file {source}") from error
        except OSError as error:
            raise OSError(f"cannot read {source}: {error.strerror or error}") from error
        try:
            self._length = os.fstat(self._file.fileno()).st_size
            try:
                self._zip = zipfile.ZipFile(self._file)
            except Exception as error:
                raise DamagedError(str(error)) from error
            self._members = self._checked_members(names, expected, most, stored)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()
        if isinstance(error, OSError):
            raise OSError(f"cannot read {self._source}: {error.strerror or error}") from error
        if isinstance(error, Exception) and not isinstance(error, _OWN):
            raise DamagedError(str(error)) from error  # zipfile and NumPy raise many kinds on damaged bytes

    @property
    def names(self) -> frozenset[str]:
        """Of the arrays."""
        return frozenset(self._members) - {"meta"}

    def size(self, name: str) -> int:
        """Bytes of an array and its header."""
        return self._members[name].file_size

    def meta(self, most: int = MAX_META_BYTES) -> dict[str, Any]:
        """The JSON object under `meta`, of at most so many characters."""
        info = self._members["meta"]
        if info.file_size > 4 * most + _MAX_HEADER:
            raise ArchiveError("its description is too long")
        shape, dtype, length = self._header(info)
        if shape != () or dtype.kind != "U" or info.file_size != length:
            raise ArchiveError("its description is not a text")
        meta = json.loads(str(self.read("meta")))
        if not isinstance(meta, dict):
            raise ArchiveError("its description is that of something else")
        return meta

    def description(self, kind: str, newest: int, most: int = MAX_META_BYTES) -> dict[str, Any]:
        """The same, which must say that this is a `kind` of a version up to `newest`."""
        meta = self.meta(most)
        if meta.get("format") != kind:
            raise ArchiveError("its description is that of something else")
        version = meta.get("version")
        if not isinstance(version, int) or version < 1:
            raise ArchiveError("its version is missing")
        if version > newest:
            raise ArchiveError(f"a newer program wrote it (format {str(version)[:20]}; this one reads {newest})")
        return meta

    def expect(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Raise ArchiveError unless the arrays are just these, of floating-point numbers, and whole."""
        if self.names != set(shapes):
            raise ArchiveError("its arrays are not those that its description asks for")
        for name, shape in shapes.items():
            found, dtype, length = self._header(self._members[name])
            if found != shape or dtype not in (np.float16, np.float32, np.float64):
                raise ArchiveError(f"{name} is {dtype} of shape {found}, expected float32 of shape {shape}")
            if self._members[name].file_size != length:
                raise ArchiveError(f"{name} is truncated")

    def read(self, name: str) -> NDArray[Any]:
        """The array of this name; `expect` must have found it in order."""
        info = self._members[name]
        raw = self._stored(info) if info.compress_type == zipfile.ZIP_STORED else self._unpacked(info)
        start = io.BytesIO(bytes(raw[: _MAX_HEADER + 16]))
        shape, fortran, dtype = _read_header(start)
        if dtype.hasobject:
            raise ArchiveError(f"{name} is not made of numbers")
        if len(raw) != start.tell() + dtype.itemsize * math.prod(shape):
            raise ArchiveError(f"{name} is truncated")
        flat = np.frombuffer(raw, dtype, math.prod(shape), start.tell())
        return flat.reshape(shape, order="F" if fortran else "C")

    def take(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """The array of this name, of this shape and dtype, for archives of many arrays: read in one go.

        A length of -1 stands for any.

        Raises:
            BrokenMemberError: its checksum is wrong.
            ArchiveError: it is something else.
        """
        array = self.read(name)
        wanted = tuple(n if want < 0 else want for n, want in zip(array.shape, shape, strict=False))
        if len(shape) != array.ndim or array.shape != wanted or array.dtype != dtype or not array.flags.c_contiguous:
            raise ArchiveError(f"{name} is {array.dtype} of shape {array.shape}, expected {np.dtype(dtype)} of {shape}")
        return array

    def _stored(self, info: zipfile.ZipInfo) -> NDArray[np.uint8]:
        """The bytes of a member as they lie in the file, with one copy and their checksum proved."""
        start = info.header_offset
        if not 0 <= start <= self._length - _LOCAL_HEADER - info.file_size:
            raise BrokenMemberError(f"{info.filename} is cut off")
        self._file.seek(start)
        head = self._file.read(_LOCAL_HEADER)
        if head[:4] != b"PK\3\4":
            raise BrokenMemberError(f"{info.filename} is not where it should be")
        self._file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), io.SEEK_CUR)
        raw = np.empty(info.file_size, np.uint8)
        if self._file.readinto(raw.data) != len(raw) or zlib.crc32(raw.data) != info.CRC:
            raise BrokenMemberError(f"{info.filename} has a wrong checksum")
        return raw

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of a compressed member: as many as it claims to have, however many there are."""
        with self._zip.open(info) as member:
            raw = member.read(info.file_size)
        if len(raw) != info.file_size:
            raise BrokenMemberError(f"{info.filename} is cut off")
        return raw

    def _checked_members(
        self, names: re.Pattern[str], expected: str, most: int, stored: bool
    ) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        members = {info.filename.removesuffix(".npy"): info for info in infos if info.filename.endswith(".npy")}
        if len(members) != len(infos) or any(name != "meta" and not names.fullmatch(name) for name in members):
            raise ArchiveError(f"it holds other things than {expected} and meta")
        if len(members) > most + 1:
            raise ArchiveError(f"it holds more than {most:,} arrays")
        if "meta" not in members:
            raise ArchiveError("it has no description ('meta')")
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise ArchiveError("it is compressed in an unknown way")
        if stored and any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ArchiveError("it is compressed, which such files never are")
        if stored and sum(info.file_size for info in infos) > self._length:
            raise ArchiveError("it claims to hold more bytes than it has")
        if sum(info.file_size for info in infos) > _MOST_TIMES * self._length + _SOME_MORE:
            raise ArchiveError("it claims to hold far more bytes than it has")
        return members

    def _header(self, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any], int]:
        """The shape and dtype that an array's header claims, and how many bytes the member must then have."""
        with self._zip.open(info) as member:
            shape, _, dtype = _read_header(member)
            return shape, dtype, member.tell() + dtype.itemsize * math.prod(shape)


def _read_header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """What the header of an `.npy` says, if it says it as NumPy does: nothing in it is evaluated."""
    start = file.read(8)
    if start[:6] != b"\x93NUMPY" or start[6:] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise ValueError("no .npy")
    length = int.from_bytes(file.read(2 if start[6] == 1 else 4), "little")
    found = _HEADER.fullmatch(file.read(length)) if length <= _MAX_HEADER else None
    if found is None:
        raise ValueError("a header that NumPy does not write")
    dtype, fortran, shape = (part.decode() for part in found.groups())
    return tuple(map(int, re.findall(r"\d+", shape))), fortran == "True", np.dtype(dtype)
