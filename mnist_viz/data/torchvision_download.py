"""Downloading a data set through torchvision, watched: progress, an end to hanging servers, clear errors.

Everything arrives in a temporary folder inside the data folder; the child verifies it there before it is moved
to its place, so that no interrupted or wrong download is ever taken for the data set.
"""

import errno
import os
import re
import socket
import threading
import time
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from mnist_viz.data.errors import DataError
from mnist_viz.data.prepare import Job
from mnist_viz.data.reports import Reporter

WATCH_SECONDS = 0.2
ARCHIVES = (".gz", ".zip", ".bz2")
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM}


def download(job: Job, datasets: ModuleType, reporter: Reporter) -> None:
    """Have torchvision (its module `datasets`) download and unpack into `job.download_dir`.

    Raises:
        DataError: there is no connection, the server refuses, what came is damaged, no permission, no space.
    """
    published = getattr(datasets, job.raw.torchvision_class)
    if job.mirror is not None:
        published.mirrors = [job.mirror.rstrip("/") + "/"]
    try:
        job.download_dir.mkdir(parents=True)
    except OSError as error:
        raise _disk_error(job, error) from error
    hosts = [urlsplit(mirror).netloc or mirror for mirror in getattr(published, "mirrors", ["the server"])]
    # urlopen has no timeout of its own. Shorter than the watch's, so that a second mirror gets its turn.
    socket.setdefaulttimeout(job.timeout / 3)
    finished = threading.Event()
    watch = threading.Thread(target=_watch, args=(job, reporter, hosts, finished), daemon=True)
    watch.start()
    try:
        published(root=str(job.download_dir), download=True)
    except Exception as error:
        raise _explained(job, error, hosts) from error
    finally:
        finished.set()
        watch.join()


def move_into_place(job: Job) -> None:
    """Move the unpacked, verified files to where torchvision looks for them, each by one rename.

    Raises:
        DataError: no permission, no space.
    """
    target = job.data_dir / job.raw.folder
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in job.raw.locate(job.download_dir, job.title).values():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
            path.replace(target / path.name)
    except OSError as error:
        raise _disk_error(job, error) from error


def _watch(job: Job, reporter: Reporter, hosts: list[str], finished: threading.Event) -> None:
    """Report the bytes that have arrived, and end the process when none do for too long.

    It looks at the files, so it depends on nothing inside torchvision, and it also ends what no timeout of a
    socket does: names that do not resolve, hosts with many addresses that are tried one after the other.
    """
    total, before, since = job.raw.download_bytes, -1, time.monotonic()
    while not finished.wait(WATCH_SECONDS):
        sizes = _sizes(job.download_dir)
        everything = sum(sizes.values())
        if everything != before:
            before, since = everything, time.monotonic()
            done = sum(size for path, size in sizes.items() if path.suffix in ARCHIVES)
            text = f"Downloading {job.title}: {done / 1e6:.1f} of {total / 1e6:.1f} MB"
            reporter.stage(text, min(1.0, done / total))
        elif time.monotonic() - since > job.timeout:
            silence = "it stopped sending" if everything else "no answer"
            reporter.fail(_no_connection(job, hosts, f"{silence} for {job.timeout:.0f} s"))


def _sizes(folder: Path) -> dict[Path, int]:
    sizes = {}
    for path in list(folder.rglob("*")):
        try:
            if path.is_file():
                sizes[path] = path.stat().st_size
        except OSError:  # gone since it was listed
            continue
    return sizes


def _explained(job: Job, error: Exception, hosts: list[str]) -> DataError:
    """Say in one sentence which of the things that go wrong with downloads this is.

    torchvision gathers what went wrong as text, "Tried <address>, got:" and the error on the next line, once a
    mirror; where mirrors differ, the first is the one that usually works.
    """
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        return _disk_error(job, error)
    reason = next(iter(re.findall(r"got:\n(.+)", str(error))), first_line(error))
    reason = re.sub(r"^<urlopen error (.*)>$", r"\1", reason.strip())
    reason = re.sub(r"^\[Errno -?\d+\] ", "", reason)
    if re.search(r"corrupted|gzip|CRC|end-of-stream|decompressing", reason):
        return DataError(
            f"what {hosts[0]} sent is not {job.title} (damaged on its way, or the sign-in page of this "
            f"network): {_meanwhile(job)}"
        )
    if "HTTP Error" in reason:
        return DataError(f"{hosts[0]} refused to send {job.title} ({reason}): {_meanwhile(job)}")
    return DataError(_no_connection(job, hosts, reason))


def _no_connection(job: Job, hosts: list[str], reason: str) -> str:
    return f"there is no connection to {' or '.join(hosts)} ({reason}): {_meanwhile(job)}"


def _meanwhile(job: Job) -> str:
    place = job.data_dir / job.raw.folder
    return f"the program's own digits work without it; try again later, or put the files into {place}"


def _disk_error(job: Job, error: OSError) -> DataError:
    return DataError(
        f"{job.title} cannot be downloaded into {job.data_dir} ({error.strerror or error}): "
        "choose a data folder that you can write to and that has room"
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its kind where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
