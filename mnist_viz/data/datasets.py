"""The one door to data sets: what there is, and loading one by its name.

A data set of torchvision is read once by a child process (`prepare`) and mapped into memory from then on;
"synthetic" is made by the program itself. Neither torch nor torchvision is ever imported here.
"""

import hashlib
import os
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz import paths
from mnist_viz.data import store
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.prepare import Job, Progress, prepare
from mnist_viz.data.raw import RawFiles, Shapes, check_headers, identity
from mnist_viz.data.splits import Split

__all__ = ["CancelledError", "DataError", "Dataset", "DatasetInfo", "Subset", "available", "load_dataset"]

DIGITS = tuple("0123456789")

# Synthetic digits are made in blocks, each from a seed of its own: a larger set begins with the smaller one, and
# whoever waits sees progress and can stop.
BLOCK = 1_000
QUICK = 5_000
"""So many training digits of its own the program makes within a second: enough to begin with."""
TRAIN_SEED, TEST_SEED = 100_000, 200_000
# What the digits depend on besides their seed; a cached set made by other sources is made again.
GENERATOR = tuple(Path(__file__).with_name(name) for name in ("synthetic.py", "templates.py", "ink.py"))


@dataclass(frozen=True, eq=False)
class Subset:
    """A part of a data set: images uint8 (n, pixels), labels uint8 (n,), both read-only."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set in its three parts; `source` says in words where it comes from."""

    name: str
    title: str
    class_names: tuple[str, ...]
    train: Subset
    validation: Subset
    test: Subset
    source: str

    @property
    def input_size(self) -> int:
        return int(self.train.images.shape[1])


@dataclass(frozen=True)
class DatasetInfo:
    """What a list of data sets shows; `present` says that it can be loaded now, without a download."""

    name: str
    title: str
    examples: int
    present: bool
    licence: str
    source: str
    note: str


@dataclass(frozen=True)
class Row:
    """One data set that the program knows.

    Args:
        split: of the whole set.
        quick: of what the program makes itself, so many training examples can be had without making all.
        raw: the published files; None for what the program makes itself.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int]
    split: Split
    licence: str
    source: str
    quick: int = 0
    raw: RawFiles | None = None

    def shapes(self, split: Split) -> Shapes:
        """Shapes of the four published arrays for a set of this size."""
        return {
            "train_images": (split.published_train, *self.image_shape),
            "train_labels": (split.published_train,),
            "test_images": (split.test, *self.image_shape),
            "test_labels": (split.test,),
        }


ROWS = {
    row.name: row
    for row in (
        Row(
            name="synthetic",
            title="Synthetic digits",
            class_names=DIGITS,
            image_shape=(28, 28),
            split=Split(train=50_000, validation=10_000, test=10_000),
            licence="MIT",
            source="drawn from the program's own stroke templates",
            quick=QUICK,
        ),
        Row(
            name="mnist",
            title="MNIST",
            class_names=DIGITS,
            image_shape=(28, 28),
            split=Split(train=50_000, validation=10_000, test=10_000),
            licence="CC BY-SA 3.0",
            source="Y. LeCun, C. Cortes and C. Burges, the MNIST database of handwritten digits",
            raw=RawFiles(torchvision_class="MNIST", folder="MNIST/raw", download_bytes=11_594_722),
        ),
    )
}


def load_dataset(
    name: str = "mnist",
    data_dir: str | os.PathLike[str] | None = None,
    *,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    download: bool = False,
    limit: int | None = None,
    mirror: str | None = None,
) -> Dataset:
    """Load a data set, split into training, validation and test examples.

    "mnist" is 50,000 / 10,000 / 10,000, validation being the last 10,000 of the published training digits. It
    is mapped into memory from a prepared copy; the first time a child process makes that copy. "synthetic"
    is made by the program, 50,000 / 10,000 / 10,000 too, which takes some seconds the first time; a limit of
    5,000 or less makes only 5,000 / 1,000 / 1,000, within a second. The whole set begins with the same digits.

    Names joined by "+" give the training examples of all of them, and the other parts of the first.

    Args:
        data_dir: the data folder; None for MNIST_VIZ_DATA_DIR, else the user's.
        progress: called in this thread with what is being done and how much of it is done (0 to 1, or None).
        cancel: set it from another thread to stop; it takes effect within a fraction of a second.
        download: fetch files that are missing or damaged. Without it nothing is written to `data_dir`.
        limit: at most this many training examples; the other parts shrink in proportion.
        mirror: the address of a folder with the published files, to download from; None for MNIST_VIZ_MIRROR,
            else where torchvision downloads from. The checksums stay torchvision's.

    Raises:
        CancelledError: `cancel` was set.
        DataError: one sentence: no such data set, files missing or damaged, no connection, no permission, ...
    """
    first, *others = [part.strip() for part in name.split("+")]
    if others:
        return _joined(
            [
                load_dataset(part, data_dir, progress=progress, cancel=cancel, download=download, limit=limit)
                for part in (first, *others)
            ]
        )
    row = _row(name)
    if cancel is not None and cancel.is_set():
        raise CancelledError(f"the loading of {row.title} was cancelled")
    split = row.split.limited(limit)
    if row.raw is None:
        prepared, source = _made_here(row, split, progress, cancel), row.source
    else:
        mirror = mirror or os.environ.get("MNIST_VIZ_MIRROR") or None
        folder = paths.data_dir(data_dir).absolute()
        prepared = _published(row, row.raw, folder, progress, cancel, download, mirror)
        source = f"{row.source} (read by {prepared.reader})"
    return _dataset(row, split, prepared, source)


def available(data_dir: str | os.PathLike[str] | None = None) -> list[DatasetInfo]:
    """List the data sets, looking at the files in the data folder without reading them; raises nothing."""
    folder = paths.data_dir(data_dir).absolute()
    infos = []
    for row in ROWS.values():
        present, note = True, "made on this computer, nothing to download"
        if row.raw is not None:
            try:
                check_headers(row.raw.locate(folder, row.title), row.shapes(row.split))
                note = f"in {folder / row.raw.folder}"
            except DataError as error:
                present, note = False, f"{error} ({row.raw.download_bytes / 1e6:.1f} MB)"
        infos.append(DatasetInfo(row.name, row.title, row.split.total, present, row.licence, row.source, note))
    return infos


def _joined(datasets: list[Dataset]) -> Dataset:
    first = datasets[0]
    if any(other.class_names != first.class_names or other.input_size != first.input_size for other in datasets):
        raise DataError(f"{' and '.join(d.title for d in datasets)} have other classes or sizes and cannot be joined")
    images = np.concatenate([dataset.train.images for dataset in datasets])
    labels = np.concatenate([dataset.train.labels for dataset in datasets])
    for array in (images, labels):
        array.setflags(write=False)
    return replace(
        first,
        name="+".join(dataset.name for dataset in datasets),
        title=" + ".join(dataset.title for dataset in datasets),
        train=Subset(images, labels),
        source="; ".join(dataset.source for dataset in datasets),
    )


def _row(name: str) -> Row:
    row = ROWS.get(name.strip().lower())
    if row is None:
        close = get_close_matches(name.strip().lower(), ROWS, n=1)
        meant = f"did you mean {close[0]!r}? " if close else ""
        raise DataError(f"there is no data set {name!r}: {meant}there are {', '.join(ROWS)}")
    return row


def _dataset(row: Row, split: Split, prepared: store.Prepared, source: str) -> Dataset:
    arrays = prepared.arrays
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
        source=source,
    )


def _cached(name: str) -> Path:
    return paths.cache_dir().absolute() / "datasets" / name


def _published(
    row: Row,
    raw: RawFiles,
    folder: Path,
    progress: Progress | None,
    cancel: threading.Event | None,
    download: bool,
    mirror: str | None,
) -> store.Prepared:
    shapes, classes = row.shapes(row.split), len(row.class_names)
    # One prepared copy a data folder: files that change replace it, and do not add one more.
    where = hashlib.sha256(os.fsencode((folder / raw.folder).resolve())).hexdigest()[:12]
    cached = _cached(f"{row.name}-{where}")

    def map_it() -> store.Prepared | None:
        return store.open_prepared(cached, identity(raw.locate(folder, row.title)), shapes, classes)

    try:
        if (prepared := map_it()) is not None:
            return prepared
        check_headers(raw.locate(folder, row.title), shapes)
    except DataError:
        if not download:
            raise
    prepare(
        Job(row.title, raw, shapes, classes, folder, cached, download, mirror),
        progress=progress,
        cancel=cancel,
    )
    if (prepared := map_it()) is None:
        raise DataError(f"the files of {row.title} in {folder} changed while they were read: load {row.title} again")
    return prepared


def _made_here(row: Row, split: Split, progress: Progress | None, cancel: threading.Event | None) -> store.Prepared:
    size = row.split.limited(row.quick) if split.train <= row.quick else row.split
    cached, made_by = _cached(f"{row.name}-{size.published_train}"), _generator()
    prepared = store.open_prepared(cached, made_by, row.shapes(size), len(row.class_names))
    if prepared is not None:
        return prepared

    from mnist_viz.data import synthetic  # not needed by whoever finds the digits made

    parts = {"train": (size.published_train, TRAIN_SEED), "test": (size.test, TEST_SEED)}
    total, done = size.published_train + size.test, 0
    arrays: dict[str, NDArray[np.uint8]] = {}
    for part, (count, seed) in parts.items():
        images = arrays[f"{part}_images"] = np.empty((count, int(np.prod(row.image_shape))), np.uint8)
        labels = arrays[f"{part}_labels"] = np.empty(count, np.uint8)
        for start in range(0, count, BLOCK):
            if cancel is not None and cancel.is_set():
                raise CancelledError(f"the making of {row.title.lower()} was cancelled")
            if progress is not None:
                progress(f"Drawing {row.title.lower()}: {done:,} of {total:,}", done / total)
            block = slice(start, min(start + BLOCK, count))
            images[block], labels[block] = synthetic.generate(block.stop - start, seed + start // BLOCK)
            done += block.stop - start
    with suppress(OSError):  # a cache that cannot be written costs a second the next time, no more
        store.write(cached, arrays, made_by, reader="the program", token=uuid.uuid4().hex[:12])
    return store.Prepared(arrays, "the program")


def _generator() -> dict[str, Any]:
    """What identifies a set of made digits, as JSON has it."""
    digest = hashlib.sha256(np.__version__.encode())
    for path in GENERATOR:
        with suppress(OSError):  # a packed program may carry no sources
            digest.update(path.read_bytes())
    return {"generator": digest.hexdigest(), "seeds": [BLOCK, TRAIN_SEED, TEST_SEED]}
