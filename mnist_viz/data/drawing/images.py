"""A picture becomes 28x28 digits: ink told from paper, found, cropped, fitted and centred as MNIST does."""

import os
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.ExifTags import Base

from mnist_viz.data.drawing import ink, paper
from mnist_viz.data.drawing.boxed import boxed
from mnist_viz.data.drawing.numbers import group_pixels
from mnist_viz.data.drawing.paper import Blob, Floats, Mask
from mnist_viz.system.files import open_file

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""What is read; the formats that need other programs, or are programs themselves, are not."""
MOST_PIXELS = 50_000_000
"""A larger picture is refused before it is unpacked: a small file can unpack to fill the memory."""
LONGEST_READ = 100_000
"""Pixels along a side: a row costs memory, however short it is."""
LONGEST = 2000
"""Pixels along a side; a larger picture is averaged down as it is read."""

# So many pixels become numbers at once.
_AT_ONCE = 1_000_000
# Ink and paper must differ at least so much, of 255, or the picture counts as blank.
_CONTRAST = 32
# What is weaker than the first share of the strongest ink is paper, stronger than the second is full ink.
_PAPER, _FULL = 0.15, 0.85
# So many standard deviations of the paper's noise are still paper, and so many are surely ink.
_NOISE, _SURE = 5.0, 4.0
# The border of a picture that was made with a computer has one grey value, but for this share of it.
_FLAT, _FLAT_SHARE = 2, 0.75
# A photograph is looked at with at most so many pixels a side, another picture with so many.
_PHOTO, _DRAWN = 320, 640
# A digit in a photograph that is smaller than this, in those pixels, is looked at again from nearer.
_NEAR = 110
# On a smaller picture than this, the strokes of a digit are as thin and as long as the lines of ruled paper.
_RULED_SIDE = 100
# Of an animation so many frames are looked at.
_MOST_FRAMES = 20
# Shares of red, green and blue in brightness (ITU-R BT.601).
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)
# Grey values do where their spread is so much of that of the best of red, green and blue.
_GREY_ENOUGH = 0.4
# A blob is a part of what was written if it has this share of the largest one's ink, of its length and blackness.
_LEAST_INK, _LEAST_LENGTH, _LEAST_BLACK = 0.015, 0.09, 0.45
# What lies along the edge for this share of the shorter side is not written: a table, a shadow.
_CONTACT = 0.4
# Nor is what has fewer pixels in its length, if there is anything else.
_SHORTEST = 3
_PIECE = 2**20  # bytes that are read at once


def read_image(path: str | os.PathLike[str], stream: IO[bytes] | None = None) -> NDArray[np.uint8]:
    """Read a picture file as grey values, the right way up; what is transparent becomes background.

    Args:
        stream: its bytes, where they are open already; `path` is what messages call them then.

    Returns:
        uint8 (height, width), neither above LONGEST.

    Raises:
        ValueError: the file is missing, no picture, damaged, or larger than MOST_PIXELS.
    """
    name = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked below, and what is damaged is read or it is not
            with (
                nullcontext(stream) if stream else open_file(name) as file,
                Image.open(cast("IO[bytes]", _Pieces(file)), formats=FORMATS) as picture,
            ):
                if picture.width * picture.height > MOST_PIXELS or max(picture.size) > LONGEST_READ:
                    raise Image.DecompressionBombError
                return _upright(_grey(picture), picture)
    except Image.DecompressionBombError:
        millions = MOST_PIXELS // 1_000_000
        limits = f"{millions} million pixels, or {LONGEST_READ:,} along a side"
        raise ValueError(f"the image {name} has more than {limits}; save it smaller") from None
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"
        what = "a HEIC image, which cannot be read" if _is_heic(name) else "not an image that can be read"
        raise ValueError(f"{name} is {what}; save it as {kinds}") from None
    except FileNotFoundError:
        raise ValueError(f"there is no image {name}; check the name") from None
    except MemoryError:
        raise ValueError(f"the image {name} does not fit into memory; save it smaller") from None
    except OSError as error:
        raise ValueError(f"the image {name} cannot be read: {error.strerror or 'it is damaged'}") from None
    except Exception:  # a decoder may fail in any way over a damaged file
        raise ValueError(f"the image {name} cannot be read: it is damaged") from None


class _Pieces:
    """A file that is read a piece at a time: as many bytes as are asked for are set aside, by a damaged length too."""

    def __init__(self, file: IO[bytes]) -> None:
        self.seek, self.tell, self._read = file.seek, file.tell, file.read

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return self._read()
        pieces = list[bytes]()
        while size and (piece := self._read(min(size, _PIECE))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def _is_heic(path: Path) -> bool:
    """Whether it is a picture as telephones write it (ISO 23008-12)."""
    try:
        with open_file(path) as file:
            start = file.read(12)
    except OSError:
        return False
    return start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True, eq=False)
class Found:
    """A digit that was found in a picture.

    Attributes:
        picture: uint8 (28, 28), 0 = background, 255 = ink.
        box: left, top, right and bottom of its ink in pixels of the picture.
    """

    picture: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def image_to_digit(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a picture of one digit into MNIST's form.

    Which of light and dark is ink is decided from what surrounds it. Specks, shadows, and the lines of ruled paper
    are left out. A 28x28 picture whose digit already has MNIST's size and place comes back as it is, with light ink.

    Args:
        gray: uint8 (h, w), any size, dark ink on light paper or light on dark.

    Returns:
        uint8 (28, 28), 0 = background, 255 = ink.

    Raises:
        ValueError: the picture has another shape or kind, or is blank.
    """
    written = _written(gray)
    return _as_it_is(gray) if _is_digit(gray) else _digit(written.share, written.parts)


def image_to_digits(gray: NDArray[np.uint8]) -> list[Found]:
    """Find the digits of a number, row by row from left to right; what `image_to_digit` does for each.

    Raises:
        ValueError: as `image_to_digit` does.
    """
    written = _written(gray)
    parts = written.parts
    if _is_digit(gray):
        return [Found(_as_it_is(gray), written.bounds(parts))]
    groups = group_pixels([np.stack([blob.column, blob.row], axis=1) for blob in parts])
    digits = [[parts[k] for k in members] for members in groups]
    return [Found(_digit(written.share, digit), written.bounds(digit)) for digit in digits]


@dataclass(frozen=True, eq=False)
class _Written:
    """What is written in the looked-at part of a picture.

    Attributes:
        share: the share of ink in each of its pixels.
        parts: the blobs that somebody wrote.
        left, top, factor: where the part lies in the picture, and how much smaller it was made.
    """

    share: Floats
    parts: list[Blob]
    left: int
    top: int
    factor: int

    def bounds(self, blobs: list[Blob]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of some blobs, in pixels of the whole picture."""
        left, top, right, bottom = zip(*(blob.box for blob in blobs), strict=True)
        x, y, factor = self.left, self.top, self.factor
        return x + min(left) * factor, y + min(top) * factor, x + max(right) * factor, y + max(bottom) * factor


def _written(gray: NDArray[np.uint8]) -> _Written:
    gray = np.asarray(gray)
    if gray.ndim != 2 or gray.dtype != np.uint8 or not gray.size:
        raise ValueError(f"a picture must be grey values, uint8 (h, w), not {gray.dtype} {gray.shape}")
    if _is_flat(gray):
        return _drawn_ink(gray)
    far = _photographed_ink(gray, 0, 0)
    left, top, right, bottom = far.bounds(far.parts)
    around = max(right - left, bottom - top) // 2
    if far.factor == 1 or 2 * around >= _NEAR * far.factor:
        return far
    left, top = max(left - around, 0), max(top - around, 0)
    return _photographed_ink(gray[top : bottom + around, left : right + around], left, top)


def _is_flat(gray: NDArray[np.uint8]) -> bool:
    """Whether the paper has one grey value, as in a picture that was made with a computer."""
    around = paper.border(gray).astype(np.int16)
    return bool((np.abs(around - np.median(around)) <= _FLAT).mean() >= _FLAT_SHARE)


def _drawn_ink(gray: NDArray[np.uint8]) -> _Written:
    """What is written in the part of a picture that has any, paper being what its border mostly is."""
    strength = _strength(gray)
    if strength.max() < _CONTRAST:
        raise ValueError(_BLANK)
    share = _share(strength, float(strength.max()), _PAPER)
    factor = -(-max(share.shape) // _DRAWN)
    whole = _smaller(share, factor)
    plain = paper.without_rules(whole > 0) if min(whole.shape) >= _RULED_SIDE else whole > 0
    if not plain.any():
        raise ValueError(_BLANK)
    ruled = np.count_nonzero(plain) < np.count_nonzero(whole)
    if ruled:
        share = np.where(plain, whole, np.float32(0))
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    share = share[top : rows[-1] + 1, left : columns[-1] + 1]
    if ruled:
        top, left = top * factor, left * factor
    else:
        factor = -(-max(share.shape) // _DRAWN)
        share = _smaller(share, factor)
    return _Written(share, _parts(share, share > 0), left, top, factor)


def _smaller(share: Floats, factor: int) -> Floats:
    if factor == 1:
        return share
    reduced: Floats = np.array(Image.fromarray(share).reduce(factor))
    reduced /= reduced.max()
    return reduced


def _photographed_ink(gray: NDArray[np.uint8], left: int, top: int) -> _Written:
    """What is written in a photograph, or in a part of one that begins at `left` and `top`, made smaller."""
    factor = -(-max(gray.shape) // _PHOTO)
    values = np.asarray(Image.fromarray(gray.astype(np.float32)).reduce(factor))
    strength = paper.strength_of_ink(values)
    # Half of the noise is cut off at 0; of a normal distribution's other half, two fifths lie below 0.524 deviations.
    noise = float(np.percentile(strength, 70)) / 0.524
    calm = paper.averaged(strength, 1)
    if calm.max() < max(0.75 * _CONTRAST, noise):
        raise ValueError(_BLANK)
    full = float(np.percentile(strength[strength >= 0.5 * calm.max()], 80))
    share = _share(strength, full, min(_NOISE * noise / 2 / full, _FULL / 2))
    inked = calm > max(0.35 * full, min(_SURE * noise, 0.5 * full))
    inked = paper.without_rules(inked)
    if not inked.any():
        raise ValueError(_BLANK)
    return _Written(share, _parts(share, inked), left, top, factor)


_BLANK = "the picture is blank: draw a digit that stands out from its background"


def _share(strength: Floats, full: float, least: float) -> Floats:
    """The share of ink, 0 to 1, between what is paper and what is full ink."""
    low = max(_PAPER, least)
    clipped: Floats = np.clip((strength / np.float32(full) - low) / (_FULL - low), 0, 1)
    return clipped


def _parts(share: Floats, inked: Mask) -> list[Blob]:
    """The blobs that somebody wrote: no specks, no shadow, nothing that comes in from the edge."""
    found = paper.blobs(share, inked)
    edge = _CONTACT * min(share.shape)
    written = [blob for blob in found if blob.contact < edge and blob.longest >= _SHORTEST] or found
    main = written[0]
    if not main.contact:
        written = [blob for blob in written if not blob.contact]
    black = main.mass / len(main.row)
    return [
        blob
        for blob in written
        if blob.mass >= _LEAST_INK * main.mass
        and blob.longest >= _LEAST_LENGTH * main.longest
        and blob.mass / len(blob.row) >= _LEAST_BLACK * black
    ]


def _digit(share: Floats, parts: list[Blob]) -> NDArray[np.uint8]:
    """Bring the ink of some blobs into MNIST's form."""
    mask = np.zeros(share.shape, np.bool_)
    for blob in parts:
        mask[blob.row, blob.column] = True
    # The soft edge of a line belongs to it.
    soft = paper.averaged(mask.astype(np.float32), 1) > 0.05
    own = np.where(soft, share, np.float32(0))
    digit: NDArray[np.uint8] = ink.centred(boxed(own)[None])[0]
    return digit


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Grey values of the first frame that is not blank, uint8 (h, w), with neither side longer than LONGEST."""
    for frame in range(min(getattr(picture, "n_frames", 1), _MOST_FRAMES)):
        if frame:
            picture.seek(frame)
        grey = grey_of(picture)
        if np.ptp(grey) >= _CONTRAST:
            return grey
    return grey


def grey_of(picture: Image.Image) -> NDArray[np.uint8]:
    """Grey values of a picture of any kind, uint8 (h, w), with neither side longer than LONGEST.

    Raises:
        ValueError: a number in it is not finite.
    """
    factor = -(-max(picture.size) // LONGEST)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;"):  # 16 bits and more: Pillow would cut them
        values = _reduced(picture, factor)
        low, high = values.min(), values.max()
        if not np.isfinite(high - low):
            raise ValueError("not finite")
        return _bytes((values - low) * (255 / max(high - low, np.float32(1e-9))))
    if "A" in picture.getbands() or "transparency" in picture.info:
        coloured = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        coloured = coloured.reduce(factor)
        grey, alpha = np.asarray(coloured.convert("LA"), np.float32).transpose(2, 0, 1)
        paper_shade = _shade_behind(grey, alpha)
        behind = Image.new("RGBA", coloured.size, (paper_shade, paper_shade, paper_shade, 255))
        picture, factor = Image.alpha_composite(behind, coloured).convert("RGB"), 1
    if picture.mode in ("L", "1"):
        return np.asarray(picture.convert("L").reduce(factor))
    return _channel_of(np.asarray(picture.convert("RGB").reduce(factor)))


def _channel_of(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey values (h, w) of a picture (h, w, 3), in which ink differs from paper.

    What differs in colour alone has a channel in which it does: yellow on white, red on green.
    """
    channels = [_bytes(colours @ _LUMA), *colours.transpose(2, 0, 1)]
    spreads = [float(np.ptp(np.percentile(channel[::4, ::4], (1, 99)))) for channel in channels]
    best = int(np.argmax(spreads))
    return np.ascontiguousarray(channels[best] if spreads[0] < _GREY_ENOUGH * spreads[best] else channels[0])


def _shade_behind(grey: Floats, alpha: Floats) -> int:
    """The paper behind a picture with transparent places: light where its ink is dark, and the reverse.

    Where the picture was cut out of its paper a fringe of that is left: what is next to the transparent places.
    """
    solid = alpha > 127
    if solid.any() and not solid.all():
        low, high = np.percentile(grey[solid], (5, 95))
        fringe = solid & (paper.averaged(solid.astype(np.float32), 1) < 0.99)
        if high - low > 2 * _CONTRAST and fringe.any():
            return 255 if float(grey[fringe].mean()) > (low + high) / 2 else 0
    return 255 if float((grey * alpha).sum() / max(float(alpha.sum()), 1)) < 128 else 0


def _reduced(picture: Image.Image, factor: int) -> Floats:
    """Numbers of any size averaged down, some rows at a time: all of them take many times as much memory."""
    rows = factor * max(1, _AT_ONCE // (picture.width * factor))
    strips = [
        np.asarray(
            Image.fromarray(
                np.asarray(picture.crop((0, top, picture.width, min(top + rows, picture.height))), np.float32)
            ).reduce(factor)
        )
        for top in range(0, picture.height, rows)
    ]
    return np.concatenate(strips)


def _upright(grey: NDArray[np.uint8], picture: Image.Image) -> NDArray[np.uint8]:
    """Turned as the camera that took `picture` says it was held."""
    turned = Image.fromarray(grey)
    turned.getexif()[Base.Orientation] = picture.getexif().get(Base.Orientation, 1)
    return np.asarray(ImageOps.exif_transpose(turned))


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.rint(values).astype(np.uint8)
    return rounded


def _strength(gray: NDArray[np.uint8]) -> Floats:
    """How much each pixel of a flat picture differs from the paper towards the ink, (h, w)."""
    values = gray.astype(np.float32)
    values -= np.median(paper.border(values))
    if -values.min() > values.max():
        values *= -1
    return np.maximum(values, 0)


def _as_it_is(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return _bytes(_strength(gray))


def _is_digit(gray: NDArray[np.uint8]) -> bool:
    """Whether a picture is 28x28, and its ink has the size and the place that MNIST gives it, to about a pixel."""
    if gray.shape != (ink.SIDE, ink.SIDE) or not _is_flat(gray):
        return False
    picture = _strength(gray)
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    (middle,) = ink.mass_centres(picture[None])
    return bool(abs(longer - ink.BOX) <= 2 and (abs(middle - ink.CENTRE) <= 1.6).all())
