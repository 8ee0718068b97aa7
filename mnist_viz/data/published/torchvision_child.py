"""The short-lived process that reads a data set through torchvision and writes it down for the program.

`prepare` runs it as `python -m mnist_viz.data.published.torchvision_child`, and explains what the two say to each
other. torch and torchvision are imported here alone, and only inside a function.
"""

import importlib
import os
import shutil
import sys
import threading
import time
import types
import warnings
from pathlib import Path
from typing import NoReturn

import numpy as np

from mnist_viz.data import store
from mnist_viz.data.errors import DataError
from mnist_viz.data.published import fetched, raw, readers
from mnist_viz.data.published.adapters import adapt
from mnist_viz.data.published.fetch_lock import one_at_a_time
from mnist_viz.data.published.prepare import Job
from mnist_viz.data.published.raw import Arrays
from mnist_viz.data.published.reports import Reporter
from mnist_viz.data.published.torchvision_download import download, first_line, move_into_place

LEFTOVER_SECONDS = 24 * 3600.0


def import_torchvision() -> tuple[types.ModuleType, str]:
    """Import `torchvision.datasets`; return it and a name with torchvision's version.

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
    datasets = importlib.import_module("torchvision.datasets")
    return datasets, f"torchvision {getattr(sys.modules['torchvision'], '__version__', '')}".strip()


def read(job: Job, root: Path) -> tuple[Arrays, str]:
    """Return the four arrays in the program's form, verified, from the files below `root`, and what read them.

    What torchvision cannot read for reasons of its own (it is not installed, its torch was built for another
    NumPy, the files are still compressed) the program's own reader reads.

    Raises:
        DataError: files are missing, or are not what they should be.
    """
    paths = job.raw.locate(root, job.title)
    readers.check(job.raw, paths, job.shapes)
    arrays: Arrays | None = None
    plain = all(path.name == job.raw.files[key] for key, path in paths.items())
    if job.use_torchvision and readers.READERS[job.raw.reader].torchvision and plain:
        try:
            arrays, reader = _read_with_torchvision(job, root)
            arrays = _checked(job, arrays)
        except DataError:
            raise
        except Exception as error:
            print(f"torchvision: {first_line(error)}", file=sys.stderr)
            arrays = None
    if arrays is None:
        arrays, reader = _checked(job, readers.read(job.raw, paths)), "the program's own reader"
    return arrays, reader


def _checked(job: Job, published: Arrays) -> Arrays:
    raw.check_arrays(published, job.raw.published(job.shapes), None, job.title)
    arrays = adapt(published, job.raw.adapter)
    raw.check_arrays(arrays, job.shapes, job.classes, job.title)
    return arrays


def _read_with_torchvision(job: Job, root: Path) -> tuple[Arrays, str]:
    datasets, version = import_torchvision()
    published = getattr(datasets, job.raw.torchvision_class)
    arrays: Arrays = {}
    for part in ("train", "test"):
        data = published(root=str(root), train=part == "train", download=False, **job.raw.options)
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = np.asarray(data.data), np.asarray(data.targets)
    return arrays, version


def _fetch(job: Job, reporter: Reporter) -> None:
    reporter.stage(f"Starting torchvision to download {job.title}")
    try:
        datasets, _ = import_torchvision()
    except Exception as error:
        raise DataError(
            f"{job.title} cannot be downloaded because torchvision does not load ({first_line(error)}): install "
            f"torch and torchvision, or put the files into {job.data_dir / job.raw.folder}"
        ) from error
    download(job, datasets, reporter)


def _is_whole(job: Job) -> bool:
    """Whether the files are there already, every byte of them: with these, a download has nothing to do."""
    try:
        verify(job)
    except (DataError, OSError):
        return False
    return True


def verify(job: Job, reporter: Reporter | None = None) -> Arrays:
    """Read every byte of the files again, and return what they hold.

    Raises:
        DataError: a file is missing, damaged, or not the one that was fetched.
    """
    paths = job.raw.locate(job.data_dir, job.title)
    readers.check(job.raw, paths, job.shapes)
    _check_fetched(job, reporter)
    if reporter is not None:
        reporter.stage(f"Reading all of {job.title}")
    return _checked(job, readers.read(job.raw, paths))


def _check_fetched(job: Job, reporter: Reporter | None = None) -> None:
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


def _verify_all(job: Job, reporter: Reporter) -> None:
    """Read the files again, and compare the prepared copy with them.

    Raises:
        DataError: the files are damaged; a prepared copy that is, is removed.
    """
    try:
        arrays = verify(job, reporter)
        identity = raw.identity(job.raw.locate(job.data_dir, job.title))
        prepared = store.open_prepared(job.prepared, identity, job.shapes, job.classes)
        for name, array in prepared.arrays.items() if prepared is not None else ():
            if not np.array_equal(array, arrays[name].reshape(array.shape)):
                raise DataError(f"the prepared copy of {job.title} in {job.prepared} was damaged: load it again")
    except DataError:
        shutil.rmtree(job.prepared, ignore_errors=True)
        raise


def run(job: Job, reporter: Reporter) -> None:
    """Do what the job asks: verify; or download where that is wanted and needed, read, and write the prepared set.

    Raises:
        DataError: one sentence for the user.
    """
    if job.verify:
        _verify_all(job, reporter)
        return
    _sweep(job)
    if not job.download:
        _prepare(job, reporter, job.data_dir)
        return
    if _is_whole(job):
        # A fetch that was killed when all but this was done may have left its archives.
        shutil.rmtree(fetched.archives(job.data_dir, job.raw), ignore_errors=True)
        _prepare(job, reporter, job.data_dir)
        return
    with one_at_a_time(job.lock, lambda: reporter.stage(f"Waiting: another program is fetching {job.title}")):
        if _is_whole(job):  # by now: the other program was quicker
            _prepare(job, reporter, job.data_dir)
            return
        _fetch(job, reporter)
        _prepare(job, reporter, job.download_dir)


def _prepare(job: Job, reporter: Reporter, root: Path) -> None:
    """Read the files below `root`, move them into place where they were just downloaded, write the prepared set."""
    reporter.stage(f"Reading {job.title}: a few seconds, the first time only")
    if root == job.data_dir:
        _check_fetched(job)
    arrays, reader = read(job, root)
    if root != job.data_dir:
        move_into_place(job)
    identity = raw.identity(job.raw.locate(job.data_dir, job.title))
    reporter.stage(f"Writing the prepared copy of {job.title}")
    for name in ("train_images", "test_images"):
        arrays[name] = arrays[name].reshape(len(arrays[name]), -1)
    try:
        store.write(job.prepared, arrays, identity, reader=reader, token=job.token)
    except OSError as error:
        raise DataError(
            f"the prepared copy of {job.title} cannot be written to {job.prepared.parent} ({error.strerror or error}): "
            "make room there, or name another folder in MNIST_VIZ_CACHE_DIR"
        ) from error


def _sweep(job: Job) -> None:
    """Remove what a job left that lost its life together with its parent, a day ago or earlier."""
    places = [(job.prepared.parent, f".{job.prepared.name}-*")]
    if job.download:
        places += [
            (job.data_dir, f".{job.prepared.name}-download-*"),
            (job.data_dir, fetched.archives(job.data_dir, job.raw).name),
        ]
    for folder, pattern in places:
        for path in list(folder.glob(pattern)):
            try:
                if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
            except OSError:
                continue


def _leave_with_parent(reporter: Reporter) -> None:
    # From the descriptor: a thread that waits inside sys.stdin holds a lock the interpreter wants at its end.
    while os.read(0, 1024):
        pass
    reporter.leave()


def _first_line_of_input() -> str:
    line = bytearray()
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line.decode("utf-8")


def main() -> NoReturn:
    try:
        job = Job.from_json(_first_line_of_input())
    except (ValueError, KeyError, TypeError):
        print("this process is started by mnist-viz, which tells it what to read", file=sys.stderr)
        raise SystemExit(2) from None
    reporter = Reporter(job)
    threading.Thread(target=_leave_with_parent, args=(reporter,), daemon=True).start()
    try:
        run(job, reporter)
    except DataError as error:
        reporter.fail(str(error))
    except BaseException as error:
        reporter.fail(f"{job.title} could not be read ({type(error).__name__}: {first_line(error)})")
    reporter.done()


if __name__ == "__main__":
    main()
