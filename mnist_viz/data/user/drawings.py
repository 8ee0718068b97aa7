"""Drawings saved from the pad with a label: kept as strokes in JSON Lines, and a data set to train on.

A line is {"label": "7", "strokes": [[[x, y], ...], ...]}; {"removed": "last"} takes back the drawing before it. Lines
are only ever added, so that neither a crash nor a second program can lose a drawing.
"""

import codecs
import json
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset, Split, Subset
from mnist_viz.data.drawing import ink
from mnist_viz.data.drawing.ink import Stroke
from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.drawing.stroke_files import drawing_of, parsed
from mnist_viz.data.errors import DataError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.data.user.data_name import DRAWINGS_TITLE
from mnist_viz.data.user.examples import LONGEST_NAME, MOST_CLASSES, listed, natural, plural
from mnist_viz.system import paths
from mnist_viz.system.files import check_file, open_file, sync, sync_folder

NAME = "drawings"
DIGITS = tuple("0123456789")

# A drawing by a tablet has some thousands of points; what is longer is no drawing.
LONGEST_LINE = 1 << 20
MOST_BYTES = 1 << 27  # of the file: some 30,000 drawings
# Of every ten drawings with the same label, in the order in which they were saved, the second is for validation and
# the third for testing. A drawing that is saved later changes nothing for those before, so what was trained on once
# is never tested on.
_ROUND = 10
_VALIDATION, _TEST = 1, 2
_NEEDED = 3
# Digits that are kept of a coordinate.
_DIGITS_KEPT = 6

# Bytes by which it is seen that the file has only grown.
_TRACE = 64

_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Drawing:
    """What somebody drew, and what it is meant to be; strokes are float64 (points, 2)."""

    label: str
    strokes: tuple[NDArray[np.float64], ...]

    @property
    def picture(self) -> NDArray[np.uint8]:
        """As the network sees it: uint8 (28, 28)."""
        return render(self.strokes)


def add(drawings: Iterable[tuple[str, Sequence[Stroke]]]) -> int:
    """Save drawings with their labels after those that are there, all or none of them; return how many.

    Raises:
        DataError: an empty drawing, no label, or it cannot be written; what was saved before stays as it was.
    """
    return _append(_line(label, strokes) for label, strokes in drawings)


def _line(label: str, strokes: Sequence[Stroke]) -> dict[str, Any]:
    label = label.strip()
    if not (0 < len(label) <= LONGEST_NAME and label.isprintable()):
        raise DataError(f"a drawing cannot be saved as {label[:20]!r}: give it a label of 1 to {LONGEST_NAME} letters")
    drawing = _drawing({"label": label, "strokes": [np.asarray(stroke).tolist() for stroke in strokes]})
    if drawing is None:
        raise DataError("there is nothing to save: draw something first")
    rounded = [
        [[float(f"{x:.{_DIGITS_KEPT}g}") for x in point] for point in stroke.tolist()] for stroke in drawing.strokes
    ]
    return {"label": label, "strokes": rounded}


def remove_last(count: int = 1) -> None:
    """Take back the drawings that were saved last.

    Raises:
        DataError: there are not so many, or the file cannot be written.
    """
    if len(load()) < count:
        raise DataError("there is no saved drawing to remove")
    _append({"removed": "last"} for _ in range(count))


def load() -> list[Drawing]:
    """All saved drawings in the order in which they were saved; damaged lines stay in the file and are passed over.

    Raises:
        DataError: the file cannot be read.
    """
    drawings: list[Drawing] = []
    with _opened() as file:
        for line in _lines(file) if file is not None else ():
            value = parsed(line)
            if _takes_back(value):
                del drawings[-1:]
            elif (drawing := _drawing(value)) is not None:
                drawings.append(drawing)
    return drawings


def counts() -> dict[str, int]:
    """How many drawings are saved for each label, in the natural order of the labels.

    Raises:
        DataError: the file cannot be read.
    """
    with _lock, _opened() as file:
        counted = Counter(_tally.of(file) if file is not None else ())
    return {label: counted[label] for label in sorted(counted, key=natural)}


def load_drawings(
    class_names: Sequence[str] | None = None, *, watch: Watch = UNWATCHED, limit: int | None = None
) -> Dataset:
    """The saved drawings as the network sees them, a data set of 28x28 pictures.

    Of each label's drawings, in the order in which they were saved, eight of ten are trained on, the second of ten
    validates and the third tests: always the same ones, however many are added. No drawing is in two parts.

    Args:
        class_names: the classes of the data set that the drawings are to join. Drawings with other labels are left
            out, and there may be as few as one. Without it the labels are the classes: the ten digits when
            there are no others.
        limit: at most this many training drawings, those saved last; the other parts shrink in proportion.

    Raises:
        CancelledError: the watch says so.
        DataError: there are too few to train on.
    """
    drawings = load()
    if not drawings:
        raise DataError("there are no saved drawings: draw on the pad and save some, each with its label")
    if class_names is None:
        _check_enough(drawings)
        labels = sorted({drawing.label for drawing in drawings}, key=natural)
        class_names = DIGITS if set(labels) <= set(DIGITS) else labels
    numbers = {name: number for number, name in enumerate(class_names)}
    joining = [drawing for drawing in drawings if drawing.label in numbers]
    if not joining:
        saved, classes = plural(len(drawings), "saved drawing"), listed(class_names, 12)
        raise DataError(f"none of your {saved} has a label among {classes}: save some")
    seen: Counter[str] = Counter()
    parts: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    pictures = np.empty((len(joining), ink.SIDE * ink.SIDE), np.uint8)
    for index, drawing in enumerate(joining):
        if index % 100 == 0:
            watch.at(f"Rendering {plural(len(joining), 'drawing')}", index / len(joining))
        pictures[index] = drawing.picture.ravel()
        turn = seen[drawing.label] % _ROUND
        parts["validation" if turn == _VALIDATION else "test" if turn == _TEST else "train"].append(index)
        seen[drawing.label] += 1
    all_labels = np.array([numbers[drawing.label] for drawing in joining], np.uint8)
    split = Split(*(len(rows) for rows in parts.values())).limited(limit)
    sizes = {"train": split.train, "validation": split.validation, "test": split.test}

    def subset(part: str) -> Subset:
        rows = np.array(parts[part][-sizes[part] :] if sizes[part] else [], np.int64)
        images, labels = pictures[rows], all_labels[rows]
        for array in (images, labels):
            array.setflags(write=False)
        return Subset(images, labels)

    return Dataset(
        name=NAME,
        title=DRAWINGS_TITLE,
        class_names=tuple(class_names),
        train=subset("train"),
        validation=subset("validation"),
        test=subset("test"),
        source=f"{plural(len(joining), 'drawing')} saved from the pad, in {paths.drawings_file()}",
        image_shape=(ink.SIDE, ink.SIDE),
    )


def _check_enough(drawings: Sequence[Drawing]) -> None:
    """Raise DataError unless two classes have a drawing each for training, validation and testing."""
    counted = Counter(drawing.label for drawing in drawings)
    if len(counted) > MOST_CLASSES:
        raise DataError(f"your drawings have {len(counted)} labels: a network can tell {MOST_CLASSES} apart")
    if sum(count >= _NEEDED for count in counted.values()) < 2:
        raise DataError(
            f"{plural(len(drawings), 'saved drawing')} {'is' if len(drawings) == 1 else 'are'} too few to train on "
            f"alone: save at least {_NEEDED} drawings of each of two classes, or mix them in ('mnist+drawings')"
        )


@contextmanager
def _opened() -> Iterator[BinaryIO | None]:
    """The file of drawings, which must not be larger than can be read in a moment; None where there is none."""
    path = paths.drawings_file()
    try:
        with open_file(path) as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                raise DataError(
                    f"the drawings in {path} take more than {MOST_BYTES >> 20} MB: move some lines to another file"
                )
            yield file
    except FileNotFoundError:
        yield None
    except OSError as error:
        raise DataError(f"the drawings in {path} cannot be read ({error.strerror or error}): check it") from error


class _Tally:
    """The labels of the drawings that stand, as far as the file has been read.

    The window asks for them often and the file only grows, so the next time the rest of it is enough.
    """

    def __init__(self) -> None:
        self._inode = 0
        self._end = 0  # of the last whole line that was counted
        self._last = b""  # the end of that line: what stands there must still be the same
        self._labels: list[str] = []

    def of(self, file: BinaryIO) -> list[str]:
        inode = os.fstat(file.fileno()).st_ino
        if inode != self._inode or self._trace(file) != self._last:
            self._inode, self._end, self._labels = inode, 0, []
        file.seek(self._end)
        labels = self._labels
        for line in _lines(file):
            whole = line.endswith(b"\n") or len(line) > LONGEST_LINE
            labels = labels if whole else labels.copy()  # another program may still be writing it
            value = parsed(line)
            if _takes_back(value):
                del labels[-1:]
            elif (drawing := _drawing(value)) is not None:
                labels.append(drawing.label)
            if whole:
                self._end = file.tell()
        self._last = self._trace(file)
        return labels

    def _trace(self, file: BinaryIO) -> bytes:
        file.seek(max(0, self._end - _TRACE))
        return file.read(min(self._end, _TRACE))


_tally = _Tally()


def _takes_back(value: Any) -> bool:
    return isinstance(value, dict) and value.get("removed") == "last"


def _lines(file: BinaryIO) -> Iterable[bytes]:
    """The lines of a file that are not blank; of one that is too long nothing but its beginning."""
    while line := file.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = file.readline(LONGEST_LINE + 1)
        if line.strip():
            yield line


def _drawing(value: Any) -> Drawing | None:
    label = value.get("label") if isinstance(value, dict) else None
    if not (isinstance(label, str) and 0 < len(label) <= LONGEST_NAME and isinstance(value.get("strokes"), list)):
        return None
    try:
        strokes = drawing_of(value).strokes
    except ValueError:
        return None
    return Drawing(label, tuple(strokes)) if strokes else None


def _append(values: Iterable[dict[str, Any]]) -> int:
    """Add lines to the file in one piece, or leave the file as it was; return how many."""
    path: Path = paths.drawings_file()
    lines, size = [], 0
    for value in values:
        line = json.dumps(value, ensure_ascii=False).encode() + b"\n"
        if len(line) > LONGEST_LINE:
            raise DataError("the drawing has too many points to be saved: draw it with fewer strokes")
        lines.append(line)
        size += len(line)
        if size > MOST_BYTES:
            raise DataError(f"these are too many drawings: together they may take {MOST_BYTES >> 20} MB")
    whole = b"".join(lines)
    try:
        with _lock:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a+b", buffering=0) as file:
                check_file(file.fileno(), path)
                file.seek(0)
                if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):  # an editor did that
                    raise OSError("it is a text in UTF-16 now: save it as UTF-8")
                end = file.seek(0, os.SEEK_END)
                if end + size > MOST_BYTES:
                    raise DataError(f"{path} would take more than {MOST_BYTES >> 20} MB: move some lines elsewhere")
                if end:
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":  # a program was killed while it wrote: its line must not spoil this one
                        whole = b"\n" + whole
                written = 0
                try:
                    written = file.write(whole)
                    if written != len(whole):
                        raise OSError("the disk is full")
                    sync(file)
                    if not end:
                        sync_folder(path.parent)
                except OSError:
                    if file.seek(0, os.SEEK_END) == end + written:  # else another program has added to it meanwhile
                        file.truncate(end)
                    raise
    except OSError as error:
        raise DataError(
            f"the drawing cannot be saved in {path} ({error.strerror or error}): make room, or check the permissions"
        ) from error
    return len(lines)
