"""The axes of the curves: their ranges, and ticks at round numbers."""

import math
from dataclasses import dataclass

_LOG_FLOOR = 1e-6
_UPPER = (0.0, 0.6, 0.8, 0.9, 0.96, 0.98, 0.99)
_TICK_ROOM = 20  # pixels from one value to the next
_PLACE_ROOM = 44  # pixels from one place to the next
_COARSE = (1, 2, 5)
_FINE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


@dataclass(frozen=True)
class Scale:
    """A vertical axis: its range (in powers of ten where logarithmic), and its ticks with their texts."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def ticks_for(self, height: float) -> list[tuple[float, str]]:
        """As many ticks as `height` pixels hold: powers of ten rather than others, then every second one."""
        ticks = list(self.ticks)
        tens = [tick for tick in ticks if tick[0] == int(tick[0])]
        if self.logarithmic and height / len(ticks) < _TICK_ROOM and len(tens) > 1:
            ticks = tens
        while len(ticks) > 2 and height / len(ticks) < _TICK_ROOM:
            ticks = ticks[::2]
        return ticks


def percent_scale() -> Scale:
    return Scale(0.0, 1.0, tuple((share, f"{100 * share:.0f}%") for share in (0.0, 0.25, 0.5, 0.75, 1.0)))


def upper_percent_scale(best: float) -> Scale:
    """The top of the percentages, with at least twice the error of `best` (0 to 1) in sight."""
    low = max(low for low in _UPPER if 1 - low >= 2 * (1 - best) or low == 0)
    step = (1 - low) / 4
    ticks = [low + k * step for k in range(5)]
    return Scale(low, 1.0, tuple((share, f"{100 * share:.4g}%") for share in ticks))


def linear_scale(peak: float, before: Scale | None) -> Scale:
    """From 0 to a round number above `peak`. It grows at once and shrinks late, so that it does not jitter."""
    if before is not None and before.low == 0 and 0.55 * before.high < peak <= before.high:
        return before
    step = _round_up(peak * 1.05 / 4 if peak > 0 else 0.25)
    count = math.ceil(peak * 1.05 / step) if peak > 0 else 4
    return Scale(0.0, count * step, tuple((k * step, f"{k * step:.6g}") for k in range(count + 1)))


def log_scale(lowest: float, peak: float, before: Scale | None) -> Scale:
    """Logarithms to base 10, from a round number below `lowest` to one above `peak`, at least a power of ten."""
    low = math.log10(_round_down(max(lowest, _LOG_FLOOR)))
    high = max(low + 1, math.log10(_round_up(max(peak, _LOG_FLOOR))))
    if before is not None and before.low <= low and high <= before.high < before.low + high - low + 0.5:
        return before
    powers = range(math.floor(low), math.ceil(high) + 1)
    ticks = [(math.log10(m) + k, f"{m * 10.0**k:.6g}") for k in powers for m in (1, 2, 5)]
    return Scale(low, high, tuple(t for t in ticks if low - 1e-9 <= t[0] <= high + 1e-9), logarithmic=True)


def visible_extent(last: float, extent: float | None, least: float = 1.0) -> float:
    """How much of the horizontal axis to show when the newest point is at `last`.

    All of a long run at once would leave its first epochs, where most happens, a few pixels. So the axis goes from 1
    to 2, 5, 10, ... and at last to the whole run: a handful of steps, and still in between.

    Args:
        last: the newest point.
        extent: where the run ends; None if nobody can say.
        least: show no less than this.
    """
    if extent is None:
        return _round_up(max(last, least), _FINE)
    stage = _round_up(max(last, least))
    return max(last, extent, least) if stage * 1.3 >= extent else stage


def place_ticks(extent: float, room: float, whole: bool = True) -> list[tuple[float, str]]:
    """As many round places as `room` pixels hold.

    Args:
        extent: what the axis shows, from 0.
        room: its width.
        whole: no fractions, where the axis shows at least 2.
    """
    if extent <= 0:
        return []
    step = _round_up(extent / max(2, room // _PLACE_ROOM))
    if whole and extent >= 2:
        step = max(1.0, math.ceil(step))
    return [(k * step, short_number(k * step)) for k in range(int(extent / step + 1e-9) + 1)]


def short_number(value: float) -> str:
    """A number with a "k" or an "M" where it is a large one."""
    for power, letter in ((1e6, "M"), (1e4, "k")):
        if value >= power:
            return f"{value / (1e6 if letter == 'M' else 1e3):.6g}{letter}"
    return f"{value:.6g}"


def _round_up(value: float, steps: tuple[float, ...] = _COARSE) -> float:
    """The next of `steps` times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in steps if m * power >= value * (1 - 1e-9)), 10 * power)


def _round_down(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in (5, 2, 1) if m * power <= value * (1 + 1e-9)), power)
