"""A prepared data set on disk: four `.npy` files that are mapped into memory, and a manifest."""

import io
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.published.raw import ARRAYS
from mnist_viz.system import paths
from mnist_viz.system.files import open_file, read_small, sync

FORMAT = 1
MANIFEST = "manifest.json"
_MOST_MANIFEST = 1_000_000
_open: WeakValueDictionary[tuple[Path, int, int], "np.memmap[Any, np.dtype[np.uint8]]"] = WeakValueDictionary()
"""The arrays that are mapped, by path, inode and time of change."""


Prepared = dict[str, NDArray[np.uint8]]
"""The arrays of a prepared data set, under the names of `ARRAYS`: images uint8 (n, pixels), labels uint8 (n,)."""


def place(name: str) -> Path:
    """The folder in the cache for the prepared data set of this name."""
    return paths.cache_dir().absolute() / "datasets" / name


def scratch(folder: Path, token: str) -> Path:
    """The folder beside `folder` that a writer with this token fills and then renames."""
    return folder.with_name(f".{folder.name}-{token}")


def write(folder: Path, arrays: Mapping[str, NDArray[np.uint8]], identity: Any, *, token: str) -> None:
    """Write the arrays and their manifest to `folder`, replacing what was there.

    Everything is written and synced in a folder beside it, which then takes its place by one rename: a writer
    that is killed at any moment leaves nothing that `open_prepared` would trust.

    Args:
        identity: what the set was made from, anything that JSON holds.
        token: tells this writer's temporary folder from those of others.

    Raises:
        OSError: no permission, no space.
    """
    part = scratch(folder, token)
    try:
        part.mkdir(parents=True)
        for name in ARRAYS:
            with (part / f"{name}.npy").open("wb") as file:
                array = np.ascontiguousarray(arrays[name], dtype=np.uint8)
                # Not by `np.save`, which on a full disk may lose the end without a word.
                file.write(_header(array.shape))
                file.write(array.data)
                sync(file)
        with (part / MANIFEST).open("w", encoding="utf-8") as text:
            json.dump({"format": FORMAT, "identity": identity}, text, indent=1)
            sync(text)
        old = scratch(folder, f"{token}-old")
        with suppress(FileNotFoundError):
            folder.rename(old)
        try:
            part.rename(folder)
        except OSError:
            # Another process that prepared the same set was quicker: its copy is as good.
            if not (folder / MANIFEST).is_file():
                raise
        finally:
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def open_prepared(folder: Path, identity: Any, shapes: Mapping[str, tuple[int, ...]], classes: int) -> Prepared | None:
    """Map a prepared set, read-only, or return None when there is none to be trusted: absent, older, damaged.

    The checks are those that cost next to nothing: the manifest, shape and type of each array, the range of
    the labels.

    Args:
        identity: what the set must have been made from.
        shapes: of each array as published; images are stored with one row an image.
    """
    try:
        manifest = json.loads(read_small(folder / MANIFEST, _MOST_MANIFEST))
        if manifest["format"] != FORMAT or manifest["identity"] != identity:
            return None
        arrays = {name: _mapped(folder / f"{name}.npy", shapes[name]) for name in ARRAYS}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if any(int(array.max()) >= classes for name, array in arrays.items() if name.endswith("labels")):
        return None
    return arrays


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The bytes of an `.npy`, which must begin as `write` begins an array of this shape: no header is interpreted.

    Raises:
        OSError: it cannot be read.
        ValueError: it is something else.
    """
    flat = stored(shape)
    header = _header(flat)
    with open_file(path) as file:
        if file.read(len(header)) != header or file.seek(0, os.SEEK_END) != len(header) + int(np.prod(flat)):
            raise ValueError(f"{path.name} holds another array")
        status = os.fstat(file.fileno())
        key = path, status.st_ino, status.st_mtime_ns
        mapped = _open.get(key)
        if mapped is None:  # else a second opening would count the same pages twice
            mapped = _open[key] = np.memmap(file, np.uint8, "r", len(header), flat)
        return mapped.view(np.ndarray)


def stored(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which an array is kept: an image is one row."""
    count, *size = shape
    return (count, int(np.prod(size))) if size else (count,)


def _header(shape: tuple[int, ...]) -> bytes:
    """What an `.npy` with bytes of this shape begins with."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return header.getvalue()
