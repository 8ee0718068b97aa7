"""What a data set's name means: a known set, or the path of the user's own data with how they are to be read."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from mnist_viz.data.published.catalogue import ROWS

DRAWINGS, DRAWINGS_TITLE = "drawings", "Your drawings"
FILE_ENDINGS = (
    ".npz", ".npy", ".zip", ".csv", ".tsv", ".csv.gz", ".tsv.gz", ".npy.gz", "-ubyte", ".idx", "-ubyte.gz", ".idx.gz",
)  # fmt: skip
"""A name that ends so is a path, whether there is such a file or not."""

_CHOICE = r"(?:digits|label=[^,:+/\\]+|white=[0-9]+(?:\.[0-9]+)?)"
_CHOICES = re.compile(rf"({_CHOICE}(?:,{_CHOICE})*):(.*)", re.DOTALL)


@dataclass(frozen=True)
class Choices:
    """How the user wants data to be read; what is left out is found out from the data.

    Args:
        fitted: crop, fit and centre each picture as MNIST's are; of pictures in folders alone.
        label_column: of a table: "first", "last", a number from 1, or the column's name in the first line.
        white: the number that is white; black is 0.
    """

    fitted: bool = False
    label_column: str = ""
    white: float | None = None

    def of(self, path: str) -> str:
        """The name of the data in `path`, read so; without any choice that is the path."""
        words = ["digits"] if self.fitted else []
        words += [f"label={quote(self.label_column, safe='')}"] if self.label_column else []
        words += [f"white={self.white:.15g}"] if self.white else []
        return ",".join(words) + ":" + path if words else path


def parted(name: str) -> tuple[Choices, str]:
    """How data are to be read, and their path as it is written."""
    match = _CHOICES.fullmatch(name)
    if match is None:
        return Choices(), name
    words = dict(word.partition("=")[::2] for word in match[1].split(","))
    white = float(words["white"]) if "white" in words else None
    return Choices("digits" in words, unquote(words.get("label", "")), white), match[2]


def is_user_data(name: str) -> bool:
    """Whether the name of a data set means the user's own data: a path, or a file or folder that is there.

    The names that the program knows are never meant so, even where there is a folder of that name.
    """
    choices, path = parted(name)
    if path.strip().lower() in ("", *ROWS, DRAWINGS):
        return False
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    if choices != Choices() or path.lower().endswith(FILE_ENDINGS) or any(sep in path for sep in separators):
        return True
    return _exists(path)


def names_in(name: str) -> list[str]:
    """The names joined by "+" in a data set's name; a path that is there may itself hold a "+"."""
    return [name] if "+" in name and _exists(parted(name)[1]) else [part.strip() for part in name.split("+")]


def title_of(name: str) -> str:
    """What the window calls the data set `name`; of the user's own data that is the file's or folder's name."""
    titles = {DRAWINGS: DRAWINGS_TITLE, **{row.name: row.title for row in ROWS.values()}}
    return " + ".join(titles.get(part) or Path(parted(part)[1]).name for part in names_in(name))


def full_name(name: str) -> str:
    """The name of a data set with absolute paths, so that it means the same wherever the program is started."""
    return "+".join(absolute(part) if is_user_data(part) else part for part in names_in(name))


def absolute(name: str) -> str:
    choices, path = parted(name)
    return choices.of(str(path_of(path)))


def path_of(written: str) -> Path:
    """The absolute path that somebody wrote."""
    path = Path(written)
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # a "~somebody" who is not known here
        return path.absolute()


def _exists(path: str) -> bool:
    try:
        return path_of(path).exists()
    except (OSError, ValueError):  # too long, a zero byte
        return False
