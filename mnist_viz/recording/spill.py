"""Frames that do not fit into memory: their arrays move into files that nobody else sees, and are mapped from there."""

import contextlib
import logging
import mmap
import queue
import tempfile
import threading
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.snapshot import Frame

log = logging.getLogger(__name__)

Floats = NDArray[np.floating]

SEGMENT = 64 * 2**20
"""Bytes of a file. Its room comes back when its last frame goes."""
ALIGNMENT = 64


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
        self._lock = threading.Lock()
        self._segment: _Segment | None = None  # that has room

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
        with self._lock:
            parameters = self._moved(frame.model.parameters)
            if place is not None:
                shared = place.parameters is frame.model.parameters
                moved = {
                    "parameters": parameters if shared else self._moved(place.parameters),
                    "statistics": self._moved(place.statistics),
                    "optimizer_state": self._moved(place.optimizer_state),
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

    def _moved(self, array: Floats) -> Floats:
        if not array.size:
            return array
        if self._segment is None or not self._segment.has_room(array.nbytes):
            self._segment = None  # the one before closes itself when its last frame goes
            file = tempfile.TemporaryFile(prefix="mnist-viz-frames-")  # noqa: SIM115 - open while there is room
            self._segment = _Segment(file, max(SEGMENT, _aligned(array.nbytes)))
        return self._segment.append(array)

    def _work(self) -> None:
        while (frame := self._queue.get()) is not None:
            if self.problem:
                continue
            try:
                self.store(frame)
            except OSError as error:
                self.problem = error.strerror or str(error)
            except Exception as error:
                log.exception("frames cannot be moved to disk")
                self.problem = str(error) or type(error).__name__


class _Segment:
    """A file without a name, and its mapping: one for many arrays, since each mapping costs a file descriptor."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._file.truncate(size)
        self._mapping = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ)
        self._used = 0
        self._size = size

    def __del__(self) -> None:
        self._file.close()  # the mapping stays until no array needs it any more

    def has_room(self, size: int) -> bool:
        return self._used + size <= self._size

    def append(self, array: Floats) -> Floats:
        """Write `array`, and return it as it is mapped.

        Written, not stored into the mapping: a full disk is then an error, and does not end the process.
        """
        self._file.seek(self._used)
        self._file.write(np.ascontiguousarray(array).data)
        self._file.flush()
        mapped = np.frombuffer(self._mapping, array.dtype, array.size, self._used).reshape(array.shape)
        self._used += _aligned(array.nbytes)
        return mapped


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
