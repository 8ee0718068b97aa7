"""The frames that were worked out again on the way back: whoever steps back once is likely to do so again."""

from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.spill import Spill

MOST_BYTES = 96 * 2**20
"""Of the frames in memory."""

LARGE = 4 * 2**20
"""Bytes of a frame that goes to disk instead."""

MOST_LARGE = 16
"""Frames on disk."""


class Trail:
    """Frames of one run by step, the nearest to the one added last."""

    def __init__(self) -> None:
        self._frames: dict[int, Frame] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: Frame, spill: Spill) -> None:
        """Keep `frame`; a large one moves to the disk."""
        self._frames[frame.step] = frame
        if frame.nbytes >= LARGE:
            spill.submit(frame)
            most = MOST_LARGE
        else:
            most = max(2, MOST_BYTES // frame.nbytes)
        while len(self._frames) > most:
            del self._frames[max(self._frames, key=lambda step: abs(step - frame.step))]

    def find(self, step: int) -> Frame | None:
        """The frame of exactly `step`."""
        return self._frames.get(step)

    def before(self, step: int) -> Frame | None:
        """The last frame before `step`."""
        return max((f for f in self._frames.values() if f.step < step), key=lambda f: f.step, default=None)

    def clear(self) -> None:
        self._frames.clear()
