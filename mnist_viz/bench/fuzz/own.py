"""The user's own data: tables, NumPy archives, folders of pictures."""

import gzip
import io
import random
from functools import partial
from pathlib import Path

import numpy as np

from mnist_viz.bench.fuzz import traps
from mnist_viz.bench.fuzz.archives import changed_archive
from mnist_viz.bench.fuzz.drawn import digit_picture, encoded
from mnist_viz.bench.fuzz.inputs import Beat, Files, Format
from mnist_viz.bench.fuzz.mutations import changed_bytes, changed_text
from mnist_viz.data.errors import DataError
from mnist_viz.data.user.user_data import check_user_data

RNG = partial(np.random.default_rng, 0)


def _read_own(folder: Path, beat: Beat, name: str) -> None:
    dataset, summary = check_user_data(str(folder / name), progress=lambda *_: beat())
    "".join(dataset.class_names).encode()
    "".join([*summary.decided, *summary.warnings]).encode(errors="surrogateescape")  # as names of files may be
    for part in (dataset.train, dataset.validation, dataset.test):
        assert len(part) == len(part.images) == len(part.labels) > 0
        assert int(part.labels.max()) < len(dataset.class_names)


# CSV


def _table() -> str:
    rng = RNG()
    rows = [",".join(map(str, [k % 3, *rng.integers(0, 256, 16)])) for k in range(20)]
    return "\n".join(["label," + ",".join(f"p{k}" for k in range(16)), *rows])


_CELLS = (
    "", " ", "-1", "256", "1e400", "nan", "inf", "-inf", "1_0", "0x1", "1e2", '"', '""', '"1,2"', "\0", "\ufeff", "\r",
    "ä", "label", "9" * 400, "9" * 5000, "0" * 600_000, "1.5", "0.5", "=1+1", "'", "\ud800", "x" * 70, "None", "１",
)  # fmt: skip


def _spoil_table(rng: random.Random, files: Files) -> Files:
    kind, table = rng.random(), _table()
    if kind < 0.12:
        data = changed_text(rng, table)
    elif kind < 0.15:
        data = rng.choice((b"0," * 2_000_000, b"0,1\n" * 100_000, b"\n" * 3_000_000, b"1" * 600_000, b"," * 16 + b"\n"))
    elif kind < 0.17:
        side = rng.choice((128, 129, 500))
        data = "\n".join([",".join(["1"] * (side * side + 1))] * 3).encode()
    else:
        cells = [line.split(",") for line in table.split("\n")]
        for _ in range(rng.choice((1, 1, 2, 5, 40))):
            row = rng.choice(cells)
            if row:
                row[rng.randrange(len(row))] = rng.choice(_CELLS)
            if rng.random() < 0.1 and row:
                rng.choice((row.pop, lambda: row.append("7"), row.clear, lambda: row.extend(row)))()  # noqa: B023
        separator = rng.choice((",", ",", ";", "\t"))
        data = "\n".join(separator.join(row) for row in cells).encode("utf-8", "surrogatepass")
    if "table.csv" in files:
        return {"table.csv": data}
    packed = gzip.compress(data, 1, mtime=0)
    return {"table.csv.gz": changed_bytes(rng, packed) if rng.random() < 0.3 else packed}


def _tables() -> list[Files]:
    data = _table().encode()
    return [{"table.csv": data}, {"table.csv.gz": gzip.compress(data, mtime=0)}]


def _read_table(folder: Path, beat: Beat) -> None:
    plain = (folder / "table.csv").is_symlink() or (folder / "table.csv").exists()
    _read_own(folder, beat, "table.csv" if plain else "table.csv.gz")


# NumPy archives


def _npz() -> list[Files]:
    rng, files = RNG(), list[Files]()
    for arrays in (
        {"x_train": rng.integers(0, 256, (12, 4, 4), np.uint8), "y_train": np.arange(12) % 3,
         "x_test": rng.integers(0, 256, (6, 4, 4), np.uint8), "y_test": np.arange(6) % 3},
        {"images": rng.random((12, 3, 4, 3)), "labels": np.array(list("abcabcabcabc"))},
        {"data": np.eye(16)[np.arange(12)], "target": np.arange(12) % 2, "class_names": np.array(["no", "yes"])},
    ):  # fmt: skip
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, **arrays)
        files.append({"data.npz": file.getvalue()})
    return files


def _spoil_npz(rng: random.Random, files: Files) -> Files:
    data = files["data.npz"]
    assert isinstance(data, bytes)
    return {"data.npz": _bomb(rng) if rng.random() < 0.002 else changed_archive(rng, data)}


def _bomb(rng: random.Random) -> bytes:
    """Very many pictures of nothing, which take next to no room in the file."""
    count, kind = rng.choice(((200_000, np.uint8), (60_000, np.float32), (500, np.float64)))
    file = io.BytesIO()
    pictures = np.zeros((count, 28, 28), kind)
    np.savez_compressed(file, x_train=pictures, y_train=np.arange(count) % rng.choice((1, 3, 300)))
    return file.getvalue()


# A folder of pictures


def _folders() -> list[Files]:
    png = encoded(digit_picture(28), "PNG")
    some = {f"own/{label}/{k}.png": png for label in "ab" for k in range(4)}
    parts = {f"own/{part}/{label}/{k}.png": png for part in ("train", "test") for label in "ab" for k in range(2)}
    return [some, parts]


_NAMES = (
    "own/a/x.png", "own/new/x.png", "own/.hidden/x.png", f"own/{'n' * 65}/x.png", "own/a\nb/x.png", "own/a/b/c/d.png",
    "own/a/x.txt", "own/a/.x.png", "own/x.png", "own/TRAIN/a/x.png", "own/val/a/x.png", "own/\udcff/x.png",
    "own/a/\udcff.png", "own/😀/x.png", "own/__MACOSX/x.png", "own/a/x.svg", "own/a/x.npz", "own/ /x.png",
)  # fmt: skip


def _spoil_folder(rng: random.Random, files: Files) -> Files:
    spoilt = dict(files)
    for _ in range(rng.choice((1, 2, 4))):
        name = rng.choice(sorted(spoilt))
        data = spoilt[name]
        kind = rng.random()
        if kind < 0.5 and isinstance(data, bytes):
            spoilt[name] = changed_bytes(rng, data)
        elif kind < 0.6:
            spoilt[name] = rng.choice(("pipe", "endless", "circle", "nowhere", "link", "secret", "sparse"))
        elif kind < 0.8:
            spoilt[rng.choice(_NAMES)] = rng.choice(
                (encoded(digit_picture(28), "PNG"), b"", traps.pickled(), b"x" * 99)
            )
        elif kind < 0.9 and len(spoilt) > 1:
            del spoilt[name]
        else:
            spoilt[rng.choice(("own/circle", "own/a/circle"))] = "circle"
    return spoilt


FORMATS = (
    Format(
        "csv", 96, "lines of at most half a megabyte, in blocks of 4 MB that NumPy takes apart; pictures up to 1 GiB",
        (DataError,), _tables, _spoil_table, _read_table,
    ),
    Format(
        "npz", 640, "a bomb of the fuzzer becomes 200 MB of pictures; the program takes 1 GiB, for a moment 2",
        (DataError,), _npz, _spoil_npz, partial(_read_own, name="data.npz"),
    ),
    Format(
        "folder", 96, "one picture at a time; those of the fuzzer are small",
        (DataError,), _folders, _spoil_folder, partial(_read_own, name="own"),
    ),
)  # fmt: skip
