"""List the data sets, and fetch, verify or delete one."""

import argparse
import textwrap
from dataclasses import asdict
from typing import Any

from mnist_viz.commands.common import add_data_dir_argument, add_json_argument, loading
from mnist_viz.data.datasets import DatasetInfo, available, load_dataset, remove, verify
from mnist_viz.data.progress import Watch
from mnist_viz.system.terminal import print_json

WIDTH = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--fetch", metavar="D", help="fetch a data set, if it is not here or damaged")
    what.add_argument("--verify", metavar="D", help="read every byte of a data set again, and say whether it is whole")
    what.add_argument("--remove", metavar="D", help="delete the files of a data set that the program itself fetched")
    add_data_dir_argument(parser)
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    done = _done(arguments)
    infos = available(arguments.data_dir)
    if arguments.json:
        print_json({"done": done} if done is not None else [_plain(info) for info in infos])
    elif done is not None:
        print(done)
    else:
        for info in infos:
            print(_told(info))
    return 0


def _done(arguments: argparse.Namespace) -> str | None:
    """Do what is asked for, and say so in a sentence; None when only the list is asked for."""
    folder = arguments.data_dir
    with loading(arguments.verify or arguments.fetch or "", folder) as status:
        if arguments.fetch is not None:
            dataset = load_dataset(arguments.fetch, folder, watch=Watch(status.show), download=True)
            count = len(dataset.train) + len(dataset.validation) + len(dataset.test)
            return f"{dataset.title} can be used: {count:,} examples of {len(dataset.class_names)} classes."
        if arguments.verify is not None:
            return verify(arguments.verify, folder, watch=Watch(status.show))
        if arguments.remove is not None:
            return f"{arguments.remove} was deleted, which freed {remove(arguments.remove, folder) / 1e6:.1f} MB."
    return None


def _plain(info: DatasetInfo) -> dict[str, Any]:
    return {**asdict(info), "folder": str(info.folder) if info.folder is not None else None}


def _told(info: DatasetInfo) -> str:
    size = "x".join(map(str, info.image_shape[:2])) + (" in colour" if len(info.image_shape) == 3 else "")
    missing = 0 if info.present else info.download_bytes
    fetch = f"{missing / 1e6:,.1f} MB to fetch" if missing else "nothing to fetch"
    place = f" ({info.folder})" if info.present and info.folder is not None else ""
    state = ("here, fetched" if info.fetched else "here") if info.present else "not here"
    lines = [
        f"{info.title}: {info.examples:,} examples of {info.classes} classes, {size}",
        f"{state}{place}; {fetch}; licence: {info.licence}",
        *textwrap.wrap(info.source, WIDTH - 18),
    ]
    return "\n".join(f"{name:<17} {line}" for name, line in zip([info.name, *[""] * len(lines)], lines, strict=False))
