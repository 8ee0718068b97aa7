"""Memory that is not used any more is given back to the system.

Of GNU's allocator only: others need not be told.
"""

import contextlib
import ctypes
import sys

LEAST_BYTES = 2**20
_M_MMAP_THRESHOLD = -3


def map_large_arrays() -> None:
    """Let large arrays lie in memory of their own, which goes back to the system with them.

    The allocator takes such arrays from its heaps once it has seen a large one go, and what is freed there stays
    while anything above it is used.
    """
    _call("mallopt", _M_MMAP_THRESHOLD, LEAST_BYTES)


def trim() -> None:
    """Give back the pages of the heaps in which nothing is used: 1 to 7 ms.

    The allocator itself gives back only those at the end of a heap, of which each thread has one.
    """
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(None), name)(*arguments)
