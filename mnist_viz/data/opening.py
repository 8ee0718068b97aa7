"""Files are opened, and nothing else is: a pipe may never begin, and a device may never end."""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


def open_file(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file, or what a link leads to, to read its bytes.

    Raises:
        OSError: it is not there, it may not be read, or it is a folder, a pipe or a device.
    """
    # A pipe is opened at once, whether anybody writes to it or not; then it is seen to be one.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        check_file(descriptor, path)
        return open(descriptor, "rb")  # noqa: PTH123 - opens the descriptor, not a path
    except BaseException:
        os.close(descriptor)
        raise


def check_file(descriptor: int, path: str | os.PathLike[str]) -> None:
    """Raise OSError unless what is open under this name is a file."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", os.fspath(path))


def read_small(path: str | os.PathLike[str], most: int) -> bytes:
    """All of a file that is small.

    Raises:
        OSError: as `open_file`.
        ValueError: it has more than `most` bytes.
    """
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{Path(path).name} has more than {most:,} bytes")
    return data
