"""List the data sets: what there is, where it comes from, and what could be fetched."""

import argparse
from dataclasses import asdict

from mnist_viz.commands.common import add_json_argument, print_json
from mnist_viz.data.datasets import available


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS, help="the folder with data sets")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    infos = available(arguments.data_dir)
    if arguments.json:
        print_json([asdict(info) for info in infos])
        return 0
    for info in infos:
        print(f"{info.name:<12} {info.title}, {info.examples:,} digits ({info.licence})")
        print(f"{'':<12} {info.source}")
        print(f"{'':<12} {'here' if info.present else 'not here'}: {info.note}")
    return 0
