"""Augmentation: each time a training digit is seen, it is moved, turned, bent and drawn a little differently."""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import PIXEL_SCALE
from mnist_viz.engine.samples import Shape, is_colour, size_in_words

Floats = NDArray[np.float32]
_Number = TypeVar("_Number", np.uint8, np.float32)

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
# So many pictures are varied at once: what is kept of them between two steps stays in the processor's cache.
_CHUNK = 64
_SPACING = 5.0  # pixels between the bumps that make up the elastic displacements
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

    The channels of a colour picture are moved alike, and each is made wider or narrower by itself.

    Args:
        batch: the most digits that are varied in one call.
        shape: of a picture, (height, width) or (height, width, 3).

    Raises:
        ValueError: `batch` is below 1.
    """

    def __init__(self, batch: int, shape: Shape = (28, 28)) -> None:
        if batch < 1:
            raise ValueError(f"the batch must be 1 or more, not {batch}")
        self._batch = batch
        self._shape = shape
        self._channels = shape[2] if is_colour(shape) else 1
        high, wide = self._size = shape[0], shape[1]
        self._row = wide + 2 * _EDGE  # pixels of a row of the frame
        self._frame = frame = (high + 2 * _EDGE) * self._row
        self._inner = slice(_EDGE, _EDGE + high), slice(_EDGE, _EDGE + wide)
        self._bumps = math.prod(_bumps(side) for side in self._size)
        size, pixels = min(batch, _CHUNK), high * wide
        self._bytes = np.zeros((4, self._channels, size, frame), np.uint8)
        self._frames, self._change = np.zeros((2, self._channels, size, frame), np.float32)
        self._draws = np.empty((size, 6))
        self._noise = np.empty((2, size, self._bumps), np.float32)
        self._weights = np.empty((2, size, _AFFINE + self._bumps), np.float32)
        self._places, self._whole = (np.empty((2, size, pixels), np.float32) for _ in range(2))
        self._cells = np.empty((size, pixels), np.intp)
        self._corners = np.empty((4, size, pixels), np.float32)
        self._basis = _basis(self._size)
        self._inside = self._inside_of_a_frame()
        # In whole numbers: those of the pixels of many large frames are too large to be exact as float32.
        self._starts = np.arange(size, dtype=np.intp)[:, None] * frame

    def augment(
        self, images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator, out: Floats
    ) -> None:
        """Write the varied digits to `out`.

        The same digits and the same state of `rng` give the same bits, whatever was varied before.

        Args:
            images: (n, pixels) bytes, n at most the batch; they are not changed.
            augmentation: how strongly, without problems.
            rng: the chance. It is not touched if nothing is varied.
            out: (n, pixels), gets values from 0 to 1.

        Raises:
            ValueError: other shapes, or impossible strengths.
        """
        if images.ndim != 2 or images.shape[1] != math.prod(self._shape):
            size = size_in_words(self._shape, 0)
            raise ValueError(f"this augmentation is for pictures of {size} pixels, not {images.shape}")
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
            self._planes(out)[:] = self._pictures(self._frames[:, :n])

    def _draw_frames(self, images: NDArray[np.uint8], thickness: NDArray[np.float64]) -> None:
        """Put the pictures into the frames, scaled to 0..1, their strokes `thickness` (n,) pixels wider."""
        n = len(images)
        drawn, before, grown, closed = self._bytes[:, :, :n]
        frames, change = self._frames[:, :n], self._change[:, :n]
        self._pictures(drawn)[:] = self._planes(images)
        frames[:] = drawn
        if thickness.any():
            # Erosion and opening are the dilation and closing of the negative, so pictures to be eroded are inverted.
            np.bitwise_xor(drawn, np.where(thickness < 0.0, 255, 0).astype(np.uint8)[:, None], out=before)
            _dilate(before, grown, self._row)
            np.invert(grown, out=before)
            _dilate(before, closed, self._row)
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
        weights[:, :, :_AFFINE] = _affine(augmentation, draws, self._size)
        if augmentation.elastic:
            columns += self._bumps
            noise = self._noise.reshape(-1)[: 2 * n * self._bumps].reshape(2, n, self._bumps)
            rng.standard_normal(out=noise, dtype=np.float32)
            # Two components make the length, each with a share of 1/2 in its mean square.
            np.multiply(noise, np.float32(augmentation.elastic / np.sqrt(2.0)), out=weights[:, :, _AFFINE:])
        places = self._places[:, :n]
        for axis in range(2):
            np.matmul(weights[axis, :, :columns], self._basis[:columns], out=places[axis])
        np.maximum(places, _EDGE - 1.0, out=places)
        for of_axis, side in zip(places, reversed(self._size), strict=True):
            np.minimum(of_axis, float(_EDGE + side), out=of_axis)

    def _sample(self, out: Floats) -> None:
        n = len(out)
        places, whole, cells = self._places[:, :n], self._whole[:, :n], self._cells[:n]
        np.floor(places, out=whole)
        places -= whole
        # The numbers of the cells of one frame are small enough to be exact as float32.
        np.multiply(whole[1], self._row, out=whole[1])
        whole[1] += whole[0]
        np.copyto(cells, whole[1], casting="unsafe")
        cells += self._starts[:n]
        for frames, plane in zip(self._frames, self._planes(out), strict=True):
            corners = self._corners[:, :n]
            for corner, step in zip(corners, (0, 1, self._row, self._row + 1), strict=True):
                # mode="clip" lets NumPy write straight into `out`; the cells are in range.
                np.take(frames.reshape(-1)[step:], cells, out=corner, mode="clip")
            above, above_right, below, below_right = corners
            for left, right in ((above, above_right), (below, below_right)):
                right -= left
                right *= places[0]
                left += right
            below -= above
            below *= places[1]
            np.add(above.reshape(plane.shape), below.reshape(plane.shape), out=plane)
        np.minimum(out, 1.0, out=out)

    def _planes(self, pictures: NDArray[_Number]) -> NDArray[_Number]:
        """Rows of inputs, (n, pixels), as a view (channels, n, height, width)."""
        return pictures.reshape(len(pictures), *self._size, self._channels).transpose(3, 0, 1, 2)

    def _pictures(self, frames: NDArray[_Number]) -> NDArray[_Number]:
        """What lies inside of the frames, (channels, n, frame), as a view (channels, n, height, width)."""
        rows, columns = self._inner
        return frames.reshape(*frames.shape[:2], -1, self._row)[:, :, rows, columns]

    def _inside_of_a_frame(self) -> Floats:
        """The scale of a frame's pixels, (frame,): that of the picture, 0 around it."""
        frame = np.zeros((1, 1, self._frame), np.float32)
        self._pictures(frame)[:] = _SCALE
        return frame.reshape(-1)


def _affine(augmentation: Augmentation, draws: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """The inverse maps as (2, n, 3): what the new column, row and 1 count for the old column and the old row.

    The map itself is p' = c + s R K (p - c) + t with c the picture's centre, s the scale, R the rotation, K the
    shear [[1, k], [0, 1]] and t the shift. So p = c + K^-1 R^-1 (p' - c - t) / s.
    """
    right, down = augmentation.shift * draws[:, 0], augmentation.shift * draws[:, 1]
    angle = np.radians(augmentation.rotation) * draws[:, 2]
    times = 1.0 + augmentation.scale * draws[:, 3]
    shear = augmentation.shear * draws[:, 4]
    cos, sin = np.cos(angle) / times, np.sin(angle) / times
    a = cos + shear * sin
    b = sin - shear * cos
    middle, centre = (_EDGE + (side - 1) / 2 for side in size)  # places are counted from the frame's corner
    columns = np.stack((a, b, centre - a * right - b * down), axis=-1)
    rows = np.stack((-sin, cos, middle + sin * right - cos * down), axis=-1)
    return np.stack((columns, rows))


def _bumps(side: int) -> int:
    """How many bumps reach along a side of so many pixels, from one edge to the other."""
    return math.ceil((side - 1) / _SPACING) + 1


def _basis(size: tuple[int, int]) -> Floats:
    """What displacements are made of, (3 + bumps, pixels): column and row from the centre, 1, and the bumps.

    The squares of the bumps add up to 1 at every pixel, so that heights of variance 1 give displacements of
    variance 1 everywhere.
    """
    lines, bumps = [], []
    for side in size:
        line = np.arange(side) - (side - 1) / 2
        tops = _SPACING * (np.arange(_bumps(side)) - (_bumps(side) - 1) / 2)
        along = np.exp(-0.5 * ((line - tops[:, None]) / SMOOTHING) ** 2)
        lines.append(line)
        bumps.append(along / np.sqrt(np.sum(along**2, axis=0)))
    row, column = np.repeat(lines[0], size[1]), np.tile(lines[1], size[0])
    return np.vstack((column, row, np.ones_like(row), np.kron(*bumps))).astype(np.float32)


def _dilate(frames: NDArray[np.uint8], out: NDArray[np.uint8], row: int) -> None:
    """The greatest of each pixel and its four neighbours, in all rows but the outermost of the frames (..., frame)."""
    inner = out[..., row:-row]
    np.maximum(frames[..., row - 1 : -row - 1], frames[..., row + 1 : 1 - row], out=inner)
    for rows in (frames[..., : -2 * row], frames[..., row:-row], frames[..., 2 * row :]):
        np.maximum(inner, rows, out=inner)
