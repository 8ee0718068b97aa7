"""One fetch at a time: a second program waits, and then finds what it wants already there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mnist_viz.locks import try_lock

WAIT_SECONDS = 0.2


@contextmanager
def one_at_a_time(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path`.

    Where there are no locks (some network folders) nobody waits: then both fetch, and both end well all the same.

    Args:
        waiting: called again and again while another process holds the lock.
    """
    file: IO[bytes] | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        while (file := try_lock(path)) is None:
            waiting()
            time.sleep(WAIT_SECONDS)
    except OSError:
        yield
        return
    with file:
        yield
