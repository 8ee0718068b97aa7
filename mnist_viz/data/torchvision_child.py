"""The short-lived process that reads a data set through torchvision and writes it down for the program.

`prepare` runs it as `python -m mnist_viz.data.torchvision_child`, and explains what the two say to each other.
torch and torchvision are imported here alone, and only inside a function.
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
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data import idx, raw, store
from mnist_viz.data.errors import DataError
from mnist_viz.data.prepare import Job
from mnist_viz.data.reports import Reporter
from mnist_viz.data.torchvision_download import download, first_line, move_into_place

LEFTOVER_SECONDS = 24 * 3600.0

Arrays = dict[str, NDArray[Any]]


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
    """Return the four arrays, verified, from the files below `root`, and what read them.

    What torchvision cannot read for reasons of its own (it is not installed, its torch was built for another
    NumPy, the files are still compressed) the program's own reader reads.

    Raises:
        DataError: files are missing, or are not what they should be.
    """
    paths = job.raw.locate(root, job.title)
    raw.check_headers(paths, job.shapes)
    arrays: Arrays | None = None
    if job.use_torchvision and all(path.suffix != ".gz" for path in paths.values()):
        try:
            arrays, reader = _read_with_torchvision(job, root)
        except Exception as error:
            print(f"torchvision: {first_line(error)}", file=sys.stderr)
    if arrays is None:
        arrays, reader = {name: idx.read(path) for name, path in paths.items()}, "the program's own reader"
    raw.check_arrays(arrays, job.shapes, job.classes, job.title)
    return arrays, reader


def _read_with_torchvision(job: Job, root: Path) -> tuple[Arrays, str]:
    datasets, version = import_torchvision()
    published = getattr(datasets, job.raw.torchvision_class)
    arrays: Arrays = {}
    for part in ("train", "test"):
        data = published(root=str(root), train=part == "train", download=False)
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
    """Whether the files are there already: with these, a download has nothing to do."""
    try:
        paths = job.raw.locate(job.data_dir, job.title)
        raw.check_headers(paths, job.shapes)
        for path in paths.values():
            if path.suffix == ".gz":  # whose header says nothing about its end
                idx.read(path)
    except DataError:
        return False
    return True


def run(job: Job, reporter: Reporter) -> None:
    """Download where that is wanted and needed, read, verify, and write the prepared set.

    Raises:
        DataError: one sentence for the user.
    """
    _sweep(job)
    fetch = job.download and not _is_whole(job)
    if fetch:
        _fetch(job, reporter)
    reporter.stage(f"Reading {job.title}: a few seconds, the first time only")
    arrays, reader = read(job, job.download_dir if fetch else job.data_dir)
    if fetch:
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
        places.append((job.data_dir, f".{job.prepared.name}-download-*"))
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
