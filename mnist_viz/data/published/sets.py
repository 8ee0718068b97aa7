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
from mnist_viz.data.published.raw import RawFiles, identity
from mnist_viz.system import paths

DataDir = str | os.PathLike[str] | None


def load_published(
    row: Row, raw: RawFiles, data_dir: DataDir, *, download: bool = False, watch: Watch = UNWATCHED
) -> tuple[store.Prepared, str]:
    """Map the prepared copy of a data set; a child process makes it where there is none, or the files have changed.

    Returns:
        the data set, and a sentence for the user where IDX files had to be read into memory, since no copy of them
        can be written.

    Raises:
        CancelledError: the watch says so.
        DataError: one sentence: files missing or damaged, no connection, ...
    """
    job = job_for(row, raw, data_dir, download=download)

    def mapped() -> store.Prepared | None:
        made_from = identity(raw.locate(job.data_dir, row.title))
        return store.open_prepared(job.prepared, made_from, job.shapes, job.classes)

    try:
        if (prepared := mapped()) is not None:
            return prepared, ""
        raw.check(job.data_dir, row.title, job.shapes)
    except DataError:
        if not download:
            raise
    try:
        prepare(job, watch)
    except UnwritableError as error:
        if not raw.is_idx:
            raise
        return in_memory(job), f"{row.title} is used from memory and read anew each time: {error}."
    if (prepared := mapped()) is None:
        raise DataError(
            f"the files of {row.title} in {job.data_dir} changed while they were read: load {row.title} again"
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


def state(row: Row, raw: RawFiles, data_dir: DataDir) -> tuple[bool, str, bool, Path]:
    """Whether the files are there, looking at their beginnings alone; where, or why not; whether the program fetched
    some of them; and their folder. Raises nothing."""
    folder = paths.data_dir(data_dir).absolute()
    place = Path(os.path.normpath(folder / raw.folder))
    try:
        raw.check(folder, row.title, row.shapes(row.split))
        present, note = True, f"in {place}"
    except (DataError, OSError) as error:
        present, note = False, f"{error} ({raw.download_bytes / 1e6:.1f} MB)"
    return present, note, bool(fetched.entries(folder, raw)), place


def verify_published(row: Row, raw: RawFiles, data_dir: DataDir, watch: Watch = UNWATCHED) -> str:
    """Read every byte of the files again, and say in one sentence that they are whole, see `datasets.verify`."""
    job = job_for(row, raw, data_dir)
    prepare(replace(job, verify=True), watch)
    sizes = [path.stat().st_size for path in raw.locate(job.data_dir, row.title).values()]
    noted = len(fetched.entries(job.data_dir, raw)) == len(sizes)
    return (
        f"{row.title} is whole: {len(sizes)} files with {sum(sizes) / 1e6:.1f} MB were read, which hold "
        f"{row.split.total:,} examples{', and are as they were fetched' if noted else ''}."
    )


def remove_published(row: Row, raw: RawFiles, data_dir: DataDir) -> int:
    """Delete what the program fetched of a data set, see `datasets.remove`."""
    job = job_for(row, raw, data_dir)
    place = os.path.normpath(job.data_dir / raw.folder)
    if not fetched.entries(job.data_dir, raw):
        raise DataError(
            f"the program did not fetch the {row.title} in {place}, so it deletes nothing: remove the files yourself"
        )
    try:
        freed = fetched.remove(job.data_dir, raw)
    except OSError as error:
        raise DataError(
            f"the files of {row.title} in {place} cannot be deleted ({error.strerror or error}): check its permissions"
        ) from error
    for other in ROWS.values():  # those that are made from the same files
        if other.raw is not None and (other.raw.folder, other.raw.files) == (raw.folder, raw.files):
            shutil.rmtree(job_for(other, other.raw, data_dir).prepared, ignore_errors=True)
    return freed


def first_images(row: Row, raw: RawFiles, data_dir: DataDir, count: int) -> NDArray[np.uint8]:
    """The first training images, uint8 (count, *image_shape), for some kilobytes of its IDX files.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = raw.locate(paths.data_dir(data_dir), row.title)["train_images"]
    images = idx.read(path, count)
    # The conversion wants labels too; nobody looks at these.
    labels = np.ones((len(images), *raw.label_shape), np.int64)
    return CONVERSIONS[raw.conversion](images, labels)[0]


def job_for(row: Row, raw: RawFiles, data_dir: DataDir, *, download: bool = False) -> Job:
    """What the child process is to do for this data set in this data folder."""
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
