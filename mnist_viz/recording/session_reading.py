"""Opening a session file: what it claims to hold is checked first; then frames that are damaged are left out."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import CancelledError
from mnist_viz.engine.training import Best, Place
from mnist_viz.recording.archive import Archive, ArchiveError, BrokenMemberError, DamagedError
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import MEMORY_SHARE, Runs
from mnist_viz.recording.session_contents import Drawing, SessionContents
from mnist_viz.recording.session_meta import drawing_of
from mnist_viz.recording.session_plan import DRAWN, GIVEN, MAX_MEMBERS, NAMES, BestRow, FrameRow, Parts, Plan
from mnist_viz.recording.snapshot import Frame

MOST_IN_MEMORY = 2**30
"""Bytes of frames that are opened into memory at the most, whatever budget the file names; the others go to disk."""


class SessionFileError(ValueError):
    """The file is not a session this program can open; the message says why."""


def open_session(
    path: str | os.PathLike[str],
    progress: Callable[[float], object] = lambda _: None,
    cancel: threading.Event | None = None,
) -> SessionContents:
    """Read a session file.

    A frame whose arrays are damaged is left out, and the result says so; if anything else is damaged, the file is
    refused. Nothing is read that is larger than the file, and no more of frames is kept in memory than
    `MOST_IN_MEMORY`.

    Args:
        progress: told the share that is done, 0 to 1.
        cancel: once it is set, the reading ends.

    Raises:
        SessionFileError: it is no session file, or a damaged one.
        OSError: it cannot be read.
        CancelledError: `cancel` was set.
    """
    source = Path(path)
    try:
        with Archive(source, NAMES, "a session's runs and frames", most=MAX_MEMBERS, stored=True) as archive:
            return _Reader(archive, progress, cancel or threading.Event()).read()
    except ArchiveError as error:
        raise SessionFileError(f"{source.name} is not a session this program can open: {error}") from error
    except DamagedError as error:
        raise SessionFileError(f"{source.name} is not a session, or it is damaged") from error
    except MemoryError:
        raise SessionFileError(f"{source.name} needs more memory than there is") from None


class _Reader:
    def __init__(self, archive: Archive, progress: Callable[[float], object], cancel: threading.Event) -> None:
        self._archive = archive
        self._progress = progress
        self._cancel = cancel
        self._plan = Plan(archive)
        self._left_out: list[str] = []

    def read(self) -> SessionContents:
        plan = self._plan
        histories = {number: self._history(run) for number, run in plan.runs.items()}
        runs = Runs(plan.budget)
        frames = self._with_bests(self._frames(runs))
        if lost := sum(frame is None for frame in frames):
            self._left_out.append(f"Left out: {lost:,} of {len(frames):,} recorded moments.")
        for run in plan.runs.values():
            run.history = histories[run.number]
            self._complete(run, frames)
            runs.add(run)
        for run in runs:
            if not len(run.timeline):
                runs.remove(run.number)
                self._left_out.append(f"Left out: {run.name}, of which no moment is whole.")
        if not len(runs):
            raise ArchiveError("none of its recorded moments is whole")
        runs.activate(plan.active if isinstance(plan.active, int) and plan.active in runs else runs.all[-1].number)
        return SessionContents(runs, self._drawing(), tuple(self._left_out))

    # The arrays

    def _frames(self, runs: Runs) -> list[Frame | None]:
        """The frames without their best networks; None for those that are damaged. What is too much goes to disk."""
        plan = self._plan
        total = plan.nbytes
        excess = total - min(plan.budget * MEMORY_SHARE, MOST_IN_MEMORY)
        kept = set(plan.cursors.values()) | {members[-1] for members in plan.members.values()}
        frames: list[Frame | None] = []
        done = 0
        for number, row in enumerate(plan.frames):
            if self._cancel.is_set():
                runs.spill.close()
                raise CancelledError("The session was not opened.")
            frame = self._frame(row)
            if frame is not None:
                done += frame.nbytes
                if excess > 0 and number not in kept and not runs.spill.problem:
                    excess -= frame.nbytes
                    _to_disk(frame, runs)
            frames.append(frame)
            self._progress(done / total)
        return frames

    def _frame(self, row: FrameRow) -> Frame | None:
        arrays = self._vectors(row.name, row.parts)
        if arrays is None:
            return None
        like = self._plan.lengths[row.run].model
        if not row.optimizer:
            return Frame(replace(like, parameters=arrays["model"]), row.step, row.epoch, row.learning_rate)
        parameters = arrays["parameters"]
        nothing = parameters[:0]
        place = Place(
            row.place_epoch, row.place_batch, parameters, arrays.get("statistics", nothing),
            arrays.get("optimizer_state", nothing), row.optimizer, row.loss, row.correct, row.seconds, None, row.waited,
        )  # fmt: skip
        model = replace(like, parameters=arrays.get("model", parameters))
        return Frame(model, row.step, row.epoch, row.learning_rate, place)

    def _with_bests(self, frames: list[Frame | None]) -> list[Frame | None]:
        """The frames with the best networks that early stopping goes back to; without its one, none is whole."""
        bests = [self._best(number, row, frames) for number, row in enumerate(self._plan.bests)]
        result: list[Frame | None] = []
        for frame, row in zip(frames, self._plan.frames, strict=True):
            if frame is None or frame.place is None or row.best < 0:
                result.append(frame)
            else:
                best = bests[row.best]
                result.append(replace(frame, place=replace(frame.place, best=best)) if best is not None else None)
        return result

    def _best(self, number: int, row: BestRow, frames: list[Frame | None]) -> Best | None:
        if row.frame >= 0:
            frame = frames[row.frame]
            if frame is None or frame.place is None:
                return None
            return Best(row.epoch, row.step, row.loss, frame.place.parameters, frame.place.statistics)
        arrays = self._vectors(f"best{number}", row.parts)
        if arrays is None:
            return None
        parameters = arrays["parameters"]
        return Best(row.epoch, row.step, row.loss, parameters, arrays.get("statistics", parameters[:0]))

    def _vectors(self, name: str, parts: Parts) -> dict[str, NDArray[np.float32]] | None:
        """Read-only vectors; None if one of them is damaged."""
        result = {}
        for part, size in parts.items():
            try:
                vector = self._archive.take(f"{name}/{part}", (size,), np.float32)
            except BrokenMemberError:
                return None
            if not np.isfinite(vector).all():
                return None
            vector.setflags(write=False)
            result[part] = vector
        return result

    def _history(self, run: Run) -> History:
        pieces = [self._archive.take(name, (-1, 3), np.float32) for name in self._plan.pieces(run.number)]
        epochs = self._archive.take(f"run{run.number}/epochs", (-1, 9), np.float64)
        try:
            return History.from_state({"batches": np.concatenate(pieces), "epochs": epochs}, run.config.grid)
        except ValueError as error:
            raise ArchiveError(f"the metrics of {run.name} are not in order") from error

    def _drawing(self) -> Drawing:
        archive = self._archive
        try:
            return drawing_of(archive.read, archive.names & (DRAWN | GIVEN), self._plan.drawing)
        except BrokenMemberError:
            self._left_out.append("Left out: the drawing.")
            return Drawing()

    # Putting it together

    def _complete(self, run: Run, frames: list[Frame | None]) -> None:
        """Give the run its frames."""
        for number in self._plan.members[run.number]:
            frame = frames[number]
            if frame is not None:
                run.timeline.add(frame)
        last = self._plan.frames[self._plan.members[run.number][-1]].step
        if last > run.history.steps:
            raise ArchiveError(f"the metrics of {run.name} end before its frames")
        tail = run.timeline.last
        if tail is None:
            return
        if tail.step < last:
            self._left_out.append(f"{run.name} ends at batch {tail.step:,} of {last:,}, its last whole moment.")
        _forget_after(run, tail.step)
        run.from_model &= run.timeline.frames[0].step == 0  # else its first weights are not there any more
        cursor = self._plan.cursors[run.number]
        shown = frames[cursor] if cursor >= 0 else None
        if shown is not None and shown.step <= tail.step:
            run.timeline.show(run.timeline.find(shown.step) or shown)


def _to_disk(frame: Frame, runs: Runs) -> None:
    try:
        runs.spill.store(frame)
    except OSError as error:
        runs.spill.problem = error.strerror or str(error)


def _forget_after(run: Run, step: int) -> None:
    """Training goes on from `step`: nothing is said of what came after it."""
    run.history.rewind(step)
    run.pins = {pin for pin in run.pins if pin <= step}
    run.incidents = [incident for incident in run.incidents if incident.step <= step]
    run.root_step = min(run.root_step, step)
    if run.tested is not None and run.tested[0] > step:
        run.tested = None
