"""The user's own data: a folder of pictures, an `.npz` archive or a CSV file; checked, summarized, previewed."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset, Subset
from mnist_viz.data.errors import DataError
from mnist_viz.data.progress import Progress, Watch
from mnist_viz.data.published.catalogue import ROWS
from mnist_viz.data.user.assembly import assemble
from mnist_viz.data.user.csv_file import read_csv
from mnist_viz.data.user.examples import PARTS, Found, plural
from mnist_viz.data.user.image_folder import read_folder
from mnist_viz.data.user.npz_file import read_npz

DIGITS = "digits:"
"""A name that begins so asks for the pictures to be brought into MNIST's form, one by one."""
FILE_ENDINGS = (".npz", ".csv", ".csv.gz")

# A class with fewer training examples than this is hardly learnt.
_FEW = 10


@dataclass(frozen=True)
class ClassCount:
    """How many examples of one class each part has."""

    name: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True)
class Summary:
    """What was found and what was decided, for a person to look at before the data are used.

    Args:
        kind: "a folder of pictures", "an .npz archive" or "a CSV file".
        classes: in the order of the labels.
        image_shape: (height, width), or (height, width, 3) for colour.
        decided: sentences on how the data were read.
        warnings: sentences on what may go wrong.
    """

    path: Path
    kind: str
    classes: tuple[ClassCount, ...]
    image_shape: tuple[int, ...]
    decided: tuple[str, ...]
    warnings: tuple[str, ...]


def is_user_data(name: str) -> bool:
    """Whether the name of a data set means the user's own data: a path, or a folder that is there.

    The names that the program knows are never meant so, even where there is a folder of that name.
    """
    path = name.removeprefix(DIGITS)
    if path.strip().lower() in ("", *ROWS, "drawings"):
        return False
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    if path != name or path.lower().endswith(FILE_ENDINGS) or any(separator in path for separator in separators):
        return True
    return _is_folder(path)


def names_in(name: str) -> list[str]:
    """The names joined by "+" in a data set's name; a path that is there may itself hold a "+"."""
    try:
        whole = "+" in name and _path(name).exists()
    except (OSError, ValueError):  # too long, a zero byte
        whole = False
    return [name] if whole else [part.strip() for part in name.split("+")]


def full_name(name: str) -> str:
    """The name of a data set with absolute paths, so that it means the same wherever the program is started."""
    return "+".join(_absolute(part) if is_user_data(part) else part for part in names_in(name))


def check_user_data(
    name: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    limit: int | None = None,
) -> tuple[Dataset, Summary]:
    """Read the user's own data and say what they are. The data set is the one that `load_user_data` gives.

    All pictures together may take 1 GiB, and for a moment twice as much; a picture may have 128 pixels along a side.

    Args:
        name: a path; "digits:PATH" to have each picture cropped, fitted and centred as MNIST's are.
        progress: called in this thread with what is being done and how much of it is done (0 to 1, or None).
        cancel: set it from another thread to stop.
        limit: at most this many training examples; the other parts shrink in proportion.

    Raises:
        CancelledError: `cancel` was set.
        DataError: one sentence, with the file and what to do.
    """
    dataset, found, watch = _load(name, progress, cancel, limit)
    watch.at("Comparing training and test pictures")
    return dataset, _summary(dataset, found)


def load_user_data(
    name: str | os.PathLike[str],
    *,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
    limit: int | None = None,
) -> Dataset:
    """Read the user's own data: what `check_user_data` does, without the summary."""
    return _load(name, progress, cancel, limit)[0]


def preview(dataset: Dataset, per_class: int = 8) -> list[NDArray[np.uint8]]:
    """Some training pictures of every class, for a contact sheet.

    Returns:
        one array a class, in the order of `class_names`: uint8 (k, *image_shape) with k from 0 to `per_class`.
    """
    sheets = []
    for number in range(len(dataset.class_names)):
        there = np.flatnonzero(dataset.train.labels == number)
        # From all of them: those that lie together in a file are often alike.
        chosen = there[np.arange(min(per_class, len(there))) * len(there) // max(min(per_class, len(there)), 1)]
        sheets.append(dataset.train.images[chosen].reshape(-1, *dataset.image_shape))
    return sheets


def _load(
    name: str | os.PathLike[str], progress: Progress | None, cancel: threading.Event | None, limit: int | None
) -> tuple[Dataset, Found, Watch]:
    name = os.fspath(name)
    watch = Watch(f"the reading of {name}", progress, cancel)
    digits = name.startswith(DIGITS)
    if "\0" in name:
        raise DataError(f"{name!r} is no name of a file: check it")
    path = _path(name)
    watch.at(f"Looking at {path.name}")
    try:
        if path.is_dir():
            found = read_folder(path, watch, digits=digits)
        elif digits:
            raise DataError(f"{path} is no folder: only a folder of pictures can be brought into MNIST's form")
        elif path.name.lower().endswith(".npz"):
            found = read_npz(path, watch)
        elif path.name.lower().endswith(FILE_ENDINGS[1:]):
            found = read_csv(path, watch)
        elif path.exists():
            raise DataError(
                f"{path} is no data set: give a folder with a subfolder of pictures a class, an .npz or a .csv"
            )
        else:
            raise DataError(f"there is no file or folder {path}: check the name")
        dataset = assemble(found, _absolute(name), limit)
    except MemoryError:
        raise DataError(f"the data in {path} do not fit into memory: give the program a part of them") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check its name and permissions") from error
    except UnicodeError:
        raise DataError(f"{str(path)!r} is no name of a file: check it") from None
    return dataset, found, watch


def _summary(dataset: Dataset, found: Found) -> Summary:
    numbers = len(dataset.class_names)
    parts: list[Subset] = [getattr(dataset, part) for part in PARTS]
    counts = np.stack([np.bincount(part.labels, minlength=numbers) for part in parts], axis=1).tolist()
    classes = tuple(ClassCount(name, *count) for name, count in zip(dataset.class_names, counts, strict=True))
    warnings = list(found.warnings)
    few = [f"{count.name} ({count.train})" for count in classes if count.train < _FEW]
    if few:
        warnings.append(f"There are few training examples of {_listed(few)}: such a class is hardly learnt.")
    untested = [count.name for count in classes if not count.test]
    if untested:
        warnings.append(f"There are no test examples of {_listed(untested)}: the accuracy says nothing of them.")
    if not found.inverted and len(dataset.image_shape) == 2 and _border(dataset) > 127:
        warnings.append("The pictures seem to be dark on light, and the drawing pad is light on dark: turn them round.")
    known = {hash(picture.tobytes()) for picture in dataset.train.images}
    same = sum(hash(picture.tobytes()) in known for picture in dataset.test.images)
    if same:
        warnings.append(f"{plural(same, 'test picture')} can be found among the training pictures too.")
    return Summary(
        path=found.path,
        kind=found.kind,
        classes=classes,
        image_shape=dataset.image_shape,
        decided=tuple(found.decided),
        warnings=tuple(warnings),
    )


def _border(dataset: Dataset) -> float:
    """The median brightness along the borders of some training pictures."""
    some = dataset.train.images[:: max(1, len(dataset.train) // 1_000)].reshape(-1, *dataset.image_shape)
    ends = [some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]]
    return float(np.median(np.concatenate(ends, axis=1)))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _absolute(name: str) -> str:
    return (DIGITS if name.startswith(DIGITS) else "") + str(_path(name))


def _path(name: str) -> Path:
    path = Path(name.removeprefix(DIGITS))
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # a "~somebody" who is not known here
        return path.absolute()


def _is_folder(path: str) -> bool:
    try:
        return _path(path).is_dir()
    except (OSError, ValueError):
        return False
