"""Measure the program on this machine: the engine against its floor, or the window while it trains."""

import argparse

from mnist_viz.commands.common import add_json_argument, best_dataset, own_preferences, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("engine", "ui"))
    parser.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS, help="the folder with data sets")
    parser.add_argument("--preset", metavar="P", help="measure this preset alone (engine) or with it (ui)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each part is measured")
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.what == "engine":
        from mnist_viz.bench import engine

        results = engine.measure(arguments.preset, arguments.seconds)
        for result in results:
            if arguments.json:
                print_json(result)
            else:
                print(engine.line(result))
        return 0
    # Imported here: only what opens a window loads Qt.
    from mnist_viz.bench import ui

    with own_preferences():
        figures = ui.measure(
            arguments.data_dir, best_dataset(arguments.data_dir), arguments.preset or "relu-128-64", arguments.seconds
        )
    if arguments.json:
        print_json(figures)
    else:
        for name, value in figures.items():
            print(f"{name:<28} {value:.4g}" if isinstance(value, float) else f"{name:<28} {value}")
    return 0
