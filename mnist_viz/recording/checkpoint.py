"""Checkpoints: session files of one run where it stands, from which training goes on as if it had not stopped."""

import os
from dataclasses import replace
from pathlib import Path

from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.training import Trainer, TrainerState
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import SessionFileError, open_session, save_session
from mnist_viz.recording.snapshot import capture
from mnist_viz.recording.timeline import Timeline


def new_run(trainer: Trainer, data: Dataset, number: int = 1, color: int = 0, *, from_model: bool = False) -> Run:
    """A run of what `trainer` is about to do, without any frame.

    Args:
        from_model: whether its first weights are those of an opened model.
    """
    return Run(
        number, f"Run {number}", color, data.name, data.class_names, data.image_shape,
        trainer.config, trainer.epochs, Timeline(), History(trainer.grid), from_model=from_model,
    )  # fmt: skip


def resumed_trainer(config: RunConfig, epochs: int, state: TrainerState, data: Dataset) -> Trainer:
    """The trainer of a run, to go on from `state` to the end of `epochs`.

    Raises:
        ValueError: the data are not those of the run.
    """
    train, validation = data.train, data.validation
    trainer = Trainer.resume(
        config, state, (train.images, train.labels), (validation.images, validation.labels),
        classes=len(data.class_names), image_shape=data.image_shape,
    )  # fmt: skip
    trainer.epochs = epochs
    return trainer


def save_checkpoint(path: str | os.PathLike[str], run: Run, trainer: Trainer) -> None:
    """Write where `run` stands, replacing the file atomically: its first frame, its present one and its metrics.

    Args:
        run: with the metrics of all its batches.
        trainer: of the run, between two steps.

    Raises:
        OSError: it cannot be written.
    """
    run.configure(trainer.config)
    timeline, first = Timeline(), run.timeline.first
    for frame in ([first] if first is not None else []) + [capture(trainer)]:
        timeline.add(frame)
    runs = Runs()
    runs.add(replace(run, timeline=timeline, epochs=trainer.epochs, parent=None, root_step=0, pins=set()))
    runs.activate(run.number)
    save_session(path, SessionContents(runs))


def open_checkpoint(path: str | os.PathLike[str]) -> tuple[Run, TrainerState]:
    """The active run of a session, and where it stands.

    Raises:
        SessionFileError: it is no session, or a damaged one, or training cannot go on from there.
        OSError: it cannot be read.
    """
    run = open_session(path).runs.active
    last = run.timeline.last if run is not None else None
    if run is None or last is None or last.state is None:
        raise SessionFileError(f"{Path(path).name} does not hold what training needs to go on")
    return run, last.state
