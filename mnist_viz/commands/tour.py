"""Drive the real window through its main job with mouse and key events, save pictures, and check every step."""

import argparse
from pathlib import Path

from mnist_viz.commands.common import add_data_dir_argument, best_dataset, loading, own_folders
from mnist_viz.data.datasets import load_dataset
from mnist_viz.data.progress import Watch
from mnist_viz.system.requirements import check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="DIR", required=True, help="where the pictures go")
    add_data_dir_argument(parser)
    parser.add_argument("--dataset", metavar="D", help="default: mnist where it is found, else synthetic")


def run(arguments: argparse.Namespace) -> int:
    check()
    # Imported here: only the commands that open a window load Qt.
    from mnist_viz.tour.main_job import drive

    out = Path(arguments.out)
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is no folder; the pictures need one")
    out.mkdir(parents=True, exist_ok=True)
    name = arguments.dataset or best_dataset(arguments.data_dir)
    with loading(name, arguments.data_dir) as status:  # before the window opens, so that a failure is a clear line
        load_dataset(name, arguments.data_dir, watch=Watch(status.show))
    with own_folders():
        return drive(out, arguments.data_dir, name)
