"""A few examples of a data set that is here, to show what it looks like, without reading or preparing all of it."""

import gzip
import os
import threading
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz import paths
from mnist_viz.data.datasets import QUICK, ROWS, Row, load_dataset
from mnist_viz.data.errors import DataError
from mnist_viz.data.published.adapters import adapt
from mnist_viz.data.published.raw import RawFiles

_HEADER_BYTES = 16  # of an IDX file with three dimensions


def glimpse(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    *,
    count: int = 8,
    cancel: threading.Event | None = None,
) -> NDArray[np.uint8]:
    """Return the first training pictures, uint8 (at most `count`, *image_shape).

    Of IDX files it costs some kilobytes; what can only be read as a whole is prepared as if it were to be used.

    Raises:
        CancelledError: `cancel` was set.
        DataError: files are missing or damaged.
    """
    row = ROWS.get(name)
    if row is not None and row.raw is not None and row.raw.reader == "idx":
        return _beginning(row, row.raw, paths.data_dir(data_dir), count)
    dataset = load_dataset(name, data_dir, limit=QUICK, cancel=cancel)
    return dataset.train.images[:count].reshape(-1, *dataset.image_shape)


def _beginning(row: Row, raw: RawFiles, folder: Path, count: int) -> NDArray[np.uint8]:
    path = raw.locate(folder, row.title)["train_images"]
    pixels = int(np.prod(raw.image_shape))
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(_HEADER_BYTES + count * pixels)[_HEADER_BYTES:]
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): delete it and fetch it again") from error
    if len(content) < count * pixels:
        raise DataError(f"{path} is cut short: delete it and fetch it again")
    images = np.frombuffer(content, np.uint8).reshape(count, *raw.image_shape)
    # The adapters want labels too; nobody looks at these.
    labels = np.ones((count, *raw.label_shape), np.int64)
    both = {f"{part}_{what}": a for part in ("train", "test") for what, a in (("images", images), ("labels", labels))}
    shown: NDArray[np.uint8] = adapt(both, raw.adapter)["train_images"]
    return shown
