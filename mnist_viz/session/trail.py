"""The frames that were worked out again on the way back: whoever steps back once is likely to do so again."""

from mnist_viz.recording.snapshot import Frame

MOST_BYTES = 96 * 2**20


class Trail:
    """Frames of one run by step, the nearest to the one added last, within a bound of bytes."""

    def __init__(self) -> None:
        self._frames: dict[int, Frame] = {}
        self._bytes = 0

    def add(self, frame: Frame) -> None:
        old = self._frames.pop(frame.step, None)
        if old is not None:
            self._bytes -= old.nbytes
        self._frames[frame.step] = frame
        self._bytes += frame.nbytes
        while self._bytes > MOST_BYTES and len(self._frames) > 1:
            farthest = max(self._frames, key=lambda step: abs(step - frame.step))
            self._bytes -= self._frames.pop(farthest).nbytes

    def find(self, step: int) -> Frame | None:
        """The frame of exactly `step`."""
        return self._frames.get(step)

    def before(self, step: int) -> Frame | None:
        """The last frame before `step`."""
        return max((f for f in self._frames.values() if f.step < step), key=lambda f: f.step, default=None)

    def clear(self) -> None:
        self._frames.clear()
        self._bytes = 0
