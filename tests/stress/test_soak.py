"""A window that is used at random for an hour: threads, files, objects and memory do not grow."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.stress import world

Sample = dict[str, Any]

WARM_UP = 0.25
"""The share of the time in which caches fill: lists are opened, panels shown, fonts loaded."""
LEAST_COUNTS = 8
"""Fewer tell nothing of growth."""
MOST_MB_AN_HOUR = 60.0
LEAST_SECONDS = 600.0
"""Of less than this a slope tells nothing; then memory may grow by so many MB in all."""
MOST_MB_AT_ALL = 80.0
MOST_MORE = {"threads": 1, "files": 4, "widgets": 40, "qobjects": 60, "python_qobjects": 60}
"""By so many each of these may be more at the end than after the warm-up: what is there depends on when one looks."""


def test_soak(tmp_path: Path, request: pytest.FixtureRequest, seed: int) -> None:
    made = world.make(tmp_path / "soak", with_mnist=True)
    minutes, began = request.config.getoption("--minutes"), time.monotonic()
    process = made.start("driven", made.root, seed, f"{minutes}min", "dark")
    samples: list[Sample] = []
    assert process.stdout is not None
    for line in process.stdout:
        said = json.loads(line)
        if "failure" in said:
            assert said["failure"] == [], f"after the events in {made.root / 'events'}"
            break
        samples.append(said)
        told = ", ".join(f"{said[name]:.0f} {name}" for name in ("rss_mb", "own_mb", "used_mb", *MOST_MORE))
        print(f"{(said['at'] - samples[0]['at']) / 60:5.1f} min, {said['events']} events: {told}")
    process.communicate()
    assert (process.returncode, made.errors()) == (0, "")
    assert time.monotonic() - began >= 60 * minutes, "it ended too soon"
    more: Counter[str] = Counter(samples[-1]["kinds"])
    more.subtract(late(samples)[0]["kinds"])
    print(f"{slope(samples):.0f} MB an hour; more of", *(f"{name} {count:+}" for name, count in more.most_common(6)))
    assert grown(samples) == []


def slope(samples: Sequence[Sample]) -> float:
    """MB an hour of memory that is not shared, by least squares, after the warm-up."""
    hours = np.array([sample["at"] for sample in late(samples)]) / 3600
    if len(hours) < 2:
        return 0.0
    return float(np.polyfit(hours - hours[0], [sample["own_mb"] for sample in late(samples)], 1)[0])


def grown(samples: Sequence[Sample]) -> list[str]:
    """What is more than it should be at the end."""
    if len(samples) < LEAST_COUNTS:
        return [] if samples else ["the window never came back to its beginning"]
    first, last = late(samples)[0], late(samples)[-1]
    # The least of the last three: a thread may just be ending.
    more = {name: min(sample[name] for sample in samples[-3:]) - first[name] for name in MOST_MORE}
    wrong = [f"{more[name]:+g} {name}" for name, most in MOST_MORE.items() if more[name] > most]
    long = last["at"] - first["at"] >= LEAST_SECONDS
    grows, most = (slope(samples), MOST_MB_AN_HOUR) if long else (last["own_mb"] - first["own_mb"], MOST_MB_AT_ALL)
    return [*wrong, *([f"memory: {grows:+.0f} MB{' an hour' if long else ''}"] if grows > most else [])]


def late(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Those after the warm-up, two at least."""
    begin, end = samples[0]["at"], samples[-1]["at"]
    after = [sample for sample in samples if sample["at"] >= begin + WARM_UP * (end - begin)]
    return after if len(after) > 1 else samples[-2:]
