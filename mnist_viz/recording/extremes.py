"""Least and greatest values over stretches of a growing table, at a cost that hardly depends on its length."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

_STEP = 4  # blocks of one level that make one of the next
_FINENESS = 8  # blocks that a stretch spans at the least, where there are levels to choose from


class Extremes:
    """The least and the greatest values of each column, by blocks of 4, 16, 64, ... rows.

    The table stays with its owner, who hands it in at each question; the blocks are brought up to date then.

    Args:
        columns: of the table.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._levels: list[Floats] = []  # of level k + 1: (2, blocks and some room, columns), least and greatest
        self._counts: list[int] = []  # the complete blocks of each level that are up to date

    def truncate(self, rows: int) -> None:
        """The rows from number `rows` on are gone or will be others."""
        self._counts = [min(count, rows // _STEP ** (k + 1)) for k, count in enumerate(self._counts)]

    def over(self, table: Floats, starts: Rows, ends: Rows) -> tuple[Floats, Floats]:
        """The least and the greatest values of each stretch of rows.

        A stretch may be taken wider, at either end by up to an eighth of the longest one; it is never narrower.

        Args:
            table: (n, columns), all rows so far.
            starts, ends: (m,), of the stretches, without the row at the end; none is empty.

        Returns:
            Two arrays (m, columns).
        """
        if not len(starts):
            nothing = np.empty((0, self._columns), np.float32)
            return nothing, nothing
        longest = int((ends - starts).max())
        level = 0
        while _FINENESS * _STEP ** (level + 1) <= longest:
            level += 1
        size = _STEP**level
        least, greatest = self._lift(table, level) if level else (table, table)
        first, last = starts // size, (ends - 1) // size
        blocks = np.minimum(first[:, None] + np.arange(int((last - first).max()) + 1), last[:, None])
        # Column by column: numpy reduces what lies together much faster.
        lowest, highest = (np.empty((len(starts), self._columns), np.float32) for _ in range(2))
        for c in range(self._columns):
            lowest[:, c] = least[:, c][blocks].min(axis=1)
            highest[:, c] = greatest[:, c][blocks].max(axis=1)
        return lowest, highest

    def _lift(self, table: Floats, level: int) -> tuple[Floats, Floats]:
        """The blocks of `level`, the last of which may be incomplete."""
        least, greatest, rows = table, table, len(table)
        for k in range(level):
            if k == len(self._levels):
                self._levels.append(np.empty((2, 64, self._columns), np.float32))
                self._counts.append(0)
            complete, count = rows // _STEP, -(-rows // _STEP)
            if count > self._levels[k].shape[1]:
                grown = np.empty((2, 2 * count, self._columns), np.float32)
                grown[:, : self._counts[k]] = self._levels[k][:, : self._counts[k]]
                self._levels[k] = grown
            lows, highs = self._levels[k]
            since, shape = self._counts[k], (-1, _STEP, self._columns)
            if complete > since:
                below = slice(_STEP * since, _STEP * complete)
                lows[since:complete] = least[below].reshape(shape).min(axis=1)
                highs[since:complete] = greatest[below].reshape(shape).max(axis=1)
            if count > complete:
                lows[complete] = least[_STEP * complete : rows].min(axis=0)
                highs[complete] = greatest[_STEP * complete : rows].max(axis=0)
            # A block is complete only if those below it are: the last of them may be half full.
            self._counts[k] = len(table) // _STEP ** (k + 1)
            least, greatest, rows = lows, highs, count
        return least, greatest
