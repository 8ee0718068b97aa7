"""What the curves panel is given: the lines of each run."""

import math
from dataclasses import dataclass, field
from functools import cached_property

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
        train_loss, validation_loss: as the run's loss function gives them.
        train_accuracy, validation_accuracy: from 0 to 1.
        visible: whether the curves are drawn; of a hidden run they may be empty.
    """

    number: int
    name: str
    color: int
    train_loss: Curve = field(default_factory=Curve)
    validation_loss: Curve = field(default_factory=Curve)
    train_accuracy: Curve = field(default_factory=Curve)
    validation_accuracy: Curve = field(default_factory=Curve)
    visible: bool = True

    @property
    def curves(self) -> tuple[Curve, Curve, Curve, Curve]:
        return self.train_loss, self.validation_loss, self.train_accuracy, self.validation_accuracy

    @cached_property
    def end(self) -> float:
        """The place of the newest point; 0 if there is none."""
        return max((float(curve.x[-1]) for curve in self.curves if len(curve)), default=0.0)

    def values_at(self, place: float | None) -> list[float | None]:
        """The newest values at `place` in the order of `curves`; None for the newest of all.

        None is said of what came after the run's end, before its first point, and of what is no number.
        """
        end = self.end
        place = end if place is None else place
        values = [curve.at(place) if place <= end * (1 + 1e-9) else None for curve in self.curves]
        return [value if value is not None and math.isfinite(value) else None for value in values]
