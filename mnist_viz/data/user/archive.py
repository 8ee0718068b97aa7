"""A user's `.npz` archive: what its arrays claim is checked, and said in a sentence where it will not do."""

import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.npz import Header, NpzReader
from mnist_viz.data.user.examples import BLOCK_BYTES, LONGEST_SIDE, MOST_BYTES, LargerError

# An array stored column by column is in memory as a whole, and several times while it is turned.
MOST_COLUMNWISE = MOST_BYTES // 4


class UserArchive:
    """An open archive. Of an array nothing but the header is read before the header is found to be harmless.

    Raises:
        DataError: it cannot be read as an archive; so does anything that fails later inside `with`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._reader = NpzReader(path)
        except Exception as error:
            raise _unreadable(path, error) from error

    def __enter__(self) -> "UserArchive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
        if isinstance(error, Exception) and not isinstance(error, DataError | LargerError):
            raise _unreadable(self.path, error) from error

    @property
    def names(self) -> list[str]:
        return self._reader.names

    def header(self, name: str) -> Header:
        """Read and check one array's header."""
        if not self._reader.known_packing:
            raise DataError(f"{self.path} is compressed in an unknown way: save it with np.savez_compressed")
        header = self._reader.header(name)
        if header.dtype.hasobject:
            raise DataError(
                f"{name} in {self.path} holds Python objects, which could run code: save plain numbers or texts "
                "(np.array(labels, dtype=str))"
            )
        if not header.whole:
            raise DataError(f"{name} in {self.path} is not as long as it says: save the archive again")
        if math.prod(header.shape) and header.row_bytes > 8 * 4 * LONGEST_SIDE**2:
            size = header.shape[1:]
            raise DataError(
                f"{name} in {self.path} has entries of {by(size)}, {header.dtype}: a picture may have at most "
                f"{LONGEST_SIDE} pixels along a side, make them smaller"
            )
        return header

    def blocks(self, header: Header) -> Iterator[NDArray[Any]]:
        """The array in blocks of whole entries along its first dimension, of about BLOCK_BYTES each."""
        if header.fortran and len(header.shape) > 1 and header.shape[0] * header.row_bytes > MOST_COLUMNWISE:
            raise DataError(
                f"{header.name} in {self.path} is stored column by column: save it with np.ascontiguousarray"
            )
        return self._reader.blocks(header, BLOCK_BYTES)


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"there is no file {path}: check the name")
    if isinstance(error, OSError):
        return DataError(f"{path} cannot be read ({error.strerror or error}): check its permissions")
    return DataError(f"{path} is no .npz archive, or it is damaged: save it again with np.savez")


def by(shape: tuple[int, ...]) -> str:
    """A shape in words, such as 60,000 x 28 x 28."""
    return " x ".join(str(size) for size in shape) or "a single number"
