"""Ink told from paper in a photograph: under light that fades or is cut by a shadow, on ruled or squared paper."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

# A pen's line is narrower than this share of the picture's shorter side, and a shadow is wider.
_WIDEST = 0.3
_LEAST_WINDOW = 7
# Ink on paper darker than this is as dark as it can be; without a limit the noise of deep shadows would grow.
_DARKEST_PAPER = 48.0
# Ink and paper must differ at least so much, of 255, for a place to be where ink is.
_CONTRAST = 24.0
# So much of a picture is paper in even or evenly fading light.
_MOST = 0.8
# Where less than this share of a picture is free of ink, the digit fills it.
_LEAST_AROUND = 0.05
# A line is the paper's if it runs on for this share of a side, on this share without ink, and is thinner than this
# share.
_RULED, _BARE, _THIN = 0.85, 0.5, 0.03
# Ruled paper has lines one below the other.
_FEWEST_LINES = 2


def strength_of_ink(values: Floats) -> Floats:
    """How much each pixel differs from the paper around it towards the ink.

    The paper is what remains when all that is narrow has been painted over from its surroundings: a closing where the
    ink is dark, an opening where it is light (Serra, Image Analysis and Mathematical Morphology, 1982). The edge of a
    shadow stays, for it is no narrow line.

    Args:
        values: grey values 0 to 255, (h, w).

    Returns:
        float32 (h, w), 0 to 255, 0 for paper. On dark paper in a shadow ink counts as much as in the light.
    """
    # At the edge of the picture a slope would look like a narrow line.
    slope = _slope(values)
    values = values - slope
    calm = averaged(values, 1)
    window = max(_LEAST_WINDOW, round(_WIDEST * min(values.shape))) | 1
    light = -_widened(-_widened(calm, window), window)
    dark = _widened(-_widened(-calm, window), window)
    strength: NDArray[Any]
    if _ink_is_dark(calm, light, dark, window):
        strength = (light - values) * (255 / np.maximum(light + slope, _DARKEST_PAPER))
    else:
        strength = values - dark
    # The noise of the paper lifts its envelope a little above it.
    strength -= np.median(strength)
    clipped: Floats = np.clip(strength, 0, 255).astype(np.float32)
    return clipped


def _slope(values: Floats) -> Floats:
    """The plane, 0 in the middle, that the light of most of the picture lies in; level if there is none: a shadow."""
    height, width = values.shape
    y, x = np.ogrid[: float(height), : float(width)]
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    step = max(1, min(height, width) // 40)
    some = values[::step, ::step].ravel()
    rows, columns = np.broadcast_arrays(y[::step], x[:, ::step])
    place = np.stack([rows.ravel(), columns.ravel(), np.ones(some.size)], axis=1)
    fits = np.ones(some.size, np.bool_)
    plane = np.zeros(3)
    for _ in range(3):  # each time without what does not fit: the ink
        plane = np.linalg.lstsq(place[fits], some[fits], rcond=None)[0]
        off = np.abs(some - place @ plane)
        fits = off <= max(2.5 * float(np.median(off)), 1.0)
    if (np.abs(some - place @ plane) <= _CONTRAST).mean() < _MOST:
        plane[:] = 0
    result: Floats = (plane[0] * y + plane[1] * x).astype(np.float32)
    return result


def _ink_is_dark(calm: Floats, light: Floats, dark: Floats, window: int) -> bool:
    """Whether the ink is darker than the paper."""
    contrast = light - dark
    inked = contrast > max(_CONTRAST, 0.3 * float(contrast.max()))
    around = (~inked).astype(np.float32)
    weight = averaged(around, window)
    known = inked & (weight > 1e-4)
    if around.mean() < _LEAST_AROUND or not known.any():
        # The digit fills the picture.
        return _likeness_to_lines(light - calm) >= _likeness_to_lines(calm - dark)
    # Compared with the paper that lies around, and more so where the picture is sharp: the edge of a shadow is soft.
    away = calm[known] - averaged(around * calm, window)[known] / weight[known]
    return float((away * _sharpness(calm)[known]).sum()) < 0


def _likeness_to_lines(strength: Floats) -> float:
    """How much of what differs from its surroundings is sharp and thin: ink, not the paper that ink encloses."""
    clear = np.clip(strength - max(_CONTRAST, 0.35 * float(strength.max())), 0, None)
    return float(_sharpness(clear).sum()) ** 2 / max(float(clear.sum()), 1.0)


def _sharpness(values: Floats) -> Floats:
    """The square of the slope at each pixel."""
    down, right = np.diff(values, axis=0, prepend=values[:1]), np.diff(values, axis=1, prepend=values[:, :1])
    return down * down + right * right


def _widened(values: Floats, window: int) -> Floats:
    """The largest value in the square of `window` (odd) pixels around each."""
    for axis in range(2):
        padded = np.pad(values, [(window // 2, window // 2) if k == axis else (0, 0) for k in range(2)], mode="edge")
        padded = np.moveaxis(padded, axis, 0)
        reach = 1
        while 2 * reach <= window:
            padded = np.maximum(padded[:-reach], padded[reach:])
            reach *= 2
        rest = window - reach
        values = np.moveaxis(np.maximum(padded[: len(padded) - rest], padded[rest:]), 0, axis)
    return values


def border(picture: NDArray[Any]) -> NDArray[Any]:
    """The values along the four edges of a picture (h, w), the corners twice."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def averaged(values: Floats, reach: int) -> Floats:
    """The mean of the square that reaches so many pixels to each side."""
    mean: NDArray[Any] = values
    for axis in range(2):
        padded = np.pad(mean, [(reach + 1, reach) if k == axis else (0, 0) for k in range(2)], mode="edge")
        sums = np.moveaxis(np.cumsum(padded, axis=axis, dtype=np.float64), axis, 0)
        mean = np.moveaxis((sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1), 0, axis)
    result: Floats = mean.astype(np.float32)
    return result


def without_rules(inked: Mask) -> Mask:
    """Take the paper's own lines out of the ink: those that run from side to side, thin, several of them."""
    return _without_rows(_without_rows(inked).T).T


def _without_rows(inked: Mask) -> Mask:
    thin = max(2, round(_THIN * len(inked)))
    # Where the ink runs up and down no farther than a line is thick.
    runs = _run_lengths(inked)
    flat = inked & (runs <= thin)
    # A line need not be quite level: each strip of a few rows is looked at as a whole.
    # Ink may hide a part of it, and is crossed by it.
    covered, bare = (_widened_down(part, thin).mean(axis=1) for part in (inked, flat))
    ruled = (covered >= _RULED) & (bare >= _BARE)
    lines = int((np.diff(np.concatenate([[False], ruled]).astype(int)) == 1).sum())
    if lines < _FEWEST_LINES:
        return inked
    near = np.convolve(ruled, np.ones(2 * thin + 1), "same") > 0
    # What is thicker than the lines are is no line: the bar of a 4.
    thin = min(thin, int(1.5 * np.median(runs[flat & near[:, None]])) + 1)
    flat &= runs <= thin
    kept = inked & ~(flat & near[:, None])
    # Where the pen crosses a line it is not cut: ink above and below it.
    for gap in range(1, thin + 1):
        above, below = np.roll(kept, gap, axis=0), np.roll(kept, -(thin + 1 - gap), axis=0)
        above[:gap], below[-(thin + 1 - gap) :] = False, False
        kept |= flat & near[:, None] & above & below
    return kept


def _widened_down(inked: Mask, reach: int) -> Mask:
    """Where there is ink in the same column, at most so many rows above or below."""
    strip = np.lib.stride_tricks.sliding_window_view(np.pad(inked, ((reach, reach), (0, 0))), 2 * reach + 1, axis=0)
    return np.asarray(strip.any(axis=2))


def _run_lengths(inked: Mask) -> NDArray[np.int64]:
    """How far the ink runs up and down without a gap at each pixel, (h, w)."""
    rows = np.arange(1, len(inked) + 1)[:, None]
    above = rows - np.maximum.accumulate(np.where(inked, 0, rows), axis=0)
    ends = np.where(inked, len(inked) + 1, rows)
    below = np.minimum.accumulate(ends[::-1], axis=0)[::-1] - rows
    return np.where(inked, above + below - 1, 0)


@dataclass(frozen=True, eq=False)
class Blob:
    """Ink that hangs together.

    Attributes:
        row, column: (n,), its pixels.
        mass: the sum of its ink, 0 to 1 a pixel.
        contact: how many of its pixels lie at the picture's edge.
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    mass: float
    contact: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom; the last two are outside."""
        return int(self.column.min()), int(self.row.min()), int(self.column.max()) + 1, int(self.row.max()) + 1

    @property
    def longest(self) -> int:
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)


def blobs(share: Floats, inked: Mask) -> list[Blob]:
    """Find the ink that hangs together, corners included; the one with the most ink first."""
    label = _labels(inked)
    row, column = np.nonzero(inked)
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    height, width = inked.shape
    found = []
    for members in np.split(order, cuts) if len(order) else []:
        r, c = row[members], column[members]
        contact = int(((r == 0) | (r == height - 1) | (c == 0) | (c == width - 1)).sum())
        found.append(Blob(r, c, float(share[r, c].sum()), contact))
    return sorted(found, key=lambda blob: -blob.mass)


def _labels(inked: Mask) -> NDArray[np.int64]:
    """A number for each inked pixel in the order of `nonzero`, the same for pixels that hang together."""
    row, column = np.nonzero(inked)
    number = np.full((inked.shape[0] + 2, inked.shape[1] + 2), -1, np.int64)
    number[row + 1, column + 1] = np.arange(len(row))
    pairs = []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        other = number[row + 1 + down, column + 1 + right]
        pairs.append(np.stack([np.flatnonzero(other >= 0), other[other >= 0]]))
    one, other = np.concatenate(pairs, axis=1)
    label = np.arange(len(row))
    while True:  # each round a pixel takes its neighbours' smallest number, and then that pixel's own
        before = label.copy()
        np.minimum.at(label, one, label[other])
        np.minimum.at(label, other, label[one])
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(label, before):
            return label
