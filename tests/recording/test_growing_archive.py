"""An archive that grows is one that zipfile reads, after every write and after any end of the writing."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mnist_viz.recording.growing_archive import MARK, GrowingArchive, Member, mend


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "growing.npz"


@pytest.fixture
def archive(path: Path) -> Iterator[GrowingArchive]:
    with closing(GrowingArchive(path)) as made:
        yield made


def held(path: Path) -> dict[str, list[float]]:
    """What zipfile and NumPy find in it, with every checksum proved."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name].tolist() for name in arrays.files}


def test_what_is_kept_stays_and_what_is_new_replaces(archive: GrowingArchive, path: Path) -> None:
    first = archive.write({"a": np.arange(3), "b": np.array([[1, 2]], np.float32)}, [])
    assert held(path) == {"a": [0, 1, 2], "b": [[1, 2]]}
    archive.write({"a": np.arange(2)}, [first[1]])
    assert held(path) == {"a": [0, 1], "b": [[1, 2]]}
    archive.write({}, [first[0]])  # back to what was there before
    assert held(path) == {"a": [0, 1, 2]}
    assert path.stat().st_size == archive.size


def test_an_empty_array_and_an_empty_archive_are_whole(archive: GrowingArchive, path: Path) -> None:
    archive.write({"none": np.zeros((0, 9))}, [])
    assert held(path) == {"none": []}
    archive.write({}, [])
    assert held(path) == {}
    assert mend(path)
    assert held(path) == {}


def test_cut_off_at_any_byte_it_holds_what_was_last_complete(
    archive: GrowingArchive, path: Path, tmp_path: Path
) -> None:
    ends: list[int] = [0]
    states: list[object] = [None]
    members: list[Member] = []
    for number in range(3):
        members += archive.write({f"x{number}": np.full(5, number), "mark": np.frombuffer(MARK, np.uint8)}, members[:1])
        ends.append(archive.size)
        states.append(held(path))
    whole = path.read_bytes()
    cut = tmp_path / "cut.npz"
    for length in range(len(whole) + 1):
        cut.write_bytes(whole[:length])
        last = max(k for k, end in enumerate(ends) if end <= length)
        assert mend(cut) == (last > 0), length
        if last:
            assert cut.stat().st_size == ends[last]
    for last, end in enumerate(ends[1:], start=1):
        cut.write_bytes(whole[:end] + bytes(100_000))
        assert mend(cut)
        assert held(cut) == states[last]


def test_a_file_that_is_no_such_archive_is_not_mended(path: Path) -> None:
    for content in (b"", MARK, b"PK\5\6" + bytes(18) + MARK[:-1], bytes(18) + MARK, b"x" * 50 + MARK):
        path.write_bytes(content)
        assert not mend(path)
        assert path.read_bytes() == content


def test_a_write_that_fails_leaves_what_was_there(
    archive: GrowingArchive, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = archive.write({"a": np.arange(3)}, [])
    size = archive.size

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            archive.write({"b": np.arange(1000)}, members)
    assert path.stat().st_size == size
    assert held(path) == {"a": [0, 1, 2]}
    archive.write({"c": np.arange(2)}, members)
    assert held(path) == {"a": [0, 1, 2], "c": [0, 1]}


def test_more_members_than_sixteen_bits_count(archive: GrowingArchive, path: Path) -> None:
    archive.write({f"x{number}": np.zeros(1, np.uint8) for number in range(66_000)}, [])
    with zipfile.ZipFile(path) as read:
        assert len(read.namelist()) == 66_000
    assert mend(path)
    assert path.stat().st_size == archive.size


def test_a_torn_directory_does_not_hide_the_whole_one_before_it(archive: GrowingArchive, path: Path) -> None:
    """When the power fails, the end of what was written may be on the disk and its middle not."""
    members = archive.write({f"x{number}": np.arange(3) for number in range(200)}, [])
    whole = archive.size
    archive.write({"late": np.arange(3)}, members)
    with path.open("r+b") as file:
        file.seek(archive.size - 6000)
        file.write(bytes(1000))
    assert mend(path)
    assert path.stat().st_size == whole
    assert len(held(path)) == 200
