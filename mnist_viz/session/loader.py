"""Work on data sets in the background, with progress and cancel, for a window that keeps answering."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.datasets import Dataset, first_images, load_dataset, remove, verify
from mnist_viz.data.errors import CancelledError
from mnist_viz.data.user.user_data import Summary, check_user_data, preview

log = logging.getLogger(__name__)

Kind = Literal["load", "check", "fetch", "verify", "remove", "samples"]
"""What can be done with a data set: used, looked at before it is used, and four things with its files."""


@dataclass(frozen=True)
class Progress:
    text: str
    fraction: float | None
    kind: Kind = "load"
    name: str = ""


@dataclass(frozen=True)
class Failure:
    """Why there is no result, in a sentence; an empty one for what was cancelled."""

    name: str
    message: str
    kind: Kind = "load"


@dataclass(frozen=True, eq=False)
class Checked:
    """The user's own data, read and ready; some pictures of each class, uint8 (k, *image_shape)."""

    name: str
    dataset: Dataset
    summary: Summary
    pictures: list[NDArray[np.uint8]]


@dataclass(frozen=True)
class Fetched:
    name: str


@dataclass(frozen=True)
class Verified:
    name: str
    sentence: str


@dataclass(frozen=True)
class Removed:
    name: str
    freed: int  # bytes


@dataclass(frozen=True, eq=False)
class Sampled:
    """The first pictures of a data set, uint8 (k, *image_shape)."""

    name: str
    pictures: NDArray[np.uint8]


Outcome = Dataset | Checked | Fetched | Verified | Removed | Sampled | Progress | Failure
"""What the loader publishes: progress, and at the end what was asked for or why there is none."""

Report = Callable[[str, float | None], None]


@dataclass(eq=False)
class _Job:
    kind: Kind
    name: str
    work: Callable[[Report, threading.Event], Outcome]
    cancel: threading.Event = field(default_factory=threading.Event)
    unwanted: bool = False  # nothing more is to be heard of it

    def run(self, report: Report) -> Outcome:
        try:
            if self.cancel.is_set():
                return Failure(self.name, "", self.kind)
            return self.work(report, self.cancel)
        except CancelledError:
            return Failure(self.name, "", self.kind)
        except (ValueError, OSError) as error:
            return Failure(self.name, str(error), self.kind)
        except Exception as error:
            log.exception("%s of %s failed", self.kind, self.name)
            message = f"{self.name} could not be {_DONE[self.kind]} ({type(error).__name__}: {error})"
            return Failure(self.name, message, self.kind)


_DONE: dict[Kind, str] = {
    "load": "loaded",
    "check": "read",
    "fetch": "fetched",
    "verify": "verified",
    "remove": "deleted",
    "samples": "shown",
}


# These give what was read and change nothing; of the others it must be known that they came to their end.
_READING = ("load", "check", "samples")


class Loader:
    """Does the work in threads of its own; what comes of it is taken from `take`.

    A data set that takes minutes to fetch keeps nobody from using another one: loading, checking, work on files and
    samples have a thread each, which does one thing after the other. A new load replaces the one before, and
    so does a new check.
    """

    def __init__(self, data_dir: str | None = None) -> None:
        self.data_dir = data_dir
        self._outcomes: deque[tuple[_Job, Outcome]] = deque()
        files = _Lane("data files", self._outcomes)
        self._lanes: dict[Kind, _Lane] = {
            "load": _Lane("loading data", self._outcomes),
            "check": _Lane("checking data", self._outcomes),
            "fetch": files,
            "verify": files,
            "remove": files,
            "samples": _Lane("samples of data", self._outcomes),
        }

    @property
    def busy(self) -> bool:
        return any(lane.busy for lane in self._lanes.values())

    def load(self, name: str, *, limit: int | None = None) -> None:
        """Load a data set, which must be here; publishes a Dataset."""
        data_dir = self.data_dir
        self._replace(
            "load",
            name,
            lambda report, cancel: load_dataset(name, data_dir, progress=report, cancel=cancel, limit=limit),
        )

    def check(self, name: str) -> None:
        """Read the user's own data; publishes a Checked."""

        def work(report: Report, cancel: threading.Event) -> Outcome:
            dataset, summary = check_user_data(name, progress=report, cancel=cancel)
            return Checked(name, dataset, summary, preview(dataset))

        self._replace("check", name, work)

    def fetch(self, name: str) -> None:
        """Fetch the files of a data set; publishes a Fetched."""
        data_dir = self.data_dir

        def work(report: Report, cancel: threading.Event) -> Outcome:
            load_dataset(name, data_dir, progress=report, cancel=cancel, download=True)
            return Fetched(name)

        self._add("fetch", name, work)

    def verify(self, name: str) -> None:
        """Read everything again; publishes a Verified."""
        data_dir = self.data_dir
        self._add(
            "verify",
            name,
            lambda report, cancel: Verified(name, verify(name, data_dir, progress=report, cancel=cancel)),
        )

    def remove(self, name: str) -> None:
        """Delete what the program fetched; publishes a Removed."""
        data_dir = self.data_dir
        self._add("remove", name, lambda report, cancel: Removed(name, remove(name, data_dir)))

    def samples(self, name: str) -> None:
        """Get some pictures; publishes a Sampled."""
        data_dir = self.data_dir
        self._add("samples", name, lambda report, cancel: Sampled(name, first_images(name, data_dir, cancel=cancel)))

    def take(self) -> list[Outcome]:
        """What has been published since the last call."""
        taken = []
        while self._outcomes:
            job, outcome = self._outcomes.popleft()
            if job.unwanted:
                continue
            # What was called off is not wanted any more, though it came just before that.
            called_off = job.cancel.is_set() and job.kind in _READING and not isinstance(outcome, Progress | Failure)
            taken.append(Failure(job.name, "", job.kind) if called_off else outcome)
        return taken

    def cancel(self, kind: Kind, name: str | None = None) -> None:
        """Stop what is done of this kind, with the data set `name` or with all; each publishes an empty Failure."""
        for job in self._jobs(kind):
            if name in (None, job.name):
                job.cancel.set()

    def wait(self, timeout: float) -> bool:
        """Wait until everything that was asked for is done; return whether it is."""
        until = time.monotonic() + timeout
        for lane in self._lanes.values():
            lane.wait(max(0.0, until - time.monotonic()))
        return not self.busy

    def close(self, timeout: float = 1.0) -> bool:
        """Stop everything; return whether it ended in time."""
        for lane in self._lanes.values():
            for job in lane.jobs():
                job.cancel.set()
        return self.wait(timeout)

    def _add(self, kind: Kind, name: str, work: Callable[[Report, threading.Event], Outcome]) -> None:
        self._lanes[kind].add(_Job(kind, name, work))

    def _replace(self, kind: Kind, name: str, work: Callable[[Report, threading.Event], Outcome]) -> None:
        for job in self._jobs(kind):
            job.unwanted = True
            job.cancel.set()
        self._add(kind, name, work)

    def _jobs(self, kind: Kind) -> list[_Job]:
        """What of this kind is being done or waits, and what has published something that nobody took yet."""
        # In this order: what is done between the two is found among the outcomes.
        jobs = self._lanes[kind].jobs()
        return [job for job in [*jobs, *(job for job, _ in list(self._outcomes))] if job.kind == kind]


class _Lane:
    """One thing after the other, in a thread that is there while there is something to do."""

    def __init__(self, title: str, outcomes: deque[tuple[_Job, Outcome]]) -> None:
        self._title = title
        self._outcomes = outcomes
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._running: _Job | None = None
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def jobs(self) -> list[_Job]:
        """What is being done, and what waits."""
        with self._lock:
            return [*([self._running] if self._running is not None else []), *self._waiting]

    def add(self, job: _Job) -> None:
        with self._lock:
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._title, daemon=True)
                self._thread.start()

    def wait(self, timeout: float) -> None:
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = self._thread = None
                    return
                job = self._running = self._waiting.popleft()
            outcome = job.run(partial(self._report, job))
            self._outcomes.append((job, outcome))

    def _report(self, job: _Job, text: str, fraction: float | None) -> None:
        self._outcomes.append((job, Progress(text, fraction, job.kind, job.name)))
