"""Memory that is not used any more is given back to the system."""

import contextlib
import ctypes
import sys

LEAST_BYTES = 2**20
_M_MMAP_THRESHOLD = -3


def give_back() -> None:
    """Let large arrays lie in memory of their own, which goes back to the system with them.

    GNU's allocator takes such arrays from its heaps once it has seen a large one go; in hours of use the gaps between
    them grow by as much again as the program needs. Other allocators need not be told.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LEAST_BYTES)
