"""Reading the database of a session, of whatever origin.

Its schema and its structure are checked before anything is read, the length of each blob before it is, and every value
as a model file's is. Frames whose checksum is wrong are left out, and the result says so.
"""

import json
import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.progress import Watch
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.progress import Best
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.history import EPOCH_COLUMNS, History
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_values import Lengths, run_of, typed
from mnist_viz.recording.runs import LEAST_BUDGET, MOST_BUDGET, Runs
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_database import best_of, checksum, create_schema, floats, schema_of, state_of
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.storage import InvalidError

MAX_RUNS = 1000
MAX_FRAMES = 200_000
MAX_TEXT = 32_000_000
MAX_PAD_POINTS = 1_000_000
MAX_PICTURE_SIDE = 4096
MAX_DRAWING_BYTES = 3 * MAX_PICTURE_SIDE**2
MAX_DISTANCE = 100.0
"""Pads that a stroke may lead away from the pad."""

STORED_AT_ONCE, MOST_IN_MEMORY = 32 * 2**20, 2**30
"""Bytes of frames that are read before they are stored, and that may stay in memory where they cannot be stored."""

_CLAIMS = (
    "SELECT f.id, f.description, f.checksum, length(f.content), s.description, s.checksum, length(s.content), s.best "
    "FROM frames f LEFT JOIN states s ON s.id = f.id ORDER BY f.id"
)


# Epoch, batch, optimizer, loss, correct, seconds, waited, and the sizes of its vectors.
_StateValues = tuple[int, int, str, float, int, float, int, tuple[int, int, int]]


@dataclass(frozen=True)
class _Claim:
    """A row of a frame before its vectors are read; lengths are bytes."""

    row: int
    description: str
    checksum: int
    length: int
    state_description: str | None  # and all that follows is None for a frame from which training cannot go on
    state_checksum: int
    state_length: int
    best: int | None

    @cached_property
    def moment(self) -> tuple[int, float]:
        """Its step, and the learning rate."""
        moment: tuple[int, float] = typed(tuple[int, float], json.loads(self.description))
        return moment

    @cached_property
    def state(self) -> _StateValues | None:
        return typed(_StateValues, json.loads(self.state_description)) if self.state_description is not None else None

    @property
    def step(self) -> int:
        return self.moment[0]

    @property
    def nbytes(self) -> int:
        return self.length + (self.state_length or 0)

    def check(self, step: int, lengths: Lengths, grid: EpochGrid) -> None:
        """Raise InvalidError unless it is a frame after `step` batches of a run that has these lengths."""
        fits = step == self.step and self.length == 4 * lengths.model.parameters.size
        if self.state is not None:
            epoch, batch, optimizer, *_, sizes = self.state
            own = lengths.parameters if lengths.statistics else 0
            fits &= grid.start(epoch) + batch == step
            fits &= sizes == (own, lengths.statistics, lengths.optimizer_state(optimizer))
            fits &= self.state_length == 4 * sum(sizes)
        if not fits:
            raise InvalidError("one of its moments does not fit the run that it is of")


@cache
def _schema() -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create_schema(db)
        return schema_of(db)


class SessionReader:
    """Reads a session once. What is wrong in it raises InvalidError, or what Python and SQLite raise for it.

    The types of all columns are those that the schema says: the check of the structure sees to that.

    Args:
        store: called with some frames at a time, so that they need not stay in memory.
    """

    def __init__(self, db: sqlite3.Connection, watch: Watch, store: Callable[[list[Frame]], object]) -> None:
        self._db = db
        self._watch = watch
        self._store = store
        self._left_out: list[str] = []
        self._members: dict[int, tuple[tuple[int, int], ...]] = {}  # of each run: step and row of its frames
        self._cursors: dict[int, int | None] = {}  # of each run: the row of the frame that is shown
        self._last_best: tuple[int, Best | None] = 0, None  # of frames that follow each other it is mostly the same

    def read(self) -> SessionContents:
        db = self._db
        # Nothing is made that is larger than the database.
        self._size = db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._size)
        if schema_of(db) != _schema():
            raise InvalidError("its tables are not those of a session")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise ValueError("damaged")
        for table in ("runs", "frames", "states", "bests", "drawing"):
            if self._rows(f"SELECT total(length(description)) FROM {table}", 1)[0][0] > MAX_TEXT:
                raise InvalidError("its description is too long")
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
            raise InvalidError("none of its recorded moments is whole")
        active = int(settings["active"])
        result.activate(active if active in result else result.all[-1].number)
        return SessionContents(result, self._drawing(), tuple(self._left_out))

    def _rows(self, statement: str, most: int, *parameters: object) -> list[Any]:
        rows = self._db.execute(statement, parameters).fetchmany(most + 1)
        if len(rows) > most:
            raise InvalidError(f"it has more than {most:,} rows of a kind")
        return rows

    # Runs and their metrics

    def _runs(self) -> dict[int, Run]:
        """By number, without their frames."""
        runs = {}
        for number, description, expected in self._rows("SELECT * FROM runs", MAX_RUNS):
            if checksum(description) != expected:
                raise ValueError("damaged")
            values = json.loads(description)
            runs[number] = run = run_of(values)
            if run.number != number:
                raise InvalidError("one of its runs has two numbers")
            self._members[number] = typed(tuple[tuple[int, int], ...], values["frames"])
            self._cursors[number] = typed(int | None, values["cursor"])
        if not runs:
            raise InvalidError("it has no runs")
        if sum(map(len, self._members.values())) > MAX_FRAMES:
            raise InvalidError(f"it has more than {MAX_FRAMES:,} moments")
        for run in runs.values():
            _check_parents(run, runs)
            tables = {
                "batches": self._metrics(run, "batches", np.float32, 3),
                "epochs": self._metrics(run, "epochs", np.float64, len(EPOCH_COLUMNS)),
            }
            try:
                run.history = History.from_state(tables, run.config.grid)
            except ValueError as error:
                raise InvalidError(f"the metrics of {run.name} are not in order") from error
        return runs

    def _metrics(self, run: Run, kind: str, dtype: type[np.floating], columns: int) -> NDArray[np.floating]:
        select = "SELECT piece, content, checksum FROM metrics WHERE run = ? AND kind = ? ORDER BY piece"
        pieces = self._rows(select, MAX_FRAMES, run.number, kind)
        if any(checksum("", content) != expected for _, content, expected in pieces):
            raise ValueError("damaged")
        if [piece for piece, _, _ in pieces] != list(range(len(pieces))):
            raise InvalidError(f"the metrics of {run.name} are not whole")
        content = b"".join(content for _, content, _ in pieces)
        return np.frombuffer(content, np.dtype(dtype).newbyteorder("<")).reshape(-1, columns)

    # Frames

    def _read_frames(self, runs: dict[int, Run]) -> None:
        """Give the runs their frames; those that are damaged are left out."""
        claims = {claim.row: claim for claim in (_Claim(*row) for row in self._rows(_CLAIMS, MAX_FRAMES))}
        kinds: dict[object, Lengths] = {}
        owners: dict[int, tuple[Run, Lengths]] = {}  # the first run of each row, and the lengths of its vectors
        for number, run in runs.items():
            cursor, lengths = self._cursors[number], self._lengths(run, kinds)
            shown = [(claims[cursor].step, cursor)] if cursor is not None else []
            for step, row in (*self._members[number], *shown):
                claims[row].check(step, lengths, run.history.grid)
                if owners.setdefault(row, (run, lengths))[1] is not lengths:
                    raise InvalidError("one of its moments is of two networks")
        frames = self._frames([claims[row] for row in sorted(owners)], owners)
        if lost := sum(frame is None for frame in frames.values()):
            self._left_out.append(f"Left out: {lost:,} of {len(frames):,} recorded moments.")
        for number, run in runs.items():
            cursor = self._cursors[number]
            members = [(step, frames[row]) for step, row in self._members[number]]
            self._complete(run, members, frames[cursor] if cursor is not None else None)

    def _lengths(self, run: Run, kinds: dict[object, Lengths]) -> Lengths:
        sizes, settings = run.config.sizes, run.settings
        kind = sizes, settings.activation, settings.biases, settings.batch_norm
        if kind not in kinds:
            if 4 * settings.parameter_count(sizes[0], sizes[-1]) > self._size:
                raise InvalidError("its networks are larger than it is")
            kinds[kind] = Lengths(run.config)
        return kinds[kind]

    def _frames(self, claims: list[_Claim], owners: dict[int, tuple[Run, Lengths]]) -> dict[int, Frame | None]:
        """The frames by row; None for those that are damaged."""
        frames: dict[int, Frame | None] = {}
        waiting: list[Frame] = []
        size, total = 0, sum(claim.nbytes for claim in claims)
        for done, claim in enumerate(claims, start=1):
            frames[claim.row] = frame = self._frame(claim, *owners[claim.row])
            if frame is not None:
                waiting.append(frame)
                size += frame.nbytes
            if size >= STORED_AT_ONCE:
                try:
                    self._store(waiting)
                except OSError:
                    if total > MOST_IN_MEMORY:
                        raise
                    self._store = list  # there is no room for them: they stay in memory
                waiting, size = [], 0
            self._watch.at("", done / len(claims))
        return frames

    def _frame(self, claim: _Claim, run: Run, lengths: Lengths) -> Frame | None:
        """None if it is damaged."""
        content = self._content("frames", claim.row, claim.description, claim.checksum)
        if content is None:
            return None
        (step, rate), state = claim.moment, None
        model = replace(lengths.model, parameters=floats(content))
        if claim.state is not None and claim.state_description is not None:
            content = self._content("states", claim.row, claim.state_description, claim.state_checksum)
            best = self._best(claim.best, lengths) if claim.best is not None else None
            if content is None or (best is None and claim.best is not None):
                return None
            state = state_of([*claim.state], content, model, best)
        return Frame(model, step, run.history.grid.position(step), rate, state)

    def _best(self, row: int, lengths: Lengths) -> Best | None:
        """None if it is damaged."""
        if row != self._last_best[0]:
            description, expected, length = self._rows(
                "SELECT description, checksum, length(content) FROM bests WHERE id = ?", 1, row
            )[0]
            known = typed(tuple[int, int, float, int], json.loads(description))
            if known[3] != lengths.parameters or length != 4 * (lengths.parameters + lengths.statistics):
                raise InvalidError("one of its best networks does not fit the run that it is of")
            content = self._content("bests", row, description, expected)
            self._last_best = row, best_of([*known], content) if content is not None else None
        return self._last_best[1]

    def _content(self, table: str, row: int, description: str, expected: int) -> bytes | None:
        """The blob of a row; None if that is not as it was written, or holds what is no finite number."""
        content: bytes = self._rows(f"SELECT content FROM {table} WHERE id = ?", 1, row)[0][0]
        return content if checksum(description, content) == expected and np.isfinite(floats(content)).all() else None

    def _complete(self, run: Run, members: list[tuple[int, Frame | None]], shown: Frame | None) -> None:
        """Give the run its frames, with their steps; without its last ones it ends sooner."""
        for _, frame in members:
            if frame is not None:
                run.timeline.add(frame)
        if not members:
            raise InvalidError("one of its runs has no moments")
        last = members[-1][0]
        if last > run.history.steps:
            raise InvalidError(f"the metrics of {run.name} end before its frames")
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
        rows = self._rows("SELECT description, length(content) FROM drawing ORDER BY number", MAX_PAD_POINTS)
        if sum(length for _, length in rows) > MAX_DRAWING_BYTES:
            raise InvalidError("the drawing on the pad is too long")
        contents = [content for (content,) in self._rows("SELECT content FROM drawing ORDER BY number", len(rows))]
        values = [json.loads(description) for description, _ in rows]
        if len(values) == 1 and "shape" in values[0]:
            return _picture(values[0], contents[0])
        return Drawing(tuple(map(_stroke, values, contents)))


def _picture(values: dict[str, Any], content: bytes) -> Drawing:
    shape, label = tuple(values["shape"]), values["label"]
    sizes = len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)
    if not sizes or not all(type(side) is int and 1 <= side <= MAX_PICTURE_SIDE for side in shape):
        raise InvalidError("the picture on the pad is none")
    if type(label) is not int or label < -1 or len(content) != math.prod(shape):
        raise InvalidError("the picture on the pad is none")
    return Drawing((), np.frombuffer(content, np.uint8).reshape(shape), label)


def _stroke(values: dict[str, Any], content: bytes) -> Stroke:
    count, width, numbers = typed(int, values["points"]), typed(float, values["width"]), floats(content)
    points, pressures = numbers[: 2 * count].reshape(-1, 2), numbers[2 * count :]
    if not (count and len(points) == count and 0 < width <= 1 and (np.abs(points) <= MAX_DISTANCE).all()):
        raise InvalidError("the drawing on the pad is not one")
    if len(pressures) not in (0, count):
        raise InvalidError("the drawing on the pad is not one")
    pressed = np.clip(np.nan_to_num(pressures, nan=1.0), 0.0, 1.0) if len(pressures) else None
    return Stroke(points, width, pressed)


def _check_parents(run: Run, runs: dict[int, Run]) -> None:
    seen, above = {run.number}, run.parent
    while above is not None:
        if above in seen or above not in runs:
            raise InvalidError("its runs are no tree")
        seen.add(above)
        above = runs[above].parent


def _forget_after(run: Run, step: int) -> None:
    run.history.rewind(step)
    run.pins = {pin for pin in run.pins if pin <= step}
    run.incidents = [incident for incident in run.incidents if incident.step <= step]
    run.root_step = min(run.root_step, step)
    if run.tested is not None and run.tested[0] > step:
        run.tested = None
