"""Does work outlive the program? It is killed at random moments, in saving and restoring too, and started again.

What must hold each time: the next start offers what was lost; the runs, the drawing and the metrics are there; what is
missing of the training is at most one epoch; and two epochs more give, to the last bit, what a run gives that nobody
disturbed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.bench.kills_child import SETTINGS, digest
from mnist_viz.data.datasets import QUICK, Dataset, load_dataset
from mnist_viz.data.user.user_data import full_name
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.session_file import ENDING, SessionFileError, open_session
from mnist_viz.recording.snapshot import capture

MODES = ("training", "saving", "paused", "closing", "restoring", "two windows")

PATIENCE = 90.0
WRITING = 0.5
"""Seconds that writing an epoch's end may take, while two windows train on two cores: what is older must be there."""


@dataclass(frozen=True)
class Told:
    """What a child said, and when."""

    at: float
    values: dict[str, Any]


class Child:
    """A window in a process of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "MNIST_VIZ_STATE_DIR": str(home / "state"),
            "MNIST_VIZ_CONFIG_DIR": str(home / "config"),
            "MNIST_VIZ_LOG_DIR": str(home / "log"),
            "MNIST_VIZ_DATA_DIR": str(home / "data"),
            "MNIST_VIZ_DRAWINGS": str(home / "drawings.jsonl"),
        }
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mnist_viz.bench.kills_child", *arguments],
            stdout=subprocess.PIPE, stderr=self._errors, env=environment, text=True,
        )  # fmt: skip
        self.told: list[Told] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.told.append(Told(time.monotonic(), json.loads(line)))

    def wait_for(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first that it tells which fulfils the condition.

        Raises:
            RuntimeError: it ends before, or nothing comes.
        """
        end = time.monotonic() + PATIENCE
        seen = 0
        while True:
            running = self._process.poll() is None
            for told in self.told[seen:]:
                seen += 1
                if condition(told.values):
                    return told.values
            if not running or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"the window ended or hangs: {self.errors()[-2000:] or 'it said nothing'}")
            time.sleep(0.005)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> float:
        """Kill it, and return when that was."""
        self._process.kill()
        at = time.monotonic()
        self._process.wait()
        self._reader.join(5)
        return at

    def end(self) -> int:
        """Wait for its own end, and return its status."""
        status = self._process.wait(PATIENCE)
        self._reader.join(5)
        return status

    def errors(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")


class Undisturbed:
    """The run as it is when nobody kills it."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._begin()
        self.grid = self._trainer.grid

    def digest(self, step: int) -> str:
        """Of the state after `step` batches."""
        if step < self._trainer.step:
            self._begin()
        with blas_threads(self._trainer.network, shared_with_window=True):
            while self._trainer.step < step:
                next(self._events)
        return digest(capture(self._trainer))

    def _begin(self) -> None:
        train, validation = self._dataset.train, self._dataset.validation
        self._trainer = Trainer(
            SETTINGS, (train.images, train.labels), (validation.images, validation.labels),
            classes=len(self._dataset.class_names), image_shape=self._dataset.image_shape,
        )  # fmt: skip
        self._events = self._trainer.run()


def measure(times: int, seed: int, say: Callable[[str], object]) -> dict[str, Any]:
    """Kill the program so often, in all `MODES` in turn; return figures, and what was lost as "failures"."""
    with tempfile.TemporaryDirectory() as folder:
        data = _small_data(Path(folder))
        return _measure(times, data, random.Random(seed), say)


def _small_data(folder: Path) -> str:
    """The name of a small data set in a file of its own: an epoch of it takes some tenths of a second."""
    digits = load_dataset("synthetic", None, limit=QUICK)
    path = folder / "digits.npz"
    np.savez(
        path,
        x_train=digits.train.images.reshape(-1, 28, 28), y_train=digits.train.labels,
        x_test=digits.test.images.reshape(-1, 28, 28), y_test=digits.test.labels,
    )  # fmt: skip
    return full_name(str(path))


def _measure(times: int, data: str, chance: random.Random, say: Callable[[str], object]) -> dict[str, Any]:
    reference = Undisturbed(load_dataset(data, None))
    failures: list[str] = []
    missing: list[float] = []
    seconds: list[float] = []
    for number in range(times):
        mode = MODES[number % len(MODES)]
        with tempfile.TemporaryDirectory() as folder:
            trial = _Trial(Path(folder), mode, data, reference, chance)
            try:
                trial.run()
            except (RuntimeError, subprocess.TimeoutExpired, SessionFileError, OSError) as error:
                trial.failures.append(str(error))
        missing += trial.missing
        seconds += trial.seconds
        failures += [f"kill {number + 1}, {mode}: {failure}" for failure in trial.failures]
        say(f"kill {number + 1} of {times}, {mode}: {trial.outcome}")
    return {
        "kills": times,
        "missing_epochs_max": max(missing, default=0.0),
        "restore_s_max": max(seconds, default=0.0),
        "failures": failures,
    }


class _Trial:
    """One kill, and what comes after it."""

    def __init__(self, home: Path, mode: str, data: str, reference: Undisturbed, chance: random.Random) -> None:
        self._home = home
        self._mode = mode
        self._data = data
        self._reference = reference
        self._chance = chance
        self.failures: list[str] = []
        self.missing: list[float] = []
        self.seconds: list[float] = []
        self.outcome = "failed"

    def run(self) -> None:
        workers = [self._worker() for _ in range(2 if self._mode == "two windows" else 1)]
        for worker in workers:
            worker.wait_for(lambda told: told.get("epochs", 0) >= 2)
        time.sleep(self._chance.uniform(0.0, 3.0))
        if self._mode == "closing":
            workers[0].signal(signal.SIGTERM)
            time.sleep(self._chance.uniform(0.0, 0.4))
        killed = [(worker, worker.kill()) for worker in workers]
        self._check_saved()
        if self._mode == "restoring":
            restorer = Child(self._home, "restore")
            restorer.wait_for(lambda told: "pressed" in told)
            time.sleep(self._chance.uniform(0.0, 0.6))
            restorer.kill()
        # The newest is offered first.
        for worker, at in sorted(killed, key=lambda each: -each[1]):
            self._restore(worker, at)

    def _worker(self) -> Child:
        return Child(self._home, "work", self._mode, self._data, str(self._home))

    def _check_saved(self) -> None:
        """The user's own file is a whole one, at whatever moment its writing was cut off."""
        path = self._home / f"saved{ENDING}"
        if path.exists():
            open_session(path)

    def _restore(self, worker: Child, killed: float) -> None:
        known = [told.values for told in worker.told if told.at <= killed]
        older = [told.values for told in worker.told if told.at <= killed - WRITING]
        start = time.monotonic()
        child = Child(self._home, "restore")
        child.wait_for(lambda told: "pressed" in told)
        came = child.wait_for(lambda told: "runs" in told)
        self.seconds.append(time.monotonic() - start)
        after = child.wait_for(lambda told: "digest" in told)
        status = child.end()
        grid = self._reference.grid
        missing = grid.position(max(known[-1]["steps"], came["steps"])) - grid.position(came["steps"])
        self.missing.append(missing)
        self.outcome = f"{missing:.2f} epochs missing of {grid.position(known[-1]['steps']):.2f}"
        if older and came["epochs"] < older[-1]["epochs"]:
            self.failures.append(
                f"{came['epochs']} epochs came back, and {older[-1]['epochs']} were trained long before"
            )
        if older and came["strokes"] < older[-1]["strokes"] - 1:
            self.failures.append(f"{came['strokes']} strokes came back of {older[-1]['strokes']}")
        if came["runs"] != ["Run 1", "a branch"]:
            self.failures.append(f"the runs that came back are {came['runs']}")
        goal = grid.start(grid.at(came["steps"])[0] + 2)
        if after["steps"] != goal:
            self.failures.append(f"from batch {came['steps']} it trained to {after['steps']}, not to {goal}")
        if after["digest"] != self._reference.digest(after["steps"]):
            self.failures.append(f"at batch {after['steps']} the weights are not those of an undisturbed run")
        if status or child.errors():
            self.failures.append(f"the window ended with status {status} and said {child.errors()[-500:]!r}")
