"""Augmentation: each time a training digit is seen, it is moved, turned, bent and drawn a little differently."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import PIXEL_SCALE

Floats = NDArray[np.float32]

SIDE = 28
"""Pixels along a side of the picture."""

PIXELS = SIDE * SIDE

SMOOTHING = 4.0
"""Standard deviation in pixels of the Gaussian that smooths the elastic displacements (Simard et al. 2003: 4)."""

_SCALE = np.float32(PIXEL_SCALE)

# For each strength what a sentence calls it, the most it may be, and how a sentence says the limits.
_LIMITS = {
    "shift": ("shift", 8.0, "0 to 8 pixels"),
    "rotation": ("rotation", 180.0, "0 to 180 degrees"),
    "scale": ("scale", float(np.nextafter(1.0, 0.0)), "0 or more and below 1"),
    "shear": ("shear", 1.0, "0 to 1"),
    "elastic": ("elastic distortion", 4.0, "0 to 4 pixels"),
    "thickness": ("thickness", 2.0, "0 to 2 pixels"),
}

# Pictures lie in frames of zeros, so that no neighbour of a pixel is missing and no case needs a mask. The thickness
# looks two pixels far. Places outside the picture are moved to the ring of zeros around it.
_EDGE = 2
_ROW = SIDE + 2 * _EDGE
_FRAME = _ROW * _ROW
_FIRST, _LAST = _EDGE - 1.0, float(_EDGE + SIDE)
_INNER = slice(_EDGE, _EDGE + SIDE)
# So many pictures are varied at once: what is kept of them between two steps stays in the processor's cache.
_CHUNK = 64
# Pixels between the bumps that make up the elastic displacements, and how many of them along a side.
_SPACING, _BUMPS = 5.0, 7
_AFFINE = 3


@dataclass(frozen=True)
class Augmentation:
    """How strongly training digits are varied; 0 leaves that variation out.

    Every digit draws its own amount of each, uniform between minus and plus the strength. Elastic displacements are
    random in themselves, so no amount is drawn for them.

    Attributes:
        shift: pixels, to the right and downwards, one amount for each.
        rotation: degrees.
        scale: share; the digit becomes 1 - scale to 1 + scale times as large.
        shear: pixels that a row moves sideways for each pixel it is above or below the centre.
        elastic: pixels; the root mean square length of the displacements.
        thickness: pixels that a stroke's width grows or shrinks by.
    """

    shift: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0

    @cached_property
    def active(self) -> bool:
        """Whether anything is varied."""
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def displaces(self) -> bool:
        """Whether anything but the thickness is varied."""
        return any(getattr(self, one.name) for one in fields(self) if one.name != "thickness")

    def problems(self) -> list[str]:
        """Say what is impossible about the strengths, one sentence each; empty if nothing is."""
        return [
            f"The {title} must be {limits}, not {getattr(self, name):g}."
            for name, (title, most, limits) in _LIMITS.items()
            if not 0.0 <= getattr(self, name) <= most
        ]


# Errors on 10,000 validation digits: none 1.9 %, light 1.2 %, standard 0.9 % (256-128, Adam with the cosine schedule,
# 20 epochs of 50,000 digits, means of 2 seeds). Strengths near the standard one made up to 0.2 points more, which is
# hardly beyond chance; an elastic distortion of 2 pixels made 1.3 %.
AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(shift=0.5, rotation=5.0, scale=0.05, shear=0.1, elastic=0.5, thickness=0.25),
    "standard": Augmentation(shift=1.0, rotation=10.0, scale=0.1, shear=0.15, elastic=1.0, thickness=0.5),
}
"""The strengths that have a name."""


class Augmenter:
    """Varies batches of digits, in memory of its own that it uses again and again.

    Shift, rotation, scale and shear are one affine map about the picture's centre. Together with the elastic
    displacements they say for each pixel of the new picture where in the old one it comes from; the value there is
    interpolated between the four pixels around (bilinear). Beyond the old picture everything is background.

    Elastic distortion follows Simard, Steinkraus and Platt 2003 (section 2): a random displacement of every pixel,
    smoothed by a Gaussian of standard deviation `SMOOTHING`. Their scaling factor 34 comes to a root mean square
    length of 2.0 pixels. The smoothed noise is made directly, from Gaussian bumps of that width with normally
    distributed heights: one every 5 pixels has, within 1 %, the covariance of one at every pixel.

    Strokes become wider by grey dilation (each pixel takes the greatest value of itself and its four neighbours) and
    narrower by grey erosion (the least value). Either moves both sides of a stroke by a pixel, that is, changes its
    width by 2; smaller amounts change the values in proportion. A stroke that erosion would wipe out stays: what
    opening takes away, the skeleton by Lantuéjoul's formula (Serra 1982), is added to what erosion leaves. Likewise
    what closing fills, a narrow loop, is spared from dilation.

    Args:
        batch: the most digits that are varied in one call.

    Raises:
        ValueError: `batch` is below 1.
    """

    def __init__(self, batch: int) -> None:
        if batch < 1:
            raise ValueError(f"the batch must be 1 or more, not {batch}")
        self._batch = batch
        size = min(batch, _CHUNK)
        self._bytes = np.zeros((4, size, _FRAME), np.uint8)
        self._frames, self._change = np.zeros((2, size, _FRAME), np.float32)
        self._draws = np.empty((size, 6))
        self._noise = np.empty((2, size, _BUMPS**2), np.float32)
        self._weights = np.empty((2, size, _AFFINE + _BUMPS**2), np.float32)
        self._places, self._whole = (np.empty((2, size, PIXELS), np.float32) for _ in range(2))
        self._cells = np.empty((size, PIXELS), np.intp)
        self._corners = np.empty((4, size, PIXELS), np.float32)
        self._basis = _basis()
        self._inside = _inside()
        self._starts = np.arange(size, dtype=np.float32)[:, None] * _FRAME

    def augment(
        self, images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator, out: Floats
    ) -> None:
        """Write the varied digits to `out`.

        The same digits and the same state of `rng` give the same bits, whatever was varied before.

        Args:
            images: (n, 784) bytes, n at most the batch; they are not changed.
            augmentation: how strongly, without problems.
            rng: the chance. It is not touched if nothing is varied.
            out: (n, 784), gets values from 0 to 1.

        Raises:
            ValueError: other shapes, or impossible strengths.
        """
        if images.ndim != 2 or images.shape[1] != PIXELS:
            raise ValueError(f"augmentation needs pictures of {SIDE} by {SIDE} pixels, not {images.shape}")
        if len(images) > self._batch or images.shape != out.shape:
            raise ValueError(f"{images.shape} pictures do not fit {out.shape} and a batch of {self._batch}")
        if problems := augmentation.problems():
            raise ValueError(problems[0])
        if not augmentation.active:
            np.multiply(images, _SCALE, out=out)
            return
        for start in range(0, len(images), _CHUNK):
            part = slice(start, start + _CHUNK)
            self._vary(images[part], augmentation, rng, out[part])

    def _vary(
        self, images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator, out: Floats
    ) -> None:
        n = len(images)
        draws = self._draws[:n]
        rng.random(out=draws)
        draws *= 2.0
        draws -= 1.0
        self._draw_frames(images, augmentation.thickness * draws[:, 5])
        if augmentation.displaces:
            self._find_places(augmentation, draws, rng)
            self._sample(out)
        else:
            out.reshape(n, SIDE, SIDE)[:] = self._frames[:n].reshape(n, _ROW, _ROW)[:, _INNER, _INNER]

    def _draw_frames(self, images: NDArray[np.uint8], thickness: NDArray[np.float64]) -> None:
        """Put the pictures into the frames, scaled to 0..1, their strokes `thickness` (n,) pixels wider."""
        n = len(images)
        drawn, before, grown, closed = self._bytes[:, :n]
        frames, change = self._frames[:n], self._change[:n]
        drawn.reshape(n, _ROW, _ROW)[:, _INNER, _INNER] = images.reshape(n, SIDE, SIDE)
        frames[:] = drawn
        if thickness.any():
            # Erosion and opening are the dilation and closing of the negative, so pictures to be eroded are inverted.
            np.bitwise_xor(drawn, np.where(thickness < 0.0, 255, 0).astype(np.uint8)[:, None], out=before)
            _dilate(before, grown)
            np.invert(grown, out=before)
            _dilate(before, closed)
            np.invert(closed, out=closed)
            grown -= closed
            change[:] = grown
            change *= (thickness / 2.0).astype(np.float32)[:, None]
            frames += change
        frames *= self._inside  # clears the ring around the picture, too, which the dilation may have reached

    def _find_places(self, augmentation: Augmentation, draws: NDArray[np.float64], rng: np.random.Generator) -> None:
        """Say where each pixel comes from: columns and rows in its frame."""
        n = len(draws)
        columns = _AFFINE
        weights = self._weights[:, :n]
        weights[:, :, :_AFFINE] = _affine(augmentation, draws)
        if augmentation.elastic:
            columns += _BUMPS**2
            noise = self._noise.reshape(-1)[: 2 * n * _BUMPS**2].reshape(2, n, _BUMPS**2)
            rng.standard_normal(out=noise, dtype=np.float32)
            # Two components make the length, each with a share of 1/2 in its mean square.
            np.multiply(noise, np.float32(augmentation.elastic / np.sqrt(2.0)), out=weights[:, :, _AFFINE:])
        places = self._places[:, :n]
        for axis in range(2):
            np.matmul(weights[axis, :, :columns], self._basis[:columns], out=places[axis])
        np.maximum(places, _FIRST, out=places)
        np.minimum(places, _LAST, out=places)

    def _sample(self, out: Floats) -> None:
        """Interpolate the frames at the places that were found."""
        n = len(out)
        places, whole, cells = self._places[:, :n], self._whole[:, :n], self._cells[:n]
        np.floor(places, out=whole)
        places -= whole
        # The cells' numbers are small enough to be exact as float32.
        np.multiply(whole[1], _ROW, out=whole[1])
        whole[1] += whole[0]
        whole[1] += self._starts[:n]
        np.copyto(cells, whole[1], casting="unsafe")
        corners = self._corners[:, :n]
        for corner, step in zip(corners, (0, 1, _ROW, _ROW + 1), strict=True):
            # mode="clip" lets NumPy write straight into `out`; the cells are in range.
            np.take(self._frames.reshape(-1)[step:], cells, out=corner, mode="clip")
        above, above_right, below, below_right = corners
        for left, right in ((above, above_right), (below, below_right)):
            right -= left
            right *= places[0]
            left += right
        below -= above
        below *= places[1]
        np.add(above, below, out=out)
        np.minimum(out, 1.0, out=out)


def _affine(augmentation: Augmentation, draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse maps as (2, n, 3): what the new column, row and 1 count for the old column and the old row.

    The map itself is p' = c + s R K (p - c) + t with c the picture's centre, s the scale, R the rotation, K the
    shear [[1, k], [0, 1]] and t the shift. So p = c + K^-1 R^-1 (p' - c - t) / s.
    """
    right, down = augmentation.shift * draws[:, 0], augmentation.shift * draws[:, 1]
    angle = np.radians(augmentation.rotation) * draws[:, 2]
    size = 1.0 + augmentation.scale * draws[:, 3]
    shear = augmentation.shear * draws[:, 4]
    cos, sin = np.cos(angle) / size, np.sin(angle) / size
    a = cos + shear * sin
    b = sin - shear * cos
    centre = (_ROW - 1) / 2  # places are counted from the frame's corner
    columns = np.stack((a, b, centre - a * right - b * down), axis=-1)
    rows = np.stack((-sin, cos, centre + sin * right - cos * down), axis=-1)
    return np.stack((columns, rows))


def _basis() -> Floats:
    """What displacements are made of, (3 + bumps, 784): column and row from the centre, 1, and the bumps.

    The squares of the bumps add up to 1 at every pixel, so that heights of variance 1 give displacements of
    variance 1 everywhere.
    """
    line = np.arange(SIDE) - (SIDE - 1) / 2
    tops = _SPACING * (np.arange(_BUMPS) - (_BUMPS - 1) / 2)
    bumps = np.exp(-0.5 * ((line - tops[:, None]) / SMOOTHING) ** 2)
    bumps /= np.sqrt(np.sum(bumps**2, axis=0))
    row, column = np.repeat(line, SIDE), np.tile(line, SIDE)
    return np.vstack((column, row, np.ones_like(row), np.kron(bumps, bumps))).astype(np.float32)


def _inside() -> Floats:
    """The scale of a frame's pixels, (frame,): that of the picture, 0 around it."""
    frame = np.zeros((_ROW, _ROW), np.float32)
    frame[_INNER, _INNER] = _SCALE
    return frame.reshape(-1)


def _dilate(frames: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """The greatest of each pixel and its four neighbours, in all rows of the frames (n, frame) but the outermost."""
    inner = out[:, _ROW:-_ROW]
    np.maximum(frames[:, _ROW - 1 : -_ROW - 1], frames[:, _ROW + 1 : 1 - _ROW], out=inner)
    for row in (frames[:, : -2 * _ROW], frames[:, _ROW:-_ROW], frames[:, 2 * _ROW :]):
        np.maximum(inner, row, out=inner)
