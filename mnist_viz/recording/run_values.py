"""A run and its settings as JSON values, as checkpoints and sessions hold them, and the lengths of its arrays."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import pairwise
from typing import Any

import numpy as np

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.samples import shape_problem
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, Settings
from mnist_viz.recording.archive import ArchiveError
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.run_words import MAX_NAME
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import MAX_INPUTS, MAX_PARAMETERS
from mnist_viz.recording.timeline import Timeline

MOST = 2**53
"""Counts are below this, so that a float holds them too."""

MAX_BATCH_SIZES = 4000
"""Changes of a run's batch size; the time to read them grows with their square."""

MAX_NUMBER = 1_000_000
"""Numbers of runs and colours are below this."""


def config_values(config: RunConfig) -> dict[str, Any]:
    """What `config_of` makes the settings of."""
    return {
        "key": config.key,
        "samples": config.samples,
        "sizes": config.sizes,
        "changes": [(step, asdict(settings)) for step, settings in config.changes],
    }


def config_of(values: Mapping[str, Any]) -> RunConfig:
    """The settings that gave `values`.

    Raises:
        ArchiveError: it is impossible. What is missing or of another type raises what Python raises for it.
    """
    changes = tuple((whole(step), _settings(given)) for step, given in values["changes"])
    if not changes:
        raise ArchiveError("its settings are missing")
    if not _ascends(changes):
        raise ArchiveError("its changes of the settings are not in order")
    sizes_of_batches = [settings.batch_size for _, settings in changes]
    if sum(size != after for size, after in pairwise(sizes_of_batches)) > MAX_BATCH_SIZES:
        raise ArchiveError("its batch size changes too often")
    first = changes[0][1]
    if any(first.needs_reset(settings) for _, settings in changes):
        raise ArchiveError("its settings change what cannot change")
    sizes = tuple(whole(size) for size in values["sizes"])
    if not 2 <= len(sizes) <= MAX_HIDDEN_LAYERS + 2 or sizes[1:-1] != first.hidden:
        raise ArchiveError("its settings and its layer sizes do not agree")
    if not 0 < sizes[0] <= MAX_INPUTS or sizes[-1] < 1:
        raise ArchiveError("its network is too large")
    if first.parameter_count(sizes[0], sizes[-1]) > MAX_PARAMETERS:
        raise ArchiveError("its network is too large")
    samples = whole(values["samples"])
    if not samples:
        raise ArchiveError("it has an epoch without samples")
    return RunConfig(whole(values["key"], 2**63), samples, sizes, changes)


def run_values(run: Run) -> dict[str, Any]:
    """What `run_of` makes the run of; its frames and its metrics are not in it."""
    return {
        "number": run.number,
        "name": run.name,
        "color": run.color,
        "dataset": run.dataset,
        "classes": run.class_names,
        "image_shape": run.image_shape,
        "config": config_values(run.config),
        "epochs": run.epochs,
        "parent": run.parent,
        "root_step": run.root_step,
        "from_model": run.from_model,
        "visible": run.visible,
        "pins": sorted(run.pins),
        "incidents": [(incident.step, incident.kind, incident.text) for incident in run.incidents],
        "tested": run.tested,
    }


def run_of(values: Mapping[str, Any]) -> Run:
    """A run without frames and metrics.

    Raises:
        ArchiveError: it is impossible. What is missing or of another type raises what Python raises for it.
    """
    config = config_of(values["config"])
    number = whole(values["number"], MAX_NUMBER)
    if not number:
        raise ArchiveError("one of its runs has no number")
    classes, shape, tested, parent = values["classes"], values["image_shape"], values["tested"], values["parent"]
    if not isinstance(classes, list) or len(classes) != config.sizes[-1]:
        raise ArchiveError("its class names are not as many as its outputs")
    if shape is not None and (problem := shape_problem(shape, config.sizes[0])):
        raise ArchiveError(f"the shape of its pictures is {problem}")
    if tested is not None:
        step, loss, accuracy = whole(tested[0]), float(tested[1]), float(tested[2])
        if not (np.isfinite(loss) and 0.0 <= accuracy <= 1.0):
            raise ArchiveError("what it says of the test set is no number")
        tested = step, loss, accuracy
    return Run(
        number=number,
        name=_line(values["name"], MAX_NAME) or f"Run {number}",
        color=whole(values["color"], MAX_NUMBER),
        dataset=str(values["dataset"]),
        class_names=tuple(str(name)[:64] for name in classes),
        image_shape=None if shape is None else tuple(shape),
        config=config,
        epochs=whole(values["epochs"]) or 1,
        timeline=Timeline(),
        history=History(config.grid),
        parent=None if parent is None else whole(parent, MAX_NUMBER),
        root_step=whole(values["root_step"]),
        from_model=bool(values["from_model"]),
        visible=bool(values["visible"]),
        pins={whole(step) for step in values["pins"]},
        incidents=[
            Incident(whole(step), _line(kind, 40), _line(text, 500)) for step, kind, text in values["incidents"]
        ],
        tested=tested,
    )


class Lengths:
    """The vectors that a run with these settings has.

    Attributes:
        parameters, statistics: how many numbers these have.
        model: what is shown of the network: batch normalization is folded into it.
    """

    def __init__(self, config: RunConfig) -> None:
        settings = config.settings
        self._network = network = Network(
            config.sizes, settings.activation, biases=settings.biases, batch_norm=settings.batch_norm
        )
        self.parameters = network.parameters.size
        self.statistics = network.statistics.size
        self.model = Model.of(network)
        self._states: dict[str, int] = {}

    def optimizer_state(self, name: str) -> int:
        """How many numbers the optimizer `name` remembers."""
        if name not in self._states:
            if name not in OPTIMIZERS:
                raise ArchiveError("it uses an unknown optimizer")
            self._states[name] = OPTIMIZERS[name].make(self._network.parameters, 0.9).state.size
        return self._states[name]


def whole(value: object, most: int = MOST) -> int:
    """`value`, which must be a whole number from 0 to below `most`."""
    if type(value) is not int or not 0 <= value < most:
        raise ArchiveError(f"{repr(value)[:40]} is no count")
    return value


def _ascends(pairs: tuple[tuple[int, object], ...]) -> bool:
    places = [place for place, _ in pairs]
    return places[0] == 0 and bool(np.all(np.diff(places) > 0))


def _settings(values: Mapping[str, Any]) -> Settings:
    known = {field.name for field in fields(Settings)}
    given = {name: value for name, value in values.items() if name in known}
    given["hidden"] = tuple(given["hidden"])
    given["augmentation"] = Augmentation(**given["augmentation"])
    settings = Settings(**given)
    if found := settings.problems():
        raise ArchiveError(f"its settings are impossible: {found[0]}")
    return settings


def _line(text: object, most: int) -> str:
    return " ".join(str(text).split())[:most]
