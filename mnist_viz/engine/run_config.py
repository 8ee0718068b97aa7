"""A run's settings over time and its random key: with its data and a place in it, enough to rebuild its trainer."""

from dataclasses import dataclass, replace
from functools import cached_property

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.settings import Settings


@dataclass(frozen=True)
class RunConfig:
    """What was set for a run. It is immutable: a change makes another one.

    Attributes:
        key: decides the shuffles, the variations and dropout.
        samples: in the training set.
        sizes: the width of every layer, from the inputs to the classes.
        changes: the settings, each with the step from which it holds, ascending; the first from step 0.
    """

    key: int
    samples: int
    sizes: tuple[int, ...]
    changes: tuple[tuple[int, Settings], ...]

    @property
    def settings(self) -> Settings:
        return self.changes[-1][1]

    @cached_property
    def grid(self) -> EpochGrid:
        """Where each epoch begins: a batch size holds from the first epoch that begins after it was set."""
        grid = EpochGrid(self.samples, self.changes[0][1].batch_size)
        for step, settings in self.changes[1:]:
            epoch, batch = grid.at(step)
            grid = grid.changed(epoch + (batch > 0), settings.batch_size)
        return grid

    def at(self, step: int) -> Settings:
        """The settings of the step that comes after `step` others."""
        if len(self.changes) == 1:
            return self.changes[0][1]
        return next(settings for since, settings in reversed(self.changes) if since <= step)

    def changed(self, step: int, settings: Settings) -> "RunConfig":
        """With other settings from `step` on; what was set for later steps belonged to a future that will not come."""
        kept = tuple(change for change in self.changes if change[0] < step)
        if kept and kept[-1][1] == settings:
            return replace(self, changes=kept)
        return replace(self, changes=(*kept, (step, settings)))

    def until(self, step: int) -> "RunConfig":
        """That of a run which leaves this one after `step`: what was set later is forgotten."""
        return replace(self, changes=tuple(change for change in self.changes if change[0] <= step))
