"""The program's own `.npz` files: arrays of known names and shapes, and one JSON text; never code."""

import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import CancelledError
from mnist_viz.data.npz import NpzReader
from mnist_viz.system.files import FileKind, write_atomically

MAX_META_BYTES = 1_000_000
"""Characters of a description."""
MAX_MEMBERS = 100
"""Arrays of a file."""

_MAX_HEADER = 1000
# What is compressed may become so many times as large as the file, and some more: weights hardly shrink.
_MOST_TIMES, _SOME_MORE = 20, 1_000_000


class ArchiveError(ValueError):
    """The archive is not what is expected; the message says in what, to follow "it is not ...: "."""


class DamagedError(ValueError):
    """It is no archive at all, or a damaged one."""


_OWN = (ArchiveError, DamagedError, CancelledError, MemoryError)
"""What says already what went wrong."""


def write_archive(path: str | os.PathLike[str], meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `arrays` and the description `meta` atomically; `meta["format"]` says what the archive is.

    Raises:
        OSError: it cannot be written, or a file of another kind is there.
    """

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in {"meta": np.array(json.dumps(meta, sort_keys=True)), **arrays}.items():
                _write_member(archive, name, np.asarray(array, order="C"))

    write_atomically(path, write, archive_kind(meta["format"]))


def _write_member(archive: zipfile.ZipFile, name: str, array: NDArray[Any]) -> None:
    info = zipfile.ZipInfo(f"{name}.npy")  # without a date: the same contents make the same file
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    with archive.open(info, "w", force_zip64=array.nbytes >= 2**30) as member:
        member.write(header.getvalue())
        member.write(array.reshape(-1).view(np.uint8).data)


def archive_kind(name: str) -> FileKind:
    """Archives whose description says that they are this."""
    return FileKind(name, lambda path: format_of(path) == name)


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

    Raises:
        ArchiveError: it holds other things.
        DamagedError: it cannot be read as an archive; anything that fails later inside `with` becomes this too.
        OSError: the file cannot be read.
    """

    def __init__(self, source: Path, names: re.Pattern[str], expected: str, *, most: int = MAX_MEMBERS) -> None:
        self._source = source
        try:
            self._reader = NpzReader(source)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"there is no file {source}") from error
        except OSError as error:
            raise OSError(f"cannot read {source}: {error.strerror or error}") from error
        except Exception as error:
            raise DamagedError(str(error)) from error
        try:
            self._check_members(names, expected, most)
        except BaseException:
            self._reader.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
        if isinstance(error, OSError):
            raise OSError(f"cannot read {self._source}: {error.strerror or error}") from error
        if isinstance(error, Exception) and not isinstance(error, _OWN):
            raise DamagedError(str(error)) from error  # zipfile and NumPy raise many kinds on damaged bytes

    @property
    def names(self) -> frozenset[str]:
        """Of the arrays."""
        return frozenset(self._reader.names) - {"meta"}

    def size(self, name: str) -> int:
        """Bytes of an array and its header."""
        return self._reader.size(name)

    def meta(self, most: int = MAX_META_BYTES) -> dict[str, Any]:
        """The JSON object under `meta`, of at most so many characters."""
        if self._reader.size("meta") > 4 * most + _MAX_HEADER:
            raise ArchiveError("its description is too long")
        header = self._reader.header("meta")
        if header.shape != () or header.dtype.kind != "U" or not header.whole:
            raise ArchiveError("its description is not a text")
        meta = json.loads(str(self._reader.read(header)))
        if not isinstance(meta, dict):
            raise ArchiveError("its description is that of something else")
        return meta

    def description(self, kind: str, newest: int) -> dict[str, Any]:
        """The same, which must say that this is a `kind` of a version up to `newest`."""
        meta = self.meta()
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
            header = self._reader.header(name)
            if header.shape != shape or header.dtype not in (np.float16, np.float32, np.float64):
                raise ArchiveError(f"{name} is {header.dtype} of shape {header.shape}, expected float32 of {shape}")
            if not header.whole:
                raise ArchiveError(f"{name} is truncated")

    def read(self, name: str) -> NDArray[Any]:
        """The array of this name; `expect` must have found it in order."""
        return self._reader.read(self._reader.header(name))

    def _check_members(self, names: re.Pattern[str], expected: str, most: int) -> None:
        reader = self._reader
        if not reader.arrays_only or any(name != "meta" and not names.fullmatch(name) for name in reader.names):
            raise ArchiveError(f"it holds other things than {expected} and meta")
        if len(reader.names) > most + 1:
            raise ArchiveError(f"it holds more than {most:,} arrays")
        if "meta" not in reader.names:
            raise ArchiveError("it has no description ('meta')")
        if not reader.known_packing:
            raise ArchiveError("it is compressed in an unknown way")
        if reader.claimed > _MOST_TIMES * reader.length + _SOME_MORE:
            raise ArchiveError("it claims to hold far more bytes than it has")
