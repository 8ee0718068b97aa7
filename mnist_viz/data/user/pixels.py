"""Which number of an array is black and which is white, and whether ink is dark or light: found here for all data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What is white in the usual kinds of pixels: 4 bits, counts of 4x4 dots, percent, 8, 10, 12 and 16 bits.
_USUAL = (1, 15, 16, 100, 255, 1023, 4095, 65535)
# Pixels of 8 bits need not reach 255; of those that stay below this it is doubtful what they are.
_DIM = 100
# Interpolation goes beyond what is black and white by so much, as a share.
_BEYOND = 0.2
# Standardized pixels lie within so many standard deviations.
_DEVIATIONS = 10
# Parts whose borders are darker than the first and lighter than the second have ink of different kinds.
_DARK, _LIGHT = 64, 191


@dataclass(frozen=True)
class Scale:
    """The numbers that are black and white; doubtful where the user should be asked."""

    black: float
    white: float
    doubtful: bool = False

    def __str__(self) -> str:
        return f"{self.black:.3g} to {self.white:.5g}"


@dataclass(frozen=True)
class Range:
    """The lowest and the highest number of an array, and whether all are whole."""

    low: float
    high: float
    whole: bool

    def scale(self, white: float | None = None) -> Scale:
        """What is black and white among numbers like these.

        Args:
            white: what the user says that is white.

        Raises:
            ValueError: these cannot be pixels; its text, "the number ...", says which number shows it.
        """
        low, high = self.low, self.high
        if white is not None:
            if low < 0 or high > white:
                raise ValueError(
                    f"the number {low if low < 0 else high:g}, and pixels from 0 to {white:g} were asked for"
                )
            return Scale(0, white)
        if low < 0:
            if low >= -1 and high <= 1:
                return Scale(-1, 1, doubtful=self.whole and low > -1)
            if not self.whole and low >= -_BEYOND and high <= 1 + _BEYOND:
                return Scale(0, 1, doubtful=True)
            if self.whole or low < -_DEVIATIONS or high > _DEVIATIONS:
                raise ValueError(f"the number {low:g}")
            return Scale(low, high, doubtful=True)
        if high <= 1:
            return Scale(0, 1)
        if not self.whole and high <= 1 + _BEYOND:
            return Scale(0, 1, doubtful=True)
        if high in _USUAL or high < _DIM:
            return Scale(0, high, doubtful=high not in _USUAL)
        if high > 255:
            raise ValueError(f"the number {high:g}")
        return Scale(0, 255)


class Pixels:
    """The pixels of one array as they are read, block after block, each in as few bytes as keep it exact enough."""

    def __init__(self) -> None:
        self.blocks: list[NDArray[Any]] = []
        self.range = Range(np.inf, -np.inf, True)

    def add(self, block: NDArray[Any]) -> None:
        """Take a block of any shape and kind of number.

        Raises:
            ValueError: a number that no pixel can be; its text, "the number ...", says which.
        """
        if not block.size:
            return
        low, high = float(block.min()), float(block.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError("a number that is not finite")
        if low < -_DEVIATIONS or high > _USUAL[-1]:
            raise ValueError(f"the number {low if low < 0 else high:g}")
        whole = block.dtype.kind != "f" or bool((block == np.rint(block)).all())
        self.range = Range(min(self.range.low, low), max(self.range.high, high), self.range.whole and whole)
        # Of fractions up to 255, half floats keep a tenth of what 8 bits can tell apart.
        kind = np.float16 if not whole or low < 0 else np.uint8 if high <= 255 else np.uint16
        self.blocks.append(block.astype(kind))

    def scaled(self, scale: Scale) -> list[NDArray[np.uint8]]:
        """The blocks with black as 0 and white as 255, and what lies beyond clipped; they are given up one by one."""
        taken = []
        self.blocks.reverse()
        while self.blocks:
            block = self.blocks.pop()
            if block.dtype != np.uint8 or scale != Scale(0, 255, scale.doubtful):
                share = (block.astype(np.float32) - np.float32(scale.black)) / np.float32(scale.white - scale.black)
                block = np.rint(np.clip(share, 0, 1) * np.float32(255)).astype(np.uint8)
            taken.append(block)
        return taken


def scales(ranges: Mapping[str, Range], white: float | None = None) -> dict[str, Scale]:
    """The scale of each part's pixels: one for all of them, or where it is sure that they have several, several.

    Raises:
        ValueError: the parts contradict each other; a sentence without a remedy.
    """
    found = {name: numbers.scale(white) for name, numbers in ranges.items()}
    if white is not None or len(found) == 1:
        return found
    sure = {(s.black, s.white) for name, s in found.items() if not s.doubtful and ranges[name].high > ranges[name].low}
    if len(sure) > 1:
        # The one part was divided by 255, the other forgotten; both can be seen.
        seen = [(s, ranges[name].whole) for name, s in found.items() if ranges[name].high > ranges[name].low]
        shares = ((0, 1), (-1, 1))
        if all((s.black, s.white) == (0, 255) or ((s.black, s.white) in shares and not whole) for s, whole in seen):
            return found
        raise ValueError(_contradiction(ranges))
    black, top = sure.pop() if sure else (min(s.black for s in found.values()), max(s.white for s in found.values()))
    doubtful = not any(not s.doubtful for s in found.values())
    for numbers in ranges.values():
        blank = numbers.high <= numbers.low
        if (
            numbers.low < black - _BEYOND
            or numbers.high > top * (1 + _BEYOND)
            or (not blank and numbers.high * 4 < top)
        ):
            raise ValueError(_contradiction(ranges))
    return dict.fromkeys(found, Scale(black, top, doubtful))


def _contradiction(ranges: Mapping[str, Range]) -> str:
    return " and ".join(f"the pixels of {name} run from {r.low:.3g} to {r.high:.5g}" for name, r in ranges.items())


def told(found: Mapping[str, Scale], ranges: Mapping[str, Range]) -> str:
    """A sentence on what was decided about black and white."""
    if len({(s.black, s.white) for s in found.values()}) > 1:
        parts = ", ".join(f"{name} from {scale}" for name, scale in found.items())
        return f"The pixels run differently: {parts}; each was scaled to 0 to 1 by itself."
    scale = next(iter(found.values()))
    low, high = min(r.low for r in ranges.values()), max(r.high for r in ranges.values())
    taken = f", taken as {scale}" if (round(low, 2), round(high, 2)) != (round(scale.black, 2), scale.white) else ""
    return f"Pixels from {Scale(low, high)}{taken}: scaled to 0 to 1."


def dark_on_light(parts: Mapping[str, Sequence[NDArray[np.uint8]]], image_shape: tuple[int, ...]) -> bool:
    """Whether the pictures, blocks (b, pixels), are dark on light, judged by what is along their borders.

    Raises:
        ValueError: some parts are clearly so and others clearly not; a sentence without a remedy.
    """
    borders, light = {}, False
    for name, blocks in parts.items():
        some = np.concatenate([block[:: max(1, len(block) // 500)] for block in blocks]).reshape(-1, *image_shape)
        ends = [some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]]
        border = np.concatenate(ends, axis=1)
        borders[name] = float(np.median(border))
        # What fills the whole picture, such as a photograph, has no paper, which is light nearly everywhere.
        light |= float(np.percentile(border, 25)) > 127 and borders[name] > float(some.mean()) + 2
    if light and min(borders.values()) < _DARK and max(borders.values()) > _LIGHT:
        sides = [
            f"the pictures of {name} are {'dark on light' if b > 127 else 'light on dark'}"
            for name, b in borders.items()
        ]
        raise ValueError(" and ".join(sides))
    return light
