"""A picture file becomes a 28x28 digit: ink told from paper, cropped, fitted and centred as MNIST does."""

import os
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_viz.data import ink

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""What is read; the formats that need other programs, or are programs themselves, are not."""
MOST_PIXELS = 50_000_000
"""A larger picture is refused before it is unpacked: a small file can unpack to fill the memory."""
LONGEST = 2000
"""Pixels along a side; a larger picture is averaged down as it is read."""

# Ink and paper must differ at least so much, of 255, or the picture counts as blank.
_CONTRAST = 32
# What is weaker than the first share of the strongest ink is paper, stronger than the second is full ink.
_PAPER, _FULL = 0.15, 0.85
# So many standard deviations of the paper's noise are still paper.
_NOISE = 5.0
# A noisy picture is averaged down until its longer side is about this long.
_CALM = 100
# The digit is prepared so many times larger than the box, then averaged down.
_FINE = 8
# A line thinner than this, in pixels of the box, is widened to it: a large picture's thin line would vanish.
_THINNEST = 2.0


def read_image(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read a picture file as grey values, the right way up; what is transparent becomes background.

    Returns:
        uint8 (height, width), neither above LONGEST.

    Raises:
        ValueError: the file is missing, no picture, damaged, or larger than MOST_PIXELS.
    """
    name = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked below
            with Image.open(name, formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                return _grey(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError:
        millions = MOST_PIXELS // 1_000_000
        raise ValueError(f"the image {name} has more than {millions} million pixels; save it smaller") from None
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS[:-1]) + f" or {FORMATS[-1]}"
        raise ValueError(f"{name} is not an image that can be read; save it as {kinds}") from None
    except FileNotFoundError:
        raise ValueError(f"there is no image {name}; check the name") from None
    except MemoryError:
        raise ValueError(f"the image {name} does not fit into memory; save it smaller") from None
    except OSError as error:
        raise ValueError(f"the image {name} cannot be read: {error.strerror or 'it is damaged'}") from None
    except Exception:  # a decoder may fail in any way over a damaged file
        raise ValueError(f"the image {name} cannot be read: it is damaged") from None


def image_to_digit(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a picture of one digit into MNIST's form.

    Which of light and dark is ink is decided from the border: most of it is background. A 28x28 picture whose
    digit already has MNIST's size and place comes back as it is, with light ink.

    Args:
        gray: uint8 (h, w), any size, dark ink on light paper or light on dark.

    Returns:
        uint8 (28, 28), 0 = background, 255 = ink.

    Raises:
        ValueError: the picture has another shape or kind, or is blank.
    """
    gray = np.asarray(gray)
    if gray.ndim != 2 or gray.dtype != np.uint8 or not gray.size:
        raise ValueError(f"a picture must be grey values, uint8 (h, w), not {gray.dtype} {gray.shape}")
    strength, noise = _strength(gray)
    if strength.max() < _CONTRAST:
        raise ValueError("the picture is blank: draw a digit that stands out from its background")
    if gray.shape == (ink.SIDE, ink.SIDE) and _is_digit(strength):
        return _bytes(strength)
    factor = max(gray.shape) // _CALM
    if noise > 1 and factor > 1:
        strength = np.asarray(Image.fromarray(strength).reduce(factor))
        noise /= factor
    paper = max(_PAPER, min(_NOISE * noise / float(strength.max()), _FULL / 2))
    strength = strength / strength.max()
    fine = _wide_enough(np.clip((strength - paper) / (_FULL - paper), 0, 1))
    box: NDArray[np.float32] = fine.reshape(1, ink.BOX, _FINE, ink.BOX, _FINE).mean(axis=(2, 4))
    digit: NDArray[np.uint8] = ink.centred(box)[0]
    return digit


def _grey(picture: Image.Image) -> NDArray[np.uint8]:
    """Grey values of the first frame, uint8 (h, w), with neither side longer than LONGEST."""
    factor = -(-max(picture.size) // LONGEST)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;"):  # 16 bits and more: Pillow would cut them
        values = np.asarray(Image.fromarray(np.asarray(picture, np.float32)).reduce(factor))
        low, high = values.min(), values.max()
        if not np.isfinite(high - low):
            raise ValueError("not finite")
        return _bytes((values - low) * (255 / max(high - low, np.float32(1e-9))))
    if "A" in picture.getbands() or "transparency" in picture.info:
        parts = np.asarray(picture.convert("RGBA").convert("LA").reduce(factor), np.float32)
        grey, alpha = parts[..., 0], parts[..., 1] / 255
        # The paper behind dark ink is light, and the reverse.
        drawn = float((grey * alpha).sum() / max(alpha.sum(), 1))
        return _bytes(grey * alpha + (1 - alpha) * (255 if drawn < 128 else 0))
    return np.asarray(picture.convert("L").reduce(factor))


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.rint(values).astype(np.uint8)
    return rounded


def _strength(gray: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
    """How much each pixel differs from the paper towards the ink, float32 (h, w), and the paper's noise."""
    values = gray.astype(np.float32)
    edge = np.zeros(gray.shape, np.bool_)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    row, column = np.nonzero(edge)
    border = values[row, column]
    paper: NDArray[np.float32] | np.float32 = np.median(border)
    noise = 1.4826 * float(np.median(np.abs(border - paper)))
    if noise > 0:
        # A photograph: light falls off across the page, so a plane is laid through the border.
        place = np.stack([np.ones(len(row)), row, column], axis=1)
        plane = np.array([paper, 0.0, 0.0])
        for _ in range(3):  # each time without what does not fit: the digit may touch the border
            off = border - place @ plane
            noise = 1.4826 * float(np.median(np.abs(off)))
            fits = np.abs(off) <= 3 * noise
            plane = np.linalg.lstsq(place[fits], border[fits], rcond=None)[0]
        y, x = np.ogrid[: gray.shape[0], : gray.shape[1]]
        paper = (plane[0] + plane[1] * y + plane[2] * x).astype(np.float32)
    values -= paper
    if -values.min() > values.max():
        values *= -1
    return np.maximum(values, 0), noise


def _is_digit(picture: NDArray[np.float32]) -> bool:
    """Whether the ink of a 28x28 picture has the size and the place that MNIST gives it, to about a pixel."""
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    index = np.arange(ink.SIDE)
    mass = picture.sum(dtype=np.float64)
    middle = np.array([picture.sum(axis=1) @ index, picture.sum(axis=0) @ index]) / mass
    return bool(abs(longer - ink.BOX) <= 2 and (abs(middle - ink.CENTRE) <= 1.6).all())


def _extent(profile: NDArray[np.float32]) -> tuple[float, float]:
    """Where the ink begins and ends along a side, from each row's or column's strongest, parts of a pixel told."""
    inked = np.flatnonzero(profile)
    first, last = int(inked[0]), int(inked[-1])
    if first == last:
        return first, last + 1
    return first + 1 - float(profile[first]), last + float(profile[last])


def _fitted(share: NDArray[np.float32], margin: int = 0) -> NDArray[np.float32]:
    """Fit the ink into the fine box, less a margin on each side, keeping its aspect: (fine side, fine side)."""
    (top, bottom), (left, right) = _extent(share.max(axis=1)), _extent(share.max(axis=0))
    size = ink.BOX * _FINE
    scale = (size - 2 * margin) / max(bottom - top, right - left)
    height, width = (max(1, round(n * scale)) for n in (bottom - top, right - left))
    # Averages what it makes smaller, interpolates what it makes larger.
    picture = Image.fromarray(share)
    fitted = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR, box=(left, top, right, bottom)))
    square = np.zeros((size, size), np.float32)
    # The shorter side lies on the middle of a pixel, as the drawing pad has it.
    row, column = ((size - n) // 2 + min((size - n) // 2, _FINE // 2) for n in (height, width))
    square[row : row + height, column : column + width] = np.clip(fitted / fitted.max(), 0, 1)
    return square


def _wide_enough(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit the ink into the fine box, and widen lines that would be so thin that little is left of them."""
    fine = _fitted(share)
    outline = float(np.hypot(*np.gradient(np.pad(fine, 1))).sum())
    # A line of width w and length l covers w * l and has an outline of about 2 * l.
    radius = round((_THINNEST * _FINE - 2 * float(fine.sum()) / outline) / 2)
    if radius < 1:
        return fine
    thin = np.pad(_fitted(share, margin=radius), radius)
    size = len(fine)
    wide = np.zeros_like(fine)
    for down in range(2 * radius + 1):
        for right in range(2 * radius + 1):
            if (down - radius) ** 2 + (right - radius) ** 2 <= radius**2:
                np.maximum(wide, thin[down : down + size, right : right + size], out=wide)
    return wide
