"""Checkpoints: session files of one run where it stands, from which training goes on as if it had not stopped."""

import os
from dataclasses import replace
from pathlib import Path

from mnist_viz.engine.progress import TrainerState
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import SessionFileError, open_session, save_session
from mnist_viz.recording.snapshot import capture
from mnist_viz.recording.timeline import Timeline


def save_checkpoint(path: str | os.PathLike[str], run: Run, trainer: Trainer) -> None:
    """Write where `run` stands, replacing the file atomically: its first frame, its present one and its metrics.

    Args:
        run: with the metrics of all its batches.
        trainer: of the run, between two steps.

    Raises:
        OSError: it cannot be written, or another session or file is there.
    """
    run.configure(trainer.config)
    timeline, first = Timeline(), run.timeline.first
    for frame in ([first] if first is not None else []) + [capture(trainer)]:
        timeline.add(frame)
    runs = Runs()
    runs.add(replace(run, timeline=timeline, epochs=trainer.epochs, parent=None, root_step=0, pins=set()))
    runs.activate(run.number)
    save_session(path, SessionContents(runs), checkpoint=True)


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
