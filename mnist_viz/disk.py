"""Having the disk keep what it was given, also when the power fails."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any


def sync(file: IO[Any]) -> None:
    """Write everything of an open file to the disk.

    Raises:
        OSError: it cannot be written.
    """
    file.flush()
    if sys.platform == "darwin":  # whose fsync leaves it in the drive's own memory
        import fcntl

        with suppress(OSError):  # not every file system knows it
            fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
            return
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk remember which files are in `folder`; where that is not possible, nothing happens."""
    with suppress(OSError):  # Windows does not open folders, and some network disks do not flush them
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
