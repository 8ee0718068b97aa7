"""The settings of a run as JSON values, as checkpoints and sessions hold it, and what arrays belong to it."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, Settings
from mnist_viz.recording.archive import ArchiveError
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import MAX_INPUTS, MAX_PARAMETERS

MOST = 2**53
"""Counts are below this, so that a float holds them too."""


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
