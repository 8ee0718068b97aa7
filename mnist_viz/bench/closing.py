"""Does the program end, in time and cleanly, whatever it is doing? Closed in subprocesses, in every state."""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from mnist_viz.bench import events_world
from mnist_viz.bench.closing_child import HANDS
from mnist_viz.bench.closing_states import STATES

_CHILD = """
import sys
from mnist_viz import cli
from mnist_viz.bench import closing_child
sys.exit(closing_child.main(cli.main))
"""

LONGEST = 2.0
"""Seconds from being closed to the end of the process."""

WAY_SECONDS = 60.0
"""So long it may take until the program is in its state."""

_HANG_SECONDS = 15.0


def measure(times: int, state: str | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Close the program so often, in all states in turn; return a row a state, and what went wrong.

    Raises:
        ValueError: there is no such state.
    """
    if state is not None and state not in STATES:
        raise ValueError(f"there is no state {state!r}; there are {', '.join(STATES)}")
    chosen = [state] if state is not None else list(STATES)
    turns = [(name, HANDS[(k + shift) % len(HANDS)]) for shift, (k, name) in product(range(times), enumerate(chosen))]
    rows: dict[str, dict[str, Any]] = {
        name: {"state": name, "times": 0, "slowest_s": 0.0, "failures": []} for name in chosen
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for number, (name, hand) in enumerate(turns[:times]):
            seconds, wrong = _close(Path(folder), number, name, hand)
            row = rows[name]
            row["times"] += 1
            row["slowest_s"] = max(row["slowest_s"], seconds)
            row["failures"] += wrong
            say(f"{number + 1} of {times}: {name}, closed by {hand}: {seconds:.2f} s{', '.join(['', *wrong])}")
    done = [row for row in rows.values() if row["times"]]
    return {
        "times": sum(row["times"] for row in done),
        "slowest_s": max((row["slowest_s"] for row in done), default=0.0),
        "states": done,
        "failures": [f"{row['state']}: {failure}" for row in done for failure in row["failures"]],
    }


def _close(folder: Path, number: int, state: str, hand: str) -> tuple[float, list[str]]:
    """Start the program and close it; return how many seconds its end took, and what was wrong."""
    world = events_world.make(folder / str(number), str(folder / "none"))
    cache = folder / ("cache" if state != "loading" else f"cache {number}")  # what is made already is not loaded long
    command = [
        sys.executable, "-c", _CHILD,
        "--state", state, "--hand", hand, "--folder", str(world.work),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, env=world.environment(cache) | {"no_proxy": "127.0.0.1"}, cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    if not _line_comes(process, WAY_SECONDS):
        process.kill()
        return 0.0, [f"it did not get into its state: {_told(process.communicate()[1])}"]
    closing = process.stdout.readline().decode()
    if not closing.startswith("closing"):
        return 0.0, [f"it ended before it was closed: {_told(process.communicate()[1])}"]
    since, wrong = float(closing.split()[1]), list[str]()
    try:
        said, error = process.communicate(timeout=_HANG_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, error = process.communicate()
        wrong.append("it did not end at all")
    seconds = time.time() - since
    lines = said.decode().splitlines()
    if seconds > LONGEST:
        wrong.append(f"it took {seconds:.1f} s ({hand})")
    if process.returncode != 0:
        wrong.append(f"status {process.returncode} ({hand})")
    if error.strip():
        wrong.append(f"on standard error ({hand}): {_told(error)}")
    if lines and (left := lines[-1].removeprefix("left").strip()):
        wrong.append(f"threads go on ({hand}): {left}")
    if _session_lives(process.pid):
        wrong.append(f"a process of its own goes on ({hand})")
    return seconds, wrong


def _line_comes(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    assert process.stdout is not None
    return bool(select.select([process.stdout], [], [], seconds)[0])


def _session_lives(leader: int) -> bool:
    """Whether a process of the group is there still."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def _told(error: bytes) -> str:
    lines: Sequence[str] = error.decode(errors="replace").strip().splitlines()
    return " | ".join(lines[-6:])
