"""Checkpoint files: the whole state of a run, from which training goes on bit for bit as if it had not stopped."""

import os
import re
from pathlib import Path

import numpy as np

from mnist_viz.engine.samples import Shape
from mnist_viz.engine.training import Best, Labelled, Place, Trainer
from mnist_viz.recording.archive import Archive, ArchiveError, DamagedError, write_archive
from mnist_viz.recording.run_values import Lengths, config_of, config_values, whole

FORMAT = "mnist-viz checkpoint"
VERSION = 1

_ARRAYS = ("parameters", "statistics", "optimizer_state")
# Bytes of a network; a larger one is only made where the file holds as much.
_HARMLESS = 1_000_000
_BEST_ARRAYS = ("best_parameters", "best_statistics")


class CheckpointError(ValueError):
    """The file is not a checkpoint this program can go on from; the message says why."""


def save_checkpoint(path: str | os.PathLike[str], trainer: Trainer, dataset: str) -> None:
    """Write where `trainer` stands.

    Args:
        path: of the file, replaced atomically.
        trainer: between two steps.
        dataset: the name of its data, which the file does not hold.

    Raises:
        OSError: it cannot be written.
    """
    place = trainer.place()
    arrays = {name: getattr(place, name) for name in _ARRAYS}
    best = place.best
    if best is not None:
        arrays |= {"best_parameters": best.parameters, "best_statistics": best.statistics}
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "dataset": dataset,
        **config_values(trainer.config),
        "epochs": trainer.epochs,
        "place": {
            "epoch": place.epoch, "batch": place.batch, "loss": place.loss, "correct": place.correct,
            "seconds": place.seconds, "waited": place.waited, "optimizer": place.optimizer,
        },
        "best": None if best is None else {"epoch": best.epoch, "step": best.step, "loss": best.loss},
    }  # fmt: skip
    write_archive(path, meta, arrays)


class Checkpoint:
    """A checkpoint file that has been read and checked.

    Attributes:
        settings: those in force where the run stopped.
        dataset: the name of its data.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a checkpoint.

        Raises:
            CheckpointError: it is none, or a damaged one.
            OSError: it cannot be read.
        """
        source = Path(path)
        try:
            with Archive(source, re.compile("|".join((*_ARRAYS, *_BEST_ARRAYS))), "a run's state") as archive:
                self._read(archive)
        except ArchiveError as error:
            raise CheckpointError(f"{source.name} is not a checkpoint this program can go on from: {error}") from error
        except DamagedError as error:
            raise CheckpointError(f"{source.name} is not a checkpoint, or it is damaged") from error

    def resume(
        self, train: Labelled, validation: Labelled, *, classes: int = 10, image_shape: Shape | None = None
    ) -> Trainer:
        """Return a trainer that stands where the saved one stood; the arguments are those of `Trainer`.

        Raises:
            CheckpointError: the data are not those of the run.
        """
        try:
            trainer = Trainer.resume(
                self._config, self._place, train, validation, classes=classes, image_shape=image_shape
            )
        except ValueError as error:
            raise CheckpointError(str(error)) from error
        trainer.epochs = self._epochs
        return trainer

    def _read(self, archive: Archive) -> None:
        meta = archive.description(FORMAT, VERSION)
        self._config = config = config_of(meta)
        self._epochs = whole(meta["epochs"])
        self.settings = config.settings
        self.dataset = str(meta["dataset"])
        # Older files, in which the optimizer could not change, do not say it.
        optimizer = str(meta["place"].get("optimizer", self.settings.optimizer))
        sizes, largest = config.sizes, max((archive.size(name) for name in archive.names), default=0)
        if 2 * config.settings.parameter_count(sizes[0], sizes[-1]) > max(largest, _HARMLESS):
            raise ArchiveError("its arrays are not those that its description asks for")
        lengths = Lengths(config)
        shapes = {
            "parameters": (lengths.parameters,),
            "statistics": (lengths.statistics,),
            "optimizer_state": (lengths.optimizer_state(optimizer),),
        }
        if meta["best"] is not None:
            shapes |= {"best_parameters": shapes["parameters"], "best_statistics": shapes["statistics"]}
        archive.expect(shapes)
        arrays = {name: archive.read(name).astype(np.float32) for name in shapes}
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise ArchiveError(f"some of its {name} are not finite numbers")
            array.setflags(write=False)
        at, best = meta["place"], meta["best"]
        if best is not None:
            best = Best(
                epoch=whole(best["epoch"]),
                step=whole(best["step"]),
                loss=float(best["loss"]),
                parameters=arrays["best_parameters"],
                statistics=arrays["best_statistics"],
            )
        self._place = Place(
            epoch=whole(at["epoch"]),
            batch=whole(at["batch"]),
            parameters=arrays["parameters"],
            statistics=arrays["statistics"],
            optimizer_state=arrays["optimizer_state"],
            optimizer=optimizer,
            loss=float(at["loss"]),
            correct=whole(at["correct"]),
            seconds=float(at["seconds"]),
            best=best,
            waited=whole(at["waited"]),
        )
