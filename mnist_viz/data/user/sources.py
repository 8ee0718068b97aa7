"""Arrays and tables in a tree: which are pictures and which labels, of which part; read into one form and scaled."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.errors import DataError
from mnist_viz.data.file import File
from mnist_viz.data.progress import Watch
from mnist_viz.data.published.conversion import upright
from mnist_viz.data.published.raw import by
from mnist_viz.data.user import arrays, file_names, pictures, pixels, tables
from mnist_viz.data.user.arrays import Array, array_in
from mnist_viz.data.user.data_name import Choices
from mnist_viz.data.user.examples import Found, Part, check_size, plural
from mnist_viz.data.user.pixels import Pixels
from mnist_viz.data.user.tables import Table
from mnist_viz.data.user.tree import Tree

Source = Array | Table

_NAMES_MEANT = "x_train, y_train, x_test and y_test, or train-images-idx3-ubyte and train-labels-idx1-ubyte"
_UPRIGHT = "EMNIST's files hold their pictures transposed: all were turned upright."
# So many files that are no pictures are looked into.
_MOST_FILES = 1_000
# What other programs write, by its first bytes, and what to do with it.
_SAVE = "in Python, save its arrays with np.savez('data.npz', x_train=..., y_train=...)"
_UNPACK = "unpack it, or pack it as a zip"
_FOREIGN = {
    **{bytes((0x80, version)): ("a pickle, and opening one can run code", _SAVE) for version in (2, 3, 4, 5)},
    b"\x89HDF": ("an HDF5 file", _SAVE), b"PAR1": ("a Parquet file", _SAVE), b"MATLAB": ("a MATLAB file", _SAVE),
    b"BZh": ("packed by bzip2", _UNPACK), b"\xfd7zXZ": ("packed by xz", _UNPACK), b"Rar!": ("a RAR archive", _UNPACK),
    b"7z\xbc\xaf": ("a 7-Zip archive", _UNPACK), b"%PDF": ("a PDF", "save its pictures"),
}  # fmt: skip
_TAR_AT = 257


@dataclass(frozen=True)
class _Pair:
    """Pictures and labels of one part; a table may have both."""

    images: Source
    labels: Source | None = None


def read_sources(tree: Tree, found: Found, choices: Choices, watch: Watch) -> None:
    """Read what arrays and tables a tree holds into `found`.

    Raises:
        CancelledError: the watch says so.
        DataError: there are none, or they do not make a data set; one sentence with what to do.
    """
    sources = _sources(tree, tree.files, choices, watch)
    if tree.alone and sources and not _is_whole(sources[0]):
        own = file_names.set_of(sources[0].name)
        beside = [file for file in tree.beside() if file_names.set_of(_stem(file)) == own]
        sources += _sources(tree, beside, choices, watch, strict=False)
    names = [s for s in sources if isinstance(s, Array) and _names_classes(s)]
    sources = [s for s in sources if s not in names]
    pairs = _pairs(tree, sources, found)
    if names:
        found.class_names = arrays.class_names(names[0])
    _check(pairs, found)
    read: dict[str, Pixels] = {}
    for part, pair in pairs.items():
        _read_pair(part, pair, found, read, watch)
    if found.class_names is not None:
        _check_codes(found)
    _scale(pairs, read, found, choices)
    for table in {
        id(s): s for pair in pairs.values() for s in (pair.images, pair.labels) if isinstance(s, Table)
    }.values():
        found.decided += [sentence for sentence in table.layout.told() if sentence not in found.decided]
        found.label_column = found.label_column or table.layout.label_column
        if table.layout.doubtful:
            found.warnings.append(
                "Another column may be the label: if it is, choose it (in a terminal by --label-column)."
            )


def _foreign(file: File, start: bytes) -> None:
    """Raise DataError if a file that begins so is of a kind that other programs write."""
    kind = next((kind for magic, kind in _FOREIGN.items() if start.startswith(magic)), None)
    if start[_TAR_AT : _TAR_AT + 5] == b"ustar":
        kind = "a tar archive", _UNPACK
    if kind is not None:
        raise DataError(f"{file.said} is {kind[0]}: {kind[1]}")


def _sources(tree: Tree, files: Sequence[File], choices: Choices, watch: Watch, *, strict: bool = True) -> list[Source]:
    """The arrays and tables among some files; those that are something else are left out, and why goes into `tree`.

    Args:
        strict: a file that was named must be one, and so must those whose names promise it.

    Raises:
        DataError: a file that must be an array or a table is damaged or something else.
    """
    sources: dict[str, Source] = {}
    others = [file for file in files if not file.name.lower().endswith(pictures.ENDINGS)]
    for file in sorted(others, key=lambda file: file.name.lower().endswith(".gz"))[:_MOST_FILES]:
        stem = "/".join((*_folders(file), _spelt(file.name)))
        if stem in sources:  # the same once more, packed or not
            continue
        source: Source | None = None
        name = file.name.lower().removesuffix(".gz")
        try:
            start = file.start(_TAR_AT + 5)
            source = array_in(file, start)
            if source is None:
                _foreign(file, start)
            if source is None and ((strict and len(files) == 1) or name.endswith(tables.ENDINGS)):
                source = Table(file, watch, choices.label_column)
        except DataError as error:
            if strict and (tree.alone or _must_be_read(name)):
                raise
            if not name.endswith(tables.ENDINGS):  # a text is more likely a remark than a table
                tree.problem = tree.problem or str(error)
        if source is not None:
            sources[stem] = source
    return list(sources.values())


def _must_be_read(name: str) -> bool:
    """Whether a file's name promises examples; what lies beside them in an archive may be anything."""
    if name.endswith(".npy"):
        return file_names.kind_of(name.removesuffix(".npy")) is not None or "names" in file_names.words(name)
    return name.endswith((".csv", ".tsv"))


def _is_whole(source: Source) -> bool:
    return isinstance(source, Table) and bool(source.layout.pixels) and bool(source.layout.labels)


def _spelt(name: str) -> str:
    """A file's name in one spelling of the usual ones."""
    return name.lower().removesuffix(".gz").replace(".", "-")


def _folders(file: File) -> tuple[str, ...]:
    """Where a file lies; some archives have a folder of the same name for each file."""
    return tuple(folder for folder in file.folders if _spelt(folder) != _spelt(file.name))


def _stem(file: File) -> str:
    return file.name.removesuffix(".gz").removesuffix(".npy")


def _names_classes(array: Array) -> bool:
    words = set(file_names.words(array.name))
    return array.name.lower() == "classes" or ("names" in words and bool(words & {"class", "label", "target"}))


# Which is which


def _part(source: Source) -> str | None:
    file = source.file
    return next((part for name in (file.name, *reversed(file.folders)) if (part := file_names.part_of(name))), None)


def _kind(source: Source) -> str | None:
    if isinstance(source, Table):
        if not source.layout.pixels:
            return "labels"
        return "both" if source.layout.labels else "images"
    return file_names.kind_of(_stem(source.file))


def _pairs(tree: Tree, sources: list[Source], found: Found) -> dict[str, _Pair]:
    """The pictures and labels of each part; "train" always is there."""
    sets: dict[str, list[Source]] = {}
    for source in sources:
        if _kind(source) is not None:
            sets.setdefault(file_names.set_of(_stem(source.file)), []).append(source)
    complete = {name: pairs for name, some in sets.items() if (pairs := _paired(tree, some, found))}
    if not complete and (pair := _by_shape(sources)) is not None:
        complete[""] = {"train": pair}
    firsts = {name: next(iter(pairs.values())).images for name, pairs in complete.items()}
    of_arrays = [name for name, first in firsts.items() if isinstance(first, Array)]
    if len(complete) > 1 and len(of_arrays) == 1:  # the same once more as tables
        found.warnings += [f"{first.name} was left out." for name, first in firsts.items() if name not in of_arrays]
        complete = {of_arrays[0]: complete[of_arrays[0]]}
    if len(complete) > 1:
        listed = ", ".join([first.name for first in firsts.values()][:6])
        raise DataError(
            f"{tree.path} holds {len(complete)} data sets ({listed}): name one of these files, or put "
            "each set into a folder of its own"
        )
    if not complete:
        raise _incomplete(tree, sources)
    (pairs,) = complete.values()
    if "train" not in pairs:
        part = "test" if "test" in pairs else "validation"
        pairs["train"] = pairs.pop(part)
        found.decided.append(f"There are only {part} examples: those for training were cut from them.")
    return pairs


def _paired(tree: Tree, sources: list[Source], found: Found) -> dict[str, _Pair]:
    by_part: dict[str, dict[str, list[Source]]] = {}
    parts = {_part(source) for source in sources}
    for source in sources:
        part = _part(source) or ("train" if "train" not in parts else None)
        kind = _kind(source)
        if part is not None and kind is not None:
            by_part.setdefault(part, {}).setdefault(kind, []).append(source)
    pairs: dict[str, _Pair] = {}
    for part in filter(by_part.__contains__, file_names.PARTS):
        kinds = by_part[part]
        both, labels = kinds.get("both", []), kinds.get("labels", [])
        images = sorted(kinds.get("images", []), key=lambda source: file_names.rank(source.name))
        if len(both) > 1 or len({_folders(source.file) for source in images}) > 1:
            several = [source.file.path for source in both or images]
            raise DataError(
                f"{tree.path} holds several files with {part} examples ({', '.join(several[:5])}): name one"
            )
        if both:
            pairs[part] = _Pair(both[0])
        elif images and labels:
            pairs[part] = _Pair(images[0], labels[0])
        else:
            lone = (images or labels)[0]
            found.warnings.append(
                f"{lone.name} was left out, since there are no {'labels' if images else 'pictures'} that belong to it."
            )
    return pairs


def _by_shape(sources: list[Source]) -> _Pair | None:
    """Pictures and labels that nothing but their shapes tell apart, such as `arr_0` and `arr_1`."""
    some = [source for source in sources if isinstance(source, Array) and source.shape]
    if len(some) != 2 or some[0].shape[0] != some[1].shape[0]:
        return None
    labels, images = sorted(some, key=lambda array: math.prod(array.shape))
    return _Pair(images, labels) if len(images.shape) > 1 and len(labels.shape) == 1 else None


def _incomplete(tree: Tree, sources: list[Source]) -> DataError:
    kinds = {_kind(source) for source in sources}
    holds = ", ".join(source.name[:40] for source in sources[:8] if source.name.isprintable()) or "nothing of the kind"
    if kinds & {"images", "labels"}:
        lacking = "labels" if "images" in kinds else "pictures"
        where = "beside" if tree.alone else "in"
        return DataError(f"there are no {lacking} {where} {tree.path} that belong to {holds}: name them {_NAMES_MEANT}")
    return DataError(
        tree.problem
        or f"{tree.path} holds no training examples that can be recognized: put pictures into a folder for each class, "
        f"or name arrays {_NAMES_MEANT} (it holds {holds})"
    )


# Reading


def _check(pairs: dict[str, _Pair], found: Found) -> None:
    """See that pictures are of one size with a label each before anything is read; their shape goes into `found`."""
    shapes = {part: _shape(pair.images) for part, pair in pairs.items()}
    found.image_shape = shapes["train"]
    for part, pair in pairs.items():
        images, labels = pair.images, pair.labels
        if shapes[part] != found.image_shape:
            raise DataError(
                f"the pictures of {images.file.said} are {by(shapes[part])}, those of "
                f"{pairs['train'].images.name} {by(found.image_shape)}: bring them to one size"
            )
        if isinstance(labels, Array):
            arrays.check_labels(labels)
            if isinstance(images, Array) and images.shape[0] != labels.shape[0]:
                raise _unequal(images, images.shape[0], labels, labels.shape[0])
    known = [pair.images.shape[0] for pair in pairs.values() if isinstance(pair.images, Array)]
    check_size(found.path, sum(known), math.prod(found.image_shape))


def _shape(images: Source) -> tuple[int, ...]:
    return arrays.image_shape(images) if isinstance(images, Array) else (images.layout.side, images.layout.side)


def _unequal(images: Source, rows: int, labels: Source, count: int) -> DataError:
    return DataError(
        f"{images.file.said} holds {plural(rows, 'picture')}, and {labels.name} {plural(count, 'label')}: save one "
        "label for each picture"
    )


def _read_pair(part: str, pair: _Pair, found: Found, read: dict[str, Pixels], watch: Watch) -> None:
    """Read one part: its labels into `found`, its pixels, not yet scaled, into `read`."""
    images, labels = pair.images, pair.labels
    into, pixels_read = found.parts.setdefault(part, Part()), read.setdefault(part, Pixels())
    size, rows = math.prod(found.image_shape), 0
    before = sum(len(block) for pixels in read.values() for block in pixels.blocks)
    transposed = _is_transposed(images, found.image_shape)
    if transposed and _UPRIGHT not in found.decided:
        found.decided.append(_UPRIGHT)

    def take(block: NDArray[np.generic]) -> None:
        nonlocal rows
        rows += len(block)
        check_size(found.path, before + rows, size)
        try:
            if transposed:
                block = upright(block.reshape(len(block), *found.image_shape))
            pixels_read.add(block.reshape(len(block), size))
        except ValueError as error:
            raise _no_pixels(images, error) from None

    if isinstance(images, Table):
        for block, codes in images.blocks(found.labels, watch):
            take(block)
            if images.layout.labels:
                into.codes.append(codes)
    else:
        for number, array in enumerate(images.blocks()):
            if number % 10 == 0:
                watch.at(
                    f"Reading {found.path.name}: {rows:,} of {images.shape[0]:,} pictures",
                    rows / max(images.shape[0], 1),
                )
            take(array)
    if isinstance(labels, Table):
        into.codes += [codes for _, codes in labels.blocks(found.labels, watch)]
    elif labels is not None:
        into.codes += [arrays.codes(labels, block, found.labels) for block in labels.blocks()]
    count = sum(map(len, into.codes))
    if count != rows:
        raise _unequal(images, rows, labels or images, count)


def _is_transposed(images: Source, image_shape: tuple[int, ...]) -> bool:
    """Whether these are EMNIST's pictures as they are published, by their name: IDX, or the same as tables."""
    name = images.file.name.lower()
    published = name.startswith("emnist-") and ("-idx3" in name or isinstance(images, Table))
    return published and image_shape[0] == image_shape[1]


def _no_pixels(images: Source, error: ValueError, most: float = 255) -> DataError:
    remedy = "pixels must be from 0 to 255, from 0 to 1, or from 0 to what is white"
    if isinstance(images, Table):
        return DataError(f"{images.place_of(0, most)}: {remedy}")
    return DataError(f"{images.file.said} holds {error}: {remedy}")


def _scale(pairs: dict[str, _Pair], read: dict[str, Pixels], found: Found, choices: Choices) -> None:
    """Find out what is black and white, say so, and bring all pixels to 0 to 255."""
    parts = [part for part, one in read.items() if one.blocks]
    if not parts:
        raise DataError(f"{found.path} has no training examples: add some")
    names = {part: pairs[part].images.name for part in parts}
    if len(set(names.values())) < len(names):
        names = {part: f"the {part} part" for part in parts}
    for part in parts:
        try:
            read[part].range.scale(choices.white)
        except ValueError as error:
            raise _no_pixels(pairs[part].images, error, choices.white or 255) from None
    ranges = {names[part]: read[part].range for part in parts}
    try:
        scales = pixels.scales(ranges, choices.white)
    except ValueError as error:
        raise DataError(f"in {found.path} {error}: bring them to one scale") from None
    found.decided.append(pixels.told(scales, ranges))
    scale = scales[names[parts[0]]]
    found.white = scale.white if scale.black == 0 and len({s.white for s in scales.values()}) == 1 else None
    found.highest = max(one.high for one in ranges.values())
    if scale.doubtful:
        found.warnings.append(
            f"It is doubtful that {scale.white:.5g} is white: if it is not, choose what is (in a terminal by --white)."
        )
    for part in parts:
        found.parts[part].blocks = read[part].scaled(scales[names[part]])


def _check_codes(found: Found) -> None:
    """See that labels count the class names from 0."""
    names = found.class_names or ()
    for label in found.labels.values:
        if not (isinstance(label, int) and 0 <= label < len(names)):
            raise DataError(
                f"{found.path} holds the label {label!r}, and its class names are for 0 to {len(names) - 1}: leave the "
                "class names out, or count the labels from 0"
            )
