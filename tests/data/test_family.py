"""Every published data set comes out upright, of the right size and with labels from 0, whatever form it is published
in."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib.util
import io
import json
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.datasets import DataError, Dataset, available, load_dataset
from mnist_viz.data.published import readers
from mnist_viz.data.published.adapters import resampling
from mnist_viz.data.published.catalogue import ROWS, Row
from mnist_viz.data.published.raw import ARRAYS
from mnist_viz.data.splits import Split

if TYPE_CHECKING:
    from tests.data.conftest import Server

SPLIT = Split(train=50, validation=10, test=20)
PARTS = {"train": SPLIT.published_train, "test": SPLIT.test}

pytestmark = pytest.mark.usefixtures("cache")


def random(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng([seed, *shape]).integers(1, 256, shape, dtype=np.uint8)


def idx(array: NDArray[Any]) -> bytes:
    kind = 8 if array.dtype == np.uint8 else 12
    return (
        struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape)
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


def pickled_batch(images: NDArray[np.uint8], labels: list[int]) -> bytes:
    """A batch, opcode by opcode as Python 2 and the NumPy of 2009 pickled it: texts are bytes, protocol 2."""

    def text(data: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(data)) + data

    shape = b"".join(b"J" + struct.pack("<i", size) for size in images.shape) + b"\x86"
    dtype = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNN"
    dtype += b"J\xff\xff\xff\xff" * 2 + b"K\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
    array += b"(K\x01" + shape + dtype + b"\x89" + text(images.tobytes()) + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + text(b"data") + array + text(b"labels") + numbers + b"u."


@dataclass
class Published:
    """What a publisher sends: archives, what torchvision says of them, and the arrays that should come out."""

    row: Row
    archives: dict[str, bytes]
    says: dict[str, dict[str, Any]]
    expected: dict[str, NDArray[Any]]
    files: dict[str, bytes] = field(default_factory=dict)

    def write(self, data_dir: Path) -> None:
        """Put the unpacked files into a data folder."""
        assert self.row.raw is not None
        folder = data_dir / self.row.raw.folder
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def tiny(name: str, **changes: Any) -> Row:
    return replace(ROWS[name], split=SPLIT, **changes)


def emnist(kind: str) -> Published:
    files, expected = {}, {}
    for other, first in (("digits", 0), ("letters", 1), ("balanced", 0)):
        for part, count in PARTS.items():
            images = random((count, 28, 28), seed=len(other))
            labels = (np.arange(count) % 10 + first).astype(np.uint8)
            files[f"emnist-{other}-{part}-images-idx3-ubyte"] = idx(images)
            files[f"emnist-{other}-{part}-labels-idx1-ubyte"] = idx(labels)
            if other == kind:
                expected[f"{part}_images"] = images.transpose(0, 2, 1)
                expected[f"{part}_labels"] = labels - first
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in {**files, "emnist-byclass-train-images-idx3-ubyte": b"large"}.items():
            archive.writestr(f"gzip/{name}.gz", gzip.compress(data, mtime=0))
    data = packed.getvalue()
    says = {"EMNIST": {"url": "https://nowhere.invalid/x/gzip.zip", "md5": md5(data)}}
    return Published(tiny(f"emnist-{kind}"), {"gzip.zip": data}, says, expected, files)


def qmnist() -> Published:
    files: dict[str, bytes] = {}
    archives: dict[str, bytes] = {}
    expected: dict[str, NDArray[Any]] = {}
    resources: dict[str, list[tuple[str, str]]] = {}
    for part, count in PARTS.items():
        images, labels = random((count, 28, 28)), random((count, 8)).astype(np.int32) * 1000
        labels[:, 0] = np.arange(count) % 10
        expected[f"{part}_images"], expected[f"{part}_labels"] = images, labels[:, 0]
        resources[part] = []
        for name, array in (("images-idx3-ubyte", images), ("labels-idx2-int", labels)):
            file = f"qmnist-{part}-{name}"
            files[file] = idx(array)
            archives[f"{file}.gz"] = gzip.compress(files[file], mtime=0)
            resources[part].append((f"https://nowhere.invalid/q/{file}.gz", md5(archives[f"{file}.gz"])))
    return Published(tiny("qmnist"), archives, {"QMNIST": {"resources": resources}}, expected, files)


def usps() -> Published:
    """One black square of 4x4 in each picture, in different places."""
    files, expected, split_list = {}, {}, {}
    for part, file in (("train", "usps.bz2"), ("test", "usps.t.bz2")):
        lines = []
        for number in range(PARTS[part]):
            picture = np.full((16, 16), -1.0)
            top = number % 12
            picture[top : top + 4, 6:10] = 1
            values = " ".join(f"{index}:{value:.4g}" for index, value in enumerate(picture.ravel(), 1))
            lines.append(f"{number % 10 + 1} {values} \n")
        files[file] = bz2.compress("".join(lines).encode())
        split_list[part] = (f"https://nowhere.invalid/{file}", file, md5(files[file]))
        expected[f"{part}_labels"] = np.arange(PARTS[part]) % 10
    return Published(tiny("usps"), files, {"USPS": {"split_list": split_list}}, expected, files)


def cifar(name: str = "cifar10") -> Published:
    files, sums = {}, {}
    expected: dict[str, NDArray[Any]] = {}
    raw = ROWS[name].raw
    assert raw is not None
    for part, count in PARTS.items():
        keys = [key for key in raw.files if key.startswith(part)]
        images = random((count, 3, 32, 32))
        labels = np.arange(count) % 10
        for key, rows in zip(keys, np.array_split(np.arange(count), len(keys)), strict=True):
            data = pickled_batch(images[rows].reshape(len(rows), -1), labels[rows].tolist())
            files[raw.files[key]], sums[raw.files[key]] = data, md5(data)
        expected[f"{part}_images"], expected[f"{part}_labels"] = images.transpose(0, 2, 3, 1), labels
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for file, data in {**files, "batches.meta": b"more"}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{file}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    data = packed.getvalue()
    says = {"CIFAR10": {"url": "https://nowhere.invalid/cifar-10-python.tar.gz", "tgz_md5": md5(data)}}
    row = tiny(name, raw=replace(raw, md5=sums))
    return Published(row, {"cifar-10-python.tar.gz": data}, says, expected, files)


MAKERS: dict[str, Callable[[], Published]] = {
    "emnist-digits": lambda: emnist("digits"),
    "emnist-letters": lambda: emnist("letters"),
    "emnist-balanced": lambda: emnist("balanced"),
    "qmnist": qmnist,
    "usps": usps,
    "cifar10": cifar,
    "cifar10-grey": lambda: cifar("cifar10-grey"),
}


@pytest.fixture
def publish(
    server: Server, tmp_path: Path, fake_torchvision: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Published]:
    """Have a tiny set take the place of the real one, on the server and in what the program knows."""
    monkeypatch.setenv("MNIST_VIZ_MIRROR", server.url)

    def published(name: str) -> Published:
        made = MAKERS[name]()
        monkeypatch.setitem(ROWS, name, made.row)
        server.files.update(made.archives)
        (tmp_path / "path" / "torchvision" / "datasets" / "published.json").write_text(json.dumps(made.says))
        return made

    return published


def parts(dataset: Dataset, what: str) -> dict[str, NDArray[np.uint8]]:
    """Images or labels as they are published: validation is the end of the training part."""
    train = [getattr(part, what) for part in (dataset.train, dataset.validation)]
    return {"train": np.concatenate(train), "test": getattr(dataset.test, what)}


@pytest.mark.parametrize("name", MAKERS)
def test_a_set_is_fetched_and_comes_out_in_the_programs_form(
    publish: Callable[[str], Published], tmp_path: Path, server: Server, name: str
) -> None:
    made = publish(name)
    dataset = load_dataset(name, tmp_path / "fetched", download=True)
    assert dataset.image_shape == ROWS[name].image_shape
    assert dataset.input_size == np.prod(ROWS[name].image_shape)
    for part, labels in parts(dataset, "labels").items():
        assert np.array_equal(labels, made.expected[f"{part}_labels"])
    for part, images in parts(dataset, "images").items():
        if (expected := made.expected.get(f"{part}_images")) is not None and dataset.image_shape == expected.shape[1:]:
            assert np.array_equal(images, expected.reshape(len(expected), -1))
    assert len(server.hits) == len(made.archives)
    info = {info.name: info for info in available(tmp_path / "fetched")}[name]
    assert info.present
    assert info.fetched


@pytest.mark.parametrize("name", MAKERS)
def test_a_set_is_read_without_torchvision(
    publish: Callable[[str], Published],
    fake_torchvision: Callable[[str], None],
    tmp_path: Path,
    name: str,
) -> None:
    made = publish(name)
    made.write(tmp_path / "theirs")
    fake_torchvision("raise ImportError('No module named torch')")
    dataset = load_dataset(name, tmp_path / "theirs")
    assert dataset.source.endswith("(read by the program's own reader)")
    assert np.array_equal(dataset.test.labels, made.expected["test_labels"])


@pytest.mark.parametrize("name", MAKERS)
def test_a_truncated_file_is_refused_and_fetched_anew(
    publish: Callable[[str], Published], tmp_path: Path, name: str
) -> None:
    made = publish(name)
    made.write(tmp_path / "theirs")
    assert made.row.raw is not None
    path = tmp_path / "theirs" / made.row.raw.folder / next(iter(made.row.raw.files.values()))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match=path.name) as raised:
        load_dataset(name, tmp_path / "theirs")
    assert "\n" not in str(raised.value)
    dataset = load_dataset(name, tmp_path / "theirs", download=True)
    assert np.array_equal(dataset.test.labels, made.expected["test_labels"])


def test_emnists_one_archive_is_fetched_once(
    publish: Callable[[str], Published], tmp_path: Path, server: Server
) -> None:
    for name in ("emnist-digits", "emnist-letters", "emnist-balanced"):
        publish(name)
        load_dataset(name, tmp_path / "fetched", download=True)
    assert len(server.hits) == 1
    assert len(list((tmp_path / "fetched" / "EMNIST" / "raw").iterdir())) == 12


def test_cifar_in_grey_uses_the_files_of_cifar(
    publish: Callable[[str], Published], tmp_path: Path, server: Server
) -> None:
    publish("cifar10")
    colour = load_dataset("cifar10", tmp_path / "fetched", download=True)
    publish("cifar10-grey")
    grey = load_dataset("cifar10-grey", tmp_path / "fetched")
    assert len(server.hits) == 1
    assert np.array_equal(grey.train.labels, colour.train.labels)
    brightness = colour.train.images.reshape(-1, 3) @ [0.299, 0.587, 0.114]
    assert grey.train.images.mean() == pytest.approx(brightness.mean(), abs=1)


def test_usps_is_fitted_into_mnists_box_and_centred_by_mass(
    publish: Callable[[str], Published], tmp_path: Path
) -> None:
    publish("usps").write(tmp_path / "theirs")
    images = load_dataset("usps", tmp_path / "theirs").train.images.reshape(-1, 28, 28) / 255.0
    for number in (3, 6, 9):  # squares that are not so near the edge that they cannot be centred
        rows, columns = images[number].sum(axis=1), images[number].sum(axis=0)
        assert images[number].sum() == pytest.approx(25, rel=0.02)  # 4x4 of 16x16 is 5x5 of 20x20
        for mass in (rows, columns):
            assert (mass * np.arange(28)).sum() / mass.sum() == pytest.approx(14, abs=0.51)


@pytest.mark.parametrize(("old", "new"), [(16, 20), (32, 28), (28, 28)])
def test_resampling_keeps_what_is_even_and_what_is_a_slope(old: int, new: int) -> None:
    matrix = resampling(old, new)
    assert matrix.shape == (new, old)
    assert matrix.sum(axis=1) == pytest.approx(1)
    slope = (np.arange(old) + 0.5) / old
    assert (matrix @ slope)[2:-2] == pytest.approx(((np.arange(new) + 0.5) / new)[2:-2], abs=0.005)


# Names and numbers


def test_every_row_has_names_for_its_classes_and_splits_that_add_up() -> None:
    published = {
        "emnist-digits": (10, 280_000),
        "emnist-letters": (26, 145_600),
        "emnist-balanced": (47, 131_600),
        "qmnist": (10, 120_000),
        "usps": (10, 9_298),
        "cifar10": (10, 60_000),
        "cifar10-grey": (10, 60_000),
    }
    for row in ROWS.values():
        if row.raw is not None:
            classes, total = published.get(row.name, (10, 70_000))
            assert (len(row.class_names), row.split.total) == (classes, total)
        assert len(set(row.class_names)) == len(row.class_names)
        assert all(name and name == name.strip() for name in row.class_names)
        assert row.licence
        assert row.source


# CIFAR's pickles


@pytest.mark.filterwarnings("ignore:numpy.core")
def test_our_batches_are_what_pickle_makes_arrays_of() -> None:
    images = random((3, 3072))
    batch = pickle.loads(pickled_batch(images, [1, 2, 3]), encoding="bytes")
    assert np.array_equal(batch[b"data"], images)
    assert batch[b"labels"] == [1, 2, 3]


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("open('hacked', 'w').close()",)


def batch_files(tmp_path: Path, first: bytes) -> tuple[Published, dict[str, Path]]:
    """Tiny CIFAR files of which one batch is `first`, which even has the right checksum."""
    made = cifar()
    made.files["data_batch_1"] = first
    made.write(tmp_path)
    assert made.row.raw is not None
    raw = replace(made.row.raw, md5={**made.row.raw.md5, "data_batch_1": md5(first)})
    made.row = replace(made.row, raw=raw)
    return made, raw.locate(tmp_path, "CIFAR-10")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pickle.dumps({b"data": Hostile(), b"labels": []}), "it asks for builtins.exec"),
        (pickle.dumps(Path("x")), "it asks for pathlib"),
        (pickle.dumps([1, 2]), "is not a batch"),
        (pickled_batch(random((2, 100)), [1, 2]), "is not a batch"),
        (pickled_batch(random((2, 3072)), [1]), "is not a batch"),
        (b"", "is not a batch"),
    ],
    ids=["code", "an object", "a list", "another size", "a label short", "nothing"],
)
def test_a_batch_cannot_run_code_and_must_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made, files = batch_files(tmp_path, data)
    assert made.row.raw is not None
    with pytest.raises(DataError, match=said) as raised:
        readers.read(made.row.raw, files)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "hacked").exists()


def test_a_batch_with_another_checksum_is_not_looked_into(tmp_path: Path) -> None:
    made = cifar()
    made.write(tmp_path)
    assert made.row.raw is not None
    path = tmp_path / made.row.raw.folder / "data_batch_3"
    data = bytearray(path.read_bytes())
    data[-100] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=f"{path} is not as it was published"):
        readers.read(made.row.raw, made.row.raw.locate(tmp_path, "CIFAR-10"))


# USPS's text


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b"1 1:0.5 2:0.5\n", b"1 " + b"1:0 " * 256, b"1 " + b"".join(b"%d:7 " % n for n in range(1, 257))],
    ids=["nothing", "a page", "two values", "one index", "values out of range"],
)
def test_a_text_that_is_not_usps_is_refused(tmp_path: Path, text: bytes) -> None:
    raw = ROWS["usps"].raw
    assert raw is not None
    for name in raw.files.values():
        (tmp_path / name).write_bytes(bz2.compress(text))
    with pytest.raises(DataError, match=r"usps.bz2 does not hold lines of a label and 256 values"):
        readers.read(raw, raw.locate(tmp_path, "USPS"))


# The installed torchvision

needs_torchvision = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)

LIST = """
import json, sys
from types import SimpleNamespace
from mnist_viz.data.published.catalogue import ROWS
from mnist_viz.data.published.torchvision_child import import_torchvision
from mnist_viz.data.published.torchvision_download import archives_of
datasets, _ = import_torchvision()
listed = {}
for name, row in ROWS.items():
    if row.raw is not None:
        job = SimpleNamespace(raw=row.raw, mirror=None)
        archives = archives_of(job, getattr(datasets, row.raw.torchvision_class))
        listed[name] = [[archive.name, archive.md5, archive.urls] for archive in archives]
print(json.dumps(listed))
"""


@needs_torchvision
def test_the_installed_torchvision_says_where_every_archive_is() -> None:
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)
    listed = json.loads(done.stdout)
    assert {name: len(archives) for name, archives in listed.items()} == {
        "mnist": 4,
        "fashion-mnist": 4,
        "kmnist": 4,
        "emnist-digits": 1,
        "emnist-letters": 1,
        "emnist-balanced": 1,
        "qmnist": 4,
        "usps": 2,
        "cifar10": 1,
        "cifar10-grey": 1,
    }
    for archives in listed.values():
        for name, checksum, urls in archives:
            assert len(checksum) == 32
            assert urls
            assert all(url.startswith("http") and url.endswith(f"/{name}") for url in urls)
    assert len(listed["mnist"][0][2]) > 1  # MNIST has mirrors


READ = """
import json, sys
from pathlib import Path
from mnist_viz.data.published.prepare import Job
from mnist_viz.data.published.torchvision_child import read
import numpy as np
for line in sys.stdin:
    job = Job.from_json(line)
    arrays, reader = read(job, job.data_dir)
    np.savez(job.prepared, reader=reader, **arrays)
"""


@needs_torchvision
def test_the_installed_torchvision_reads_what_our_own_readers_read(tmp_path: Path) -> None:
    from mnist_viz.data.published.prepare import Job
    from mnist_viz.data.published.torchvision_child import read

    jobs = []
    for name in ("emnist-letters", "qmnist", "usps"):
        made = MAKERS[name]()
        made.write(tmp_path)
        assert made.row.raw is not None
        shapes, classes = made.row.shapes(SPLIT), len(made.row.class_names)
        jobs.append(Job(made.row.title, made.row.raw, shapes, classes, tmp_path, tmp_path / f"{name}.npz"))
    lines = "".join(job.to_json() + "\n" for job in jobs)
    subprocess.run([sys.executable, "-c", READ], input=lines, text=True, check=True)
    for job in jobs:
        theirs = np.load(job.prepared)
        ours, _ = read(replace(job, use_torchvision=False), tmp_path)
        assert str(theirs["reader"]).startswith("torchvision ")
        for name in ARRAYS:
            assert np.array_equal(theirs[name], ours[name])
