"""Weights that another program saved as `.npz`: whatever the arrays are called, their shapes say how they belong."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.unknown_weights import GUESSED, Interpretation, Layer, interpret
from mnist_viz.data.dataset import Dataset
from mnist_viz.data.drawing.normalization import to_shape
from mnist_viz.data.npz import Header, NpzReader
from mnist_viz.data.user.examples import natural
from mnist_viz.engine.metrics import format_accuracy
from mnist_viz.engine.samples import usual_shape
from mnist_viz.engine.settings import MAX_HIDDEN_LAYERS, MAX_LAYER_WIDTH
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import MAX_INPUTS, MAX_PARAMETERS, ModelFile, ModelFileError, is_model_file, load_model
from mnist_viz.system.files import open_file

Floats = NDArray[np.floating]

MODEL_ENDINGS = (".npz", ".pkl", ".pickle", ".pt", ".pth", ".h5", ".hdf5", ".keras")
"""Of files that hold a network; of most only how to make an `.npz` of them can be said."""

_MOST_CLASSES = 1000
_MOST_ARRAYS = 10 * (MAX_HIDDEN_LAYERS + 1)
_MOST_CANDIDATES = 8
_MOST_BYTES = 8 * MAX_PARAMETERS + 1_000_000
_DATA = re.compile(r"(x|y|data|targets?|images?|labels?|pixels?|(x|y)?_?(train|test|val|valid|validation)(_.*)?)", re.I)
_SAVED_OTHERWISE = {
    b"\x80": 'arrays = pickle.load(open("{name}", "rb"))',
    b"\x89HDF": 'arrays = keras.models.load_model("{name}").get_weights()',
}


@dataclass(frozen=True, eq=False)
class Imported:
    """A model, and how its file was understood.

    Attributes:
        said: what was found out, a sentence; empty for a model file of this program, which says all itself.
    """

    contents: ModelFile
    said: str = ""


def open_model(path: str | os.PathLike[str], digits: Callable[[], Dataset]) -> Imported:
    """Open a model file of this program, or weights that another one saved.

    Args:
        digits: data with whose validation set such weights are tried; asked for only then.

    Raises:
        ModelFileError: it is neither, or damaged.
        OSError: it cannot be read.
    """
    try:
        return Imported(load_model(path))
    except ModelFileError:
        if is_model_file(path):
            raise
    return import_weights(path, digits())


def import_weights(path: str | os.PathLike[str], digits: Dataset) -> Imported:
    """Understand weights that another program saved.

    Raises:
        ModelFileError: its arrays make no fully connected network.
        OSError: it cannot be read.
    """
    source = Path(path)
    candidates = read_layers(source)
    inputs, classes = candidates[0][0][0].shape[0], candidates[0][-1][0].shape[1]
    images, labels, shape = digits.validation.images, digits.validation.labels, usual_shape(inputs)
    if inputs != digits.input_size and shape is not None and len(shape) == 2:
        images = np.stack([to_shape(image.reshape(digits.image_shape), shape) for image in images[:2000]])
    measured = images.size // len(images) == inputs and classes == len(digits.class_names)
    if not measured:  # nothing to measure it with: the most usual is assumed
        images, labels = np.zeros((1, inputs), np.uint8), np.zeros(1, np.int64)
    found = interpret(candidates, images, labels)
    best = found[0]
    names = digits.class_names if measured else tuple(str(number) for number in range(classes))
    provenance = {"imported": source.name, "read_as": best.title}
    if measured:
        provenance["validation_accuracy"] = f"{best.accuracy:.4f}"
    said = f"{'-'.join(map(str, best.network.sizes))}, read as {best.title}"
    said += f": {_share(found, digits)}" if measured else "; there are no digits to try it on"
    if measured and best.accuracy < GUESSED:
        said += "; no other way reads more"
    return Imported(ModelFile(Model.of(best.network), names, provenance, shape), said)


def _share(found: Sequence[Interpretation], digits: Dataset) -> str:
    text = f"{format_accuracy(found[0].accuracy)} of the validation {digits.noun} of {digits.title}"
    return text + "".join(f"; {other.activation} {format_accuracy(other.accuracy)}" for other in found[1:2])


def is_weights(path: Path) -> bool:
    """Whether a file looks like weights rather than data; also where no more can be said than how to make an `.npz`.

    Only headers are read.

    Raises:
        OSError: it cannot be read.
    """
    if _saved_otherwise(path):
        return True
    try:
        with NpzReader(path) as reader:
            return bool(_chains(_headers(reader, path)))
    except OSError:
        raise
    except Exception:  # zipfile and NumPy raise many kinds on damaged bytes
        return False


def read_layers(path: Path) -> list[list[Layer]]:
    """The layers from the inputs to the classes; where the shapes leave a choice, each that is possible.

    Raises:
        ModelFileError: its arrays make no fully connected network.
        OSError: it cannot be read.
    """
    try:
        with NpzReader(path) as reader:
            headers = _headers(reader, path)
            chains = _chains(headers)
            if not chains:
                shapes = ", ".join(f"{header.name} {header.shape}" for header in headers[:6])
                raise ModelFileError(
                    f"{path.name} is not a model this program can open: its arrays make no fully connected network "
                    f"({shapes or 'there are none'})"
                )
            arrays = {header.name: reader.read(header).astype(np.float32) for header in headers}
    except (OSError, ModelFileError):
        raise
    except Exception as error:
        raise ModelFileError(_why_not(path)) from error
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ModelFileError(f"some of the numbers in {path.name} are not finite")
    return [
        [
            (arrays[weights].T if turned else arrays[weights], None if bias is None else arrays[bias].reshape(-1))
            for weights, turned, bias in chain
        ]
        for chain in chains
    ]


def _why_not(path: Path) -> str:
    beginning = _saved_otherwise(path)
    if not beginning:
        return f"{path.name} is not a model file, or it is damaged"
    what = "a pickle, and opening one can run code" if beginning == b"\x80" else "an HDF5 file"
    return _said_otherwise(path, what, beginning)


def _said_otherwise(path: Path, what: str, beginning: bytes) -> str:
    load = _SAVED_OTHERWISE[beginning].format(name=path.name)
    save = 'numpy.savez("arrays.npz", *arrays) for a list of arrays, **arrays for a dict'
    return f"{path.name} is {what}. In your own Python: {load}; {save}; then open arrays.npz"


def _saved_otherwise(path: Path) -> bytes:
    """With which of the beginnings known in `_SAVED_OTHERWISE` the file begins; empty if with none."""
    with open_file(path) as file:
        start = file.read(8)
    return next((beginning for beginning in _SAVED_OTHERWISE if start.startswith(beginning)), b"")


def _headers(reader: NpzReader, path: Path) -> list[Header]:
    """Those of the arrays that can be weights, in the order of their names, numbers by size."""
    if any(name.endswith("data.pkl") for name in reader.others):
        raise ModelFileError(
            f"{path.name} is a model that PyTorch saved, and opening one can run code. In your own Python: "
            f'weights = torch.load("{path.name}"); numpy.savez("weights.npz", '
            "**{name: value.numpy() for name, value in weights.items()}); then open weights.npz"
        )
    if any(name.endswith(".weights.h5") for name in reader.others):
        raise ModelFileError(_said_otherwise(path, "a model that Keras saved", b"\x89HDF"))
    if len(reader.names) > _MOST_ARRAYS or not reader.known_packing or reader.claimed > _MOST_BYTES:
        raise ModelFileError(f"{path.name} is not a model file, or it is damaged")
    found, counts = [], set()
    for name in reader.names:
        header = reader.header(name)
        if header.dtype.hasobject:
            raise ModelFileError(
                f"{name} in {path.name} is a pickled list, and opening one can run code. In your own Python: "
                f'weights = list(numpy.load("{path.name}", allow_pickle=True)["{name}"]); '
                'numpy.savez("weights.npz", *weights); then open weights.npz'
            )
        if header.dtype.kind in "iu" and len(header.shape) == 1:
            counts.add(header.shape[0])
        if header.dtype.kind == "f" and header.shape:
            if not header.whole:
                raise ModelFileError(f"{name} in {path.name} is truncated")
            found.append(header)
    if any(_DATA.fullmatch(header.name) or header.shape[0] in counts for header in found if len(header.shape) > 1):
        raise ModelFileError(f"{path.name} holds data, not the weights of a network")
    return sorted(found, key=lambda header: natural(header.name))


Link = tuple[str, bool, str | None]
"""A layer: the name of its weights, whether they are (neurons, inputs), and the name of its biases."""


def _chains(headers: Sequence[Header]) -> list[list[Link]]:
    """How the arrays can make a network: every one of them is used; those in the order of the names come first."""
    vectors = [header for header in headers if _length(header) is not None]
    for biases in (vectors, [header for header in vectors if len(header.shape) == 1]):
        matrices = [header for header in headers if header not in biases]
        if all(len(header.shape) == 2 for header in matrices) and 1 <= len(matrices) <= MAX_HIDDEN_LAYERS + 1:
            found = (_with_biases(order, biases) for order in _orders(matrices))
            if chains := list(islice((chain for chain in found if chain is not None), _MOST_CANDIDATES)):
                return chains
    return []


def _length(header: Header) -> int | None:
    """Of a vector, also one that is written as a row or a column."""
    sides = [side for side in header.shape if side != 1] or [1]
    return sides[0] if len(sides) == 1 and len(header.shape) <= 2 else None


def _orders(matrices: Sequence[Header]) -> Iterator[list[tuple[Header, bool, int]]]:
    """Orders and orientations in which the outputs of each are the inputs of the next, from many inputs to few classes.

    A square one is turned as the others are, or either way where none tells.
    """

    def extend(
        chain: list[tuple[Header, bool, int]], rest: Sequence[Header]
    ) -> Iterator[list[tuple[Header, bool, int]]]:
        if not rest:
            yield chain
        for number, header in enumerate(rest):
            for turned in (False, True):
                inputs, outputs = header.shape[::-1] if turned else header.shape
                if not chain or chain[-1][2] == inputs:
                    yield from extend([*chain, (header, turned, outputs)], [*rest[:number], *rest[number + 1 :]])

    seen: list[list[tuple[Header, bool, int]]] = []
    for tried, chain in enumerate(extend([], matrices)):
        header, turned, _ = chain[0]
        inputs, classes = header.shape[turned], chain[-1][2]
        fits = classes < inputs <= MAX_INPUTS and classes <= _MOST_CLASSES
        if fits and all(outputs <= MAX_LAYER_WIDTH for *_, outputs in chain):
            seen.append(chain)
        if tried > 5000:
            break

    def mixed(chain: list[tuple[Header, bool, int]]) -> int:
        """How many are turned otherwise than most."""
        count = sum(turned for _, turned, _ in chain)
        return min(count, len(chain) - count)

    least = min(map(mixed, seen), default=0)
    yield from (chain for chain in seen if mixed(chain) == least)


def _with_biases(chain: Sequence[tuple[Header, bool, int]], biases: Sequence[Header]) -> list[Link] | None:
    """The chain with the biases of each layer; None if they do not fit. There are as many as layers, or none."""
    if biases and len(biases) != len(chain):
        return None
    left, links = list(biases), []
    for header, turned, outputs in chain:
        bias = next((bias for bias in left if _length(bias) == outputs), None)
        if bias is not None:
            left.remove(bias)
        elif biases:
            return None
        links.append((header.name, turned, None if bias is None else bias.name))
    return links
