"""Measure the program on this machine: how fast it is, and how well it reads."""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from mnist_viz.commands.common import add_data_dir_argument, add_json_argument, best_dataset, loading, own_folders
from mnist_viz.data.datasets import load_dataset
from mnist_viz.data.progress import Watch
from mnist_viz.system.requirements import check
from mnist_viz.system.terminal import Status, print_json

ENGINE_SECONDS, WINDOW_SECONDS = 20.0, 4.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="what", metavar="WHAT", required=True)

    def part(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = parts.add_parser(name, help=text, description=text)
        made.set_defaults(measure=run)
        add_json_argument(made)
        if name != "engine":  # which makes its digits up
            add_data_dir_argument(made)
        return made

    engine = part("engine", _engine, "seconds an epoch, against its bare matrix products and against PyTorch")
    presets = part("presets", _presets, "the presets against their authors' figures")
    accuracy = part("accuracy", _accuracy, "how soon a network is as good as the best of these")
    data = part("data", _data, "how well the shipped network reads, and how good the synthetic digits are")
    ui = part("ui", _ui, "whether the window answers while it trains, and what it costs the training")
    for parser in (engine, presets, ui):
        parser.add_argument("--preset", metavar="P", help="this preset alone")
    for parser in (presets, accuracy):
        parser.add_argument("--seeds", type=int, default=5, metavar="N", help="train N times each (default: 5)")
    for parser, seconds in ((engine, ENGINE_SECONDS), (ui, WINDOW_SECONDS)):
        text = f"how long each part is measured (default: {seconds:g})"
        parser.add_argument("--seconds", type=duration, default=seconds, metavar="S", help=text)
    data.add_argument(
        "--drawings", metavar="FILE", action="append", default=[], help="pen drawings with labels to be read"
    )
    ui.add_argument(
        "--large", action="store_true", help="instead, with millions of parameters, pictures and hundreds of runs"
    )


def duration(text: str) -> float:
    if not 0 < (seconds := float(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"must be above 0, not {text}")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    measure: Callable[[argparse.Namespace], int] = arguments.measure
    if arguments.what == "ui":
        check()
    return measure(arguments)


def _engine(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import engine

    for result in engine.measure(arguments.preset, arguments.seconds):
        if arguments.json:
            print_json(result)
        else:
            print(engine.line(result), flush=True)
    return 0


def _presets(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import presets

    chosen = presets.settings_of(arguments.preset)
    with loading("mnist", arguments.data_dir) as status:
        dataset = load_dataset("mnist", arguments.data_dir, watch=Watch(status.show))
        for n, result in enumerate(presets.measure_presets(dataset, arguments.seeds, status.show, chosen)):
            status.clear()
            if arguments.json:
                print_json(result)
                continue
            if n == 0:
                print(presets.HEADER)
            print(presets.preset_line(result), flush=True)
    return 0


def _accuracy(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import presets

    with loading("mnist", arguments.data_dir) as status:
        dataset = load_dataset("mnist", arguments.data_dir, watch=Watch(status.show))
        result = presets.measure_time_to_target(dataset, arguments.seeds, status.show)
    if arguments.json:
        print_json(result)
    else:
        print(presets.target_line(result))
    return 0


def _data(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import data

    with Status() as status:
        mnist = None
        if best_dataset(arguments.data_dir) == "mnist":
            mnist = load_dataset("mnist", arguments.data_dir, watch=Watch(status.show))
        drawings = [Path(name) for name in arguments.drawings]
        reading = data.measure_reading(mnist, drawings, status.show)
        made = data.measure_synthetic(mnist, status.show)
    if arguments.json:
        print_json({**reading, "synthetic": made})
    else:
        print("\n".join([*data.lines(reading), *data.lines({"synthetic digits": made})]))
    return 0


# Imported where they are used: only what opens a window loads Qt.


def _ui(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import large, questions, ui

    dataset, preset = best_dataset(arguments.data_dir), arguments.preset or "relu-128-64"
    with own_folders():
        if arguments.large:
            of_cases = dict(large.measure(arguments.seconds))
            print_json(of_cases) if arguments.json else print("\n".join(large.lines(of_cases)))
            return 0
        figures = ui.measure(arguments.data_dir, dataset, preset, arguments.seconds)
    if arguments.json:
        print_json(figures)
    else:
        of_panels = figures.pop("questions")
        rows = [f"{name:<28} {_word(value)}" for name, value in figures.items()]
        print("\n".join([*rows, *questions.lines(of_panels)]), flush=True)
    return 0


def _word(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
