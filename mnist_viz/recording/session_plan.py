"""What a session file claims to hold: its runs, its frames row by row, and the arrays that must then be there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.archive import Archive, ArchiveError
from mnist_viz.recording.course_text import MOST, Lengths
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import LEAST_BUDGET, MOST_BUDGET
from mnist_viz.recording.session_meta import run_of

FORMAT = "mnist-viz session"
VERSION = 2
"""Since 2 the metrics of batches may lie in several pieces."""

MAX_RUNS = 1000
MAX_FRAMES = 200_000
MAX_MEMBERS = 1_000_000
MAX_META_CHARACTERS = 32_000_000

FRAME_COLUMNS = (
    "run", "step", "epoch", "learning_rate", "optimizer", "place_epoch", "place_batch", "loss", "correct", "seconds",
    "best", "waited",
)  # fmt: skip
"""`optimizer` is its place in the list of `meta`, -1 for a frame from which training cannot go on; `best` a row."""
BEST_COLUMNS = ("step", "epoch", "loss", "frame")
_FRACTIONS = frozenset({"epoch", "learning_rate", "loss", "seconds"})

NAMES = re.compile(
    r"frames|bests|pad/(strokes|points|pressures|picture)|run\d{1,7}/(frames|batches(/\d{1,7})?|epochs)"
    r"|(run\d{1,7}/frame\d{1,16}|best\d{1,7})/(model|parameters|statistics|optimizer_state)"
)
DRAWN, GIVEN = frozenset({"pad/strokes", "pad/points", "pad/pressures"}), frozenset({"pad/picture"})

Parts = Mapping[str, int]
"""The arrays of a frame or of a best network by name, and how many numbers each has."""


@dataclass(frozen=True, eq=False)
class FrameRow:
    """A frame as its row describes it.

    Attributes:
        run: the number of the run whose name its arrays have.
        optimizer: empty for a frame from which training cannot go on.
        best: a row of the best networks; -1 for none.
        parts: its arrays.
    """

    run: int
    step: int
    epoch: float
    learning_rate: float
    optimizer: str
    place_epoch: int
    place_batch: int
    loss: float
    correct: int
    seconds: float
    best: int
    waited: int
    parts: Parts

    @property
    def name(self) -> str:
        return f"run{self.run}/frame{self.step}"


@dataclass(frozen=True, eq=False)
class BestRow:
    """A best network; `frame` is the number of the frame whose arrays it has, or -1 and then it has `parts`."""

    step: int
    epoch: int
    loss: float
    frame: int
    parts: Parts


class Plan:
    """The claims of a session file, checked against each other and against the lengths of its arrays.

    Raises:
        ArchiveError: they do not agree. What is missing or of another type raises what Python raises for it.

    Attributes:
        runs: by number, without frames and metrics.
        members: by the number of a run, the numbers of its frames.
        cursors: likewise, the number of the frame that was shown, or -1.
        lengths: likewise.
        frames, bests: the rows.
        active: the number of the run that was shown.
        budget: bytes.
        drawing: what `meta` says of it.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._meta = meta = archive.description(FORMAT, VERSION, MAX_META_CHARACTERS)
        described = meta["runs"]
        if not isinstance(described, list) or not 1 <= len(described) <= MAX_RUNS:
            raise ArchiveError("it has no runs, or too many")
        self.runs = {run.number: run for run in map(run_of, described)}
        if len(self.runs) != len(described):
            raise ArchiveError("two of its runs have the same number")
        self._check_tree()
        self._grids = {number: run.config.grid for number, run in self.runs.items()}
        self.lengths = self._all_lengths()
        self.frames = self._frame_rows()
        self.bests = self._best_rows()
        self.members = {number: self._members_of(number) for number in self.runs}
        self.cursors = {
            number: self._cursor(number, values["cursor"]) for number, values in zip(self.runs, described, strict=True)
        }
        self._check_arrays()
        self.active: object = meta["active"]
        self.budget = min(max(int(meta["budget"]), LEAST_BUDGET), MOST_BUDGET)
        self.drawing: dict[str, Any] = meta["drawing"]

    @property
    def nbytes(self) -> int:
        """Of all frames."""
        return sum(4 * size for row in self.frames for size in row.parts.values())

    def pieces(self, number: int) -> list[str]:
        """The arrays that hold the metrics of a run's batches, in order."""
        names = [batches_name(number, 0)]
        while (following := batches_name(number, len(names))) in self._archive.names:
            names.append(following)
        return names

    def _check_tree(self) -> None:
        for run in self.runs.values():
            seen, above = {run.number}, run.parent
            while above is not None:
                if above in seen or above not in self.runs:
                    raise ArchiveError("its runs are no tree")
                seen.add(above)
                above = self.runs[above].parent

    def _all_lengths(self) -> dict[int, Lengths]:
        """What arrays the frames of each run have; no network is made that is larger than the file's largest array."""
        largest = max((self._archive.size(name) for name in self._archive.names), default=0)
        made: dict[object, Lengths] = {}
        result = {}
        for number, run in self.runs.items():
            sizes = run.config.sizes
            if 4 * run.settings.parameter_count(sizes[0], sizes[-1]) > largest:
                raise ArchiveError("its arrays are not those that its description asks for")
            if (kind := _architecture(run)) not in made:
                made[kind] = Lengths(run.config)
            result[number] = made[kind]
        return result

    def _frame_rows(self) -> list[FrameRow]:
        table = self._table("frames", FRAME_COLUMNS)
        if len(table) > MAX_FRAMES:
            raise ArchiveError(f"it has more than {MAX_FRAMES:,} frames")
        counts = _counts(table, [name not in _FRACTIONS for name in FRAME_COLUMNS], "frames")
        optimizers = [str(name) for name in self._meta["optimizers"]]
        rows = []
        for whole, values in zip(counts, table.tolist(), strict=True):
            run, step, kind = whole[0], whole[1], whole[4]
            if run not in self.runs or step < 0 or kind >= len(optimizers):
                raise ArchiveError("its frames belong to no run")
            optimizer = optimizers[kind] if kind >= 0 else ""
            rows.append(
                FrameRow(
                    run, step, values[2], values[3], optimizer, whole[5], whole[6], values[7], whole[8], values[9],
                    whole[10], whole[11], self._parts(self.lengths[run], optimizer),
                )
            )  # fmt: skip
        return rows

    def _parts(self, lengths: Lengths, optimizer: str) -> Parts:
        model = lengths.model.parameters.size
        if not optimizer:
            return {"model": model}
        sizes = {
            "model": model if lengths.statistics else 0,  # else it is what is trained
            "parameters": lengths.parameters,
            "statistics": lengths.statistics,
            "optimizer_state": lengths.optimizer_state(optimizer),
        }
        return {part: size for part, size in sizes.items() if size}

    def _best_rows(self) -> list[BestRow]:
        table = self._table("bests", BEST_COLUMNS)
        runs = {row.best: row.run for row in reversed(self.frames)}
        if not set(runs) <= {-1, *range(len(table))} or len(set(runs) - {-1}) != len(table):
            raise ArchiveError("its best networks are not those of its frames")
        rows = []
        for number, (step, epoch, _, frame) in enumerate(_counts(table, [True, True, False, True], "bests")):
            lengths = self.lengths[runs[number]]
            sizes = {"parameters": lengths.parameters, "statistics": lengths.statistics}
            if frame >= 0:
                owner = self.frames[frame] if frame < len(self.frames) else None
                if owner is None or not owner.optimizer or self.lengths[owner.run] is not lengths:
                    raise ArchiveError("its best networks are not among its frames")
                sizes = {}
            parts = {part: size for part, size in sizes.items() if size}
            rows.append(BestRow(step, epoch, float(table[number, 2]), frame, parts))
        return rows

    def _members_of(self, number: int) -> list[int]:
        name = f"run{number}/frames"
        array = self._archive.take(name, (-1,), np.int64)
        if not array.size or array.min() < 0 or array.max() >= len(self.frames):
            raise ArchiveError(f"{name} names other frames than there are")
        members: list[int] = array.tolist()
        if (np.diff([self.frames[k].step for k in members]) <= 0).any():
            raise ArchiveError(f"{name} is not in order")
        for k in members:
            self._check_fit(number, self.frames[k])
        return members

    def _cursor(self, number: int, cursor: object) -> int:
        if cursor is None:
            return -1
        if type(cursor) is not int or not 0 <= cursor < len(self.frames):
            raise ArchiveError("its cursor is on no frame")
        self._check_fit(number, self.frames[cursor])
        return cursor

    def _check_fit(self, number: int, row: FrameRow) -> None:
        """Raise ArchiveError unless training can go on from the frame as the run says."""
        placed = self._grids[number].start(row.place_epoch) + row.place_batch if row.optimizer else row.step
        if self.lengths[row.run] is not self.lengths[number] or placed != row.step:
            raise ArchiveError(f"{row.name} does not fit the run that it is a frame of")

    def _check_arrays(self) -> None:
        """Raise ArchiveError unless the file holds just what it describes."""
        archive = self._archive
        names = {"frames", "bests"} | {f"run{n}/{name}" for n in self.runs for name in ("frames", "epochs")}
        names |= {piece for n in self.runs for piece in self.pieces(n)}
        sizes: dict[str, int] = {}
        for row in self.frames:
            sizes |= {f"{row.name}/{part}": size for part, size in row.parts.items()}
        for number, best in enumerate(self.bests):
            sizes |= {f"best{number}/{part}": size for part, size in best.parts.items()}
        names |= set(sizes)
        if not names <= archive.names or archive.names - names not in (frozenset(), DRAWN, GIVEN):
            raise ArchiveError("its arrays are not those that its description asks for")
        if any(not 4 * size <= archive.size(name) <= 4 * size + 1024 for name, size in sizes.items()):
            raise ArchiveError("its frames are not as large as its networks")

    def _table(self, name: str, columns: tuple[str, ...]) -> NDArray[np.float64]:
        table = self._archive.take(name, (-1, len(columns)), np.float64)
        if not np.isfinite(table).all():
            raise ArchiveError(f"some of {name} are not finite numbers")
        return table


def batches_name(run: int, piece: int) -> str:
    """What the array is called that holds a piece of the metrics of a run's batches."""
    return f"run{run}/batches/{piece}" if piece else f"run{run}/batches"


def _counts(table: NDArray[np.float64], which: list[bool], name: str) -> list[list[int]]:
    """The rows as whole numbers; in the columns `which` they must be such, from -1 up."""
    counts = table[:, which]
    if (counts != np.rint(counts)).any() or (counts < -1).any() or (counts >= MOST).any():
        raise ArchiveError(f"some of {name} are no counts")
    rows: list[list[int]] = np.clip(table, -1, MOST - 1).astype(np.int64).tolist()
    return rows


def _architecture(run: Run) -> object:
    settings = run.settings
    return run.config.sizes, settings.activation, settings.biases, settings.batch_norm
