"""Session files (`.mnistviz`): runs with all their frames and metrics, in one uncompressed archive that NumPy reads.

The JSON text `meta` holds what the runs are called and how they were set. The table `frames` has a row a frame, whose
arrays lie under `run1/frame123/`, after the run that it was recorded in first: branches share what came before them.
`bests` has a row for each network that early stopping kept; where it is that of a frame, it says of which. Each run
says under `run1/frames` which frames it has, and keeps its metrics as `History.state` gives them, those of the batches
in pieces of `PIECE` rows: `run1/batches`, `run1/batches/1`, ...
"""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz import __version__
from mnist_viz.data.errors import CancelledError
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.training import Best
from mnist_viz.recording.archive import write_archive
from mnist_viz.recording.course_text import config_values
from mnist_viz.recording.run import Run
from mnist_viz.recording.session_contents import Drawing, SessionContents
from mnist_viz.recording.session_plan import BEST_COLUMNS, FORMAT, FRAME_COLUMNS, VERSION, batches_name
from mnist_viz.recording.session_reading import SessionFileError, open_session
from mnist_viz.recording.snapshot import Frame

ENDING = ".mnistviz"

PIECE = 8192
"""Rows of metrics in one array: what is complete needs not be written again when a session is kept while it grows."""

__all__ = ["ENDING", "FORMAT", "SessionFileError", "open_session", "save_session"]

Arrays = dict[str, NDArray[Any]]
Progress = Callable[[float], object]


def save_session(
    path: str | os.PathLike[str],
    contents: SessionContents,
    progress: Progress = lambda _: None,
    cancel: threading.Event | None = None,
) -> None:
    """Write a session atomically.

    Args:
        path: of the file; one of that name is replaced when all is written.
        contents: which nobody may change meanwhile.
        progress: told the share that is done, 0 to 1.
        cancel: once it is set, the writing ends and the old file stays.

    Raises:
        OSError: it cannot be written.
        CancelledError: `cancel` was set.
    """
    laid = lay_out(contents)
    total = max(sum(array.nbytes for array in laid.arrays.values()), 1)
    done = 0

    def wrote(count: int) -> None:
        nonlocal done
        if cancel is not None and cancel.is_set():
            raise CancelledError("The session was not saved.")
        done += count
        progress(min(done / total, 1.0))

    wrote(0)
    write_archive(path, laid.meta, laid.arrays, wrote)


@dataclass(frozen=True, eq=False)
class Laid:
    """What goes into a session file.

    Attributes:
        meta: its description.
        arrays: by name.
        owners: by the name of an array, the frame or the best network that it is of; these never change.
    """

    meta: dict[str, Any]
    arrays: Arrays
    owners: dict[str, Frame | Best]


def lay_out(contents: SessionContents) -> Laid:
    """What a session file of these contents holds."""
    return _Layout(contents).made()


class _Layout:
    """What goes into the file, under which name."""

    def __init__(self, contents: SessionContents) -> None:
        self._contents = contents
        self._arrays: Arrays = {}
        self._owners: dict[str, Frame | Best] = {}
        self._frames: list[list[float]] = []
        self._frame_numbers: dict[int, int] = {}  # by identity
        self._by_step: dict[int, list[tuple[int, Frame]]] = {}
        self._bests: list[list[float]] = []
        self._best_numbers: dict[int, int] = {}  # by identity
        self._kept: dict[tuple[int, float], list[tuple[int, Best]]] = {}  # by step and loss

    def made(self) -> Laid:
        runs = self._contents.runs
        for run in runs:
            for frame in chain(run.timeline.frames, _cursor(run)):
                if id(frame) not in self._frame_numbers:
                    self._add_frame(run, frame)
        described = [self._described(run) for run in runs]
        self._arrays["frames"] = np.array(self._frames, np.float64).reshape(-1, len(FRAME_COLUMNS))
        self._arrays["bests"] = np.array(self._bests, np.float64).reshape(-1, len(BEST_COLUMNS))
        active = runs.active
        meta = {
            "format": FORMAT,
            "version": VERSION,
            "program": f"mnist-viz {__version__}",
            "columns": {"frames": FRAME_COLUMNS, "bests": BEST_COLUMNS},
            "optimizers": list(OPTIMIZERS),
            "budget": runs.budget,
            "active": active.number if active is not None else None,
            "runs": described,
            "drawing": self._drawn(self._contents.drawing),
        }
        return Laid(meta, self._arrays, self._owners)

    def _add_frame(self, run: Run, frame: Frame) -> None:
        number = len(self._frames)
        name = f"run{run.number}/frame{frame.step}"
        place = frame.place
        row: list[float] = [run.number, frame.step, frame.epoch, frame.learning_rate]
        self._frame_numbers[id(frame)] = number
        self._by_step.setdefault(frame.step, []).append((number, frame))
        if place is None:
            self._frames.append([*row, -1, 0, 0, 0, 0, 0, -1, 0])
            self._add(f"{name}/model", frame.model.parameters, frame)
            return
        optimizer = list(OPTIMIZERS).index(place.optimizer)
        self._frames.append(
            [*row, optimizer, place.epoch, place.batch, place.loss, place.correct, place.seconds, -1, place.waited]
        )
        # With batch normalization another network is shown than is trained.
        if place.statistics.size:
            self._add(f"{name}/model", frame.model.parameters, frame)
        self._add(f"{name}/parameters", place.parameters, frame)
        self._add(f"{name}/statistics", place.statistics, frame)
        self._add(f"{name}/optimizer_state", place.optimizer_state, frame)
        if place.best is not None:
            self._frames[-1][FRAME_COLUMNS.index("best")] = self._best(place.best)

    def _best(self, best: Best) -> int:
        """The number of the row that holds `best`."""
        if id(best) not in self._best_numbers:
            self._best_numbers[id(best)] = self._add_best(best)
        return self._best_numbers[id(best)]

    def _add_best(self, best: Best) -> int:
        alike = self._kept.setdefault((best.step, best.loss), [])
        for number, other in alike:
            if _same(best, other):  # the same one, worked out again
                return number
        number, of_frame = len(self._bests), -1
        for candidate, frame in self._by_step.get(best.step, []):
            if frame.place is not None and _same(best, frame.place):
                of_frame = candidate
        if of_frame < 0:
            self._add(f"best{number}/parameters", best.parameters, best)
            self._add(f"best{number}/statistics", best.statistics, best)
        alike.append((number, best))
        self._bests.append([best.step, best.epoch, best.loss, of_frame])
        return number

    def _described(self, run: Run) -> dict[str, Any]:
        numbers = self._frame_numbers
        self._arrays[f"run{run.number}/frames"] = np.array([numbers[id(frame)] for frame in run.timeline.frames])
        state = run.history.state()
        self._arrays[f"run{run.number}/epochs"] = state["epochs"]
        for piece, start in enumerate(range(0, max(len(state["batches"]), 1), PIECE)):
            self._arrays[batches_name(run.number, piece)] = state["batches"][start : start + PIECE]
        shown = run.timeline.shown
        return {
            "number": run.number,
            "name": run.name,
            "color": run.color,
            "dataset": run.dataset,
            "classes": run.class_names,
            "image_shape": run.image_shape,
            "course": config_values(run.config),
            "epochs": run.epochs,
            "parent": run.parent,
            "root_step": run.root_step,
            "from_model": run.from_model,
            "visible": run.visible,
            "pins": sorted(run.pins),
            "incidents": [(incident.step, incident.kind, incident.text) for incident in run.incidents],
            "tested": run.tested,
            "cursor": None if run.timeline.live or shown is None else numbers[id(shown)],
        }

    def _drawn(self, drawing: Drawing) -> dict[str, Any]:
        if drawing.picture is not None:
            self._arrays["pad/picture"] = drawing.picture
        elif drawing.strokes:
            strokes = [stroke for stroke in drawing.strokes if len(stroke.points)]
            rows = [(len(stroke.points), stroke.width, stroke.pressures is not None) for stroke in strokes]
            pressures = [np.ones(len(s.points)) if s.pressures is None else s.pressures for s in strokes]
            self._arrays["pad/strokes"] = np.array(rows, np.float64)
            self._arrays["pad/points"] = np.concatenate([stroke.points for stroke in strokes]).astype(np.float32)
            self._arrays["pad/pressures"] = np.concatenate(pressures).astype(np.float32)
        return {"label": drawing.label}

    def _add(self, name: str, array: NDArray[Any], owner: Frame | Best) -> None:
        if array.size:
            self._arrays[name] = array
            self._owners[name] = owner


def _cursor(run: Run) -> list[Frame]:
    """The frame at the cursor, where that is on one."""
    shown = run.timeline.shown
    return [] if run.timeline.live or shown is None else [shown]


def _same(best: Best, other: Any) -> bool:
    """Whether two hold the same network, to the last bit."""
    pairs = (best.parameters, other.parameters), (best.statistics, other.statistics)
    return all(a.shape == b.shape and np.array_equal(a.view(np.uint32), b.view(np.uint32)) for a, b in pairs)
