"""Downloading a data set through torchvision, watched: progress, an end to hanging servers, clear errors.

torchvision says where the archives are and what their checksums must be, and fetches them. Everything arrives in
a temporary folder inside the data folder; the child verifies it there before it is moved to its place, so that
no interrupted or wrong download is ever taken for the data set. An archive that arrived and unpacked whole is kept for
the next attempt until the data set is in place.
"""

import errno
import math
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from mnist_viz.data.errors import DataError
from mnist_viz.data.published import fetched
from mnist_viz.data.published.prepare import Job
from mnist_viz.data.published.reports import Reporter
from mnist_viz.data.published.unpack import unpack
from mnist_viz.disk import sync

WATCH_SECONDS = 0.2
# The watch waits a little longer than a socket does, so that another mirror gets its turn.
PATIENCE = 1.2
DISK_ERRORS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
}


@dataclass(frozen=True)
class Archive:
    """One file to download, its md5, and the addresses to try one after the other."""

    name: str
    md5: str
    urls: tuple[str, ...]


def download(job: Job, datasets: ModuleType, reporter: Reporter) -> None:
    """Have torchvision (its module `datasets`) download into `job.download_dir`, and unpack what is wanted there.

    Raises:
        DataError: there is no connection, the server refuses, what came is damaged, no permission, no space.
    """
    published = getattr(datasets, job.raw.torchvision_class)
    kept, target = fetched.archives(job.data_dir, job.raw), job.download_dir / job.raw.folder
    try:
        for folder in (job.download_dir, target):
            folder.mkdir(parents=True, exist_ok=True)
        _check_room(job)
    except OSError as error:
        raise disk_error(job, error) from error
    # urlopen has no timeout of its own.
    socket.setdefaulttimeout(job.timeout)
    watch = _Watch(job, reporter)
    try:
        for archive in archives_of(job, published):
            _reuse(archive, kept, job)
            _fetch(archive, datasets, job, watch)
            reporter.stage(f"Unpacking {archive.name}")
            place = job.download_dir / archive.name
            unpack(place, target, {*job.raw.files.values(), *job.raw.also})
            # Another program, where there are no locks, may take the folder away at any moment.
            with suppress(FileNotFoundError):
                kept.mkdir(exist_ok=True)
                if place == target / archive.name:  # what is not packed is its own archive
                    shutil.copyfile(place, kept / archive.name)
                else:
                    place.replace(kept / archive.name)
    except OSError as error:
        shutil.rmtree(kept, ignore_errors=True)  # a full disk is not to stay full
        raise disk_error(job, error) from error
    finally:
        watch.end()


def archives_of(job: Job, published: Any) -> list[Archive]:
    """What a class of torchvision downloads; all of it from below `job.mirror`, if there is one."""
    found = LISTINGS.get(job.raw.torchvision_class, _mirrored)(published)
    if job.mirror is None:
        return found
    return [Archive(archive.name, archive.md5, (f"{job.mirror.rstrip('/')}/{archive.name}",)) for archive in found]


def move_into_place(job: Job) -> None:
    """Move the unpacked, verified files to where torchvision looks for them, each by one rename.

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
    shutil.rmtree(fetched.archives(job.data_dir, job.raw), ignore_errors=True)


# What torchvision's classes say of themselves; all but these do it as MNIST does.


def _mirrored(published: Any) -> list[Archive]:
    return [
        Archive(name, md5, tuple(f"{mirror}{name}" for mirror in published.mirrors))
        for name, md5 in published.resources
    ]


def _one_zip(published: Any) -> list[Archive]:
    return [_archive(published.url, published.md5)]


def _by_part(published: Any) -> list[Archive]:
    return [_archive(url, md5) for part in ("train", "test") for url, md5 in published.resources[part]]


def _split_list(published: Any) -> list[Archive]:
    return [Archive(name, md5, (url,)) for url, name, md5 in published.split_list.values()]


def _one_tar(published: Any) -> list[Archive]:
    return [_archive(published.url, published.tgz_md5)]


def _archive(url: str, md5: str) -> Archive:
    return Archive(url.rsplit("/", 1)[-1], md5, (url,))


LISTINGS: dict[str, Callable[[Any], list[Archive]]] = {
    "EMNIST": _one_zip,
    "QMNIST": _by_part,
    "USPS": _split_list,
    "CIFAR10": _one_tar,
}


def _check_room(job: Job) -> None:
    """See that the archives and what is unpacked from them find room.

    Raises:
        DataError: there is less.
    """
    published = job.raw.published(job.shapes)
    needed = job.raw.download_bytes + sum(math.prod(shape) for shape in published.values())
    free = shutil.disk_usage(job.download_dir).free
    if free < needed:
        raise DataError(
            f"{job.title} needs {needed / 1e6:,.0f} MB, and {job.data_dir} has {free / 1e6:,.0f} MB free: "
            "make room, or choose another data folder"
        )


def _reuse(archive: Archive, kept: Path, job: Job) -> None:
    """Take an archive that an earlier attempt left; torchvision checks it and fetches it only if it is wrong."""
    place = job.download_dir / archive.name
    try:
        (kept / archive.name).replace(place)
    except FileNotFoundError:
        if (theirs := job.data_dir / job.raw.folder / archive.name).is_file():
            shutil.copyfile(theirs, place)


def _fetch(archive: Archive, datasets: ModuleType, job: Job, watch: "_Watch") -> None:
    failures: list[tuple[str, Exception]] = []
    for url in archive.urls:
        host = urlsplit(url).netloc or url
        watch.begin(host)
        try:
            datasets.utils.download_url(url, str(job.download_dir), archive.name, archive.md5)
            return
        except Exception as error:
            if isinstance(error, OSError) and error.errno in DISK_ERRORS:
                raise
            failures.append((host, error))
        finally:
            watch.pause()
    # Where mirrors fail differently, the first is the one that usually works.
    host, reason = failures[0]
    raise _explained(job, reason, host) from reason


class _Watch:
    """Reports the bytes that have arrived, and ends the process when none do for too long.

    It looks at the files, so it depends on nothing inside torchvision, and it also ends what no timeout of a
    socket does: names that do not resolve, hosts with many addresses that are tried one after the other, servers
    that send a letter now and then.
    """

    def __init__(self, job: Job, reporter: Reporter) -> None:
        self._job, self._reporter = job, reporter
        self._host: str | None = None
        self._since = time.monotonic()
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def begin(self, host: str) -> None:
        self._since = time.monotonic()
        self._host = host

    def pause(self) -> None:
        self._host = None

    def end(self) -> None:
        self._finished.set()
        self._thread.join()

    def _run(self) -> None:
        job, total, before = self._job, max(1, self._job.raw.download_bytes), -1
        while not self._finished.wait(WATCH_SECONDS):
            host = self._host
            if host is None:
                continue
            done = _bytes_in(job.download_dir) + _bytes_in(fetched.archives(job.data_dir, job.raw))
            if done != before:
                before, self._since = done, time.monotonic()
                text = f"Downloading {job.title}: {done / 1e6:.1f} of {max(total, done) / 1e6:.1f} MB"
                self._reporter.stage(text, min(1.0, done / total))
            elif time.monotonic() - self._since > job.timeout * PATIENCE:
                silence = "it stopped sending" if done else "no answer"
                self._reporter.fail(_no_connection(job, host, f"{silence} for {job.timeout:.0f} s"))


def _bytes_in(folder: Path) -> int:
    """The bytes of the files in a folder, without those in folders below it."""
    total = 0
    try:
        for entry in os.scandir(folder):
            if entry.is_file():
                total += entry.stat().st_size
    except OSError:  # a file or the folder went since it was listed
        pass
    return total


def _explained(job: Job, error: Exception, host: str) -> DataError:
    """Say in one sentence which of the things that go wrong with downloads this is."""
    reason = re.sub(r"^<urlopen error (.*)>$", r"\1", first_line(error))
    reason = re.sub(r"^\[Errno -?\d+\] ", "", reason)
    if re.search(r"corrupted|IncompleteRead", reason):
        return DataError(
            f"what {host} sent is not {job.title} (damaged on its way, or the sign-in page of this "
            f"network): {_meanwhile(job)}"
        )
    if "HTTP Error" in reason:
        return DataError(f"{host} refused to send {job.title} ({reason}): {_meanwhile(job)}")
    return DataError(_no_connection(job, host, reason))


def _no_connection(job: Job, host: str, reason: str) -> str:
    return f"there is no connection to {host} ({reason}): {_meanwhile(job)}"


def _meanwhile(job: Job) -> str:
    place = job.data_dir / job.raw.folder
    return f"the program's own digits work without it; try again later, or put the files into {place}"


def disk_error(job: Job, error: OSError) -> DataError:
    return DataError(
        f"{job.title} cannot be downloaded into {job.data_dir} ({error.strerror or error}): "
        "choose a data folder that you can write to and that has room"
    )


def first_line(error: BaseException) -> str:
    """The first line of an error's text, or its kind where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
