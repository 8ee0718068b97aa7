"""Damaged and hostile files: whether the program reads or refuses each of them as it promises.

Every input comes from its number alone, so that `mnist-viz bench files --inputs 1 --format F --seed NUMBER` gives the
same one again. What fails is kept as well.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from mnist_viz.bench.fuzz.inputs import PLACE, keep

NAMES = (
    "model", "checkpoint", "session", "left behind", "preferences", "image", "strokes", "drawings", "csv", "npz",
    "folder", "idx", "prepared",
)  # fmt: skip
"""The formats. They are made in a process of their own: for one of them Qt is loaded."""

PATIENCE = 20.0
"""Seconds after which a process that says nothing is given up: what takes longer than two, it finds itself."""
START = 120.0


def measure(inputs: int, format: str | None, seed: int, say: Callable[[str], object]) -> list[dict[str, Any]]:
    """Have so many inputs read of each format, or of one, and return the figures of each.

    Args:
        seed: the number of the first input; the others follow it.
        say: told what is being done.

    Raises:
        ValueError: there is no such format.
    """
    if format is not None and format not in NAMES:
        raise ValueError(f"there is no format {format!r}; there are {', '.join(NAMES)}")
    results = []
    for name in NAMES if format is None else (format,):
        result = _Run(name, seed, inputs).result()
        results.append(result)
        say(line(result))
    return results


def line(result: dict[str, Any]) -> str:
    """The figures of a format in a line, and those inputs that failed below it."""
    first = (
        f"{result['format']:<12} {result['inputs']:>7,} inputs: {result['accepted']:>6,} read, {result['refused']:>6,} "
        f"refused, {len(result['failures']):>4,} failed; slowest {result['slowest_s']:.2f} s, "
        f"most {result['peak_mb']:.0f} of {result['bound_mb']} MB"
    )
    return "\n".join([first, *(f"  {one['number']}: {one['problem']} ({one['kept']})" for one in result["failures"])])


class _Run:
    """The inputs of one format, and the processes that read them, one after the other."""

    def __init__(self, name: str, first: int, count: int) -> None:
        self._name = name
        self._next, self._end = first, first + count
        self._kept = Path(tempfile.gettempdir()) / "mnist-viz-files"
        self._result: dict[str, Any] = {
            "format": name, "inputs": 0, "accepted": 0, "refused": 0, "slowest_s": 0.0, "peak_mb": 0.0,
            "bound_mb": 0, "failures": [],
        }  # fmt: skip

    def result(self) -> dict[str, Any]:
        while self._next < self._end:
            with tempfile.TemporaryDirectory(prefix="mnist-viz-files-") as folder:
                self._until_it_ends(Path(folder))
        return self._result

    def _until_it_ends(self, folder: Path) -> None:
        """Start a process at the next input; when it ends before its time, that input is to blame."""
        command = [sys.executable, "-m", "mnist_viz.bench.fuzz.child", self._name, str(self._next), str(self._end)]
        command += [str(folder), str(self._kept)]
        environment = os.environ | {
            "MNIST_VIZ_CANARY": str(folder / "canary"), "MNIST_VIZ_DRAWINGS": str(folder / "drawings.jsonl"),
            "QT_QPA_PLATFORM": "offscreen", "PYTHONFAULTHANDLER": "1", "TMPDIR": str(folder),
            "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }  # fmt: skip
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8", env=environment,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        reader = threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True)
        reader.start()
        started = silent = False
        try:
            while answer := _answer(lines, PATIENCE if started else START):
                started = True
                self._take(json.loads(answer))
            silent = answer is None
        finally:
            if not silent:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
            process.kill()
            status = process.wait()
            reader.join()
            process.stdout.close()
            complaints = process.stderr.read().strip()
            process.stderr.close()
        if not started:
            raise RuntimeError(f"the files of the format {self._name} cannot be made: {complaints[-2000:]}")
        if self._next < self._end:
            words = (folder / "printed").read_text(errors="replace").strip().split("\n")
            what = f"it does not come back within {PATIENCE:.0f} s" if silent else f"the process dies, status {status}"
            if (folder / PLACE).is_dir():
                keep(folder / PLACE, self._place(self._next))
            last = next((line for line in words if line.startswith("Fatal")), words[-1])
            self._fail(self._next, f"{what}: {last[:200]}")
            self._result["inputs"] += 1
            self._next += 1

    def _take(self, answer: dict[str, Any]) -> None:
        self._result["bound_mb"] = answer.get("bound", self._result["bound_mb"])
        if "problem" not in answer:
            return
        result = self._result
        result["inputs"] += 1
        result["accepted"] += answer["accepted"]
        result["refused"] += not answer["accepted"] and not answer["problem"]
        result["slowest_s"] = max(result["slowest_s"], answer["seconds"])
        result["peak_mb"] = max(result["peak_mb"], answer["megabytes"])
        if answer["problem"]:
            self._fail(answer["number"], answer["problem"])
        self._next = answer["number"] + 1

    def _fail(self, number: int, problem: str) -> None:
        failure = {"format": self._name, "number": number, "problem": problem, "kept": str(self._place(number))}
        self._result["failures"].append(failure)

    def _place(self, number: int) -> Path:
        return self._kept / f"{self._name}-{number}"


def _pump(stream: IO[str], lines: "queue.SimpleQueue[str]") -> None:
    for text in stream:
        lines.put(text)
    lines.put("")


def _answer(lines: "queue.SimpleQueue[str]", seconds: float) -> str | None:
    """The next line; empty when there will be none, None when it does not come in time."""
    try:
        return lines.get(timeout=seconds)
    except queue.Empty:
        return None
