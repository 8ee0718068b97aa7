"""A few examples are had without reading or preparing a whole data set."""

import gzip
import threading
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.published.glimpse import glimpse


def write_images(folder: Path, images: np.ndarray, zipped: bool = False) -> None:
    """The files of an IDX data set, of which only the training pictures hold anything."""
    folder.mkdir(parents=True)
    for name in ("t10k-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"):
        (folder / name).touch()
    header = bytes((0, 0, 8, 3)) + np.array(images.shape, ">u4").tobytes()
    content = header + images.tobytes()
    name = "train-images-idx3-ubyte"
    (folder / f"{name}.gz").write_bytes(gzip.compress(content)) if zipped else (folder / name).write_bytes(content)


@pytest.mark.parametrize("zipped", [False, True])
def test_the_beginning_of_a_file_is_enough(tmp_path: Path, zipped: bool) -> None:
    images = np.arange(20 * 784, dtype=np.uint32).astype(np.uint8).reshape(20, 28, 28)
    write_images(tmp_path / "KMNIST" / "raw", images, zipped)
    np.testing.assert_array_equal(glimpse("kmnist", tmp_path, count=5), images[:5])


def test_a_file_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    write_images(tmp_path / "KMNIST" / "raw", np.zeros((3, 28, 28), np.uint8))
    with pytest.raises(DataError, match="is cut short: delete it and fetch it again"):
        glimpse("kmnist", tmp_path)


def test_a_damaged_archive_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "KMNIST" / "raw"
    write_images(folder, np.arange(20 * 784, dtype=np.uint32).astype(np.uint8).reshape(20, 28, 28), zipped=True)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:10] + b"\xff" * 200)  # the header of gzip is whole
    with pytest.raises(DataError, match="delete it and fetch it again"):
        glimpse("kmnist", tmp_path)


def test_what_is_not_here_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no KMNIST in"):
        glimpse("kmnist", tmp_path)


def test_what_the_program_makes_itself_can_be_cancelled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path / "cache"))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        glimpse("synthetic", tmp_path, cancel=cancel)
