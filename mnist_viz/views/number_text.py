"""Numbers as the window writes them."""

import math


def format_loss(value: float) -> str:
    """Four decimals, or two figures and a power of ten where that would take more room."""
    return f"{value:.4f}" if value < 100 else f"{value:.1e}".replace("e+0", "e")


def format_value(value: float, signed: bool = False) -> str:
    """Two or three significant figures, with a proper minus sign, and with a plus sign if `signed`."""
    size = abs(value)
    text = f"{size:.0f}" if size >= 100 else f"{size:.1f}" if size >= 10 else f"{size:.2f}"
    if size == 0:
        return "0"
    if size < 0.01:
        text = f"{size:.0e}"
    return f"−{text}" if value < 0 else f"+{text}" if signed else text


def format_number(value: float) -> str:
    """A number as short as it can be read: 0.05, 2, 150, 20k, 3M, 1e-05."""
    size = abs(value)
    for power, letter in ((1e6, "M"), (1e4, "k")):
        if size >= power and math.isfinite(size):
            return f"{value / (1e6 if letter == 'M' else 1e3):.4g}{letter}"
    return f"{value:.4g}".replace("-", "−")


def format_percent(share: float) -> str:
    """A share from 0 to 1 as a percentage."""
    return f"{100 * share:.4g}%"
