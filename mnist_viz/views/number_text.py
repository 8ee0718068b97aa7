"""Numbers as the window writes them."""

import math
import re

_FIGURES = 4
_MOST_IN_WORDS = 1e9  # from here on a power of ten is easier to read than so many millions


def format_value(value: float, signed: bool = False) -> str:
    """Two or three significant figures, up to five places, with a proper minus sign, and a plus sign if `signed`."""
    size = abs(value)
    text = f"{size:.0f}" if size >= 100 else f"{size:.1f}" if size >= 10 else f"{size:.2f}"
    if size == 0:
        return "0"
    if 0.00095 <= size < 0.01:
        text = f"{size:.3f}"
    elif size < 0.01 or size >= 99_999.5:
        text = f"{size:.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e−").replace("e-", "e−")
    return f"−{text}" if value < 0 else f"+{text}" if signed else text


def format_number(value: float, step: float = 0.0) -> str:
    """A number as short as it can be read: 0.05, 2, 150, 20k, 3M, 1e9, 1e−5.

    Args:
        step: how far the next number is that must read differently; 0 for four figures.
    """
    value += 0.0  # or a negative zero would be written with its sign
    size, figures = abs(value), _figures(value, step)
    for power, letter in ((1e6, "M"), (1e4, "k")):
        if power <= size < _MOST_IN_WORDS:
            return f"{value / (1e6 if letter == 'M' else 1e3):.{figures}g}{letter}"
    return re.sub("e([+-])0*", r"e\1", f"{value:.{figures}g}").replace("e+", "e").replace("-", "−")


def format_percent(share: float, step: float = 0.0) -> str:
    """A share from 0 to 1 as a percentage; for `step` see `format_number`."""
    return f"{100 * share:.{_figures(share, step)}g}%"


def _figures(value: float, step: float) -> int:
    if not (value and step and math.isfinite(value)):
        return _FIGURES
    return max(_FIGURES, math.floor(math.log10(abs(value))) - math.floor(math.log10(step)) + 1)


FINE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
"""Steps of `round_up` that are close together."""


def round_up(value: float, steps: tuple[float, ...] = (1, 2, 5)) -> float:
    """The next of `steps` times a power of ten, for a `value` above zero."""
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in steps if m * power >= value * (1 - 1e-9)), 10 * power)
