"""The window in use for long: does anything grow? Random events, and counts whenever it is back at its beginning."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.bench import events_world
from mnist_viz.paths import cache_dir

WARM_UP = 0.25
"""The share of the time in which caches fill: lists are opened, panels shown, fonts loaded."""

LEAST_COUNTS = 8
"""Fewer tell nothing of growth."""

MOST_MB_AN_HOUR = 60.0
LEAST_MINUTES = 10.0
"""Of less than this a slope tells nothing; then memory may grow by so many MB in all."""
MOST_MB_AT_ALL = 80.0

MOST_MORE = {"threads": 1, "files": 4, "widgets": 40, "qobjects": 60, "python_qobjects": 60}
"""By so many each of these may be more at the end than after the warm-up: what is there depends on when one looks."""

Sample = dict[str, Any]


def measure(minutes: float, seed: int, data_dir: str | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Use a window for so long; return what grew, with a line for each of the "failures"."""
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "0"
        world = events_world.make(root, data_dir)
        trace = root / "soak.jsonl"
        command = [
            sys.executable, "-m", "mnist_viz.bench.soak_child", "--root", str(root), "--trace", str(trace),
            "--minutes", str(minutes), "--seed", str(seed),
        ]  # fmt: skip
        result: dict[str, Any] = {}
        with (root / "err").open("w") as err, subprocess.Popen(
            command, env=world.environment(cache_dir()), stdout=subprocess.PIPE, stderr=err, text=True,
            cwd=Path(__file__).resolve().parents[2],
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                said = json.loads(line)
                if "failure" in said:
                    result = said
                else:
                    samples.append(said)
                    say(_told(samples[0], said))
        failures = list(result.get("failure", []))
        error = (root / "err").read_text().strip()
        if error or process.returncode not in (0, 1):
            failures.append(f"status {process.returncode}: {error[-3000:]}")
        if failures and trace.is_file():
            failures.append(f"trace {events_world.keep(trace)}")
    return {
        "minutes": result.get("seconds", 0.0) / 60,
        "events": result.get("events", 0),
        **(_growth(samples) if len(samples) > 1 else {}),
        "failures": [*failures, *grown(samples)],
    }


def slope(samples: Sequence[Sample]) -> float:
    """MB an hour of memory that is not shared, by least squares, after the warm-up."""
    late = _late(samples)
    hours = np.array([sample["at"] for sample in late]) / 3600
    if len(late) < 2 or hours[-1] == hours[0]:
        return 0.0
    return float(np.polyfit(hours - hours[0], [sample["own_mb"] for sample in late], 1)[0])


def grown(samples: Sequence[Sample]) -> list[str]:
    """What is more than it should be at the end."""
    if not samples:
        return ["the window never came back to its beginning"]
    if len(samples) < LEAST_COUNTS:
        return []
    late = _late(samples)
    wrong = []
    for name, most in MOST_MORE.items():
        # The least of the last three: a thread may just be ending.
        more = min(sample[name] for sample in late[-3:]) - late[0][name]
        if more > most:
            wrong.append(f"{name}: {more:g} more at the end than after the warm-up")
    if late[-1]["at"] - late[0]["at"] >= 60 * LEAST_MINUTES:
        if (steep := slope(samples)) > MOST_MB_AN_HOUR:
            wrong.append(f"memory grows by {steep:.0f} MB an hour")
    elif (more := late[-1]["own_mb"] - late[0]["own_mb"]) > MOST_MB_AT_ALL:
        wrong.append(f"memory has grown by {more:.0f} MB")
    return wrong


def _late(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Those after the warm-up, two at least."""
    begin, end = samples[0]["at"], samples[-1]["at"]
    late = [sample for sample in samples if sample["at"] >= begin + WARM_UP * (end - begin)]
    return late if len(late) > 1 else samples[-2:]


def _growth(samples: Sequence[Sample]) -> dict[str, Any]:
    late = _late(samples)
    figures: dict[str, Any] = {
        "counts": len(samples),
        **{
            f"{name}_{when}": value
            for name in ("rss_mb", "own_mb")
            for when, value in (
                ("first", samples[0][name]),
                ("after_warm_up", late[0][name]),
                ("last", samples[-1][name]),
                ("most", max(sample[name] for sample in samples)),
            )
        },
        "mb_an_hour": slope(samples),
    }
    for name in (*MOST_MORE, "objects"):
        figures[name] = f"{late[0][name]:.0f} after the warm-up, {late[-1][name]:.0f} at the end"
    more: Counter[str] = Counter(late[-1]["kinds"])
    more.subtract(late[0]["kinds"])
    figures["more_of"] = ", ".join(f"{name} {count:+d}" for name, count in more.most_common(8) if count > 0)
    return figures


def _told(first: Sample, sample: Sample) -> str:
    minutes = (sample["at"] - first["at"]) / 60
    counts = ", ".join(f"{sample[name]:.0f} {name}" for name in (*MOST_MORE, "objects"))
    memory = f"{sample['rss_mb']:.0f} MB, {sample['own_mb']:.0f} of its own"
    return f"{minutes:5.1f} min, {sample['events']:.0f} events: {memory}, {counts}"
