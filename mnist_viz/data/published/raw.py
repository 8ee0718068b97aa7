"""The published files of a data set: where they are, what they must hold, and what identifies them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mnist_viz.data.errors import DataError, MissingError
from mnist_viz.data.published import idx

# The four arrays of a data set; the files of the MNIST family are named in the same way in every member.
ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
MNIST_FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}

Arrays = dict[str, NDArray[Any]]
"""The four arrays under their names, in the form that is published or in the program's."""

Shapes = Mapping[str, tuple[int, ...]]
"""The shape of each of `ARRAYS`: (n, height, width) or (n, height, width, 3) for images, (n,) for labels."""


@dataclass(frozen=True)
class RawFiles:
    """Where one data set lies inside a data folder, and how it is read.

    Args:
        torchvision_class: name in `torchvision.datasets`. What has the same one comes by the same download.
        folder: relative to the data folder, as torchvision has it.
        download_bytes: size of the archives that are downloaded.
        files: the names, without `.gz`; those of IDX files under the names of `ARRAYS`.
        is_idx: the files are IDX, which the program reads by itself; torchvision decodes others.
        conversion: which of `conversion.CONVERSIONS` brings what is read into the program's form.
        image_shape, label_shape: of one published image and one published label.
        options: further arguments of the torchvision class.
        also: names of files that the same download brings for other data sets of the family.
        unpacked_bytes: what a download unpacks to, where that is more than the files of this data set.
    """

    torchvision_class: str
    folder: str
    download_bytes: int
    files: Mapping[str, str] = field(default_factory=lambda: dict(MNIST_FILES))
    is_idx: bool = True
    conversion: str = "as published"
    image_shape: tuple[int, ...] = (28, 28)
    label_shape: tuple[int, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    unpacked_bytes: int = 0

    def __post_init__(self) -> None:
        for name in ("image_shape", "label_shape", "also"):  # lists, where they come from JSON
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def published(self, shapes: Shapes) -> Shapes:
        """Shapes of the four arrays as they are published, for a set with these shapes."""
        one = {"images": self.image_shape, "labels": self.label_shape}
        return {name: (shape[0], *one[name.rsplit("_", 1)[1]]) for name, shape in shapes.items()}

    def locate(self, data_dir: Path, title: str) -> dict[str, Path]:
        """Return the path of each file, the plain one where it is there, else the one ending in `.gz`.

        IDX files may be called in any usual way, such as `Train-Images.idx3-ubyte`, and lie one folder higher; those of
        MNIST in the data folder itself.

        Raises:
            MissingError: the folder or one of the files is missing.
            DataError: they cannot be looked at.
        """
        folder = data_dir / self.folder
        remedy = f"put the {len(self.files)} files of {title} into {folder}, or let the program fetch them"
        try:
            if not data_dir.exists():
                raise MissingError(f"the data folder {data_dir} does not exist: {remedy}")
            if not data_dir.is_dir():
                raise DataError(
                    f"the data folder {data_dir} is a file, not a folder: name the folder that holds {self.folder}"
                )
            found: dict[str, Path] = {}
            for place in self._places(data_dir):
                there = _files_in(place, any_spelling=self.is_idx)
                found = {key: there[name] for key, name in self.files.items() if name in there} or found
                if len(found) == len(self.files):
                    break
        except OSError as error:
            raise DataError(f"{folder} cannot be read ({error.strerror}): check its permissions") from error
        if not found:
            raise MissingError(f"there is no {title} in {data_dir}: {remedy}")
        missing = [name for key, name in self.files.items() if key not in found]
        if missing:
            raise MissingError(f"{folder} lacks {' and '.join(missing)}: {remedy}")
        return found

    def _places(self, data_dir: Path) -> list[Path]:
        folder = data_dir / self.folder
        if not self.is_idx or self.folder == ".":
            return [folder]
        return [folder, folder.parent, *([data_dir] if self.torchvision_class == "MNIST" else [])]

    def check(self, data_dir: Path, title: str, shapes: Shapes) -> dict[str, Path]:
        """Locate the files, and for the price of a few bytes see that IDX files can be what they should.

        torchvision itself asks only whether a file exists, so a truncated one would be trusted for ever.

        Raises:
            DataError: names the first file that is missing or not as it should be.
        """
        paths, published = self.locate(data_dir, title), self.published(shapes)
        for key, path in paths.items() if self.is_idx else ():
            shape = idx.read_shape(path)
            if shape != tuple(published[key]):
                raise DataError(
                    f"{path} holds an array of {by(shape)} where {by(published[key])} is expected: "
                    "get the whole file, or use the folder as data of your own"
                )
        return paths


def _files_in(folder: Path, *, any_spelling: bool) -> dict[str, Path]:
    """The files in a folder by the names that publishers give them, those that are not packed first."""
    if not folder.is_dir():
        return {}
    paths = sorted(
        (path for path in folder.iterdir() if path.is_file()), key=lambda path: not path.name.endswith(".gz")
    )
    if not any_spelling:
        return {path.name: path for path in paths}
    return {path.name.lower().removesuffix(".gz").replace(".", "-"): path for path in paths}


def identity(paths: Mapping[str, Path]) -> dict[str, Any]:
    """Return what changes when the files do, as JSON has it: folder, and name, size and time of each file."""
    files = {}
    for path in paths.values():
        status = path.stat()
        files[path.name] = [status.st_size, status.st_mtime_ns]
    return {"folder": str(next(iter(paths.values())).parent.resolve()), "files": files}


def by(shape: Sequence[int]) -> str:
    """A shape in words: 60,000 x 28 x 28."""
    return " x ".join(f"{size:,}" for size in shape) or "a single number"
