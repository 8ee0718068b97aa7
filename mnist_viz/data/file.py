"""A file of data, on the disk or in an archive: opened, unpacked, and what is wrong with it told in one sentence."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from mnist_viz.data.errors import DataError
from mnist_viz.system.files import open_file, unpacked


@dataclass(frozen=True)
class File:
    """A file in a tree.

    Args:
        path: its names from the root on, joined by "/"; an archive on the way counts as a folder.
        said: what a sentence calls it.
        size: bytes, before it is unpacked where it is a gzip file.
        raw: opens its bytes as they lie there.
    """

    path: str
    said: str
    size: int
    raw: Callable[[], IO[bytes]]

    @classmethod
    def at(cls, path: Path, size: int = 0) -> "File":
        """The file at a path of the disk."""
        return cls(path.name, str(path), size, partial(open_file, path))

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folders(self) -> list[str]:
        """The names of the folders that it lies in, from the root on."""
        return self.path.split("/")[:-1]

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open its bytes, unpacked where they are gzip's, whatever its name says.

        Raises:
            DataError: it cannot be read; also for whatever is raised inside `with` by those who decode it.
        """
        try:
            with self.raw() as packed, unpacked(packed) as stream:
                yield stream
        except (DataError, MemoryError):
            raise
        except FileNotFoundError as error:
            raise DataError(f"there is no file {self.said}: check the name") from error
        except OSError as error:
            if isinstance(error, gzip.BadGzipFile) or error.errno is None:
                raise self.damaged() from error
            raise DataError(f"{self.said} cannot be read ({error.strerror}): check its permissions") from error
        except Exception as error:
            raise self.damaged() from error

    def damaged(self) -> DataError:
        return DataError(f"{self.said} is cut short or damaged: get the file again")

    def start(self, count: int) -> bytes:
        with self.open() as stream:
            return stream.read(count)
