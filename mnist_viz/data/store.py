"""A prepared data set on disk: four `.npy` files that are mapped into memory, and a manifest."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz import paths
from mnist_viz.data.published.raw import ARRAYS

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Prepared:
    """The arrays of a prepared data set, mapped read-only: images uint8 (n, pixels), labels uint8 (n,)."""

    arrays: Mapping[str, NDArray[np.uint8]]
    reader: str


def place(name: str) -> Path:
    """The folder in the cache for the prepared data set of this name."""
    return paths.cache_dir().absolute() / "datasets" / name


def scratch(folder: Path, token: str) -> Path:
    """The folder beside `folder` that a writer with this token fills and then renames."""
    return folder.with_name(f".{folder.name}-{token}")


def write(folder: Path, arrays: Mapping[str, NDArray[np.uint8]], identity: Any, *, reader: str, token: str) -> None:
    """Write the arrays and their manifest to `folder`, replacing what was there.

    Everything is written and synced in a folder beside it, which then takes its place by one rename: a writer
    that is killed at any moment leaves nothing that `open_prepared` would trust.

    Args:
        identity: what the set was made from, anything that JSON holds.
        reader: what read or made the data, such as "torchvision 0.28.0".
        token: tells this writer's temporary folder from those of others.

    Raises:
        OSError: no permission, no space.
    """
    part = scratch(folder, token)
    try:
        part.mkdir(parents=True)
        for name in ARRAYS:
            with (part / f"{name}.npy").open("wb") as file:
                np.save(file, np.ascontiguousarray(arrays[name], dtype=np.uint8), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        with (part / MANIFEST).open("w", encoding="utf-8") as text:
            json.dump({"format": FORMAT, "identity": identity, "reader": reader}, text, indent=1)
            text.flush()
            os.fsync(text.fileno())
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
    """Map a prepared set, or return None when there is none to be trusted: absent, older, damaged.

    The checks are those that cost next to nothing: the manifest, shape and type of each array, the range of
    the labels.

    Args:
        identity: what the set must have been made from.
        shapes: of each array as published; images are stored with one row an image.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT or manifest["identity"] != identity:
            return None
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in ARRAYS}
        reader = str(manifest["reader"])
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    for name, array in arrays.items():
        count, *size = shapes[name]
        if array.dtype != np.uint8 or array.shape != ((count, int(np.prod(size))) if size else (count,)):
            return None
        if name.endswith("labels") and int(array.max()) >= classes:
            return None
    return Prepared(arrays, reader)
