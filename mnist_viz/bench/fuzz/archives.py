"""`.npz` archives are spoiled on every level: the bytes, the zip, the headers of arrays, their numbers, their JSON."""

import io
import json
import random
import struct
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from mnist_viz.bench.fuzz import traps
from mnist_viz.bench.fuzz.mutations import BOUNDARIES, changed_bytes, changed_json

BOMB_BYTES = 200_000_000
"""What the largest bombs unpack to; some hundreds of kilobytes themselves."""

Members = dict[str, bytes]

_SHAPES = (
    "()", "(0,)", "(1,)", "(3, 4)", "(-1,)", "(-3, -4)", "(8589934592,)", "(2147483648, 4)", "(92233720368547758070,)",
    "(1, 1, 1, 1, 1)", "(True,)", "(3.0,)", "'x'", "(3,", "(0, 9223372036854775807)", "[3]", "()*9", f"({'1, ' * 70})",
)  # fmt: skip
_KINDS = (
    "'<f4'", "'<f8'", "'<f2'", "'<f16'", "'>f4'", "'|u1'", "'<i8'", "'|b1'", "'<c8'", "'|O'", "'<U5'", "'<U9999999'",
    "'|S4'", "'|V8'", "'|V0'", "'<M8[s]'", "[('a', '<f4'), ('b', '|O')]", "[('a', '<f4', (1000, 1000, 1000))]",
    "[('w1', [('x', '<f4')])]", "'<f4,<f4'", "'|O,<i4'", "7", "None", "''", "__import__('os')",
)  # fmt: skip


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def archive_of(members: Members | list[tuple[str, bytes]], compress: int = zipfile.ZIP_STORED) -> bytes:
    """An archive with right checksums; names may be there twice."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", compress) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, data in members.items() if isinstance(members, dict) else members:
            info = zipfile.ZipInfo(name)
            info.compress_type = compress
            archive.writestr(info, data)
    return file.getvalue()


def changed_archive(rng: random.Random, data: bytes) -> bytes:
    if rng.random() < 0.15:
        return changed_bytes(rng, data)
    if rng.random() < 0.1:
        return _changed_directory(rng, data)
    return rng.choice(_CHANGES)(rng, members_of(data))


def npy(shape: str, kind: str, fortran: str, body: bytes, version: int = 1) -> bytes:
    header = f"{{'descr': {kind}, 'fortran_order': {fortran}, 'shape': {shape}, }}".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header) % (65536 if version == 1 else 2**32))
    return b"\x93NUMPY" + bytes((version, 0)) + length + header + body


def text_of(member: bytes) -> Any:
    return json.loads(str(np.load(io.BytesIO(member))))


def member_of(text: str) -> bytes:
    """An `.npy` with one text; what no UTF-8 can hold is written all the same."""
    raw = text.encode("utf-32-le", "surrogatepass")
    return npy("()", f"'<U{max(len(raw) // 4, 1)}'", "False", raw or bytes(4))


def _one(rng: random.Random, members: Members) -> str:
    return rng.choice(sorted(members))


def _bytes(rng: random.Random, members: Members) -> bytes:
    name = _one(rng, members)
    return archive_of({**members, name: changed_bytes(rng, members[name])})


def _header(rng: random.Random, members: Members) -> bytes:
    name = _one(rng, members)
    body = rng.choice((b"", bytes(48), members[name][128:], bytes(100_000)))
    fortran = rng.choice(("False", "False", "True", "7", "None"))
    made = npy(rng.choice(_SHAPES), rng.choice(_KINDS), fortran, body, rng.choice((1, 1, 2, 3, 9)))
    if rng.random() < 0.1:
        made = npy("(" + "1," * rng.choice((100, 30_000)) + ")", "'<f4'", "False", body, 2)
    return archive_of({**members, name: made}, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def _numbers(rng: random.Random, members: Members) -> bytes:
    """Some numbers of an array, or all, become others."""
    name = rng.choice([name for name in sorted(members) if name != "meta.npy"])
    if not members[name].startswith(b"\x93NUMPY"):
        return _bytes(rng, members)
    array = np.load(io.BytesIO(members[name])).copy()
    if not array.size:
        return archive_of(members)
    hostile = [np.nan, np.inf, -np.inf, -1, 0.5, 0, 1e30, 2**53, 2**63, 1e-40, -(2**31), 3, 1e300, 255, 256]
    flat = array.reshape(-1)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        where = slice(None) if rng.random() < 0.2 else [rng.randrange(flat.size) for _ in range(rng.choice((1, 2, 9)))]
        if array.dtype.kind in "US":
            flat[where] = rng.choice(("", "x", "-1", "\n", "a" * 40))
        else:
            flat[where] = np.array([rng.choice(hostile)]).astype(array.dtype)
        if rng.random() < 0.2:
            array = rng.choice((array[:-1], array[::-1], array.T, np.concatenate([array, array]), array.reshape(-1)))
        if rng.random() < 0.2 and array.dtype.kind not in "US":
            array = array.astype(rng.choice((np.float16, np.float64, np.int32, ">f4", "<U3")))
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return archive_of({**members, name: file.getvalue()})


def _meta(rng: random.Random, members: Members) -> bytes:
    if "meta.npy" not in members:
        return _numbers(rng, members)
    return archive_of({**members, "meta.npy": member_of(changed_json(rng, text_of(members["meta.npy"])))})


def _names(rng: random.Random, members: Members) -> bytes:
    listed = list(members.items())
    place = rng.randrange(len(listed))
    name, data = listed[place]
    match rng.randrange(6):
        case 0:
            del listed[place]
        case 1:
            listed.append((name, rng.choice((data, b"", data[:-1]))))
        case 2:
            others = _one(rng, members), "../evil.npy", "/etc/x.npy", "w99.npy", "\0.npy", "x" * 60_000, "w1/"
            listed[place] = rng.choice(others), data
        case 3:
            listed += [(f"w{k}.npy", b"") for k in range(rng.choice((5, 200, 5_000)))]
        case 4:
            listed.append((rng.choice(("evil.npy", "run1/frame9/model.npy", "notes.txt", "x_val.npy")), data))
        case _:
            rng.shuffle(listed)
    return archive_of(listed)


def _pickles(rng: random.Random, members: Members) -> bytes:
    name = rng.choice((_one(rng, members), "meta.npy", "notes.npy"))
    trap = rng.choice((traps.array_of_objects(), traps.pickled(), traps.pickled(0)))
    return rng.choice((archive_of({**members, name: trap}), trap, traps.array_of_objects()))


def _packed(rng: random.Random, members: Members) -> bytes:
    kinds = (zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    return archive_of(members, rng.choice(kinds))


def _bomb(rng: random.Random, members: Members) -> bytes:
    """A member unpacks to far more than the archive has bytes; the directory may say less than there is."""
    name, size = _one(rng, members), rng.choice((1_000_000, 30_000_000, BOMB_BYTES))
    if rng.random() < 0.9:
        size = min(size, 30_000_000)  # the largest take a while to make
    kind, width = rng.choice((("'<f4'", 4), ("'<f8'", 8), ("'|u1'", 1)))
    rows = size // width // 784
    shape = rng.choice((f"({size // width},)", f"({rows}, 784)", f"({rows}, 28, 28)", "(4, 3)"))
    bomb = npy(shape, kind, "False", bytes(size))
    if name == "meta.npy":
        bomb = npy("()", f"'<U{size // 4}'", "False", b" \0\0\0" * (size // 4))
    data = archive_of({**members, name: bomb}, zipfile.ZIP_DEFLATED)
    if rng.random() < 0.4:
        place = data.rfind(b"PK\1\2", 0, data.rfind(name.encode()))
        data = data[: place + 24] + struct.pack("<I", rng.choice((80, 128 + 48, 1000))) + data[place + 28 :]
    return data


_CHANGES: tuple[Callable[[random.Random, Members], bytes], ...] = (
    _bytes, _header, _header, _numbers, _numbers, _meta, _meta, _meta, _names, _pickles, _packed,
    # rarely: it takes longest
    lambda rng, members: _bomb(rng, members) if rng.random() < 0.15 else _meta(rng, members),
)  # fmt: skip


_FIELDS = {
    b"PK\1\2": (6, 8, 10, 16, 20, 24, 28, 30, 32, 42),
    b"PK\5\6": (4, 6, 8, 10, 12, 16, 20),
    b"PK\3\4": (4, 6, 8, 14, 18, 22, 26, 28),
}
"""Where the numbers stand in a zip's tables, after each signature (APPNOTE 4.3)."""


def _changed_directory(rng: random.Random, data: bytes) -> bytes:
    """A field of the zip's own tables becomes another number."""
    array = bytearray(data)
    starts = []
    for signature, fields in _FIELDS.items():
        at = data.find(signature)
        while at >= 0:
            starts += [at + field for field in fields]
            at = data.find(signature, at + 1)
    for _ in range(rng.choice((1, 1, 2))):
        at, width = rng.choice(starts), rng.choice((2, 4))
        array[at : at + width] = (rng.choice(BOUNDARIES) % 256**width).to_bytes(width, "little")
    return bytes(array)
