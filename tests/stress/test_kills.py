"""Work outlives the program's being killed at any moment, while it saves, closes and restores too.

What must hold each time: the next start offers what was lost; the runs, the drawing and the metrics are there; what is
missing of the training is at most one epoch and what was being written; and two epochs more give, to the last bit, what
a run gives that nobody disturbed.
"""

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from mnist_viz.data.datasets import QUICK, Dataset, load_dataset
from mnist_viz.data.user.data_name import full_name
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.session_file import open_session
from mnist_viz.recording.snapshot import capture
from tests.stress import world
from tests.stress.killed_window import SAVED, SETTINGS, digest

TIMES = 50
MODES = ("training", "saving", "paused", "closing", "restoring", "two windows")
PATIENCE = 120.0
WRITING = 2.0
"""Seconds that writing an epoch's end may take where other programs run too: what is older must be there."""

Told = dict[str, Any]


class Window:
    """One in a process of its own, and what it has told, each with its moment."""

    def __init__(self, made: world.World, *arguments: object) -> None:
        self._world = made
        self.process = made.start("killed_window", *arguments)
        self.told: list[tuple[float, Told]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append((time.monotonic(), json.loads(line)))

    def wait_for(self, condition: Callable[[Told], bool]) -> Told:
        """The first that it tells which fulfils the condition."""
        end = time.monotonic() + PATIENCE
        while True:
            ended = self.process.poll() is not None or time.monotonic() > end
            for _, told in list(self.told):
                if condition(told):
                    return told
            if ended:
                self.kill()
                raise AssertionError(f"the window ended or hangs: {self._world.errors()}")
            time.sleep(0.01)

    def kill(self) -> float:
        """Kill it, and return when that was."""
        self.process.kill()
        at = time.monotonic()
        self.end()
        return at

    def end(self) -> int:
        """Wait for its own end, and return its status."""
        status = self.process.wait(PATIENCE)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


class Undisturbed:
    """The run as it is when nobody kills it."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._begin()
        self.grid = self._trainer.grid

    def _begin(self) -> None:
        train, validation = self._dataset.train, self._dataset.validation
        self._trainer = Trainer(
            SETTINGS, (train.images, train.labels), (validation.images, validation.labels),
            classes=len(self._dataset.class_names), image_shape=self._dataset.image_shape,
        )  # fmt: skip
        self._events = self._trainer.run()

    def digest(self, step: int) -> str:
        """Of the state after `step` batches."""
        if step < self._trainer.step:
            self._begin()
        with blas_threads(self._trainer.network, shared_with_window=True):
            while self._trainer.step < step:
                next(self._events)
        return digest(capture(self._trainer))


def test_kills(tmp_path: Path, times: int | None, seed: int) -> None:
    digits = load_dataset("synthetic", None, limit=QUICK)
    small = tmp_path / "digits.npz"
    np.savez(
        small,
        x_train=digits.train.images.reshape(-1, 28, 28), y_train=digits.train.labels,
        x_test=digits.test.images.reshape(-1, 28, 28), y_test=digits.test.labels,
    )  # fmt: skip
    data, chance = full_name(str(small)), Random(seed)
    reference = Undisturbed(load_dataset(data, None))
    failures = list[str]()
    for number in range(times or TIMES):
        mode = MODES[number % len(MODES)]
        made = world.make(tmp_path / str(number), with_mnist=False)
        try:
            outcome = one_kill(made, mode, data, reference, chance)
        except AssertionError as error:
            outcome = str(error)
            failures.append(f"kill {number + 1}, {mode}: {outcome}")
        print(f"kill {number + 1} of {times or TIMES}, {mode}: {outcome}")
    assert failures == []


def one_kill(made: world.World, mode: str, data: str, reference: Undisturbed, chance: Random) -> str:
    """Kill a window, see that all comes back, and return a sentence."""
    workers = [Window(made, "work", mode, data, made.work) for _ in range(2 if mode == "two windows" else 1)]
    for worker in workers:
        worker.wait_for(lambda told: told.get("epochs", 0) >= 2)
    time.sleep(chance.uniform(0.0, 3.0))
    if mode == "closing":
        workers[0].process.send_signal(signal.SIGTERM)
        time.sleep(chance.uniform(0.0, 0.4))
    killed = [(worker.kill(), worker) for worker in workers]
    if (made.work / SAVED).exists():  # the user's own file is a whole one
        open_session(made.work / SAVED)
    if mode == "restoring":
        restorer = Window(made, "restore")
        restorer.wait_for(lambda told: "pressed" in told)
        time.sleep(chance.uniform(0.0, 0.6))
        restorer.kill()
    killed.sort(key=lambda each: -each[0])  # the newest is offered first
    return ", ".join(restored(made, worker, at, reference) for at, worker in killed)


def restored(made: world.World, worker: Window, killed: float, reference: Undisturbed) -> str:
    """Restore what a killed window left, check it, and say what is missing."""
    last = [told for at, told in worker.told if at <= killed][-1]
    older = [told for at, told in worker.told if at <= killed - WRITING]
    window = Window(made, "restore")
    came = window.wait_for(lambda told: "runs" in told)
    after = window.wait_for(lambda told: "digest" in told)
    assert (window.end(), made.errors()) == (0, "")
    grid = reference.grid
    assert came["runs"] == ["Run 1", "a branch"]
    if older:
        assert came["epochs"] >= older[-1]["epochs"]
        assert came["strokes"] >= older[-1]["strokes"] - 1
    assert after["trained"] == grid.start(grid.at(came["steps"])[0] + 2)
    assert after["digest"] == reference.digest(after["trained"])
    missing = grid.position(max(last["steps"], came["steps"])) - grid.position(came["steps"])
    return f"{missing:.2f} of {grid.position(last['steps']):.2f} epochs are missing"
