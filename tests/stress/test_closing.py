"""The program ends cleanly, whatever it is doing, by the window, Quit and signals."""

import os
import select
import subprocess
import time
from pathlib import Path

from tests.stress import world
from tests.stress.closing_window import HANDS

TIMES = 200
STATES = (
    "unpainted", "fresh", "full screen", "minimized", "floating", "error shown", "exception", "training",
    "slow training", "diverged", "preparing", "stepping", "replaying", "film playing", "examining", "loading",
    "fetching", "checking", "reading an image", "saving", "opening", "filming", "drawing", "context menu", "list open",
    "data dialog", "branch dialog", "run until dialog", "film dialog", "keys dialog", "open dialog", "save dialog",
)  # fmt: skip
GETS_THERE, HANGS = 240.0, 60.0
"""Seconds until it is taken to hang."""


def test_closing(tmp_path: Path, times: int | None) -> None:
    turns = [(STATES[n % len(STATES)], HANDS[(n + n // len(STATES)) % len(HANDS)]) for n in range(times or TIMES)]
    slowest, failures = 0.0, list[str]()
    for number, (state, hand) in enumerate(turns):
        seconds, wrong = close(tmp_path / str(number), state, hand)
        slowest = max(slowest, seconds)
        failures += [f"{state}, closed by {hand}: {each}" for each in wrong]
        print(f"{number + 1} of {len(turns)}: {state}, closed by {hand}: {seconds:.2f} s", *wrong, sep="; ")
    print(f"closed {len(turns)} times, in {slowest:.2f} s at most")
    assert failures == []


def close(folder: Path, state: str, hand: str) -> tuple[float, list[str]]:
    """Start the program and close it in that state; return how many seconds its end took, and what was wrong."""
    made = world.make(folder, with_mnist=False)
    # What has been made ready before is not loaded for long.
    cache = {"MNIST_VIZ_CACHE_DIR": str(folder / "cache")} if state == "loading" else {}
    process = made.start("closing_window", state, hand, made.work, no_proxy="127.0.0.1", **cache)
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], GETS_THERE)[0]:
        process.kill()
    first = process.stdout.readline()
    if not first.startswith("closing"):
        process.communicate()
        return 0.0, [f"it did not get there: {first}{made.errors()}"]
    wrong = list[str]()
    try:
        said = process.communicate(timeout=HANGS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[0]
        wrong.append("it did not end at all")
    seconds = time.time() - float(first.split()[1])
    if process.returncode != 0:
        wrong.append(f"status {process.returncode}")
    if error := made.errors():
        wrong.append(f"on standard error: {error}")
    if left := said.strip().rpartition("left")[2].strip():
        wrong.append(f"threads go on: {left}")
    if _lives(process.pid):
        wrong.append("a process of its own goes on")
    return seconds, wrong


def _lives(leader: int) -> bool:
    """Whether a process of the group is there still."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True
