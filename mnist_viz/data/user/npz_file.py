"""A NumPy archive (`.npz`) with pictures and labels under the usual names is read, block by block, never as code."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.npz import Header
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.archive import UserArchive, by
from mnist_viz.data.user.examples import (
    LONGEST_NAME,
    LONGEST_SIDE,
    MOST_CLASSES,
    PARTS,
    Found,
    Labels,
    LargerError,
    Part,
    PixelScale,
    as_whole,
    check_size,
)

KIND = "an .npz archive"
# What the arrays of a part are called, in lower case: by Keras, by MedMNIST, and by those who have one part only.
_SHORT = {"train": ("train",), "validation": ("validation", "val", "valid"), "test": ("test",)}
_ALONE = (("x", "y"), ("images", "labels"), ("data", "labels"), ("data", "target"))
_CLASS_NAMES = ("class_names", "classes", "label_names")
_NAMES_MEANT = "x_train, y_train, x_test and y_test"


def read_npz(path: Path, watch: Watch) -> Found:
    """Read an archive with x_train, y_train and the like; `Found.image_shape` follows from x_train.

    Pictures are (n, height, width), (n, pixels) of a square, or (n, height, width, 3); bytes, or other numbers from
    0 to 255 or from 0 to 1. Labels are whole numbers or texts, (n,) or (n, 1). A `class_names` array names the
    classes of labels that count from 0.

    Raises:
        CancelledError: the watch says so.
        DataError: one sentence, with the array's name and what to do.
    """
    with UserArchive(path) as archive:
        arrays = _arrays_of_parts(archive)
        try:
            return _read(archive, arrays, watch, None)
        except LargerError:
            return _read(archive, arrays, watch, 255)


def _read(archive: UserArchive, arrays: dict[str, tuple[Header, Header]], watch: Watch, top: int | None) -> Found:
    path = archive.path
    shape = _image_shape(path, arrays["train"][0])
    found = Found(path, KIND, shape, {}, Labels(), _class_names(archive))
    scale, blocks = PixelScale(top), list[NDArray[np.uint8]]()
    total, done = sum(images.shape[0] for images, _ in arrays.values()), 0
    check_size(path, total, math.prod(shape))
    for part, (images, labels) in arrays.items():
        if _image_shape(path, images) != shape:
            raise DataError(
                f"the pictures of {images.name} in {path} have the shape {by(images.shape[1:])}, those of "
                f"{arrays['train'][0].name} {by(shape)}: bring them to one size"
            )
        into = found.parts[part] = Part()
        for block in archive.blocks(images):
            watch.at(f"Reading {path.name}: {done:,} of {total:,} pictures", done / max(total, 1))
            try:
                taken = scale.take(block, blocks).reshape(len(block), math.prod(shape))
            except ValueError as error:
                raise DataError(
                    f"{images.name} in {path} holds {error}: pixels must be from 0 to 255, or from 0 to 1"
                ) from None
            into.blocks.append(taken)
            blocks.append(taken)
            done += len(block)
        for block in archive.blocks(labels):
            into.codes.append(_codes(found, labels, block))
    scale.finish(blocks, found)
    return found


def _codes(found: Found, header: Header, block: NDArray[Any]) -> NDArray[np.int64]:
    """The labels' numbers of a block of labels of any kind, (b,)."""
    values, places = np.unique(block.reshape(-1), return_inverse=True)
    codes = np.empty(len(values), np.int64)
    for index, value in enumerate(values.tolist()):
        label: int | float | str = _text(value) if isinstance(value, bytes | str) else value
        if isinstance(label, bool | float):
            whole = as_whole(label)
            if whole is None:
                raise DataError(
                    f"{header.name} in {found.path} holds the label {label}: labels must be whole numbers or texts"
                )
            label = whole
        if found.class_names is not None and not (isinstance(label, int) and 0 <= label < len(found.class_names)):
            raise DataError(
                f"{header.name} in {found.path} holds the label {label!r}, and its class names are for 0 to "
                f"{len(found.class_names) - 1}: leave the class names out, or count the labels from 0"
            )
        try:
            codes[index] = found.labels.code(label)
        except ValueError as error:
            raise DataError(f"{header.name} in {found.path} has {error}: is it the right array?") from None
    return codes[places.reshape(-1)]


def _arrays_of_parts(archive: UserArchive) -> dict[str, tuple[Header, Header]]:
    """The headers of pictures and labels of each part that is there; "train" always is."""
    path, names = archive.path, {name.lower(): name for name in archive.names}
    arrays: dict[str, tuple[Header, Header]] = {}
    for part in PARTS:
        pairs = [
            pair
            for short in _SHORT[part]
            for pair in (
                (f"x_{short}", f"y_{short}"), (f"{short}_images", f"{short}_labels"), (f"{short}_x", f"{short}_y")
            )
        ]  # fmt: skip
        if part == "train":
            pairs += _ALONE
        for images, labels in pairs:
            if images in names and labels in names:
                arrays[part] = archive.header(names[images]), archive.header(names[labels])
                break
            if (images in names) != (labels in names) and (images, labels) not in _ALONE:
                there, lacking = (images, labels) if images in names else (labels, images)
                raise DataError(f"{path} holds {names[there]} and no {lacking}: save both")
    if "train" not in arrays:
        holds = ", ".join(name[:40] for name in sorted(archive.names)[:8] if name.isprintable()) or "nothing"
        raise DataError(f"{path} lacks the arrays of training examples: name them {_NAMES_MEANT} (it holds {holds})")
    for pictures, answers in arrays.values():
        if not (len(pictures.shape) >= 2 and pictures.dtype.kind in "buif"):
            raise DataError(
                f"{pictures.name} in {path} is {pictures.dtype} of shape {by(pictures.shape)}: pictures must be "
                "numbers of shape (n, height, width)"
            )
        count = math.prod(answers.shape)
        if answers.dtype.kind not in "buifUS" or not answers.shape or answers.shape[0] != count:
            hint = ": save the number of the class, not a column for each" if len(answers.shape) == 2 else ""
            raise DataError(
                f"{answers.name} in {path} is {answers.dtype} of shape {by(answers.shape)}: labels must be whole "
                f"numbers or texts of shape (n,){hint}"
            )
        _check_texts(path, answers)
        if count != pictures.shape[0]:
            raise DataError(
                f"{path} holds {pictures.shape[0]:,} pictures in {pictures.name} and {count:,} labels in "
                f"{answers.name}: save one label for each picture"
            )
    return arrays


def _image_shape(path: Path, header: Header) -> tuple[int, ...]:
    """(height, width) or (height, width, 3) of the pictures of an array."""
    size = list(header.shape[1:])
    if len(size) == 1 and math.isqrt(size[0]) ** 2 == size[0]:
        size = [math.isqrt(size[0])] * 2
    if len(size) == 3 and 1 in (size[0], size[2]):
        size.remove(1)
    if len(size) not in (2, 3) or (len(size) == 3 and size[2] != 3):
        raise DataError(
            f"{header.name} in {path} has the shape {by(header.shape)}: pictures must have the shape "
            "(n, height, width), (n, height, width, 3), or (n, pixels) of a square"
        )
    if not all(1 <= side <= LONGEST_SIDE for side in size[:2]):
        raise DataError(
            f"the pictures of {header.name} in {path} are {by(tuple(size))}: a side may have 1 to {LONGEST_SIDE} "
            "pixels, make them smaller"
        )
    return tuple(size)


def _class_names(archive: UserArchive) -> tuple[str, ...] | None:
    path, member = archive.path, next((name for name in archive.names if name.lower() in _CLASS_NAMES), None)
    if member is None:
        return None
    header = archive.header(member)
    if header.dtype.kind not in "US" or len(header.shape) != 1 or not 0 < header.shape[0] <= MOST_CLASSES:
        raise DataError(
            f"{member} in {path} is {header.dtype} of shape {by(header.shape)}: class names must be up to "
            f"{MOST_CLASSES} texts"
        )
    _check_texts(path, header)
    names = [_text(value) for block in archive.blocks(header) for value in block.tolist()]
    if len(set(names)) < len(names) or not all(0 < len(name) <= LONGEST_NAME and name.isprintable() for name in names):
        raise DataError(
            f"{member} in {path} holds a name twice, an empty one, or one of more than {LONGEST_NAME} letters: give "
            "every class a name of its own"
        )
    return tuple(names)


def _check_texts(path: Path, header: Header) -> None:
    if header.dtype.itemsize > 16 * LONGEST_NAME:
        raise DataError(f"{header.name} in {path} has texts too long for the names of classes: shorten them")


def _text(value: Any) -> str:
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip()
