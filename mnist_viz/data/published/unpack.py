"""Taking the wanted files out of a verified archive: `.gz`, `.zip`, `.tar.gz`, or a file that stays as it is."""

import errno
import gzip
import shutil
import tarfile
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

from mnist_viz.data.errors import DataError
from mnist_viz.data.opening import open_file
from mnist_viz.data.published.idx import MAX_BYTES

CHUNK = 1 << 20


def unpack(archive: Path, target: Path, wanted: Collection[str]) -> None:
    """Write the wanted files of an archive into the folder `target`; folders inside the archive do not count.

    A member that is itself packed, as in EMNIST's, counts under its name without `.gz`.

    Raises:
        DataError: the archive is damaged, or unpacks to more than any data set has.
        OSError: no permission, no space.
    """
    try:
        if archive.suffix == ".zip":
            with open_file(archive) as file, zipfile.ZipFile(file) as packed:
                for member in packed.infolist():
                    if (name := _wanted(member.filename, wanted)) is not None:
                        with packed.open(member) as unpacked:
                            _write(unpacked, member.filename, target / name)
        elif archive.name.endswith(".tar.gz"):
            with open_file(archive) as file, tarfile.open(fileobj=file, mode="r:gz") as tar:
                for entry in tar:
                    name = _wanted(entry.name, wanted)
                    if name is not None and (stored := tar.extractfile(entry)) is not None:
                        _write(stored, entry.name, target / name)
        elif archive.suffix == ".gz":
            with open_file(archive) as file:
                _write(file, archive.name, target / archive.stem)
        elif archive != target / archive.name:
            shutil.copyfile(archive, target / archive.name)
    except (DataError, MemoryError):
        raise
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # a place before the beginning, which no whole archive names
            raise
        raise _damaged(archive, error) from error
    except Exception as error:  # zipfile, tarfile and zlib raise many kinds on damaged bytes
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:200]
    return DataError(f"{archive.name} is damaged ({reason or type(error).__name__}): try again")


def _wanted(member: str, wanted: Collection[str]) -> str | None:
    name = member.rsplit("/", 1)[-1].removesuffix(".gz")
    return name if name in wanted else None


def _write(file: IO[bytes], name: str, path: Path) -> None:
    source: IO[bytes] = gzip.GzipFile(fileobj=file) if name.endswith(".gz") else file  # type: ignore[assignment]
    written = 0
    with path.open("wb") as out:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > MAX_BYTES:
                raise DataError(f"{name} unpacks to more than {MAX_BYTES:,} bytes, which no data set has: try again")
            out.write(chunk)
