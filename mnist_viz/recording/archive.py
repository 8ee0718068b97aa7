"""NumPy archives (`.npz`) as files of data: arrays of known names and shapes, and one JSON text; never code."""

import json
import math
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.files import write_atomically

MAX_META_BYTES = 1_000_000


class ArchiveError(ValueError):
    """The archive is not what is expected; the message says in what, to follow "it is not ...: "."""


class DamagedError(ValueError):
    """It is no archive at all, or a damaged one."""


def write_archive(path: str | os.PathLike[str], meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `arrays` and the description `meta` atomically.

    Raises:
        OSError: it cannot be written.
    """
    text = np.array(json.dumps(meta, sort_keys=True))
    write_atomically(path, lambda file: np.savez(file, meta=text, **arrays))  # type: ignore[arg-type]


class Archive:
    """An open archive. Names, headers and sizes are checked before any array is read.

    Args:
        source: the file.
        names: what the arrays may be called, beside `meta`.
        expected: the same for a person.

    Raises:
        ArchiveError: it holds other things.
        DamagedError: it cannot be read as an archive; anything that fails later inside `with` becomes this too.
        OSError: the file cannot be read.
    """

    def __init__(self, source: Path, names: re.Pattern[str], expected: str) -> None:
        self._source = source
        try:
            self._zip = zipfile.ZipFile(source)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"there is no file {source}") from error
        except OSError as error:
            raise OSError(f"cannot read {source}: {error.strerror or error}") from error
        except Exception as error:
            raise DamagedError(str(error)) from error
        try:
            self._members = self._checked_members(names, expected)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        if isinstance(error, OSError):
            raise OSError(f"cannot read {self._source}: {error.strerror or error}") from error
        if isinstance(error, Exception) and not isinstance(error, ArchiveError):
            raise DamagedError(str(error)) from error  # zipfile and NumPy raise many kinds on damaged bytes

    def description(self, kind: str, newest: int) -> dict[str, Any]:
        """The JSON object under `meta`, which must say that this is a `kind` of a version up to `newest`."""
        info = self._members["meta"]
        if info.file_size > 4 * MAX_META_BYTES:
            raise ArchiveError("its description is too long")
        shape, dtype, length = self._header(info)
        if shape != () or dtype.kind != "U" or info.file_size != length:
            raise ArchiveError("its description is not a text")
        meta = json.loads(str(self.read("meta")))
        if not isinstance(meta, dict) or meta.get("format") != kind:
            raise ArchiveError("its description is that of something else")
        version = meta.get("version")
        if not isinstance(version, int) or version < 1:
            raise ArchiveError("its version is missing")
        if version > newest:
            raise ArchiveError(f"a newer program wrote it (format {version}; this one reads {newest})")
        return meta

    def expect(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Raise ArchiveError unless the arrays are just these, of floating-point numbers, and whole."""
        if set(self._members) != {"meta", *shapes}:
            raise ArchiveError("its arrays are not those that its description asks for")
        for name, shape in shapes.items():
            found, dtype, length = self._header(self._members[name])
            if found != shape or dtype not in (np.float16, np.float32, np.float64):
                raise ArchiveError(f"{name} is {dtype} of shape {found}, expected float32 of shape {shape}")
            if self._members[name].file_size != length:
                raise ArchiveError(f"{name} is truncated")

    def read(self, name: str) -> NDArray[Any]:
        """The array of this name; `expect` must have found it in order."""
        with self._zip.open(self._members[name]) as member:
            array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False, max_header_size=1000)
        return array

    def _checked_members(self, names: re.Pattern[str], expected: str) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        members = {info.filename.removesuffix(".npy"): info for info in infos if info.filename.endswith(".npy")}
        if len(members) != len(infos) or any(name != "meta" and not names.fullmatch(name) for name in members):
            raise ArchiveError(f"it holds other things than {expected} and meta")
        if "meta" not in members:
            raise ArchiveError("it has no description ('meta')")
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise ArchiveError("it is compressed in an unknown way")
        return members

    def _header(self, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any], int]:
        """The shape and dtype that an array's header claims, and how many bytes the member must then have."""
        npy = np.lib.format
        with self._zip.open(info) as member:
            one = npy.read_magic(member) == (1, 0)
            read = npy.read_array_header_1_0 if one else npy.read_array_header_2_0
            shape, _, dtype = read(member, max_header_size=1000)
            return shape, dtype, member.tell() + dtype.itemsize * math.prod(shape)
