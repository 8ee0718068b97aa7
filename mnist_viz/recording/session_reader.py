"""Reading the database of a session, of whatever origin.

Its schema and its structure are checked before anything is read, the length of each blob before it is, and every value
as a model file's is. Frames whose checksum is wrong are left out, and the result says so.
"""

import json
import math
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import CancelledError
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.training import Best
from mnist_viz.recording.archive import ArchiveError
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.history import EPOCH_COLUMNS, History
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_values import Lengths, run_of, whole
from mnist_viz.recording.runs import LEAST_BUDGET, MOST_BUDGET, Runs
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_database import best_of, checksum, create_schema, floats, place_of, schema_of
from mnist_viz.recording.snapshot import Frame

MAX_RUNS = 1000
MAX_FRAMES = 200_000
MAX_TEXT = 32_000_000
MAX_PAD_POINTS = 1_000_000
MAX_PICTURE_SIDE = 4096
MAX_DISTANCE = 100.0
"""Pads that a stroke may lead away from the pad."""

TAKEN_AT_ONCE, MOST_IN_MEMORY = 32 * 2**20, 2**30
"""Bytes of frames that are read before they are handed on, and that may stay in memory where nobody can take them."""

_CLAIMS = (
    "SELECT f.id, f.step, f.learning_rate, f.checksum, length(f.model), p.epoch, p.batch, p.optimizer, p.best, "
    "p.checksum, length(p.parameters), length(p.statistics), length(p.optimizer_state) "
    "FROM frames f LEFT JOIN places p ON p.frame = f.id "
    "WHERE f.id IN (SELECT frame FROM timeline UNION SELECT cursor FROM runs) ORDER BY f.id"
)


@dataclass(frozen=True)
class _Claim:
    """What a frame says of itself before its arrays are read; the lengths of these are bytes."""

    row: int
    step: int
    learning_rate: float
    checksum: int
    model: int
    epoch: int | None  # and all that follows is None for a frame from which training cannot go on
    batch: int | None
    optimizer: str
    best: int | None
    place_checksum: int
    parameters: int
    statistics: int
    optimizer_state: int

    @property
    def nbytes(self) -> int:
        place = self.parameters + self.statistics + self.optimizer_state if self.epoch is not None else 0
        return self.model + place

    def check(self, step: int, lengths: Lengths, grid: EpochGrid) -> None:
        """Raise ArchiveError unless it is a frame after `step` batches of a run that has these lengths."""
        fits = step == whole(self.step) and self.model == 4 * lengths.model.parameters.size
        if self.epoch is not None:
            fits &= grid.start(whole(self.epoch)) + whole(self.batch) == step
            fits &= self.parameters == (4 * lengths.parameters if lengths.statistics else 0)
            fits &= self.statistics == 4 * lengths.statistics
            fits &= self.optimizer_state == 4 * lengths.optimizer_state(self.optimizer)
        if not (fits and np.isfinite(self.learning_rate)):
            raise ArchiveError("one of its moments does not fit the run that it is of")


@cache
def _schema() -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create_schema(db)
        return schema_of(db)


class SessionReader:
    """Reads a session once. What is wrong in it raises ArchiveError, or what Python and SQLite raise for it.

    The types of all columns are those that the schema says: the check of the structure sees to that.

    Args:
        db: the database.
        progress: told the share that is done, 0 to 1.
        cancel: once it is set, the reading ends with CancelledError.
        take: given the frames bit by bit, so that they need not stay in memory.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        progress: Callable[[float], object],
        cancel: threading.Event,
        take: Callable[[list[Frame]], object],
    ) -> None:
        self._db = db
        self._progress = progress
        self._cancel = cancel
        self._take = take
        self._left_out: list[str] = []
        self._last_best: tuple[int, Best | None] = 0, None  # of frames that follow each other it is mostly the same

    def read(self) -> SessionContents:
        """Everything, checked."""
        db = self._db
        # Nothing is made that is larger than the database.
        self._size = db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._size)
        if schema_of(db) != _schema():
            raise ArchiveError("its tables are not those of a session")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError("damaged")
        settings = dict(self._rows("SELECT name, value FROM settings", 100))
        runs = self._runs()
        self._read_frames(runs)
        result = Runs(min(max(int(settings["budget"]), LEAST_BUDGET), MOST_BUDGET))
        for run in runs.values():
            result.add(run)
        for run in result.all:
            if not len(run.timeline):
                result.remove(run.number)
                self._left_out.append(f"Left out: {run.name}, of which no moment is whole.")
        if not len(result):
            raise ArchiveError("none of its recorded moments is whole")
        active = int(settings["active"])
        result.activate(active if active in result else result.all[-1].number)
        return SessionContents(result, self._drawing(), tuple(self._left_out))

    def _rows(self, statement: str, most: int, *parameters: object) -> list[Any]:
        rows = self._db.execute(statement, parameters).fetchmany(most + 1)
        if len(rows) > most:
            raise ArchiveError(f"it has more than {most:,} rows of a kind")
        return rows

    # Runs and their metrics

    def _runs(self) -> dict[int, Run]:
        """By number, without their frames."""
        if self._rows("SELECT total(length(description)) FROM runs", 1)[0][0] > MAX_TEXT:
            raise ArchiveError("its description is too long")
        runs = {}
        for number, *described, expected in self._rows("SELECT * FROM runs", MAX_RUNS):
            if checksum(tuple(described)) != expected:
                raise ValueError("damaged")
            runs[number] = run = run_of(json.loads(described[0]))
            if run.number != number:
                raise ArchiveError("one of its runs has two numbers")
        if not runs:
            raise ArchiveError("it has no runs")
        for run in runs.values():
            _check_parents(run, runs)
            tables = {
                "batches": self._metrics(run, "batches", np.float32, 3),
                "epochs": self._metrics(run, "epochs", np.float64, len(EPOCH_COLUMNS)),
            }
            try:
                run.history = History.from_state(tables, run.config.grid)
            except ValueError as error:
                raise ArchiveError(f"the metrics of {run.name} are not in order") from error
        return runs

    def _metrics(self, run: Run, kind: str, dtype: type[np.floating], columns: int) -> NDArray[np.floating]:
        select = "SELECT piece, content, checksum FROM metrics WHERE run = ? AND kind = ? ORDER BY piece"
        pieces = self._rows(select, MAX_FRAMES, run.number, kind)
        if any(checksum((), content) != expected for _, content, expected in pieces):
            raise ValueError("damaged")
        if [piece for piece, _, _ in pieces] != list(range(len(pieces))):
            raise ArchiveError(f"the metrics of {run.name} are not whole")
        content = b"".join(content for _, content, _ in pieces)
        return np.frombuffer(content, np.dtype(dtype).newbyteorder("<")).reshape(-1, columns)

    # Frames

    def _read_frames(self, runs: dict[int, Run]) -> None:
        """Give the runs their frames; those that are damaged are left out."""
        claims = {claim.row: claim for claim in (_Claim(*row) for row in self._rows(_CLAIMS, MAX_FRAMES))}
        members: dict[int, list[int]] = {number: [] for number in runs}  # rows of each run's frames
        kinds: dict[object, Lengths] = {}
        owners: dict[int, tuple[Run, Lengths]] = {}  # the first run of each row, and the lengths of its arrays
        listed = self._rows("SELECT run, step, frame FROM timeline ORDER BY run, step", MAX_FRAMES)
        cursors = self._rows("SELECT number, NULL, cursor FROM runs WHERE cursor IS NOT NULL", MAX_RUNS)
        for number, step, row in (*listed, *cursors):
            run, claim = runs[number], claims[row]
            lengths = self._lengths(run, kinds)
            claim.check(claim.step if step is None else step, lengths, run.history.grid)
            if owners.setdefault(row, (run, lengths))[1] is not lengths:
                raise ArchiveError("one of its moments is of two networks")
            if step is not None:
                members[number].append(row)
        frames = self._frames(claims, owners)
        if lost := sum(frame is None for frame in frames.values()):
            self._left_out.append(f"Left out: {lost:,} of {len(frames):,} recorded moments.")
        shown = {number: frames[row] for number, _, row in cursors}
        for number, run in runs.items():
            self._complete(run, [(claims[row].step, frames[row]) for row in members[number]], shown.get(number))

    def _lengths(self, run: Run, kinds: dict[object, Lengths]) -> Lengths:
        sizes, settings = run.config.sizes, run.settings
        kind = sizes, settings.activation, settings.biases, settings.batch_norm
        if kind not in kinds:
            if 4 * settings.parameter_count(sizes[0], sizes[-1]) > self._size:
                raise ArchiveError("its networks are larger than it is")
            kinds[kind] = Lengths(run.config)
        return kinds[kind]

    def _frames(self, claims: dict[int, _Claim], owners: dict[int, tuple[Run, Lengths]]) -> dict[int, Frame | None]:
        """The frames by row; None for those that are damaged."""
        frames: dict[int, Frame | None] = {}
        waiting: list[Frame] = []
        size, total = 0, sum(claim.nbytes for claim in claims.values())
        for done, (row, claim) in enumerate(claims.items(), start=1):
            if self._cancel.is_set():
                raise CancelledError("The session was not opened.")
            frames[row] = frame = self._frame(claim, *owners[row])
            if frame is not None:
                waiting.append(frame)
                size += frame.nbytes
            if size >= TAKEN_AT_ONCE:
                try:
                    self._take(waiting)
                except OSError:
                    if total > MOST_IN_MEMORY:
                        raise
                    self._take = list  # there is no room for them: they stay in memory
                waiting, size = [], 0
            self._progress(done / len(claims))
        return frames

    def _frame(self, claim: _Claim, run: Run, lengths: Lengths) -> Frame | None:
        """None if it is damaged."""
        (model,) = self._rows("SELECT model FROM frames WHERE id = ?", 1, claim.row)[0]
        if not _whole(claim.checksum, (claim.step, claim.learning_rate), model):
            return None
        shown, place = replace(lengths.model, parameters=floats(model)), None
        if claim.epoch is not None:
            select = (
                "SELECT epoch, batch, optimizer, loss, correct, seconds, waited, parameters, statistics, "
                "optimizer_state FROM places WHERE frame = ?"
            )
            *numbers, own, statistics, state = self._rows(select, 1, claim.row)[0]
            best = self._best(claim.best, lengths) if claim.best is not None else None
            lost = best is None and claim.best is not None
            if lost or not _whole(claim.place_checksum, tuple(numbers), own, statistics, state):
                return None
            for number in (numbers[4], numbers[6]):
                whole(number)
            if not np.isfinite((numbers[3], numbers[5])).all():
                raise ArchiveError("one of its moments has sums that are not finite")
            place = place_of(numbers, shown, own, statistics, state, best)
        return Frame(shown, claim.step, run.history.grid.position(claim.step), claim.learning_rate, place)

    def _best(self, row: int, lengths: Lengths) -> Best | None:
        """None if it is damaged."""
        if row != self._last_best[0]:
            select = (
                "SELECT epoch, step, loss, checksum, length(parameters), length(statistics) FROM bests WHERE id = ?"
            )
            epoch, step, loss, expected, *sizes = self._rows(select, 1, row)[0]
            if sizes != [4 * lengths.parameters, 4 * lengths.statistics] or not np.isfinite(loss):
                raise ArchiveError("one of its best networks does not fit the run that it is of")
            arrays = self._rows("SELECT parameters, statistics FROM bests WHERE id = ?", 1, row)[0]
            known = whole(epoch), whole(step), loss
            self._last_best = row, best_of(*known, *arrays) if _whole(expected, known, *arrays) else None
        return self._last_best[1]

    def _complete(self, run: Run, members: list[tuple[int, Frame | None]], shown: Frame | None) -> None:
        """Give the run its frames, with their steps; without its last ones it ends sooner."""
        for _, frame in members:
            if frame is not None:
                run.timeline.add(frame)
        if not members:
            raise ArchiveError("one of its runs has no moments")
        last = members[-1][0]
        if last > run.history.steps:
            raise ArchiveError(f"the metrics of {run.name} end before its frames")
        tail = run.timeline.last
        if tail is None:
            return
        if tail.step < last:
            self._left_out.append(f"{run.name} ends at batch {tail.step:,} of {last:,}, its last whole moment.")
        _forget_after(run, tail.step)
        run.from_model &= run.timeline.frames[0].step == 0  # else its first weights are not there any more
        if shown is not None and shown.step <= tail.step:
            run.timeline.show(run.timeline.find(shown.step) or shown)

    # The drawing

    def _drawing(self) -> Drawing:
        for label, shape, length in self._rows("SELECT label, shape, length(pixels) FROM picture", 1):
            sides = tuple(json.loads(shape))
            sizes = len(sides) == 2 or (len(sides) == 3 and sides[2] == 3)
            if not sizes or not all(type(side) is int and 1 <= side <= MAX_PICTURE_SIDE for side in sides):
                raise ArchiveError("the picture on the pad is none")
            if label < -1 or length != math.prod(sides):
                raise ArchiveError("the picture on the pad is none")
            ((pixels,),) = self._rows("SELECT pixels FROM picture", 1)
            return Drawing((), np.frombuffer(pixels, np.uint8).reshape(sides), label)
        if self._rows("SELECT total(length(points)) FROM strokes", 1)[0][0] > 8 * MAX_PAD_POINTS:
            raise ArchiveError("the drawing on the pad is too long")
        rows = self._rows("SELECT width, points, pressures FROM strokes ORDER BY number", MAX_PAD_POINTS)
        return Drawing(tuple(_stroke(*row) for row in rows))


def _stroke(width: float, content: bytes, pressed: bytes | None) -> Stroke:
    points = floats(content).reshape(-1, 2)
    pressures = floats(pressed) if pressed is not None else None
    if not (len(points) and 0 < width <= 1 and (np.abs(points) <= MAX_DISTANCE).all()):
        raise ArchiveError("the drawing on the pad is not one")
    if pressures is not None:
        if len(pressures) != len(points):
            raise ArchiveError("the drawing on the pad is not one")
        pressures = np.clip(np.nan_to_num(pressures, nan=1.0), 0.0, 1.0)
    return Stroke(points, width, pressures)


def _check_parents(run: Run, runs: dict[int, Run]) -> None:
    seen, above = {run.number}, run.parent
    while above is not None:
        if above in seen or above not in runs:
            raise ArchiveError("its runs are no tree")
        seen.add(above)
        above = runs[above].parent


def _whole(expected: int, values: tuple[object, ...], *blobs: bytes) -> bool:
    """Whether a row is as it was written, and its blobs are finite numbers."""
    return checksum(values, *blobs) == expected and all(np.isfinite(floats(blob)).all() for blob in blobs)


def _forget_after(run: Run, step: int) -> None:
    """Training goes on from `step`: nothing is said of what came after it."""
    run.history.rewind(step)
    run.pins = {pin for pin in run.pins if pin <= step}
    run.incidents = [incident for incident in run.incidents if incident.step <= step]
    run.root_step = min(run.root_step, step)
    if run.tested is not None and run.tested[0] > step:
        run.tested = None
