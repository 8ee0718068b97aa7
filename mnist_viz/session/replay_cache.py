"""Frames that were recomputed for stepping back, since the next step back is likely to need them too."""

from mnist_viz.recording.snapshot import Frame

MOST_BYTES = 96 * 2**20
"""Of all frames."""

LEAST_FRAMES = 6
"""So many, however large they are."""


class ReplayCache:
    """Frames of one run by step, the nearest to the one added last."""

    def __init__(self) -> None:
        self._frames: dict[int, Frame] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: Frame) -> None:
        self._frames[frame.step] = frame
        while len(self._frames) > max(LEAST_FRAMES, MOST_BYTES // frame.nbytes):
            del self._frames[max(self._frames, key=lambda step: abs(step - frame.step))]

    def find(self, step: int) -> Frame | None:
        return self._frames.get(step)

    def before(self, step: int) -> Frame | None:
        return max((f for f in self._frames.values() if f.step < step), key=lambda f: f.step, default=None)

    def clear(self) -> None:
        self._frames.clear()
