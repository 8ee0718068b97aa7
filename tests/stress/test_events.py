"""Whatever one clicks, types, drops and draws: nothing raises, and the window says what the session is."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.stress import world

EVENTS, A_WINDOW = 100_000, 5_000
SCALES, THEMES = ("1", "1.5", "2"), ("dark", "light", "system")


def test_events(tmp_path: Path, times: int | None, seed: int) -> None:
    events = times or EVENTS
    counts = [min(A_WINDOW, events - begin) for begin in range(0, events, A_WINDOW)]

    def use(number: int) -> dict[str, Any]:
        made = world.make(tmp_path / str(number), with_mnist=True)
        scale, theme = SCALES[number % 3], THEMES[number // 3 % 3]
        process = made.start("driven", made.root, f"{seed}-{number}", counts[number], theme, QT_SCALE_FACTOR=scale)
        said = process.communicate()[0].splitlines()
        result: dict[str, Any] = json.loads(said[-1]) if said else {"events": 0, "failure": []}
        if error := made.errors():
            result["failure"].append(f"status {process.returncode}: {error}")
        if result["failure"]:
            trace = made.root / "events"
            done = trace.read_text().splitlines()[-12:] if trace.exists() else []
            result["failure"] += [f"scale {scale}, {theme}; the last of {trace}:", *done]
        print(f"window {number + 1} of {len(counts)}: {result['events']} events", *result["failure"], sep="\n  ")
        return result

    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        results = list(pool.map(use, range(len(counts))))
    assert [line for result in results for line in result["failure"]] == []
    assert sum(result["events"] for result in results) >= events
