"""Files that nobody meant well are refused in one sentence, without running code or filling the memory."""

import gzip
import io
import pickle
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.data.dataset import Dataset
from mnist_viz.data.errors import DataError
from mnist_viz.data.user.user_data import check_user_data

MEMORY = 40_000_000
"""Bytes that reading any of these small files may take: some blocks, and what the zip and CSV readers need."""


def read(path: Path, contents: bytes) -> Dataset | None:
    """Read a file with these contents, in little memory; None when it is refused as it should be, in one line."""
    path.write_bytes(contents)
    dataset, refusal = None, ""
    tracemalloc.start()
    try:
        dataset, _ = check_user_data(str(path))
    except DataError as error:
        refusal = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY
    if dataset is None:
        assert path.name in refusal
        assert "\n" not in refusal
        return None
    parts = (dataset.train, dataset.validation, dataset.test)
    assert all(len(part) and len(part.images) == len(part.labels) for part in parts)
    assert all(int(part.labels.max()) < len(dataset.class_names) for part in parts)
    assert dataset.input_size == np.prod(dataset.image_shape)
    return dataset


def good_npz() -> bytes:
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    np.savez(
        file,
        x_train=rng.integers(0, 256, (12, 4, 4), np.uint8),
        y_train=np.arange(12) % 3,
        x_test=rng.integers(0, 256, (6, 4, 4), np.uint8),
        y_test=np.arange(6) % 3,
    )
    return file.getvalue()


def good_csv() -> bytes:
    rng = np.random.default_rng(0)
    lines = [",".join(map(str, [k % 3, *rng.integers(0, 256, 16)])) for k in range(20)]
    return "\n".join(["label," + ",".join(f"p{k}" for k in range(16)), *lines]).encode()


def changed(data: bytes, changes: list[tuple[float, bytes]], cut: float) -> bytes:
    """Overwrite bytes at some places, given as shares of the length, and cut the end off."""
    array = bytearray(data)
    for place, new in changes:
        start = int(place * len(array))
        array[start : start + len(new)] = new
    return bytes(array[: max(1, int(len(array) * cut))])


damage = st.tuples(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6)), max_size=8),
    st.one_of(st.just(1.0), st.floats(0, 1)),
)


def test_the_undamaged_files_are_read(tmp_path: Path) -> None:
    assert read(tmp_path / "a.npz", good_npz()) is not None
    assert read(tmp_path / "a.csv", good_csv()) is not None


@given(damage)
def test_a_damaged_archive_is_read_or_refused(tmp_path: Path, how: tuple[list[tuple[float, bytes]], float]) -> None:
    read(tmp_path / "a.npz", changed(good_npz(), *how))


shapes = st.lists(st.integers(-2, 40) | st.integers(2**20, 2**70), max_size=5).map(tuple)
KINDS = (
    "|u1",
    "|b1",
    "<i8",
    ">u2",
    "<f4",
    "<f8",
    "<f16",
    "<c8",
    "|O",
    "<U3",
    "|S4",
    "<U0",
    "<U999999",
    "<M8[s]",
    "|V8",
)
kinds = st.sampled_from(KINDS)


@given(shapes, kinds, st.booleans(), st.integers(0, 4000), st.sampled_from(["x_train", "y_train", "class_names"]))
def test_any_claim_of_a_header_is_read_or_refused(
    tmp_path: Path, shape: tuple[int, ...], kind: str, fortran: bool, length: int, name: str
) -> None:
    header = f"{{'descr': {kind!r}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(length)
    read(tmp_path / "a.npz", with_member(name, data))


def with_member(name: str, data: bytes) -> bytes:
    """The good archive with one array replaced or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good_npz())) as good, zipfile.ZipFile(file, "w") as bad:
        for other in good.namelist():
            if other != f"{name}.npy":
                bad.writestr(other, good.read(other))
        bad.writestr(f"{name}.npy", data)
    return file.getvalue()


@given(damage)
def test_a_damaged_packed_table_is_read_or_refused(
    tmp_path: Path, how: tuple[list[tuple[float, bytes]], float]
) -> None:
    read(tmp_path / "a.csv.gz", changed(gzip.compress(good_csv(), mtime=0), *how))


cell = st.one_of(
    st.integers(-5, 300).map(str),
    st.floats().map(repr),
    st.text(max_size=8),
    st.sampled_from(["label", "", " ", '"', '""', '"1"', "1_0", "0x1", "1e2", "\x00", "\ufeff", "\r", "\u2028"]),
)
row = st.lists(cell, min_size=1, max_size=7) | st.lists(st.integers(0, 255).map(str), min_size=5, max_size=5)


@given(st.lists(row, max_size=12), st.sampled_from(",;\t"))
def test_any_table_is_read_or_refused(tmp_path: Path, table: list[list[str]], separator: str) -> None:
    text = "\n".join(separator.join(cells) for cells in table)
    read(tmp_path / "a.csv", text.encode("utf-8", "surrogatepass"))


class Harmful:
    """A pickle of it makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._path,))


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "class_names"])
def test_a_pickle_is_never_run(tmp_path: Path, name: str) -> None:
    run = tmp_path / "run"
    pickle.loads(pickle.dumps(Harmful(run)))
    assert run.exists()  # the trap works
    run.unlink()
    trap = np.empty(12, dtype=object)
    trap[:] = Harmful(run)
    file = io.BytesIO()
    np.save(file, trap, allow_pickle=True)
    assert read(tmp_path / "a.npz", with_member(name, file.getvalue())) is None
    assert read(tmp_path / "a.npz", with_member(name, pickle.dumps(Harmful(run)))) is None
    assert not run.exists()
