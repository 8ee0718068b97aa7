"""The colours of mistakes: by the logarithm of their number, so that one shows beside two hundred."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mnist_viz.views.painting import mixed
from mnist_viz.views.theme import LookupTable, Theme

LEAST_LIMIT = 10
_ONE = 0.16  # of the scale: what a single mistake has

Codes = NDArray[np.uint8]


def error_limit(confusion: NDArray[np.integer]) -> int:
    """A round number, at least `LEAST_LIMIT`, above which no mistake in `confusion`, (classes, classes), is frequent.

    >>> error_limit(np.array([[5, 130], [2, 7]]))
    200
    """
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    most, limit = int(wrong.max(initial=0)), LEAST_LIMIT
    for factor in (2, 5, 10, 20, 50, 100, 200):
        if limit >= most:
            break
        limit = LEAST_LIMIT * factor
    return max(limit, most)


def error_codes(confusion: NDArray[np.integer], limit: int, out: Codes) -> None:
    """Write the codes for `error_table` into `out`: 0 on the diagonal, 1 for no mistake, 255 for `limit` of them."""
    shares = np.log(np.maximum(confusion, 1), dtype=np.float32) * np.float32((1 - _ONE) / np.log(max(limit, 2)))
    shares += np.float32(_ONE)
    shares[confusion == 0] = 0.0
    np.clip(shares, 0.0, 1.0, out=shares)
    np.copyto(out, 1 + 254 * shares, casting="unsafe")
    np.fill_diagonal(out, 0)


@cache
def error_table(theme: Theme) -> LookupTable:
    """The sequential table, with code 0 for the diagonal, which is quiet."""
    table = theme.sequential.copy()
    quiet = mixed(theme.panel, theme.muted, 0.16)
    table[0] = quiet.blue(), quiet.green(), quiet.red(), 255
    return table


@cache
def is_light(theme: Theme) -> NDArray[np.bool_]:
    """(256,) for each code whether its colour is light, and so wants dark text on it."""
    blue, green, red = (error_table(theme)[:, k].astype(np.float32) for k in range(3))
    light: NDArray[np.bool_] = 0.299 * red + 0.587 * green + 0.114 * blue > 128
    return light
