"""An `.npz` archive of unknown origin is opened: headers first, then arrays in blocks, nothing that could run code."""

import math
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.opening import open_file
from mnist_viz.data.user.examples import BLOCK_BYTES, LONGEST_SIDE, MOST_BYTES, LargerError

# An array stored column by column is in memory as a whole, and several times while it is turned.
MOST_COLUMNWISE = MOST_BYTES // 4
_MOST_HEADER = 1_000


@dataclass(frozen=True)
class Header:
    """What an array's header claims, checked against the length of the array in the archive."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool


class UserArchive:
    """An open archive. Of an array nothing but the header is read before the header is found to be harmless.

    Raises:
        DataError: it cannot be read as an archive; so does anything that fails later inside `with`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = open_file(path)
            try:
                self._zip = zipfile.ZipFile(self._file)
            except BaseException:
                self._file.close()
                raise
        except Exception as error:
            raise _unreadable(path, error) from error
        self._members = {
            info.filename.removesuffix(".npy"): info for info in self._zip.infolist() if info.filename.endswith(".npy")
        }

    def __enter__(self) -> "UserArchive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()
        if isinstance(error, Exception) and not isinstance(error, DataError | LargerError):
            raise _unreadable(self.path, error) from error  # zipfile and NumPy raise many kinds on damaged bytes

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def header(self, name: str) -> Header:
        """Read and check one array's header."""
        info = self._members[name]
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(f"{self.path} is compressed in an unknown way: save it with np.savez_compressed")
        with self._zip.open(info) as member:
            header = _header(member, name)
            length = member.tell() + header.dtype.itemsize * math.prod(header.shape)
        if header.dtype.hasobject:
            raise DataError(
                f"{name} in {self.path} holds Python objects, which could run code: save plain numbers or texts "
                "(np.array(labels, dtype=str))"
            )
        if any(size < 0 for size in header.shape) or info.file_size != length:
            raise DataError(f"{name} in {self.path} is not as long as it says: save the archive again")
        if math.prod(header.shape) and math.prod(header.shape[1:]) * header.dtype.itemsize > 8 * 4 * LONGEST_SIDE**2:
            size = header.shape[1:]
            raise DataError(
                f"{name} in {self.path} has entries of {by(size)}, {header.dtype}: a picture may have at most "
                f"{LONGEST_SIDE} pixels along a side, make them smaller"
            )
        return header

    def blocks(self, header: Header) -> Iterator[NDArray[Any]]:
        """The array in blocks of whole entries along its first dimension, of about BLOCK_BYTES each."""
        count, *size = header.shape
        row = header.dtype.itemsize * math.prod(size)
        if not count or not row:
            yield np.zeros(header.shape, header.dtype)
            return
        with self._zip.open(self._members[header.name]) as member:
            _header(member, header.name)
            if header.fortran and size:  # such an array cannot be had in blocks
                if count * row > MOST_COLUMNWISE:
                    raise DataError(
                        f"{header.name} in {self.path} is stored column by column: save it with np.ascontiguousarray"
                    )
                data = _exactly(member, count * row)
                yield np.frombuffer(data, header.dtype).reshape(header.shape, order="F")
                return
            step = max(1, BLOCK_BYTES // row)
            for start in range(0, count, step):
                here = min(step, count - start)
                yield np.frombuffer(_exactly(member, here * row), header.dtype).reshape(here, *size)


def _header(member: IO[bytes], name: str) -> Header:
    npy = np.lib.format
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old or odd header is either understood or not
        one = npy.read_magic(member) == (1, 0)
        read = npy.read_array_header_1_0 if one else npy.read_array_header_2_0
        shape, fortran, dtype = read(member, max_header_size=_MOST_HEADER)
    return Header(name, shape, dtype, fortran)


def _exactly(member: IO[bytes], length: int) -> bytes:
    data = member.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"there is no file {path}: check the name")
    if isinstance(error, OSError):
        return DataError(f"{path} cannot be read ({error.strerror or error}): check its permissions")
    return DataError(f"{path} is no .npz archive, or it is damaged: save it again with np.savez")


def by(shape: tuple[int, ...]) -> str:
    """A shape in words, such as 60,000 x 28 x 28."""
    return " x ".join(str(size) for size in shape) or "a single number"
