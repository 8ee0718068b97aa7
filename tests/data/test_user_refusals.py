"""What cannot be read is refused in one line with its place, its cause and what to do, and never runs code."""

import gzip
import io
import os
import pickle
import threading
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.data import npz as npz_reader
from mnist_viz.data.dataset import Dataset
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.progress import Watch
from mnist_viz.data.user import examples, tables
from mnist_viz.data.user.user_data import check_user_data, load_user_data
from tests.data.own_files import IMAGES, LABELS, idx, idx_files, npy, npz, picture_files, png, put, table, zipped

HALVES: dict[str, Any] = {"x_train": IMAGES[:40], "y_train": LABELS[:40], "x_test": IMAGES[40:], "y_test": LABELS[40:]}
LINES = table(header="label," + ",".join(f"p{k}" for k in range(36))).splitlines()
CUT = idx(IMAGES[:45])[:-9]


def refusal(path: object) -> str:
    """The one line in which data are refused."""
    with pytest.raises(DataError) as caught:
        check_user_data(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def csv_with(line: str) -> bytes:
    return "\n".join([*LINES[:5], line, *LINES[5:]]).encode("utf-8", "surrogatepass")


def archive(**changes: Any) -> bytes:
    return npz(**{name: array for name, array in {**HALVES, **changes}.items() if array is not None})


def encrypted() -> bytes:
    data = bytearray(zipped({"0/1.png": b"secret"}))
    data[data.find(b"PK\1\2") + 8] |= 1
    return bytes(data)


REFUSED: dict[str, tuple[str, bytes, str]] = {
    # Tables: where it is wrong
    "too few columns": ("a.csv", csv_with("1," * 35 + "1"), "line 6 of {} has 36 columns and not 37"),
    "a text": ("a.csv", csv_with("1,2,x" + ",0" * 34), "line 6, column 3 of {} holds 'x'"),
    "nothing in a cell": ("a.csv", csv_with("1,2," + ",0" * 34), "line 6, column 3 of {} holds nothing"),
    "too large a number": ("a.csv", csv_with("1,256" + ",0" * 35), "line 6, column 2 of {} holds '256'"),
    "no label": ("a.csv", csv_with(",1" + ",0" * 35), "the label '' (1 to 64 letters are needed) in line 6, column 1"),
    "no rows": ("a.csv", b"", "holds no rows"),
    "pixels alone": ("a.csv", b"0,10,20,30\n40,50,60,250\n", "there are no labels beside {}"),
    "no column of labels": ("a.csv", b"0.5,0,0,0,1.5\n1.5,0,0,0,2.5\n2.5,0,0,0,9\n", "no column of {} looks"),
    "too large pictures": ("a.csv", ",".join("0" * (129 * 129 + 1)).encode(), "at most 128 pixels"),
    "an endless line": ("a.csv", b"0," * (1 << 19), "line 1 of {} is too long"),
    "one class": ("a.csv", table(labels=["a"] * 60).encode(), "looks like labels"),
    "one example a class": ("a.csv", b"a,0,1,2,3\nb,0,1,2,3\n", "at least 3 of a class"),
    "LIBSVM's form": ("a.txt", b"5 153:3 154:18\n" * 5, "LIBSVM's sparse form"),
    "a tar archive": ("a.tar", b"name".ljust(257, b"\0") + b"ustar" + bytes(300), "is a tar archive: unpack it"),
    "gzip cut short": ("a.csv.gz", gzip.compress(table().encode())[:-20], "cut short or damaged"),
    # Arrays
    "no labels of pictures": ("a.npz", npz(x_train=IMAGES), "there are no labels in {} that belong to x_train"),
    "no arrays of examples": ("a.npz", npz(w1=IMAGES, b1=LABELS[:3]), "name arrays x_train, y_train"),
    "fewer labels": ("a.npz", archive(y_train=LABELS[:39]), "holds 40 pictures, and y_train 39 labels"),
    "labels of half": ("a.npz", archive(y_train=LABELS[:40] + 0.5), "holds the label 0.5"),
    "probabilities": ("a.npz", archive(y_train=np.full((40, 3), 1 / 3)), "a row without a single 1"),
    "too many labels": ("a.npz", npz(x=np.tile(IMAGES, (9, 1, 1)), y=np.arange(540)), "more than 256 different labels"),
    "objects": ("a.npz", archive(x_train=IMAGES[:40].astype(object)), "Python objects, which could run code"),
    "numbers above white": ("a.npz", archive(x_train=IMAGES[:40] * 200.0), "from 0 to what is white"),
    "no square": ("a.npz", archive(x_train=np.zeros((40, 35))), "of a square"),
    "two sizes": ("a.npz", archive(x_train=np.zeros((40, 5, 5))), "bring them to one size"),
    "no examples": ("a.npz", archive(x_train=IMAGES[:0], y_train=LABELS[:0]), "no training examples"),
    "doubled class names": ("a.npz", archive(class_names=np.array(["a", "a", "b"])), "a name twice"),
    "parts of two scales": ("a.npz", archive(x_test=IMAGES[40:] // 16), "bring them to one scale"),
    "parts of two kinds of paper": ("a.npz", archive(x_test=255 - IMAGES[40:]), "turn one of them round"),
    "no archive": ("a.npz", b"not a zip file", "no .npz archive, or it is damaged"),
    "idx alone": ("train-images-idx3-ubyte", idx(IMAGES), "there are no labels beside {}"),
    "idx cut short": ("a.zip", zipped({**idx_files(), "train-images-idx3-ubyte": CUT}), "cut short or damaged"),
    # Others
    "a pickle": ("mnist.pkl", pickle.dumps({"x": 1}), "is a pickle, and opening one can run code"),
    "HDF5": ("a.h5", b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
    "a picture": ("a.png", png(IMAGES[0]), "is a single picture: give the folder"),
    "a text file": ("notes.txt", b"some words\n", "{} holds no rows: give it a row for each example"),
    "a protected zip": ("a.zip", encrypted(), "protected by a password"),
    "an Excel workbook": ("a.xlsx", zipped({"xl/workbook.xml": b"<x/>"}), "an Excel workbook: save its sheet as CSV"),
    "a file of PyTorch": ("a.pt", zipped({"training/data.pkl": b"x"}), "a pickle, and opening one can run code"),
    "an empty zip": ("a.zip", zipped({}), "holds no training examples"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_it_says_what_is_wrong_and_what_to_do(tmp_path: Path, kind: str) -> None:
    name, data, said = REFUSED[kind]
    path = put(tmp_path, {name: data}) / name
    assert said.format(path) in refusal(path)
    assert name in refusal(path)


FOLDERS: dict[str, tuple[dict[str, bytes], str]] = {
    "pictures without folders": ({"0.png": png(IMAGES[0])}, "put the pictures of each class into a subfolder"),
    "a text": ({"readme.txt": b"Some words."}, "holds no training examples that can be recognized"),
    "a pickle": ({"mnist.pkl": pickle.dumps([1])}, "is a pickle, and opening one can run code"),
    "a damaged zip": ({"a.zip": zipped({"a": b"a"})[:-9]}, "cut short or damaged"),
    "nothing": ({}, "holds no training examples"),
    "one class": ({"cat/0.png": png(IMAGES[0])}, "fewer than two classes"),
    "two pictures a class": ({f"{c}/{k}.png": png(IMAGES[k]) for c in "ab" for k in range(2)}, "at least 3 of a class"),
    "too many classes": ({f"c{k}/0.png": png(IMAGES[0]) for k in range(257)}, "256"),
    "a long name": ({f"{c * 65}/{k}.png": png(IMAGES[k]) for c in "ab" for k in range(3)}, "at most 64 letters"),
    "damaged pictures": ({f"{c}/{k}.png": b"x" for c in "ab" for k in range(3)}, "none can be read; the first: "),
    "two data sets": (
        {f"{name}-{kind}.npy": npy(each) for name in ("cats", "dogs") for kind, each in (("x", IMAGES), ("y", LABELS))},
        "holds 2 data sets (cats-x, dogs-x): name one",
    ),
    "two tables": ({"a.csv": table().encode(), "data.csv": table().encode()}, "2 data sets"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_is_no_data_set_says_how_it_should_be(tmp_path: Path, kind: str) -> None:
    files, said = FOLDERS[kind]
    assert said in refusal(put(tmp_path, files))
    path = tmp_path / "packed.zip"
    path.write_bytes(zipped(files))
    assert said in refusal(path)


def test_choices_that_do_not_fit_are_said(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.csv": table(), "a.npz": archive()}) / "a.csv"
    for column in ("38", "0", "middle", "-1"):
        assert "give first, last, a number from 1 to 37, or its name" in refusal(f"label={column}:{path}")
    assert "line 1, column" in refusal(f"white=16:{path}")
    assert "only pictures" in refusal(f"digits:{tmp_path / 'a.npz'}")


def test_a_path_that_is_none_is_a_sentence_too() -> None:
    for name in ("/no/such/thing", "~nobody-of-this-name/x", "a\0b.npz", "\udfff.csv", "/" + "a" * 5000 + ".csv"):
        assert "check" in refusal(name)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="whoever is root may read everything")
def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.npz": archive()}) / "a.npz"
    path.chmod(0)
    assert "permissions" in refusal(path)


# Too much


def test_what_would_fill_the_memory_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "MOST_BYTES", 100)
    put(tmp_path, {"a.csv": table(), "a.npz": archive()})
    for name in ("a.csv", "a.npz"):
        assert "give the program a part of them" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.zip"])
def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path, name: str) -> None:
    bomb = b"0" * 50_000_000
    put(tmp_path, {name: gzip.compress(bomb) if name.endswith("gz") else zipped({"a.csv": bomb})})
    tracemalloc.start()
    try:
        assert "too long" in refusal(tmp_path / name)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_zip_writes_nothing_to_the_disk_and_reads_nothing_outside(tmp_path: Path) -> None:
    files = {**picture_files(), "../0/evil.png": png(IMAGES[0]), "/0/evil.png": png(IMAGES[0])}
    path = put(tmp_path / "in", {"a.zip": zipped(files)}) / "a.zip"
    dataset, summary = check_user_data(str(path))
    assert len(dataset.train) + len(dataset.validation) + len(dataset.test) == len(IMAGES)
    assert any("2 files left out" in sentence for sentence in summary.decided)
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "in", path]


def test_links_in_a_circle_and_pipes_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, picture_files())
    (tmp_path / "0" / "back").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "0" / "pipe.png")
    dataset, _ = check_user_data(str(tmp_path))
    assert dataset.class_names == ("0", "1", "2")


def test_a_file_of_blank_lines_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK_BYTES", 100)
    path = put(tmp_path, {"a.csv.gz": gzip.compress(b"\n" * 10_000)}) / "a.csv.gz"
    cancel, said = threading.Event(), list[str]()

    def stop(text: str, fraction: float | None) -> None:
        said.append(text)
        if len(said) == 5:
            cancel.set()

    with pytest.raises(CancelledError):
        load_user_data(str(path), watch=Watch(stop, cancel))


# Damage and harm


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("(10000000000000, 28, 28)", "|u1"), ("(-1, 28, 28)", "|u1"), ("(12, -28, -28)", "|u1"), ("(12, 28, 28)", "|O"),
        ("(0, 28, 28)", "<U999999999"), ("(" * 400, "|u1"),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_found_out_before_anything_is_read(
    tmp_path: Path, shape: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an array was read")

    monkeypatch.setattr(npz_reader, "_exactly", refuse)
    header = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    good = {f"{name}.npy": npy(array) for name, array in HALVES.items()}
    put(tmp_path, {"a.npz": zipped({**good, "x_train.npy": data})})
    refusal(tmp_path / "a.npz")


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
    good = {f"{other}.npy": npy(array) for other, array in HALVES.items()}
    for data in (file.getvalue(), pickle.dumps(Harmful(run))):
        put(tmp_path, {"a.npz": zipped({**good, f"{name}.npy": data})})
        with zipfile.ZipFile(tmp_path / "a.npz") as made:
            assert f"{name}.npy" in made.namelist()
        refusal(tmp_path / "a.npz")
    assert not run.exists()


GOOD: dict[str, bytes] = {
    "a.npz": archive(), "a.csv": table().encode(), "a.csv.gz": gzip.compress(table().encode(), mtime=0),
    "a.zip": zipped(idx_files()),
}  # fmt: skip
damage = st.tuples(
    st.sampled_from(sorted(GOOD)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6)), max_size=8),
    st.one_of(st.just(1.0), st.floats(0, 1)),
)


@given(damage)
def test_damaged_files_are_read_or_refused(tmp_path: Path, how: tuple[str, list[tuple[float, bytes]], float]) -> None:
    name, changes, cut = how
    array = bytearray(GOOD[name])
    for place, new in changes:
        start = int(place * len(array))
        array[start : start + len(new)] = new
    folder = put(tmp_path / name, {name: bytes(array[: max(1, int(len(array) * cut))])})
    _read_or_refuse(folder / name)


cell = st.one_of(
    st.integers(-5, 300).map(str),
    st.floats().map(repr),
    st.text(max_size=8),
    st.sampled_from(["label", "", " ", '"', '""', '"1"', "1_0", "0x1", "1e2", "1,5", "#", "\x00", "\ufeff", "\r"]),
)
row = st.lists(cell, min_size=1, max_size=7) | st.lists(st.integers(0, 255).map(str), min_size=5, max_size=5)


@given(st.lists(row, max_size=12), st.sampled_from(",;\t "))
def test_any_table_is_read_or_refused(tmp_path: Path, rows: list[list[str]], separator: str) -> None:
    text = "\n".join(separator.join(cells) for cells in rows)
    put(tmp_path, {"a.csv": text.encode("utf-8", "surrogatepass")})
    _read_or_refuse(tmp_path / "a.csv")


def _read_or_refuse(path: Path) -> None:
    try:
        dataset, _ = check_user_data(str(path))
    except DataError as error:
        said = str(error)
    else:
        said = path.name
        _check(dataset)
    assert path.name in said
    assert "\n" not in said


def _check(dataset: Dataset) -> None:
    parts = (dataset.train, dataset.validation, dataset.test)
    assert all(len(part) and len(part.images) == len(part.labels) for part in parts)
    assert all(int(part.labels.max()) < len(dataset.class_names) for part in parts)
