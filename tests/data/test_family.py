"""Every published data set is fetched by the installed torchvision and comes out upright, of the right size and with
labels from 0, whatever form it is published in."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib.util
import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.dataset import Split
from mnist_viz.data.datasets import Dataset, available, load_dataset
from mnist_viz.data.published import fetched, sets
from mnist_viz.data.published.catalogue import ROWS
from mnist_viz.data.published.conversion import resampling
from tests.data.own_files import idx

if TYPE_CHECKING:
    from tests.data.conftest import Server

SPLIT = Split(train=50, validation=10, test=20)
PARTS = {"train": SPLIT.published_train, "test": SPLIT.test}

RAW = {row.name: row.raw for row in ROWS.values() if row.raw is not None}

pytestmark = pytest.mark.usefixtures("cache")
needs_torchvision = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)


@dataclass
class Published:
    """What a publisher sends: archives, what torchvision's class says of them, and the arrays that should come out."""

    archives: dict[str, bytes]
    says: dict[str, Any]
    expected: dict[str, NDArray[Any]]


def random(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng([seed, *shape]).integers(1, 256, shape, dtype=np.uint8)


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def emnist(kind: str) -> Published:
    """One archive with the files of several kinds in it, packed one by one."""
    expected: dict[str, NDArray[Any]] = {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part, count in PARTS.items():
            for one, first in (("digits", 0), ("letters", 1), ("byclass", 0)):
                images, labels = random((count, 28, 28), first), (np.arange(count) % 10 + first).astype(np.uint8)
                for what, array in (("images-idx3", images), ("labels-idx1", labels)):
                    name = zipfile.ZipInfo(f"gzip/emnist-{one}-{part}-{what}-ubyte.gz")
                    archive.writestr(name, gzip.compress(idx(array), mtime=0))
                if one == kind:
                    expected |= {f"{part}_images": images.transpose(0, 2, 1), f"{part}_labels": labels - first}
    data = packed.getvalue()
    return Published({"gzip.zip": data}, {"url": "https://nowhere.invalid/gzip.zip", "md5": md5(data)}, expected)


def qmnist() -> Published:
    archives: dict[str, bytes] = {}
    expected: dict[str, NDArray[Any]] = {}
    resources: dict[str, list[tuple[str, str]]] = {part: [] for part in PARTS}
    for part, count in PARTS.items():
        images, labels = random((count, 28, 28)), random((count, 8)).astype(np.int32) * 1000
        labels[:, 0] = np.arange(count) % 10
        expected |= {f"{part}_images": images, f"{part}_labels": labels[:, 0]}
        for what, array in (("images-idx3-ubyte", images), ("labels-idx2-int", labels)):
            name = f"qmnist-{part}-{what}.gz"
            archives[name] = gzip.compress(idx(array), mtime=0)
            resources[part].append((f"https://nowhere.invalid/{name}", md5(archives[name])))
    return Published(archives, {"resources": resources}, expected)


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
        split_list[part] = [f"https://nowhere.invalid/{file}", file, md5(files[file])]
        expected[f"{part}_labels"] = np.arange(PARTS[part]) % 10
    return Published(files, {"split_list": split_list}, expected)


def cifar() -> Published:
    files = {"batches.meta": pickle.dumps({"label_names": ["airplane"]}, 2)}
    expected: dict[str, NDArray[Any]] = {}
    lists: dict[str, list[tuple[str, str]]] = {}
    for part, names in (("train", [f"data_batch_{k}" for k in range(1, 6)]), ("test", ["test_batch"])):
        count = PARTS[part]
        images, labels = random((count, 3, 32, 32)), np.arange(count) % 10
        for name, rows in zip(names, np.array_split(np.arange(count), len(names)), strict=True):
            batch = {"data": images[rows].reshape(len(rows), -1), "labels": labels[rows].tolist()}
            files[name] = pickle.dumps(batch, 2)
        lists[f"{part}_list"] = [(name, md5(files[name])) for name in names]
        expected |= {f"{part}_images": images.transpose(0, 2, 3, 1), f"{part}_labels": labels}
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="w", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for file, data in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{file}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    data = packed.getvalue()
    meta = {"filename": "batches.meta", "key": "label_names", "md5": md5(files["batches.meta"])}
    says = {"url": "https://nowhere.invalid/cifar-10-python.tar.gz", "tgz_md5": md5(data), "meta": meta, **lists}
    return Published({"cifar-10-python.tar.gz": data}, says, expected)


CIFAR = cifar()
MADE = {
    "emnist-digits": emnist("digits"),
    "emnist-letters": emnist("letters"),
    "qmnist": qmnist(),
    "usps": usps(),
    "cifar10": CIFAR,
    "cifar10-grey": CIFAR,
}

# The work of the child for many jobs, as importing torch takes long. A line: a job, what the class says of itself,
# and where the archives are.
CHILD = """
import json, os, sys
from types import SimpleNamespace
from mnist_viz.data.published import child
datasets = child.import_torchvision()
for line in sys.stdin:
    text, says, os.environ["MNIST_VIZ_MIRROR"] = json.loads(line)
    job = child.Job.from_json(text)
    for name, value in says.items():
        setattr(getattr(datasets, job.raw.torchvision_class), name, value)
    try:
        child.run(job, SimpleNamespace(stage=lambda *_: None, fail=print))
        said = "done"
    except child.DataError as error:
        said = str(error)
    job.clean()
    print(said, flush=True)
"""
Fetch = Callable[..., list[str]]


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    """A child process with the installed torchvision."""
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=pipe, stdout=pipe, text=True, bufsize=1, env=environment
    ) as child:
        yield child
        assert child.stdin is not None
        child.stdin.close()


@pytest.fixture
def data_dir(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder; the program knows the sets as tiny ones, and a server has their archives."""
    for name, made in MADE.items():
        monkeypatch.setitem(ROWS, name, replace(ROWS[name], split=SPLIT))
        server.files.update(made.archives)
    return tmp_path / "data"


@pytest.fixture
def fetch(process: subprocess.Popen[str], data_dir: Path, server: Server) -> Fetch:
    """What comes of fetching or reading these sets."""

    def fetch(*names: str, download: bool = True, mirror: str | None = None) -> list[str]:
        said = []
        assert process.stdin is not None
        assert process.stdout is not None
        for name in names:
            job = sets.job_for(ROWS[name], data_dir, download=download)
            assert job is not None
            line = [job.to_json(), MADE[name].says, server.url if mirror is None else mirror]
            process.stdin.write(json.dumps(line) + "\n")
            said.append(process.stdout.readline().rstrip("\n"))
        return said

    return fetch


def parts(dataset: Dataset, what: str) -> dict[str, NDArray[np.uint8]]:
    """Images or labels as they are published: validation is the end of the training part."""
    train = [getattr(part, what) for part in (dataset.train, dataset.validation)]
    return {"train": np.concatenate(train), "test": getattr(dataset.test, what)}


def check_usps(images: NDArray[np.uint8]) -> None:
    """Fitted into MNIST's box and centred by mass."""
    for number in (3, 6, 9):  # squares that are not so near the edge that they cannot be centred
        image = images[number].reshape(28, 28) / 255.0
        assert image.sum() == pytest.approx(25, rel=0.02)  # 4x4 of 16x16 is 5x5 of 20x20
        for mass in (image.sum(axis=1), image.sum(axis=0)):
            assert (mass * np.arange(28)).sum() / mass.sum() == pytest.approx(14, abs=0.51)


@needs_torchvision
def test_every_set_is_fetched_and_comes_out_in_the_programs_form(
    fetch: Fetch, data_dir: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetch(*MADE) == ["done"] * len(MADE)
    asked = Counter(hit.rsplit("/", 1)[-1] for hit in server.hits)
    assert len(set(asked.values())) == 1  # archives of two sets are not fetched twice
    monkeypatch.setattr("subprocess.Popen", None)  # they are mapped from here on
    for name, made in MADE.items():
        dataset = load_dataset(name, data_dir)
        assert dataset.image_shape == ROWS[name].image_shape
        for part, labels in parts(dataset, "labels").items():
            assert np.array_equal(labels, made.expected[f"{part}_labels"])
        for part, images in parts(dataset, "images").items():
            expected = made.expected.get(f"{part}_images")
            if expected is not None and expected.shape[1:] == dataset.image_shape:
                assert np.array_equal(images, expected.reshape(len(expected), -1))
        info = {info.name: info for info in available(data_dir)}[name]
        assert (info.present, info.fetched) == (True, True)
    check_usps(load_dataset("usps", data_dir).train.images)
    colour, grey = (load_dataset(name, data_dir).train.images for name in ("cifar10", "cifar10-grey"))
    assert grey.mean() == pytest.approx((colour.reshape(-1, 3) @ [0.299, 0.587, 0.114]).mean(), abs=1)


@dataclass
class Hostile:
    path: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@needs_torchvision
def test_what_is_not_as_it_was_published_is_not_decoded(fetch: Fetch, data_dir: Path, tmp_path: Path) -> None:
    assert fetch("usps", "cifar10") == ["done"] * 2
    fetched.note(data_dir, RAW["usps"]).unlink()  # as if somebody had put the files there
    fetched.note(data_dir, RAW["cifar10"]).unlink()
    (data_dir / "usps.bz2").write_bytes(bz2.compress(b"1 1:0.5\n"))
    (data_dir / "cifar-10-batches-py" / "data_batch_3").write_bytes(
        pickle.dumps({"data": Hostile(tmp_path / "hacked"), "labels": []})
    )
    for said in fetch("usps", "cifar10", download=False):
        assert "are not as they were published: fetch them again" in said
    assert not (tmp_path / "hacked").exists()
    assert fetch("usps", "cifar10") == ["done"] * 2


@needs_torchvision
def test_the_installed_torchvision_is_not_fooled_by_a_sign_in_page(fetch: Fetch, server: Server) -> None:
    server.files["usps.t.bz2"] = b"<html>Please sign in to this network</html>"
    (said,) = fetch("usps")
    assert f"what {server.host} sent is not USPS (damaged on its way, or the sign-in page" in said


# Names and numbers


def test_resampling_keeps_what_is_even_and_what_is_a_slope() -> None:
    for old, new in ((16, 20), (32, 28), (28, 28)):
        matrix = resampling(old, new)
        assert matrix.shape == (new, old)
        assert matrix.sum(axis=1) == pytest.approx(1)
        slope = (np.arange(old) + 0.5) / old
        assert (matrix @ slope)[2:-2] == pytest.approx(((np.arange(new) + 0.5) / new)[2:-2], abs=0.005)


def test_every_row_has_names_for_its_classes_and_splits_that_add_up() -> None:
    published = {
        "emnist-digits": (10, 280_000), "emnist-letters": (26, 145_600), "emnist-balanced": (47, 131_600),
        "qmnist": (10, 120_000), "usps": (10, 9_298), "cifar10": (10, 60_000), "cifar10-grey": (10, 60_000),
    }  # fmt: skip
    for row in ROWS.values():
        if row.raw is not None:
            classes, total = published.get(row.name, (10, 70_000))
            assert (len(row.class_names), row.split.total) == (classes, total)
        assert len(set(row.class_names)) == len(row.class_names)
        assert all(name and name == name.strip() for name in row.class_names)
        assert row.licence
        assert row.source
