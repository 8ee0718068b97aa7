"""What is read: pictures of digits, strokes in JSON Lines, and the drawings saved from the pad."""

import io
import json
import os
import random
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from mnist_viz.bench.fuzz.inputs import Beat, Files, Format
from mnist_viz.bench.fuzz.mutations import BOUNDARIES, changed_bytes, changed_json, changed_text
from mnist_viz.data.drawing.picture import read_picture
from mnist_viz.data.drawing.stroke_lines import drawn_lines
from mnist_viz.data.errors import DataError
from mnist_viz.data.opening import open_file
from mnist_viz.data.user import drawings

# Pictures


def digit_picture(side: int = 40) -> Image.Image:
    picture = Image.new("L", (side, side), 250)
    ImageDraw.Draw(picture).line([(side * 0.3, side * 0.2), (side * 0.6, side * 0.2), (side * 0.5, side * 0.8)], 10, 4)
    return picture


def encoded(picture: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


def pictures() -> list[Files]:
    picture = digit_picture()
    forms = [
        ("png", "PNG"),
        ("jpg", "JPEG"),
        ("gif", "GIF"),
        ("bmp", "BMP"),
        ("tif", "TIFF"),
        ("webp", "WEBP"),
        ("pgm", "PPM"),
    ]
    files: list[Files] = [{f"digit.{ending}": encoded(picture, form)} for ending, form in forms]
    clear = picture.convert("RGBA")
    clear.putalpha(Image.eval(picture, lambda value: 255 - value))
    files.append({"digit.png": encoded(clear, "PNG")})
    deep = Image.fromarray(np.asarray(picture).astype(np.float32))
    files.append({"digit.tif": encoded(deep, "TIFF")})
    return files


def _spoil_picture(rng: random.Random, files: Files) -> Files:
    ((name, data),) = files.items()
    assert isinstance(data, bytes)
    kind = rng.random()
    if kind < 0.03:
        return {name: _large(rng)}
    if kind < 0.12:
        return {name: _strange(rng)}
    if data.startswith(b"\x89PNG") and kind < 0.8:
        return {name: _chunks(rng, data)}
    return {name: changed_bytes(rng, data)}


def _large(rng: random.Random) -> bytes:
    """A small file of very many pixels, some more than the program takes."""
    sizes = (
        (7000, 7000),
        (7100, 7100),
        (49_999_999, 1),
        (1, 50_000_000),
        (60_000, 60_000),
        (30_000, 1600),
        (500, 99_000),
    )
    width, height = rng.choice(sizes)
    if width * height > 60_000_000 or max(width, height) > 10**6:
        return _with_size(encoded(Image.new("1", (9, 9)), "PNG"), (width, height))
    if rng.random() < 0.7:
        width, height = width // 8 + 1, height // 8 + 1  # the largest take a while to make
    form = rng.choice(("PNG", "PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"))
    mode = "RGB" if form != "PNG" else rng.choice(("1", "L", "P", "RGB", "RGBA", "I;16", "LA"))
    if max(width, height) > (16_383 if form == "WEBP" else 65_000):
        form = "PNG"
    return encoded(Image.new(mode, (width, height)), form)


def _strange(rng: random.Random) -> bytes:
    """A whole picture of noise, of specks, of lines, of nothing, in any shape."""
    width, height = (rng.choice((1, 2, 28, 60, 300, 640, rng.randrange(1, 900))) for _ in range(2))
    made = np.random.default_rng(rng.randrange(2**32))
    match rng.randrange(5):
        case 0:
            array = made.integers(0, 256, (height, width), dtype=np.uint8)
        case 1:
            array = np.where(made.random((height, width)) < rng.choice((0.001, 0.05, 0.5)), 0, 255).astype(np.uint8)
        case 2:
            array = np.full((height, width), rng.randrange(256), np.uint8)
        case 3:
            array = (np.indices((height, width)).sum(axis=0) // rng.choice((1, 3, 9)) % 2 * 255).astype(np.uint8)
        case _:
            array = np.add.outer(np.linspace(0, 200, height), np.linspace(0, 55, width)).astype(np.uint8)
            array[made.random((height, width)) < 0.01] = 255
    return encoded(Image.fromarray(array), rng.choice(("PNG", "BMP", "GIF")))


def _with_size(png: bytes, size: tuple[int, int]) -> bytes:
    header = b"IHDR" + struct.pack(">II", *size) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


def _chunks(rng: random.Random, png: bytes) -> bytes:
    """Chunks of a PNG changed, doubled, exchanged, unpacked and packed again, all with right checksums."""
    chunks: list[tuple[bytes, bytes]] = []
    at = 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        chunks.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += 12 + length
    place = rng.randrange(len(chunks))
    kind, body = chunks[place]
    match rng.randrange(7):
        case 0:
            chunks[place] = kind, changed_bytes(rng, body)
        case 1:
            chunks.insert(rng.randrange(len(chunks)), chunks[place])
        case 2:
            del chunks[place]
        case 3:
            header = bytearray(chunks[0][1])
            field = rng.choice((0, 4))
            header[field : field + 4] = (rng.choice((*BOUNDARIES, 30, 50, 7000)) % 2**32).to_bytes(4, "big")
            chunks[0] = b"IHDR", bytes(header)
        case 4:
            header = bytearray(chunks[0][1])
            header[rng.choice((8, 9, 10, 11, 12))] = rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
            chunks[0] = b"IHDR", bytes(header)
        case 5:  # a text, a profile, an orientation, that unpacks to more than it seems
            packed = zlib.compress(bytes(rng.choice((10, 10_000, 80_000_000 if rng.random() < 0.03 else 100))))
            extra = rng.choice((
                (b"zTXt", b"k\0\0" + packed), (b"iCCP", b"k\0\0" + packed), (b"iTXt", b"k\0\1\0\0\0" + packed),
                (b"eXIf", rng.randbytes(40)), (b"tRNS", rng.randbytes(9)), (b"acTL", rng.randbytes(8)),
                (b"PLTE", rng.randbytes(30)), (b"eXIf", b"Exif\0\0II*\0" + rng.randbytes(60)),
            ))  # fmt: skip
            chunks.insert(1, extra)
        case _:
            for at, (kind, body) in enumerate(chunks):
                if kind == b"IDAT":
                    chunks[at] = kind, zlib.compress(changed_bytes(rng, zlib.decompress(body)))
    made = png[:8]
    for kind, body in chunks:
        made += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return made


def _read_picture(folder: Path, beat: Beat) -> None:
    names = [path.name for path in sorted(folder.iterdir()) if path.name.startswith("digit")]
    read_picture(str(folder / (names[0] if names else "digit.png")))


# Strokes


def _strokes() -> list[Files]:
    lines = [
        {"strokes": [[[0, 0], [3.5, 4], [1, 9]], [[5, 5]]]},
        {"strokes": [[[10 * k % 7, k] for k in range(30)]]},
        {"strokes": []},
    ]
    return [{"pen.jsonl": "\n".join(map(json.dumps, lines)).encode()}]


def _spoil_lines(rng: random.Random, files: Files) -> Files:
    ((name, data),) = files.items()
    assert isinstance(data, bytes)
    kind, lines = rng.random(), data.decode().split("\n")
    if kind < 0.2:
        return {name: changed_bytes(rng, data)}
    if kind < 0.4:
        return {name: changed_text(rng, data.decode())}
    if kind < 0.42:
        points = [[rng.uniform(-9, 9), rng.uniform(-9, 9)] for _ in range(rng.choice((1000, 20_000, 100_000)))]
        strokes = [points] if rng.random() < 0.5 else [[point] for point in points]
        lines.append(json.dumps({"label": "7", "strokes": strokes}))
    elif kind < 0.43:
        lines.append(rng.choice((" ", "[", '{"strokes": [[', "1,")) * 11_000_000)
    else:
        place = rng.randrange(len(lines))
        lines[place] = changed_json(rng, json.loads(lines[place])) if lines[place] else "{}"
    return {name: "\n".join(lines).encode("utf-8", "surrogatepass")}


def _read_strokes(folder: Path, beat: Beat) -> None:
    path = folder / "pen.jsonl"
    with io.TextIOWrapper(open_file(path), encoding="utf-8") as stream:
        for _ in drawn_lines(stream, str(path)):
            beat()  # each line is answered by itself


# The drawings saved from the pad


def _saved_drawings() -> list[Files]:
    lines = [{"label": str(k % 2), "strokes": [[[0, 0], [3.5, k], [1, 9]], [[5, 5]]]} for k in range(7)]
    text = "\n".join(map(json.dumps, [*lines, {"removed": "last"}])) + "\n"
    return [{"drawings.jsonl": text.encode()}]


def _read_drawings(folder: Path, beat: Beat) -> None:
    os.environ["MNIST_VIZ_DRAWINGS"] = str(folder / "drawings.jsonl")
    before = drawings.load()
    drawings.counts()
    beat()
    drawings.add("3", [np.array([[0.0, 0.0], [1.0, 2.0]])])
    assert len(drawings.load()) == len(before) + 1
    beat()
    with suppress(DataError):  # too few, or of too many classes
        drawings.load_drawings(progress=lambda *_: beat())


FORMATS = (
    Format(
        "image", 640, "a picture of 50 million pixels, the most that is taken, is 200 MB where it has colours",
        (ValueError,), pictures, _spoil_picture, _read_picture, called=None,  # who gave its name puts it in front
    ),
    Format(
        "strokes", 512, "a line has at most 10 million characters, of which 500,000 points can be read",
        (ValueError, OSError), _strokes, _spoil_lines, _read_strokes,
    ),
    Format(
        "drawings", 128, "a line has at most 1 million characters",
        (DataError,), _saved_drawings, _spoil_lines, _read_drawings,
    ),
)  # fmt: skip
