"""What large arrays have left is given back, also below one that stays."""

import subprocess
import sys
from pathlib import Path

import pytest

_KEEP_ONE = """
import sys
import numpy as np
from mnist_viz.bench.watches import rss_mb
from mnist_viz.system.memory import map_large_arrays, trim
if sys.argv[1] == "map":
    map_large_arrays()
large = np.ones(25 * 2**20, np.uint8)
del large  # from now on GNU's allocator takes smaller ones from its heap
before = rss_mb(shared=False)
arrays = [np.ones(2**21, np.uint8) for _ in range(60)]
kept = arrays.pop()
arrays.clear()
if sys.argv[1] == "trim":
    trim()
print(rss_mb(shared=False) - before)
"""


def left(how: str) -> float:
    """MB that are left of 120 when the last of 60 arrays stays."""
    done = subprocess.run([sys.executable, "-c", _KEEP_ONE, how], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the platform does not tell")
def test_what_is_not_used_any_more_goes_back_to_the_system() -> None:
    given_back = max(left("map"), left("trim"))
    assert given_back < 10
    if sys.platform.startswith("linux") and (otherwise := left("")) >= 10:  # an allocator that has to be told
        assert given_back < otherwise / 2
