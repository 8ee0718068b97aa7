"""A small session with everything that a session can hold, for tests that write and read files."""

from dataclasses import replace

import numpy as np

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Labelled, Trainer
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.snapshot import capture
from mnist_viz.recording.timeline import Timeline

SETTINGS = Settings(
    preset="", hidden=(6, 5), batch_size=16, epochs=3, optimizer="adam", learning_rate=0.005, batch_norm=True,
    dropout=0.3, input_dropout=0.1, label_smoothing=0.1, schedule="cosine", l2=1e-3, early_stopping=50,
    augmentation=Augmentation(shift=0.5, rotation=10.0),
)  # fmt: skip


def _pictures(count: int) -> Labelled:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 16), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8)


TRAIN, VALIDATION = _pictures(90), _pictures(20)


def recorded(number: int, trainer: Trainer, batches: int, before: Run | None = None) -> Run:
    """A run of so many batches more, whose frames are those after each third batch and at the ends of epochs."""
    run = Run(
        number, f"Run {number}", number, "mnist", ("a", "b", "c"), (4, 4), trainer.config, 3,
        Timeline(), History(trainer.grid),
    )  # fmt: skip
    if before is not None:
        root = before.timeline.before(trainer.step)
        assert root is not None
        run.parent, run.root_step = before.number, root.step
        run.timeline, run.history = before.timeline.until(root), before.history.copy_until(root.step, trainer.grid)
    else:
        run.timeline.add(capture(trainer))
    last, trainer.epochs = trainer.step + batches, 10_000
    train(run, trainer, last)
    return run


def make_runs(settings: Settings = SETTINGS, batches: int = 20) -> Runs:
    """A run, and one that leaves it halfway with another learning rate."""
    first = recorded(1, Trainer(settings, TRAIN, VALIDATION, classes=3), batches)
    root = first.timeline.before(batches // 2)
    assert root is not None
    assert root.state is not None
    changed = replace(settings, learning_rate=settings.learning_rate / 3)
    config = first.config.until(root.step).changed(root.step, changed)
    second = recorded(2, Trainer.resume(config, root.state, TRAIN, VALIDATION, classes=3), batches, first)
    runs = Runs()
    for run in (first, second):
        runs.add(run)
    runs.activate(2)
    return runs


def make_varied_runs() -> Runs:
    """Two runs with everything that can be said of one."""
    runs = make_runs()
    first = runs.get(1)
    first.name, first.visible, first.pins, first.tested = "début ✎", False, {3, 6}, (20, 0.5, 0.75)
    first.incidents.append(Incident(12, "diverged", "It diverged."))
    first.timeline.go_to(2)
    return runs


def train(run: Run, trainer: Trainer, last: int) -> None:
    """Train `run` up to the step `last`, with frames after each third batch, at the ends of epochs and at the end."""
    for event in trainer.run():
        if isinstance(event, EpochEnd):
            run.history.add_epoch(event)
        else:
            run.history.add_batches([event])
            if event.batch + 1 == trainer.batches_per_epoch:
                continue
        if isinstance(event, EpochEnd) or event.step % 3 == 0 or event.step >= last:
            run.timeline.add(capture(trainer))
        if event.step >= last:
            break
    run.configure(trainer.config)


def session_contents(runs: Runs | None = None) -> SessionContents:
    """The runs, or others with everything, and a drawing."""
    points = np.linspace(0, 1, 14, dtype=np.float32).reshape(7, 2)
    strokes = Stroke(points, 0.06), Stroke(points[::-1], 0.03, np.linspace(0, 1, 7, dtype=np.float32))
    return SessionContents(copy_of(runs or make_varied_runs()), Drawing(strokes))
