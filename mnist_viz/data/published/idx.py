"""IDX, the format in which MNIST is published: a few big-endian numbers, then the values of one array.

The first four bytes are 0, 0, the type of the values (8 is unsigned byte, 12 a 32-bit integer) and the number of
dimensions; each dimension follows as a big-endian 32-bit number (Y. LeCun, C. Cortes and C. Burges, "The MNIST
database").
"""

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError

TYPES: dict[int, np.dtype[Any]] = {0x08: np.dtype("u1"), 0x0C: np.dtype(">i4")}
# No data set that the program knows comes near: a header that asks for more is damaged.
MAX_BYTES = 1 << 30
_AGAIN = "delete it and fetch it again"


def read_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that an IDX file declares, reading its header alone; `.gz` is unpacked.

    The length of a file that is not compressed is checked as well, so a truncated one is found out for the
    price of a few bytes.

    Raises:
        DataError: the file is missing, unreadable, no IDX file, or has not the length it declares.
    """
    with _opened(path) as file:
        shape, dtype = _header(file, path)
        if path.suffix != ".gz":
            header = 4 + 4 * len(shape)
            _check_length(path, header + math.prod(shape) * dtype.itemsize, path.stat().st_size)
        return shape


def read(path: Path, count: int | None = None) -> NDArray[Any]:
    """Return the array of an IDX file, plain or `.gz`, in the shape that its header declares: uint8 or int32.

    Args:
        count: only so many of its first entries.

    Raises:
        DataError: as `read_shape`; also when a compressed file is damaged or has not the length it declares.
    """
    with _opened(path) as file:
        shape, dtype = _header(file, path)
        if count is not None:
            shape = (min(count, shape[0]), *shape[1:])
        expected = math.prod(shape) * dtype.itemsize
        data = file.read(expected + (count is None))  # one more than there should be, to find out what is too long
    _check_length(path, expected, len(data))
    return np.frombuffer(data, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing") from error
    except EOFError as error:
        raise DataError(f"{path} is cut short; {_AGAIN}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged ({error}); {_AGAIN}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error


def _header(file: BinaryIO, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise DataError(f"{path} is not an IDX file: it begins with {start!r}; {_AGAIN}")
    if start[2] not in TYPES or not 1 <= start[3] <= 3:
        raise DataError(
            f"{path} does not hold bytes or integers in one to three dimensions (its header says type "
            f"{start[2]:#04x}, {start[3]} dimensions); {_AGAIN}"
        )
    rest = file.read(4 * start[3])
    if len(rest) < 4 * start[3]:
        raise DataError(f"{path} is cut short within its header; {_AGAIN}")
    shape, dtype = tuple(int(size) for size in np.frombuffer(rest, dtype=">u4")), TYPES[start[2]]
    if (size := math.prod(shape) * dtype.itemsize) > MAX_BYTES:
        raise DataError(f"{path} claims to hold {size:,} bytes; {_AGAIN}")
    return shape, dtype


def _check_length(path: Path, expected: int, found: int) -> None:
    if found < expected:
        raise DataError(f"{path} is cut short: {found:,} of {expected:,} bytes are there; {_AGAIN}")
    if found > expected:
        raise DataError(f"{path} holds more than its header says; {_AGAIN}")
