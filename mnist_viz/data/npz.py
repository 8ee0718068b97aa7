"""Reads `.npz` archives of whatever origin: headers first, then arrays in blocks; nothing that could run code."""

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.system.files import open_file

_MOST_HEADER = 1_000


@dataclass(frozen=True)
class Header:
    """What the header of an array claims.

    Attributes:
        whole: whether the array has the length that its shape and its type give it.
        packed: whether it is compressed in a known way, or not at all.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    whole: bool

    @property
    def row_bytes(self) -> int:
        """Of one entry along the first dimension; of a single number, of that."""
        return int(self.dtype.itemsize * math.prod(self.shape[1:]))


class NpzReader:
    """An open archive. Of an array no more than the header is read until somebody finds that harmless.

    On damaged bytes zipfile and NumPy raise many kinds of errors: whoever uses this takes any for damage.

    Raises:
        OSError: the file cannot be read.

    Attributes:
        length: bytes of the file.
        claimed: bytes that its arrays are said to have together.
        others: the names of what it holds beside arrays.
        arrays_only: whether it holds arrays of different names, and nothing else.
        known_packing: whether each is stored as it is, or deflated.
    """

    def __init__(self, path: Path) -> None:
        self._file = open_file(path)
        try:
            self._zip = zipfile.ZipFile(self._file)
            infos = self._zip.infolist()
            self.length = self._file.seek(0, 2)
        except BaseException:
            self._file.close()
            raise
        self._members = {info.filename.removesuffix(".npy"): info for info in infos if info.filename.endswith(".npy")}
        self.others = [info.filename for info in infos if not info.filename.endswith(".npy")]
        self.claimed = sum(info.file_size for info in infos)
        self.arrays_only = len(self._members) == len(infos)
        self.known_packing = all(info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos)

    def __enter__(self) -> "NpzReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def size(self, name: str) -> int:
        """Bytes that an array and its header are said to have."""
        return self._members[name].file_size

    def header(self, name: str) -> Header:
        info = self._members[name]
        with self._zip.open(info) as member:
            return read_header(member, name, info.file_size)

    def blocks(self, header: Header, block_bytes: int) -> Iterator[NDArray[Any]]:
        with self._zip.open(self._members[header.name]) as member:
            read_header(member, header.name, None)
            yield from blocks_of(member, header, block_bytes)

    def read(self, header: Header) -> NDArray[Any]:
        (array,) = self.blocks(header, max(self.size(header.name), 1))
        return array


def read_header(stream: IO[bytes], name: str, length: int | None) -> Header:
    """Read what an `.npy` begins with; `length` are its bytes in all, None where they are not known."""
    npy = np.lib.format
    # It says how long it is, and NumPy would believe it.
    head = io.BytesIO(stream.read(_MOST_HEADER + 12))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old or odd header is either understood or not
        one = npy.read_magic(head) == (1, 0)
        read = npy.read_array_header_1_0 if one else npy.read_array_header_2_0
        shape, fortran, dtype = read(head, max_header_size=_MOST_HEADER)
    stream.seek(head.tell())
    whole = all(side >= 0 for side in shape)
    if length is not None:
        whole &= length == stream.tell() + dtype.itemsize * math.prod(shape)
    return Header(name, shape, dtype, fortran, whole)


def blocks_of(stream: IO[bytes], header: Header, block_bytes: int) -> Iterator[NDArray[Any]]:
    """The array that follows its header, in blocks of whole entries along its first dimension; one that is stored by
    columns in one piece.

    The header must have been found `whole`, and to be of no objects.
    """
    count, *size = header.shape or (1,)
    row = header.row_bytes
    if not count or not row:
        yield np.zeros(header.shape, header.dtype)
        return
    by_columns = header.fortran and bool(size)
    step = count if by_columns or not header.shape else max(1, block_bytes // row)
    for start in range(0, count, step):
        here = min(step, count - start)
        block = np.frombuffer(_exactly(stream, here * row), header.dtype)
        yield block.reshape((here, *size) if header.shape else (), order="F" if by_columns else "C")


def _exactly(member: IO[bytes], length: int) -> bytes:
    data = member.read(length)
    if len(data) < length:
        raise EOFError
    return data
