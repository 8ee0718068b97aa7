"""Downloading a data set through torchvision, watched: progress, an end to silent servers, clear errors.

torchvision fetches the archives, checks and unpacks them in a temporary folder inside the data folder. The child
process reads the files there before they are moved to their place, so that no interrupted or wrong download is ever
taken for the data set.
"""

import errno
import math
import os
import re
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from mnist_viz.data.errors import DataError
from mnist_viz.data.published import fetched
from mnist_viz.data.published.prepare import Job
from mnist_viz.system.files import sync

MIRROR = "MNIST_VIZ_MIRROR"
"""The environment variable with the address of a folder that holds the archives, to fetch them from there."""
WATCH_SECONDS = 0.2
# A socket waits for this share of the time after which a download is given up, so that a second address gets its turn.
PATIENCE = 0.5
DISK_ERRORS = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR,
    errno.EISDIR, errno.EEXIST,
}  # fmt: skip

Stage = Callable[[str, float | None], None]


def download(job: Job, datasets: ModuleType, stage: Stage, fail: Callable[[str], None]) -> None:
    """Have torchvision (its module `datasets`) fetch and unpack the data set below `job.download_dir`.

    Args:
        stage: reports progress.
        fail: ends the process with a sentence, from any thread: what hangs in a system call cannot be stopped.

    Raises:
        DataError: there is no connection, the server refuses, what came is damaged, no permission, no space.
    """
    published = getattr(datasets, job.raw.torchvision_class)
    try:
        job.download_dir.mkdir(parents=True)
        _check_room(job)
    except OSError as error:
        raise disk_error(job, error) from error
    with _Watch(job, stage, fail) as watch:
        try:
            for train in (True, False):
                published(root=str(job.download_dir), train=train, download=True, **job.raw.options)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in DISK_ERRORS:
                raise disk_error(job, error) from error
            raise watch.explained(error) from error


def move_into_place(job: Job) -> None:
    """Move the unpacked files, which have been read, to where torchvision looks for them, each by one rename.

    A file that is there already with the same bytes stays, and stays whoever's it is.

    Raises:
        DataError: no permission, no space.
    """
    source, target = job.download_dir / job.raw.folder, job.data_dir / job.raw.folder
    wanted = [name for name in (*job.raw.files.values(), *job.raw.also) if (source / name).is_file()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        files = {name: source / name for name in wanted if not fetched.same(source / name, target / name)}
        for path in files.values():
            with path.open("rb+") as file:
                sync(file)
        # Noted first: whoever is killed in between must still be able to delete what was fetched.
        fetched.write_note(job.data_dir, job.raw, files, job.download_dir)
        for name, path in files.items():
            path.replace(target / name)
    except OSError as error:
        raise disk_error(job, error) from error


def _check_room(job: Job) -> None:
    """See that the archives and what is unpacked from them find room.

    Raises:
        DataError: there is less.
    """
    unpacked = sum(math.prod(shape) for shape in job.raw.published(job.shapes).values())
    needed = job.raw.download_bytes + max(unpacked, job.raw.unpacked_bytes)
    free = shutil.disk_usage(job.download_dir).free
    if free < needed:
        raise DataError(
            f"{job.title} needs {needed / 1e6:,.0f} MB, and {job.data_dir} has {free / 1e6:,.0f} MB free: "
            "make room, or choose another data folder"
        )


class _Watch:
    """Stands between torchvision and `urlopen`: counts bytes, notes failures, and ends the process in long silence.

    A timeout of a socket does not end names that do not resolve, hosts with many addresses that are tried one after
    the other, or servers that send a letter now and then.
    """

    def __init__(self, job: Job, stage: Stage, fail: Callable[[str], None]) -> None:
        self._job, self._stage, self._fail = job, stage, fail
        self._urlopen = urllib.request.urlopen
        self._mirror = os.environ.get(MIRROR, "").rstrip("/")
        self._received = 0
        self._host = ""
        self._failures: list[tuple[str, Exception]] = []
        self._silent_since: float | None = None
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "_Watch":
        urllib.request.urlopen = self._open  # type: ignore[assignment]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        urllib.request.urlopen = self._urlopen
        self._finished.set()
        self._thread.join()

    def explained(self, error: Exception) -> DataError:
        """Say in one sentence which of the things that go wrong with downloads this is."""
        # Of several addresses the first is the one that usually works. Where no connection failed, the data are wrong.
        host, reason = self._failures[0] if self._failures else (self._host, error)
        text = re.sub(r"^<urlopen error (.*)>$", r"\1", first_line(reason))
        text = re.sub(r"^\[Errno -?\d+\] ", "", text)
        title = self._job.title
        if not self._failures or "IncompleteRead" in text:
            return DataError(
                f"what {host} sent is not {title} (damaged on its way, or the sign-in page of this network): "
                f"{_meanwhile(self._job)}"
            )
        if "HTTP Error" in text:
            return DataError(f"{host} refused to send {title} ({text}): {_meanwhile(self._job)}")
        return DataError(_no_connection(self._job, host, text))

    def _open(self, request: Any, *_: object, **__: object) -> Any:
        """What torchvision calls in place of `urllib.request.urlopen`."""
        if isinstance(request, str):
            request = urllib.request.Request(request)
        if self._mirror:
            request.full_url = f"{self._mirror}/{request.full_url.rsplit('/', 1)[-1]}"
        self._host = urlsplit(request.full_url).netloc
        with self._waiting():
            response = self._urlopen(request, timeout=self._job.timeout * PATIENCE)
        read = response.read

        def counted(size: int = -1) -> bytes:
            with self._waiting():
                data: bytes = read(size)
            self._received += len(data)
            return data

        response.read = counted
        return response

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        if self._silent_since is None:
            self._silent_since = time.monotonic()
        try:
            yield
        except Exception as error:  # the silence goes on at the next address
            self._failures.append((self._host, error))
            raise
        self._silent_since = None

    def _run(self) -> None:
        job, total, told = self._job, max(1, self._job.raw.download_bytes), 0
        while not self._finished.wait(WATCH_SECONDS):
            received, since = self._received, self._silent_since
            if received != told:
                told = received
                text = f"Fetching {job.title}: {told / 1e6:.1f} of {max(total, told) / 1e6:.1f} MB"
                self._stage(text, min(1.0, told / total))
            elif since is not None and time.monotonic() - since > job.timeout:
                silence = "it stopped sending" if received else "no answer"
                self._fail(_no_connection(job, self._host, f"{silence} for {job.timeout:.0f} s"))


def _no_connection(job: Job, host: str, reason: str) -> str:
    return f"there is no connection to {host} ({reason}): {_meanwhile(job)}"


def _meanwhile(job: Job) -> str:
    place = job.data_dir / job.raw.folder
    return f"the program's own digits work without it; try again later, or put the files into {place}"


def disk_error(job: Job, error: OSError) -> DataError:
    return DataError(
        f"{job.title} cannot be fetched into {job.data_dir} ({error.strerror or error}): "
        "choose a data folder that you can write to and that has room"
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its kind where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
