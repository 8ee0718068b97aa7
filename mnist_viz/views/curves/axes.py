"""The ranges of the curves' axes: robust, so that steep first batches or a divergence do not flatten the rest."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.recording.smoothing import Series
from mnist_viz.views.number_text import FINE, round_up

Floats = NDArray[np.floating]
Range = tuple[float, float]

LOG_FLOOR = 1e-6
"""What is less, or not above zero, is drawn here where the axis is logarithmic."""

_USUAL_LOSS = 5.0  # above that of guessing among a hundred classes: more is unusual where others have less
_UPPER = (0.0, 0.4, 0.6, 0.8, 0.9, 0.96, 0.98, 0.99)
_MANY = 100  # points: of fewer, such as those of validation, each has its place


def settled(training: Series, validation: Series) -> Floats:
    """The values of a training curve without the steep first half of the first epoch, once that has ended."""
    later = training.y[training.x >= validation.x[0] / 2] if len(validation) else training.y
    return later if len(later) else training.y


def ceiling(values: Floats) -> float:
    """The losses above are what a divergence has left."""
    return max(_USUAL_LOSS, 20 * float(np.quantile(values, 0.1))) if len(values) else _USUAL_LOSS


def loss_peak(values: Floats) -> float:
    """How far up the axis reaches for one curve: the steep first twentieth of many points may lie above it."""
    kept = values[values <= ceiling(values)]
    if not len(kept):
        return 0.0
    return float(np.quantile(kept, max(0.5, 1 - 0.05 * len(values) / len(kept)) if len(values) > _MANY else 1.0))


def common_peak(peaks: Sequence[float]) -> float:
    """How far up the axis reaches for several curves: one that is far above most does not count."""
    if not peaks:
        return 2.4
    middle = sorted(peaks)[(len(peaks) - 1) // 2]
    return max(peak for peak in peaks if peak <= max(_USUAL_LOSS, 5 * middle))


def linear_range(lowest: float, peak: float, before: Range | None) -> Range:
    """From 0 to a round number above `peak`. It grows at once and shrinks late, so that it does not jitter."""
    low = min(0.0, lowest)
    if before is not None and before[0] == low and 0.55 * before[1] < peak <= before[1]:
        return before
    return low, round_up(peak * 1.05, FINE) if peak > LOG_FLOOR else 1.0


def log_range(lowest: float, peak: float, before: Range | None) -> Range:
    """Logarithms to base 10, from a round number below `lowest` to one above `peak`, at least a power of ten."""
    low = math.log10(_round_down(max(lowest, LOG_FLOOR)))
    high = max(low + 1, math.log10(round_up(max(peak, LOG_FLOOR))))
    if before is not None and before[0] <= low and high <= before[1] < before[0] + high - low + 0.5:
        return before
    return low, high


def percent_floor(values: Floats) -> float:
    """How far down the axis of the accuracy reaches for one curve.

    What a divergence has left, less than half of what was reached before, may lie below it, and a fiftieth of the rest.
    """
    kept = values[values >= np.maximum.accumulate(values) / 2]
    return float(np.quantile(kept, 0.02)) if len(kept) else 1.0


def common_floor(floors: Sequence[float]) -> float:
    """How far down it reaches for several curves: one that is far below most does not count."""
    middle = sorted(floors)[len(floors) // 2] if floors else 0.0
    return min((floor for floor in floors if 1 - floor <= 5 * (1 - middle)), default=0.0)


def percent_range(floor: float, before: Range | None) -> Range:
    """From a round percentage below `floor` to 100 %. It grows at once and shrinks late, so that it does not jitter."""
    if before is not None and before[0] <= floor and 1 - before[0] <= 3 * (1 - floor):
        return before
    return upper_percent_range(floor)


def upper_percent_range(worst: float) -> Range:
    """The top of the accuracies, in which a curve that is at `worst` now (0 to 1) can be seen."""
    return max(low for low in _UPPER if 1 - low >= 1.5 * (1 - worst) or low == 0), 1.0


def close_range(values: Floats) -> Range:
    """All of the values and a little more; of a constant some room around it."""
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return low - margin, high + margin


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
        return round_up(max(last, least), FINE)
    stage = round_up(max(last, least))
    return max(last, extent, least) if stage * 1.3 >= extent else stage


def _round_down(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in (5, 2, 1) if m * power <= value * (1 + 1e-9)), power)
