"""The window with more of everything: parameters, epochs, pictures, runs, and data of one's own.

Everything is made up; networks learn nothing of it. What counts is that the window answers.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from mnist_viz.app import App, make_application
from mnist_viz.bench.watches import GapWatch, rss_mb, turn
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.data.datasets import DIGITS, Dataset, Subset
from mnist_viz.engine.settings import Settings
from mnist_viz.session.work import RESTING
from mnist_viz.simulated_user import SimulatedUser

PARAMETERS = (1700, 1000)  # 3.0 million with 784 inputs
EPOCHS = 1_000
PICTURES = 280_000  # as many as EMNIST's digits
RUNS = 200
OWN_PICTURES = 200_000

COLUMNS = {"seconds": "seconds", "gap_ms_p99": "gap p99", "gap_ms_max": "max", "training_gap_ms_p99": "training",
           "training_gap_ms_max": "max", "rss_mb": "MB"}  # fmt: skip
"""Figures of a case: seconds until it is there, milliseconds between the turns of the event loop meanwhile, the same
while training then runs at full speed, and the resident memory at the end."""

Figures = dict[str, float]

_PATIENCE = 600.0


def measure(seconds: float, scale: float = 1.0) -> Iterator[tuple[str, Figures]]:
    """Yield the figures, named in `COLUMNS`, of each case, in a window of its own.

    Args:
        seconds: how long training is watched.
        scale: less than 1 tries this function itself.
    """
    user = SimulatedUser(make_application())
    small = Settings(hidden=(16,), batch_size=32)
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own.npz"
        made = _subset(round(OWN_PICTURES * scale), 4)
        np.savez(own, x_train=made.images.reshape(-1, 28, 28), y_train=made.labels)
        cases: dict[str, tuple[Settings, int, Callable[[App, SimulatedUser], object]]] = {
            "3 million parameters": (Settings(hidden=PARAMETERS, learning_rate=0.001), 10_000, _nothing),
            f"{EPOCHS:,} epochs": (replace(small, epochs=round(EPOCHS * scale)), 64, _train),
            f"{PICTURES:,} pictures": (Settings(), round(PICTURES * scale), _nothing),
            f"{RUNS} runs": (small, 640, partial(_branch, round(RUNS * scale))),
            f"{OWN_PICTURES:,} of one's own": (Settings(), 640, partial(_open, own)),
        }
        for name, (settings, pictures, action) in cases.items():
            yield name, _measure(user, settings, pictures, action, seconds)


def lines(figures: dict[str, Figures]) -> list[str]:
    header = f"{'larger things':<26}" + "".join(f"{title:>10}" for title in COLUMNS.values())
    return [header] + [
        f"{name:<26}" + "".join(f"{row[column]:>10.1f}" for column in COLUMNS) for name, row in figures.items()
    ]


def _measure(
    user: SimulatedUser, settings: Settings, pictures: int, action: Callable[[App, SimulatedUser], object],
    seconds: float,
) -> Figures:  # fmt: skip
    dataset = _dataset(pictures)
    app = App(str(Path("nowhere")), None, Preferences(theme="dark", speed=None))
    app.window.resize(1440, 900)
    app.start()
    session = app.session
    user.wait(0.5)
    with GapWatch() as made:
        start = time.perf_counter()
        session.reset(settings)
        app.data.use_dataset(dataset)  # also in place of what the start still loads
        _rest(app, user, lambda: session.dataset is dataset)
        action(app, user)
        taken = time.perf_counter() - start
    session.change(replace(session.settings, epochs=10_000))
    session.play()
    user.wait(0.5)
    with GapWatch() as training:
        turn(seconds)
    memory = rss_mb()
    session.pause()
    _rest(app, user, lambda: True)
    app.window.close()
    user.wait(0.2)
    gaps, later = made.gaps or [0.0], training.gaps
    return {
        "seconds": taken, "gap_ms_p99": float(np.percentile(gaps, 99)), "gap_ms_max": max(gaps),
        "training_gap_ms_p99": float(np.percentile(later, 99)), "training_gap_ms_max": max(later), "rss_mb": memory,
    }  # fmt: skip


def _rest(app: App, user: SimulatedUser, condition: Callable[[], bool]) -> None:
    if not user.until(lambda: condition() and app.session.state in RESTING, _PATIENCE):
        raise RuntimeError(f"it was not done after {_PATIENCE:.0f} seconds")


def _nothing(_app: App, _user: SimulatedUser) -> None:
    pass


def _train(app: App, user: SimulatedUser) -> None:
    epochs = app.session.settings.epochs
    app.session.run_until(epochs=epochs)
    _rest(app, user, lambda: app.session.history.steps >= epochs)


def _branch(runs: int, app: App, user: SimulatedUser) -> None:
    session = app.session
    session.step_epoch()
    _rest(app, user, lambda: session.run.steps > 0)
    for _ in range(runs - 1):
        session.branch()
        user.turn()


def _open(path: Path, app: App, user: SimulatedUser) -> None:
    before = app.session.dataset
    app.data.use(str(path))
    _rest(app, user, lambda: app.session.dataset is not before)


def _dataset(pictures: int) -> Dataset:
    return Dataset("made", "Made up", DIGITS, _subset(pictures, 1), _subset(1_000, 2), _subset(1_000, 3), "made up")


def _subset(pictures: int, seed: int) -> Subset:
    """Pictures four fifths of which are dark, as in MNIST."""
    rng = np.random.default_rng(seed)
    images = rng.integers(1, 256, (pictures, 784), np.uint8)
    images[rng.random(images.shape, np.float32) < 0.8] = 0
    return Subset(images, (np.arange(pictures) % 10).astype(np.uint8))
