"""Files that are no such archive, broken ones, and ones that lie: refused without running or unpacking anything."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.recording.conftest import Refusal


def test_a_file_cut_off_anywhere_or_of_another_kind_is_refused(path: Path, refusal: Refusal) -> None:
    whole = path.read_bytes()
    for length in {0, 1, 3, 4, 29, len(whole) - 1, *range(0, len(whole), len(whole) // 60)}:
        path.write_bytes(whole[:length])
        refusal(path)
    for contents in (b"", b"hello", b"\x00" * 5000, b"PK\x03\x04" + b"\x00" * 100, b"\x93NUMPY\x01"):
        path.write_bytes(contents)
        assert refusal(path) == "model.npz is not a model file, or it is damaged"
    with zipfile.ZipFile(path, "w"):
        pass
    assert "no description" in refusal(path)
    refusal(path / "model.npz")
    path.unlink()
    assert refusal(path) == f"there is no file {path}"
    path.mkdir()
    assert refusal(path) == f"cannot read {path}: Is a directory"


def rewritten(path: Path, name: str, change: Callable[[bytes], bytes], compress: int = zipfile.ZIP_STORED) -> None:
    """Change one member of the archive."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members[f"{name}.npy"] = change(members[f"{name}.npy"])
    with zipfile.ZipFile(path, "w", compress) as archive:
        for filename, data in members.items():
            archive.writestr(filename, data)


def header(shape: tuple[int, ...], descr: str = "<f4") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def peak_while_refusing(path: Path, refusal: Refusal) -> int:
    refusal(path)  # what is imported and cached on the first time is not the file's
    tracemalloc.start()
    try:
        refusal(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "lie"),
    [
        ("w1", header((100_000, 80_000))),
        ("w1", header((6, 4, 10**12))),
        ("w1", header((10**18, 10**18))),
        ("w1", header((6, 4), "<f8")),
        ("w1", header((6, 4), f"<U{2**28}")),
        ("w1", header((-6, -4))),
        ("b2", header((2**40,))),
        ("meta", header((2**31,), "<U1")),
        ("meta", header((), f"<U{2**28}")),
        ("meta", header((10**18,), "<U1")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[10:].decode().strip()[:70],
)
def test_a_header_that_asks_for_gigabytes_gets_none(path: Path, name: str, lie: bytes, refusal: Refusal) -> None:
    rewritten(path, name, lambda data: lie + data[128:])
    assert peak_while_refusing(path, refusal) < 5_000_000


def test_a_member_that_is_no_array_is_refused_and_no_code_in_it_run(path: Path, refusal: Refusal) -> None:
    whole = path.read_bytes()
    long = b"\x93NUMPY\x02\x00" + (10**6).to_bytes(4, "little") + b" " * 10**6
    text = b"__import__('os').abort()".ljust(117) + b"\n"
    code = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    for change, compress, said in (
        (lambda data: long + data, zipfile.ZIP_STORED, "damaged"),
        (lambda data: code, zipfile.ZIP_STORED, "damaged"),
        (lambda data: data[:-4], zipfile.ZIP_STORED, "w1 is truncated"),
        (lambda data: data, zipfile.ZIP_BZIP2, "compressed in an unknown way"),
    ):
        path.write_bytes(whole)
        rewritten(path, "w1", change, compress)
        assert said in refusal(path)
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("w1.npy", archive.read("w2.npy"))
    assert "not those that its description" in refusal(path)


@pytest.mark.parametrize("name", ["w1", "meta"])
def test_an_archive_that_would_unpack_to_gigabytes_is_not_unpacked(path: Path, name: str, refusal: Refusal) -> None:
    rewritten(path, name, lambda data: data + bytes(60_000_000), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    assert peak_while_refusing(path, refusal) < 5_000_000


def test_a_packed_member_gives_no_more_than_it_claims(path: Path, refusal: Refusal) -> None:
    """Its directory says some bytes; what is packed would be a hundred million."""
    rewritten(path, "w1", lambda data: data + bytes(100_000_000), zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\1\2", 0, data.rfind(b"w1.npy"))
    size = 128 + 4 * 6 * 4
    data[entry + 24 : entry + 28] = size.to_bytes(4, "little")
    path.write_bytes(data)
    assert peak_while_refusing(path, refusal) < 5_000_000


def test_more_than_can_be_packed_into_a_file_is_refused_before_it_is_unpacked(path: Path, refusal: Refusal) -> None:
    rewritten(path, "w1", lambda data: header((1_000_000,)) + bytes(4_000_000), zipfile.ZIP_DEFLATED)
    assert "far more bytes than it has" in refusal(path)
    assert peak_while_refusing(path, refusal) < 1_000_000
