"""Writes a film in the background while its pictures are still being taken."""

import queue
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mnist_viz.recording.film import Picture, write_film
from mnist_viz.session.background_tasks import BackgroundTasks, Task

WAITING = 4
"""Pictures that may wait for the writer: more would only fill memory."""


class FilmWriter:
    """Writes one film; its methods are for the thread that takes the pictures, and return at once.

    Args:
        rate: pictures a second.

    Attributes:
        outcome: the film's path, or a sentence why there is none, empty if it was cancelled; None while it goes on.
    """

    def __init__(self, tasks: BackgroundTasks, key: str, path: Path, rate: float) -> None:
        self._pictures: queue.Queue[Picture | None] = queue.Queue(WAITING + 1)  # the end has a place too
        self.outcome: Path | str | None = None
        self.written = 0

        def write(task: Task) -> Path:
            return write_film(key, path, self._taken(task), rate, task.cancelled, self._count)

        self._task = tasks.submit(write, self._end, self._end, queue="film", failure="The film could not be written")

    @property
    def has_room(self) -> bool:
        return self._pictures.qsize() < WAITING

    def add(self, picture: Picture) -> None:
        """Append a picture (height, width, 3), which nobody changes any more. There must be room."""
        self._pictures.put_nowait(picture)

    def finish(self) -> None:
        """There are no more pictures."""
        self._pictures.put_nowait(None)

    def cancel(self) -> None:
        """Leave nothing of the film."""
        self._task.cancel()
        while True:  # there is no use for those that wait, and the end must have a place
            try:
                self._pictures.put_nowait(None)
                return
            except queue.Full:
                with suppress(queue.Empty):
                    self._pictures.get_nowait()

    def _end(self, outcome: Path | str) -> None:
        self.outcome = outcome

    def _count(self, written: int) -> None:
        self.written = written

    def _taken(self, task: Task) -> Iterator[Picture]:
        while (picture := self._pictures.get()) is not None:
            yield picture
        task.check()
