"""Published data sets: the files as they are fetched, and the prepared copy."""

import gzip
import json
import random
import struct
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.bench.fuzz import traps
from mnist_viz.bench.fuzz.archives import archive_of, npy
from mnist_viz.bench.fuzz.inputs import Beat, Files, Format
from mnist_viz.bench.fuzz.mutations import BOUNDARIES, changed_bytes, changed_json
from mnist_viz.data import store
from mnist_viz.data.errors import DataError
from mnist_viz.data.published import idx
from mnist_viz.data.published.conversion import converted
from mnist_viz.data.published.raw import ARRAYS, MNIST_FILES, RawFiles

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
    paths = raw.check(folder, "the set", shapes)
    converted({name: idx.read(path) for name, path in paths.items()}, raw, shapes, 10, "the set")


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


# The prepared copy


_IDENTITY = {"folder": "/somewhere", "files": {"a": [1, 2]}}


def _prepared() -> list[Files]:
    arrays = {name: array.reshape(len(array), -1) if array.ndim > 1 else array for name, array in _arrays().items()}
    with tempfile.TemporaryDirectory() as folder:
        store.write(Path(folder) / "set", arrays, _IDENTITY, token="x")
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
        for array in prepared.values():
            array.sum()


FORMATS = (
    Format(
        "idx", 32, "an array is read only when it has the shape that is expected, and no byte more",
        (DataError,), _idx, _spoil_idx, lambda folder, _: _read_published(folder, _IDX, SHAPES), ("the set",),
    ),
    Format(
        "prepared", 32, "a manifest of at most 1 MB; the arrays are mapped, not read",
        (), _prepared, _spoil_prepared, _read_prepared, called=None,
    ),
)  # fmt: skip
