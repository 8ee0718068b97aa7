"""A drawing on the pad, as it is saved in a session: strokes, or a given picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke of a drawing.

    Attributes:
        points: float32 (n, 2), x and y in shares of the pad, y downwards.
        width: the pen's, likewise.
        pressures: float32 (n,), 0 to 1, of a pen that feels them; None for every other.
    """

    points: NDArray[np.float32]
    width: float
    pressures: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Drawing:
    """What lies on the pad: strokes, or a given picture.

    Attributes:
        strokes: in the order in which they were drawn.
        picture: uint8 (h, w) or (h, w, 3); None when there is none.
        label: the picture's class; -1 when it is not known.
    """

    strokes: tuple[Stroke, ...] = ()
    picture: NDArray[np.uint8] | None = None
    label: int = -1

    @property
    def empty(self) -> bool:
        return not self.strokes and self.picture is None
