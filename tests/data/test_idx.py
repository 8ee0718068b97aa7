"""IDX files are read as published, and what is wrong with one is said in a sentence."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.data.errors import DataError
from mnist_viz.data.published import idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
HEADER = struct.pack(">HBBIII", 0, 8, 3, 2, 3, 4)
GOOD = HEADER + IMAGES.tobytes()


@pytest.mark.parametrize(("name", "packed"), [("images", False), ("images.gz", True), ("images", True)])
def test_a_file_gives_its_array_packed_or_not_whatever_its_name(tmp_path: Path, name: str, packed: bool) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(GOOD) if packed else GOOD)
    assert idx.read_shape(path) == (2, 3, 4)
    assert np.array_equal(idx.read(path), IMAGES)
    assert idx.read(path).dtype == np.uint8


def test_integers_of_32_bits_are_read_in_this_machines_order(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_bytes(struct.pack(">HBBII", 0, 12, 2, 2, 2) + struct.pack(">4i", 1, -2, 70_000, 4))
    assert idx.read_shape(path) == (2, 2)
    assert idx.read(path).tolist() == [[1, -2], [70_000, 4]]
    assert idx.read(path).dtype == np.int32
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="cut short: 27 of 28 bytes"):
        idx.read_shape(path)


@pytest.mark.parametrize("reader", [idx.read, idx.read_shape])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not an IDX file"),
        (b"<!DOCTYPE html><html>sign in</html>", "not an IDX file: it begins with b'<!DO'"),
        (struct.pack(">HBBII", 0, 0x0A, 2, 2, 2) + bytes(16), "type 0x0a"),
        (struct.pack(">HBB", 0, 8, 200) + bytes(800), "200 dimensions"),
        (GOOD[:9], "cut short within its header"),
        (struct.pack(">HBBIII", 0, 8, 3, 60_000, 4_000, 4_000), "claims to hold 960,000,000,000 bytes"),
    ],
)
def test_what_is_no_such_file_is_refused(
    tmp_path: Path, reader: Callable[[Path], object], data: bytes, said: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(DataError, match=said) as raised:
        reader(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("data", "said"),
    [(GOOD[:-1], r"cut short: \d+ of \d+ bytes"), (GOOD + b"x", "more than its header says")],
)
def test_a_wrong_length_is_found_out_whether_compressed_or_not(tmp_path: Path, data: bytes, said: str) -> None:
    plain, compressed = tmp_path / "file", tmp_path / "file.gz"
    plain.write_bytes(data)
    compressed.write_bytes(gzip.compress(data))
    for path in (plain, compressed):
        with pytest.raises(DataError, match=said):
            idx.read(path)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    whole = gzip.compress(GOOD)
    for data, said in (
        (whole[:-9], "cut short"),
        (whole[:-8] + bytes(8), "damaged"),  # the checksum
        (whole[:12] + b"\xff\xff\xff\xff" + whole[16:], "damaged"),  # the stream itself
    ):
        path.write_bytes(data)
        with pytest.raises(DataError, match=said):
            idx.read(path)


def test_a_missing_file_and_a_folder_in_its_place_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*nowhere"):
        idx.read(tmp_path / "nowhere")
    with pytest.raises(DataError, match="cannot be read"):
        idx.read_shape(tmp_path)
