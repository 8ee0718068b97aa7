"""Random real events to the real window, in child processes: whatever one clicks, nothing may break.

What is done is a line each in a trace that can be replayed, as well as a program that is doing other things meanwhile
can do the same again.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mnist_viz.bench import events_world
from mnist_viz.paths import cache_dir

EVENTS_A_CHILD = 5_000
SECONDS_AN_EVENT = 1.0
"""So long an event may take on average, with the waiting for rest, before the child is taken to hang."""

START_SECONDS = 60.0
LINES_SHOWN = 12

SCALES = ("1", "1.5", "2")
THEMES = ("dark", "light", "system")

Say = Callable[[str], None]


def measure(events: int, seed: int, data_dir: str | None, kept: Path | None, say: Say) -> dict[str, Any]:
    """Send so many events, to a new window every 5,000; return figures, with a line for each "failures".

    Args:
        events: how many in all.
        seed: of what is chosen.
        data_dir: where MNIST is; it is used by copy.
        kept: the folder for the traces, which else are kept where something broke only.
        say: is told how it stands.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        parts = [min(EVENTS_A_CHILD, events - begin) for begin in range(0, events, EVENTS_A_CHILD)]

        def part(number: int) -> dict[str, Any]:
            trace = (kept or Path(folder)) / f"events-{seed}-{number}.jsonl"
            trace.parent.mkdir(parents=True, exist_ok=True)
            words = ["--events", str(parts[number]), "--seed", f"{seed}-{number}"]
            result = _child(Path(folder) / str(number), number, data_dir, trace, words)
            say("\n".join([_told(number, len(parts), result), *_told_failures(result)]))
            return result

        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            return _figures(list(pool.map(part, range(len(parts)))))


def replay(trace: Path, data_dir: str | None, kept: Path | None, say: Say) -> dict[str, Any]:
    """Do what a trace holds; return figures as `measure` does.

    Raises:
        FileNotFoundError: there is no such trace.
    """
    if not trace.is_file():
        raise FileNotFoundError(f"there is no trace {trace}")
    number = trace.stem.rpartition("-")[2]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        again = (kept or Path(folder)) / trace.name
        again.parent.mkdir(parents=True, exist_ok=True)
        words = ["--replay", str(trace.absolute())]
        result = _child(Path(folder) / "0", int(number) if number.isdigit() else 0, data_dir, again, words)
    say(_told(0, 1, result))
    return _figures([result])


def _child(root: Path, number: int, data_dir: str | None, trace: Path, words: Sequence[str]) -> dict[str, Any]:
    """Run one window in a world of its own; the number decides how large and of which colours it is."""
    scale, theme = SCALES[number % len(SCALES)], THEMES[number // len(SCALES) % len(THEMES)]
    world = events_world.make(root, data_dir)
    environment = world.environment(cache_dir()) | {"QT_SCALE_FACTOR": scale}
    command = [
        sys.executable, "-m", "mnist_viz.bench.events_child", "--root", str(root), "--trace", str(trace.absolute()),
        "--theme", theme, *words,
    ]  # fmt: skip
    count = int(words[1]) if words[0] == "--events" else _lines(Path(words[1]))
    start, late = time.monotonic(), ""
    with (root / "out").open("w") as out, (root / "err").open("w") as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err, cwd=_sources())
        try:
            status: int | str = process.wait(START_SECONDS + count * SECONDS_AN_EVENT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status, late = "none", "it did not end in time; "
    said, error = (root / "out").read_text().strip(), (root / "err").read_text().strip()
    result: dict[str, Any] = {
        "events": _lines(trace), "missed": 0, "seconds": time.monotonic() - start, "slowest_ms": 0.0, "kinds": {},
        "failure": [], "scale": scale, "theme": theme,
    }  # fmt: skip
    if said:
        result |= json.loads(said.splitlines()[-1])
    if (late or status not in (0, 1) or not said) and not result["failure"]:
        result["failure"] = [f"{late}status {status}: {error[-3000:]}"]
    elif error and not result["failure"]:
        result["failure"] = [f"on standard error: {error[-3000:]}"]
    if result["failure"]:
        result["trace"] = str(events_world.keep(trace) if trace.parent == root.parent and trace.is_file() else trace)
        result["last"] = trace.read_text(encoding="utf-8").splitlines()[-LINES_SHOWN:] if trace.is_file() else []
    shutil.rmtree(root, ignore_errors=True)
    return result


def _figures(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds: dict[str, int] = {}
    for result in results:
        for kind, count in result["kinds"].items():
            kinds[kind] = kinds.get(kind, 0) + count
    seconds = sum(result["seconds"] for result in results)
    events = sum(result["events"] for result in results)
    return {
        "events": events,
        "children": len(results),
        "missed": sum(result["missed"] for result in results),
        "events_per_second": events / seconds if seconds else 0.0,
        "slowest_ms": max((result["slowest_ms"] for result in results), default=0.0),
        "kinds": ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1])),
        "failures": [line for result in results for line in _told_failures(result)],
    }


def _told_failures(result: dict[str, Any]) -> Iterator[str]:
    if result["failure"]:
        yield f"after {result['events']} events, scale {result['scale']}, {result['theme']}, trace {result['trace']}:"
        yield from (f"  {line}" for failure in result["failure"] for line in failure.splitlines())
        yield from (f"  last: {line}" for line in result["last"])


def _told(number: int, count: int, result: dict[str, Any]) -> str:
    came = "; ".join(failure.strip().splitlines()[-1] for failure in result["failure"]) or "good"
    return f"{number + 1} of {count}: {result['events']} events in {result['seconds']:.0f} s, {came}"


def _lines(trace: Path) -> int:
    return len(trace.read_text(encoding="utf-8").splitlines()) if trace.is_file() else 0


def _sources() -> Path:
    """Where the package lies, for a child that is started from sources that are not installed."""
    return Path(__file__).resolve().parents[2]
