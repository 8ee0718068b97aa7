"""Locks between processes, on files: the system frees one when its process ends, however that happens."""

import errno
import os
import sys
from pathlib import Path
from typing import IO

HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


class NoLocksError(OSError):
    """There are no locks in this place, as in some network folders."""


def try_lock(path: Path) -> IO[bytes] | None:
    """The locked file `path`, made if need be, which keeps the lock until it is closed; None if another one has it.

    Raises:
        NoLocksError: nobody can lock anything there.
        OSError: the file cannot be made.
    """
    file = path.open("a+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if error.errno in HELD:
            return None
        raise NoLocksError(error.errno, error.strerror, str(path)) from error
    if not _is_there(file, path):  # whoever had it has removed it meanwhile: nobody else would find this one
        file.close()
        return try_lock(path)
    return file


def _is_there(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
