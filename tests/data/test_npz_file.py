"""An `.npz` archive becomes a data set: names, shapes and kinds of numbers, and what is refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data import npz
from mnist_viz.data.errors import DataError
from mnist_viz.data.user import archive as user_archive
from mnist_viz.data.user import examples
from mnist_viz.data.user.user_data import check_user_data, load_user_data

RNG = np.random.default_rng(0)


def images(count: int = 12, shape: tuple[int, ...] = (28, 28)) -> NDArray[np.uint8]:
    return RNG.integers(0, 256, (count, *shape), np.uint8)


def labels(count: int = 12, classes: int = 3) -> NDArray[np.int64]:
    return np.arange(count) % classes


def archive(path: Path, **arrays: Any) -> str:
    """An archive with training and test examples, or with others in their place."""
    whole: dict[str, Any] = {
        "x_train": images(),
        "y_train": labels(),
        "x_test": images(6),
        "y_test": labels(6),
    } | arrays
    np.savez(path / "a.npz", **{name: array for name, array in whole.items() if array is not None})
    return str(path / "a.npz")


def test_the_names_of_keras_are_understood(tmp_path: Path) -> None:
    x_train, x_test = images(30), images(6)
    path = archive(tmp_path, x_train=x_train, y_train=labels(30), x_test=x_test)
    dataset, summary = check_user_data(path)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (27, 3, 6)
    assert (dataset.test.images == x_test.reshape(6, -1)).all()
    assert (dataset.test.labels == labels(6)).all()
    assert dataset.class_names == ("0", "1", "2")
    assert any("There are no validation examples" in sentence for sentence in summary.decided)


@pytest.mark.parametrize("form", ["{}_images {}_labels", "{}_x {}_y", "X_{} Y_{}"])
def test_other_names_are_understood_too(tmp_path: Path, form: str) -> None:
    arrays: dict[str, Any] = {}
    for part, count in (("train", 12), ("val", 3), ("test", 6)):
        x, y = form.replace("{}", part).split()
        arrays |= {x: images(count), y: labels(count)}
    np.savez(tmp_path / "a.npz", **arrays)
    dataset = load_user_data(str(tmp_path / "a.npz"))
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (12, 3, 6)


def test_one_part_alone_is_split(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=images(60), y=labels(60))
    dataset = load_user_data(str(tmp_path / "a.npz"))
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (48, 6, 6)
    assert (np.bincount(dataset.test.labels) == 2).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((784,), (28, 28)),
        ((28, 28, 1), (28, 28)),
        ((1, 28, 28), (28, 28)),
        ((8, 12), (8, 12)),
        ((16, 16, 3), (16, 16, 3)),
    ],
)
def test_pictures_have_several_shapes(tmp_path: Path, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    x = images(6, shape)
    dataset = load_user_data(archive(tmp_path, x_train=images(12, shape), x_test=x))
    assert dataset.image_shape == expected
    assert (dataset.test.images == x.reshape(6, -1)).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_fractions_are_shares_of_white(tmp_path: Path, dtype: str) -> None:
    x = images(6)
    path = archive(tmp_path, x_train=(images() / 255).astype(dtype), x_test=(x / 255).astype(dtype))
    dataset, summary = check_user_data(path)
    assert np.abs(dataset.test.images.astype(int) - x.reshape(6, -1)).max() <= (dtype == "float16")
    assert any("0 to 1" in sentence for sentence in summary.decided)


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint16", "int8"])
def test_numbers_to_255_stay(tmp_path: Path, dtype: str) -> None:
    x = images(6) // 3
    dataset = load_user_data(archive(tmp_path, x_train=(images() // 3).astype(dtype), x_test=x.astype(dtype)))
    assert (dataset.test.images == x.reshape(6, -1)).all()


def test_fractions_up_to_255_are_rounded(tmp_path: Path) -> None:
    dataset = load_user_data(archive(tmp_path, x_train=images() * 0.9, x_test=images(6) * 0 + 100.4))
    assert (dataset.test.images == 100).all()


def test_fractions_below_1_at_the_beginning_do_not_mislead(tmp_path: Path) -> None:
    dataset, summary = check_user_data(archive(tmp_path, x_train=images() / 256, x_test=images(6) * 0 + 200.0))
    assert (dataset.test.images == 200).all()
    assert dataset.train.images.max() <= 1
    assert not any("0 to 1" in sentence for sentence in summary.decided)


@pytest.mark.parametrize("dtype", ["bool", "uint8"])
def test_pictures_of_nothing_but_0_and_1_become_black_and_white(tmp_path: Path, dtype: str) -> None:
    path = archive(tmp_path, x_train=(images() > 99).astype(dtype), x_test=(images(6) > 99).astype(dtype))
    assert set(np.unique(load_user_data(path).train.images)) == {0, 255}


def test_a_large_array_comes_whole_though_it_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_archive, "BLOCK_BYTES", 5_000)
    x, y = images(50), labels(50)
    dataset = load_user_data(archive(tmp_path, x_test=x, y_test=y))
    assert (dataset.test.images == x.reshape(50, -1)).all()
    assert (dataset.test.labels == y).all()


def test_an_array_stored_column_by_column_is_turned(tmp_path: Path) -> None:
    x = images(6)
    assert (load_user_data(archive(tmp_path, x_test=np.asfortranarray(x))).test.images == x.reshape(6, -1)).all()


# Labels


def test_any_whole_numbers_are_classes_in_their_order(tmp_path: Path) -> None:
    y = np.array([100, -3, 7] * 4)
    dataset = load_user_data(archive(tmp_path, y_train=y, y_test=y[:6]))
    assert dataset.class_names == ("-3", "7", "100")
    assert dataset.test.labels.tolist() == [2, 0, 1, 2, 0, 1]


def test_texts_are_classes_too(tmp_path: Path) -> None:
    y = np.array(["dog", "cat", "item10", "item9"] * 3)
    dataset = load_user_data(archive(tmp_path, y_train=y, y_test=y[:6]))
    assert dataset.class_names == ("cat", "dog", "item9", "item10")
    assert dataset.test.labels.tolist() == [1, 0, 3, 2, 1, 0]


def test_bytes_count_as_texts(tmp_path: Path) -> None:
    y = np.array([b"dog", b"cat"] * 6)
    assert load_user_data(archive(tmp_path, y_train=y, y_test=y[:6])).class_names == ("cat", "dog")


def test_labels_in_a_column_and_as_floats_are_understood(tmp_path: Path) -> None:
    dataset = load_user_data(archive(tmp_path, y_train=labels().reshape(-1, 1), y_test=labels(6).astype(float)))
    assert dataset.class_names == ("0", "1", "2")


def test_class_names_of_the_file_are_kept(tmp_path: Path) -> None:
    dataset, summary = check_user_data(archive(tmp_path, class_names=np.array(["shirt", "bag", "boot", "coat"])))
    assert dataset.class_names == ("shirt", "bag", "boot", "coat")
    assert (dataset.test.labels == labels(6)).all()
    assert any("coat" in warning for warning in summary.warnings)


# What is refused


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x_train": None, "y_train": None}, "name them x_train, y_train"),
        ({"y_test": None}, "holds x_test and no y_test"),
        ({"x_train": None}, "holds y_train and no x_train"),
        ({"y_train": labels(11)}, "12 pictures in x_train and 11 labels in y_train"),
        ({"y_train": np.eye(3)[labels()]}, "not a column for each"),
        ({"y_train": labels() + 0.5}, "holds the label 0.5"),
        ({"y_train": np.full(12, np.nan)}, "holds the label nan"),
        ({"y_train": np.array(["a" * 70, "b"] * 6)}, "1 to 64 letters"),
        ({"y_train": np.array(["a" * 7000, "b"] * 6)}, "shorten them"),
        ({"y_train": np.array(["", "b"] * 6)}, "label ''"),
        ({"x_train": images(300, (2, 2)), "y_train": np.arange(300), "x_test": images(6, (2, 2))}, "more than 256"),
        ({"y_train": np.array(["a", 3], dtype=object)[labels(12, 2)]}, "Python objects"),
        ({"x_train": images().astype(object)}, "Python objects"),
        ({"x_train": images() - 1.0}, "holds the number -1"),
        ({"x_train": images().astype(int) * 200}, "from 0 to 255, or from 0 to 1"),
        ({"x_train": np.full((12, 28, 28), np.inf)}, "not finite"),
        ({"x_train": images().astype(complex)}, "pictures must be numbers"),
        ({"x_train": images(12, (28, 28, 4))}, "must have the shape"),
        ({"x_train": images(12, (3, 16, 16))}, "must have the shape"),
        ({"x_train": images(12, (783,))}, "of a square"),
        ({"x_train": images(12, (200, 20))}, "1 to 128 pixels"),
        ({"x_train": images(12, (0, 5))}, "1 to 128 pixels"),
        ({"x_train": images(12, (20, 20))}, "bring them to one size"),
        ({"x_train": images(12, ())}, "pictures must be numbers"),
        ({"x_train": images(0), "y_train": labels(0)}, "no training examples"),
        ({"y_train": labels() * 0, "y_test": labels(6) * 0}, "fewer than two classes"),
        ({"class_names": np.array(["a", "b"])}, "leave the class names out"),
        ({"class_names": np.array(["a", "a", "b"])}, "a name twice"),
        ({"class_names": np.arange(3)}, "class names must be"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    path = archive(tmp_path, **arrays)
    with pytest.raises(DataError) as caught:
        load_user_data(path)
    text = str(caught.value)
    assert said in text
    assert "a.npz" in text
    assert "\n" not in text


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*none\.npz: check the name"):
        load_user_data(str(tmp_path / "none.npz"))


def test_a_file_that_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"not a zip file")
    with pytest.raises(DataError, match=r"no \.npz archive, or it is damaged"):
        load_user_data(str(tmp_path / "a.npz"))


def with_header(path: Path, shape: str, descr: str = "|u1", body: bytes = b"", length: int | None = None) -> str:
    """An archive whose x_train has a header that was written by hand."""
    good = io.BytesIO()
    np.savez(good, y_train=labels(), x_test=images(6), y_test=labels(6))
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body
    with zipfile.ZipFile(good, "a") as file:
        file.writestr("x_train.npy", data)
    (path / "a.npz").write_bytes(good.getvalue())
    return str(path / "a.npz")


@pytest.mark.parametrize(
    ("shape", "descr"),
    [
        ("(10000000000000, 28, 28)", "|u1"),
        ("(-1, 28, 28)", "|u1"),
        ("(12, -28, -28)", "|u1"),
        ("(12, 28, 28)", "|O"),
        ("(0, 28, 28)", "<U999999999"),
        ("(" * 400, "|u1"),
    ],
)
def test_a_header_that_lies_is_found_out_before_anything_is_read(
    tmp_path: Path, shape: str, descr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("an array was read")

    monkeypatch.setattr(npz, "_exactly", refuse)
    with pytest.raises(DataError):
        load_user_data(with_header(tmp_path, shape, descr))


def test_what_would_fill_the_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "MOST_BYTES", 10_000)
    monkeypatch.setattr(user_archive.UserArchive, "blocks", None)
    with pytest.raises(DataError, match="GiB of memory: give the program a part of them"):
        load_user_data(archive(tmp_path))
