"""The learning curves alone: a move of the cursor, and many long runs of which one grows."""

from functools import partial

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from mnist_viz.bench.watches import PaintWatch, spread
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
    """Milliseconds from a move of the cursor to the painted curves; pictures a second of a run that grows beside 19."""
    panel = CurvesPanel()
    recolor(panel, DARK)
    panel.resize(*SIZE)
    runs = [_run(number, POINTS) for number in range(1, RUNS + 1)]
    panel.set_extent(float(EPOCHS))
    panel.set_runs(runs, RUNS)
    panel.show()
    watch = PaintWatch(*panel.findChildren(QWidget))
    turn = QApplication.processEvents
    watch.milliseconds(panel.update, turn, longest=_LONGEST)
    places = np.random.default_rng(0).uniform(0, EPOCHS, MOVES).tolist()
    moves = [watch.milliseconds(partial(panel.set_cursor, place), turn, longest=_LONGEST) for place in places]
    grown = [_run(RUNS, POINTS - FRAMES + added) for added in range(FRAMES)]
    frames = [
        watch.milliseconds(partial(panel.set_runs, [*runs[:-1], last], RUNS), turn, longest=_LONGEST) for last in grown
    ]
    panel.close()
    panel.deleteLater()
    return {
        **spread("curves_cursor_ms", moves),
        "curves_20_runs_hz": 1000 / float(np.median(frames)),
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
