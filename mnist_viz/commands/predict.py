"""Read digits: from image files, or from strokes through the very code of the drawing pad."""

import argparse
import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.acceptance import DIGITS, accepted, is_number
from mnist_viz.analysis.reading import Reading, read
from mnist_viz.commands.common import add_json_argument, model_of
from mnist_viz.data.drawing.images import image_to_digit, image_to_digits, read_image
from mnist_viz.data.drawing.normalization import render, to_shape
from mnist_viz.data.drawing.numbers import rows
from mnist_viz.data.drawing.stroke_files import read_strokes, strokes_in
from mnist_viz.engine.network import Network
from mnist_viz.engine.samples import Shape, is_colour, size_in_words
from mnist_viz.recording.storage import load_guard, pretrained_path
from mnist_viz.recording.weights_import import MODEL_ENDINGS
from mnist_viz.system.terminal import print_json, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        metavar="[MODEL.npz] IMAGE",
        help="a model (default: the pretrained one), then images; - is standard input",
    )
    parser.add_argument(
        "--strokes",
        metavar="FILE",
        help='{"strokes": [[[x, y], ...], ...]} a line, a QuickDraw .ndjson, or InkML; - is standard input',
    )
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    files: list[str] = arguments.files
    model_path = files.pop(0) if files and Path(files[0]).suffix.lower() in MODEL_ENDINGS else str(pretrained_path())
    if bool(files) == bool(arguments.strokes):
        print("mnist-viz predict: give either image files or --strokes FILE", file=sys.stderr)
        return 2
    contents = model_of(model_path)
    network, names = contents.model.network(), contents.class_names
    shape = contents.image_shape
    if shape is None or is_colour(shape):
        size = size_in_words(shape, network.sizes[0])
        raise ValueError(f"{model_path} reads {size}, not grey pictures such as drawings and digits become")
    reader = _Reader(network, load_guard(), names, shape)
    if arguments.strokes:
        for picture in _drawings(arguments.strokes):
            print_json(reader.read(picture).json)
        return 0
    unread = False
    for name in files:
        try:
            lines = reader.read_image(name)
        except (ValueError, OSError) as error:
            unread = True
            say(f"mnist-viz: {error}" if name in str(error) else f"mnist-viz: {name}: {error}")
            continue
        digits = [digit for row in lines for digit in row]
        number = " / ".join("".join(digit.name for digit in row) for row in lines)
        trusted = all(digit.accepted for digit in digits)
        if not arguments.json:
            certain = min(digit.reading.probabilities.max() for digit in digits)
            print(f"{name}: {number}  ({certain:.1%}{'' if trusted else ', not sure'})")
        elif len(digits) == 1:
            print_json({"image": name, **digits[0].json})
        else:
            several = {"digit": None, "probabilities": None, "accepted": trusted, "number": number}
            print_json({"image": name, **several, "digits": [digit.json for digit in digits]})
    return int(unread)


@dataclass(frozen=True, eq=False)
class _Read:
    """A digit, what the network made of it, the name of its class, and whether that deserves trust."""

    picture: NDArray[np.uint8]
    reading: Reading
    name: str
    accepted: bool
    json: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class _Reader:
    network: Network
    guard: Network | None
    names: tuple[str, ...]
    shape: Shape

    def read(self, drawn: NDArray[np.uint8]) -> _Read:
        picture = to_shape(drawn, self.shape)
        reading = read(self.network, picture)
        trusted, name = accepted(picture, reading, self.guard, self.names), self.names[reading.digit]
        json = {
            "digit": reading.digit if self.names == DIGITS else name,
            "probabilities": [round(float(p), 6) for p in reading.probabilities],
            "accepted": trusted,
        }
        return _Read(picture, reading, name, trusted, json)

    def read_image(self, name: str) -> list[list[_Read]]:
        """The digits of a picture file, row by row; "-" is standard input."""
        gray = read_image("standard input", io.BytesIO(sys.stdin.buffer.read())) if name == "-" else read_image(name)
        found = image_to_digits(gray)
        digits = [self.read(digit.picture) for digit in found]
        if len(digits) > 1:
            whole = self.read(image_to_digit(gray))
            parts = [(digit.picture, digit.reading) for digit in digits]
            if not is_number(parts, (whole.picture, whole.reading), self.guard, self.names):
                return [[whole]]
        return [[digits[k] for k in row] for row in rows([digit.box for digit in found])]


def _drawings(name: str) -> Iterator[NDArray[np.uint8]]:
    if name != "-" and not Path(name).exists():
        raise FileNotFoundError(f"there is no file {name}")
    for drawing in read_strokes(sys.stdin, name) if name == "-" else strokes_in(name):
        yield render(drawing.strokes)
