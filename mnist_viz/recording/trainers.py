"""Trainers on data sets, and the runs that they train."""

from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Labelled, Trainer, TrainerState
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Floats
from mnist_viz.recording.timeline import Timeline


def new_trainer(settings: Settings, data: Dataset, parameters: Floats | None = None) -> Trainer:
    """A trainer at its first weights, or at given `parameters`.

    Raises:
        ValueError: the settings are impossible, or do not go with the data.
    """
    return Trainer(
        settings, *_labelled(data), parameters=parameters,
        classes=len(data.class_names), image_shape=data.image_shape,
    )  # fmt: skip


def resumed_trainer(config: RunConfig, epochs: int, state: TrainerState, data: Dataset) -> Trainer:
    """The trainer of a run, to go on from `state` to the end of `epochs`.

    Raises:
        ValueError: the data are not those of the run.
    """
    trainer = Trainer.resume(
        config, state, *_labelled(data), classes=len(data.class_names), image_shape=data.image_shape
    )
    trainer.epochs = epochs
    return trainer


def new_run(trainer: Trainer, data: Dataset, number: int = 1, color: int = 0, *, from_model: bool = False) -> Run:
    """A run of what `trainer` is about to do, without any frame.

    Args:
        from_model: whether its first weights are those of an opened model.
    """
    return Run(
        number, f"Run {number}", color, data.name, data.class_names, data.image_shape,
        trainer.config, trainer.epochs, Timeline(), History(trainer.grid), from_model=from_model,
    )  # fmt: skip


def _labelled(data: Dataset) -> tuple[Labelled, Labelled]:
    """The training and the validation set as the engine takes them."""
    return (data.train.images, data.train.labels), (data.validation.images, data.validation.labels)
