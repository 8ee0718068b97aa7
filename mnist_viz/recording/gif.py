"""Animated GIFs with one palette for the whole film, written in two passes so that memory stays bounded."""

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import GifImagePlugin, Image

Picture = NDArray[np.uint8]

COLOURS = 255
"""One of 256 stands for "as before": so what does not change costs next to nothing."""

_UNCHANGED = 255
_BITS = 6  # of each channel, by which colours are counted
_CELLS = 1 << (3 * _BITS)
_SAMPLES = 1 << 17
_HOLD = 1.0
"""Seconds that the last picture stays longer, before the film begins again."""


def write_gif(file: BinaryIO, store: BinaryIO, pictures: Iterable[Picture], rate: float) -> Iterator[int]:
    """Write a film that repeats, and yield how many pictures are written after each.

    Args:
        file: gets the GIF.
        store: an empty file that can be read back: the pictures are kept there until all colours are known.
        pictures: (height, width, 3), at least one, all of one size.
        rate: pictures a second; a GIF counts hundredths of a second.
    """
    colours = _Colours()
    sizes: list[int] = []
    shape: tuple[int, ...] = ()
    for picture in pictures:
        shape = picture.shape
        colours.count(picture)
        packed = zlib.compress(picture.data, 1)
        store.write(packed)
        sizes.append(len(packed))
    palette = colours.palette()
    nearest = colours.nearest(palette)
    height, width = shape[:2]
    file.write(_header(width, height, palette))
    store.seek(0)
    before: NDArray[np.uint8] | None = None
    for number, size in enumerate(sizes, start=1):
        picture = np.frombuffer(zlib.decompress(store.read(size)), np.uint8).reshape(shape)
        indices = nearest[_cells(picture)]
        # Rounding is carried on: thirty pictures a second last one second.
        time = round(100 * number / rate) - round(100 * (number - 1) / rate)
        if number == len(sizes):
            time += round(100 * _HOLD)
        part, left, top = _changes(indices, before)
        before = indices
        image = Image.fromarray(part).convert("P")
        for piece in GifImagePlugin.getdata(
            image, (left, top), duration=10 * time, transparency=_UNCHANGED, disposal=1
        ):
            file.write(piece)
        yield number
    file.write(b";")


def _header(width: int, height: int, palette: NDArray[np.uint8]) -> bytes:
    """What stands before the pictures: size, palette, and that the film repeats (GIF89a, 1990, and Netscape 2.0)."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = palette
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"GIF89a" + size + b"\xf7\0\0" + table.tobytes() + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"


def _changes(indices: NDArray[np.uint8], before: NDArray[np.uint8] | None) -> tuple[NDArray[np.uint8], int, int]:
    """The rectangle that differs from the picture before, where pixels that do not are marked, and its left and top."""
    if before is None:
        return indices, 0, 0
    differs = indices != before
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return np.full((1, 1), _UNCHANGED, np.uint8), 0, 0
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return np.where(differs[box], indices[box], np.uint8(_UNCHANGED)), int(columns[0]), int(rows[0])


def _cells(picture: Picture) -> NDArray[np.int32]:
    """The number of each pixel's colour among the `_CELLS` that are told apart."""
    short = (picture >> (8 - _BITS)).astype(np.int32)
    cells: NDArray[np.int32] = (short[..., 0] << (2 * _BITS)) | (short[..., 1] << _BITS) | short[..., 2]
    return cells


class _Colours:
    """The colours of a film, counted by cells of colours that look alike."""

    def __init__(self) -> None:
        self._counts = np.zeros(_CELLS, np.int64)
        # One colour of each cell, as it is: a flat ground keeps its own. At first the middle of the cell.
        axis = ((np.arange(1 << _BITS) << (8 - _BITS)) + (1 << (7 - _BITS))).astype(np.uint8)
        grid = np.meshgrid(axis, axis, axis, indexing="ij")
        self._colours = np.stack([channel.ravel() for channel in grid], axis=1)

    def count(self, picture: Picture) -> None:
        cells = _cells(picture).ravel()
        self._counts += np.bincount(cells, minlength=_CELLS)
        self._colours[cells] = picture.reshape(-1, 3)

    def palette(self) -> NDArray[np.uint8]:
        """(at most `COLOURS`, 3): all colours of the film where they are few enough, else those nearest to them."""
        used = np.flatnonzero(self._counts)
        if len(used) <= COLOURS:
            return self._colours[used]
        # Grounds cover most of a picture, but one colour is enough for each: so a colour counts by a root of its area.
        weights = self._counts[used] ** 0.5
        shares = np.maximum(1, np.round(weights * (_SAMPLES / weights.sum()))).astype(np.int64)
        samples = np.repeat(self._colours[used], shares, axis=0)
        few = Image.fromarray(samples[None]).quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=2)
        palette = few.getpalette()
        assert palette is not None
        result = np.array(palette, np.uint8).reshape(-1, 3)[:COLOURS]
        # The largest areas get their very colours.
        for cell in used[np.argsort(self._counts[used])[-16:]]:
            distance = ((result.astype(np.int64) - self._colours[cell]) ** 2).sum(axis=1)
            result[np.argmin(distance)] = self._colours[cell]
        return result

    def nearest(self, palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """For each cell, the index of the colour in `palette` that is nearest to it."""
        colours = palette.astype(np.float32)
        result = np.empty(_CELLS, np.uint8)
        for start in range(0, _CELLS, 1 << 13):  # in pieces that fit a cache
            piece = self._colours[start : start + (1 << 13)].astype(np.float32)
            result[start : start + (1 << 13)] = np.argmin((colours**2).sum(axis=1) - 2 * piece @ colours.T, axis=1)
        return result
