"""The colour scale of mistake counts: logarithmic, so that one mistake is visible beside two hundred."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mnist_viz.views.painting import mixed
from mnist_viz.views.theme import Theme, luminance

LEAST_LIMIT = 10
_MIDDLE = 0.179  # the luminance on which black and white have the same contrast, 4.58
_ONE = 0.16  # the place of a single mistake on the scale

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


def error_share(counts: NDArray[np.integer] | int, limit: int) -> NDArray[np.floating]:
    """The places of `counts` on the colour scale: 0 for none, 1 for `limit`."""
    shares = _ONE + (1 - _ONE) * np.log(np.maximum(counts, 1)) / np.log(max(limit, 2))
    return np.where(np.equal(counts, 0), 0.0, np.clip(shares, 0.0, 1.0))


def error_codes(confusion: NDArray[np.integer], limit: int) -> Codes:
    """The codes for `error_table`: 0 on the diagonal, 1 for no mistake, 255 for `limit` of them."""
    codes = (1 + 254 * error_share(confusion, limit)).astype(np.uint8)
    np.fill_diagonal(codes, 0)
    return codes


@cache
def error_table(theme: Theme) -> NDArray[np.uint8]:
    """(256, 3) red, green and blue: the sequential table, with a muted colour for code 0, the diagonal."""
    table = theme.sequential[:, 2::-1].copy()
    quiet = mixed(theme.panel, theme.muted, 0.16)
    table[0] = quiet.red(), quiet.green(), quiet.blue()
    return table


@cache
def is_light(theme: Theme) -> NDArray[np.bool_]:
    """(256,) for each code whether black is more readable than white on its colour."""
    light: NDArray[np.bool_] = luminance(error_table(theme)) > _MIDDLE
    return light
