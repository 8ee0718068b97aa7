"""Runs as JSON values, as sessions hold them: what comes from a file is checked, whoever wrote it."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.samples import shape_problem
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS
from mnist_viz.recording.history import History
from mnist_viz.recording.run import INCIDENTS, Run
from mnist_viz.recording.run_words import MAX_NAME
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import MAX_INPUTS, MAX_PARAMETERS, InvalidError
from mnist_viz.recording.timeline import Timeline

MOST = 2**53
"""Counts are below this, so that a float holds them too."""

MAX_BATCH_SIZES = 4000
"""Changes of a run's batch size; the time to read them grows with their square."""

MAX_NUMBER = 1_000_000
"""Numbers of runs and colors are below this."""

_FIELDS = [field.name for field in fields(Run) if field.name not in ("config", "timeline", "history")]


def plain(value: Any) -> Any:
    """A set or a dataclass as what JSON has for it; the `default` of `json.dumps`."""
    return sorted(value) if isinstance(value, set) else {f.name: getattr(value, f.name) for f in fields(value)}


def typed(kind: Any, value: Any) -> Any:
    """`value`, which comes from JSON, as `kind`: the opposite of `plain`.

    Args:
        kind: int from 0 to below `MOST`, a finite float, str, bool, a tuple, list or set of these, a dataclass, or
            any of these or None.

    Raises:
        InvalidError: it is of another type. What is missing raises what Python raises for it.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else typed(arguments[0], value)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(typed(each, item) for each, item in zip(arguments, value, strict=True))
    if origin in (tuple, list, set) and isinstance(value, list):
        return origin(typed(arguments[0], item) for item in value)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{name: typed(hint, value[name]) for name, hint in _hints(kind).items()})
    if kind is int:
        return whole(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind or (kind is float and not np.isfinite(value)):
        raise InvalidError(f"{repr(value)[:40]} is not what it should be")
    return value


_hints = cache(get_type_hints)


def whole(value: object, most: int = MOST) -> int:
    """`value`, which must be a whole number from 0 to below `most`."""
    if type(value) is not int or not 0 <= value < most:
        raise InvalidError(f"{repr(value)[:40]} is no count")
    return value


def run_values(run: Run) -> dict[str, Any]:
    """What `run_of` makes the run of, to be written with `plain`; its frames and its metrics are not in it."""
    return {"config": run.config, **{name: getattr(run, name) for name in _FIELDS}}


def run_of(values: Mapping[str, Any]) -> Run:
    """A run without frames and metrics.

    Raises:
        InvalidError: it is impossible. What is missing or of another type raises what Python raises for it.
    """
    config, hints = _config_of(values["config"]), _hints(Run)
    given = {name: typed(hints[name], values[name]) for name in _FIELDS}
    run = Run(config=config, timeline=Timeline(), history=History(config.grid), **given)
    if not run.number:
        raise InvalidError("one of its runs has no number")
    for number in (run.number, run.color, run.parent or 0):
        whole(number, MAX_NUMBER)
    if len(run.class_names) != config.sizes[-1]:
        raise InvalidError("its class names are not as many as its outputs")
    if run.image_shape is not None and (problem := shape_problem([*run.image_shape], config.sizes[0])):
        raise InvalidError(f"the shape of its pictures is {problem}")
    if run.tested is not None and not 0.0 <= run.tested[2] <= 1.0:
        raise InvalidError("its accuracy on the test set is not between 0 and 1")
    run.name = _line(run.name, MAX_NAME) or f"Run {run.number}"
    run.class_names = tuple(name[:64] for name in run.class_names)
    run.epochs = run.epochs or 1
    if any(each.kind not in INCIDENTS for each in run.incidents):
        raise InvalidError("something happened to a run that this version does not know")
    run.incidents = [type(each)(each.step, each.kind, _line(each.text, 500)) for each in run.incidents]
    return run


def _config_of(values: Mapping[str, Any]) -> RunConfig:
    hints = _hints(RunConfig)
    samples, sizes, changes = (typed(hints[name], values[name]) for name in ("samples", "sizes", "changes"))
    config = RunConfig(whole(values["key"], 2**63), samples, sizes, changes)
    if not changes:
        raise InvalidError("its settings are missing")
    steps, settings = zip(*changes, strict=True)
    if steps[0] or any(step >= after for step, after in pairwise(steps)):
        raise InvalidError("its changes of the settings are not in order")
    if sum(one.batch_size != after.batch_size for one, after in pairwise(settings)) > MAX_BATCH_SIZES:
        raise InvalidError("its batch size changes too often")
    first = settings[0]
    for each in settings:
        if found := each.problems():
            raise InvalidError(f"its settings are impossible: {found[0]}")
        if first.needs_reset(each):
            raise InvalidError("its settings change what cannot change")
    if not 2 <= len(sizes) <= MAX_HIDDEN_LAYERS + 2 or sizes[1:-1] != first.hidden:
        raise InvalidError("its settings and its layer sizes do not agree")
    if not 0 < sizes[0] <= MAX_INPUTS or sizes[-1] < 1:
        raise InvalidError("its network is too large")
    if first.parameter_count(sizes[0], sizes[-1]) > MAX_PARAMETERS:
        raise InvalidError("its network is too large")
    if not samples:
        raise InvalidError("it has an epoch without samples")
    return config


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
                raise InvalidError("it uses an unknown optimizer")
            self._states[name] = OPTIMIZERS[name].make(self._network.parameters, 0.9).state.size
        return self._states[name]


def _line(text: str, most: int) -> str:
    return " ".join(text.split())[:most]
