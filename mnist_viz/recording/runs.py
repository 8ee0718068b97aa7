"""The runs of a session as a tree, and the bytes that their frames share."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from mnist_viz.recording.run import EDITED, Run
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.timeline import WORTH_KEEPING, rank

DEFAULT_BUDGET = 256 * 2**20
"""Bytes of parameters and optimizer states that the recorded frames of all runs may hold."""

LEAST_BUDGET, MOST_BUDGET = 16 * 2**20, 64 * 2**30


@dataclass(frozen=True, eq=False)
class Removed:
    """A run that was taken out, and the runs that had left it: their numbers, and where."""

    run: Run
    branches: tuple[tuple[int, int], ...]


class Runs:
    """The runs of a session, which share one budget of bytes.

    When it is full, frames thin out evenly over all runs: see `timeline.rank`. The first and the last frame of a run
    stay, its best one, those where branches leave or somebody edited the network, and pinned ones.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self._runs: dict[int, Run] = {}
        self._active: int | None = None
        self._greatest = 0

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.all)

    def __contains__(self, number: object) -> bool:
        return number in self._runs

    @property
    def all(self) -> tuple[Run, ...]:
        """In the order in which they were made."""
        return tuple(self._runs.values())

    @property
    def active(self) -> Run | None:
        """The one that is shown and trained; None before the first."""
        return self._runs[self._active] if self._active is not None else None

    @property
    def next_number(self) -> int:
        """For a new run: greater than all there have been."""
        return self._greatest + 1

    def next_color(self, colors: int) -> int:
        """The first of `colors` that the fewest runs have."""
        used = [run.color % colors for run in self]
        return min(range(colors), key=used.count)

    def get(self, number: int) -> Run:
        """The run of that number.

        Raises:
            KeyError: there is none.
        """
        return self._runs[number]

    def children(self, run: Run) -> tuple[Run, ...]:
        return tuple(other for other in self if other.parent == run.number)

    def add(self, run: Run) -> None:
        if run.number in self._runs:
            raise ValueError(f"there is a run {run.number} already")
        self._runs = dict(sorted({**self._runs, run.number: run}.items()))
        self._greatest = max(self._greatest, run.number)

    def activate(self, number: int) -> None:
        self._active = self.get(number).number

    def drop(self, run: Run) -> None:
        """Take a run without branches out for good, even the active one; another must be activated then."""
        del self._runs[run.number]
        if run.number == self._greatest:
            self._greatest -= 1
        if self._active == run.number:
            self._active = None

    def remove(self, number: int) -> Removed:
        """Take a run out; those that left it then left its parent. `put_back` undoes it.

        Raises:
            ValueError: it is the active one.
        """
        if number == self._active:
            raise ValueError("the active run cannot be removed")
        gone = self._runs.pop(number)
        branches = self.children(gone)
        removed = Removed(gone, tuple((branch.number, branch.root_step) for branch in branches))
        for child in branches:
            # It holds all that came before its root, so nothing is lost to it.
            child.parent = gone.parent
            child.root_step = min(child.root_step, gone.root_step) if gone.parent is not None else 0
        return removed

    def put_back(self, removed: Removed) -> None:
        run = removed.run
        if run.parent is not None and run.parent not in self:  # which was removed since
            run.parent, run.root_step = None, 0
        self.add(run)
        for number, step in removed.branches:
            if number in self:
                branch = self.get(number)
                branch.parent, branch.root_step = run.number, step

    @property
    def moments(self) -> int:
        """How many frames there are, each counted once."""
        return len(self._frames())

    @property
    def nbytes(self) -> int:
        """Bytes of all frames, each counted once."""
        return sum(frame.nbytes for frame in self._frames())

    @property
    def memory(self) -> int:
        return sum(frame.memory for frame in self._frames())

    @property
    def unstored(self) -> int:
        """Bytes of the frames that are in memory only."""
        return sum(frame.nbytes for frame in self._frames() if frame.stored_model is None)

    def keep_to_budget(self) -> None:
        excess = self.nbytes - self.budget
        if excess > 0:
            self._thin(excess)

    def protected(self) -> dict[int, Frame]:
        found: list[Frame | None] = []
        for run in self:
            timeline, best = run.timeline, run.best
            found += [timeline.first, timeline.last, timeline.shown, timeline.find(run.root_step)]
            found += [timeline.find(step) for step in run.pins]
            # No training leads to an edited network: what comes after it cannot be worked out from before.
            found += [timeline.find(incident.step) for incident in run.incidents if incident.kind == EDITED]
            found += [timeline.find(child.root_step) for child in self.children(run)]
            if best is not None:
                found.append(timeline.find(best.step))
        return {id(frame): frame for frame in found if frame is not None}

    def _frames(self) -> list[Frame]:
        """Those of all runs, each once."""
        return list(dict.fromkeys(frame for run in self for frame in run.timeline.frames))

    def _thin(self, excess: int) -> None:
        protected = self.protected()
        ranks: dict[int, tuple[int, int, int, Frame]] = {}
        for run in self:
            for frame in run.timeline.frames:
                if id(frame) not in protected:
                    ranks[id(frame)] = rank(frame.step, run.history.grid), frame.step, id(frame), frame
        heap = list(ranks.values())
        heapify(heap)
        while excess > 0 and heap:
            worth, _, _, frame = heappop(heap)
            lighter = frame.lighter() if worth >= WORTH_KEEPING else None
            for run in self:
                if lighter is None:
                    run.timeline.remove(frame)
                else:
                    run.timeline.replace(frame, lighter)
            excess -= frame.nbytes
            if lighter is not None:
                excess += lighter.nbytes
                # What is left of it goes with those of the next rank.
                heappush(heap, (worth + 1, lighter.step, id(lighter), lighter))
