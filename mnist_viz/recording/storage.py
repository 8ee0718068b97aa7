"""Model files: an `.npz` with w1, b1, w2, b2, ... and one JSON text; opening one never runs code.

`w` has the shape (inputs, outputs). The JSON text, under the name `meta`, holds format, version, architecture,
preprocessing, the names of the classes, the shape of the pictures and provenance.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.engine.activations import activation_problem
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape, shape_problem, usual_shape
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, MAX_LAYER_WIDTH
from mnist_viz.recording.archive import Archive, ArchiveError, DamagedError, write_archive
from mnist_viz.recording.snapshot import Model
from mnist_viz.system.paths import resource

FORMAT = "mnist-viz model"
VERSION = 1
PREPROCESSING = "pixels / 255, light digit on dark ground, fitted into 20x20, centred by mass in 28x28"
MAX_PARAMETERS = 64_000_000
MAX_INPUTS = 1_000_000


class ModelFileError(ValueError):
    """The file is not a model this program can open; the message says why."""


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model with what its file says about it.

    Attributes:
        model: the network.
        class_names: one a class.
        provenance: how it was trained: settings, data set, accuracy; free-form JSON.
        image_shape: of the pictures it reads, (height, width) or (height, width, 3). Where none is given it is a
            square, or None if the inputs make none.
    """

    model: Model
    class_names: tuple[str, ...] = tuple("0123456789")
    provenance: Mapping[str, Any] = field(default_factory=dict)
    image_shape: Shape | None = None

    def __post_init__(self) -> None:
        if self.image_shape is None:
            object.__setattr__(self, "image_shape", usual_shape(self.model.sizes[0]))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The width of every layer of the network."""
        return self.model.sizes


def pretrained_path() -> Path:
    """The model the program ships with."""
    return resource("pretrained.npz")


def guard_path() -> Path:
    """The network that tells digits from what is none, see `analysis.acceptance`."""
    return resource("digits-or-none.npz")


@cache
def load_guard() -> Network | None:
    """The network at `guard_path`; None if its file is damaged or missing, which is no reason to read nothing."""
    try:
        return load_model(guard_path()).model.network()
    except (OSError, ModelFileError):
        return None


def save_model(path: str | os.PathLike[str], contents: ModelFile, *, compact: bool = False) -> None:
    """Write a model file atomically.

    Args:
        compact: keep the numbers with half precision (11 bits), which makes the file half as large.

    Raises:
        OSError: it cannot be written.
    """
    model = contents.model
    arrays: dict[str, Any] = {}
    kind = np.float16 if compact else np.float32
    for number, layer in enumerate(model.network().layers, start=1):
        arrays[f"w{number}"] = layer.weights.astype(kind)
        if layer.biases is not None:
            arrays[f"b{number}"] = layer.biases.astype(kind)
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "architecture": {"sizes": model.sizes, "activation": model.activation, "biases": model.biases},
        "preprocessing": PREPROCESSING if contents.image_shape == (28, 28) else "pixels / 255",
        "classes": contents.class_names,
        "image_shape": contents.image_shape,
        "provenance": dict(contents.provenance),
    }
    write_archive(path, meta, arrays)


def load_model(path: str | os.PathLike[str]) -> ModelFile:
    """Open a model file: first the headers, names, shapes and sizes, then the numbers.

    Raises:
        ModelFileError: it is no model file, or a damaged one.
        OSError: it cannot be read.
    """
    source = Path(path)
    try:
        with Archive(source, re.compile(r"[wb]\d{1,2}"), "w1, b1, ...") as archive:
            return _read(archive)
    except ArchiveError as error:
        raise ModelFileError(f"{source.name} is not a model this program can open: {error}") from error
    except DamagedError as error:
        raise ModelFileError(f"{source.name} is not a model file, or it is damaged") from error


def _read(archive: Archive) -> ModelFile:
    meta = archive.description(FORMAT, VERSION)
    sizes, activation, biases = _architecture(meta)
    expected: dict[str, tuple[int, ...]] = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        expected[f"w{number}"] = (inputs, outputs)
        if biases:
            expected[f"b{number}"] = (outputs,)
    archive.expect(expected)
    network = Network(sizes, activation, biases=biases)
    for number, layer in enumerate(network.layers, start=1):
        layer.weights[:] = archive.read(f"w{number}")
        if layer.biases is not None:
            layer.biases[:] = archive.read(f"b{number}")
    if not np.isfinite(network.parameters).all():
        raise ArchiveError("some of its weights are not finite numbers")

    classes = meta.get("classes")
    if not (isinstance(classes, list) and len(classes) == sizes[-1] and all(isinstance(c, str) for c in classes)):
        raise ArchiveError("its class names are not as many as its outputs")
    provenance = meta.get("provenance")
    return ModelFile(
        Model.of(network),
        tuple(name[:64] for name in classes),
        provenance if isinstance(provenance, dict) else {},
        _image_shape(meta, sizes[0]),
    )


def _image_shape(meta: dict[str, Any], inputs: int) -> Shape | None:
    shape = meta.get("image_shape")
    if shape is None:  # as older files are
        return None
    if problem := shape_problem(shape, inputs):
        raise ArchiveError(f"the shape of its pictures is {problem}")
    return tuple(shape)


def _architecture(meta: dict[str, Any]) -> tuple[tuple[int, ...], str, bool]:
    architecture = meta.get("architecture")
    if not isinstance(architecture, dict):
        raise ArchiveError("its architecture is missing")
    sizes, activation, biases = (architecture.get(k) for k in ("sizes", "activation", "biases"))
    if (
        not isinstance(sizes, list)
        or not 2 <= len(sizes) <= MAX_HIDDEN_LAYERS + 2
        or any(type(size) is not int for size in sizes)
        or not 1 <= sizes[0] <= MAX_INPUTS
        or any(not 1 <= size <= MAX_LAYER_WIDTH for size in sizes[1:])
        or sum((i + 1) * o for i, o in pairwise(sizes)) > MAX_PARAMETERS
    ):
        raise ArchiveError("its layer sizes are missing, wrong or too large")
    if not isinstance(activation, str) or activation_problem(activation, len(sizes) - 2):
        raise ArchiveError(f"it uses an unknown activation {str(activation)[:40]!r}")
    if not isinstance(biases, bool):
        raise ArchiveError("it does not say whether it has biases")
    return tuple(sizes), str(activation), biases
