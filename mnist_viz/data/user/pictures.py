"""Pictures in the folders of a tree, one folder a class, become examples of 28x28 grey values."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_viz.data.drawing import images, ink
from mnist_viz.data.drawing.paper import border
from mnist_viz.data.errors import DataError
from mnist_viz.data.file import File
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.examples import LONGEST_NAME, MOST_CLASSES, Found, Part, plural
from mnist_viz.data.user.file_names import part_of
from mnist_viz.data.user.tree import Tree

ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm",
    ".pnm",
)  # fmt: skip
# Classes lie one after the other in a folder; nobody wants to see the first class only.
_SEED = 20_260_102
# A picture looks drawn where pixels differ from its ground by more than so much along so little of its border, and on
# at most so much of it; pictures do where more than so many of them do.
_PLAIN, _BORDER, _MOST_INK, _MOSTLY = 64, 0.05, 0.6, 0.8
# Bytes of a file that may be a picture of the size of a digit.
_LARGEST = 1 << 26


@dataclass(frozen=True)
class Picture:
    """A picture of a class; `part` is one of PARTS, or None where no folder says it."""

    file: File
    part: str | None
    label: str


def labelled(tree: Tree) -> list[Picture]:
    """The pictures that lie in a folder, with the class that it is called after.

    Above the classes, folders called as parts of the data are just that. A class is the first folder on the way that
    has pictures in it; what lies deeper belongs to it.
    """
    files = [file for file in tree.files if file.name.lower().endswith(ENDINGS) and file.folders]
    holding = {tuple(file.folders) for file in files}
    # "7/train/1.png": the part below the class.
    inverted = all(len(folders) > 1 and part_of(folders[-1]) for folders in holding)
    pictures = []
    for file in files:
        folders = file.folders
        depth = next(depth for depth in range(1, len(folders) + 1) if tuple(folders[:depth]) in holding)
        above, label = (
            (folders[depth - 1 : depth], folders[depth - 2]) if inverted else (folders[: depth - 1], folders[depth - 1])
        )
        part = next((part for name in reversed(above) if (part := part_of(name))), None)
        pictures.append(Picture(file, part, label))
    return pictures


def read_pictures(tree: Tree, pictures: list[Picture], found: Found, watch: Watch, *, fitted: bool) -> None:
    """Read the pictures into `found`; those of 28x28 are taken as they are, others fitted in keeping their shape.

    Args:
        fitted: crop, fit and centre each picture as MNIST's digits are.

    Raises:
        CancelledError: the watch says so.
        DataError: none can be read, or they are too many.
    """
    left_out = tree.skipped + len(tree.files) - len(pictures)
    trained = {picture.label for picture in pictures if picture.part == "train"}
    # "test/1.png" beside "train/cat/1.png" has no class, nor has "test/test/1.png".
    beside = [p for p in pictures if trained and (p.part is None or (p.label not in trained and part_of(p.label)))]
    if beside:
        left = set(map(id, beside))
        pictures = [picture for picture in pictures if id(picture) not in left]
        left_out += len(beside)
        names = sorted({picture.file.folders[0] for picture in beside})
        found.warnings.append(f"Left out, being beside the training pictures: {', '.join(names[:5])}.")
    _check_classes(tree, pictures)
    unread: list[str] = []
    resized = drawn = 0
    taken: dict[str, tuple[list[NDArray[np.uint8]], list[int]]] = {}
    for number, index in enumerate(np.random.default_rng(_SEED).permutation(len(pictures))):
        if number % 50 == 0:
            watch.at(
                f"Reading {tree.path.name}: {number:,} of {plural(len(pictures), 'picture')}", number / len(pictures)
            )
        picture = pictures[index]
        try:
            grey = _grey(picture.file)
            digit = images.image_to_digit(grey) if fitted else _in_square(grey)
        except ValueError as error:
            unread.append(str(error))
            continue
        if grey.shape != (ink.SIDE, ink.SIDE):
            resized += 1
            drawn += not fitted and _looks_drawn(grey)
        digits, codes = taken.setdefault(picture.part or "train", ([], []))
        digits.append(digit.ravel())
        codes.append(found.labels.code(picture.label))
    for part in list(taken):
        digits, codes = taken.pop(part)
        found.parts[part] = Part([np.stack(digits)], [np.array(codes)])
    if not found.parts:
        raise DataError(
            f"of {plural(len(pictures), 'picture')} in {tree.path} none can be read; the first: {unread[0]}"
        )
    if unread:
        found.warnings.append(f"{plural(len(unread), 'file')} could not be read as pictures; the first: {unread[0]}")
    if fitted:
        found.decided.append("Every picture was cropped, fitted and centred as MNIST's digits are.")
    elif resized:
        were = "picture of another size was" if resized == 1 else "pictures of other sizes were"
        found.decided.append(f"{resized:,} {were} fitted into 28x28.")
        found.drawn = drawn > _MOSTLY * resized
    if found.drawn:
        found.warnings.append(
            "The pictures look like drawings, and were not cropped, fitted and centred as a drawing on the pad is: "
            "a network trained on them may read what is drawn there wrongly."
        )
    if left_out + len(unread):
        found.decided.append(f"{plural(left_out + len(unread), 'file')} left out: hidden, no pictures, or damaged.")


def _check_classes(tree: Tree, pictures: list[Picture]) -> None:
    names = {picture.label for picture in pictures}
    if len(names) > MOST_CLASSES:
        raise DataError(f"{tree.path} holds more than {MOST_CLASSES} classes: leave some of its folders out")
    for name in names:
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise DataError(
                f"the folder {name!r} in {str(tree.path)!r} has a name that cannot be a class's: give it one of at "
                f"most {LONGEST_NAME} letters"
            )


def _grey(file: File) -> NDArray[np.uint8]:
    if file.size > _LARGEST:
        raise ValueError(f"{file.said} is too large for a picture of a digit")
    with file.open() as stream:
        return images.read_image(file.said, stream)


def _looks_drawn(grey: NDArray[np.uint8]) -> bool:
    """Whether there is something on a plain ground that goes on all around it."""
    around = border(grey).astype(np.int16)
    ground = int(np.median(around))
    if (np.abs(around - ground) > _PLAIN).mean() > _BORDER:
        return False
    ink = float((np.abs(grey.astype(np.int16) - ground) > _PLAIN).mean())
    return 0 < ink <= _MOST_INK


def _in_square(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture of any size in 28x28, in the middle, keeping its shape; beside it goes on what is along its border."""
    if grey.shape == (ink.SIDE, ink.SIDE):
        return grey
    scale = ink.SIDE / max(grey.shape)
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    square = np.full((ink.SIDE, ink.SIDE), round(float(np.median(border(grey)))), np.uint8)
    top, left = (ink.SIDE - height) // 2, (ink.SIDE - width) // 2
    # Averages what it makes smaller, interpolates what it makes larger.
    smaller = Image.fromarray(grey).resize((width, height), Image.Resampling.BILINEAR)
    square[top : top + height, left : left + width] = np.asarray(smaller)
    return square
