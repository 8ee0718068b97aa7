"""IDX, the format in which MNIST is published: a few big-endian numbers, then the values of one array.

The first four bytes are 0, 0, the type of the values (8 is unsigned byte, 12 a 32-bit integer) and the number of
dimensions; each dimension follows as a big-endian 32-bit number (Y. LeCun, C. Cortes and C. Burges, "The MNIST
database").
"""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError

TYPES: dict[int, np.dtype[Any]] = {0x08: np.dtype("u1"), 0x0C: np.dtype(">i4")}
# No data set that the program knows comes near: a header that asks for more is damaged.
MAX_BYTES = 1 << 30


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _header(file: BinaryIO, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise DataError(f"{path} is not an IDX file: it begins with {start!r}; delete it and fetch it again")
    if start[2] not in TYPES or not 1 <= start[3] <= 3:
        raise DataError(
            f"{path} does not hold bytes or integers in one to three dimensions (its header says type "
            f"{start[2]:#04x}, {start[3]} dimensions); delete it and fetch it again"
        )
    rest = file.read(4 * start[3])
    if len(rest) < 4 * start[3]:
        raise DataError(f"{path} is cut short within its header; delete it and fetch it again")
    shape, dtype = tuple(int(size) for size in np.frombuffer(rest, dtype=">u4")), TYPES[start[2]]
    if _size(shape, dtype) > MAX_BYTES:
        raise DataError(f"{path} claims to hold {_size(shape, dtype):,} bytes; delete it and fetch it again")
    return shape, dtype


def _size(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    return math.prod(shape) * dtype.itemsize


def _check_length(path: Path, expected: int, found: int) -> None:
    if found < expected:
        raise DataError(f"{path} is cut short: {found:,} of {expected:,} bytes are there; delete it and fetch it again")
    if found > expected:
        raise DataError(f"{path} holds more than its header says; delete it and fetch it again")


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path} is missing")
    if isinstance(error, EOFError):
        return DataError(f"{path} is cut short; delete it and fetch it again")
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return DataError(f"{path} is damaged ({error}); delete it and fetch it again")
    return DataError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})")


def read_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that an IDX file declares, reading its header alone; `.gz` is unpacked.

    The length of a file that is not compressed is checked as well, so a truncated one is found out for the
    price of a few bytes.

    Raises:
        DataError: the file is missing, unreadable, no IDX file, or has not the length it declares.
    """
    try:
        with _open(path) as file:
            shape, dtype = _header(file, path)
            if path.suffix != ".gz":
                header = 4 + 4 * len(shape)
                _check_length(path, header + _size(shape, dtype), path.stat().st_size)
            return shape
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def read(path: Path) -> NDArray[Any]:
    """Return the array of an IDX file, plain or `.gz`, in the shape that its header declares: uint8 or int32.

    Raises:
        DataError: as `read_shape`; also when a compressed file is damaged or has not the length it declares.
    """
    try:
        with _open(path) as file:
            shape, dtype = _header(file, path)
            expected = _size(shape, dtype)
            data = file.read(expected + 1)  # one more than there should be, to find out what is too long
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error
    _check_length(path, expected, len(data))
    return np.frombuffer(data, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
