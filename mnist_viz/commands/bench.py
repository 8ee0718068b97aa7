"""Measure the program on this machine: the engine against its floor, the presets against their authors' figures, how
soon a network is as good as the best of these, how well drawings are read, or the window while it trains."""

import argparse
from pathlib import Path

from mnist_viz.commands.common import Status, add_json_argument, best_dataset, own_folders, print_json
from mnist_viz.data.datasets import load_dataset

ENGINE_SECONDS, WINDOW_SECONDS = 20.0, 4.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("engine", "presets", "accuracy", "data", "ui"))
    parser.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS, help="the folder with data sets")
    parser.add_argument("--preset", metavar="P", help="measure this preset alone (engine, presets) or with it (ui)")
    parser.add_argument(
        "--seconds",
        type=float,
        help=f"how long each part is measured (default: engine {ENGINE_SECONDS:g}, ui {WINDOW_SECONDS:g})",
    )
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="train N times each (presets, accuracy)")
    parser.add_argument(
        "--drawings", metavar="FILE", action="append", default=[], help="pen drawings with labels to be read (data)"
    )
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    {"engine": _engine, "presets": _presets, "accuracy": _accuracy, "data": _data, "ui": _ui}[arguments.what](arguments)
    return 0


def _engine(arguments: argparse.Namespace) -> None:
    from mnist_viz.bench import engine

    for result in engine.measure(arguments.preset, arguments.seconds or ENGINE_SECONDS):
        if arguments.json:
            print_json(result)
        else:
            print(engine.line(result), flush=True)


def _presets(arguments: argparse.Namespace) -> None:
    from mnist_viz.bench import presets

    chosen = presets.settings_of(arguments.preset)
    with Status() as status:
        dataset = load_dataset("mnist", arguments.data_dir, progress=status.show)
        for n, result in enumerate(presets.measure_presets(dataset, arguments.seeds, status.show, chosen)):
            status.clear()
            if arguments.json:
                print_json(result)
                continue
            if n == 0:
                print(presets.HEADER)
            print(presets.preset_line(result), flush=True)


def _accuracy(arguments: argparse.Namespace) -> None:
    from mnist_viz.bench import presets

    with Status() as status:
        dataset = load_dataset("mnist", arguments.data_dir, progress=status.show)
        result = presets.measure_time_to_target(dataset, arguments.seeds, status.show)
    if arguments.json:
        print_json(result)
    else:
        print(presets.target_line(result))


def _data(arguments: argparse.Namespace) -> None:
    from mnist_viz.bench import data

    with Status() as status:
        mnist = None
        if best_dataset(arguments.data_dir) == "mnist":
            mnist = load_dataset("mnist", arguments.data_dir, progress=status.show)
        drawings = [Path(name) for name in arguments.drawings]
        reading = data.measure_reading(mnist, drawings, status.show)
        made = data.measure_synthetic(mnist, status.show)
    if arguments.json:
        print_json({**reading, "synthetic": made})
    else:
        print("\n".join([*data.lines(reading), *data.lines({"synthetic digits": made})]))


def _ui(arguments: argparse.Namespace) -> None:
    # Imported here: only what opens a window loads Qt.
    from mnist_viz.bench import ui

    dataset, preset = best_dataset(arguments.data_dir), arguments.preset or "relu-128-64"
    with own_folders():
        figures = ui.measure(arguments.data_dir, dataset, preset, arguments.seconds or WINDOW_SECONDS)
    if arguments.json:
        print_json(figures)
    else:
        for name, value in figures.items():
            print(f"{name:<28} {value:.4g}" if isinstance(value, float) else f"{name:<28} {value}")
