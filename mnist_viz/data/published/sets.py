"""Published data sets in a data folder: loading, verifying and deleting them, and their first images."""

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data import store
from mnist_viz.data.errors import DataError, UnwritableError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.data.published import fetched, idx
from mnist_viz.data.published.catalogue import ROWS, Row
from mnist_viz.data.published.conversion import CONVERSIONS, converted
from mnist_viz.data.published.prepare import Job, prepare
from mnist_viz.data.published.raw import identity
from mnist_viz.system import paths

DataDir = str | os.PathLike[str] | None


def load_published(job: Job, watch: Watch = UNWATCHED) -> tuple[store.Prepared, str]:
    """Map the prepared copy of a data set; a child process makes it where there is none, or the files have changed.

    Returns:
        the data set, and a sentence for the user where IDX files had to be read into memory, since no copy of them
        can be written.

    Raises:
        CancelledError: the watch says so.
        DataError: one sentence: files missing or damaged, no connection, ...
    """

    def mapped() -> store.Prepared | None:
        made_from = identity(job.raw.locate(job.data_dir, job.title))
        return store.open_prepared(job.prepared, made_from, job.shapes, job.classes)

    try:
        if (prepared := mapped()) is not None:
            return prepared, ""
        job.raw.check(job.data_dir, job.title, job.shapes)
    except DataError:
        if not job.download:
            raise
    try:
        prepare(job, watch)
    except UnwritableError as error:
        if not job.raw.is_idx:
            raise
        return in_memory(job), f"{job.title} is used from memory and read anew each time: {error}."
    if (prepared := mapped()) is None:
        raise DataError(
            f"the files of {job.title} in {job.data_dir} changed while they were read: load {job.title} again"
        )
    return prepared, ""


def in_memory(job: Job) -> store.Prepared:
    """Read the IDX files of a data set as its prepared copy would have them.

    Raises:
        DataError: files are missing, or are not what they should be.
    """
    arrays = {name: idx.read(path) for name, path in job.raw.check(job.data_dir, job.title, job.shapes).items()}
    arrays = converted(arrays, job.raw, job.shapes, job.classes, job.title)
    return {
        name: array.astype(np.uint8, copy=False).reshape(store.stored(array.shape)) for name, array in arrays.items()
    }


def state(job: Job) -> tuple[bool, str, bool, Path]:
    """Whether the files are there, looking at their beginnings alone; where, or why not; whether the program fetched
    some of them; and their folder. Raises nothing."""
    place = _place(job)
    try:
        job.raw.check(job.data_dir, job.title, job.shapes)
        present, note = True, f"in {place}"
    except (DataError, OSError) as error:
        present, note = False, f"{error} ({job.raw.download_bytes / 1e6:.1f} MB)"
    return present, note, bool(fetched.entries(job.data_dir, job.raw)), place


def verify_published(job: Job, watch: Watch = UNWATCHED) -> str:
    """Read every byte of the files again, and say in one sentence that they are whole, see `datasets.verify`."""
    job.raw.locate(job.data_dir, job.title)  # what is not here needs no process to say so
    prepare(replace(job, verify=True), watch)
    sizes = [path.stat().st_size for path in job.raw.locate(job.data_dir, job.title).values()]
    noted = len(fetched.entries(job.data_dir, job.raw)) == len(sizes)
    examples = sum(count for name, (count, *_) in job.shapes.items() if name.endswith("labels"))
    return (
        f"{job.title} is whole: {len(sizes)} files with {sum(sizes) / 1e6:.1f} MB were read, which hold "
        f"{examples:,} examples{', and are as they were fetched' if noted else ''}."
    )


def remove_published(job: Job) -> int:
    """Delete what the program fetched of a data set, see `datasets.remove`."""
    place = _place(job)
    if not fetched.entries(job.data_dir, job.raw):
        raise DataError(
            f"the program did not fetch the {job.title} in {place}, so it deletes nothing: remove the files yourself"
        )
    try:
        freed = fetched.remove(job.data_dir, job.raw)
    except OSError as error:
        raise DataError(
            f"the files of {job.title} in {place} cannot be deleted ({error.strerror or error}): check its permissions"
        ) from error
    for row in ROWS.values():
        other = job_for(row, job.data_dir)
        if other is not None and (other.raw.folder, other.raw.files) == (job.raw.folder, job.raw.files):
            shutil.rmtree(other.prepared, ignore_errors=True)  # also of those that are made from the same files
    return freed


def first_images(job: Job, count: int) -> NDArray[np.uint8]:
    """The first training images, uint8 (count, *image_shape), for some kilobytes of its IDX files.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = job.raw.locate(job.data_dir, job.title)["train_images"]
    images = idx.read(path, count)
    # The conversion wants labels too; nobody looks at these.
    labels = np.ones((len(images), *job.raw.label_shape), np.int64)
    return CONVERSIONS[job.raw.conversion](images, labels)[0]


def _place(job: Job) -> Path:
    return Path(os.path.normpath(job.data_dir / job.raw.folder))


def job_for(row: Row, data_dir: DataDir, *, download: bool = False) -> Job | None:
    """What the child process is to do for this data set in this data folder; None if the program makes it itself.

    Args:
        download: fetch files that are missing or damaged.
    """
    raw = row.raw
    if raw is None:
        return None
    folder = paths.data_dir(data_dir).absolute()
    # One prepared copy a data folder: files that change replace it, and do not add one more.
    where = hashlib.sha256(os.fsencode((folder / raw.folder).resolve())).hexdigest()[:12]
    return Job(
        title=row.title,
        raw=raw,
        shapes=row.shapes(row.split),
        classes=len(row.class_names),
        data_dir=folder,
        prepared=store.place(f"{row.name}-{where}"),
        download=download,
    )
