"""IDX, the format in which MNIST is published: a few big-endian numbers, then the values of one array.

The first four bytes are 0, 0, the type of the values (8 is unsigned byte, 12 a 32-bit integer) and the number of
dimensions; each dimension follows as a big-endian 32-bit number (Y. LeCun, C. Cortes and C. Burges, "The MNIST
database").
"""

import gzip
import math
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.file import File

TYPES = {
    number: np.dtype(kind) for number, kind in {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}.items()
}
# No data set that the program knows comes near: a header that asks for more is damaged.
MAX_BYTES = 1 << 30
_MOST_DIMENSIONS = 4
_AGAIN = "get the file again"


def begins(start: bytes) -> bool:
    """Whether a file that begins with these four bytes or more is an IDX file."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in TYPES and 1 <= start[3] <= _MOST_DIMENSIONS


def read_header(file: IO[bytes], said: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read the shape and the type of the values; `said` is what a sentence calls the file.

    Raises:
        DataError: it is no IDX file, is cut short, or claims to be too large.
    """
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise DataError(f"{said} is not an IDX file: it begins with {start!r}; {_AGAIN}")
    if not begins(start):
        raise DataError(
            f"{said} does not hold numbers in one to four dimensions (its header says type {start[2]:#04x}, "
            f"{start[3]} dimensions); {_AGAIN}"
        )
    rest = file.read(4 * start[3])
    if len(rest) < 4 * start[3]:
        raise DataError(f"{said} is cut short within its header; {_AGAIN}")
    shape, dtype = tuple(int(size) for size in np.frombuffer(rest, dtype=">u4")), TYPES[start[2]]
    if (size := math.prod(shape) * dtype.itemsize) > MAX_BYTES:
        raise DataError(f"{said} claims to hold {size:,} bytes; {_AGAIN}")
    return shape, dtype


def read_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that an IDX file declares, reading its header alone; gzip is unpacked, whatever its name.

    The length of a file that is not compressed is checked as well, so a truncated one is found out for the
    price of a few bytes.

    Raises:
        DataError: the file is missing, unreadable, no IDX file, or has not the length it declares.
    """
    with File.at(path).open() as file:
        shape, dtype = read_header(file, str(path))
        if not isinstance(file, gzip.GzipFile):
            header = 4 + 4 * len(shape)
            _check_length(path, header + math.prod(shape) * dtype.itemsize, os.fstat(file.fileno()).st_size)
        return shape


def read(path: Path, count: int | None = None) -> NDArray[Any]:
    """Return the array of an IDX file, plain or gzip, in the shape that its header declares.

    Args:
        count: only so many of its first entries.

    Raises:
        DataError: as `read_shape`; also when a compressed file is damaged or has not the length it declares.
    """
    with File.at(path).open() as file:
        shape, dtype = read_header(file, str(path))
        if count is not None:
            shape = (min(count, shape[0]), *shape[1:])
        expected = math.prod(shape) * dtype.itemsize
        data = file.read(expected + (count is None))  # one more than there should be, to find out what is too long
    _check_length(path, expected, len(data))
    return np.frombuffer(data, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _check_length(path: Path, expected: int, found: int) -> None:
    if found < expected:
        raise DataError(f"{path} is cut short: {found:,} of {expected:,} bytes are there; {_AGAIN}")
    if found > expected:
        raise DataError(f"{path} holds more than its header says; {_AGAIN}")
