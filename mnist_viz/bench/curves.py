"""The learning curves alone: a move of the cursor, and many long runs of which one grows."""

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from mnist_viz.bench.watches import PaintWatch
from mnist_viz.recording.smoothing import Series
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.theme import DARK
from mnist_viz.views.widgets import recolor

SIZE = (420, 560)  # of the panel, in pixels
RUNS, POINTS, EPOCHS = 20, 2000, 20
MOVES, FRAMES = 200, 60
_LONGEST = 5.0


def measure() -> dict[str, float]:
    """Milliseconds from a move of the cursor to the painted curves; pictures a second of a run that grows beside 19.

    Raises:
        TimeoutError: nothing was painted.
    """
    panel = CurvesPanel()
    recolor(panel, DARK)
    panel.resize(*SIZE)
    runs = [_run(number, POINTS) for number in range(1, RUNS + 1)]
    panel.set_extent(float(EPOCHS))
    panel.set_runs(runs, RUNS)
    panel.show()
    watch = PaintWatch(*panel.findChildren(QWidget))
    _painted(watch, panel.update)
    places = np.random.default_rng(0).uniform(0, EPOCHS, MOVES).tolist()
    moves = [1000 * _painted(watch, partial(panel.set_cursor, place)) for place in places]
    grown = [_run(RUNS, POINTS - FRAMES + added) for added in range(FRAMES)]
    frames = [_painted(watch, partial(panel.set_runs, [*runs[:-1], last], RUNS)) for last in grown]
    panel.close()
    panel.deleteLater()
    return {
        "curves_cursor_ms_p50": float(np.percentile(moves, 50)),
        "curves_cursor_ms_p99": float(np.percentile(moves, 99)),
        "curves_20_runs_hz": 1 / float(np.median(frames)),
    }


def _run(number: int, points: int) -> RunCurves:
    """A run with so many points a curve, the validation's at the ends of epochs."""
    rng = np.random.default_rng(number)
    x = np.linspace(0, EPOCHS, POINTS)[:points]
    loss = 2.3 * np.exp(-x / (3 + number / 4)) + 0.05 * rng.random(points)
    accuracy = np.clip(1 - loss / 2.6, 0, 1)
    ends = np.searchsorted(x, np.arange(1, EPOCHS), side="left")
    ends = ends[ends < points]
    training = [Series(x, y, 0.9 * y, 1.1 * y) for y in (loss, accuracy)]
    validation = [Series(x[ends], y[ends]) for y in (1.1 * loss, 0.95 * accuracy)]
    return RunCurves(number, f"Run {number}", number, training[0], validation[0], training[1], validation[1])


def _painted(watch: PaintWatch, change: Callable[[], object]) -> float:
    """Seconds until something has been painted after `change`."""
    before, start = sum(watch.counts.values()), time.perf_counter()
    change()
    while sum(watch.counts.values()) == before:
        QApplication.processEvents()
        if time.perf_counter() - start > _LONGEST:
            raise TimeoutError("the curves were not painted within five seconds")
    return time.perf_counter() - start
