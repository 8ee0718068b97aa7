"""Bytes and JSON are spoiled, each time in another way."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

BOUNDARIES = (
    0,
    1,
    2,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**64 - 1,
)


def changed_bytes(rng: random.Random, data: bytes) -> bytes:
    """Some bytes flipped, overwritten, put in, taken out, doubled or exchanged."""
    array = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        rng.choice(_CHANGES)(rng, array)
        if not array:
            array += b"\0"
    return bytes(array)


def _flip(rng: random.Random, array: bytearray) -> None:
    array[rng.randrange(len(array))] ^= 1 << rng.randrange(8)


def _overwrite(rng: random.Random, array: bytearray) -> None:
    start, length = rng.randrange(len(array)), rng.choice((1, 2, 4, 16, 100))
    array[start : start + length] = rng.choice((rng.randbytes(length), bytes(length), b"\xff" * length))[: len(array)]


def _boundary(rng: random.Random, array: bytearray) -> None:
    width = rng.choice((1, 2, 4, 8))
    start = rng.randrange(len(array))
    value = rng.choice(BOUNDARIES) % 256**width
    array[start : start + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _insert(rng: random.Random, array: bytearray) -> None:
    start = rng.randrange(len(array) + 1)
    array[start:start] = rng.randbytes(rng.choice((1, 2, 7, 300)))


def _remove(rng: random.Random, array: bytearray) -> None:
    start = rng.randrange(len(array))
    del array[start : start + rng.choice((1, 2, 4, 50, 1000))]


def _double(rng: random.Random, array: bytearray) -> None:
    start = rng.randrange(len(array))
    chunk = array[start : start + rng.choice((1, 8, 64, 1000))]
    place = rng.randrange(len(array))
    array[place:place] = chunk * rng.choice((1, 1, 2, 50))


def _exchange(rng: random.Random, array: bytearray) -> None:
    length = rng.choice((1, 4, 32, 200))
    one, two = rng.randrange(len(array)), rng.randrange(len(array))
    array[one : one + length], array[two : two + length] = array[two : two + length], array[one : one + length]


_CHANGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _flip, _flip, _overwrite, _boundary, _boundary, _insert, _remove, _double, _exchange,
)  # fmt: skip

# JSON

_RAW = {
    "inf": "1e400",
    "nan": "NaN",
    "minus": "-Infinity",
    "long": "1" * 5_000,
    "digits": "9" * 4_000,
    "deep": "[" * 20_000 + "]" * 20_000,
    "deeper": '{"a":' * 100_000,
    "lone": '"\\ud800"',
    "nothing": "",
}
_HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e308, 5e-324, 2**31, 2**53, 2**63, 2**64, -(2**63), 10**30, "",
    "x", "7", "x" * 100_000, "\0", "a\nb", "\u202e", "😀", [], {}, [[]], [None], [0], [1, 2, 3], [[1, 2], [3]],
    {"a": 1}, [-1], [10**9, 10**9], [2**62] * 3, [0] * 50_000, ["__class__"],
    "../../etc/passwd", {"__reduce__": "os.system"},
    *(f"\u2603{name}" for name in _RAW),
)  # fmt: skip


def changed_json(rng: random.Random, value: Any) -> str:
    """The text of `value`, of which some parts are of another type, out of range, missing or there twice."""
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        value = _changed(rng, value)
    text = json.dumps(value, ensure_ascii=rng.random() < 0.9)
    for name, raw in _RAW.items():
        for marked in (json.dumps(f"\u2603{name}"), f'"\u2603{name}"'):
            text = text.replace(marked, raw)
    return text


def _changed(rng: random.Random, value: Any) -> Any:
    """One place in the tree changed: each level goes deeper as often as not."""
    inside = isinstance(value, dict | list) and len(value) > 0
    if not inside or rng.random() < 0.12:
        return _other(rng, value)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = rng.choice(keys)
    kind = rng.random()
    if kind < 0.06:
        del value[key]
    elif kind < 0.1 and isinstance(value, dict):
        value[rng.choice((f"{key} ", str(key).upper(), "", "version", "\0"))] = value.pop(key)
    elif kind < 0.14 and isinstance(value, list):
        value.extend(value[key:][:100])
    elif kind < 0.17 and isinstance(value, list):
        rng.shuffle(value)
    else:
        value[key] = _changed(rng, value[key])
    return value


def _other(rng: random.Random, value: Any) -> Any:
    if isinstance(value, int | float) and type(value) is not bool and rng.random() < 0.4:
        return rng.choice((value + 1, value - 1, -value, value * 2, value * 1000, float(value), str(value)))
    if isinstance(value, str) and rng.random() < 0.3:
        return rng.choice((value.upper(), value[:-1], value * 2, f"{value}\n", f"{value}\0"))
    return copy.deepcopy(rng.choice(_HOSTILE))


def changed_text(rng: random.Random, text: str) -> bytes:
    """Lines doubled, torn, made longer or replaced; then, sometimes, the bytes."""
    lines = text.split("\n")
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randrange(len(lines))
        old = lines[place]
        match rng.randrange(4):
            case 0:
                lines.insert(place, rng.choice(lines))
            case 1:
                lines[place] = old[: rng.randrange(len(old) + 1)]
            case 2:
                lines[place] = (old * rng.choice((2, 1000)))[:100_000]
            case _:
                lines[place] = rng.choice(("", " ", "\0", "\ufeff", "\r", "\u2028", "\x1a", "ÿ"))
    end, form = rng.choice(("\n", "\n", "\r\n", "\r", "\n\n")), rng.choice(("utf-8", "utf-8", "utf-16", "latin-1"))
    data = end.join(lines).encode(form, "replace")
    return changed_bytes(rng, data) if rng.random() < 0.3 else data
