"""The course of a run: all that makes its trainer again from its data and a place, as plain values."""

from dataclasses import dataclass

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.pictures import Shape
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Changes, Labelled, Place, Trainer


@dataclass(frozen=True)
class Course:
    """What was set for a run, and its chance.

    Attributes:
        key: decides the shuffles, the variations and dropout.
        samples: in the training set.
        sizes: the width of every layer, from the inputs to the classes.
        epochs: when the run ends.
        changes: the settings, each with the step from which it holds, ascending; the first from step 0.
        batch_sizes: each with the epoch from which it holds, ascending; the first from epoch 0.
    """

    key: int
    samples: int
    sizes: tuple[int, ...]
    epochs: int
    changes: tuple[tuple[int, Settings], ...]
    batch_sizes: tuple[tuple[int, int], ...]

    @property
    def settings(self) -> Settings:
        """The latest."""
        return self.changes[-1][1]

    @classmethod
    def of(cls, trainer: Trainer) -> "Course":
        """The present course; may be asked from another thread than the one that trains."""
        return cls(
            trainer.batches.key,
            trainer.grid.samples,
            trainer.network.sizes,
            trainer.epochs,
            tuple(trainer.changes.made),
            tuple(trainer.grid.sizes()),
        )

    def grid(self) -> EpochGrid:
        """Where each epoch begins."""
        result = EpochGrid(self.samples, self.batch_sizes[0][1])
        for epoch, size in self.batch_sizes[1:]:
            result.change(epoch, size)
        return result

    def until(self, step: int, settings: Settings | None = None) -> "Course":
        """The course of a run that leaves this one after `step`: what was set later is forgotten.

        Args:
            settings: what holds from there on; by default what held then.
        """
        grid = self.grid()
        epoch, batch = grid.at(step)
        following = epoch + (batch > 0)
        changes = Changes(self.changes[0][1])
        changes.made = [change for change in self.changes if change[0] <= step]
        held, epochs = changes.made[-1][1], self.epochs
        if settings is not None and settings != held:
            changes.add(step, settings)
            if settings.epochs != held.epochs:
                epochs = settings.epochs
        grid.change(following, changes.made[-1][1].batch_size)
        return Course(self.key, self.samples, self.sizes, epochs, tuple(changes.made), tuple(grid.sizes()))

    def resume(
        self,
        place: Place,
        train: Labelled,
        validation: Labelled,
        *,
        classes: int = 10,
        image_shape: Shape | None = None,
    ) -> Trainer:
        """Return a trainer that stands at `place`; the other arguments are those of `Trainer`.

        Raises:
            ValueError: the data are not those of the run.
        """
        if len(train[0]) != self.samples or (train[0].shape[1], classes) != (self.sizes[0], self.sizes[-1]):
            raise ValueError(
                f"The run was trained on {self.samples:,} samples of {self.sizes[0]} inputs and {self.sizes[-1]} "
                f"classes, and these are {len(train[0]):,} of {train[0].shape[1]} and {classes}: "
                "give the same data set, and the same limit."
            )
        first = self.changes[0][1]
        trainer = Trainer(first, train, validation, classes=classes, image_shape=image_shape)
        trainer.batches.key = self.key
        trainer.changes.made = list(self.changes)
        for epoch, size in self.batch_sizes:
            trainer.grid.change(epoch, size)
        trainer.epochs = self.epochs
        trainer.go_to(place)
        return trainer
