"""The short-lived process that fetches, verifies and reads a data set, and writes it down for the program to map.

`prepare` runs it as `python -m mnist_viz.data.published.child`, and explains what the two say to each other. The
program reads IDX files by itself; what is to be fetched or decoded needs torchvision, which is imported here alone, and
only inside a function.
"""

import importlib
import json
import os
import shutil
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from mnist_viz.data import store
from mnist_viz.data.errors import DataError, UnwritableError
from mnist_viz.data.published import fetched, idx
from mnist_viz.data.published.conversion import converted
from mnist_viz.data.published.download import download, first_line, move_into_place
from mnist_viz.data.published.prepare import Job
from mnist_viz.data.published.raw import Arrays, identity
from mnist_viz.system.locks import try_lock

LEFTOVER_SECONDS = 24 * 3600.0
LOCK_SECONDS = 0.2


def run(job: Job, reporter: "Reporter") -> None:
    """Do what the job asks: verify; or download where that is wanted and needed, read, and write the prepared set.

    Raises:
        DataError: one sentence for the user.
    """
    if job.verify:
        _verify_all(job, reporter)
        return
    _sweep(job)
    if not job.download or _is_whole(job):
        _prepare(job, reporter, job.data_dir)
        return
    with one_at_a_time(job.lock, lambda: reporter.stage(f"Waiting: another program is fetching {job.title}")):
        if _is_whole(job):  # by now: the other program was quicker
            _prepare(job, reporter, job.data_dir)
            return
        reporter.stage(f"Starting torchvision to fetch {job.title}")
        download(job, _torchvision(job), reporter.stage, reporter.fail)
        _prepare(job, reporter, job.download_dir)


def read(job: Job, root: Path) -> Arrays:
    """Return the four arrays in the program's form, checked, from the files below `root`.

    Raises:
        DataError: files are missing, or are not what they should be.
    """
    paths = job.raw.check(root, job.title, job.shapes)
    if job.raw.is_idx:
        arrays = {name: idx.read(path) for name, path in paths.items()}
    else:
        arrays = _decoded(job, _torchvision(job), root)
    return converted(arrays, job.raw, job.shapes, job.classes, job.title)


def import_torchvision() -> types.ModuleType:
    """Import and return `torchvision.datasets`.

    PyPI's torchvision does not load its compiled part beside a CPU build of torch, and then its import fails in
    `torchvision._meta_registrations`, which registers operators for compiled models (pytorch/vision#9085). The
    data sets need none of it. An empty module takes its place *always*, and before the import: a first import
    that fails leaves half of torchvision and its operators registered, over which a second one trips, and what
    is done on every machine is tested on every machine.

    Raises:
        Exception: whatever the import of torch or torchvision raises.
    """
    name = "torchvision._meta_registrations"
    sys.modules[name] = types.ModuleType(name)
    warnings.simplefilter("ignore")
    return importlib.import_module("torchvision.datasets")


def _torchvision(job: Job) -> types.ModuleType:
    try:
        return import_torchvision()
    except Exception as error:
        verb = "fetched" if job.download else "read"
        remedy = f", or put the files into {job.data_dir / job.raw.folder}" if job.raw.is_idx else ""
        raise DataError(
            f"{job.title} cannot be {verb} because torchvision does not load ({first_line(error)}): install torch and "
            f"torchvision{remedy}"
        ) from error


def _decoded(job: Job, datasets: types.ModuleType, root: Path) -> Arrays:
    """What torchvision decodes, once it has verified the files: it unpickles some of them."""
    published = getattr(datasets, job.raw.torchvision_class)
    damaged = f"the files of {job.title} in {root / job.raw.folder} are not as they were published: fetch them again"
    for _, name, md5 in getattr(published, "split_list", {}).values():  # USPS, which checks nothing that is there
        if not datasets.utils.check_integrity(str(root / name), md5):
            raise DataError(damaged)
    arrays: Arrays = {}
    for part in ("train", "test"):
        try:
            data = published(root=str(root), train=part == "train", download=False, **job.raw.options)
        except Exception as error:
            raise DataError(f"{damaged} ({first_line(error)})") from error
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = np.asarray(data.data), np.asarray(data.targets)
    return arrays


def _is_whole(job: Job) -> bool:
    """Whether the files are there already, every byte of them: with these, a download has nothing to do."""
    try:
        _check_fetched(job)
        read(job, job.data_dir)
    except (DataError, OSError):
        return False
    return True


def _check_fetched(job: Job, reporter: "Reporter | None" = None) -> None:
    """See that the files that the program itself fetched are still what it fetched."""
    entries = fetched.entries(job.data_dir, job.raw)
    total, done = max(1, sum(entry.size for entry in entries.values())), 0
    for name, entry in entries.items():
        path = job.data_dir / job.raw.folder / name
        if reporter is not None:
            reporter.stage(f"Verifying {name}", done / total)
        if fetched.sha256(path) != entry.sha256:
            raise DataError(f"{path} is damaged (it is no longer what was fetched): fetch it again")
        done += entry.size


def _verify_all(job: Job, reporter: "Reporter") -> None:
    """Read every byte of the files again, and compare the prepared copy with them.

    Raises:
        DataError: the files are damaged; a prepared copy that is, is removed.
    """
    try:
        _check_fetched(job, reporter)
        reporter.stage(f"Reading all of {job.title}")
        arrays = read(job, job.data_dir)
        made_from = identity(job.raw.locate(job.data_dir, job.title))
        prepared = store.open_prepared(job.prepared, made_from, job.shapes, job.classes)
        for name, array in (prepared or {}).items():
            if not np.array_equal(array, arrays[name].reshape(array.shape)):
                raise DataError(f"the prepared copy of {job.title} in {job.prepared} was damaged: load it again")
    except DataError:
        shutil.rmtree(job.prepared, ignore_errors=True)
        raise


def _prepare(job: Job, reporter: "Reporter", root: Path) -> None:
    """Read the files below `root`, move them into place where they were just downloaded, write the prepared set."""
    reporter.stage(f"Reading {job.title}: a few seconds, the first time only")
    if root == job.data_dir:
        _check_fetched(job)
    arrays = read(job, root)
    if root != job.data_dir:
        move_into_place(job)
    made_from = identity(job.raw.locate(job.data_dir, job.title))
    reporter.stage(f"Writing the prepared copy of {job.title}")
    arrays = {name: array.reshape(store.stored(array.shape)) for name, array in arrays.items()}
    try:
        store.write(job.prepared, arrays, made_from, token=job.token)
    except OSError as error:
        raise UnwritableError(
            f"the prepared copy of {job.title} cannot be written to {job.prepared.parent} ({error.strerror or error}): "
            "make room there, or name another folder in MNIST_VIZ_CACHE_DIR"
        ) from error


@contextmanager
def one_at_a_time(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path`: a second program waits, and then finds what it wants already there.

    Where there are no locks (some network folders) nobody waits: then both fetch, and both end well all the same.

    Args:
        waiting: called again and again while another process holds the lock.
    """
    file: IO[bytes] | None = None
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        while (file := try_lock(path)) is None:
            waiting()
            time.sleep(LOCK_SECONDS)
    try:
        yield
    finally:
        if file is not None:
            file.close()


def _sweep(job: Job) -> None:
    """Remove what a job left that lost its life together with its parent, a day ago or earlier."""
    places = [(job.prepared.parent, f".{job.prepared.name}-*")]
    if job.download:
        places.append((job.data_dir, f".{job.prepared.name}-download-*"))
    for folder, pattern in places:
        for path in list(folder.glob(pattern)):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)


class Reporter:
    """Tells the parent what is going on, JSON Lines on what was standard output, from any thread; ends the process."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = threading.Lock()
        # A library that prints must not garble the reports: its standard output becomes standard error.
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def stage(self, text: str, fraction: float | None = None) -> None:
        self._write({"stage": text, "fraction": fraction})

    def fail(self, sentence: str) -> NoReturn:
        self.end({"error": sentence}, 1)

    def end(self, report: Mapping[str, Any] | None, status: int) -> NoReturn:
        """Clean up, report, and end without torch's own slow farewell."""
        self._job.clean()
        if report is not None:
            self._write(report)
        os._exit(status)

    def _write(self, report: Mapping[str, Any]) -> None:
        with self._lock:
            try:
                self._out.write(json.dumps(report) + "\n")
                self._out.flush()
            except OSError:  # the parent has gone
                self._job.clean()
                os._exit(1)


def _leave_with_parent(reporter: Reporter) -> None:
    # From the descriptor: a thread that waits inside sys.stdin holds a lock the interpreter wants at its end.
    while os.read(0, 1024):
        pass
    reporter.end(None, 1)


def main() -> NoReturn:
    try:
        job = Job.from_json(sys.argv[1])
    except (ValueError, LookupError, TypeError):
        print("this process is started by mnist-viz, which tells it what to read", file=sys.stderr)
        raise SystemExit(2) from None
    reporter = Reporter(job)
    threading.Thread(target=_leave_with_parent, args=(reporter,), daemon=True).start()
    try:
        run(job, reporter)
    except DataError as error:
        reporter.end({"error": str(error), "unwritable": isinstance(error, UnwritableError)}, 1)
    except BaseException as error:
        reporter.fail(f"{job.title} could not be read ({type(error).__name__}: {first_line(error)})")
    reporter.end({"done": True}, 0)


if __name__ == "__main__":
    main()
