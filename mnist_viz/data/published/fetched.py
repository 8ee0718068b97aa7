"""What the program fetched by itself: a note in the data folder, so that it deletes nothing else.

The note is a small JSON file beside the data sets' folders, one for each download. A file counts as fetched only
while it has the size and the time of change that were noted: what somebody replaced is theirs.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from mnist_viz.data.published.raw import RawFiles
from mnist_viz.system.files import read_small, sync

FORMAT = 1
_MOST_NOTED = 1_000_000  # bytes of a note


@dataclass(frozen=True)
class Entry:
    """One fetched file as it was moved into place."""

    size: int
    time_ns: int
    sha256: str


def note(data_dir: Path, raw: RawFiles) -> Path:
    return data_dir / f".{raw.torchvision_class}-fetched.json"


def entries(data_dir: Path, raw: RawFiles) -> dict[str, Entry]:
    """The files of `raw` that the program fetched and that are still as they were; raises nothing."""
    found = {}
    for name, entry in _noted(data_dir, raw).items():
        if name in raw.files.values():
            with suppress(OSError):
                status = (data_dir / raw.folder / name).stat()
                if (status.st_size, status.st_mtime_ns) == (entry.size, entry.time_ns):
                    found[name] = entry
    return found


def write_note(data_dir: Path, raw: RawFiles, files: Mapping[str, Path], scratch: Path) -> None:
    """Note files that are about to be moved into place; what was noted before stays.

    Args:
        scratch: a folder of the same file system, to write the note in before it takes its place.

    Raises:
        OSError: no permission, no space.
    """
    noted = _noted(data_dir, raw)
    for name, path in files.items():
        status = path.stat()
        noted[name] = Entry(status.st_size, status.st_mtime_ns, sha256(path))
    _replace(note(data_dir, raw), noted, scratch)


def remove(data_dir: Path, raw: RawFiles) -> int:
    """Delete the fetched files of `raw`; return how many bytes that frees.

    Raises:
        OSError: a file cannot be deleted.
    """
    folder, freed = data_dir / raw.folder, 0
    for name, entry in entries(data_dir, raw).items():
        (folder / name).unlink()
        freed += entry.size
    left = {name: entry for name, entry in _noted(data_dir, raw).items() if (folder / name).exists()}
    if left:
        _replace(note(data_dir, raw), left, data_dir)
    else:
        note(data_dir, raw).unlink(missing_ok=True)
    with suppress(OSError):  # something else lies there
        while folder != data_dir:
            folder.rmdir()
            folder = folder.parent
    return freed


def sha256(path: Path) -> str:
    """The checksum of a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same(first: Path, second: Path) -> bool:
    """Whether two files hold the same bytes; False where one cannot be read."""
    try:
        return first.stat().st_size == second.stat().st_size and sha256(first) == sha256(second)
    except OSError:
        return False


def _noted(data_dir: Path, raw: RawFiles) -> dict[str, Entry]:
    known: Iterable[str] = (*raw.files.values(), *raw.also)
    try:
        text = json.loads(read_small(note(data_dir, raw), _MOST_NOTED))
        if text["format"] != FORMAT:
            return {}
        return {
            name: Entry(int(entry["size"]), int(entry["time_ns"]), str(entry["sha256"]))
            for name, entry in text["files"].items()
            if name in known
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}


def _replace(path: Path, noted: Mapping[str, Entry], scratch: Path) -> None:
    part = scratch / f"{path.name}-{os.getpid()}"
    try:
        with part.open("w", encoding="utf-8") as text:
            json.dump(
                {"format": FORMAT, "files": {name: asdict(entry) for name, entry in noted.items()}}, text, indent=1
            )
            sync(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
