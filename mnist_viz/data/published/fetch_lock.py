"""One fetch at a time: a second program waits, and then finds what it wants already there."""

import errno
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

WAIT_SECONDS = 0.2
HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


@contextmanager
def one_at_a_time(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path`; the system frees it when the process ends, however that happens.

    Where there are no locks (some network folders) nobody waits: then both fetch, and both end well all the same.

    Args:
        waiting: called again and again while another process holds the lock.
    """
    file = None
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    if file is None:
        yield
        return
    with file:
        while _is_held(file):
            waiting()
            time.sleep(WAIT_SECONDS)
        yield


def _is_held(file: IO[bytes]) -> bool:
    """Try to take the lock; True when another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in HELD
    return False
