"""What several commands share: the arguments that choose data, and the data that they choose."""

import argparse
import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mnist_viz.data.datasets import Dataset, available, load_dataset
from mnist_viz.data.errors import DataError, MissingError
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.data_name import full_name, is_user_data, names_in, parted
from mnist_viz.recording.session_file import is_session
from mnist_viz.recording.storage import ModelFile, ModelFileError
from mnist_viz.recording.weights_import import open_model
from mnist_viz.system.paths import names_data_dir
from mnist_viz.system.terminal import Status, say

FEW = 5000
"""So many synthetic digits are made in a moment; their validation digits tell how weights are to be read."""


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset",
        metavar="D",
        type=full_name,
        help="a data set, or your own: a folder with a subfolder of pictures a class, an .npz, a .csv, IDX files, a "
        ".zip of these; names joined by + mix, as in mnist+drawings (default: mnist where it is found, else synthetic)",
    )
    parser.add_argument(
        "--label-column", metavar="C", help="of a table: first, last, a number from 1, or a name (default: found out)"
    )
    parser.add_argument(
        "--white", type=float, metavar="N", help="pixels of your data run from 0 to N (default: found out)"
    )
    add_data_dir_argument(parser)
    parser.add_argument("--fetch", "--download", action="store_true", help="fetch the data set if it is not there")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="use at most N training examples, and of the others in proportion"
    )


def add_data_dir_argument(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: a --data-dir given before the command must not be overwritten by this one's default.
    parser.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS, help="the folder with data sets")


def named_dataset(arguments: argparse.Namespace) -> str | None:
    """What --dataset names, with how it is to be read; None where nothing is named.

    Raises:
        ValueError: --label-column or --white for what is not the user's own.
    """
    name: str | None = arguments.dataset
    if arguments.label_column is None and arguments.white is None:
        return name
    if name is None or not is_user_data(name) or len(names_in(name)) > 1:
        raise ValueError("--label-column and --white say how data of your own are read: give their path as --dataset.")
    if arguments.white is not None and not 0 < arguments.white < 1e6:
        raise ValueError(f"White cannot be {arguments.white:g}: give the number of the whitest pixel, such as 255.")
    choices, path = parted(name)
    label = arguments.label_column if arguments.label_column is not None else choices.label_column
    white = arguments.white if arguments.white is not None else choices.white
    return replace(choices, label_column=label, white=white).of(path)


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else on standard output")


def dataset_of(arguments: argparse.Namespace, *, least_classes: int = 2) -> Dataset:
    """Load the data set that the arguments name, or the best that is there.

    Args:
        least_classes: that data of one's own must have.

    Raises:
        DataError: it cannot be had.
    """
    name = named_dataset(arguments)
    if name is None:
        name = "mnist" if arguments.fetch or names_data_dir(arguments.data_dir) else best_dataset(arguments.data_dir)
        if name == "synthetic":
            say("MNIST is not here (--data-dir DIR, or --fetch); using the program's own synthetic digits.")
    with loading(name, arguments.data_dir) as status:
        if len(names_in(name)) == 1 and is_user_data(name):
            from mnist_viz.data.user.user_data import check_user_data  # loads Pillow, which most commands do not need

            watch = Watch(status.show)
            dataset, summary = check_user_data(name, watch=watch, limit=arguments.limit, least_classes=least_classes)
            notes: Sequence[str] = (*summary.decided, *summary.warnings)
        else:
            dataset = load_dataset(
                name,
                arguments.data_dir,
                watch=Watch(status.show),
                download=arguments.fetch,
                limit=arguments.limit,
            )
            notes = dataset.notes
    for note in notes:
        say(f"mnist-viz: {note}")
    return dataset


@contextlib.contextmanager
def loading(name: str, data_dir: str | None) -> Iterator[Status]:
    """Show the progress of loading a data set; where its files are missing, say which command fetches them."""
    with Status() as status:
        try:
            yield status
        except MissingError as error:
            folder = ["--data-dir", data_dir] if data_dir else []
            command = shlex.join(["mnist-viz", "datasets", "--fetch", name, *folder])
            raise DataError(f"{error}: {command}") from error


def model_of(path: str | os.PathLike[str], data_dir: str | None = None) -> ModelFile:
    """Open a model file, or weights that another program saved; what was found out about those is said.

    Raises:
        ModelFileError: it is neither.
        OSError: it cannot be read.
    """

    def digits() -> Dataset:
        name = best_dataset(data_dir)
        return load_dataset(name, data_dir, limit=FEW if name == "synthetic" else None)

    try:
        opened = open_model(path, digits)
    except ModelFileError as error:
        if not is_session(path):
            raise
        raise ModelFileError(
            f"{path} is a session, which holds runs: save a model of one in the window, or make it by "
            "mnist-viz train --resume SESSION --out MODEL.npz"
        ) from error
    if opened.said:
        say(f"mnist-viz: {path} is {opened.said}")
    return opened.contents


def best_dataset(data_dir: str | None) -> str:
    """The name of the data set to use where none is named: MNIST where it is found."""
    present = {info.name for info in available(data_dir) if info.present}
    return "mnist" if "mnist" in present else "synthetic"


@contextlib.contextmanager
def own_folders() -> Iterator[None]:
    """While it lasts, the window's settings, sessions, logs and drawings go into places of their own."""
    names = [f"MNIST_VIZ_{name}" for name in ("CONFIG_DIR", "STATE_DIR", "LOG_DIR", "DRAWINGS")]
    before = {name: os.environ[name] for name in names if name in os.environ}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({name: str(Path(folder) / name) for name in names})
        try:
            yield
        finally:
            for name in names:
                os.environ.pop(name)
            os.environ.update(before)
