"""Writing files so that a failure leaves the old one as it was."""

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mnist_viz.data.opening import sync_folder


def write_atomically(path: str | os.PathLike[str], write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to the disk, then rename it over `path`.

    Where `path` is a link, what it leads to is replaced.

    Raises:
        OSError: the file cannot be written; the message names it.
    """
    given = Path(path)
    target = Path(os.path.realpath(given))
    try:
        mode = _mode_of(target)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _cannot_write(given, error) from error
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - opens the descriptor, not a path
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot_write(given, error) from error
        raise
    sync_folder(target.parent)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise OSError now if `path` could not be written later."""
    target = Path(path)
    folder = target.parent
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {target}: it is a folder")
    if not folder.is_dir():
        raise FileNotFoundError(f"cannot write {target}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"cannot write {target}: no permission to write in {folder}")


def _mode_of(target: Path) -> int:
    """The permissions that the new file gets.

    Raises:
        OSError: what is there is a folder, a pipe or a device, over which no file may be renamed.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return 0o666 & ~_umask()
    if not stat.S_ISREG(mode):
        raise OSError("it is a folder" if stat.S_ISDIR(mode) else "it is no file but a pipe or a device")
    return mode & 0o777


def _cannot_write(path: Path, error: OSError) -> OSError:
    return OSError(f"cannot write {path}: {error.strerror or error}")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
