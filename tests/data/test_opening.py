"""Files are opened; pipes, devices and folders are refused at once."""

import os
from pathlib import Path

import pytest

from mnist_viz.data.opening import open_file, read_small


def test_a_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"contents")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with open_file(tmp_path / "file") as file, open_file(str(tmp_path / "link")) as link:
        assert file.read() == link.read() == b"contents"


def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe or a device"):
        open_file(tmp_path / "pipe")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device here")
def test_a_device_that_never_ends_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="a pipe or a device"):
        read_small(tmp_path / "link", 100)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)


def test_what_is_refused_stays_not_open(tmp_path: Path) -> None:
    before = os.open(tmp_path, os.O_RDONLY)
    os.close(before)
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)
    after = os.open(tmp_path, os.O_RDONLY)
    os.close(after)
    assert after == before


def test_a_small_file_may_have_just_so_many_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_small(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="file has more than 4 bytes"):
        read_small(tmp_path / "file", 4)
