"""Files: opened only if they are files, replaced whole or not at all, and kept by the disk when the power fails."""

import errno
import gzip
import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

STALE_SECONDS = 3600.0
"""A temporary file as old as this is what a program left that was killed while it wrote."""


@dataclass(frozen=True)
class FileKind:
    """What a program writes, so that it replaces no file of another kind.

    Attributes:
        name: in a sentence, such as "mnist-viz model".
    """

    name: str
    recognizes: Callable[[Path], bool]

    @classmethod
    def beginning_with(cls, name: str, *beginnings: bytes) -> "FileKind":
        """Files whose first bytes are one of `beginnings`."""

        def recognizes(path: Path) -> bool:
            with open_file(path) as file:
                return file.read(max(map(len, beginnings))).startswith(beginnings)

        return cls(name, recognizes)


def open_file(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file, or what a link leads to, to read its bytes.

    Raises:
        OSError: it is not there, it may not be read, or it is a folder, a pipe or a device.
    """
    # A pipe is opened at once, whether anybody writes to it or not; then it is seen to be one.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        check_file(descriptor, path)
        return open(descriptor, "rb")  # noqa: PTH123 - opens the descriptor, not a path
    except BaseException:
        os.close(descriptor)
        raise


@contextmanager
def unpacked(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """The bytes of a file that was just opened, unpacked where they are gzip's, whatever its name says.

    Raises:
        gzip.BadGzipFile, zlib.error, EOFError: while it is read, if what is packed is damaged or cut short.
    """
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    if not packed:
        yield stream
        return
    with gzip.GzipFile(fileobj=stream) as file:
        yield cast(IO[bytes], file)


def check_file(descriptor: int, path: str | os.PathLike[str]) -> None:
    """Raise OSError unless what is open under this name is a file."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", os.fspath(path))


def read_small(path: str | os.PathLike[str], most: int) -> bytes:
    """All of a file that is small.

    Raises:
        OSError: as `open_file`.
        ValueError: it has more than `most` bytes.
    """
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{Path(path).name} has more than {most:,} bytes")
    return data


def write_atomically(
    path: str | os.PathLike[str], write: Callable[[BinaryIO], object], kind: FileKind | None = None
) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to the disk, then rename it over `path`.

    Where `path` is a link, what it leads to is replaced.

    Args:
        kind: of what is written; a file of another kind is not replaced.

    Raises:
        OSError: the file cannot be written, or what is there may not be replaced; the message names it.
    """
    given = Path(path)
    target = Path(os.path.realpath(given))
    try:
        mode = _replaceable_mode(target, kind)
        prefix = f".{target.name[:40]}."
        _remove_stale(target.parent, prefix)
        temporary = target.with_name(f"{prefix}{secrets.token_hex(8)}.part")
        opened = temporary.open("xb")  # with the permissions that the user wants of new files
    except OSError as error:
        raise _cannot_write(given, error) from error
    try:
        with opened as file:
            write(file)
            sync(file)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot_write(given, error) from error
        raise
    sync_folder(target.parent)


def check_writable(path: str | os.PathLike[str], kind: FileKind | None = None) -> None:
    """Raise OSError now if `write_atomically` could not write `path` later."""
    target = Path(path)
    folder = target.parent
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {target}: it is a folder")
    if not folder.is_dir():
        raise FileNotFoundError(f"cannot write {target}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"cannot write {target}: no permission to write in {folder}")
    try:
        _replaceable_mode(target, kind)
    except OSError as error:
        raise _cannot_write(target, error) from error


def _replaceable_mode(target: Path, kind: FileKind | None) -> int | None:
    """The permissions of the file that is there; None if there is none.

    Raises:
        OSError: what is there is a folder, a pipe or a device, is write-protected, or is a file of another kind.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OSError("it is a folder" if stat.S_ISDIR(mode) else "it is no file but a pipe or a device")
    if not mode & 0o222:  # the permissions themselves: the superuser may write all the same
        raise PermissionError("it is write-protected; choose another name")
    if kind is not None and target.stat().st_size and not kind.recognizes(target):
        raise FileExistsError(f"it is there already and is no {kind.name}; choose another name")
    return mode & 0o777


def _remove_stale(folder: Path, prefix: str) -> None:
    """Remove what was left of earlier writes of the same file; each is as large as the file."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(prefix) and path.name.endswith(".part"):
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime > STALE_SECONDS:
                        path.unlink()


def _cannot_write(path: Path, error: OSError) -> OSError:
    return OSError(f"cannot write {path}: {error.strerror or error}")


def sync(file: IO[Any]) -> None:
    """Write everything of an open file to the disk.

    Raises:
        OSError: it cannot be written.
    """
    file.flush()
    if sys.platform == "darwin":  # whose fsync leaves it in the drive's own memory
        import fcntl

        with suppress(OSError):  # not every file system knows it
            fcntl.fcntl(file.fileno(), fcntl.F_FULLFSYNC)
            return
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the disk remember which files are in `folder`; where that is not possible, nothing happens."""
    with suppress(OSError):  # Windows does not open folders, and some network disks do not flush them
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
