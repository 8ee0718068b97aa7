"""The user's own data, whatever form they have: read, checked, summarized, previewed."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset, Subset
from mnist_viz.data.errors import DataError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.data.user.assembly import assemble
from mnist_viz.data.user.data_name import Choices, absolute, parted, path_of
from mnist_viz.data.user.examples import ClassCount, Found, Summary, listed, plural
from mnist_viz.data.user.file_names import PARTS
from mnist_viz.data.user.pictures import ENDINGS, labelled, read_pictures
from mnist_viz.data.user.pixels import dark_on_light
from mnist_viz.data.user.sources import read_sources
from mnist_viz.data.user.tree import Tree

# A class with fewer training examples than this is hardly learnt.
_FEW = 10


def check_user_data(
    name: str | os.PathLike[str], *, watch: Watch = UNWATCHED, limit: int | None = None, least_classes: int = 2
) -> tuple[Dataset, Summary]:
    """Read the user's own data and say what they are. The data set is the one that `load_user_data` gives.

    All pictures together may take 1 GiB, and for a moment twice as much; a picture may have 128 pixels along a side.

    Args:
        name: a path; "digits:PATH" to have each picture cropped, fitted and centred as MNIST's are.
        limit: at most this many training examples; the other parts shrink in proportion.
        least_classes: 1 for data that are only to be read by a network which knows more.

    Raises:
        CancelledError: the watch says so.
        DataError: one sentence, with the file and what to do.
    """
    dataset, found = _load(name, watch, limit, least_classes)
    watch.at("Comparing training and test pictures")
    _summarize(dataset, found)
    return dataset, found


def load_user_data(name: str | os.PathLike[str], *, watch: Watch = UNWATCHED, limit: int | None = None) -> Dataset:
    """Read the user's own data: what `check_user_data` does, without the summary."""
    return _load(name, watch, limit)[0]


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
    name: str | os.PathLike[str], watch: Watch, limit: int | None, least_classes: int = 2
) -> tuple[Dataset, Found]:
    name = os.fspath(name)
    choices, written = parted(name)
    if "\0" in name:
        raise DataError(f"{name!r} is no name of a file: check it")
    path = path_of(written)
    watch.at(f"Looking at {path.name}")
    try:
        if not path.exists():
            raise DataError(f"there is no file or folder {path}: check the name")
        with Tree(path, watch) as tree:
            found = Found(path)
            _read(tree, found, choices, watch)
        _turn_light_on_dark(found)
        dataset = assemble(found, absolute(name), limit, least_classes)
    except MemoryError:
        raise DataError(f"the data in {path} do not fit into memory: give the program a part of them") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check its name and permissions") from error
    except UnicodeError:
        raise DataError(f"{str(path)!r} is no name of a file: check it") from None
    return dataset, found


def _read(tree: Tree, found: Found, choices: Choices, watch: Watch) -> None:
    """Pictures where there are classes of them, else arrays and tables."""
    if tree.alone and tree.path.name.lower().endswith(ENDINGS):
        raise DataError(f"{tree.path} is a single picture: give the folder with a subfolder of pictures for each class")
    pictures = labelled(tree)
    if len({picture.label for picture in pictures}) < 2 and not choices.fitted:
        try:
            read_sources(tree, found, choices, watch)
            found.kind = _kind(found.path, "data files")
            return
        except DataError:
            if not pictures and not any(file.name.lower().endswith(ENDINGS) for file in tree.files):
                raise
    if not pictures:
        if choices.fitted and tree.path.is_file():
            raise DataError(f"{tree.path} is no folder: only pictures in folders can be brought into MNIST's form")
        raise DataError(
            f"there are no pictures in the subfolders of {tree.path}: put the pictures of each class into a subfolder "
            "with the class's name"
        )
    found.kind = _kind(found.path, "pictures")
    read_pictures(tree, pictures, found, watch, fitted=choices.fitted)
    found.fittable = True


def _kind(path: Path, contents: str) -> str:
    ending = path.suffix.lower()
    if path.is_dir():
        return f"a folder of {contents}"
    kinds = {
        ".npz": "an .npz archive",
        ".csv": "a CSV file",
        ".tsv": "a TSV file",
        ".zip": f"a zip archive of {contents}",
    }
    return kinds.get(ending, "a data file")


def _turn_light_on_dark(found: Found) -> None:
    """Turn dark pictures on light paper round, as MNIST and the drawing pad are, and say which they are."""
    if len(found.image_shape) != 2:
        return
    parts = {part: into.blocks for part, into in found.parts.items() if into.blocks}
    try:
        dark = dark_on_light(parts, found.image_shape)
    except ValueError as error:
        raise DataError(f"in {found.path} {error}: turn one of them round") from None
    if not dark:
        return
    for blocks in parts.values():
        for number, block in enumerate(blocks):
            blocks[number] = 255 - block
    found.decided.append("The pictures are dark on light: all were turned into light on dark, as MNIST is.")


def _summarize(dataset: Dataset, found: Found) -> None:
    """Count the examples of each class, and add what may go wrong."""
    numbers = len(dataset.class_names)
    parts: list[Subset] = [getattr(dataset, part) for part in PARTS]
    counts = np.stack([np.bincount(part.labels, minlength=numbers) for part in parts], axis=1).tolist()
    found.classes = [ClassCount(name, *count) for name, count in zip(dataset.class_names, counts, strict=True)]
    few = [f"{count.name} ({count.train})" for count in found.classes if count.train < _FEW]
    if few:
        found.warnings.append(f"There are few training examples of {listed(few, 5)}: such a class is hardly learnt.")
    untested = [count.name for count in found.classes if not count.test]
    if untested:
        found.warnings.append(
            f"There are no test examples of {listed(untested, 5)}: the accuracy says nothing of them."
        )
    known = {hash(picture.tobytes()) for picture in dataset.train.images}
    same = sum(hash(picture.tobytes()) in known for picture in dataset.test.images)
    if same:
        found.warnings.append(f"{plural(same, 'test picture')} can be found among the training pictures too.")
