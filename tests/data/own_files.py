"""Small data sets of one's own in every form that people bring, made for the tests."""

import gzip
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COUNT, SIDE = 60, 6
RNG = np.random.default_rng(0)


def pictures(count: int = COUNT, shape: tuple[int, ...] = (SIDE, SIDE)) -> NDArray[np.uint8]:
    """Pictures with a dark border, of which no two are alike."""
    made = RNG.integers(0, 256, (count, *shape), np.uint8)
    made[:, [0, -1]] = 0
    made[:, :, [0, -1]] = 0
    made[:, 1, 1] = np.arange(count).reshape(-1, *[1] * (len(shape) - 2))
    made[0, 1, 2] = 255
    return made


IMAGES = pictures()
LABELS = np.arange(COUNT) % 3


def table(
    images: NDArray[Any] = IMAGES,
    labels: Sequence[object] | NDArray[Any] = LABELS,
    *,
    separator: str = ",",
    last: bool = False,
    header: str = "",
    end: str = "",
) -> str:
    """A row an example, the label first or last."""
    lines = [header] if header else []
    for image, label in zip(images.reshape(len(images), -1).tolist(), labels, strict=True):
        cells = [*image, label] if last else [label, *image]
        lines.append(separator.join(map(str, cells)) + end)
    return "\n".join(lines) + "\n"


def idx(array: NDArray[Any]) -> bytes:
    """An IDX file of bytes, or of 32-bit numbers where the array holds such."""
    kind, stored = (12, ">i4") if array.dtype == np.int32 else (8, "u1")
    return struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.astype(stored).tobytes()


def png(image: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def npy(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def put(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    """Lay files into a folder, and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def idx_files(pattern: str = "{}-{}-idx{}-ubyte", *, packed: bool = False) -> dict[str, bytes]:
    """Three quarters of the examples for training, the rest for testing, in four files."""
    cut, files = COUNT * 3 // 4, {}
    for part, rows in (("train", slice(0, cut)), ("t10k", slice(cut, None))):
        files[pattern.format(part, "images", 3)] = idx(IMAGES[rows])
        files[pattern.format(part, "labels", 1)] = idx(LABELS[rows])
    return {name: gzip.compress(data, mtime=0) if packed else data for name, data in files.items()}


def picture_files(folder: str = "", classes: Sequence[str] = ("0", "1", "2")) -> dict[str, bytes]:
    """The pictures, enlarged to 28x28, in a folder for each class."""
    return {
        f"{folder}{classes[label]}/{number}.png": png(np.pad(image, 11))
        for number, (image, label) in enumerate(zip(IMAGES, LABELS.tolist(), strict=True))
    }
