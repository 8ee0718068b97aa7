"""Make a model file of weights that another program saved."""  # noqa: N999 - named as the command

import argparse

from mnist_viz.commands.common import add_data_dir_argument, add_json_argument, model_of
from mnist_viz.recording.storage import MODEL_KIND, save_model
from mnist_viz.system.files import check_writable
from mnist_viz.system.terminal import print_json, print_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "weights", metavar="IN", help="an .npz with the weights and biases of a fully connected network"
    )
    parser.add_argument("out", metavar="OUT.npz", help="the model file to write")
    add_data_dir_argument(parser)
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    check_writable(arguments.out, MODEL_KIND)
    contents = model_of(arguments.weights, arguments.data_dir)
    save_model(arguments.out, contents)
    if arguments.json:
        print_json({"model": arguments.out, "sizes": contents.sizes, **contents.provenance})
    else:
        print_line(f"Saved {arguments.out}")
    return 0
