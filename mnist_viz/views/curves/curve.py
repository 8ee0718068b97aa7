"""What the curves panel is given: the curves of each run."""

import math
from dataclasses import dataclass, field
from functools import cached_property

from mnist_viz.recording.smoothing import Series


@dataclass(frozen=True, eq=False)
class RunCurves:
    """The curves of a run, each of at most some 2,000 points. While they are the same object, nothing is redrawn.

    Attributes:
        number: identifies the run in the panel's signals.
        name: for the legend.
        color: number of its colour.
        train_loss, validation_loss: as the run's loss function gives them.
        train_accuracy, validation_accuracy: from 0 to 1.
        visible: whether the curves are drawn; of a hidden run they may be empty.
    """

    number: int
    name: str
    color: int
    train_loss: Series = field(default_factory=Series)
    validation_loss: Series = field(default_factory=Series)
    train_accuracy: Series = field(default_factory=Series)
    validation_accuracy: Series = field(default_factory=Series)
    visible: bool = True

    @property
    def curves(self) -> tuple[Series, Series, Series, Series]:
        return self.train_loss, self.validation_loss, self.train_accuracy, self.validation_accuracy

    @cached_property
    def end(self) -> float:
        """The place of the newest point; 0 if there is none."""
        return max((float(curve.x[-1]) for curve in self.curves if len(curve)), default=0.0)

    def values_at(self, place: float | None) -> list[float | None]:
        """The newest values at `place` in the order of `curves`; None for the newest of all.

        A value is None after the run's end, before the curve's first point, and where it is not finite.
        """
        end = self.end
        place = end if place is None else place
        values = [curve.at(place) if place <= end * (1 + 1e-9) else None for curve in self.curves]
        return [value if value is not None and math.isfinite(value) else None for value in values]
