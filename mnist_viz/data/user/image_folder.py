"""A folder of pictures, one subfolder a class, is read as examples of 28x28 grey values."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_viz.data.drawing import images, ink
from mnist_viz.data.errors import DataError
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.examples import (
    LONGEST_NAME,
    MOST_CLASSES,
    MOST_EXAMPLES,
    Found,
    Labels,
    Part,
    natural,
    plural,
)

KIND = "a folder of pictures"
PART_FOLDERS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing"),
}
# Classes lie one after the other in a folder; nobody wants to see the first class only.
_SEED = 20_260_102
_BLOCK = 1_000


@dataclass(frozen=True)
class _File:
    path: Path
    part: str
    label: str


def read_folder(path: Path, watch: Watch, *, digits: bool = False) -> Found:
    """Read all pictures below a folder: `class/picture`, or `train/class/picture` and `test/class/picture`.

    Pictures of 28x28 are taken as they are, others are fitted into 28x28 keeping their shape. Whether they are
    light on dark or dark on light is decided for all of them together, from what is along their borders.

    Args:
        digits: crop, fit and centre each picture as MNIST's digits are.

    Raises:
        CancelledError: the watch says so.
        DataError: it cannot be read, or it holds no pictures in subfolders.
    """
    found = Found(path, KIND, (ink.SIDE, ink.SIDE), {}, Labels())
    files = _listed(path, found, watch)
    pixels = ink.SIDE * ink.SIDE
    borders: list[float] = []
    unread: list[str] = []
    waiting: dict[str, tuple[list[NDArray[np.uint8]], list[int]]] = {}

    def put_away(part: str) -> None:
        pictures, codes = waiting.pop(part)
        into = found.parts.setdefault(part, Part())
        into.blocks.append(np.stack(pictures).reshape(-1, pixels))
        into.codes.append(np.array(codes))

    for number, index in enumerate(np.random.default_rng(_SEED).permutation(len(files))):
        if number % 50 == 0:
            watch.at(f"Reading {path.name}: {number:,} of {plural(len(files), 'picture')}", number / len(files))
        file = files[index]
        try:
            grey = images.read_image(file.path)
            picture = images.image_to_digit(grey) if digits else _fitted(grey)
        except ValueError as error:
            unread.append(str(error))
            continue
        found.resized += grey.shape != (ink.SIDE, ink.SIDE)
        borders.append(_border(grey))
        pictures, codes = waiting.setdefault(file.part, ([], []))
        pictures.append(picture)
        codes.append(found.labels.code(file.label))
        if len(codes) == _BLOCK:
            put_away(file.part)
    for part in list(waiting):
        put_away(part)

    if not borders:
        raise DataError(
            f"there are no pictures in the subfolders of {path} that can be read: "
            f"put {' or '.join(images.FORMATS[:2])} files into a subfolder for each class"
        )
    if unread:
        found.skipped += len(unread)
        found.warnings.append(f"{plural(len(unread), 'file')} could not be read as pictures; the first: {unread[0]}")
    if not digits and np.median(borders) > 127:
        found.inverted = True
        for part_found in found.parts.values():
            for block in part_found.blocks:
                np.subtract(255, block, out=block)
    _say(found, digits=digits)
    return found


def _say(found: Found, *, digits: bool) -> None:
    if digits:
        found.decided.append("Every picture was cropped, fitted and centred as MNIST's digits are.")
    elif found.inverted:
        found.decided.append("The pictures are dark on light: all were turned into light on dark, as MNIST is.")
    else:
        found.decided.append("The pictures are light on dark, as MNIST is: they were left so.")
    if found.resized and not digits:
        were = "picture of another size was" if found.resized == 1 else "pictures of other sizes were"
        found.decided.append(f"{found.resized:,} {were} fitted into 28x28.")
    if found.skipped:
        found.decided.append(f"{plural(found.skipped, 'file')} left out: hidden, no pictures, or damaged.")


def _listed(path: Path, found: Found, watch: Watch) -> list[_File]:
    """The files to read, in an order that depends on their names alone."""
    watch.at(f"Looking through {path.name}")
    files: list[_File] = []
    known: set[str] = set()
    for part, folder in _parts(path, found):
        classes, others = _entries(folder)
        found.skipped += len(others)
        for sub in classes:
            watch.at(f"Looking through {path.name}")
            if sub.name.startswith((".", "__")):
                found.skipped += 1
                continue
            if len(sub.name) > LONGEST_NAME or not sub.name.isprintable():
                raise DataError(
                    f"the folder {str(sub)!r} has a name that cannot be a class's: give it one of at most "
                    f"{LONGEST_NAME} letters"
                )
            deeper, pictures = _entries(sub)
            wanted = [file for file in pictures if not file.name.startswith(".") and file.is_file()]
            found.skipped += len(deeper) + len(pictures) - len(wanted)
            if not wanted:
                found.warnings.append(f"The folder {sub.name!r} holds no pictures and is not a class.")
            known.add(sub.name)
            if len(known) > MOST_CLASSES:
                raise DataError(f"{path} holds more than {MOST_CLASSES} classes: leave some of its folders out")
            files += [_File(file, part, sub.name) for file in wanted]
            if len(files) > MOST_EXAMPLES:
                raise DataError(f"{path} holds more than {MOST_EXAMPLES:,} pictures: give the program a part of them")
    if not known:
        raise DataError(
            f"there is no subfolder in {path}: put the pictures of each class into a subfolder with the class's name"
        )
    return files


def _fitted(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of any size in 28x28, in the middle, keeping its shape; beside it goes on what is along its border."""
    if grey.shape == (ink.SIDE, ink.SIDE):
        return grey
    scale = ink.SIDE / max(grey.shape)
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    square = np.full((ink.SIDE, ink.SIDE), round(_border(grey)), np.uint8)
    top, left = (ink.SIDE - height) // 2, (ink.SIDE - width) // 2
    # Averages what it makes smaller, interpolates what it makes larger.
    smaller = Image.fromarray(grey).resize((width, height), Image.Resampling.BILINEAR)
    square[top : top + height, left : left + width] = np.asarray(smaller)
    return square


def _border(grey: NDArray[np.uint8]) -> float:
    """The median brightness along the border of a picture, 0 to 255."""
    return float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def _parts(path: Path, found: Found) -> list[tuple[str, Path]]:
    """Where the parts lie: [("train", path)] when the subfolders are classes."""
    folders, others = _entries(path)
    by_name = {folder.name.lower(): folder for folder in folders}
    parts = [
        (part, by_name[name])
        for part, names in PART_FOLDERS.items()
        for name in names
        if name in by_name
    ]  # fmt: skip
    if not parts or parts[0][0] != "train" or not _entries(parts[0][1])[0]:
        return [("train", path)]
    beside = [folder.name for folder in folders if folder not in {folder for _, folder in parts}]
    found.skipped += len(others)
    if beside:
        found.skipped += len(beside)
        found.warnings.append(f"Left out, being beside the folder {parts[0][1].name!r}: {', '.join(beside[:5])}.")
    return parts


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the other things in a folder, each in natural order."""
    folders: list[Path] = []
    others: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                (folders if entry.is_dir() else others).append(Path(entry.path))
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}): check its name and its permissions") from error
    # The second key: names that differ in case alone must not come in the order of the disk.
    for paths in (folders, others):
        paths.sort(key=lambda path: (natural(path.name), path.name))
    return folders, others
