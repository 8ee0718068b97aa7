"""Read digits: from image files, or from strokes through the very code of the drawing pad."""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.acceptance import accepted
from mnist_viz.analysis.reading import read
from mnist_viz.commands.common import add_json_argument, model_of
from mnist_viz.data.drawing.images import image_to_digit, read_image
from mnist_viz.data.drawing.normalization import to_shape
from mnist_viz.data.drawing.stroke_lines import drawn_lines
from mnist_viz.engine.samples import is_colour, size_in_words
from mnist_viz.recording.storage import load_guard, pretrained_path
from mnist_viz.system.files import open_file
from mnist_viz.system.terminal import print_json, say

MODEL_SUFFIXES = (".npz", ".pkl", ".pickle", ".pt", ".pth", ".h5", ".hdf5", ".keras")
"""Of files that hold a network and no picture; of most only how to make an `.npz` of them can be said."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", metavar="[MODEL.npz] IMAGE", help="a model (default: the pretrained one), then images"
    )
    parser.add_argument(
        "--strokes", metavar="FILE", help='JSON Lines, {"strokes": [[[x, y], ...], ...]} a line; - is standard input'
    )
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    files: list[str] = arguments.files
    model_path = files.pop(0) if files and Path(files[0]).suffix.lower() in MODEL_SUFFIXES else str(pretrained_path())
    if bool(files) == bool(arguments.strokes):
        print("mnist-viz predict: give either image files or --strokes FILE", file=sys.stderr)
        return 2
    contents = model_of(model_path)
    network, guard, names = contents.model.network(), load_guard(), contents.class_names
    shape = contents.image_shape
    if shape is None or is_colour(shape):
        size = size_in_words(shape, network.sizes[0])
        raise ValueError(f"{model_path} reads {size}, not grey pictures such as drawings and digits become")
    unread: list[str] = []
    for source, drawn in _pictures(files, arguments.strokes, unread):
        picture = to_shape(drawn, shape)
        reading = read(network, picture)
        trusted = accepted(picture, reading, guard, names)
        if arguments.json or arguments.strokes:
            answer = {
                "digit": reading.digit if names == tuple("0123456789") else names[reading.digit],
                "probabilities": [round(float(p), 6) for p in reading.probabilities],
                "accepted": trusted,
            }
            print_json({"image": source, **answer} if files else answer)
        else:
            doubt = "" if trusted else ", not sure"
            print(f"{source}: {names[reading.digit]}  ({reading.probabilities.max():.1%}{doubt})")
    return 1 if unread else 0


def _pictures(files: list[str], strokes: str | None, unread: list[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """What is to be read. Of an image that cannot be, it says why, notes its name in `unread`, and goes on."""
    for name in files:
        try:
            picture = image_to_digit(read_image(name))
        except (ValueError, OSError) as error:
            unread.append(name)
            say(f"mnist-viz: {error}" if name in str(error) else f"mnist-viz: {name}: {error}")
            continue
        yield name, picture
    if strokes is not None:
        yield from _drawings(strokes)


def _drawings(name: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    if name != "-" and not Path(name).exists():
        raise FileNotFoundError(f"there is no file {name}")
    with sys.stdin if name == "-" else io.TextIOWrapper(open_file(name), encoding="utf-8") as stream:
        for number, picture in drawn_lines(stream, name):
            yield f"{name}:{number}", picture
