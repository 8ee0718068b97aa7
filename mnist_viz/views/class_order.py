"""Which classes are listed where not all fit: the likeliest first, in an order that does not flicker."""

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 0.02
"""So much may a class lie above one that is listed before it: less is not worth the eye's way to another place."""


class ClassOrder:
    """Keeps the classes in their places until the places are clearly wrong.

    While somebody draws, a picture is read many times a second, and unlikely classes change places each time.
    """

    def __init__(self) -> None:
        self._shown: list[int] = []

    def shown(self, probabilities: NDArray[np.floating] | None, count: int, room: int) -> list[int]:
        """The classes to list, from top to bottom.

        Args:
            probabilities: one a class, or None: then the first classes are listed.
            count: how many classes there are.
            room: how many can be listed.
        """
        if count <= room or probabilities is None:
            self._shown = []
            return list(range(min(count, room)))
        if len(self._shown) != room or not self._still_right(probabilities):
            # NaN, of a network about to diverge, comes last.
            self._shown = [int(k) for k in np.argsort(-probabilities, kind="stable")[:room]]
        return self._shown

    def _still_right(self, probabilities: NDArray[np.floating]) -> bool:
        listed = probabilities[self._shown]
        left_out = np.delete(probabilities, self._shown)
        return bool(
            probabilities.argmax() in self._shown
            and np.all(listed[1:] - np.minimum.accumulate(listed)[:-1] <= TOLERANCE)
            and left_out.max() - listed.min() <= TOLERANCE
        )
