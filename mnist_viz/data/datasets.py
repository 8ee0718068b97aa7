"""The one door to data sets: what there is, and loading one by its name.

A data set of torchvision is read once by a child process (`prepare`) and mapped into memory from then on;
"synthetic" is made by the program itself. Neither torch nor torchvision is ever imported here.
"""

import os
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data import store
from mnist_viz.data.dataset import Dataset, Split, Subset
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.data.published import sets
from mnist_viz.data.published.catalogue import DIGITS, QUICK, ROWS, Row
from mnist_viz.data.synthetic.cached import made
from mnist_viz.data.user.data_name import DRAWINGS, DRAWINGS_TITLE, is_user_data, names_in

__all__ = [
    "DIGITS",
    "DRAWINGS",
    "QUICK",
    "ROWS",
    "CancelledError",
    "DataError",
    "Dataset",
    "DatasetInfo",
    "Row",
    "Subset",
    "available",
    "load_dataset",
    "remove",
    "verify",
]


@dataclass(frozen=True)
class DatasetInfo:
    """What a list of data sets shows.

    Args:
        present: it can be loaded now, without a download.
        image_shape: (height, width), or (height, width, 3) for colour.
        download_bytes: to be fetched when it is not here; 0 for what is never fetched.
        fetched: the program itself fetched files of it, which it can delete again.
        folder: where its files are or would be.
    """

    name: str
    title: str
    examples: int
    present: bool
    licence: str
    source: str
    note: str
    classes: int
    image_shape: tuple[int, ...]
    download_bytes: int = 0
    fetched: bool = False
    folder: Path | None = None


def load_dataset(
    name: str = "mnist",
    data_dir: str | os.PathLike[str] | None = None,
    *,
    watch: Watch = UNWATCHED,
    download: bool = False,
    limit: int | None = None,
) -> Dataset:
    """Load a data set, split into training, validation and test examples.

    A name is that of a row of the catalogue, "drawings" for those saved from the pad, or the path of the user's own
    data. "mnist" is 50,000 / 10,000 / 10,000, validation being the last 10,000 of the published training digits. It
    is mapped into memory from a prepared copy; the first time a child process makes that copy. "synthetic"
    is made by the program, 50,000 / 10,000 / 10,000 too, which takes some seconds the first time; a limit of
    5,000 or less makes only 5,000 / 1,000 / 1,000, within a second. The whole set begins with the same digits.

    Names joined by "+" give the training examples of all of them, and the other parts and the classes of the first.

    Args:
        data_dir: the data folder; None for MNIST_VIZ_DATA_DIR, else the user's.
        watch: told in this thread what is being done; stops it within a fraction of a second.
        download: fetch files that are missing or damaged. Without it nothing is written to `data_dir`.
        limit: at most this many training examples; the other parts shrink in proportion.

    Raises:
        CancelledError: the watch says so.
        DataError: one sentence: no such data set, files missing or damaged, no connection, no permission, ...
    """
    # What reads pictures is not loaded for whoever needs none of it.
    from mnist_viz.data.user import drawings, user_data

    beginning, *others = names_in(name)
    if others:
        load = partial(load_dataset, data_dir=data_dir, watch=watch, download=download, limit=limit)
        first = load(beginning)
        # Drawings take the classes of what they join; a few of them suffice.
        mixed_in = partial(drawings.load_drawings, first.class_names, watch=watch, limit=limit)
        return _joined(first, [mixed_in() if other.lower() == DRAWINGS else load(other) for other in others])
    if name.strip().lower() == DRAWINGS:
        return drawings.load_drawings(watch=watch, limit=limit)
    if is_user_data(name):
        return user_data.load_user_data(name, watch=watch, limit=limit)
    row = _row(name)
    watch.check()
    split = row.split.limited(limit)
    job = sets.job_for(row, data_dir, download=download)
    if job is None:
        return _dataset(row, split, made(row, split, watch))
    prepared, note = sets.load_published(job, watch)
    return replace(_dataset(row, split, prepared), notes=(note,) if note else ())


def available(data_dir: str | os.PathLike[str] | None = None) -> list[DatasetInfo]:
    """List the data sets, looking at the files in the data folder without reading them; raises nothing."""
    infos = []
    for row in ROWS.values():
        info = DatasetInfo(
            name=row.name,
            title=row.title,
            examples=row.split.total,
            present=True,
            licence=row.licence,
            source=row.source,
            note="made on this computer, nothing to fetch",
            classes=len(row.class_names),
            image_shape=row.image_shape,
        )
        if (job := sets.job_for(row, data_dir)) is not None:
            present, note, by_program, folder = sets.state(job)
            size = job.raw.download_bytes
            info = replace(info, present=present, note=note, download_bytes=size, fetched=by_program, folder=folder)
        infos.append(info)
    if (saved := drawings_info()) is not None:
        infos.append(saved)
    return infos


def drawings_info() -> DatasetInfo | None:
    """The saved drawings as a data set; None where there are none. Raises nothing."""
    from mnist_viz.data.user import drawings

    try:
        counts = drawings.counts()
    except (DataError, OSError):
        return None
    if not counts:
        return None
    return DatasetInfo(
        name=DRAWINGS,
        title=DRAWINGS_TITLE,
        examples=sum(counts.values()),
        present=True,
        licence="yours",
        source="saved from the drawing pad",
        note="kept on this computer; nothing to fetch",
        classes=len(counts),
        image_shape=(28, 28),
    )


def verify(name: str, data_dir: str | os.PathLike[str] | None = None, *, watch: Watch = UNWATCHED) -> str:
    """Read all of a data set again, every byte of it, and say in one sentence that it is whole.

    Files that the program fetched must have the bytes that it fetched. A prepared copy of damaged files, or one
    that differs from the files, is removed.

    Raises:
        CancelledError: the watch says so.
        DataError: files are missing or damaged; its text says which.
    """
    row = ROWS.get(name.strip().lower())
    job = sets.job_for(row, data_dir) if row is not None else None
    if job is None:
        dataset = load_dataset(name, data_dir, watch=watch)
        count = len(dataset.train) + len(dataset.validation) + len(dataset.test)
        return f"{dataset.title} is whole: {count:,} examples were read."
    return sets.verify_published(job, watch)


def remove(name: str, data_dir: str | os.PathLike[str] | None = None) -> int:
    """Delete the files of a data set that the program itself fetched, and its prepared copy.

    Returns:
        how many bytes that frees in the data folder.

    Raises:
        DataError: the program did not fetch it, or a file cannot be deleted.
    """
    row = _row(name)
    job = sets.job_for(row, data_dir)
    if job is None:
        raise DataError(f"{row.title} are made by the program itself: there is no file to delete")
    return sets.remove_published(job)


def first_images(
    name: str, data_dir: str | os.PathLike[str] | None = None, *, count: int = 8, watch: Watch = UNWATCHED
) -> NDArray[np.uint8]:
    """Return the first training images, uint8 (at most `count`, *image_shape), to show what a data set looks like.

    Of IDX files it costs some kilobytes; what can only be read as a whole is prepared as if it were to be used.

    Raises:
        CancelledError: the watch says so.
        DataError: files are missing or damaged.
    """
    row = ROWS.get(name)
    job = sets.job_for(row, data_dir) if row is not None else None
    if job is not None and job.raw.is_idx:
        return sets.first_images(job, count)
    dataset = load_dataset(name, data_dir, limit=QUICK, watch=watch)
    return dataset.train.images[:count].reshape(-1, *dataset.image_shape)


def _joined(first: Dataset, others: list[Dataset]) -> Dataset:
    datasets, labels = [first, *others], [first.train.labels]
    for other in others:
        strange = [name for name in other.class_names if name not in first.class_names]
        if strange or other.image_shape != first.image_shape:
            raise DataError(f"{first.title} and {other.title} have other classes or sizes and cannot be joined")
        renumbered = np.array([first.class_names.index(name) for name in other.class_names], np.uint8)
        labels.append(renumbered[other.train.labels])
    joined = Subset(np.concatenate([dataset.train.images for dataset in datasets]), np.concatenate(labels))
    for array in (joined.images, joined.labels):
        array.setflags(write=False)
    return replace(
        first,
        name="+".join(dataset.name for dataset in datasets),
        title=" + ".join(dataset.title for dataset in datasets),
        train=joined,
        source="; ".join(dataset.source for dataset in datasets),
        notes=tuple(dict.fromkeys(note for dataset in datasets for note in dataset.notes)),
    )


def _row(name: str) -> Row:
    row = ROWS.get(name.strip().lower())
    if row is None:
        close = get_close_matches(name.strip().lower(), ROWS, n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise DataError(f"there is no data set {name!r}: {meant}there are {', '.join(ROWS)}")
    return row


def _dataset(row: Row, split: Split, arrays: store.Prepared) -> Dataset:
    # Validation digits come after *all* training digits of what is stored, however few of those are asked for.
    stored = len(arrays["train_labels"])
    first = stored - stored * row.split.validation // row.split.published_train

    def subset(part: str, start: int, count: int) -> Subset:
        views = [arrays[f"{part}_{kind}"][start : start + count] for kind in ("images", "labels")]
        for view in views:
            view.setflags(write=False)
        return Subset(*views)

    return Dataset(
        name=row.name,
        title=row.title,
        class_names=row.class_names,
        train=subset("train", 0, split.train),
        validation=subset("train", first, split.validation),
        test=subset("test", 0, split.test),
        source=row.source,
        image_shape=row.image_shape,
    )
