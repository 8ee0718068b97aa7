"""Checkpoint files: the whole state of a run, from which training goes on bit for bit as if it had not stopped."""

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.pictures import Shape
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Best, Labelled, Place, Trainer
from mnist_viz.recording.archive import Archive, ArchiveError, DamagedError, write_archive
from mnist_viz.recording.storage import MAX_INPUTS, MAX_PARAMETERS

FORMAT = "mnist-viz checkpoint"
VERSION = 1

_ARRAYS = ("parameters", "statistics", "optimizer_state")
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
        "samples": trainer.grid.samples,
        "sizes": trainer.network.sizes,
        "key": trainer.batches.key,
        "epochs": trainer.epochs,
        # The settings, and the batch sizes by epoch, as they were changed on the way.
        "changes": [(step, asdict(settings)) for step, settings in trainer.changes.made],
        "batch_sizes": trainer.grid.sizes(),
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
        if len(train[0]) != self._samples or (train[0].shape[1], classes) != (self._sizes[0], self._sizes[-1]):
            raise CheckpointError(
                f"The run was trained on {self._samples:,} samples of {self._sizes[0]} inputs and {self._sizes[-1]} "
                f"classes, and these are {len(train[0]):,} of {train[0].shape[1]} and {classes}: "
                "give the same data set, and the same limit."
            )
        first = self._changes[0][1]
        trainer = Trainer(first, train, validation, classes=classes, image_shape=image_shape)
        trainer.batches.key = self._key
        trainer.changes.made = self._changes
        for epoch, size in self._batch_sizes:
            trainer.grid.change(epoch, size)
        trainer.epochs = self._epochs
        trainer.go_to(self._place)
        return trainer

    def _read(self, archive: Archive) -> None:
        meta = archive.description(FORMAT, VERSION)
        self._changes = [(_whole(step), _settings(values)) for step, values in meta["changes"]]
        self._batch_sizes = [(_whole(epoch), _whole(size)) for epoch, size in meta["batch_sizes"]]
        if not self._changes or self._changes[0][0] != 0 or not self._batch_sizes:
            raise ArchiveError("its settings are missing")
        self.settings = self._changes[-1][1]
        self.dataset = str(meta["dataset"])
        self._samples, self._key, self._epochs = (_whole(meta[name]) for name in ("samples", "key", "epochs"))
        self._sizes = [_whole(size) for size in meta["sizes"]]
        # Older files, in which the optimizer could not change, do not say it.
        self._optimizer = str(meta["place"].get("optimizer", self.settings.optimizer))
        if self._optimizer not in OPTIMIZERS:
            raise ArchiveError("it uses an unknown optimizer")
        shapes = self._shapes()
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
                epoch=_whole(best["epoch"]),
                step=_whole(best["step"]),
                loss=float(best["loss"]),
                parameters=arrays["best_parameters"],
                statistics=arrays["best_statistics"],
            )
        self._place = Place(
            epoch=_whole(at["epoch"]),
            batch=_whole(at["batch"]),
            parameters=arrays["parameters"],
            statistics=arrays["statistics"],
            optimizer_state=arrays["optimizer_state"],
            optimizer=self._optimizer,
            loss=float(at["loss"]),
            correct=_whole(at["correct"]),
            seconds=float(at["seconds"]),
            best=best,
            waited=_whole(at["waited"]),
        )

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """The lengths that the arrays must have, from a trainer of the same kind on a single sample."""
        inputs, classes = self._sizes[0], self._sizes[-1]
        if not 0 < inputs <= MAX_INPUTS or self.settings.parameter_count(inputs, classes) > MAX_PARAMETERS:
            raise ArchiveError("its network is too large")
        sample = np.zeros((1, inputs), np.uint8), np.zeros(1, np.uint8)
        # The variations need the shape of the pictures, and decide nothing here.
        plain = replace(self.settings, augmentation=Augmentation(), optimizer=self._optimizer)
        like = Trainer(plain, sample, sample, classes=classes)
        if like.network.sizes != tuple(self._sizes):
            raise ArchiveError("its settings and its layer sizes do not agree")
        return {
            "parameters": like.network.parameters.shape,
            "statistics": like.network.statistics.shape,
            "optimizer_state": like.optimizer.state.shape,
        }


def _settings(values: Mapping[str, Any]) -> Settings:
    known = {field.name for field in fields(Settings)}
    given = {name: value for name, value in values.items() if name in known}
    given["hidden"] = tuple(given["hidden"])
    given["augmentation"] = Augmentation(**given["augmentation"])
    settings = Settings(**given)
    if found := settings.problems():
        raise ArchiveError(f"its settings are impossible: {found[0]}")
    return settings


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ArchiveError(f"{str(value)[:40]} is no count")
    return value
