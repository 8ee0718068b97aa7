"""A folder, a zip archive or a file by itself as a tree of named byte streams; nothing is unpacked to the disk."""

import os
import zipfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from mnist_viz.data.errors import DataError
from mnist_viz.data.file import File
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.examples import MOST_EXAMPLES, natural

ARCHIVES = (".zip", ".npz")
"""What is looked into as if it were a folder."""

# Folders in folders, and archives in archives.
_DEEPEST, _NESTED = 30, 2
# Archives in a folder, and bytes of one inside another, which is unpacked into memory.
_MOST_ARCHIVES, _MOST_INNER = 100, 1 << 28
# All that a zip archive claims to unpack to.
_MOST_UNPACKED = 1 << 34
_ENCRYPTED = 1


class Tree:
    """The files below a path in their natural order; hidden ones and what is none are counted and left out.

    Attributes:
        alone: the path is that of a file, which is not an archive.
        problem: why the first file that was left out was, as a sentence; empty if none was.

    Raises:
        CancelledError: the watch says so.
        DataError: it cannot be read, or is larger than the program takes.
    """

    def __init__(self, path: Path, watch: Watch) -> None:
        self.path = path
        self._watch = watch
        self.files: list[File] = []
        self.skipped = 0
        self.alone = False
        self.problem = ""
        self._open = ExitStack()
        self._seen: set[tuple[int, int]] = set()
        self._archives = 0
        try:
            if path.is_dir():
                self._add_folder(path, "", 0)
            else:
                file = File.at(path)
                start, ending = file.start(4), path.suffix.lower()
                if start[:2] == b"PK":
                    self._add_archive(file, "", 0)
                elif ending in ARCHIVES:
                    raise DataError(f"{path} is no {ending} archive, or it is damaged: save it again")
                else:
                    self.alone = True
                    self.files.append(replace(file, size=path.stat().st_size))
        except BaseException:
            self._open.close()
            raise

    def __enter__(self) -> "Tree":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def beside(self) -> list[File]:
        """Those that lie beside a file alone; none where its folder cannot be read."""
        try:
            with os.scandir(self.path.parent) as scanned:
                return [
                    File.at(Path(entry.path), entry.stat().st_size)
                    for entry in _sorted(scanned)
                    if entry.is_file() and not _is_hidden(entry.name) and entry.name != self.path.name
                ]
        except OSError:
            return []

    def _add_folder(self, folder: Path, prefix: str, depth: int) -> None:
        self._watch.at(f"Looking through {self.path.name}")
        try:
            status = folder.stat()
            # A link to what was already looked through, perhaps to a folder above.
            if (status.st_dev, status.st_ino) in self._seen:
                return
            self._seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as scanned:
                entries = _sorted(scanned)
        except OSError as error:
            raise DataError(f"{folder} cannot be read ({error.strerror}): check its name and permissions") from error
        for entry in entries:
            path = Path(entry.path)
            try:
                is_dir, is_file = entry.is_dir(), entry.is_file()
                size = entry.stat().st_size if is_file else 0
            except OSError:  # a link to itself
                is_dir = is_file = False
            if is_dir and not _is_hidden(entry.name):
                if depth < _DEEPEST:
                    self._add_folder(path, f"{prefix}{entry.name}/", depth + 1)
            elif is_dir or not is_file or _is_hidden(entry.name):
                self.skipped += 1
            else:
                self._add(replace(File.at(path, size), path=prefix + entry.name), 0)

    def _add(self, file: File, nested: int) -> None:
        """Add a file; of an archive what is in it."""
        if file.name.lower().endswith(ARCHIVES) and self._archives < _MOST_ARCHIVES and nested < _NESTED:
            self._archives += 1
            before = len(self.files)
            try:
                self._add_archive(file, f"{file.path}/", nested)
            except DataError as error:  # one of many, perhaps a model that is kept here
                del self.files[before:]
                self.skipped += 1
                self.problem = self.problem or str(error)
            return
        if len(self.files) >= MOST_EXAMPLES:
            raise DataError(f"{self.path} holds more than {MOST_EXAMPLES:,} files: give the program a part of them")
        self.files.append(file)

    def _add_archive(self, file: File, prefix: str, nested: int) -> None:
        with ExitStack() as stack:
            with file.open() as stream:  # what damaged bytes make zipfile raise is told as damage
                stack.enter_context(stream)
                if nested:
                    data = stream.read(_MOST_INNER + 1)
                    if len(data) > _MOST_INNER:
                        raise DataError(f"{file.said} lies in an archive and is too large for that: unpack it")
                    stream = BytesIO(data)
                else:
                    stream = stack.enter_context(file.raw())
                archive = stack.enter_context(zipfile.ZipFile(stream))
                members = [info for info in archive.infolist() if not info.is_dir()]
            if sum(info.file_size for info in members) > _MOST_UNPACKED:
                raise DataError(
                    f"{file.said} unpacks to more than {_MOST_UNPACKED >> 30} GB: give the program a part of it"
                )
            for info in members:
                if info.filename == "xl/workbook.xml":
                    raise DataError(f"{file.said} is an Excel workbook: save its sheet as CSV")
                if info.filename.endswith("/data.pkl"):
                    raise DataError(
                        f"{file.said} is PyTorch's, a pickle, and opening one can run code: in Python, save its arrays "
                        "with np.savez('data.npz', x_train=..., y_train=...)"
                    )
            self._open.push(stack.pop_all())
        for info in sorted(members, key=lambda info: _order(info.filename)):
            path = info.filename.replace("\\", "/")
            parts = path.split("/")
            if path.startswith("/") or ".." in parts or len(parts) > _DEEPEST or any(map(_is_hidden, parts)):
                self.skipped += 1
                continue
            if info.flag_bits & _ENCRYPTED:
                raise DataError(f"{file.said} is protected by a password: pack it without one")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise DataError(f"{file.said} is compressed in an unusual way: pack it as an ordinary zip archive")
            said = f"{path.removesuffix('.npy')} in {file.said}"
            opened = cast(Callable[[], IO[bytes]], partial(archive.open, info))
            self._add(File(prefix + path, said, info.file_size, opened), nested + 1)


def _is_hidden(name: str) -> bool:
    """What systems put beside the files of people."""
    return name.startswith((".", "__")) or name.lower() in ("thumbs.db", "desktop.ini")


def _order(name: str) -> tuple[Any, str]:
    # The second key: names that differ in case alone must not come in the order of the disk.
    return natural(name), name


def _sorted(entries: Iterable["os.DirEntry[str]"]) -> "list[os.DirEntry[str]]":
    return sorted(entries, key=lambda entry: _order(entry.name))
