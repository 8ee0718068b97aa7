"""The recorded frames in order, and the cursor that says which one is shown."""

from bisect import bisect_left

from mnist_viz.recording.snapshot import Frame

DEFAULT_BUDGET = 256 * 2**20
"""Bytes of parameters that the recorded frames may hold."""


class Timeline:
    """Frames ascending by step, within a byte budget, and a cursor.

    The cursor is on a frame, or it is live: then it follows the newest state, recorded or not.
    When the budget is full, every second frame goes, but never the first or the last.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self._frames: list[Frame] = []
        self._bytes = 0
        self._cursor: Frame | None = None
        self._newest: Frame | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(self._frames)

    @property
    def nbytes(self) -> int:
        return self._bytes

    @property
    def live(self) -> bool:
        """Whether the cursor follows the newest state."""
        return self._cursor is None

    @property
    def shown(self) -> Frame | None:
        """The frame at the cursor; None if nothing has been recorded."""
        return self._cursor or self._newest

    @property
    def first(self) -> Frame | None:
        """The first recorded frame: the first weights."""
        return self._frames[0] if self._frames else None

    @property
    def tail(self) -> Frame | None:
        """The newest state, recorded or not."""
        return self._newest

    @property
    def index(self) -> int:
        """The place among the recorded frames of the one shown, or of the last one before it; -1 if empty."""
        return self._at_or_before(self.shown.step) if self.shown is not None else -1

    def clear(self) -> None:
        self._frames.clear()
        self._bytes, self._cursor, self._newest = 0, None, None

    def add(self, frame: Frame) -> None:
        """Record `frame`. A frame of the same step is replaced: replaying gives the same one again."""
        place = bisect_left(self._frames, frame.step, key=_step)
        if place < len(self._frames) and self._frames[place].step == frame.step:
            self._bytes -= self._frames[place].nbytes
            self._frames[place] = frame
        else:
            self._frames.insert(place, frame)
        self._bytes += frame.nbytes
        self.follow(frame)
        if self._bytes > self.budget:
            self._thin()

    def rewind(self, frame: Frame) -> None:
        """Forget what came after `frame`, record it, and follow from there."""
        self._frames = self._frames[: self._at_or_before(frame.step) + 1]
        self._bytes = sum(kept.nbytes for kept in self._frames)
        self._newest = self._cursor = None
        self.add(frame)

    def follow(self, frame: Frame) -> None:
        """Take note of the newest state without recording it."""
        if self._newest is None or frame.step >= self._newest.step:
            self._newest = frame

    def go_live(self) -> None:
        self._cursor = None

    def go_to(self, index: int) -> None:
        """Put the cursor on the recorded frame number `index`; numbers out of range go to the nearest end."""
        if self._frames:
            self._cursor = self._frames[min(max(index, 0), len(self._frames) - 1)]

    def show(self, frame: Frame) -> None:
        """Put the cursor on `frame`, which need not be recorded."""
        self._cursor = frame

    def find(self, step: int) -> Frame | None:
        """The recorded frame of exactly `step`."""
        index = self._at_or_before(step)
        return self._frames[index] if index >= 0 and self._frames[index].step == step else None

    def before(self, step: int) -> Frame | None:
        """The last recorded frame at or before `step`."""
        index = self._at_or_before(step)
        return self._frames[index] if index >= 0 else None

    def _at_or_before(self, step: int) -> int:
        return bisect_left(self._frames, step + 1, key=_step) - 1

    def _thin(self) -> None:
        last = len(self._frames) - 1
        self._frames = [
            frame
            for i, frame in enumerate(self._frames)
            if i % 2 == 0 or i == last
        ]  # fmt: skip
        self._bytes = sum(frame.nbytes for frame in self._frames)


def _step(frame: Frame) -> int:
    return frame.step
