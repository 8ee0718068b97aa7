"""Published data sets: the files as they are fetched, and the prepared copy."""

import bz2
import gzip
import hashlib
import io
import json
import pickle
import random
import struct
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.bench.fuzz import traps
from mnist_viz.bench.fuzz.archives import archive_of, changed_archive, npy
from mnist_viz.bench.fuzz.inputs import Beat, Files, Format
from mnist_viz.bench.fuzz.mutations import BOUNDARIES, changed_bytes, changed_json, changed_text
from mnist_viz.data import store
from mnist_viz.data.errors import DataError
from mnist_viz.data.opening import read_small
from mnist_viz.data.published import readers
from mnist_viz.data.published.adapters import adapt
from mnist_viz.data.published.raw import ARRAYS, MNIST_FILES, RawFiles, check_arrays
from mnist_viz.data.published.unpack import unpack

RNG = partial(np.random.default_rng, 0)

SHAPES = {"train_images": (20, 6, 6), "train_labels": (20,), "test_images": (10, 6, 6), "test_labels": (10,)}


def _arrays() -> dict[str, Any]:
    rng = RNG()
    return {
        name: rng.integers(1, 256, shape, np.uint8)
        if name.endswith("images")
        else np.arange(shape[0], dtype=np.uint8) % 10
        for name, shape in SHAPES.items()
    }


def _read_published(folder: Path, raw: RawFiles, shapes: Any) -> None:
    """What the process does that prepares a data set."""
    paths = raw.locate(folder, "the set")
    readers.check(raw, paths, shapes)
    arrays = readers.read(raw, paths)
    check_arrays(arrays, raw.published(shapes), None, "the set")
    check_arrays(adapt(arrays, raw.adapter), shapes, 10, "the set")


def _spoil_bytes(rng: random.Random, files: Files) -> Files:
    name = rng.choice(sorted(files))
    data = files[name]
    assert isinstance(data, bytes)
    return {**files, name: changed_bytes(rng, data)}


_IDX = RawFiles("Set", ".", 0, image_shape=(6, 6))


def _idx_of(array: Any) -> bytes:
    return (
        bytes((0, 0, 8, array.ndim))
        + b"".join(struct.pack(">I", side) for side in array.shape)
        + bytes(array.tobytes())
    )


def _idx() -> list[Files]:
    plain = {MNIST_FILES[name]: _idx_of(array) for name, array in _arrays().items()}
    return [plain, {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in plain.items()}]


def _spoil_idx(rng: random.Random, files: Files) -> Files:
    name = rng.choice(sorted(files))
    data = files[name]
    assert isinstance(data, bytes)
    packed = name.endswith(".gz")
    if packed and rng.random() < 0.3:
        return _spoil_bytes(rng, files)
    plain = bytearray(gzip.decompress(data) if packed else data)
    kind = rng.random()
    if kind < 0.4:
        plain[rng.randrange(16)] = rng.randrange(256)
    elif kind < 0.7:
        at = 4 * rng.randrange(1, 4)
        plain[at : at + 4] = (rng.choice(BOUNDARIES) % 2**32).to_bytes(4, "big")
    elif kind < 0.73:
        plain += bytes(rng.choice((1, 1000, 100_000_000 if rng.random() < 0.1 else 1000)))
    else:
        plain = bytearray(changed_bytes(rng, bytes(plain)))
    return {**files, name: gzip.compress(bytes(plain), 1, mtime=0) if packed else bytes(plain)}


_USPS = RawFiles(
    "Set", ".", 0, files={"train": "usps.bz2", "test": "usps.t.bz2"}, reader="text", adapter="boxed", image_shape=(6, 6)
)
_USPS_SHAPES = {name: (shape[0], 28, 28) if len(shape) > 1 else shape for name, shape in SHAPES.items()}


def _usps() -> list[Files]:
    files: dict[str, bytes] = {}
    for part, name in _USPS.files.items():
        arrays = _arrays()
        lines = [
            f"{label + 1} " + " ".join(f"{k + 1}:{value / 128 - 1:.6f}" for k, value in enumerate(image.ravel()))
            for image, label in zip(arrays[f"{part}_images"], arrays[f"{part}_labels"].tolist(), strict=True)
        ]
        files[name] = bz2.compress("\n".join(lines).encode())
    return [files]


def _spoil_usps(rng: random.Random, files: Files) -> Files:
    if rng.random() < 0.2:
        return _spoil_bytes(rng, files)
    name = rng.choice(sorted(files))
    text = bz2.decompress(files[name]).decode()  # type: ignore[arg-type]
    kind = rng.random()
    if kind < 0.4:
        data = changed_text(rng, text)
    elif kind < 0.41:
        part = bz2.compress(rng.choice((b"0 ", b"1", b" ", b"1:1 ", b"\n")) * 250_000, 1)
        return {**files, name: part * rng.choice((1, 40, 300))}  # they are unpacked one after the other
    else:
        words = text.split(" ")
        for _ in range(rng.choice((1, 1, 3))):
            words[rng.randrange(len(words))] = rng.choice(
                ("nan", "1e400", "-5", "", "x", "1:2:3", "1:inf", "99999", "11\n1:0")
            )
        data = " ".join(words).encode()
    return {**files, name: bz2.compress(data, 1)}


_CIFAR_FILES = {"train_1": "data_batch_1", "test_1": "test_batch"}
_CIFAR_SHAPES = {
    "train_images": (20, 4, 4, 3),
    "train_labels": (20,),
    "test_images": (10, 4, 4, 3),
    "test_labels": (10,),
}


def _cifar() -> list[Files]:
    files: dict[str, bytes] = {}
    for name, count in (("data_batch_1", 20), ("test_batch", 10)):
        data = RNG().integers(1, 256, (count, 48), np.uint8)
        batch = {b"data": data, b"labels": [k % 10 for k in range(count)], b"batch_label": b"one"}
        files[name] = pickle.dumps(batch, 3)
    return [files]


def _spoil_cifar(rng: random.Random, files: Files) -> Files:
    name = rng.choice(sorted(files))
    if rng.random() < 0.7:
        spoilt = _spoil_bytes(rng, files)
        # Of an array of bytes that is cut short, Python 3.11 itself prints that something is wrong; CIFAR has none.
        return {name: data.replace(b"\x96", b"\x95") for name, data in spoilt.items() if isinstance(data, bytes)}
    values: list[Any] = [
        traps.Trap(),
        [traps.Trap()],
        {b"data": traps.Trap(), b"labels": [1]},
        {b"data": np.zeros(3)},
        7,
        {b"data": np.zeros((2, 48), np.uint8), b"labels": rng.choice(([1], ["x", "y"], [[1, 2], [3]]))},
    ]
    data = pickle.dumps(rng.choice(values), rng.choice((0, 1, 2, 4, 5)))
    return {**files, name: data + bytes(rng.choice((0, 2000)))}


def _read_cifar(folder: Path, beat: Beat) -> None:
    """With the checksums of what is there: those that are published would refuse all of it."""
    md5 = dict.fromkeys(_CIFAR_FILES.values(), "")
    for name in md5:
        with suppress(OSError, ValueError):
            data = read_small(folder / name, 1_000_000)
            md5[name] = hashlib.md5(data, usedforsecurity=False).hexdigest()
    raw = RawFiles("Set", ".", 0, files=_CIFAR_FILES, reader="batches", image_shape=(4, 4, 3), md5=md5)
    _read_published(folder, raw, _CIFAR_SHAPES)


# Archives as they are fetched


def _fetched() -> list[Files]:
    files = {name: _idx_of(array) for name, array in zip(MNIST_FILES.values(), _arrays().values(), strict=True)}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"folder/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    zipped = archive_of(
        {f"folder/{name}.gz": gzip.compress(data, mtime=0) for name, data in files.items()}, zipfile.ZIP_DEFLATED
    )
    one = next(iter(files))
    return [{"set.zip": zipped}, {"set.tar.gz": packed.getvalue()}, {f"{one}.gz": gzip.compress(files[one], mtime=0)}]


def _spoil_fetched(rng: random.Random, files: Files) -> Files:
    ((name, data),) = files.items()
    assert isinstance(data, bytes)
    if name.endswith(".zip"):
        return {name: changed_archive(rng, data)}
    if rng.random() < 0.3:
        return _spoil_bytes(rng, files)
    return {name: gzip.compress(changed_bytes(rng, gzip.decompress(data)), 1, mtime=0)}


def _read_fetched(folder: Path, beat: Beat) -> None:
    names = [path.name for path in sorted(folder.iterdir()) if path.name != "elsewhere"]
    if not names:
        return
    archive = folder / names[0]
    with tempfile.TemporaryDirectory() as target:
        unpack(archive, Path(target), set(MNIST_FILES.values()))


# The prepared copy


_IDENTITY = {"folder": "/somewhere", "files": {"a": [1, 2]}}


def _prepared() -> list[Files]:
    arrays = {name: array.reshape(len(array), -1) if array.ndim > 1 else array for name, array in _arrays().items()}
    with tempfile.TemporaryDirectory() as folder:
        store.write(Path(folder) / "set", arrays, _IDENTITY, reader="a test", token="x")
        return [{f"set/{path.name}": path.read_bytes() for path in sorted((Path(folder) / "set").iterdir())}]


def _spoil_prepared(rng: random.Random, files: Files) -> Files:
    name = rng.choice(sorted(files))
    data = files[name]
    assert isinstance(data, bytes)
    kind = rng.random()
    if name.endswith(".json"):
        return {**files, name: changed_json(rng, json.loads(data)).encode("utf-8", "surrogatepass")}
    if kind < 0.5:
        return {**files, name: changed_bytes(rng, data)}
    shapes = (
        "(20, 36)",
        "(20,)",
        "(10,)",
        "(-1, 36)",
        "(4294967296, 4294967296)",
        "(0, 36)",
        "(9223372036854775807, 2)",
        "()",
    )
    made = npy(rng.choice(shapes), rng.choice(("'|u1'", "'|O'", "'<U9'", "'|i1'", "[('a','|O')]")), "False", data[128:])
    other = (
        traps.array_of_objects(),
        traps.pickled(),
        archive_of({"a.npy": data}),
        b"",
        b"PK\3\4",
        b"PK\5\6" + bytes(18),
    )
    return {**files, name: made if kind < 0.8 else rng.choice(other)}


def _read_prepared(folder: Path, beat: Beat) -> None:
    prepared = store.open_prepared(folder / "set", _IDENTITY, {name: SHAPES[name] for name in ARRAYS}, 10)
    if prepared is not None:
        for array in prepared.arrays.values():
            array.sum()


FORMATS = (
    Format(
        "idx", 32, "an array is read only when it has the shape that is expected, and no byte more",
        (DataError,), _idx, _spoil_idx, lambda folder, _: _read_published(folder, _IDX, SHAPES), ("the set",),
    ),
    Format(
        "usps", 400, "a text of at most 30 MB, which becomes numbers",
        (DataError,), _usps, _spoil_usps, lambda folder, _: _read_published(folder, _USPS, _USPS_SHAPES), ("the set",),
    ),
    Format(
        "cifar", 160, "a batch of at most 64 MB; its checksum, which the fuzzer sets, comes before all else",
        (DataError,), _cifar, _spoil_cifar, _read_cifar, ("the set",), memory_refused=True,
    ),
    Format(
        "fetched", 32, "archives are unpacked to the disk in pieces of 1 MB, at most 1 GiB",
        (DataError, OSError), _fetched, _spoil_fetched, _read_fetched,
    ),
    Format(
        "prepared", 32, "a manifest of at most 1 MB; the arrays are mapped, not read",
        (), _prepared, _spoil_prepared, _read_prepared, called=None,
    ),
)  # fmt: skip
