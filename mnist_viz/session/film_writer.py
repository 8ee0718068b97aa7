"""A thread that writes a film while its pictures are still being taken."""

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnist_viz.recording.film import Cancelled, Making, Picture, write_film

log = logging.getLogger(__name__)

WAITING = 4
"""Pictures that may wait for the writer: more would only fill memory."""


@dataclass(frozen=True)
class Filmed:
    """The film is written, to `path`."""

    path: Path


@dataclass(frozen=True)
class NotFilmed:
    """There is no film: a sentence that says why, empty if it was cancelled."""

    message: str


class FilmWriter:
    """Writes one film; its methods are for the thread that takes the pictures, and return at once.

    Args:
        key: of the format.
        path: the file or the folder to write.
        rate: pictures a second.
    """

    def __init__(self, key: str, path: Path, rate: float) -> None:
        self._making = Making()
        self._pictures: queue.Queue[Picture | None] = queue.Queue(WAITING + 1)  # the end has a place too
        self._outcome: Filmed | NotFilmed | None = None
        self._thread = threading.Thread(target=self._work, args=(key, path, rate), name="writing a film", daemon=True)
        self._thread.start()

    @property
    def written(self) -> int:
        """How many pictures are in the film for good."""
        return self._making.written

    @property
    def outcome(self) -> Filmed | NotFilmed | None:
        """How it went; None while it goes on."""
        return self._outcome

    @property
    def has_room(self) -> bool:
        """Whether it takes another picture now."""
        return self._pictures.qsize() < WAITING

    def add(self, picture: Picture) -> None:
        """Append a picture (height, width, 3), which nobody changes any more. There must be room."""
        self._pictures.put_nowait(picture)

    def finish(self) -> None:
        """There are no more pictures."""
        self._pictures.put_nowait(None)

    def cancel(self) -> None:
        """Leave nothing of the film."""
        self._making.cancel()
        while True:  # there is no use for those that wait, and the end must have a place
            try:
                self._pictures.put_nowait(None)
                return
            except queue.Full:
                with suppress(queue.Empty):
                    self._pictures.get_nowait()

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel it, if it goes on, and end the thread; return whether it ended within `timeout` seconds."""
        if self._outcome is None:
            self.cancel()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self, key: str, path: Path, rate: float) -> None:
        try:
            self._outcome = Filmed(write_film(key, path, self._taken(), rate, self._making))
        except Cancelled:
            self._outcome = NotFilmed("")
        except (OSError, ValueError) as error:
            self._outcome = NotFilmed(str(error))
        except Exception as error:
            log.exception("writing a film failed")
            self._outcome = NotFilmed(f"The film could not be written ({type(error).__name__}: {error})")

    def _taken(self) -> Iterator[Picture]:
        while (picture := self._pictures.get()) is not None:
            yield picture
        self._making.check()
