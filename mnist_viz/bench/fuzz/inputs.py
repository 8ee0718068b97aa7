"""What a reader is given: one file or several, some of which may be no files at all."""

import os
import random
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Odd = Literal["pipe", "endless", "folder", "circle", "nowhere", "link", "absent", "secret", "sparse"]
"""What may lie where a file is expected: a pipe that nobody writes to, a device without end, a folder, a link to
itself, to nothing or to the file, nothing, a file without permissions, one of gigabytes of zeros."""

ODD: tuple[Odd, ...] = ("pipe", "endless", "folder", "circle", "nowhere", "link", "absent", "secret", "sparse")
PLACE = "input"
"""The folder with the input that is being read, in that of the process which reads it."""

SPARSE_BYTES = 6 * 2**30

Files = Mapping[str, bytes | Odd]
"""Contents by path, relative to a folder."""

Beat = Callable[[], None]
"""To be called by a reader that tells its progress and can be cancelled there."""


@dataclass(frozen=True)
class Format:
    """A kind of files that the program reads.

    Attributes:
        name: for the command.
        megabytes: what reading any input may allocate at the most.
        why: so much.
        errors: what the reader may raise, as its callers catch it.
        good: files as they should be, of which each must be read without an error.
        spoil: makes something else of them; called with a generator of its own.
        read: reads them from a folder and does with the result what the program would do.
        called: what an error may name where it names none of the files; None where it need not name anything.
        odd: what else may lie in the place of a file.
        memory_refused: whether running out of memory, where that ends in a refusal, is an answer too.
    """

    name: str
    megabytes: int
    why: str
    errors: tuple[type[Exception], ...]
    good: Callable[[], list[Files]]
    spoil: Callable[[random.Random, Files], Files]
    read: Callable[[Path, Beat], object]
    called: tuple[str, ...] | None = ()
    memory_refused: bool = False
    odd: tuple[Odd, ...] = ODD


def make(kind: Format, good: list[Files], number: int) -> Files:
    """Input `number` of a format: the same one always, whatever came before it.

    Every fourth is cut off, one byte further each time; of the others, few are no files at all.
    """
    rng = random.Random(f"{kind.name} {number}")
    files = good[number // 4 % len(good)] if number % 4 == 0 else rng.choice(good)
    if number % 4 == 0:
        return _cut(files, number // 4 // len(good))
    if rng.random() < 0.03:
        name = rng.choice(sorted(files))
        return {**files, name: rng.choice(kind.odd)}
    return kind.spoil(rng, files)


def _cut(files: Files, at: int) -> Files:
    """The files, of which one ends at the byte `at` of all of them together; round and round."""
    sizes = {name: len(contents) for name, contents in sorted(files.items())}
    at %= max(sum(sizes.values()), 1)
    for name, size in sizes.items():
        if at < size:
            return {**files, name: files[name][:at]}  # type: ignore[dict-item]
        at -= size
    return files


def put(folder: Path, files: Files) -> None:
    """Lay the files into a new folder."""
    folder.mkdir()
    for name, contents in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(contents, bytes):
            path.write_bytes(contents)
        else:
            _put_odd(path, contents)


def _put_odd(path: Path, odd: Odd) -> None:
    match odd:
        case "pipe":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "circle":
            path.symlink_to(path.name)
        case "nowhere":
            path.symlink_to(path.with_name("nothing of this name"))
        case "link":
            path.with_name("elsewhere").write_bytes(b"elsewhere")
            path.symlink_to(path.with_name("elsewhere"))
        case "secret":
            path.write_bytes(b"secret")
            path.chmod(0)
        case "sparse":
            with path.open("wb") as file:
                file.truncate(SPARSE_BYTES)
        case "absent":
            pass


def keep(folder: Path, place: Path) -> None:
    """Copy an input to where it stays, without what cannot be copied."""
    shutil.rmtree(place, ignore_errors=True)

    def special(where: str, names: list[str]) -> list[str]:
        paths = {name: Path(where) / name for name in names}
        return [name for name, path in paths.items() if not _can_be_copied(path)]

    shutil.copytree(folder, place, symlinks=True, ignore=special)


def _can_be_copied(path: Path) -> bool:
    status = path.lstat()
    plain = stat.S_ISREG(status.st_mode) and status.st_size < SPARSE_BYTES
    return plain or stat.S_ISDIR(status.st_mode) or stat.S_ISLNK(status.st_mode)
