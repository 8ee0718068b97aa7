"""A CSV file becomes a data set: where the label stands, headers, kinds of numbers, and what is refused where."""

import gzip
import threading
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.user import csv_file, examples
from mnist_viz.data.user.user_data import check_user_data, load_user_data

RNG = np.random.default_rng(0)


def pictures(count: int = 30, side: int = 4) -> NDArray[np.uint8]:
    """Pictures whose corners are black, and whose third pixel tells the row."""
    images = RNG.integers(0, 256, (count, side * side), np.uint8)
    images[:, [0, -1]] = 0
    images[:, 2] = np.arange(count)
    return images


def rows(images: NDArray[np.generic], labels: Sequence[object], *, last: bool = False) -> list[str]:
    lines = []
    for image, label in zip(images.tolist(), labels, strict=True):
        cells = [*image, label] if last else [label, *image]
        lines.append(",".join(map(str, cells)))
    return lines


LABELS = [k % 3 for k in range(30)]


def write(path: Path, lines: Sequence[str], name: str = "a.csv", end: str = "\n") -> str:
    (path / name).write_text(end.join([*lines, ""]), encoding="utf-8", newline="")
    return str(path / name)


def read(path: str) -> tuple[NDArray[np.uint8], list[str]]:
    """Pictures and labels of a file in the order of its rows, put together again from the parts."""
    dataset = load_user_data(path)
    parts = (dataset.train, dataset.validation, dataset.test)
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    order = np.argsort(images[:, 2])
    return images[order], [dataset.class_names[label] for label in labels[order]]


def test_the_form_of_kaggle_is_read(tmp_path: Path) -> None:
    images = pictures(side=28)
    header = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    path = write(tmp_path, [header, *rows(images, LABELS)])
    dataset, summary = check_user_data(path)
    assert dataset.image_shape == (28, 28)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (24, 3, 3)
    found, labels = read(path)
    assert (found == images).all()
    assert labels == [str(label) for label in LABELS]
    assert summary.decided[:2] == ("The label is column 1 of 785.", "The first line names the columns.")


def test_without_a_header_no_row_is_lost(tmp_path: Path) -> None:
    images = pictures()
    assert (read(write(tmp_path, rows(images, LABELS)))[0] == images).all()


def test_a_label_at_the_end_is_found(tmp_path: Path) -> None:
    images = pictures()
    path = write(tmp_path, rows(images, LABELS, last=True))
    found, labels = read(path)
    assert (found == images).all()
    assert labels == [str(label) for label in LABELS]
    assert "column 17 of 17" in check_user_data(path)[1].decided[0]


def test_a_label_that_is_named_is_found_anywhere(tmp_path: Path) -> None:
    images = pictures()
    lines = [",".join([*row[:5], str(label), *row[5:]]) for row, label in zip(images.astype(str), LABELS, strict=True)]
    header = ",".join([f"p{k}" for k in range(5)] + ["Class"] + [f"p{k}" for k in range(5, 16)])
    found, labels = read(write(tmp_path, [header, *lines]))
    assert (found == images).all()
    assert labels == [str(label) for label in LABELS]


def test_a_header_of_numbers_is_a_header(tmp_path: Path) -> None:
    images = pictures()
    path = write(tmp_path, [",".join(["label", *map(str, range(16))]), *rows(images, LABELS)])
    assert (read(path)[0] == images).all()


@pytest.mark.parametrize("last", [False, True])
def test_texts_as_labels_need_no_header(tmp_path: Path, last: bool) -> None:
    images, names = pictures(), ["dog", "cat", "a bird"] * 10
    found, labels = read(write(tmp_path, rows(images, names, last=last)))
    assert (found == images).all()
    assert labels == names


def test_whole_numbers_count_as_such_however_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path, rows(pictures(), ["1", "1.0", "+1", "02", "2e0", "10"] * 5))
    assert load_user_data(path).class_names == ("1", "2", "10")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_understood(tmp_path: Path, separator: str) -> None:
    images = pictures()
    path = write(tmp_path, [line.replace(",", separator) for line in rows(images, LABELS)])
    assert (read(path)[0] == images).all()


def test_windows_lines_byte_order_marks_blank_lines_and_quotes_do_not_matter(tmp_path: Path) -> None:
    images = pictures()
    lines = rows(images, LABELS)
    lines[3] = ",".join(f'"{cell}"' for cell in lines[3].split(","))
    lines[7] = lines[7].replace(",", " , ")
    path = write(tmp_path, ["\ufeff" + lines[0], "", *lines[1:], "", ""], end="\r\n")
    assert (read(path)[0] == images).all()


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_a_packed_file_is_unpacked_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    images = pictures()
    plain = write(tmp_path, rows(images, LABELS), "plain.csv")
    (tmp_path / name).write_bytes(gzip.compress(Path(plain).read_bytes()))
    assert (read(str(tmp_path / name))[0] == images).all()


def test_shares_of_1_are_brought_to_255(tmp_path: Path) -> None:
    images = pictures()
    path = write(tmp_path, rows(images / 255, LABELS))
    assert (read(path)[0] == images).all()
    assert any("0 to 1" in sentence for sentence in check_user_data(path)[1].decided)


def test_what_later_rows_tell_of_white_holds_for_earlier_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 50)  # about a row at a time
    blank, shares, whole = np.zeros(16), np.full(16, 0.25), np.full(16, 200.0)
    first = np.concatenate([np.tile(row, (10, 1)) for row in (blank + 1, blank, shares)])
    assert set(np.unique(load_user_data(write(tmp_path, rows(first, LABELS))).train.images)) == {0, 64, 255}
    second = np.concatenate([np.tile(row, (10, 1)) for row in (blank + 1, shares, whole)])
    assert set(np.unique(load_user_data(write(tmp_path, rows(second, LABELS))).train.images)) == {0, 1, 200}


def test_a_file_in_many_blocks_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 200)
    images = pictures(200)
    found, labels = read(write(tmp_path, rows(images, [k % 7 for k in range(200)])))
    assert (found == images).all()
    assert labels == [str(k % 7) for k in range(200)]


# What is refused, and where it stands


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1," * 15 + "1", "line 6 of {} has 16 columns and not 17"),
        ("1," * 17 + "1", "line 6 of {} has 18 columns and not 17"),
        ("1,2,x" + ",0" * 14, "line 6, column 3 of {} holds 'x'"),
        ("1,2," + ",0" * 14, "line 6, column 3 of {} holds nothing"),
        ("1,256" + ",0" * 15, "line 6, column 2 of {} holds '256'"),
        ("1" + ",0" * 15 + ",-1", "line 6, column 17 of {} holds '-1'"),
        ("1,nan" + ",0" * 15, "line 6, column 2 of {} holds 'nan'"),
        ("1,1e999" + ",0" * 15, "line 6, column 2 of {} holds '1e999'"),
        (",1" + ",0" * 15, "the label '' (1 to 64 letters are needed) in line 6, column 1"),
        ("a" * 65 + ",0" * 16, "in line 6, column 1"),
        ("1,\ud800", "line 6 of {} is not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str, said: str) -> None:
    lines = [",".join(["label", *(f"p{k}" for k in range(16))]), *rows(pictures(), LABELS)]
    lines.insert(5, line)
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError) as caught:
        load_user_data(str(path))
    assert said.format(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "holds no rows"),
        ([",".join(["label", *"abcd"])], "holds no rows"),
        (["just a text"], "has 1 column: there must be a label and the pixels of a square"),
        (["1,2,3"], "has 3 columns"),
        ([",".join("0" * 784)], "look like pixels without a label"),
        ([",".join("0" * (129 * 129 + 1))], "at most 128 pixels"),
        (["0," * (1 << 19)], "line 1 of {} is too long"),
        ([f"{k},0" for k in range(300)], "more than 256 different labels in line 257"),
        (["1,0"] * 10, "fewer than two classes"),
        (["1,0", "2,0"], "at least 3 of a class"),
    ],
)
def test_a_file_that_is_no_data_set_is_refused(tmp_path: Path, lines: list[str], said: str) -> None:
    path = write(tmp_path, lines)
    with pytest.raises(DataError) as caught:
        load_user_data(path)
    assert said.format(path) in str(caught.value)


def test_a_packed_file_that_is_cut_short_is_said(tmp_path: Path) -> None:
    packed = gzip.compress("\n".join(rows(pictures(), LABELS)).encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[:-20])
    with pytest.raises(DataError, match="cut short or damaged"):
        load_user_data(str(tmp_path / "a.csv.gz"))


def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"0" * 50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="too long"):
            load_user_data(str(tmp_path / "a.csv.gz"))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_file_of_blank_lines_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "BLOCK_BYTES", 100)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"\n" * 10_000))
    cancel = threading.Event()
    said: list[str] = []

    def stop(text: str, fraction: float | None) -> None:
        said.append(text)
        if len(said) == 5:
            cancel.set()

    with pytest.raises(CancelledError):
        load_user_data(str(tmp_path / "a.csv.gz"), progress=stop, cancel=cancel)
    with pytest.raises(DataError, match="holds no rows"):
        load_user_data(str(tmp_path / "a.csv.gz"))


def test_what_would_fill_the_memory_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="give the program a part of them"):
        load_user_data(write(tmp_path, rows(pictures(), LABELS)))
