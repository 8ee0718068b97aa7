"""Model files: an `.npz` with w1, b1, w2, b2, ... and one JSON text; opening one never runs code.

`w` has the shape (inputs, outputs). The JSON text, under the name `meta`, holds format, version, architecture,
preprocessing and provenance.
"""

import json
import math
import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.network import Network
from mnist_viz.engine.presets import MAX_HIDDEN_LAYERS, MAX_LAYER_WIDTH
from mnist_viz.paths import resource
from mnist_viz.recording.files import write_atomically
from mnist_viz.recording.snapshot import Model

FORMAT = "mnist-viz model"
VERSION = 1
PREPROCESSING = "pixels / 255, light digit on dark ground, fitted into 20x20, centred by mass in 28x28"
MAX_PARAMETERS = 64_000_000
MAX_META_BYTES = 1_000_000
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
    """

    model: Model
    class_names: tuple[str, ...] = tuple("0123456789")
    provenance: Mapping[str, Any] = field(default_factory=dict)


def pretrained_path() -> Path:
    """The model the program ships with."""
    return resource("pretrained.npz")


def save_model(path: str | os.PathLike[str], contents: ModelFile) -> None:
    """Write a model file atomically.

    Raises:
        OSError: it cannot be written.
    """
    model = contents.model
    arrays: dict[str, Any] = {}
    for number, layer in enumerate(model.network().layers, start=1):
        arrays[f"w{number}"] = layer.weights
        if layer.biases is not None:
            arrays[f"b{number}"] = layer.biases
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "architecture": {"sizes": model.sizes, "activation": model.activation, "biases": model.biases},
        "preprocessing": PREPROCESSING,
        "classes": contents.class_names,
        "provenance": dict(contents.provenance),
    }
    text = np.array(json.dumps(meta, sort_keys=True))
    write_atomically(path, lambda file: np.savez(file, meta=text, **arrays))


def load_model(path: str | os.PathLike[str]) -> ModelFile:
    """Open a model file: first the headers, names, shapes and sizes, then the numbers.

    Raises:
        ModelFileError: it is no model file, or a damaged one.
        OSError: it cannot be read.
    """
    source = Path(path)
    try:
        with source.open("rb") as file, zipfile.ZipFile(file) as archive:
            return _read(archive)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no file {source}") from error
    except ModelFileError as error:
        raise ModelFileError(f"{source.name} is not a model this program can open: {error}") from error
    except OSError as error:
        raise OSError(f"cannot read {source}: {error.strerror or error}") from error
    except Exception as error:  # zipfile and NumPy raise many kinds on damaged bytes
        raise ModelFileError(f"{source.name} is not a model file, or it is damaged") from error


def _read(archive: zipfile.ZipFile) -> ModelFile:
    members = {info.filename: info for info in archive.infolist()}
    names = [name.removesuffix(".npy") for name in members]
    if len(members) != len(archive.infolist()) or any(not re.fullmatch(r"meta|[wb]\d{1,2}", n) for n in names):
        raise ModelFileError("it holds other things than w1, b1, ... and meta")
    if "meta" not in names:
        raise ModelFileError("it has no description ('meta')")
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in members.values()):
        raise ModelFileError("it is compressed in an unknown way")

    meta = _read_meta(archive, members["meta.npy"])
    sizes, activation, biases = _architecture(meta)
    expected: dict[str, tuple[int, ...]] = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        expected[f"w{number}"] = (inputs, outputs)
        if biases:
            expected[f"b{number}"] = (outputs,)
    if set(names) != {"meta", *expected}:
        raise ModelFileError("its arrays are not those that its description asks for")

    for name, shape in expected.items():
        _check_header(archive, members[f"{name}.npy"], name, shape)
    network = Network(sizes, activation, biases=biases)
    for number, layer in enumerate(network.layers, start=1):
        layer.weights[:] = _read_array(archive, members[f"w{number}.npy"])
        if layer.biases is not None:
            layer.biases[:] = _read_array(archive, members[f"b{number}.npy"])
    if not np.isfinite(network.parameters).all():
        raise ModelFileError("some of its weights are not finite numbers")

    classes = meta.get("classes")
    if not (isinstance(classes, list) and len(classes) == sizes[-1] and all(isinstance(c, str) for c in classes)):
        raise ModelFileError("its class names are not as many as its outputs")
    provenance = meta.get("provenance")
    return ModelFile(
        Model.of(network),
        tuple(name[:64] for name in classes),
        provenance if isinstance(provenance, dict) else {},
    )


def _read_meta(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> dict[str, Any]:
    if info.file_size > 4 * MAX_META_BYTES:
        raise ModelFileError("its description is too long")
    shape, dtype, length = _header(archive, info)
    if shape != () or dtype.kind != "U" or info.file_size != length:
        raise ModelFileError("its description is not a text")
    meta = json.loads(str(_read_array(archive, info)))
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise ModelFileError("its description is that of something else")
    version = meta.get("version")
    if not isinstance(version, int) or version < 1:
        raise ModelFileError("its version is missing")
    if version > VERSION:
        raise ModelFileError(f"a newer program wrote it (format {version}; this one reads {VERSION})")
    return meta


def _architecture(meta: dict[str, Any]) -> tuple[tuple[int, ...], str, bool]:
    architecture = meta.get("architecture")
    if not isinstance(architecture, dict):
        raise ModelFileError("its architecture is missing")
    sizes, activation, biases = (architecture.get(k) for k in ("sizes", "activation", "biases"))
    if (
        not isinstance(sizes, list)
        or not 2 <= len(sizes) <= MAX_HIDDEN_LAYERS + 2
        or any(type(size) is not int for size in sizes)
        or not 1 <= sizes[0] <= MAX_INPUTS
        or any(not 1 <= size <= MAX_LAYER_WIDTH for size in sizes[1:])
        or sum((i + 1) * o for i, o in pairwise(sizes)) > MAX_PARAMETERS
    ):
        raise ModelFileError("its layer sizes are missing, wrong or too large")
    if activation not in ACTIVATIONS:
        raise ModelFileError(f"it uses an unknown activation {str(activation)[:40]!r}")
    if not isinstance(biases, bool):
        raise ModelFileError("it does not say whether it has biases")
    return tuple(sizes), str(activation), biases


def _check_header(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, shape: tuple[int, ...]) -> None:
    """Raise ModelFileError unless the array is what is expected, and as long as it says."""
    found, dtype, length = _header(archive, info)
    if found != shape or dtype not in (np.float32, np.float64):
        raise ModelFileError(f"{name} is {dtype} of shape {found}, expected float32 of shape {shape}")
    if info.file_size != length:
        raise ModelFileError(f"{name} is truncated")


def _header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """The shape and dtype that an array's header claims, and how many bytes the member must then have."""
    npy = np.lib.format
    with archive.open(info) as member:
        one = npy.read_magic(member) == (1, 0)
        read = npy.read_array_header_1_0 if one else npy.read_array_header_2_0
        shape, _, dtype = read(member, max_header_size=1000)
        return shape, dtype, member.tell() + dtype.itemsize * math.prod(shape)


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(info) as member:
        array: NDArray[Any] = np.lib.format.read_array(member, allow_pickle=False, max_header_size=1000)
    return array
