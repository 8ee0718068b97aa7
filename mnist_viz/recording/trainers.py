"""Trainers on data sets, and the runs that they train."""

from dataclasses import replace

import numpy as np

from mnist_viz.data.dataset import Dataset
from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import TrainerState
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Labelled, Trainer
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Floats, Frame, Model
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


def edited(frame: Frame, model: Model, settings: Settings) -> Frame:
    """The same moment with the weights and biases of `model`, from which training can go on.

    With batch normalization, which is folded into those of a frame's model, each weight is changed by the same factor
    and each bias by the same amount; a weight that was zero stays zero. What early stopping has kept is forgotten.

    Args:
        frame: a resumable one.
        model: of the same architecture.
    """
    before, state = frame.read()
    assert state is not None
    if state.statistics.size:
        network = Network(
            before.sizes, before.activation, biases=settings.biases, batch_norm=True, parameters=state.parameters.copy()
        )
        plain, wanted = before.network().layers, model.network().layers
        for layer, old, new in zip(network.layers, plain, wanted, strict=True):
            layer.weights *= np.divide(new.weights, old.weights, out=np.ones_like(old.weights), where=old.weights != 0)
            if layer.biases is not None and old.biases is not None and new.biases is not None:
                layer.biases += new.biases - old.biases
        parameters = network.parameters
        parameters.setflags(write=False)
    else:
        parameters = model.parameters
    state = replace(state, parameters=parameters, best=None, waited=0)
    return Frame(model, frame.step, frame.epoch, frame.learning_rate, state)


def _labelled(data: Dataset) -> tuple[Labelled, Labelled]:
    return (data.train.images, data.train.labels), (data.validation.images, data.validation.labels)
