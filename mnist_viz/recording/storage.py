"""Model files: an `.npz` with w1, b1, w2, b2, ... and one JSON text; opening one never runs code.

`w` has the shape (inputs, outputs). The JSON text, under the name `meta`, holds format, version, architecture,
preprocessing, the names of the classes, the shape of the pictures and provenance.
"""

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.npz import Header, NpzReader
from mnist_viz.engine.activations import activation_problem
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape, shape_problem, usual_shape
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, MAX_LAYER_WIDTH
from mnist_viz.recording.snapshot import Model
from mnist_viz.system.files import FileKind, write_atomically
from mnist_viz.system.paths import resource

FORMAT = "mnist-viz model"
VERSION = 1
PREPROCESSING = "pixels / 255, light digit on dark ground, fitted into 20x20, centred by mass in 28x28"
MAX_PARAMETERS = 64_000_000
MAX_INPUTS = 1_000_000
MAX_META_BYTES = 4_000_000

# What is compressed may become so many times as large as the file, and some more: weights hardly shrink.
_MOST_TIMES, _SOME_MORE = 20, 1_000_000


class InvalidError(ValueError):
    """A file's contents contradict each other or the program's limits; the message follows "it is not ...: "."""


class ModelFileError(ValueError):
    """The file is not a model this program can open; the message says why."""


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model with what its file says about it.

    Attributes:
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
    """Write a model file atomically; the same contents make the same file.

    Args:
        compact: keep the numbers with half precision (11 bits), which makes the file half as large.

    Raises:
        OSError: it cannot be written, or a file of another kind is there.
    """
    model = contents.model
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "architecture": {"sizes": model.sizes, "activation": model.activation, "biases": model.biases},
        "preprocessing": PREPROCESSING if contents.image_shape == (28, 28) else "pixels / 255",
        "classes": contents.class_names,
        "image_shape": contents.image_shape,
        "provenance": dict(contents.provenance),
    }
    arrays: dict[str, NDArray[Any]] = {"meta": np.array(json.dumps(meta, sort_keys=True))}
    kind = np.float16 if compact else np.float32
    for number, layer in enumerate(model.network().layers, start=1):
        arrays[f"w{number}"] = layer.weights.astype(kind)
        if layer.biases is not None:
            arrays[f"b{number}"] = layer.biases.astype(kind)

    def write(file: BinaryIO) -> None:
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                info = zipfile.ZipInfo(f"{name}.npy")  # without a date
                with archive.open(info, "w", force_zip64=array.nbytes >= 2**30) as member:
                    np.lib.format.write_array(member, np.asarray(array, order="C"), (1, 0), allow_pickle=False)

    write_atomically(path, write, MODEL_KIND)


def is_model_file(path: str | os.PathLike[str]) -> bool:
    """Whether the file says that it is a model of this program.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with NpzReader(Path(path)) as archive:
            return bool(_meta(archive).get("format") == FORMAT)
    except OSError as error:
        raise _cannot_read(path, error) from error
    except Exception:  # damaged bytes raise many kinds
        return False


MODEL_KIND = FileKind(FORMAT, is_model_file)


def load_model(path: str | os.PathLike[str]) -> ModelFile:
    """Open a model file: first the headers, names, shapes and sizes, then the numbers.

    Raises:
        ModelFileError: it is no model file, or a damaged one.
        OSError: it cannot be read.
    """
    source = Path(path)
    try:
        with NpzReader(source) as archive:
            return _read(archive)
    except InvalidError as error:
        raise ModelFileError(f"{source.name} is not a model this program can open: {error}") from error
    except OSError as error:
        raise _cannot_read(path, error) from error
    except MemoryError:
        raise
    except Exception as error:  # zipfile and NumPy raise many kinds on damaged bytes
        raise ModelFileError(f"{source.name} is not a model file, or it is damaged") from error


def _cannot_read(path: str | os.PathLike[str], error: OSError) -> OSError:
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(f"there is no file {path}")
    return OSError(f"cannot read {path}: {error.strerror or error}")


def _read(archive: NpzReader) -> ModelFile:
    if "meta" not in archive.names:
        raise InvalidError("it has no description ('meta')")
    if not archive.known_packing:
        raise InvalidError("it is compressed in an unknown way")
    if archive.claimed > _MOST_TIMES * archive.length + _SOME_MORE:
        raise InvalidError("it claims to hold far more bytes than it has")
    meta = _meta(archive)
    _check_version(meta)
    sizes, activation, biases = _architecture(meta)
    headers = _headers(archive, sizes, biases)
    network = Network(sizes, activation, biases=biases)
    for number, layer in enumerate(network.layers, start=1):
        layer.weights[:] = archive.read(headers[f"w{number}"])
        if layer.biases is not None:
            layer.biases[:] = archive.read(headers[f"b{number}"])
    if not np.isfinite(network.parameters).all():
        raise InvalidError("some of its weights are not finite numbers")

    classes = meta.get("classes")
    if not (isinstance(classes, list) and len(classes) == sizes[-1] and all(isinstance(c, str) for c in classes)):
        raise InvalidError("its class names are not as many as its outputs")
    provenance = meta.get("provenance")
    return ModelFile(
        Model.of(network),
        tuple(name[:64] for name in classes),
        provenance if isinstance(provenance, dict) else {},
        _image_shape(meta, sizes[0]),
    )


def _meta(archive: NpzReader) -> dict[str, Any]:
    """The JSON object under `meta`."""
    if archive.size("meta") > MAX_META_BYTES:
        raise InvalidError("its description is too long")
    header = archive.header("meta")
    if header.shape != () or header.dtype.kind != "U" or not header.whole:
        raise InvalidError("its description is not a text")
    meta = json.loads(str(archive.read(header)))
    if not isinstance(meta, dict):
        raise InvalidError("its description is that of something else")
    return meta


def _check_version(meta: Mapping[str, Any]) -> None:
    if meta.get("format") != FORMAT:
        raise InvalidError("its description is that of something else")
    version = meta.get("version")
    if not isinstance(version, int) or version < 1:
        raise InvalidError("its version is missing")
    if version > VERSION:
        raise InvalidError(f"a newer program wrote it (format {str(version)[:20]}; this one reads {VERSION})")


def _headers(archive: NpzReader, sizes: tuple[int, ...], biases: bool) -> dict[str, Header]:
    """Those of all arrays, which must be just the ones that such a network has, and whole."""
    shapes: dict[str, tuple[int, ...]] = {}
    for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
        shapes[f"w{number}"] = (inputs, outputs)
        if biases:
            shapes[f"b{number}"] = (outputs,)
    if not archive.arrays_only or set(archive.names) != {"meta", *shapes}:
        raise InvalidError("its arrays are not those that its description asks for")
    headers = {name: archive.header(name) for name in shapes}
    for name, header in headers.items():
        if header.shape != shapes[name] or header.dtype not in (np.float16, np.float32, np.float64):
            expected = f"expected float32 of {shapes[name]}"
            raise InvalidError(f"{name} is {header.dtype} of shape {header.shape}, {expected}")
        if not header.whole:
            raise InvalidError(f"{name} is truncated")
    return headers


def _image_shape(meta: dict[str, Any], inputs: int) -> Shape | None:
    shape = meta.get("image_shape")
    if shape is None:  # as older files are
        return None
    if problem := shape_problem(shape, inputs):
        raise InvalidError(f"the shape of its pictures is {problem}")
    return tuple(shape)


def _architecture(meta: dict[str, Any]) -> tuple[tuple[int, ...], str, bool]:
    architecture = meta.get("architecture")
    if not isinstance(architecture, dict):
        raise InvalidError("its architecture is missing")
    sizes, activation, biases = (architecture.get(k) for k in ("sizes", "activation", "biases"))
    if (
        not isinstance(sizes, list)
        or not 2 <= len(sizes) <= MAX_HIDDEN_LAYERS + 2
        or any(type(size) is not int for size in sizes)
        or not 1 <= sizes[0] <= MAX_INPUTS
        or any(not 1 <= size <= MAX_LAYER_WIDTH for size in sizes[1:])
        or sum((i + 1) * o for i, o in pairwise(sizes)) > MAX_PARAMETERS
    ):
        raise InvalidError("its layer sizes are missing, wrong or too large")
    if not isinstance(activation, str) or activation_problem(activation, len(sizes) - 2):
        raise InvalidError(f"it uses an unknown activation {str(activation)[:40]!r}")
    if not isinstance(biases, bool):
        raise InvalidError("it does not say whether it has biases")
    return tuple(sizes), str(activation), biases
