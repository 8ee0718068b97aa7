"""Every kind of file that people bring gives back the pictures and labels that were put into it."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.user import arrays, tables
from mnist_viz.data.user.user_data import check_user_data
from tests.data.own_files import (
    COUNT,
    IMAGES,
    LABELS,
    SIDE,
    idx,
    idx_files,
    npy,
    npz,
    picture_files,
    pictures,
    put,
    table,
    zipped,
)

PIXELS = ",".join(f"pixel{k}" for k in range(SIDE**2))
FLAT = IMAGES.reshape(COUNT, -1)
VARIED = np.where(np.arange(SIDE**2) == 0, np.arange(COUNT)[:, None] % 7 * 30, FLAT)
"""Pictures whose first pixel is not always the same."""
SORTED = np.repeat(FLAT, 60, axis=0)
ONE_HOT = np.eye(3, dtype=int)[LABELS]
HALVES: dict[str, NDArray[Any]] = {
    "x_train": IMAGES[:40],
    "y_train": LABELS[:40],
    "x_test": IMAGES[40:],
    "y_test": LABELS[40:],
}


def lines(rows: NDArray[np.generic], separator: str = ",") -> str:
    return "\n".join(separator.join(map(str, row)) for row in rows.tolist()) + "\n"


def one(name: str, data: bytes | str) -> Callable[[Path], Path]:
    return lambda folder: put(folder, {name: data}) / name


def many(files: Mapping[str, bytes | str], name: str = "") -> Callable[[Path], Path]:
    return lambda folder: put(folder / "data", dict(files)) / name


KINDS: dict[str, tuple[Callable[[Path], Path], str]] = {
    # IDX under any name; what a sentence must say comes second
    "idx, as published": (many(idx_files()), "Pixels from 0 to 255"),
    "idx, upper case": (many(idx_files("{}-IMAGES-{}-IDX{}-UBYTE".replace("IMAGES-", ""))), ""),
    "idx, packed under bare names": (many(idx_files(packed=True)), ""),
    "idx, plain under packed names": (many(idx_files("{}-{}-idx{}-ubyte.gz")), ""),
    "idx, one file alone": (many(idx_files(), "train-images-idx3-ubyte"), ""),
    "idx, of training alone": (
        many({"train-images.idx3-ubyte": idx(IMAGES), "train-labels.idx1-ubyte": idx(LABELS)}),
        "no validation and no test",
    ),
    "idx, of testing alone": (
        many({"t10k-images.idx3-ubyte": idx(IMAGES), "t10k-labels.idx1-ubyte": idx(LABELS)}),
        "only test examples",
    ),
    "idx of Kaggle, each file twice": (
        one(
            "archive.zip",
            zipped(
                {
                    **{f"{name}/{name}": data for name, data in idx_files().items()},
                    **idx_files("{}-{}.idx{}-ubyte"),
                }
            ),
        ),
        "",
    ),
    "idx of Zalando, with tables of the same": (
        many({**idx_files(), "fashion-mnist_train.csv": table(), "fashion-mnist_test.csv": table()}),
        "fashion-mnist_train.csv was left out",
    ),
    "idx of EMNIST, transposed": (
        many(
            {
                "emnist-digits-train-images-idx3-ubyte": idx(IMAGES.swapaxes(1, 2)),
                "emnist-digits-train-labels-idx1-ubyte": idx(LABELS),
            },
            "emnist-digits-train-images-idx3-ubyte",
        ),
        "turned upright",
    ),
    "csv of EMNIST, transposed": (one("emnist-digits-train.csv", table(IMAGES.swapaxes(1, 2))), "turned upright"),
    "npy under EMNIST's name, as it is": (
        many({"emnist-images.npy": npy(IMAGES), "emnist-labels.npy": npy(LABELS)}),
        "",
    ),
    "idx in a zip": (one("mnist.zip", zipped(idx_files("archive/{}-{}.idx{}-ubyte"))), ""),
    "idx, packed in a zip": (one("mnist.zip", zipped(idx_files("{}-{}-idx{}-ubyte.gz", packed=True))), ""),
    # Arrays
    "npz of Keras": (one("a.npz", npz(**HALVES)), "no validation"),
    "npz of scikit-learn": (
        one(
            "a.npz",
            npz(data=FLAT, images=IMAGES, target=LABELS, target_names=np.arange(3), DESCR=np.array("text"), frame=None),
        ),
        "",
    ),
    "npz without names": (one("a.npz", npz(arr_0=IMAGES, arr_1=LABELS)), ""),
    "npz of one-hot labels": (one("a.npz", npz(x=IMAGES, y=ONE_HOT)), ""),
    "npz of labels in a column": (one("a.npz", npz(x=IMAGES[:, None], y=LABELS[:, None].astype(float))), ""),
    "npz of shares of 1": (one("a.npz", npz(x=(IMAGES / 255).astype(np.float32), y=LABELS)), "Pixels from 0 to 1:"),
    "npz, the training part divided by 255": (
        one("a.npz", npz(**{**HALVES, "x_train": HALVES["x_train"] / 255})),
        "x_train from 0 to 1, x_test from 0 to 255",
    ),
    "npz of -1 to 1": (one("a.npz", npz(x=IMAGES / 127.5 - 1, y=LABELS)), "Pixels from -1 to 1"),
    "npz of 16 bits": (one("a.npz", npz(x=IMAGES.astype(np.uint16) * 257, y=LABELS)), "Pixels from 0 to 65535"),
    "npz, dark on light": (one("a.npz", npz(x=255 - IMAGES, y=LABELS)), "dark on light: all were turned"),
    "npz a part": (
        many({"train.npz": npz(x=IMAGES[:40], y=LABELS[:40]), "test.npz": npz(x=IMAGES[40:], y=LABELS[40:])}),
        "",
    ),
    "npy, a pair": (many({"digits_X.npy": npy(IMAGES), "digits_y.npy": npy(LABELS)}), ""),
    "npy, one of a pair": (many({"X.npy": npy(IMAGES), "y.npy": npy(LABELS), "other.txt": "x"}, "X.npy"), ""),
    "npy, parts in folders": (
        many(
            {
                "train/images.npy": npy(IMAGES[:40]),
                "train/labels.npy": npy(LABELS[:40]),
                "val/images.npy": npy(IMAGES[40:50]),
                "val/labels.npy": npy(LABELS[40:50]),
                "test/images.npy": npy(IMAGES[50:]),
                "test/labels.npy": npy(LABELS[50:]),
            }
        ),
        "",
    ),
    # Tables
    "csv of Kaggle": (one("train.csv", table(header=f"label,{PIXELS}")), "Labels: first column ('label') of 37."),
    "csv, the label last and the first pixel varying": (one("a.csv", table(VARIED, last=True)), "last column"),
    "csv, a header of counting numbers": (
        one("a.csv", table(last=True, header=",".join(map(str, range(SIDE**2 + 1))))),
        "The first line names the columns.",
    ),
    "csv of pandas with its index": (
        one("a.csv", ",label," + PIXELS + "\n" + lines(np.column_stack([np.arange(COUNT), LABELS, FLAT]))),
        "counts the rows",
    ),
    "csv with an index and no header": (
        one("a.csv", lines(np.column_stack([np.arange(COUNT), FLAT, LABELS]))),
        "counts the rows",
    ),
    "csv with the label in its midst": (
        one(
            "a.csv",
            "a,b,Class,"
            + ",".join(f"p{k}" for k in range(SIDE**2 - 2))
            + "\n"
            + lines(np.column_stack([FLAT[:, :2], LABELS, FLAT[:, 2:]])),
        ),
        "column 3 ('Class')",
    ),
    "csv of one-hot labels": (one("a.csv", lines(np.column_stack([FLAT, ONE_HOT]))), "one for each class"),
    "csv with trailing separators": (one("a.csv", table(header=f"label,{PIXELS}", end=",")), ""),
    "csv by NumPy with its header": (one("a.csv", table(header=f"# label,{PIXELS}")), "names the columns"),
    "csv with decimal commas": (
        one("a.csv", table((IMAGES / 255).round(4), separator=";").replace(".", ",")),
        "decimal commas",
    ),
    "txt with decimal commas": (
        one("a.txt", table((IMAGES / 255).round(4), separator=" ").replace(".", ",")),
        "decimal commas",
    ),
    "csv from Windows": (one("a.csv", "\ufeff" + table().replace("\n", "\r\n\r\n")), ""),
    "csv of quoted cells": (one("a.csv", '"' + table()[:-1].replace(",", '","').replace("\n", '"\n"') + '"'), ""),
    "csv of 0 to 16": (one("a.csv", table(IMAGES // 16 + IMAGES // 255)), "Pixels from 0 to 16: scaled to 0 to 1."),
    "csv, packed": (one("a.csv.gz", gzip.compress(table().encode())), ""),
    "csv, parts in a folder": (
        many({"mnist_train.csv": table(IMAGES[:40], LABELS[:40]), "mnist_test.csv": table(IMAGES[40:], LABELS[40:])}),
        "",
    ),
    "csv, a pair": (many({"X.csv": lines(FLAT), "y.csv": "label\n" + lines(LABELS[:, None])}), ""),
    "csv, sorted by its labels": (
        one("a.csv", table(SORTED, np.repeat(np.arange(3), 1200))),
        "Labels: first column of 37.",
    ),
    "csv of Kaggle, with a test set without labels": (
        many(
            {
                "train.csv": table(header=f"label,{PIXELS}"),
                "test.csv": PIXELS + "\n" + lines(FLAT),
                "sample_submission.csv": "ImageId,Label\n1,0\n2,0\n",
            }
        ),
        "test.csv was left out",
    ),
    "csv, a pair by pandas": (
        many({"X.csv": lines(FLAT), "y.csv": ",0\n" + lines(np.c_[np.arange(COUNT), LABELS])}),
        "",
    ),
    "arff of Weka": (
        one("a.arff", "% digits\n@RELATION digits\n@ATTRIBUTE p0 NUMERIC\n@DATA\n" + table(last=True)),
        "",
    ),
    "txt of NumPy": (one("a.txt", table(IMAGES.astype(float), LABELS.astype(float), separator=" ")), ""),
    "text of UCI": (
        many(
            {
                "opt.tra": table(IMAGES[:40], LABELS[:40], last=True),
                "opt.tes": table(IMAGES[40:], LABELS[40:], last=True),
            }
        ),
        "",
    ),
    "text of UCI, of one-hot labels": (
        one("semeion.data", lines(np.column_stack([FLAT, ONE_HOT]), " ").replace("\n", " \n")),
        "",
    ),
    # Pictures
    "pictures": (many(picture_files()), ""),
    "pictures, and what a Mac adds": (
        many({**picture_files(), "__MACOSX/0/._1.png": b"x", "0/.DS_Store": b"x", "Thumbs.db": b"x"}),
        "left out",
    ),
    "pictures in a zip": (one("phone.zip", zipped({**picture_files("phone/"), "__MACOSX/._phone": b"x"})), ""),
    "pictures in a zip from Windows": (
        one("a.zip", zipped({name.replace("/", "\\"): data for name, data in picture_files("a/").items()})),
        "",
    ),
    "pictures below parts in zips": (
        many({"train.zip": zipped(picture_files()), "notes.md": "notes", "model.npz": npz(w1=IMAGES)}),
        "",
    ),
}


def examples(path: Path) -> tuple[dict[bytes, str], tuple[str, ...]]:
    """The class of each picture in the data, and the sentences on how they were read."""
    dataset, summary = check_user_data(str(path))
    found = {}
    for part in (dataset.train, dataset.validation, dataset.test):
        for image, label in zip(part.images.reshape(-1, *dataset.image_shape), part.labels.tolist(), strict=True):
            inner = image[11:-11, 11:-11] if dataset.image_shape == (28, 28) else image
            found[np.ascontiguousarray(inner).tobytes()] = dataset.class_names[label]
    return found, (*summary.decided, *summary.warnings)


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_put_in_comes_back(tmp_path: Path, kind: str) -> None:
    make, said = KINDS[kind]
    found, notes = examples(make(tmp_path))
    if kind == "csv, sorted by its labels":
        assert said in " ".join(notes)
        return
    images = {"csv, the label last and the first pixel varying": VARIED, "csv of 0 to 16": None}.get(kind, FLAT)
    if images is None:
        images = np.rint((FLAT // 16 + FLAT // 255) / np.float32(16) * np.float32(255))
    assert found == {image.astype(np.uint8).tobytes(): str(label) for image, label in zip(images, LABELS, strict=True)}
    assert said in " ".join(notes)


def test_the_parts_are_those_of_the_files(tmp_path: Path) -> None:
    for kind, sizes in {"idx in a zip": (39, 6, 15), "npy, parts in folders": (40, 10, 10)}.items():
        dataset, _ = check_user_data(str(KINDS[kind][0](tmp_path / kind[:3])))
        assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == sizes


def test_labels_of_any_kind_are_classes_in_their_order(tmp_path: Path) -> None:
    kinds: list[tuple[list[object], tuple[str, ...]]] = [
        (["dog", "cat", "a bird"], ("a bird", "cat", "dog")),
        (["1", "2e0", "10"], ("1", "2", "10")),
        ([-3, 7, 100], ("-3", "7", "100")),
        (["item10", "item9", "b"], ("b", "item9", "item10")),
    ]
    for labels, names in kinds:
        path = one("a.csv", table(IMAGES, [labels[k] for k in LABELS]))(tmp_path)
        assert check_user_data(str(path))[0].class_names == names
        path = one("a.npz", npz(x=IMAGES, y=np.array([str(labels[k]) for k in LABELS])))(tmp_path)
        assert set(check_user_data(str(path))[0].class_names) == {str(label) for label in labels}


def test_arrays_of_pictures_have_several_shapes(tmp_path: Path) -> None:
    shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        ((784,), (28, 28)), ((28, 28, 1), (28, 28)), ((1, 28, 28), (28, 28)), ((8, 12), (8, 12)),
        ((16, 16, 3), (16, 16, 3)),
    ]  # fmt: skip
    for shape, expected in shapes:
        images = pictures(30, expected).reshape(30, *shape)
        dataset, _ = check_user_data(str(one("a.npz", npz(x_train=images, y_train=np.arange(30) % 2))(tmp_path)))
        assert dataset.image_shape == expected
        assert dataset.input_size == np.prod(expected)


def test_class_names_of_the_file_are_kept(tmp_path: Path) -> None:
    path = one("a.npz", npz(**HALVES, class_names=np.array(["shirt", "bag", "boot"])))(tmp_path)
    dataset, _ = check_user_data(str(path))
    assert dataset.class_names == ("shirt", "bag", "boot")
    assert (dataset.test.labels == HALVES["y_test"]).all()


def test_files_in_many_blocks_come_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (arrays, tables):
        monkeypatch.setattr(module, "BLOCK_BYTES", 200)
    for kind in ("npz of Keras", "csv of Kaggle", "idx, as published"):
        assert len(examples(KINDS[kind][0](tmp_path / kind))[0]) == COUNT


# What the user chooses


def test_the_label_column_can_be_chosen_and_a_doubtful_one_is_said(tmp_path: Path) -> None:
    odd = np.column_stack([LABELS, FLAT[:, 1:], LABELS % 2])
    path = one("a.csv", lines(odd))(tmp_path)
    _, summary = check_user_data(str(path))
    assert (summary.label_column, len(summary.classes)) == ("first", 3)
    for column in ("last", "37"):
        _, summary = check_user_data(f"label={column}:{path}")
        assert (summary.label_column, len(summary.classes)) == ("last", 2)
        assert "Labels: last column of 37." in summary.decided
    path = one("a.csv", lines(np.column_stack([LABELS, FLAT[:, 1:], (LABELS + 1) % 3])))(tmp_path)
    assert any("Another column may be the label" in warning for warning in check_user_data(str(path))[1].warnings)


def test_white_can_be_chosen(tmp_path: Path) -> None:
    path = one("a.npz", npz(x=IMAGES // 8, y=LABELS))(tmp_path)
    dataset, summary = check_user_data(str(path))
    assert (summary.white, summary.highest, int(dataset.train.images.max())) == (31, 31, 255)
    assert any("doubtful that 31 is white" in warning for warning in summary.warnings)
    dataset, summary = check_user_data(f"white=255:{path}")
    assert (summary.white, int(dataset.train.images.max())) == (255, 31)
    assert dataset.name == f"white=255:{path}"
    assert not any("doubtful" in warning for warning in summary.warnings)
