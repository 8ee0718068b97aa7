"""Files are written whole or not at all; pipes, devices and folders are not read."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from mnist_viz.system.files import check_writable, open_file, read_small, write_atomically

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOT_AS_ROOT = pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")


def full_disk(file: BinaryIO) -> None:
    file.write(b"half of it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def mistake(file: BinaryIO) -> None:
    file.write(b"half of it")
    raise RuntimeError("a mistake in the program")


def interrupted(file: BinaryIO) -> None:
    file.write(b"half of it")
    raise KeyboardInterrupt


def test_it_writes_a_new_file_and_replaces_an_old_one(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new", lambda file: file.write(b"contents"))
    assert (tmp_path / "new").read_bytes() == b"contents"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    (tmp_path / "file").write_bytes(b"what was there before, which was longer")
    write_atomically(tmp_path / "file", lambda file: file.write(b"new"))
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot write .*file: No space left on device$"):
        write_atomically(tmp_path / "file", full_disk)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"old")
    for failure in (full_disk, mistake, interrupted):
        with pytest.raises((OSError, RuntimeError, KeyboardInterrupt)):
            write_atomically(tmp_path / "file", failure)
        assert (tmp_path / "file").read_bytes() == b"old"
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    seen = []

    def write(file: BinaryIO) -> None:
        file.write(b"new")
        file.flush()
        seen.append(target.read_bytes())

    write_atomically(target, write)
    assert seen == [b"old"]
    assert target.read_bytes() == b"new"


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot write .*none/file: No such file or directory"):
        write_atomically(tmp_path / "none" / "file", lambda file: file.write(b""))
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match=r"cannot write .*file: "):
        write_atomically(tmp_path / "file", lambda file: file.write(b""))
    assert (tmp_path / "file").is_dir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"cannot write .*pipe: it is no file but a pipe or a device$"):
        write_atomically(tmp_path / "pipe", lambda file: file.write(b"new"))
    assert (tmp_path / "pipe").is_fifo()
    assert {path.name for path in tmp_path.iterdir()} == {"file", "pipe"}


def test_the_mode_of_an_old_file_is_kept_and_a_new_one_follows_the_umask(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(b"")
    old.chmod(0o640)
    write_atomically(old, lambda file: file.write(b"x"))
    assert old.stat().st_mode & 0o777 == 0o640
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", lambda file: file.write(b"x"))
        assert os.umask(0o027) == 0o027  # and the umask is as it was
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere/file")
    write_atomically(tmp_path / "link", lambda file: file.write(b"new"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "elsewhere/file").read_bytes() == b"new"


def test_a_long_name_has_room_for_the_temporary_one(tmp_path: Path) -> None:
    name = "ж" * 127  # 254 of 255 bytes
    write_atomically(tmp_path / name, lambda file: file.write(b"new"))
    assert (tmp_path / name).read_bytes() == b"new"


def test_the_folder_reaches_the_disk_after_the_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []
    original = os.fsync

    def look(descriptor: int) -> None:
        seen.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), (tmp_path / "file").exists()))
        original(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_atomically(tmp_path / "file", lambda file: file.write(b"new"))
    assert seen == [(False, False), (True, True)]


# Asking beforehand


def test_one_is_told_beforehand_whether_a_file_can_be_written_and_it_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_writable(tmp_path / "model.npz")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError, match=r"cannot write .*model.npz: there is no folder .*none"):
        check_writable(tmp_path / "none" / "model.npz")
    with pytest.raises(IsADirectoryError, match="it is a folder"):
        check_writable(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="no permission to write in"):
        check_writable(tmp_path / "model.npz")


@NOT_AS_ROOT
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="no permission to write in"):
            check_writable(tmp_path / "model.npz")
        with pytest.raises(OSError, match=r"cannot write .*: Permission denied"):
            write_atomically(tmp_path / "model.npz", lambda file: file.write(b""))
    finally:
        tmp_path.chmod(0o700)


# Reading


def test_a_file_and_a_link_to_one_are_read_and_a_small_one_may_have_just_so_many_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"contents")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with open_file(tmp_path / "file") as file, open_file(str(tmp_path / "link")) as link:
        assert file.read() == link.read() == b"contents"
    (tmp_path / "file").write_bytes(b"12345")
    assert read_small(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="file has more than 4 bytes"):
        read_small(tmp_path / "file", 4)


def test_pipes_devices_and_folders_are_refused_at_once_and_do_not_stay_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a pipe or a device"):
        open_file(tmp_path / "pipe")
    before = os.open(tmp_path, os.O_RDONLY)
    os.close(before)
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)
    after = os.open(tmp_path, os.O_RDONLY)
    os.close(after)
    assert after == before
    if Path("/dev/zero").exists():
        (tmp_path / "link").symlink_to("/dev/zero")
        with pytest.raises(OSError, match="a pipe or a device"):
            read_small(tmp_path / "link", 100)
