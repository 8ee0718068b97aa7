"""A small session with everything that a session can hold, for tests that write and read files."""

import numpy as np

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import EpochEnd, Labelled, Trainer
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents, copy_of
from mnist_viz.recording.snapshot import capture
from mnist_viz.recording.timeline import Timeline

SETTINGS = Settings(
    preset="", hidden=(6, 5), batch_size=16, epochs=3, optimizer="adam", learning_rate=0.005, batch_norm=True,
    dropout=0.1, schedule="cosine", early_stopping=50, augmentation=Augmentation(shift=0.5, rotation=10.0),
)  # fmt: skip


def _pictures(count: int) -> Labelled:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 16), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8)


TRAIN, VALIDATION = _pictures(90), _pictures(20)


def make_runs() -> Runs:
    """A run with chance of every kind, batch normalization and early stopping, and a branch of it."""
    trainer = Trainer(SETTINGS, TRAIN, VALIDATION, classes=3)
    first = Run(
        1, "début ✎", 1, "mnist", ("a", "b", "c"), (4, 4), trainer.config, 3, Timeline(), History(trainer.grid),
        pins={3}, tested=(8, 0.5, 0.75), incidents=[Incident(5, "diverged", "It diverged.")],
    )  # fmt: skip
    first.timeline.add(capture(trainer))
    train(first, trainer, 8)
    root = first.timeline.before(4)
    assert root is not None
    assert root.place is not None
    branch = Trainer.resume(
        first.config.until(root.step).changed(root.step, SETTINGS), root.place, TRAIN, VALIDATION, classes=3
    )
    second = Run(
        2, "Run 2", 2, "mnist", ("a", "b", "c"), (4, 4), branch.config, 3, first.timeline.until(root),
        first.history.copy_until(root.step, branch.grid), parent=1, root_step=root.step,
    )  # fmt: skip
    train(second, branch, 9)
    first.timeline.go_to(2)
    runs = Runs()
    for run in (first, second):
        runs.add(run)
    runs.activate(2)
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


def session_contents() -> SessionContents:
    points = np.linspace(0, 1, 14, dtype=np.float32).reshape(7, 2)
    strokes = Stroke(points, 0.06), Stroke(points[::-1], 0.03, np.linspace(0, 1, 7, dtype=np.float32))
    return SessionContents(copy_of(make_runs()), Drawing(strokes))
