"""The recorded frames of a run in order, the cursor that says which one is shown, and which moments are recorded."""

from bisect import bisect_left
from functools import cache

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.recording.snapshot import Frame

GROWTH = 1.5
"""In the first epoch each recorded step is about this many times the one before."""

KEYFRAMES = 6
"""Frames an epoch after the first: from the one before, any batch is worked out again within a sixth of an epoch."""

CASUAL, BETWEEN, WORTH_KEEPING = 0, 1, 2
"""Ranks: where one happened to stop; between the ends of two epochs; and from here on by the powers of two."""


class Timeline:
    """Frames ascending by step, and a cursor.

    The cursor is on a frame, or it is live: then it follows the newest state, recorded or not.
    """

    def __init__(self) -> None:
        self._frames: list[Frame] = []
        self._cursor: Frame | None = None
        self._newest: Frame | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def frames(self) -> tuple[Frame, ...]:
        return tuple(self._frames)

    @property
    def live(self) -> bool:
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
    def last(self) -> Frame | None:
        return self._frames[-1] if self._frames else None

    @property
    def tail(self) -> Frame | None:
        """The newest state, recorded or not."""
        return self._newest

    @property
    def index(self) -> int:
        """The place among the recorded frames of the one shown, or of the last one before it; -1 if empty."""
        return self._at_or_before(self.shown.step) if self.shown is not None else -1

    def add(self, frame: Frame) -> None:
        """Record `frame`. A frame of the same step is replaced: replaying gives the same one again."""
        place = bisect_left(self._frames, frame.step, key=_step)
        if place < len(self._frames) and self._frames[place].step == frame.step:
            self._frames[place] = frame
        else:
            self._frames.insert(place, frame)
        self.follow(frame)

    def insert(self, frame: Frame) -> None:
        """Record a frame of the past, worked out again; the newest state stays what it is."""
        newest = self._newest
        self.add(frame)
        self._newest = newest or self._newest

    def remove(self, frame: Frame) -> None:
        """Forget `frame`, if it is recorded here; where the cursor is on it, it stays shown."""
        if self.find(frame.step) is frame:
            del self._frames[self._at_or_before(frame.step)]

    def replace(self, old: Frame, new: Frame) -> None:
        """Put `new` in the place of `old`, a frame of the same step, if that is recorded here."""
        if self.find(old.step) is old:
            self._frames[self._at_or_before(old.step)] = new
            if self._newest is old:
                self._newest = new

    def rewind(self, frame: Frame) -> None:
        """Forget what came after `frame`, record it, and follow from there."""
        self._frames = self._frames[: self._at_or_before(frame.step) + 1]
        self._newest = self._cursor = None
        self.add(frame)

    def until(self, frame: Frame) -> "Timeline":
        """Another timeline, of the frames before `frame` and this one as the last; live."""
        result = Timeline()
        result._frames = self._frames[: self._at_or_before(frame.step - 1) + 1]
        result.add(frame)
        return result

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
        self._cursor = frame

    def find(self, step: int) -> Frame | None:
        index = self._at_or_before(step)
        return self._frames[index] if index >= 0 and self._frames[index].step == step else None

    def before(self, step: int) -> Frame | None:
        """The last recorded frame at or before `step`."""
        index = self._at_or_before(step)
        return self._frames[index] if index >= 0 else None

    def keyframe(self, step: int) -> Frame | None:
        """The last recorded frame at or before `step` from which training can go on."""
        for frame in reversed(self._frames[: self._at_or_before(step) + 1]):
            if frame.resumable:
                return frame
        return None

    def _at_or_before(self, step: int) -> int:
        return bisect_left(self._frames, step + 1, key=_step) - 1


def _step(frame: Frame) -> int:
    return frame.step


def is_recorded(step: int, grid: EpochGrid) -> bool:
    """Whether the network after `step` batches is kept: 0, 1, 2, 3, 5, 8, ... at first, then each sixth of an epoch."""
    return rank(step, grid) > CASUAL


def rank(step: int, grid: EpochGrid) -> int:
    """How long a frame is kept when there is no room; of two neighbours the one with the lower rank goes first.

    Of the ends of epochs each second one ranks lowest, of those that remain again each second one, and so on, so that
    what is left is always even. The first epoch's frames rank in the same way among themselves.
    """
    epoch, batch = grid.at(step)
    if batch == 0:
        return WORTH_KEEPING + _twos(epoch)
    batches = grid.batches(epoch)
    if epoch == 0:
        number = _early_steps(batches).get(step)
        return CASUAL if number is None else WORTH_KEEPING + _twos(number)
    parts = {k * batches // KEYFRAMES for k in range(1, KEYFRAMES)}
    return BETWEEN if batch in parts else CASUAL


def _twos(number: int) -> int:
    """How often two goes into `number`; as often as can be into 0."""
    return (number & -number).bit_length() - 1 if number else 64


@cache
def _early_steps(limit: int) -> dict[int, int]:
    steps: dict[int, int] = {}
    step = 1
    while step < limit:
        steps[step] = len(steps) + 1
        step = max(step + 1, round(step * GROWTH))
    return steps
