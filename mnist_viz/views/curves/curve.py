"""What the curves panel is given: the lines of each run."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Curve:
    """A line: places `x` on the axis, ascending, and values `y`, both (n,). The caller keeps n below some 2,000.

    Attributes:
        low, high: (n,) each, the band around the line; None where there is none.
    """

    x: Floats = field(default_factory=lambda: np.empty(0))
    y: Floats = field(default_factory=lambda: np.empty(0))
    low: Floats | None = None
    high: Floats | None = None

    def __len__(self) -> int:
        return len(self.x)

    def at(self, place: float) -> float | None:
        """The newest value at `place`; None before the first."""
        index = int(np.searchsorted(self.x, place * (1 + 1e-12) + 1e-9, side="right")) - 1
        return float(self.y[index]) if index >= 0 else None

    def finite(self) -> "Curve":
        """The same without the points that are no numbers."""
        good = np.isfinite(self.y)
        if good.all():
            return self
        low, high = (part[good] if part is not None else None for part in (self.low, self.high))
        return Curve(self.x[good], self.y[good], low, high)


@dataclass(frozen=True, eq=False)
class RunCurves:
    """The curves of a run. While they stay the same object, nothing of them is drawn again.

    Attributes:
        number: what the panel calls it when it is clicked.
        name: for the legend.
        color: number of its colour.
        train_loss, validation_loss: in nats.
        train_accuracy, validation_accuracy: from 0 to 1.
    """

    number: int
    name: str
    color: int
    train_loss: Curve
    validation_loss: Curve
    train_accuracy: Curve
    validation_accuracy: Curve

    @property
    def curves(self) -> tuple[Curve, Curve, Curve, Curve]:
        return self.train_loss, self.validation_loss, self.train_accuracy, self.validation_accuracy
