"""Frames that do not fit into memory: their arrays move into files that nobody else sees, and are mapped from there."""

import contextlib
import queue
import tempfile
import threading
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.snapshot import Frame

Floats = NDArray[np.floating]


class Spill:
    """Moves the arrays of frames to disk, in a thread of its own.

    A frame stays the same object with the same numbers; only where they lie changes. The files have no name where the
    platform allows that, so nothing is left behind however the program ends, and nobody can cut them short.

    Attributes:
        problem: why frames could not be written, once that has happened; then they stay in memory.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._queue: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def submit(self, frame: Frame) -> None:
        """Move `frame` soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="frames to disk", daemon=True)
            self._thread.start()
        self._queue.put(frame)

    def store(self, frame: Frame) -> Frame:
        """Move `frame` now, and return it.

        Raises:
            OSError: there is no room, or no folder for temporary files.
        """
        if frame.on_disk:
            return frame
        place = frame.place
        with tempfile.TemporaryFile(prefix="mnist-viz-frame-") as file:
            parameters = _moved(file, frame.model.parameters)
            if place is not None:
                shared = place.parameters is frame.model.parameters
                moved = {
                    "parameters": parameters if shared else _moved(file, place.parameters),
                    "statistics": _moved(file, place.statistics),
                    "optimizer_state": _moved(file, place.optimizer_state),
                }
                for name, array in moved.items():
                    object.__setattr__(place, name, array)
            object.__setattr__(frame.model, "parameters", parameters)
        object.__setattr__(frame, "on_disk", True)
        return frame

    def close(self, timeout: float = 1.0) -> bool:
        """End the thread after the frame that it is at; return whether it ended in time."""
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        self._queue.put(None)
        thread.join(timeout)
        return not thread.is_alive()

    def _work(self) -> None:
        while (frame := self._queue.get()) is not None:
            if self.problem:
                continue
            try:
                self.store(frame)
            except OSError as error:
                self.problem = error.strerror or str(error)


def _moved(file: BinaryIO, array: Floats) -> Floats:
    """Append `array` to `file`, and return it as it is mapped from there."""
    if not array.size:
        return array
    start = file.seek(0, 2)
    file.write(np.ascontiguousarray(array).data)
    file.flush()
    return np.asarray(np.memmap(file, array.dtype, "r", start, array.shape))
