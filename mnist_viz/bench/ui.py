"""The window while it trains at full speed: does it answer, and what does it cost the training."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from mnist_viz.app import App, make_application
from mnist_viz.bench import curves, questions
from mnist_viz.bench.watches import GapWatch, PaintWatch, rss_mb, spread, turn
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.data.datasets import Dataset, load_dataset
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.progress import BatchEnd
from mnist_viz.engine.threads import blas_threads
from mnist_viz.recording.session_file import ENDING
from mnist_viz.recording.trainers import new_trainer
from mnist_viz.session.work import RESTING, State
from mnist_viz.simulated_user import DRAWN, LEFT, NO_MODIFIER, SimulatedUser

STROKE_REPEATS = 12
SCRUBS = 120
BACK_STEPS = 60
EPOCHS = 20
LONGEST = 10.0
KEPT_FRAMES = 200
ROUNDS = 5
STARTS = 5

# Prints the seconds from the start of the process, given as argument, to the end of the first paint.
_START = """
import gc, sys, time
gc.disable()  # as the command does
from mnist_viz.app import App, make_application
from mnist_viz.bench import curves
from mnist_viz.bench.watches import PaintWatch
application = make_application()
app = App()
app.window.resize(1440, 900)
watch = PaintWatch(app.weights, app.draw.pad)
app.start()
while not all(watch.counts.values()):
    application.processEvents()
print(time.time() - float(sys.argv[1]), "torch" in sys.modules)
app.window.close()
"""


def measure(data_dir: str | None, name: str, preset: str, seconds: float) -> dict[str, Any]:
    """Measure a window of 1440 x 900 with all panels visible; return figures by name.

    Raises:
        ValueError: there is no such preset.
        DataError: the data cannot be had.
    """
    if preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    startup, torch_loaded = _startup()
    make_application()
    of_curves = curves.measure()
    dataset = load_dataset(name, data_dir)
    bench = _Bench(data_dir, name, preset)
    try:
        overhead, with_window, alone = bench.overhead(dataset, seconds)
        gaps = bench.event_gaps(seconds)
        pad = bench.pad_to_prediction()
        scrub_training = bench.scrub()
        bench.pause()
        bench.train_epochs(EPOCHS)
        scrub = bench.scrub()
        back = bench.step_back()
        back_anywhere, back_after_a_look = bench.step_back_anywhere(), bench.step_back_anywhere(0.4)
        back_epoch = bench.back_epoch()
        asked = bench.ask()
        bench.show_all_panels()
        scrub_all, matrix_all = bench.scrub_everything()
        bench.play()
        scrub_all_training, _ = bench.scrub_everything()
        bench.pause()
        kept = bench.keep()
    finally:
        bench.close()
    return {
        **spread("event_gap_ms", gaps),
        "event_gap_ms_max": max(gaps),
        **spread("pad_to_prediction_ms", pad),
        **spread("scrub_ms", scrub),
        **spread("scrub_training_ms", scrub_training),
        **spread("scrub_all_panels_ms", scrub_all),
        **spread("scrub_all_panels_training_ms", scrub_all_training),
        **spread("scrub_to_matrix_ms", matrix_all),
        **spread("step_back_batch_ms", back),
        **spread("step_back_anywhere_ms", back_anywhere),
        **spread("step_back_after_a_look_ms", back_after_a_look),
        **spread("step_back_epoch_ms", back_epoch),
        **of_curves,
        **kept,
        "live_overhead": overhead,
        "samples_per_second_window": with_window,
        "samples_per_second_alone": alone,
        "startup_s": startup,
        "torch_loaded": torch_loaded,
        "rss_mb": bench.rss_mb,
        "preset": preset,
        "dataset": name,
        "platform": make_application().platformName(),
        "questions": asked,
    }


class _Bench:
    def __init__(self, data_dir: str | None, dataset: str, preset: str) -> None:
        application = make_application()
        self._user = SimulatedUser(application)
        self._app = App(data_dir, dataset, Preferences(theme="dark"))
        self._app.window.resize(1440, 900)
        self._app.start()
        session = self._app.session
        self._expect(lambda: session.dataset is not None and session.state in RESTING)
        session.reset(PRESETS[preset].settings)
        self._expect(lambda: session.shown is not None and session.state in RESTING)
        session.change(replace(session.settings, epochs=10_000))
        session.set_speed(None)
        self._user.draw(self._app.draw.pad, DRAWN[7])
        self.rss_mb = 0.0

    def overhead(self, dataset: Dataset, seconds: float) -> tuple[float, float, float]:
        """1 - speed with the window / speed without, in turns; and both speeds, in samples a second."""
        session = self._app.session
        alone, with_window = [], []
        trainer = new_trainer(session.settings, dataset)
        events = trainer.run()
        for _ in range(ROUNDS):
            with blas_threads(trainer.network):
                steps, start = 0, time.perf_counter()
                while time.perf_counter() - start < seconds / ROUNDS:
                    steps += isinstance(next(events), BatchEnd)
                alone.append(steps * trainer.grid.size(0) / (time.perf_counter() - start))
            self.play()
            before, start = session.history.steps, time.perf_counter()
            turn(seconds / ROUNDS)
            session.tick()
            steps = session.history.steps - before
            with_window.append(steps * trainer.grid.size(0) / (time.perf_counter() - start))
            self.pause()
        ratios = [w / a for w, a in zip(with_window, alone, strict=True)]
        return 1 - statistics.median(ratios), statistics.median(with_window), statistics.median(alone)

    def event_gaps(self, seconds: float) -> list[float]:
        """Milliseconds between the turns of the event loop, by a timer that is due every 5 ms."""
        self.play()
        self._user.wait(0.5)
        with GapWatch() as watch:
            turn(seconds)
        gaps = watch.gaps
        self.rss_mb = rss_mb()
        return gaps

    def pad_to_prediction(self) -> list[float]:
        """Milliseconds from a mouse movement on the pad to the painted answer, while training runs."""
        pad = self._app.draw.pad
        # The answer is set before the pad's own paint, and Qt paints both in one pass.
        watch = PaintWatch(pad)
        times: list[float] = []
        for _ in range(STROKE_REPEATS):
            pad.clear()
            for stroke in DRAWN[3]:
                points = [QPoint(round(x * pad.width()), round(y * pad.height())) for x, y in stroke]
                QTest.mousePress(pad, LEFT, NO_MODIFIER, points[0])
                for last, point in pairwise(points):
                    if point != last:  # else there is nothing to paint
                        self._user.wait(0.01)  # a mouse moves some hundred times a second at most
                        times.append(watch.milliseconds(partial(QTest.mouseMove, pad, point), self._user.turn))
                QTest.mouseRelease(pad, LEFT, NO_MODIFIER, points[-1])
        return times

    def scrub(self) -> list[float]:
        """Milliseconds from a cursor movement to the painted weights, over random recorded frames."""
        watch = PaintWatch(self._mosaic(), self._app.weights)
        go_to = self._app.session.go_to
        return [watch.milliseconds(partial(go_to, index), self._user.turn) for index in self._others(0)]

    def scrub_everything(self) -> tuple[list[float], list[float]]:
        """Milliseconds until every panel is painted, and until the confusion matrix of that frame is there too."""
        app, session = self._app, self._app.session
        watch = PaintWatch(self._mosaic(), app.activations.figure, app.timeline.track)
        painted, complete = [], []
        for index in self._others(1):
            start = time.perf_counter()
            painted.append(watch.milliseconds(partial(session.go_to, index), self._user.turn, every=True))
            shown = session.shown
            while shown is not None and app.mistakes.shown_model is not shown.model and time.perf_counter() - start < 1:
                self._user.turn()
            complete.append(1000 * (time.perf_counter() - start))
        return painted, complete

    def _others(self, seed: int) -> Iterator[int]:
        """Random recorded frames, none of which is shown just then; afterwards the cursor is live again."""
        session, rng = self._app.session, np.random.default_rng(seed)
        for index in rng.integers(len(session.timeline), size=SCRUBS).tolist():
            if session.timeline.index != index or session.timeline.live:
                yield index
                self._user.wait(0.01)
        session.go_live()
        self._user.wait(0.1)

    def ask(self) -> dict[str, dict[str, float]]:
        return questions.measure(self._app, self._user)

    def show_all_panels(self) -> None:
        """Put no panel behind another one."""
        window, docks = self._app.window, self._app.window.docks
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        places = (
            ("weights", "activations", down), ("errors", "activations", across), ("compare", "weights", across),
            ("runs", "settings", across),
        )  # fmt: skip
        for key, *_ in places:
            window.removeDockWidget(docks[key])  # from the tabs that it shares with panels that were asked
        for key, beside, orientation in places:
            window.splitDockWidget(docks[beside], docks[key], orientation)
            docks[key].show()
        self._user.wait(0.5)
        hidden = [key for key, dock in docks.items() if not dock.on_demand and dock.visibleRegion().isEmpty()]
        if hidden:
            raise RuntimeError(f"these panels cannot be seen: {', '.join(hidden)}")

    def train_epochs(self, count: int) -> None:
        session = self._app.session
        session.reset()
        self._expect(lambda: session.state is State.IDLE and session.run.steps == 0)
        session.run_until(epochs=count)
        self._expect(lambda: session.state in RESTING)

    def step_back(self) -> list[float]:
        """Milliseconds from 'back a batch' to the painted weights, again and again from the end, training paused."""
        self._app.session.go_live()
        return [self._time_back(self._app.session.back_batch, 1) for _ in range(BACK_STEPS)]

    def step_back_anywhere(self, look: float = 0.0) -> list[float]:
        """The same from random recorded moments, each looked at for so many seconds; the way there is forgotten."""
        session, rng = self._app.session, np.random.default_rng(2)
        times = []
        for index in rng.integers(1, len(session.timeline), BACK_STEPS).tolist():
            session.go_to(index)
            self._user.wait(0.02)
            session.forget_replayed()
            self._user.wait(look)
            times.append(self._time_back(session.back_batch, 1))
        return times

    def back_epoch(self) -> list[float]:
        """Milliseconds from 'back an epoch' to the painted weights."""
        session = self._app.session
        times = []
        for _ in range(4):
            session.go_live()
            self._user.wait(0.05)
            for _ in range(EPOCHS):
                grid, shown = session.history.grid, session.shown
                assert shown is not None
                step = shown.step - grid.start(grid.at(shown.step - 1)[0])
                times.append(self._time_back(session.back_epoch, step))
        return times

    def _time_back(self, back: Callable[[], None], steps: int) -> float:
        session = self._app.session
        wanted = (session.shown.step if session.shown is not None else 0) - steps

        def shown() -> bool:
            return session.shown is not None and session.shown.step == wanted

        passed = PaintWatch(self._mosaic(), self._app.weights).milliseconds(
            back, self._user.turn, shown, longest=LONGEST
        )
        if not shown():
            raise TimeoutError("a moment of the past was not shown within ten seconds")
        self._user.until(lambda: session.state in RESTING)
        self._user.wait(0.01)
        return passed

    def keep(self) -> dict[str, float]:
        """Save a session of 200 frames with Adam while training goes on, and open it again."""
        app, session = self._app, self._app.session
        session.set_budget(2**30)
        session.reset(replace(session.settings, optimizer="adam", learning_rate=0.001))
        self._expect(lambda: session.state is State.IDLE and session.run.steps == 0)
        for run in list(session.runs):
            if run is not session.run:
                session.delete(run.number)
        while len(session.timeline) < KEPT_FRAMES:
            session.run_until(epochs=1)
            self._expect(lambda: session.state in RESTING)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"bench{ENDING}"
            self.play()
            self._user.wait(0.5)
            with GapWatch() as watch:
                start = time.perf_counter()
                app.session_files.save(str(path))
                while app.session_files.busy:
                    turn(0.01)
                saved = time.perf_counter() - start
            self.pause()
            frames, before = len(session.timeline), session.runs
            start = time.perf_counter()
            app.session_files.open(str(path))
            self._expect(lambda: not app.session_files.busy)
            if app.messages.findChildren(QAbstractButton, options=Qt.FindChildOption.FindChildrenRecursively):
                app.messages.action_triggered.emit("Open it")  # it was trained on after it was saved
            self._expect(lambda: session.runs is not before)
            watch_paint = PaintWatch(self._mosaic())
            while not any(watch_paint.counts.values()) and time.perf_counter() - start < LONGEST:
                self._user.turn()
            opened = time.perf_counter() - start
            size = path.stat().st_size / 1e6
        return {
            "session_frames": float(frames),
            "session_mb": size,
            "session_save_s": saved,
            "session_save_gap_ms_max": max(watch.gaps, default=0.0),
            "session_open_s": opened,
        }

    def play(self) -> None:
        self._app.session.play()

    def pause(self) -> None:
        session = self._app.session
        session.pause()
        self._expect(lambda: session.state in RESTING)

    def close(self) -> None:
        self._app.window.close()

    def _mosaic(self) -> QWidget:
        """What paints the weights."""
        found = self._app.weights.findChild(QWidget, "weight-mosaic")
        assert isinstance(found, QWidget)
        return found

    def _expect(self, condition: Any) -> None:
        if not self._user.until(condition, 60):
            raise TimeoutError("the window did not come to rest within a minute")


def _startup() -> tuple[float, bool]:
    """Median seconds from starting the process to the first painted frame, warm, and whether torch was loaded."""
    times, torch = [], False
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = compiled
        for number in range(STARTS + 1):
            done = subprocess.run(
                [sys.executable, "-c", _START, str(time.time())],
                capture_output=True, text=True, check=True, env=environment, timeout=60,
            )  # fmt: skip
            seconds, loaded = done.stdout.split()
            torch |= loaded == "True"
            if number:  # the first start compiles the modules, and warms the disk's cache
                times.append(float(seconds))
    return statistics.median(times), torch
