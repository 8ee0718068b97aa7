"""Loading a data set in the background, with progress and cancel, for a window that keeps answering."""

import logging
import threading
from collections import deque
from dataclasses import dataclass

from mnist_viz.data.datasets import Dataset, load_dataset
from mnist_viz.data.errors import CancelledError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    text: str
    fraction: float | None


@dataclass(frozen=True)
class Failure:
    name: str
    message: str


Outcome = Dataset | Progress | Failure
"""What the loader publishes: progress, and at the end the data set or why there is none."""


class Loader:
    """Loads one data set at a time; a new one cancels the one before. What comes of it is taken from `take`."""

    def __init__(self, data_dir: str | None = None) -> None:
        self._data_dir = data_dir
        self._outcomes: deque[Outcome] = deque()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def load(self, name: str, *, download: bool = False, limit: int | None = None) -> None:
        self.cancel()
        self._cancel = threading.Event()
        self._outcomes = deque()
        self._thread = threading.Thread(
            target=self._work,
            args=(name, download, limit, self._cancel, self._outcomes),
            name="loading data",
            daemon=True,
        )
        self._thread.start()

    def take(self) -> list[Outcome]:
        """What has been published since the last call."""
        taken = []
        while self._outcomes:
            taken.append(self._outcomes.popleft())
        return taken

    def cancel(self) -> None:
        self._cancel.set()

    def close(self, timeout: float = 2.0) -> None:
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout)

    def _work(
        self, name: str, download: bool, limit: int | None, cancel: threading.Event, outcomes: deque[Outcome]
    ) -> None:
        def progress(text: str, fraction: float | None) -> None:
            outcomes.append(Progress(text, fraction))

        try:
            outcomes.append(
                load_dataset(name, self._data_dir, progress=progress, cancel=cancel, download=download, limit=limit)
            )
        except CancelledError:
            outcomes.append(Failure(name, ""))
        except (ValueError, OSError) as error:
            outcomes.append(Failure(name, str(error)))
        except Exception as error:
            log.exception("loading %s failed", name)
            outcomes.append(Failure(name, f"{name} could not be loaded ({type(error).__name__}: {error})"))
