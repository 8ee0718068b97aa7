"""Files are spoiled on every level by hypothesis: bytes, text, JSON, arrays, archives, pictures, what lies there."""

import base64
import gzip
import io
import json
import pickle
import sqlite3
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from mnist_viz.recording.session_database import checksum
from tests.data.own_files import npy
from tests.stress.formats import ODD, Files, Format, canary

Draw = st.DrawFn

BOUNDARIES = (
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1,
)  # fmt: skip
NUMBERS = st.tuples(st.sampled_from(BOUNDARIES), st.sampled_from((1, 2, 4, 8)), st.sampled_from(("little", "big"))).map(
    lambda each: (each[0] % 256 ** each[1]).to_bytes(each[1], each[2])
)
LARGE = 30_000_000
"""Bytes that a bomb unpacks to; some thousands itself."""


class Trap:
    """Unpickling one makes the file that `canary` names."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (canary(),)


def traps() -> list[bytes]:
    """Files that run code where somebody unpickles them."""
    array = np.array([Trap()] * 3, dtype=object)
    return [npy(array), pickle.dumps([Trap()], 0), pickle.dumps({b"data": Trap(), b"labels": [1]}, 4)]


@st.composite
def spoiled_files(draw: Draw, kind: Format, good: list[Files]) -> Files:
    """Files of a format of which one is damaged, hostile, of another kind, or no file at all."""
    files = draw(st.sampled_from(good))
    name = draw(st.sampled_from(sorted(files)))
    data = files[name]
    assert isinstance(data, bytes)
    how = draw(st.integers(0, 39))
    spoilt: st.SearchStrategy[bytes | str] = spoiled(name, data)
    if how == 0:
        spoilt = st.sampled_from([odd for odd in ODD if kind.sparse or odd != "sparse"])
    elif how == 1:
        spoilt = st.sampled_from([*traps(), b"", b"PK\3\4", b"PK\5\6" + bytes(18), b"x" * 99])
    elif how == 2 and kind.bombs:
        spoilt = st.sampled_from(kind.bombs).map(lambda make: make())
    elif how < 5 and kind.others:
        name, spoilt = draw(st.sampled_from(kind.others)), st.sampled_from([data, *traps(), b"", "circle"])
    return {**files, name: draw(spoilt)}


def spoiled(name: str, data: bytes) -> st.SearchStrategy[bytes]:
    """A file of another content, as its name says what it holds."""
    stem, _, ending = name.rpartition(".")
    if ending == "gz":
        return spoiled(stem, gzip.decompress(data)).map(lambda inner: gzip.compress(inner, 1))
    if data.startswith(b"\x89PNG"):
        ending = "png"
    ways: dict[str, Callable[[], st.SearchStrategy[bytes]]] = {
        "mnistviz": lambda: _database(data), "npz": lambda: _archive(data), "zip": lambda: _archive(data),
        "npy": lambda: _array(data), "json": lambda: _json(data.decode()), "png": lambda: _png(data),
        "csv": lambda: _lines(data.decode(), is_json=False), "jsonl": lambda: _lines(data.decode(), is_json=True),
    }  # fmt: skip
    if ending not in ways:
        return _bytes(data)
    deep = ways[ending]()
    return st.one_of(deep, deep, deep, _bytes(data))


@st.composite
def _bytes(draw: Draw, data: bytes) -> bytes:
    """Some pieces overwritten, put in, taken out, doubled or exchanged; the beginning, where sizes are, more often."""
    array = bytearray(data)
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 4)))):
        at = draw(st.one_of(st.integers(0, 40), st.integers(0, len(array))))
        length = draw(st.sampled_from((0, 1, 1, 2, 4, 16, 300)))
        old = bytes(array[at : at + length])
        fixed = st.sampled_from((b"", bytes(max(1, length)), b"\xff" * length, old * 2, old * 50, old[::-1]))
        array[at : at + length] = draw(st.one_of(st.binary(min_size=length, max_size=length), NUMBERS, fixed))
    return bytes(array)


# Text and JSON

RAW = {
    "\u2603inf": "1e400", "\u2603nan": "NaN", "\u2603minus": "-Infinity", "\u2603long": "1" * 5_000, "\u2603none": "",
    "\u2603deep": "[" * 20_000 + "]" * 20_000, "\u2603deeper": '{"a":' * 100_000, "\u2603lone": '"\\ud800"',
}  # fmt: skip
"""What stands in place of such a string in the text, where no value of JSON's could."""
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 9), st.sampled_from([2**31, 2**53, 2**63, 2**64, -(2**63), 10**30]),
    st.floats(), st.text(max_size=9), st.lists(st.integers(-1, 3), max_size=4), st.sampled_from(sorted(RAW)),
    st.sampled_from(["x" * 100_000, "../../etc/passwd", [[]], {"a": 1}, [2**62] * 3, [0] * 50_000]),
)  # fmt: skip


@st.composite
def _json(draw: Draw, text: str) -> bytes:
    """Some values are of another type, out of range, missing, or there twice."""
    root: dict[str, Any] = {"": json.loads(text)}
    for _ in range(draw(st.sampled_from((1, 1, 2, 4)))):
        place: Any = root
        key: Any = ""
        while isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 7)):
            place = place[key]
            key = draw(st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1))
        old, how = place[key], draw(st.integers(0, 12))
        if how == 0 and place is not root:
            del place[key]
        elif how == 1 and isinstance(place, list):
            place += place[key:][:100]
        elif how == 2 and isinstance(place, dict) and place is not root:
            place[draw(st.sampled_from((f"{key} ", str(key).upper(), "", "version")))] = place.pop(key)
        elif how == 3 and key == "layout" and isinstance(old, str) and old.isascii():  # bytes of Qt's own
            place[key] = base64.b64encode(draw(_bytes(base64.b64decode(old + "==")))).decode()
        elif how < 6 and type(old) in (int, float):
            place[key] = draw(st.sampled_from((old + 1, old - 1, -old, old * 1000, str(old), float(old))))
        else:
            place[key] = deepcopy(draw(VALUES))  # which may be spoiled further
    made = json.dumps(root[""], ensure_ascii=False)
    for marked, raw in RAW.items():
        made = made.replace(json.dumps(marked, ensure_ascii=False), raw)
    return made.encode("utf-8", "surrogatepass")


CELLS = (
    "", " ", "-1", "256", "1e400", "nan", "inf", "1_0", "0x1", '"', '"1,2"', "\0", "\ufeff", "\r", "ä", "label",
    "9" * 5000, "0" * 600_000, "1.5", "=1+1", "\ud800", "x" * 70, "None", "１",
    "0," * 500_000, "0,1\n" * 50_000,
)  # fmt: skip


@st.composite
def _lines(draw: Draw, text: str, *, is_json: bool) -> bytes:
    """Some lines or words are others; other ends of lines, other encodings."""
    lines = text.split("\n")
    for _ in range(draw(st.sampled_from((1, 1, 2, 5)))):
        at, how = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, 9))
        words = lines[at].replace(" ", ",").split(",")
        if how == 0:
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif how == 1:
            lines[at] = draw(st.sampled_from(CELLS))
        elif is_json and lines[at].startswith("{"):
            with suppress(RecursionError, ValueError):  # of one that was spoiled before
                lines[at] = draw(_json(lines[at])).decode("utf-8", "replace")
        else:
            place = draw(st.integers(0, len(words) - 1))
            words[place : place + draw(st.integers(0, 2))] = [draw(st.sampled_from(CELLS))]
            lines[at] = (" " if " " in lines[at] else ",").join(words)
    data = draw(st.sampled_from(("\n", "\n", "\n", "\r\n", "\r", "\n\n"))).join(lines)
    form = draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1")))
    return data.encode(form, "surrogatepass" if form == "utf-8" else "replace")


# Arrays and archives

SHAPES = (
    "()", "(0,)", "(1,)", "(3, 4)", "(-1,)", "(-3, -4)", "(20, 36)", "(8589934592,)", "(2147483648, 4)", "(True,)",
    "(3.0,)", "(92233720368547758070,)", "(1, 1, 1, 1, 1)", "'x'", "(3,", "(0, 9223372036854775807)", "[3]",
    f"({'1, ' * 70})", "(" + "1," * 30_000 + ")",
)  # fmt: skip
KINDS = (
    "'<f4'", "'<f8'", "'<f2'", "'<f16'", "'>f4'", "'|u1'", "'<i8'", "'|b1'", "'<c8'", "'|O'", "'<U5'", "'<U9999999'",
    "'|S4'", "'|V8'", "'|V0'", "'<M8[s]'", "[('a', '<f4'), ('b', '|O')]", "[('a', '<f4', (1000, 1000, 1000))]",
    "'|O,<i4'", "7", "None", "''", "__import__('os')",
)  # fmt: skip
HOSTILE = (np.nan, np.inf, -np.inf, -1, 0.5, 0, 1e30, 2**53, 2**63, 1e-40, -(2**31), 3, 1e300, 255, 256)


def _npy(shape: str, kind: str, order: str, body: bytes, version: int = 1) -> bytes:
    header = f"{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    length = struct.pack("<H", len(header) % 65536) if version == 1 else struct.pack("<I", len(header))
    return b"\x93NUMPY" + bytes((version, 0)) + length + header + body


@st.composite
def _array(draw: Draw, data: bytes) -> bytes:
    """The header claims something else, or some numbers are others; a text of JSON is spoiled as such."""
    array = np.load(io.BytesIO(data))
    if array.shape == () and array.dtype.kind == "U" and str(array)[:1] in "{[":
        raw = draw(_json(str(array))).decode("utf-8", "surrogatepass").encode("utf-32-le", "surrogatepass")
        return _npy("()", f"'<U{max(len(raw) // 4, 1)}'", "False", raw or bytes(4))
    if draw(st.booleans()):
        body = draw(st.sampled_from((b"", bytes(48), data[128:], bytes(100_000))))
        order = draw(st.sampled_from(("False", "False", "True", "7")))
        version = draw(st.sampled_from((1, 1, 2, 3, 9)))
        return _npy(draw(st.sampled_from(SHAPES)), draw(st.sampled_from(KINDS)), order, body, version)
    array = array.copy()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if array.size and array.dtype.kind in "US":
            array.flat[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(("", "x", "-1", "\n", "a" * 40)))
        elif array.size:
            where = draw(st.one_of(st.integers(0, array.size - 1), st.just(slice(None))))
            array.flat[where] = np.array(draw(st.sampled_from(HOSTILE))).astype(array.dtype)
            shorter = array[:-1] if array.ndim else array
            array = draw(st.sampled_from((array, array, shorter, array.T, array.reshape(-1))))
            array = array.astype(draw(st.sampled_from((array.dtype, array.dtype, "<f2", "<f8", "<i4", ">f4", "<U3"))))
    return npy(array)


def packed(members: list[tuple[str, bytes]], how: int = zipfile.ZIP_STORED) -> bytes:
    """An archive with right checksums; names may be there twice."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", how) as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = how
            archive.writestr(info, data)
    return file.getvalue()


FIELDS = {
    b"PK\1\2": (6, 8, 10, 16, 20, 24, 28, 30, 32, 42), b"PK\5\6": (4, 6, 8, 10, 12, 16, 20),
    b"PK\3\4": (4, 6, 8, 14, 18, 22, 26, 28),
}  # fmt: skip
"""Where the numbers stand in a zip's tables, after each signature (APPNOTE 4.3)."""


@st.composite
def _archive(draw: Draw, data: bytes) -> bytes:
    """A member, the list of members, or a field of the zip's own tables is another one."""
    how = draw(st.integers(0, 9))
    if how == 0:
        array, signature = bytearray(data), draw(st.sampled_from(sorted(FIELDS)))
        at = data.find(signature) + draw(st.sampled_from(FIELDS[signature]))
        number = draw(NUMBERS)
        array[at : at + len(number)] = number
        return bytes(array)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    place = draw(st.integers(0, len(members) - 1))
    name, old = members[place]
    if how == 1:
        del members[place]
    elif how == 2:
        others = (
            name,
            "../evil.npy",
            "/etc/x.npy",
            "w99.npy",
            "\0.npy",
            "x" * 60_000,
            "w1/",
            "notes.txt",
            "run1/a.npy",
        )
        members.append((draw(st.sampled_from(others)), draw(st.sampled_from([old, b"", old[:-1], *traps()]))))
    elif how == 3:
        members += [(f"w{k}.npy", b"") for k in range(draw(st.sampled_from((5, 200, 5_000))))]
    elif how == 4 and draw(st.integers(0, 9)) == 0:  # rarely: it takes longest
        shape, kind = draw(st.sampled_from((f"({LARGE},)", f"({LARGE // 784}, 784)", "(4, 3)"))), "'|u1'"
        members[place] = name, _npy(shape, kind, "False", bytes(LARGE))
    elif old:
        members[place] = name, draw(spoiled(name, old))
    return packed(members, draw(st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))))


COLUMN_VALUES = st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.binary(), st.none())


@st.composite
def _database(draw: Draw, data: bytes) -> bytes:
    """A row of a session is another one or gone; its checksum is mostly right."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.deserialize(data[:18] + b"\1\1" + data[20:])  # as a database without a log
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        rows = [(table, *row) for table in tables for row in db.execute(f"SELECT rowid, * FROM {table}")]
        if not rows:  # all of it is in the log
            return draw(_bytes(data))
        table, row, *old = draw(st.sampled_from(rows))
        names = [name for (name,) in db.execute(f"SELECT name FROM pragma_table_info('{table}')")]
        values: dict[str, Any] = dict(zip(names, old, strict=True))
        name = draw(st.sampled_from([*names, *(name for name in ("description", "content") if name in values)]))
        if name == "description" and values[name][:1] in ("{", "["):
            values[name] = draw(_json(values[name])).decode("utf-8", "replace")
        elif name == "content" and draw(st.booleans()):
            values[name] = draw(_bytes(values[name]))
        else:
            values[name] = draw(COLUMN_VALUES)
        if "checksum" in values and name != "checksum" and draw(st.integers(0, 9)):
            with suppress(TypeError, AttributeError):  # of a value of another type
                values["checksum"] = checksum(values.get("description", ""), values.get("content", b""))
        db.execute("PRAGMA ignore_check_constraints = ON")
        with suppress(sqlite3.Error, UnicodeError):  # of a type that the column does not take
            if draw(st.integers(0, 9)) == 0:
                db.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
            else:
                changed = ", ".join(f"{name} = ?" for name in names)
                db.execute(f"UPDATE OR REPLACE {table} SET {changed} WHERE rowid = ?", (*values.values(), row))
        return bytes(db.serialize())


@st.composite
def _png(draw: Draw, png: bytes) -> bytes:
    """A chunk changed, doubled, taken out or put in, the pixels packed again, all with right checksums."""
    chunks, at = list[tuple[bytes, bytes]](), 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    place, how = draw(st.integers(0, len(chunks) - 1)), draw(st.integers(0, 3))
    kind, body = chunks[place]
    if how == 0:
        zipped = zlib.compress(bytes(draw(st.sampled_from((10, 10_000, LARGE)))))
        extra = [(b"zTXt", b"k\0\0" + zipped), (b"iCCP", b"k\0\0" + zipped), (b"iTXt", b"k\0\1\0\0\0" + zipped)]
        bare = st.tuples(st.sampled_from((b"eXIf", b"tRNS", b"acTL", b"PLTE")), st.binary(max_size=40))
        chunks.insert(1, draw(st.one_of(st.sampled_from(extra), bare)))
    elif how == 1:
        chunks[place : place + 1] = draw(st.sampled_from(([], [chunks[place]] * 2)))
    elif kind == b"IDAT":
        chunks[place] = kind, zlib.compress(draw(_bytes(zlib.decompress(body))))
    else:
        chunks[place] = kind, draw(_bytes(body))
    return png[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
